/* Copies are nameless files, so that the system frees them however the process ends. */
#include "io/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "io/tempfile.h"

enum { BLOCK = 64 * 1024 };

struct bp_input_copies {
	struct input_copy {
		const char *path;	/* borrowed */
		struct tempfile file;
	} *copy;
	size_t n;
};

bp_status bp_copy_stream(FILE *from, const char *name, FILE *to, struct progress *p, bp_error *err)
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
			st = bp_fail_errno(err, BP_COPY_NAME);
		else
			st = bp_interrupted(err);
		if (p != NULL)
			bp_progress_step(p, p->now.done + n);
	}
	free(block);
	if (st == BP_OK && fflush(to) != 0)
		st = bp_fail_errno(err, BP_COPY_NAME);
	return st;
}

static bp_status add_copy(bp_input_copies *c, const char *path, bp_error *err)
{
	struct input_copy *copy = &c->copy[c->n];
	bp_status st;
	FILE *f;

	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	if ((st = bp_temp_open(&copy->file, bp_temp_folder(), err)) == BP_OK) {
		copy->path = path;
		c->n++;
		st = bp_copy_stream(f, bp_input_name(path), copy->file.f, NULL, err);
	}
	bp_input_close(f);
	return st;
}

bp_input_copies *bp_input_copy(const bp_input *in, bp_error *err)
{
	bp_input_copies *c = calloc(1, sizeof(*c));
	bp_status st = BP_OK;
	size_t i;

	if (c == NULL || (c->copy = calloc(in->n_paths + 1, sizeof(*c->copy))) == NULL) {
		bp_fail_memory(err);
		free(c);
		return NULL;
	}
	for (i = 0; i < in->n_paths && st == BP_OK; i++)
		if (strcmp(in->path[i], "-") == 0 || bp_host_kind(in->path[i]) == BP_HOST_OTHER)
			st = add_copy(c, in->path[i], err);
	if (st == BP_OK)
		return c;
	bp_input_copies_free(c);
	return NULL;
}

void bp_input_copies_free(bp_input_copies *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n; i++)
		bp_temp_close(&c->copy[i].file);
	free(c->copy);
	free(c);
}

FILE *bp_copy_of(const bp_input_copies *c, const char *path)
{
	size_t i;

	for (i = 0; c != NULL && i < c->n; i++)
		if (c->copy[i].path == path)
			return c->copy[i].file.f;
	return NULL;
}
