/*
 * Both directions of the escape \xNN.  escape_unit() is the only place that decides between a copy
 * and an escape; all forms of writing go through it.
 */
#include "text/escape.h"

#include <string.h>

#include "text/utf8.h"

enum { SHOWN = 40 };	/* bytes of a string in a message */

/* Write the text of the unit (utf8.h) at s.p[*i], move *i behind the unit, and return the end. */
static inline unsigned char *escape_unit(unsigned char *out, struct slice s, size_t *i)
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char c = s.p[*i];
	size_t k = bp_utf8_length(s.p + *i, s.n - *i);

	/* The backslash has to be escaped, or the text of "\x41" would be that of "A". */
	if (k > 1 || (k == 1 && c > ' ' && c != '\\' && c != 0x7F)) {
		memcpy(out, s.p + *i, k);
		*i += k;
		return out + k;
	}
	++*i;
	*out++ = '\\';
	*out++ = 'x';
	*out++ = (unsigned char)digit[c >> 4];
	*out++ = (unsigned char)digit[c & 15];
	return out;
}

unsigned char *bp_escape(unsigned char *out, struct slice s)
{
	size_t i = 0;

	while (i < s.n)
		out = escape_unit(out, s, &i);
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
	unsigned char unit[BP_ESCAPE_MAX];
	size_t i = 0, n = 0, k, room;

	while (i < s.n) {
		k = (size_t)(escape_unit(unit, s, &i) - unit);
		room = n + 1 < cap ? cap - 1 - n : 0;
		if (room > 0)
			memcpy(text + n, unit, BP_MIN(k, room));
		n += k;
	}
	if (cap > 0)
		text[BP_MIN(n, cap - 1)] = '\0';
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
