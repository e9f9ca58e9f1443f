/*
 * lm.h - a byte n-gram language model, and the pieces into which it cuts text.
 *
 * The probability of a byte after the n - 1 before it is c(n-gram) / c(its first n - 1 bytes).  A
 * piece is what such a model generates with a context that starts anew at the piece's first byte
 * and grows up to the order; the best sequence of pieces is found by Viterbi over how many bytes
 * the current piece has.  Where an n-gram is so rare that it was dropped and no way leads on, all
 * that follows in the segment comes out as single bytes, as in the reference.  (Su Jianlin, "BytePiece", 2023, after "word discovery" by the same.)
 */
#ifndef BP_LM_H
#define BP_LM_H

#include "train/ngram.h"

struct lm_slot {
	uint64_t key;		/* bytes << 3 | n, bytes right-aligned; UINT64_MAX: free */
	double score;
};

struct lm {
	unsigned order;
	bool ensure_unicode;	/* no piece begins with a byte 0x80 to 0xBF */
	double one[256];
	double *two;		/* 65536, by first byte << 8 | second; -INFINITY: not kept */
	struct lm_slot *slot;	/* n-grams of 3 bytes and more */
	size_t n_slots;		/* a power of two */
};

/*
 * From merged windows; n-grams of two bytes and more are kept from min_count on, a byte that never
 * occurs counts as one.  Read-only afterwards.  On failure *m stays empty.
 */
bp_status bp_lm_init(struct lm *m, const struct run *windows, unsigned order,
		     uint64_t min_count, bool ensure_unicode, bp_error *err);
void bp_lm_release(struct lm *m);

/* Room that one thread needs to cut; zero at first. */
struct lm_scratch {
	uint64_t *route;
	size_t cap;
};
void bp_lm_scratch_release(struct lm_scratch *s);

/* Cut a segment, and call visit(ctx, piece) for each piece, the last one first.  False if memory
 * is out, or as soon as visit returns false. */
bool bp_lm_cut(const struct lm *m, struct lm_scratch *scratch, struct slice segment,
	       bool (*visit)(void *ctx, struct slice piece), void *ctx);

#endif
