/* checksum.h - 64-bit checksums: of a stream of bytes, and of blocks at the speed of memory. */
#ifndef BP_CHECKSUM_H
#define BP_CHECKSUM_H

#include "base/base.h"

/* Of a stream, however it is divided into calls.  Zero at first. */
struct checksum {
	uint64_t hash, tail;	/* tail: the last bytes, fewer than eight, lowest first */
	uint64_t n;		/* bytes so far */
};

void bp_checksum_add(struct checksum *c, const void *data, size_t n);
uint64_t bp_checksum(const struct checksum *c);

/*
 * Of a block of bytes, the same on every machine.  'before' is that of the blocks before it, or any
 * number.  Another function of the bytes than the one above.
 */
uint64_t bp_checksum_block(uint64_t before, const void *data, size_t n);

#endif
