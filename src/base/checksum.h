/*
 * checksum.h - 64-bit checksums: of a stream of bytes, and of one block at the speed of memory.
 *
 * The checksums detect damage, not an attacker: they are hashes without a key.  The two functions
 * give different values for equal bytes.  The values do not depend on the machine.
 */
#ifndef BP_CHECKSUM_H
#define BP_CHECKSUM_H

#include "base/base.h"

/* The checksum of a stream; the division of the stream into calls has no influence.  Begin with a
 * zero struct. */
struct checksum {
	uint64_t hash, tail;	/* tail: the last bytes, fewer than eight, lowest first */
	uint64_t n;		/* bytes so far */
};

void bp_checksum_add(struct checksum *c, const void *data, size_t n);
uint64_t bp_checksum(const struct checksum *c);

/*
 * The checksum of n bytes.  'before' chains blocks: pass the checksum of the block before, or any
 * number.
 */
uint64_t bp_checksum_block(uint64_t before, const void *data, size_t n);

#endif
