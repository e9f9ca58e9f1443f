#include "base/random.h"

#define GOLDEN 0x9e3779b97f4a7c15u	/* 2^64 over the golden ratio, odd */

/* Odd, and not so regular that neighbouring sums differ in few bits; as in the paper. */
static uint64_t random_step(uint64_t x)
{
	x |= 1;
	return bp_count_bits(x ^ (x >> 1)) < 24 ? x ^ 0xaaaaaaaaaaaaaaaau : x;
}

struct random_stream bp_random_stream(uint64_t seed, uint64_t file, uint64_t place)
{
	uint64_t base = bp_mix(file + bp_mix(seed + GOLDEN));
	uint64_t other = bp_mix(base + GOLDEN);

	return (struct random_stream){ .start = bp_mix(base + place),
				       .step = random_step(bp_mix(other + place * GOLDEN)) };
}
