/* A segment is a run of bytes without a newline, found by memchr() if no rule applies, and
 * newlines. */
#include "text/cut.h"

#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

/* Is there a cut between two units with these flags? */
static bool divides(unsigned between, unsigned a, unsigned b)
{
	return ((between & BP_CUT_DIGITS) && ((a ^ b) & BP_DIGIT)) ||
	       ((between & BP_CUT_EACH_DIGIT) && (a & b & BP_DIGIT)) ||
	       ((between & BP_CUT_SYMBOLS) && (((a & BP_WORD) && (b & BP_SYMBOL)) ||
					       ((a & BP_SYMBOL) && (b & BP_WORD))));
}

/* Length of the run without newlines that s[0..n) begins with. */
static size_t plain_run(size_t max_chars, const unsigned char *s, size_t n)
{
	const unsigned char *newline;
	size_t i, chars;

	/* memchr() must not look further than a run can reach: each segment of one long line would
	 * search all of the line, in quadratic time. */
	if (max_chars > 0 && max_chars < n / 4)
		n = 4 * max_chars;
	newline = memchr(s, '\n', n);
	if (newline != NULL)
		n = (size_t)(newline - s);
	if (max_chars == 0 || n <= max_chars)	/* a character has at least one byte */
		return n;
	for (i = 0, chars = 0; chars < max_chars && i < n; chars++)
		i += bp_utf8_unit(s + i, n - i);
	return i;
}

/*
 * As plain_run(), but the run ends at a further cut.  *at_cut is true if it does; the newlines that
 * may follow then belong to the next segment.
 */
static size_t divided_run(const struct cut_rules *r, const unsigned char *s, size_t n, bool *at_cut)
{
	unsigned last = 0, flags;
	size_t i, k, chars = 0;

	*at_cut = false;
	for (i = 0; i < n; chars++, i += k) {
		k = bp_utf8_unit(s + i, n - i);
		flags = bp_unit_flags(s + i, k);
		*at_cut = i > 0 && divides(r->between, last, flags);
		if (*at_cut || s[i] == '\n' || (r->max_chars > 0 && chars == r->max_chars))
			break;
		last = flags;
	}
	return i;
}

/* Each branch consumes at least one byte, so that a loop over segments ends. */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos)
{
	const unsigned char *p = s.p + *pos;
	size_t left = s.n - *pos, n, newlines;
	bool at_cut = false;

	n = r->between != 0 ? divided_run(r, p, left, &at_cut) : plain_run(r->max_chars, p, left);
	for (newlines = 0; !at_cut && n < left && p[n] == '\n' &&
	     (r->max_newlines == 0 || newlines < r->max_newlines); newlines++)
		n++;
	*pos += n;
	return (struct slice){ p, n };
}

bool bp_cut_between(const struct cut_rules *r, struct slice before, struct slice after)
{
	size_t k = bp_utf8_last_unit(before.p, before.n);

	return divides(r->between, bp_unit_flags(before.p + before.n - k, k),
		       bp_unit_flags(after.p, bp_utf8_unit(after.p, after.n)));
}
