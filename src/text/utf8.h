/*
 * utf8.h - decoding of UTF-8 as defined in Unicode 15.0, table 3-7; malformed bytes are units.
 *
 * Every byte string is a sequence of units.  A unit is a well-formed character of 1 to 4 bytes, or
 * one byte that is part of no well-formed character.  The three bytes before an offset suffice to
 * tell whether a unit starts there.
 */
#ifndef BP_UTF8_H
#define BP_UTF8_H

#include "base/base.h"

static inline bool bp_utf8_tail(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* Length of the well-formed character that s[0..n) begins with, or 0 if it begins with none. */
static inline size_t bp_utf8_length(const unsigned char *s, size_t n)
{
	unsigned char c;

	if (n == 0)
		return 0;
	if ((c = s[0]) < 0x80)
		return 1;
	if (c < 0xC2 || c > 0xF4 || n < 2 || !bp_utf8_tail(s[1]))
		return 0;
	if (c < 0xE0)
		return 2;
	if (n < 3 || !bp_utf8_tail(s[2]))
		return 0;
	if (c < 0xF0)	/* no overlong forms, no surrogates */
		return (c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) ? 0 : 3;
	if (n < 4 || !bp_utf8_tail(s[3]))
		return 0;
	return (c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F) ? 0 : 4;
}

/* Length of the well-formed characters that 's' begins with: s.n if it is valid UTF-8.  ASCII is
 * read eight bytes at a time. */
static inline size_t bp_utf8_valid(struct slice s)
{
	size_t i, k;

	for (i = 0; i < s.n; i += k) {
		while (s.n - i >= 8 && (bp_load64(s.p + i) & 0x8080808080808080u) == 0)
			i += 8;
		while (i < s.n && s.p[i] < 0x80)
			i++;
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			break;
	}
	return i;
}

/* Is 's' a part of a character from its first byte on, of two or three bytes? */
static inline bool bp_utf8_is_beginning(struct slice s)
{
	/* Of the bytes that follow, the second alone has limits that depend on the first. */
	unsigned char c[4] = { 0, 0, 0x80, 0x80 };
	size_t k = s.n > 0 && s.p[0] < 0xF0 ? 3 : 4;

	if (s.n < 2 || s.n >= k)
		return false;
	bp_copy(c, s.p, s.n);
	return bp_utf8_length(c, k) == k;
}

/* Length of the unit that s[0..n), n > 0, begins with. */
static inline size_t bp_utf8_unit(const unsigned char *s, size_t n)
{
	size_t k = bp_utf8_length(s, n);

	return k > 0 ? k : 1;
}

/* Length of the character that s[0..n), n > 0, ends with; 1 if it ends with none. */
static inline size_t bp_utf8_last_unit(const unsigned char *s, size_t n)
{
	size_t k;

	for (k = 1; k <= 4 && k <= n; k++)
		if (bp_utf8_length(s + n - k, k) == k)
			return k;
	return 1;
}

/* The code point of a well-formed character of k bytes. */
static inline uint32_t bp_utf8_decode(const unsigned char *s, size_t k)
{
	switch (k) {
	case 1:
		return s[0];
	case 2:
		return (s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu);
	case 3:
		return (s[0] & 0x0Fu) << 12 | (s[1] & 0x3Fu) << 6 | (s[2] & 0x3Fu);
	default:
		return (s[0] & 0x07u) << 18 | (s[1] & 0x3Fu) << 12 | (s[2] & 0x3Fu) << 6 |
		       (s[3] & 0x3Fu);
	}
}

/* Write a code point as UTF-8 and return its length, 1-4. */
static inline size_t bp_utf8_encode(uint32_t c, unsigned char out[4])
{
	size_t k = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;
	static const unsigned char lead[5] = { 0, 0, 0xC0, 0xE0, 0xF0 };

	for (i = k; i-- > 1; c >>= 6)
		out[i] = (unsigned char)(0x80 | (c & 0x3F));
	out[0] = (unsigned char)(lead[k] | c);
	return k;
}

#endif
