/*
 * outfile.h - atomic output files: a file appears with its whole content or not at all.
 *
 * A regular file is written under a temporary name in the same folder (tempfile.h), with the owner,
 * group and permissions of the target from the start; after all bytes are on the disk it replaces
 * the target.  Devices, pipes and standard output are written directly.  An
 * outfile belongs to one thread at a time.
 */
#ifndef BP_OUTFILE_H
#define BP_OUTFILE_H

#include <stdio.h>

#include "base/base.h"

struct outfile {
	FILE *f;
	const char *name;	/* for messages; borrowed */
	char *target;		/* path of the file to replace; NULL: written directly */
	char *temporary;	/* path of the temporary file; NULL: there is none */
	bool prompt;		/* set by the caller: flush after every write */
};

/* Open an output; 'path' NULL or "-" is standard output.  'path' is borrowed until
 * bp_out_abort(). */
bp_status bp_out_open(struct outfile *o, const char *path, bp_error *err);
bp_status bp_out_write(struct outfile *o, const void *data, size_t n, bp_error *err);
/* Flush, sync, close, and rename.  After success or failure only bp_out_abort() may follow. */
bp_status bp_out_commit(struct outfile *o, bp_error *err);
/* All of that for an output that is in memory. */
bp_status bp_out_write_file(const char *path, struct slice bytes, bp_error *err);
/*
 * Commit two outputs: either both appear, 'first' before 'second', or none; but if only the last
 * step fails, renaming the second, there is no file in place of the first, whatever was there.
 */
bp_status bp_out_commit_two(struct outfile *first, struct outfile *second, bp_error *err);
/*
 * Commit an output and an index of it.  An old index is removed before the output takes its name,
 * and the new one appears last: so wherever the process ends or fails, no index stands beside an
 * output that it does not belong to.  If another process has committed one of the two meanwhile,
 * this one fails and removes its index.
 */
bp_status bp_out_commit_with_index(struct outfile *o, struct outfile *index, bp_error *err);
/* True if bp_out_rewrite() can follow: an output of which nothing has been written, and that is a
 * file, not a pipe. */
bool bp_out_is_file(const struct outfile *o);
/* Write n bytes over the first ones of the output; nothing may be written after that. */
bp_status bp_out_rewrite(struct outfile *o, const void *data, size_t n, bp_error *err);
/* Release *o; before a successful commit that removes the temporary file and leaves the target as
 * it was.  A zero *o is allowed. */
void bp_out_abort(struct outfile *o);

#endif
