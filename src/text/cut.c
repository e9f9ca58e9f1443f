/* A segment is a run of bytes without a newline, found by memchr() if no rule applies, and
 * newlines. */
#include "text/cut.h"

#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

/* The table of lead bytes rejects most characters without a look at their properties. */
static bool is_digit(const unsigned char *s, size_t k)
{
	return bp_lead_digit[s[0]] && bp_utf8_length(s, k) == k &&
	       (bp_unicode_class(bp_utf8_decode(s, k)).flags & BP_DIGIT);
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

/* As plain_run(), but the run ends before a digit. */
static size_t digitless_run(size_t max_chars, const unsigned char *s, size_t n)
{
	size_t i, k, chars = 0;

	for (i = 0; i < n && s[i] != '\n' && (max_chars == 0 || chars < max_chars); chars++) {
		k = bp_utf8_unit(s + i, n - i);
		if (is_digit(s + i, k))
			break;
		i += k;
	}
	return i;
}

/* Each branch consumes at least one byte, so that a loop over segments ends. */
struct slice bp_cut(const struct cut_rules *r, struct slice s, size_t *pos)
{
	const unsigned char *p = s.p + *pos;
	size_t left = s.n - *pos, n, k = bp_utf8_unit(p, left), newlines;

	if (r->isolate_digits && is_digit(p, k)) {
		*pos += k;
		return (struct slice){ p, k };
	}
	n = r->isolate_digits ? digitless_run(r->max_chars, p, left)
			      : plain_run(r->max_chars, p, left);
	for (newlines = 0; n < left && p[n] == '\n' &&
	     (r->max_newlines == 0 || newlines < r->max_newlines); newlines++)
		n++;
	*pos += n;
	return (struct slice){ p, n };
}

bool bp_is_digit(struct slice s)
{
	return s.n > 0 && is_digit(s.p, s.n);
}
