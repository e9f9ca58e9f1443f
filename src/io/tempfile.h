/*
 * tempfile.h - temporary files: names, and files that vanish however the process ends.
 *
 * A name is PREFIX.HOST.PROCESS.NUMBER.  A process that is killed can leave its file; the next one
 * that creates a file with this prefix in this folder removes it (bp_host_remove_left()).
 */
#ifndef BP_TEMPFILE_H
#define BP_TEMPFILE_H

#include <stdio.h>

#include "base/base.h"

/*
 * Create a file with a new name in a folder, open it with 'mode' and the access of 'like' (see
 * bp_host_create()), and remove files that killed processes have left.  Returns the stream, and in
 * *path the path for free().  NULL with errno set on failure: EEXIST if no name is free.
 */
FILE *bp_temp_create(const char *folder, const char *prefix, const char *mode, const char *like,
		     char **path);
/* Fail with a message that says that no name is free, and names them. */
bp_status bp_temp_fail_names(const char *folder, const char *prefix, bp_error *err);

/* The default folder of temporary files: $TMPDIR, else bp_host_temp_folder(). */
const char *bp_temp_folder(void);

/*
 * A new file, open for writing and reading.  On POSIX its name is removed at once, so that the
 * system frees it when the process ends; elsewhere bp_temp_close() removes it.  On failure *t is
 * empty.
 */
struct tempfile {
	FILE *f;
	char *path;	/* NULL: the name is removed already */
};
bp_status bp_temp_open(struct tempfile *t, const char *folder, bp_error *err);
void bp_temp_close(struct tempfile *t);

/* The path "folder/name.number", for free(); NULL if memory is out. */
char *bp_temp_path(const char *folder, const char *name, size_t number);

#endif
