/*
 * model.h - what a model file holds: pieces in the order of their ids, their counts, settings.
 */
#ifndef BP_MODEL_H
#define BP_MODEL_H

#include "base/base.h"

/*
 * What a binary model file holds beyond the model: an automaton of its pieces, to be checked against
 * them and completed before it is used (encode/draft.h).  All zero where there is none.
 */
struct draft {
	uint64_t *slot;		/* n_slots of them; 28 bits in each say which other one it falls back to */
	size_t n_slots;
	uint64_t pos;		/* of the slots in the file */
	/* By place in the order of the pieces' bytes: which piece, and how many bytes at its
	 * beginning it shares with the piece before it. */
	uint32_t *order;
	uint16_t *shared;
};

void bp_draft_release(struct draft *d);

/* Piece i has id i + BP_FIRST_PIECE.  The pieces are in order of (length, bytes) and distinct. */
struct model {
	struct slice *piece;	/* n_pieces of them, in 'bytes' */
	uint64_t *count;	/* each at least 1 */
	double *log_probability;
	size_t n_pieces;
	uint64_t total;		/* sum of all counts */
	unsigned char *bytes;
	bp_normalize normalize;
	struct draft draft;
};

void bp_model_release(struct model *m);

/*
 * Make one of n pieces (copied) with their counts, in any order.  Fails only for lack of memory.
 * The counts' sum has to be below 2^63.
 */
bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err);

/* For who fills in a model otherwise: log_probability[] from the counts and their total. */
void bp_model_set_probabilities(struct model *m);

#endif
