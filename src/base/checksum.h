/* checksum.h - a 64-bit checksum of a stream of bytes, however it is divided into calls. */
#ifndef BP_CHECKSUM_H
#define BP_CHECKSUM_H

#include "base/base.h"

/* Zero at first. */
struct checksum {
	uint64_t hash, tail;	/* tail: the last bytes, fewer than eight, lowest first */
	uint64_t n;		/* bytes so far */
};

void bp_checksum_add(struct checksum *c, const void *data, size_t n);
uint64_t bp_checksum(const struct checksum *c);

#endif
