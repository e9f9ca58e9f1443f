/* The temporary file is in the folder of the target, since rename() does not cross file systems. */
#include "io/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "io/tempfile.h"

enum { STEP = 1024 * 1024 };	/* bytes that are written between questions for a signal */

/* The reason belongs to the folder: no file of the user has it. */
static bp_status fail_folder(const struct outfile *o, const char *folder, bp_error *err)
{
	if (errno == EINTR || errno == ENOMEM)
		return bp_fail_errno(err, o->name);
	return bp_fail(err, BP_EIO, "%s: cannot create a file in the folder %s: %s", o->name,
		       folder, strerror(errno));
}

/*
 * Open a new file in the folder of the target.  The name does not contain that of the target, which
 * may have the greatest length of a name already.
 */
static bp_status open_temporary(struct outfile *o, bp_error *err)
{
	char *folder = bp_host_folder(o->target);
	bp_status st = BP_OK;

	if (folder == NULL)
		return bp_fail_memory(err);
	o->f = bp_temp_create(folder, "bytepiece.tmp", "wb", o->target, &o->temporary);
	if (o->f == NULL)
		st = errno == EEXIST ? bp_temp_fail_names(folder, "bytepiece.tmp", err)
				     : fail_folder(o, folder, err);
	free(folder);
	return st;
}

/*
 * If standard output is a file, opening it by another name to write would delete its content; if it
 * was closed, such a name leads to the null device.
 */
static bool is_standard_output(const char *path)
{
	static const char *const name[] = { "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" };
	size_t i;

	for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (strcmp(path, name[i]) == 0)
			return true;
	return false;
}

bp_status bp_out_open(struct outfile *o, const char *path, bp_error *err)
{
	enum bp_host_kind kind;
	bp_status st;

	if (path != NULL && is_standard_output(path))
		path = NULL;
	*o = (struct outfile){ .name = path != NULL ? path : "standard output" };
	if (path == NULL) {
		o->f = stdout;
		return BP_OK;
	}
	kind = bp_host_kind(path);
	if (kind == BP_HOST_DIRECTORY)
		return bp_fail(err, BP_EIO, "%s: is a directory", path);
	if (kind == BP_HOST_OTHER) {
		if ((o->f = bp_open_file(path, "wb")) == NULL)
			return bp_fail_errno(err, path);
		return BP_OK;
	}
	/* A symbolic link stays: the file at its end is replaced. */
	o->target = bp_host_resolve(path);
	if (o->target == NULL)
		return bp_fail_errno(err, path);
	if ((st = open_temporary(o, err)) != BP_OK)
		bp_out_abort(o);
	return st;
}

bp_status bp_out_write(struct outfile *o, const void *data, size_t n, bp_error *err)
{
	const unsigned char *p = data;
	size_t step;
	bp_status st;

	for (; n > 0; p += step, n -= step) {
		step = BP_MIN(n, STEP);
		errno = 0;
		if (fwrite(p, 1, step, o->f) != step)
			return bp_fail_errno(err, o->name);
		if (n > STEP && (st = bp_interrupted(err)) != BP_OK)
			return st;
	}
	errno = 0;
	return o->prompt && fflush(o->f) != 0 ? bp_fail_errno(err, o->name) : BP_OK;
}

bool bp_out_is_file(const struct outfile *o)
{
	return fseek(o->f, 0, SEEK_SET) == 0 && (o->target != NULL || bp_host_is_empty(o->f));
}

bp_status bp_out_rewrite(struct outfile *o, const void *data, size_t n, bp_error *err)
{
	errno = 0;
	if (fseek(o->f, 0, SEEK_SET) != 0)
		return bp_fail_errno(err, o->name);
	return bp_out_write(o, data, n, err);
}

/* Errors of buffered writes may appear as late as fflush(), fsync() or fclose(): all are checked
 * before the target is replaced. */
static bp_status finish_output(struct outfile *o, bp_error *err)
{
	FILE *f = o->f;
	bp_status st;

	/* After a signal the user does not expect the target to change. */
	if (o->target != NULL && (st = bp_interrupted(err)) != BP_OK)
		return st;
	errno = 0;
	if (fflush(f) != 0 || ferror(f) || (o->target != NULL && !bp_host_sync(f)))
		return bp_fail_errno(err, o->name);
	if (f == stdout)
		return BP_OK;
	/* Again: the access of the target may have changed during the work. */
	if (o->target != NULL)
		bp_host_copy_access(f, o->target);
	o->f = NULL;
	return fclose(f) == 0 ? BP_OK : bp_fail_errno(err, o->name);
}

/* Replace the target by the finished output. */
static bp_status replace_target(struct outfile *o, bp_error *err)
{
	if (o->target == NULL)
		return BP_OK;
	if (!bp_host_replace(o->temporary, o->target))
		return bp_fail_errno(err, o->name);
	free(o->temporary);
	o->temporary = NULL;
	return BP_OK;
}

bp_status bp_out_commit(struct outfile *o, bp_error *err)
{
	bp_status st = finish_output(o, err);

	return st == BP_OK ? replace_target(o, err) : st;
}

bp_status bp_out_write_file(const char *path, struct slice bytes, bp_error *err)
{
	struct outfile out = { 0 };
	bp_status st;

	if ((st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, bytes.p, bytes.n, err)) == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	return st;
}

/* False if the target is another file than the output that took its name. */
static bool is_in_place(const struct outfile *o, uint64_t number)
{
	return o->target == NULL || bp_host_file_number(o->target) == number;
}

static uint64_t number_of_file(const struct outfile *o)
{
	return o->temporary != NULL ? bp_host_file_number(o->temporary) : 0;
}

/* Without its index first, then with the new content, at last with the new index. */
static bp_status replace_both(struct outfile *o, struct outfile *index, bp_error *err)
{
	bp_status st;

	/* Another process may remove it at the same time: asking first would not tell. */
	if (index->target != NULL && !bp_host_remove(index->target) && errno != ENOENT)
		return bp_fail_errno(err, index->name);
	st = replace_target(o, err);
	return st == BP_OK ? replace_target(index, err) : st;
}

bp_status bp_out_commit_with_index(struct outfile *o, struct outfile *index, bp_error *err)
{
	uint64_t number, number_of_index;
	bp_status st;

	if ((st = finish_output(o, err)) != BP_OK || (st = finish_output(index, err)) != BP_OK)
		return st;
	number = number_of_file(o);
	number_of_index = number_of_file(index);
	if ((st = replace_both(o, index, err)) != BP_OK)
		return st;
	if (is_in_place(o, number) && is_in_place(index, number_of_index))
		return BP_OK;
	if (index->target != NULL && is_in_place(index, number_of_index))
		bp_host_remove(index->target);
	return bp_fail(err, BP_EIO, "%s: another process has replaced it or its index %s meanwhile",
		       o->name, index->name);
}

bp_status bp_out_commit_two(struct outfile *first, struct outfile *second, bp_error *err)
{
	bp_status st;

	if ((st = finish_output(first, err)) != BP_OK ||
	    (st = finish_output(second, err)) != BP_OK ||
	    (st = replace_target(first, err)) != BP_OK)
		return st;
	if ((st = replace_target(second, err)) != BP_OK && first->target != NULL)
		bp_host_remove(first->target);
	return st;
}

void bp_out_abort(struct outfile *o)
{
	if (o->f != NULL && o->f != stdout)
		fclose(o->f);
	if (o->temporary != NULL)
		bp_host_remove(o->temporary);
	free(o->temporary);
	free(o->target);
	*o = (struct outfile){ 0 };
}
