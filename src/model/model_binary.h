/*
 * model_binary.h - the binary form of a model, which is ready to be searched with once it is read.
 *
 * Numbers are little-endian.  A head of 48 bytes:
 *	 0  the eight bytes 89 42 50 4D 0D 0A 1A 0A, which no text begins with and no conversion
 *	    of line ends leaves alone
 *	 8  version, 4 bytes: 1, or 2 if ids do not go by length and bytes, or there are special
 *	    tokens beyond the first three
 *	12  flags, 4 bytes: bit 0: texts are not normalised; the others are 0
 *	16  number of pieces and those special tokens, 24 their bytes in all, 32 number of slots, 8 bytes each
 *	40  checksum of the 40 bytes before (bp_checksum_block)
 * then
 *	slots of the automaton in plain form, 8 bytes each (encode/automaton.h)
 *	counts of the pieces in the order of their ids, 8 bytes each
 *	the longest piece that ends in each slot, 4 bytes each
 *	the next shorter piece below each piece, 4 bytes each
 *	in version 2, in the order of the pieces' bytes the number of each, 4 bytes each
 *	lengths of the pieces in the order of their bytes, 2 bytes each
 *	the pieces in that order, one behind the other
 *	checksum of all from the slots on, 8 bytes, beginning with that of the head
 * Pieces are numbered from 0, which is the first id after the three, none is FFFFFFFF.  In version 1
 * ids go by length and bytes, so that the lengths say which piece is which.  In version 2 special
 * tokens are numbered along with pieces; their count is 0, and where pieces stand in the order of
 * their bytes they follow in the order of their ids.
 */
#ifndef BP_MODEL_BINARY_H
#define BP_MODEL_BINARY_H

#include <stdio.h>

#include "model/model.h"

/* The first byte, which no JSON begins with. */
enum { BP_BINARY_FIRST = 0x89 };

/*
 * From 'f' (borrowed) if it is not NULL, else from 'data'; 'name' is for messages.  Whatever
 * there is to read, nothing is read out of bounds, and memory is taken in proportion to it but for
 * a first part; but the order of the pieces' bytes, and that they are distinct, is left to the check of
 * m->stored.
 */
bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err);
/* Append the model to 'out', with an automaton of its pieces, of which the arrays are needed. */
bp_status bp_model_to_binary(const struct model *m, const struct stored_automaton *r, struct buf *out,
			     bp_error *err);

#endif
