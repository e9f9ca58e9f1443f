/* tempfile.h - temporary files, which vanish however the process ends. */
#ifndef BP_TEMPFILE_H
#define BP_TEMPFILE_H

#include <stdio.h>

#include "base/base.h"

/* The default folder of temporary files: $TMPDIR, else /tmp. */
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
char *bp_temp_path(const char *folder, const char *name, unsigned long number);

#endif
