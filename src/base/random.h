/*
 * random.h - counter-based random generator: number i of a stream is a function of the stream and
 * i.
 *
 * SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014):
 * number i of a stream is a hash of start + i * step, where start and the odd number step belong
 * to the stream alone.  So a draw depends on its own stream and index only, not on other draws,
 * and not on the order of work or the number of threads.
 */
#ifndef BP_RANDOM_H
#define BP_RANDOM_H

#include "base/base.h"

struct random_stream {
	uint64_t start, step;
};

/*
 * The stream for a seed of the random generator, a file and a position (a line of the file, say).
 */
struct random_stream bp_random_stream(uint64_t seed, uint64_t file, uint64_t position);

/* Number i of a stream: 64 random bits. */
static inline uint64_t bp_random_at(const struct random_stream *r, uint64_t i)
{
	return bp_mix(r->start + i * r->step);
}

/* A double in [0, 1) from 64 random bits: a multiple of 2^-53, all equally probable. */
static inline double bp_random_unit(uint64_t bits)
{
	return (double)(bits >> 11) * (1.0 / 9007199254740992.0);
}

#endif
