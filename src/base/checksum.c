#include "base/checksum.h"

/*
 * Bytes gather in c->tail until a word of eight is complete: so parts of any length give one sum.
 */
static void add_byte(struct checksum *c, unsigned char byte)
{
	c->tail |= (uint64_t)byte << 8 * (c->n++ % 8);
	if (c->n % 8 == 0) {
		c->hash = bp_mix(c->hash ^ c->tail) + BP_GOLDEN;
		c->tail = 0;
	}
}

void bp_checksum_add(struct checksum *c, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t hash;

	for (; n > 0 && c->n % 8 != 0; n--)
		add_byte(c, *p++);
	for (hash = c->hash; n >= 8; p += 8, n -= 8, c->n += 8)
		hash = bp_mix(hash ^ bp_load64(p)) + BP_GOLDEN;
	c->hash = hash;
	for (; n > 0; n--)
		add_byte(c, *p++);
}

uint64_t bp_checksum(const struct checksum *c)
{
	return bp_mix(bp_mix(c->hash ^ c->tail) ^ c->n);
}

/*
 * The block form has eight independent lanes, each with a word of 64 bytes: a step waits for the
 * multiplication of its own lane only, so that a processor works on several lanes at once.
 */
enum { LANES = 8 };

/* For a fixed word the result is a bijection of the lane, and for a fixed lane a bijection of the
 * word: a change of a single word always changes the lane. */
static inline uint64_t lane_step(uint64_t lane, uint64_t word)
{
	lane ^= word;
	return (lane ^ lane >> 32) * 0x9fb21c651e98df25u;
}

/* One word for each lane; not a loop, so that compilers keep the lanes in registers. */
static inline void round_of_steps(uint64_t lane[LANES], const unsigned char *p)
{
	lane[0] = lane_step(lane[0], bp_load64(p));
	lane[1] = lane_step(lane[1], bp_load64(p + 8));
	lane[2] = lane_step(lane[2], bp_load64(p + 16));
	lane[3] = lane_step(lane[3], bp_load64(p + 24));
	lane[4] = lane_step(lane[4], bp_load64(p + 32));
	lane[5] = lane_step(lane[5], bp_load64(p + 40));
	lane[6] = lane_step(lane[6], bp_load64(p + 48));
	lane[7] = lane_step(lane[7], bp_load64(p + 56));
}

uint64_t bp_checksum_block(uint64_t before, const void *data, size_t n)
{
	const unsigned char *p = data;
	uint64_t lane[LANES], sum = bp_mix(before ^ n), tail = 0;
	unsigned i;

	for (i = 0; i < LANES; i++)
		lane[i] = i;	/* different, so that an exchange of words is noticed */
	for (; n >= 8 * LANES; p += 8 * LANES, n -= 8 * LANES)
		round_of_steps(lane, p);
	for (i = 0; i < LANES; i++)
		sum = bp_mix(sum ^ lane[i]) + BP_GOLDEN;
	for (; n >= 8; p += 8, n -= 8)
		sum = bp_mix(sum ^ bp_load64(p)) + BP_GOLDEN;
	while (n-- > 0)
		tail = tail << 8 | p[n];
	return bp_mix(sum ^ tail);
}
