/* C11 has no temporary files in a given folder: numbered names are tried with mode "x". */
#include "io/tempfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TRIES = 10000 };

const char *bp_temp_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

/* 32 bytes suffice for a slash, a dot, the digits of any number and a NUL. */
char *bp_temp_path(const char *folder, const char *name, unsigned long number)
{
	size_t room = strlen(folder) + strlen(name) + 32;
	char *path = malloc(room);

	if (path != NULL)
		snprintf(path, room, "%s/%s.%lu", folder, name, number);
	return path;
}

bp_status bp_temp_open(struct tempfile *t, const char *folder, bp_error *err)
{
	unsigned long i;
	int reason = 0;

	*t = (struct tempfile){ 0 };
	for (i = 0; i < MAX_TRIES; i++) {
		if ((t->path = bp_temp_path(folder, "bytepiece.spill", i)) == NULL)
			return bp_fail_memory(err);
		if ((t->f = fopen(t->path, "wb+x")) != NULL)
			break;
		reason = errno;
		free(t->path);
		t->path = NULL;
		if (reason != EEXIST)
			break;
	}
	if (t->f == NULL && reason == ENOMEM)
		return bp_fail_memory(err);
	if (t->f == NULL)
		return bp_fail(err, BP_EIO, "%s: cannot create a temporary file: %s", folder,
			       strerror(reason));
	/* POSIX keeps an open file without a name; Windows refuses to remove it. */
	if (remove(t->path) == 0) {
		free(t->path);
		t->path = NULL;
	}
	return BP_OK;
}

void bp_temp_close(struct tempfile *t)
{
	if (t->f != NULL)
		fclose(t->f);
	if (t->path != NULL)
		remove(t->path);
	free(t->path);
	*t = (struct tempfile){ 0 };
}
