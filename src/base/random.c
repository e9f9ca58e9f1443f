/* Streams of random numbers: start and step from three numbers, by hashing. */
#include "base/random.h"

/* An odd step.  As in the paper, a step with few changes between neighbouring bits is replaced,
 * because sums with it differ in few bits and hash badly. */
static uint64_t random_step(uint64_t x)
{
	x |= 1;
	return bp_count_bits(x ^ (x >> 1)) < 24 ? x ^ 0xaaaaaaaaaaaaaaaau : x;
}

struct random_stream bp_random_stream(uint64_t seed, uint64_t file, uint64_t position)
{
	uint64_t base = bp_mix(file + bp_mix(seed + BP_GOLDEN));
	uint64_t other = bp_mix(base + BP_GOLDEN);

	return (struct random_stream){ .start = bp_mix(base + position),
				       .step = random_step(bp_mix(other + position * BP_GOLDEN)) };
}
