/* bytes.h - numbers of n bytes, highest byte first, so that they sort as numbers do. */
#ifndef BP_BYTES_H
#define BP_BYTES_H

#include <stdint.h>

static inline void bp_put_number(unsigned char *p, uint64_t x, unsigned n)
{
	while (n-- > 0) {
		p[n] = (unsigned char)x;
		x >>= 8;
	}
}

static inline uint64_t bp_get_number(const unsigned char *p, unsigned n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | *p++;
	return x;
}

#endif
