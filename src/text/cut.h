/*
 * cut.h - segmentation: division of normalised text into segments, the units that no piece
 * crosses.
 *
 * A segment is a run of other bytes together with the newlines (U+000A only) after it.  Encoding
 * has no further rule.  Training also limits the length of a segment, and cuts where the
 * constraints on pieces (train/rules.h) let no piece cross.
 */
#ifndef BP_CUT_H
#define BP_CUT_H

#include "base/base.h"

/* Further cuts, between two neighbouring characters of one line. */
enum {
	BP_CUT_DIGITS = 1,	/* a decimal digit and anything else, newlines included */
	BP_CUT_EACH_DIGIT = 2,	/* two decimal digits */
	BP_CUT_SYMBOLS = 4	/* BP_WORD and BP_SYMBOL (unicode.h), in both orders */
};

/* Limits, 0 for none.  A character is a unit of UTF-8 (utf8.h). */
struct cut_rules {
	size_t max_chars;	/* before the newlines */
	size_t max_newlines;
	unsigned between;	/* a sum of further cuts */
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

/* True if one of the further cuts lies between two strings, neither of them empty. */
bool bp_cut_between(const struct cut_rules *r, struct slice before, struct slice after);

#endif
