/* Keys are drawn from the host; strings are read in words of seven bytes. */
#include "base/keyed_hash.h"

#include "base/endian.h"
#include "base/host.h"

enum { WORD = 7 };	/* bytes of a coefficient: it has to be below 2^61 - 1 */

void bp_hash_key_draw(struct hash_key *k)
{
	if (k->point != 0)
		return;
	bp_host_random(k, sizeof(*k));
	k->point = (k->point >> 4) + 1;
}

/* The last n bytes, up to seven, of a string of 'all' bytes that ends at 'end'. */
static uint64_t load_end(const unsigned char *end, size_t n, size_t all)
{
	const unsigned char *p = end - n;

	if (n == 0)
		return 0;
	if (all >= 8)	/* one load, with bytes that come before */
		return bp_load64(end - 8) >> (64 - 8 * n);
	if (n >= 4)
		return bp_load32(p) | (uint64_t)bp_load32(end - 4) << 8 * (n - 4);
	return p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1);
}

/*
 * Horner's rule.  The first coefficient is 1 and the last word tells how many of its bytes are
 * used, so that no two strings give one polynomial.
 */
uint64_t bp_keyed_hash(const struct hash_key *k, const void *data, size_t n)
{
	const uint64_t mask = ((uint64_t)1 << 8 * WORD) - 1;
	const unsigned char *p = data;
	uint64_t h = k->point;
	size_t left = n;

	for (; left > WORD; p += WORD, left -= WORD)
		h = bp_multiply_mod(h + (bp_load64(p) & mask), k->point);
	if (left == WORD) {
		h = bp_multiply_mod(h + load_end(p + left, left, n), k->point);
		p += left;
		left = 0;
	}
	/* p + 0 is undefined for the NULL of an empty string. */
	h += n == 0 ? 0 : load_end(p + left, left, n) | (uint64_t)left << 48;
	return bp_spread_hash(k, bp_multiply_mod(h, k->point));
}
