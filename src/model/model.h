/*
 * model.h - what a model file holds: pieces in the order of their ids, their counts, settings.
 */
#ifndef BP_MODEL_H
#define BP_MODEL_H

#include "base/base.h"

/*
 * What a binary model file holds beyond the model: an automaton of its pieces (encode/automaton.h),
 * to be checked before it is used (encode/ready.h).  All zero where there is none.
 */
struct ready {
	uint64_t *slot;
	uint32_t *longest, *shorter;	/* by slot, by piece */
	size_t n_slots;
	uint16_t *length;		/* of the pieces, in their order in 'bytes' */
	uint64_t pos, shorter_pos, bytes_pos;	/* where these things stand in the file */
};

/* Piece i has id i + BP_FIRST_PIECE.  The pieces are in order of (length, bytes) and distinct. */
struct model {
	struct slice *piece;	/* n_pieces of them, in 'bytes' */
	uint64_t *count;	/* each at least 1 */
	double *log_probability;
	size_t n_pieces;
	uint64_t total;		/* sum of all counts */
	unsigned char *bytes;
	bp_normalize normalize;
	struct ready ready;
	void *block;		/* if not NULL, all arrays lie in it */
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
