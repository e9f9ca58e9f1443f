/*
 * endian.h - integers stored as bytes, at any address: little-endian (load, store) and big-endian
 * (load_be, store_be), independent of the machine's byte order.
 *
 * Compilers turn each little-endian function into one instruction where the machine has it.
 */
#ifndef BP_ENDIAN_H
#define BP_ENDIAN_H

#include "base/base.h"

static inline uint32_t bp_load16(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t bp_load32(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline void bp_store16(unsigned char *p, uint32_t x)
{
	p[0] = (unsigned char)x;
	p[1] = (unsigned char)(x >> 8);
}

static inline void bp_store32(unsigned char *p, uint32_t x)
{
	p[0] = (unsigned char)x;
	p[1] = (unsigned char)(x >> 8);
	p[2] = (unsigned char)(x >> 16);
	p[3] = (unsigned char)(x >> 24);
}

static inline void bp_store64(unsigned char *p, uint64_t x)
{
	p[0] = (unsigned char)x;
	p[1] = (unsigned char)(x >> 8);
	p[2] = (unsigned char)(x >> 16);
	p[3] = (unsigned char)(x >> 24);
	p[4] = (unsigned char)(x >> 32);
	p[5] = (unsigned char)(x >> 40);
	p[6] = (unsigned char)(x >> 48);
	p[7] = (unsigned char)(x >> 56);
}

/*
 * The index, counted from the lowest byte, of the first byte with its top bit set.  'bits' has no
 * other bits than top bits of bytes.  0 also if no bit is set.
 */
static inline unsigned bp_first_byte(uint64_t bits)
{
	/* The lowest bit is shifted to bit 8 i; the product has the index i in its top byte. */
	return (unsigned)(((bits & (0 - bits)) >> 7) * 0x0001020304050607u >> 56);
}

/* Big-endian integers of n bytes, 1 to 8: byte strings of them sort in numeric order. */
static inline void bp_store_be(unsigned char *p, uint64_t x, unsigned n)
{
	while (n-- > 0) {
		p[n] = (unsigned char)x;
		x >>= 8;
	}
}

static inline uint64_t bp_load_be(const unsigned char *p, unsigned n)
{
	uint64_t x = 0;

	while (n-- > 0)
		x = x << 8 | *p++;
	return x;
}

/* The first eight bytes of a string as a big-endian number, with zeros behind its end: numbers that
 * differ are in the order of their strings. */
static inline uint64_t bp_load_head(struct slice s)
{
	if (s.n >= 8)
		return bp_load_be(s.p, 8);
	return s.n > 0 ? bp_load_be(s.p, (unsigned)s.n) << (64 - 8 * s.n) : 0;
}

#endif
