/*
 * model_binary.h - binary model file: a model with the automaton of its pieces, ready to search.
 *
 * Layout; numbers are little-endian.  A header of 48 bytes:
 *	 0  the eight bytes 89 42 50 4D 0D 0A 1A 0A: no text begins with them, and every
 *	    conversion of line ends damages them
 *	 8  version, 4 bytes: 1, or 2 if ids do not ascend by length and bytes or there are special
 *	    tokens beyond the first three
 *	12  flags, 4 bytes: bit 0: texts are not normalised; the other bits are 0
 *	16  number of entries (pieces and further special tokens), 8 bytes
 *	24  number of bytes of all entries, 8 bytes
 *	32  number of slots of the automaton, 8 bytes
 *	40  checksum of the 40 bytes before (bp_checksum_block)
 * then
 *	slots of the automaton in stored form, 8 bytes each (encode/automaton.h)
 *	counts in the order of the ids, 8 bytes each
 *	for each slot the longest piece that ends in its state, 4 bytes each
 *	for each piece the next shorter piece that is its suffix, 4 bytes each
 *	only in version 2: the entry of each byte string below, 4 bytes each
 *	lengths of the byte strings below, 2 bytes each
 *	byte strings of all entries without separators: pieces in the order of their bytes, then
 *	names of special tokens in the order of their ids
 *	checksum of everything from the slots on, chained to that of the header, 8 bytes
 * Entries count from 0, which has id 3; FFFFFFFF stands for no piece.  In version 1 ids ascend by
 * length and bytes, so that the lengths determine the entry of each byte string.  In version 2 an
 * entry with count 0 is a special token.
 */
#ifndef BP_MODEL_BINARY_H
#define BP_MODEL_BINARY_H

#include <stdio.h>

#include "model/model.h"

/* The first byte of the file; no JSON begins with it. */
enum { BP_BINARY_FIRST = 0x89 };

/*
 * Read a model from 'f' (borrowed) if it is not NULL, else from 'data'; 'name' is for messages.
 * On failure *m is empty.
 *
 * The input is not trusted: nothing is read or written out of bounds, and memory beyond a first
 * part is taken only as the input turns out to be long enough.  Two properties are left to the
 * verification of m->stored (encode/automaton_verify.h): the order of the pieces' bytes, and that
 * no two pieces are equal.
 */
bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err);
/* Append the binary form of the model to 'out', with the arrays of the automaton of its pieces. */
bp_status bp_model_to_binary(const struct model *m, const struct stored_automaton *r,
			     struct buf *out, bp_error *err);

#endif
