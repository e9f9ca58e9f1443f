/* Copies are nameless files, so that the system frees them however the process ends. */
#include "io/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "io/tempfile.h"

enum { BLOCK = 64 * 1024 };

#define COPY_NAME "copy of the input"	/* in messages */

struct bp_input_copies {
	struct input_copy {
		const char *path;	/* borrowed */
		FILE *input;		/* itself, if it is not copied */
		struct tempfile file;
	} *copy;
	size_t n;
};

/* Can the file be read a second time?  A directory counts as one; the error comes when
 * it is read. */
static bool is_lasting(const char *path, FILE *f)
{
	enum bp_host_kind kind = bp_host_kind(path);

	return f != stdin && kind != BP_HOST_OTHER &&
	       (kind == BP_HOST_DIRECTORY || fseek(f, 0, SEEK_END) == 0);
}

static bp_status copy_stream(FILE *from, const char *name, FILE *to, struct progress *p,
			     bp_error *err)
{
	unsigned char *block = malloc(BLOCK);
	bp_status st = BP_OK;
	size_t n = 1;

	if (block == NULL)
		return bp_fail_memory(err);
	while (st == BP_OK && n > 0) {
		errno = 0;
		n = fread(block, 1, BLOCK, from);
		if (ferror(from))
			st = bp_fail_errno(err, name);
		else if (fwrite(block, 1, n, to) != n)
			st = bp_fail_errno(err, COPY_NAME);
		else
			st = bp_interrupted(err);
		bp_progress_step(p, p->now.done + n);
	}
	free(block);
	if (st == BP_OK && fflush(to) != 0)
		st = bp_fail_errno(err, COPY_NAME);
	return st;
}

/* Copy the input that 'f' reads, if there is a folder, and add its size. */
static bp_status add_input(bp_input_copies *c, const bp_input *in, FILE *f, const char *folder,
			   uint64_t *size, bp_error *err)
{
	struct input_copy *copy = &c->copy[c->n];
	struct progress progress;
	bp_status st;

	if (folder == NULL) {
		copy->input = f;
		return BP_OK;
	}
	bp_progress_start(&progress, in, "copy the input", "bytes", 0);
	if ((st = bp_temp_open(&copy->file, folder, err)) == BP_OK)
		st = copy_stream(f, bp_input_name(copy->path), copy->file.f, &progress, err);
	*size += progress.now.done;
	bp_input_close(f);
	return st;
}

static bp_status add_inputs(bp_input_copies *c, const bp_input *in, const char *folder,
			    uint64_t *size, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;
	FILE *f;

	*size = 0;
	for (i = 0; i < in->n_paths && st == BP_OK; i++) {
		if ((st = bp_input_open(in->path[i], &f, err)) != BP_OK)
			break;
		if (is_lasting(in->path[i], f)) {
			*size += bp_host_file_size(in->path[i]);
			bp_input_close(f);
			continue;
		}
		c->copy[c->n].path = in->path[i];
		st = add_input(c, in, f, folder, size, err);
		c->n++;
	}
	if (folder == NULL && c->n > 0)
		*size = 0;
	return st;
}

bp_status bp_copies_new(const bp_input *in, const char *folder, bp_input_copies **copies,
			uint64_t *size, bp_error *err)
{
	bp_input_copies *c = calloc(1, sizeof(*c));
	bp_status st;

	if (c == NULL || (c->copy = calloc(in->n_paths + 1, sizeof(*c->copy))) == NULL)
		st = bp_fail_memory(err);
	else
		st = add_inputs(c, in, folder, size, err);
	if (st != BP_OK) {
		bp_input_copies_free(c);
		c = NULL;
	}
	*copies = c;
	return st;
}

bp_input_copies *bp_input_copy(const bp_input *in, bp_error *err)
{
	bp_input_copies *c;
	uint64_t size;

	bp_copies_new(in, bp_temp_folder(), &c, &size, err);
	return c;
}

void bp_input_copies_free(bp_input_copies *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++) {
		bp_input_close(c->copy[i].input);
		bp_temp_close(&c->copy[i].file);
	}
	free(c->copy);
	free(c);
}

bp_status bp_copies_find(const bp_input_copies *c, const char *path, FILE **f, bp_error *err)
{
	const struct input_copy *copy = NULL;
	size_t i;

	*f = NULL;
	for (i = 0; c != NULL && i < c->n && copy == NULL; i++)
		if (c->copy[i].path == path)
			copy = &c->copy[i];
	if (copy == NULL)
		return BP_OK;
	errno = 0;
	if (copy->input == NULL && fseek(copy->file.f, 0, SEEK_SET) != 0)
		return bp_fail_errno(err, COPY_NAME);
	*f = copy->input != NULL ? copy->input : copy->file.f;
	return BP_OK;
}
