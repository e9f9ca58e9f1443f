/*
 * cut.h - cutting normalised text into segments, the units that no piece crosses.
 *
 * A segment is a run of other bytes and the newlines (U+000A only) after it.  For encoding that is
 * all; for training long runs are cut too, and digits may be set apart.
 */
#ifndef BP_CUT_H
#define BP_CUT_H

#include "base/base.h"

/* Zero for no limit.  A character is a unit of UTF-8 (utf8.h). */
struct cut_rules {
	size_t max_chars;	/* before the newlines */
	size_t max_newlines;
	bool isolate_digits;	/* every decimal digit is a segment by itself */
};

/* The rules of training in the reference. */
enum { BP_CUT_TRAINING_CHARS = 10000, BP_CUT_TRAINING_NEWLINES = 100 };
#define BP_CUT_TRAINING \
	{ .max_chars = BP_CUT_TRAINING_CHARS, .max_newlines = BP_CUT_TRAINING_NEWLINES }
/* No segment cut by these has more bytes. */
enum { BP_CUT_TRAINING_BYTES = 4 * BP_CUT_TRAINING_CHARS + BP_CUT_TRAINING_NEWLINES };

/*
 * The segment of 's' that starts at *pos < s.n; moves *pos to its end.  's' ends where the text
 * ends: if more may follow, a segment that reaches the end of 's' is not yet certain.
 */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos);

/* Is this one decimal digit and nothing more? */
bool bp_is_digit(struct slice s);

#endif
