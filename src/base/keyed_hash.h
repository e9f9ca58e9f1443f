/*
 * keyed_hash.h - hashes with a secret key, for tables of strings that a stranger may have chosen.
 *
 * With a hash that is known, the author of a text can choose thousands of strings for one slot of a
 * table, and each of them then costs a look at all others.  Here the key is drawn at random when a
 * table is made, so that nobody can choose strings for it beforehand.
 *
 * The string is a polynomial over the prime field of 2^61 - 1: words of seven bytes are its
 * coefficients, and the key is the point at which it is evaluated.  Two different strings of n
 * bytes are two different polynomials of a degree below n/7 + 3, whose difference has no more roots
 * than that.  So whatever the two strings are, at most (n/7 + 3) / 2^60 of all keys give them one
 * value (Carter and Wegman 1979).  bp_mix(), over a second part of the key, then spreads the values
 * over the slots.
 *
 * The values differ from key to key: no order and no content of a file may depend on them.  For
 * hashes that are part of results there is bp_hash().
 */
#ifndef BP_KEYED_HASH_H
#define BP_KEYED_HASH_H

#include "base/base.h"

/* All zero: not drawn yet.  Tests may set it. */
struct hash_key {
	uint64_t point;		/* 1 to 2^60 */
	uint64_t spread;
};

/* Draw a key, unless *k has one. */
void bp_hash_key_draw(struct hash_key *k);

uint64_t bp_keyed_hash(const struct hash_key *k, const void *data, size_t n);

/* x * y modulo 2^61 - 1, not fully reduced.  If x is below 2^63 and y up to 2^60, the result is
 * below 2^62 + 2^61, so that a coefficient can be added to it. */
static inline uint64_t bp_multiply_mod(uint64_t x, uint64_t y)
{
	const uint64_t prime = ((uint64_t)1 << 61) - 1;
	uint64_t high, low = bp_multiply(x, y, &high);

	return (low & prime) + (high << 3 | low >> 61);
}

/* From the value of a polynomial to a hash.  The value need not be reduced: equal values are
 * congruent, too. */
static inline uint64_t bp_spread_hash(const struct hash_key *k, uint64_t h)
{
	return bp_mix(h ^ k->spread);
}

/* The hash of a number below 2^61 - 1. */
static inline uint64_t bp_keyed_hash_number(const struct hash_key *k, uint64_t x)
{
	return bp_spread_hash(k, bp_multiply_mod(x, k->point));
}

#endif
