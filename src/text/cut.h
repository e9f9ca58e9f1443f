/*
 * cut.h - segmentation: division of normalised text into segments, the units that no piece
 * crosses.
 *
 * The newlines of a text (U+000A only) divide it by the setting of the model, bp_newlines: a
 * segment ends behind its newlines, or begins with them, or a whole text is one.  Encoding has no
 * further rule.  Training also limits the length of a segment, and cuts where the constraints on
 * pieces (train/rules.h) let no piece cross.
 */
#ifndef BP_CUT_H
#define BP_CUT_H

#include <string.h>

#include "base/base.h"

/* Further cuts, between two neighbouring characters. */
enum {
	BP_CUT_DIGITS = 1,	/* a decimal digit and anything else, newlines included */
	BP_CUT_EACH_DIGIT = 2,	/* two decimal digits */
	BP_CUT_SYMBOLS = 4	/* BP_WORD and BP_SYMBOL (unicode.h), in both orders */
};

/* Limits, 0 for none.  A character is a unit of UTF-8 (utf8.h). */
struct cut_rules {
	bp_newlines newlines;
	size_t max_chars;	/* other than newlines */
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
 * True if a segment ends between two neighbouring bytes of a text.  This is the rule of newlines;
 * the functions below find its places faster.
 */
static inline bool bp_segment_ends(bp_newlines rule, unsigned char before, unsigned char after)
{
	return rule == BP_NEWLINES_END ? before == '\n' && after != '\n'
				       : rule == BP_NEWLINES_BEGIN && before != '\n' &&
					 after == '\n';
}

/* Length of the segment of encoding, or of the rest of one, that 's' begins with; 's' may be
 * empty. */
static inline size_t bp_segment_length(bp_newlines rule, struct slice s)
{
	const unsigned char *newline;
	size_t n = 0;

	if (rule == BP_NEWLINES_TEXT)
		return s.n;
	while (rule == BP_NEWLINES_BEGIN && n < s.n && s.p[n] == '\n')
		n++;
	newline = n < s.n ? memchr(s.p + n, '\n', s.n - n) : NULL;
	n = newline != NULL ? (size_t)(newline - s.p) : s.n;
	while (rule == BP_NEWLINES_END && n < s.n && s.p[n] == '\n')
		n++;
	return n;
}

/*
 * Returns the segment of 's' that starts at *pos < s.n, and moves *pos to its end.  's' is taken
 * as the end of the text: if more text may follow, a segment that reaches the end of 's' is not
 * certain.
 */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos);

/* The last offset inside 's' at which a segment ends, or 0. */
size_t bp_last_segment_end(bp_newlines rule, struct slice s);

/* True if one of the further cuts lies between two strings, neither of them empty. */
bool bp_cut_between(const struct cut_rules *r, struct slice before, struct slice after);

#endif
