/*
 * cut.h - segmentation: division of normalised text into segments, the units that no piece
 * crosses.
 *
 * A segment is a run of other bytes together with the newlines (U+000A only) after it.  Encoding
 * has no further rule.  Training also limits the length of a segment, and may make each digit one.
 */
#ifndef BP_CUT_H
#define BP_CUT_H

#include "base/base.h"

/* Limits, 0 for none.  A character is a unit of UTF-8 (utf8.h). */
struct cut_rules {
	size_t max_chars;	/* before the newlines */
	size_t max_newlines;
	bool isolate_digits;	/* every decimal digit is a segment by itself */
};

/* The limits in training, which are the published algorithm's. */
enum { BP_CUT_TRAINING_CHARS = 10000, BP_CUT_TRAINING_NEWLINES = 100 };
#define BP_CUT_TRAINING \
	{ .max_chars = BP_CUT_TRAINING_CHARS, .max_newlines = BP_CUT_TRAINING_NEWLINES }
/* The largest number of bytes of a segment within these limits. */
enum { BP_CUT_TRAINING_BYTES = 4 * BP_CUT_TRAINING_CHARS + BP_CUT_TRAINING_NEWLINES };

/*
 * Returns the segment of 's' that starts at *pos < s.n, and moves *pos to its end.  's' is taken
 * as the end of the text: if more text may follow, a segment that reaches the end of 's' is not
 * certain.
 */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos);

/* True if 's' is one decimal digit. */
bool bp_is_digit(struct slice s);

#endif
