#include "base/checksum.h"

static void add_byte(struct checksum *c, unsigned char byte)
{
	c->tail |= (uint64_t)byte << 8 * (c->n++ % 8);
	if (c->n % 8 == 0) {
		c->hash = bp_mix(c->hash ^ c->tail) + 0x9e3779b97f4a7c15u;
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
		hash = bp_mix(hash ^ bp_load64(p)) + 0x9e3779b97f4a7c15u;
	c->hash = hash;
	for (; n > 0; n--)
		add_byte(c, *p++);
}

uint64_t bp_checksum(const struct checksum *c)
{
	return bp_mix(bp_mix(c->hash ^ c->tail) ^ c->n);
}
