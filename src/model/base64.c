#include "model/base64.h"

#include <string.h>

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

size_t bp_base64_decode(unsigned char *s, size_t n)
{
	size_t i, j, k, out = 0;
	const char *digit;
	uint32_t w;

	if (n % 4 != 0)
		return SIZE_MAX;
	for (i = 0; i < n; i += 4) {
		/* Only the last group may be padded, to two or three digits. */
		k = i + 4 < n || s[i + 3] != '=' ? 4 : s[i + 2] != '=' ? 3 : 2;
		for (j = 0, w = 0; j < k; j++) {
			if (s[i + j] == 0 || (digit = strchr(alphabet, s[i + j])) == NULL)
				return SIZE_MAX;
			w = w << 6 | (uint32_t)(digit - alphabet);
		}
		w <<= 6 * (4 - k);
		if ((k == 3 && (w & 0xFF) != 0) || (k == 2 && (w & 0xFFFF) != 0))
			return SIZE_MAX;
		for (j = 0; j + 1 < k; j++)
			s[out++] = (unsigned char)(w >> (16 - 8 * j));
	}
	return out;
}
