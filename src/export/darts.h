/*
 * darts.h - double-array trie in the layout of the library Darts-clone (Yata).
 *
 * SentencePiece stores its normalisation rules in this layout: an array of 32-bit units,
 * little-endian.  Each node of the trie has a unit.  Bits 0-7 of a unit are the byte that leads to
 * the node; bit 8 is set if a key ends at the node; bits 10-30, XORed with the unit's index, give
 * the base of the node's children.  The child for a byte is at index base XOR byte.  The value of
 * a key that ends at the node is in the unit at the base, with bit 31 set, so that it never equals
 * a byte.
 */
#ifndef BP_DARTS_H
#define BP_DARTS_H

#include "base/base.h"

struct darts_key {
	struct slice key;	/* not empty */
	uint32_t value;		/* below 2^31 */
};

/*
 * Append the array for n > 0 keys, and sort key[] by bytes.  Of equal keys the one with the
 * smallest value counts.  A key may hold a NUL as its first byte only.  BP_ENOMEM, or BP_ERANGE if
 * the array would exceed the layout's range.
 */
bp_status bp_darts_build(struct darts_key *key, size_t n, struct buf *out, bp_error *err);

#endif
