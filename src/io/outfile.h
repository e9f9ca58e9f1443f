/*
 * outfile.h - output that appears whole or not at all.
 *
 * A regular file is written to a temporary beside it, which takes its name only when all is
 * written and on the disk.  Devices, pipes and standard output are written as they are.
 */
#ifndef BP_OUTFILE_H
#define BP_OUTFILE_H

#include <stdio.h>

#include "base/base.h"

struct outfile {
	FILE *f;
	const char *name;	/* for messages; borrowed */
	char *target;		/* what to replace; NULL: nothing to rename */
	char *temporary;
	bool prompt;		/* for the caller to set: hand on at once what is written */
};

/* 'path' NULL or "-" is standard output.  It has to live as long as *o. */
bp_status bp_out_open(struct outfile *o, const char *path, bp_error *err);
bp_status bp_out_write(struct outfile *o, const void *data, size_t n, bp_error *err);
/* Flush, sync, close, rename.  Whatever happens, *o needs only bp_out_abort() after it. */
bp_status bp_out_commit(struct outfile *o, bp_error *err);
/* Drop the temporary; does nothing after a commit that succeeded, or on a zero *o. */
void bp_out_abort(struct outfile *o);

#endif
