/*
 * Both directions of the escape \xNN.  escape_unit() is the only place that decides between a copy
 * and an escape; all forms of writing go through it.
 */
#include "text/escape.h"

#include <string.h>

#include "text/unicode.h"
#include "text/utf8.h"

enum { SHOWN = 40 };	/* bytes of a string in a message */

/* The longest text of a unit. */
enum { UNIT_MAX = 4 * BP_ESCAPE_MAX };

/*
 * Write the text of the unit (utf8.h) at s.p[*i], move *i behind the unit, and return the end.
 * With 'prose', the blank and the backslash are copied.
 */
static inline unsigned char *escape_unit(unsigned char *out, struct slice s, size_t *i, bool prose)
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char c = s.p[*i];
	size_t k = bp_utf8_length(s.p + *i, s.n - *i);
	bool is_copied;

	/* The backslash has to be escaped, or the text of "\x41" would be that of "A". */
	if (k <= 1)
		is_copied = k == 1 && c >= ' ' && c != 0x7F &&
			    (prose || (c != ' ' && c != '\\'));
	else
		is_copied = !(bp_unicode_class(bp_utf8_decode(s.p + *i, k)).flags & BP_HIDDEN);
	if (is_copied) {
		memcpy(out, s.p + *i, k);
		*i += k;
		return out + k;
	}
	for (k = k > 0 ? k : 1; k > 0; k--, ++*i) {
		c = s.p[*i];
		*out++ = '\\';
		*out++ = 'x';
		*out++ = (unsigned char)digit[c >> 4];
		*out++ = (unsigned char)digit[c & 15];
	}
	return out;
}

unsigned char *bp_escape(unsigned char *out, struct slice s)
{
	size_t i = 0;

	while (i < s.n)
		out = escape_unit(out, s, &i, false);
	return out;
}

bool bp_escape_append(struct buf *out, struct slice s)
{
	if (s.n > SIZE_MAX / BP_ESCAPE_MAX || !bp_buf_reserve(out, BP_ESCAPE_MAX * s.n))
		return false;
	out->len = (size_t)(bp_escape(out->data + out->len, s) - out->data);
	return true;
}

size_t bp_escape_bounded(struct slice s, char *text, size_t cap)
{
	unsigned char unit[UNIT_MAX];
	size_t i = 0, n = 0, k, room;

	while (i < s.n) {
		k = (size_t)(escape_unit(unit, s, &i, false) - unit);
		room = n + 1 < cap ? cap - 1 - n : 0;
		if (room > 0)
			memcpy(text + n, unit, BP_MIN(k, room));
		n += k;
	}
	if (cap > 0)
		text[BP_MIN(n, cap - 1)] = '\0';
	return n;
}

/* A text that is cut ends with a whole character, or it would not be printable. */
size_t bp_printable(const char *bytes, size_t len, char *text, size_t cap)
{
	struct slice s = { (const unsigned char *)bytes, len };
	unsigned char unit[UNIT_MAX];
	size_t i = 0, n = 0, end = 0, k;

	while (i < s.n) {
		k = (size_t)(escape_unit(unit, s, &i, true) - unit);
		if (end == n && k < cap - BP_MIN(end, cap)) {
			memcpy(text + end, unit, k);
			end += k;
		}
		n += k;
	}
	if (cap > 0)
		text[end] = '\0';
	return n;
}

bp_status bp_fail_bytes(bp_error *err, const char *what, struct slice s, const char *why)
{
	char text[BP_ESCAPE_MAX * SHOWN + 1];

	bp_escape_bounded((struct slice){ s.p, BP_MIN(s.n, SHOWN) }, text, sizeof(text));
	return bp_fail(err, BP_ERANGE, "%s '%s%s' %s", what, text, s.n > SHOWN ? "..." : "", why);
}

int bp_hex_digit(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte of the escape at *p, which begins with a backslash; moves *p behind it.  -1 if the
 * bytes are no escape. */
static int unescape(const char **p)
{
	const char *s = *p;
	int high, low;

	*p += 2;
	switch (s[1]) {
	case '\\':
		return '\\';
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'x':
		/* A NUL is no digit: nothing is read behind the end of the text. */
		if ((high = bp_hex_digit((unsigned char)s[2])) < 0 ||
		    (low = bp_hex_digit((unsigned char)s[3])) < 0)
			return -1;
		*p += 2;
		return high * 16 + low;
	}
	return -1;
}

bp_status bp_piece_bytes(const char *text, char *bytes, size_t *len)
{
	int c;

	/* An escape is longer than its byte, so 'bytes' may be 'text' itself. */
	for (*len = 0; *text != '\0'; bytes[(*len)++] = (char)(unsigned char)c)
		if (*text != '\\')
			c = (unsigned char)*text++;
		else if ((c = unescape(&text)) < 0)
			return BP_ERANGE;
	return BP_OK;
}
