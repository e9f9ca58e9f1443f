/*
 * decimal_ids.h - ids in decimal: where they end, and their numbers, without branches on lengths.
 */
#ifndef BP_DECIMAL_IDS_H
#define BP_DECIMAL_IDS_H

#include "base/base.h"
#include "base/endian.h"

#if defined(__SSE2__) && !defined(BP_C11)
#define BP_DIGITS_SSE2
#include <emmintrin.h>
#endif

enum {
	BP_DIGITS = 7,		/* of a number for bp_number_of_digits(), at most */
	BP_DIGITS_BLOCK = 64	/* bytes that bp_find_non_digits() reads */
};

/*
 * The number of n digits at p, 1 to BP_DIGITS; eight bytes are read.  Digits are joined to numbers
 * of two digits, then of four, then of eight: the upper half of each product is the sum of a number
 * times 100 or 10000 and the next number.
 */
static inline uint32_t bp_number_of_digits(const unsigned char *p, size_t n)
{
	uint64_t w = (bp_load64(p) ^ 0x3030303030303030u) << (64 - 8 * n);

	w = (w * 10 + (w >> 8)) & 0x00FF00FF00FF00FFu;
	w = w * (100 * 0x10000 + 1) >> 16 & 0x0000FFFF0000FFFFu;
	return (uint32_t)(w * (10000 * 0x100000000u + 1) >> 32);
}

/* Bit i is set if byte i of BP_DIGITS_BLOCK bytes is no decimal digit. */
static inline uint64_t bp_find_non_digits_c11(const unsigned char *p)
{
	const uint64_t low = 0x7F7F7F7F7F7F7F7Fu;
	uint64_t mask = 0, w;
	int i;

	for (i = 0; i < BP_DIGITS_BLOCK; i += 8) {
		w = bp_load64(p + i) ^ 0x3030303030303030u;
		w = (((w & low) + 0x7676767676767676u) | w) & ~low;
		/* The product moves the top bit of byte k to bit 56 + k. */
		mask |= w * 0x0002040810204081u >> 56 << i;
	}
	return mask;
}

#if defined(BP_DIGITS_SSE2)
/* As above.  Every x86-64 has SSE2; decoding as a whole takes a tenth less time with it. */
static inline uint64_t bp_find_non_digits(const unsigned char *p)
{
	/* The comparison is signed: '0' becomes the least number. */
	const __m128i to_least = _mm_set1_epi8((char)(-128 - '0'));
	const __m128i nine = _mm_set1_epi8(-128 + 9);
	uint64_t mask = 0;
	__m128i v;
	int i;

	for (i = 0; i < BP_DIGITS_BLOCK; i += 16) {
		v = _mm_add_epi8(_mm_loadu_si128((const __m128i *)(p + i)), to_least);
		mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(v, nine)) << i;
	}
	return mask;
}
#else
static inline uint64_t bp_find_non_digits(const unsigned char *p)
{
	return bp_find_non_digits_c11(p);
}
#endif

#endif
