#include "io/outfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"

enum { MAX_TRIES = 1000 };

static char *copy_string(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = malloc(n);

	return copy != NULL ? memcpy(copy, s, n) : NULL;
}

/* Open a new file beside the target; another process may be doing the same. */
static bp_status open_temporary(struct outfile *o, bp_error *err)
{
	size_t room = strlen(o->target) + 16;
	int i;

	if ((o->temporary = malloc(room)) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < MAX_TRIES; i++) {
		snprintf(o->temporary, room, "%s.tmp%d", o->target, i);
		if ((o->f = fopen(o->temporary, "wbx")) != NULL)
			return BP_OK;
		if (errno != EEXIST)
			break;
	}
	bp_fail_errno(err, o->name);
	free(o->temporary);
	o->temporary = NULL;
	return BP_EIO;
}

bp_status bp_out_open(struct outfile *o, const char *path, bp_error *err)
{
	enum bp_host_kind kind;

	*o = (struct outfile){ .name = path != NULL ? path : "standard output" };
	if (path == NULL) {
		o->f = stdout;
		return BP_OK;
	}
	kind = bp_host_kind(path);
	if (kind == BP_HOST_DIRECTORY)
		return bp_fail(err, BP_EIO, "%s: is a directory", path);
	if (kind == BP_HOST_OTHER) {
		if ((o->f = fopen(path, "wb")) == NULL)
			return bp_fail_errno(err, path);
		return BP_OK;
	}
	/* A link stays a link: the file that it leads to is what is replaced. */
	o->target = bp_host_resolve(path);
	if (o->target == NULL && (o->target = copy_string(path)) == NULL)
		return bp_fail_memory(err);
	return open_temporary(o, err);
}

bp_status bp_out_write(struct outfile *o, const void *data, size_t n, bp_error *err)
{
	errno = 0;
	if (n > 0 && fwrite(data, 1, n, o->f) != n)
		return bp_fail_errno(err, o->name);
	return BP_OK;
}

bp_status bp_out_commit(struct outfile *o, bp_error *err)
{
	FILE *f = o->f;

	errno = 0;
	if (fflush(f) != 0 || ferror(f) || (o->target != NULL && !bp_host_sync(f)))
		return bp_fail_errno(err, o->name);
	if (f == stdout)
		return BP_OK;
	o->f = NULL;
	if (fclose(f) != 0)
		return bp_fail_errno(err, o->name);
	if (o->target == NULL)
		return BP_OK;
	bp_host_copy_mode(o->target, o->temporary);
	if (rename(o->temporary, o->target) != 0)
		return bp_fail_errno(err, o->name);
	free(o->temporary);
	o->temporary = NULL;
	return BP_OK;
}

void bp_out_abort(struct outfile *o)
{
	if (o->f != NULL && o->f != stdout)
		fclose(o->f);
	if (o->temporary != NULL)
		remove(o->temporary);
	free(o->temporary);
	free(o->target);
	*o = (struct outfile){ 0 };
}
