/*
 * darts.h - a double array in the layout of the library Darts-clone (Yata), which SentencePiece
 * keeps its rules of normalisation in.
 *
 * An array of 32-bit units, lowest byte first.  A unit has its byte in bits 0-7, in bit 8 whether a
 * key ends here, in bits 10-30 what its index is to be XORed with for the base of its children; a
 * child is at base XOR byte.  The value of a key that ends is at the base itself, with bit 31 set,
 * which no byte equals.
 */
#ifndef BP_DARTS_H
#define BP_DARTS_H

#include "base/base.h"

struct darts_key {
	struct slice key;	/* not empty */
	uint32_t value;		/* below 2^31 */
};

/*
 * Append the array of n > 0 keys, which are sorted by this; of equal ones the first counts.  A key
 * may hold a NUL as its first byte only.  Fails with BP_ENOMEM, or BP_ERANGE if there are too many.
 */
bp_status bp_darts_build(struct darts_key *key, size_t n, struct buf *out, bp_error *err);

#endif
