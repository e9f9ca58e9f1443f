/*
 * Base64 in groups of three bytes and four digits.  Decoding is strict: two texts of one piece
 * would make a model with equal pieces, so unused bits must be 0, and padding is required.
 */
#include "model/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool bp_base64_encode(struct slice s, struct buf *out)
{
	unsigned char four[4];
	uint32_t w;
	size_t i, k;

	for (i = 0; i < s.n; i += 3) {
		k = BP_MIN(s.n - i, 3);
		w = (uint32_t)s.p[i] << 16;
		w |= k > 1 ? (uint32_t)s.p[i + 1] << 8 : 0;
		w |= k > 2 ? (uint32_t)s.p[i + 2] : 0;
		four[0] = (unsigned char)alphabet[w >> 18];
		four[1] = (unsigned char)alphabet[w >> 12 & 63];
		four[2] = (unsigned char)(k > 1 ? alphabet[w >> 6 & 63] : '=');
		four[3] = (unsigned char)(k > 2 ? alphabet[w & 63] : '=');
		if (!bp_buf_append(out, four, 4))
			return false;
	}
	return true;
}

/* The value of each digit plus 1; 0 for other bytes, so that the table needs the digits only. */
static const unsigned char value[256] = {
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7,
	['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14,
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21,
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35,
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49,
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
	['/'] = 64
};

/* Digit i of a group of four, shifted to its position in the group's 24 bits.  A byte that is no
 * digit sets bits above them: one test of the sum finds a fault in any of four digits. */
static inline uint32_t digit(const unsigned char *s, size_t i)
{
	return (value[s[i]] - (uint32_t)1) << (18 - 6 * i);
}

size_t bp_base64_decode(unsigned char *s, size_t n)
{
	size_t i, k, out = 0;
	uint32_t w;

	if (n % 4 != 0)
		return SIZE_MAX;
	for (i = 0; i + 4 < n; i += 4, out += 3) {
		w = digit(s + i, 0) | digit(s + i, 1) | digit(s + i, 2) | digit(s + i, 3);
		if (w >> 24 != 0)
			return SIZE_MAX;
		s[out] = (unsigned char)(w >> 16);
		s[out + 1] = (unsigned char)(w >> 8);
		s[out + 2] = (unsigned char)w;
	}
	if (n == 0)
		return 0;
	/* Only the last group may be padded, to two or three digits. */
	k = s[i + 3] != '=' ? 4 : s[i + 2] != '=' ? 3 : 2;
	w = digit(s + i, 0) | digit(s + i, 1);
	w |= (k > 2 ? digit(s + i, 2) : 0) | (k > 3 ? digit(s + i, 3) : 0);
	if (w >> 24 != 0 || (k == 3 && (w & 0xFF) != 0) || (k == 2 && (w & 0xFFFF) != 0))
		return SIZE_MAX;
	for (; k > 1; k--, w <<= 8)
		s[out++] = (unsigned char)(w >> 16);
	return out;
}
