/*
 * model.h - what a model file holds: pieces in the order of their ids, their counts, settings.
 */
#ifndef BP_MODEL_H
#define BP_MODEL_H

#include "base/base.h"

/* Piece i has id i + BP_FIRST_PIECE.  The pieces are in order of (length, bytes) and distinct. */
struct model {
	struct slice *piece;	/* n_pieces of them, in 'bytes' */
	uint64_t *count;	/* each at least 1 */
	double *log_probability;
	size_t n_pieces;
	uint64_t total;		/* sum of all counts */
	unsigned char *bytes;
	bp_normalize normalize;
};

void bp_model_release(struct model *m);

/*
 * Make one of n pieces (copied) with their counts, in any order.  Fails only for lack of memory.
 * The counts' sum has to be below 2^63.
 */
bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err);

#endif
