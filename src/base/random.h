/*
 * random.h - random numbers by index: any number of streams, each of which can be read anywhere.
 *
 * SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014):
 * number i of a stream is a hash of start + i * step, with a start and an odd step that belong to
 * the stream alone.  So what is drawn for one place depends on no other draw, and on no order of
 * work.
 */
#ifndef BP_RANDOM_H
#define BP_RANDOM_H

#include "base/base.h"

struct random_stream {
	uint64_t start, step;
};

/* The stream that belongs to three numbers. */
struct random_stream bp_random_stream(uint64_t seed, uint64_t file, uint64_t place);

/* Number i of a stream: 64 random bits. */
static inline uint64_t bp_random_at(const struct random_stream *r, uint64_t i)
{
	return bp_mix(r->start + i * r->step);
}

/* One of the 2^53 multiples of 2^-53 in [0, 1), each equally likely. */
static inline double bp_random_unit(uint64_t bits)
{
	return (double)(bits >> 11) * (1.0 / 9007199254740992.0);
}

#endif
