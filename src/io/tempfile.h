/* tempfile.h - temporary files that leave nothing behind, however the process ends. */
#ifndef BP_TEMPFILE_H
#define BP_TEMPFILE_H

#include <stdio.h>

#include "base/base.h"

/* The folder for temporary files where none is named: $TMPDIR, else /tmp. */
const char *bp_temp_folder(void);

/*
 * A new file to write and read.  It has no name any more when this returns, where the system
 * allows that; elsewhere it stays until bp_temp_close().
 */
struct tempfile {
	FILE *f;
	char *path;	/* NULL: it has no name */
};
bp_status bp_temp_open(struct tempfile *t, const char *folder, bp_error *err);
void bp_temp_close(struct tempfile *t);

/* folder/name.number, for free(). */
char *bp_temp_path(const char *folder, const char *name, unsigned long number);

#endif
