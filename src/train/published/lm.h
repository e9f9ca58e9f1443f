/*
 * lm.h - a byte n-gram language model, and the pieces into which it cuts text.
 *
 * The probability of a byte after the n - 1 before it is c(n-gram) / c(its first n - 1 bytes).  A
 * piece is what such a model generates with a context that starts anew at the piece's first byte
 * and grows up to the order; the best sequence of pieces is found by Viterbi over how many bytes
 * the current piece has.  Where an n-gram is so rare that it was dropped and no way leads on, all
 * that follows in the segment comes out as single bytes, as in the reference.  (Su Jianlin,
 * "BytePiece", 2023, after "word discovery" by the same.)
 */
#ifndef BP_LM_H
#define BP_LM_H

#include "base/base.h"

struct lm_slot {
	uint64_t key;		/* bytes << 3 | n, bytes right-aligned; UINT64_MAX: free */
	union {
		uint64_t count;
		double score;	/* once the model is ready */
	};
};

struct lm {
	unsigned order;
	bool ensure_unicode;	/* no piece begins with a byte 0x80 to 0xBF */
	uint64_t count_one[256], *count_two;
	double one[256];
	double *two;		/* 65536, by first byte << 8 | second; -INFINITY: not kept */
	struct lm_slot *slot;	/* n-grams of 3 bytes and more */
	size_t n_slots, n_long;	/* n_slots: a power of two; n_long: how many are taken */
	struct lm_slot *pending;	/* added, and not in a slot yet */
	size_t n_pending;
};

/* Add all n-grams that are to be kept, and make it ready; then it is read-only. */
bp_status bp_lm_init(struct lm *m, unsigned order, bool ensure_unicode, bp_error *err);
bp_status bp_lm_add(struct lm *m, unsigned n, uint64_t bytes, uint64_t count, bp_error *err);
/* A byte that never occurred counts as one.  Each n-gram's first n - 1 bytes must have been added. */
bp_status bp_lm_ready(struct lm *m, unsigned n_workers, bp_error *err);
void bp_lm_release(struct lm *m);

/* Room that one thread needs to cut; zero at first. */
struct lm_scratch {
	uint64_t *route;
	size_t cap;
};
void bp_lm_scratch_release(struct lm_scratch *s);

/* Cut a segment, and call visit(ctx, piece) for each piece, the last one first, until it fails. */
bp_status bp_lm_cut(const struct lm *m, struct lm_scratch *scratch, struct slice segment,
		    bp_status (*visit)(void *ctx, struct slice piece, bp_error *err), void *ctx,
		    bp_error *err);

#endif
