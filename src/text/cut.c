/* Newlines are found by memchr(); only where a limit or a further cut may apply, a segment is
 * divided character by character. */
#include "text/cut.h"

#include "text/unicode.h"
#include "text/utf8.h"

/* Is there a cut between two units with the flags a and b? */
static bool divides(unsigned between, unsigned a, unsigned b)
{
	return ((between & BP_CUT_DIGITS) && ((a ^ b) & BP_DIGIT)) ||
	       ((between & BP_CUT_EACH_DIGIT) && (a & b & BP_DIGIT)) ||
	       ((between & BP_CUT_SYMBOLS) && (((a & BP_WORD) && (b & BP_SYMBOL)) ||
					       ((a & BP_SYMBOL) && (b & BP_WORD))));
}

size_t bp_last_segment_end(bp_newlines rule, struct slice s)
{
	size_t i = s.n;

	if (rule == BP_NEWLINES_TEXT || s.n == 0 || memchr(s.p, '\n', s.n) == NULL)
		return 0;
	while (i-- > 1)
		if (bp_segment_ends(rule, s.p[i - 1], s.p[i]))
			return i;
	return 0;
}

/* True only if a segment of encoding, p[0..n), is within the limits: a character has at least one
 * byte, and the newlines are all at one end. */
static bool is_within_limits(const struct cut_rules *r, const unsigned char *p, size_t n)
{
	size_t most = r->max_newlines;

	return (r->max_chars == 0 || n <= r->max_chars) &&
	       (most == 0 || n <= most ||
		(r->newlines != BP_NEWLINES_TEXT && p[most] != '\n' && p[n - 1 - most] != '\n'));
}

/* Length of the segment that s[0..n) begins with, by all rules. */
static size_t divided_segment(const struct cut_rules *r, const unsigned char *s, size_t n)
{
	const size_t most[2] = { r->max_chars, r->max_newlines };
	size_t count[2] = { 0, 0 }, i, k;
	unsigned last = 0, flags;
	bool newline;

	for (i = 0; i < n; i += k, last = flags, count[newline]++) {
		k = bp_utf8_unit(s + i, n - i);
		flags = r->between != 0 ? bp_unit_flags(s + i, k) : 0;
		newline = s[i] == '\n';
		if (i > 0 && (divides(r->between, last, flags) ||
			      (most[newline] > 0 && count[newline] == most[newline]) ||
			      bp_segment_ends(r->newlines, s[i - 1], s[i])))
			break;
	}
	return i;
}

/* Each branch consumes at least one byte, so that a loop over segments ends. */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos)
{
	struct slice rest = { s.p + *pos, s.n - *pos };
	size_t n;

	/* The search must not look further than a segment can reach: each segment of one long line
	 * would search all of the line, in quadratic time. */
	if (r->max_newlines > 0 && r->max_chars > 0 && r->max_chars < rest.n / 4)
		rest.n = BP_MIN(rest.n, 4 * r->max_chars + r->max_newlines);
	n = r->between == 0 ? bp_segment_length(r->newlines, rest) : 0;
	if (r->between != 0 || !is_within_limits(r, rest.p, n))
		n = divided_segment(r, rest.p, rest.n);
	*pos += n;
	return (struct slice){ rest.p, n };
}

bool bp_cut_between(const struct cut_rules *r, struct slice before, struct slice after)
{
	size_t k = bp_utf8_last_unit(before.p, before.n);

	return divides(r->between, bp_unit_flags(before.p + before.n - k, k),
		       bp_unit_flags(after.p, bp_utf8_unit(after.p, after.n)));
}
