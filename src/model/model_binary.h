/*
 * model_binary.h - the binary form of a model, which is ready to be searched with once it is read.
 *
 * Numbers are little-endian.  A head of 48 bytes:
 *	 0  the eight bytes 89 42 50 4D 0D 0A 1A 0A, which no text begins with and no conversion of
 *	    line ends leaves alone
 *	 8  version, 4 bytes: 1
 *	12  flags, 4 bytes: bit 0: texts are not normalised; the others are 0
 *	16  number of pieces, 24 their bytes in all, 32 number of slots, 8 bytes each
 *	40  checksum of the 40 bytes before (bp_checksum_block)
 * then
 *	slots of the automaton, 8 bytes each (encode/draft.h)
 *	counts of the pieces in the order of their ids, 8 bytes each
 *	lengths of the pieces in the order of their bytes, 2 bytes each
 *	the pieces in that order, one behind the other
 *	checksum of each of these in turn, beginning with that of the head; 8 bytes
 * Ids go by length and bytes, so that the lengths say which id a piece has.
 */
#ifndef BP_MODEL_BINARY_H
#define BP_MODEL_BINARY_H

#include <stdio.h>

#include "model/model.h"

/* The first byte, which no JSON begins with. */
enum { BP_BINARY_FIRST = 0x89 };

/*
 * From 'f' (borrowed) if it is not NULL, else from 'data'; 'name' is for messages.  All is checked
 * but m->draft.slot, so that the model is valid whatever the file holds.  Takes no more memory than
 * a small multiple of what there is to read.
 */
bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err);
/* Append the model to 'out', with the slots of this draft for it (the rest of which is not used). */
bp_status bp_model_to_binary(const struct model *m, const struct draft *d, struct buf *out,
			     bp_error *err);

#endif
