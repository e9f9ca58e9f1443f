/* C11 has no temporary files in a given folder: numbered names are tried, and a name that exists is
 * left alone. */
#include "io/tempfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"

enum { MAX_TRIES = 10000 };

const char *bp_temp_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder != NULL && folder[0] != '\0' ? folder : bp_host_temp_folder();
}

/* 32 bytes suffice for a slash, a dot, the digits of any number and a NUL. */
char *bp_temp_path(const char *folder, const char *name, size_t number)
{
	size_t room = strlen(folder) + strlen(name) + 32;
	char *path = malloc(room);

	if (path != NULL)
		snprintf(path, room, "%s/%s.%zu", folder, name, number);
	return path;
}

FILE *bp_temp_create(const char *folder, const char *prefix, const char *mode, const char *like,
		     char **path)
{
	char owner[BP_HOST_OWNER_ROOM], name[64 + BP_HOST_OWNER_ROOM];
	FILE *f = NULL;
	size_t i;
	int reason = EEXIST;

	bp_host_remove_left(folder, prefix, false);
	bp_host_owner(owner);
	snprintf(name, sizeof(name), "%s.%s", prefix, owner);
	*path = NULL;
	for (i = 0; i < MAX_TRIES && f == NULL && reason == EEXIST; i++) {
		free(*path);
		if ((*path = bp_temp_path(folder, name, i)) == NULL)
			reason = ENOMEM;
		else if ((f = bp_host_create(*path, mode, like)) == NULL)
			reason = errno;
	}
	if (f != NULL)
		return f;
	free(*path);
	*path = NULL;
	errno = reason;
	return NULL;
}

bp_status bp_temp_fail_names(const char *folder, const char *prefix, bp_error *err)
{
	char owner[BP_HOST_OWNER_ROOM];

	bp_host_owner(owner);
	return bp_fail(err, BP_EIO, "%s: cannot create a temporary file: %s.%s.0 to .%d exist; "
		       "remove those that no process uses", folder, prefix, owner, MAX_TRIES - 1);
}

bp_status bp_temp_open(struct tempfile *t, const char *folder, bp_error *err)
{
	*t = (struct tempfile){ 0 };
	t->f = bp_temp_create(folder, "bytepiece.spill", "wb+", NULL, &t->path);
	if (t->f == NULL && errno == ENOMEM)
		return bp_fail_memory(err);
	if (t->f == NULL && errno == EEXIST)
		return bp_temp_fail_names(folder, "bytepiece.spill", err);
	if (t->f == NULL)
		return bp_fail(err, BP_EIO, "%s: cannot create a temporary file: %s", folder,
			       strerror(errno));
	/* POSIX keeps an open file without a name; Windows refuses to remove it. */
	if (bp_host_remove(t->path)) {
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
		bp_host_remove(t->path);
	free(t->path);
	*t = (struct tempfile){ 0 };
}
