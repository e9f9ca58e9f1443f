/*
 * little.h - numbers of two, four and eight bytes, lowest byte first, on every machine and at any
 * address.  Compilers make one instruction of each where the machine has it.
 */
#ifndef BP_LITTLE_H
#define BP_LITTLE_H

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

/* Which of the eight bytes, from the lowest on, is the first whose top bit is set in 'bits', which
 * has no other bits; 0 also if none is. */
static inline unsigned bp_first_byte(uint64_t bits)
{
	/* The lowest bit, times this, has the number of its byte on top. */
	return (unsigned)(((bits & (0 - bits)) >> 7) * 0x0001020304050607u >> 56);
}

#endif
