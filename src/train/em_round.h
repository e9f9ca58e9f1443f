/*
 * em_round.h - one round of a fit: best paths of the whole sample, and the pieces of the greatest
 * worth.
 *
 * A round makes the vocabulary searchable, finds the best path of each segment, and counts the uses
 * of each piece.  If pieces are to be pruned, a second pass compares them by their worth (em.h).
 * Blocks of the sample are handed to workers with sums of their own.
 *
 * The second pass computes few losses (em_prune.c): it stops for a piece as soon as bounds of its
 * worth decide whether it is kept.
 */
#ifndef BP_EM_ROUND_H
#define BP_EM_ROUND_H

#include "counts/counter.h"
#include "encode/fast_search.h"
#include "io/progress.h"
#include "train/em.h"
#include "train/loss.h"

/* Of one worker, by index of the piece. */
struct em_sums {
	uint64_t count;		/* of uses; in the second pass, of uses with a known loss */
	uint64_t groups;	/* set of the groups of blocks with a use, a bit each */
	uint64_t loss;		/* sum, in loss_unit */
};

struct em_worker {
	struct fast_search search;
	struct loss loss;
	struct loss_use *use;	/* of a zone */
	uint32_t *state;	/* of the automaton after each byte of a block */
	size_t cap_use, cap_state;
	struct em_sums *sums;
	struct counter_worker *pairs;	/* NULL: pairs are not counted in this round */
};

struct em_round {
	struct em *e;
	struct vocabulary u;
	struct score_rows rows;	/* may be empty */
	bp_kernel *kernel;
	struct em_worker *worker;
	struct counter *pairs;	/* of neighbours, by their indices; NULL: not counted */
	uint64_t *ends;		/* a bit for each byte of the sample: a piece ends there; or NULL */
	size_t *ends_of;	/* index in 'ends' of the first bits of each block */
	struct progress progress;
};

enum {
	EM_ID_BITS = 24,	/* of an index in the key of a pair: 2^23 pieces, and a tenth */
	EM_GROUPS = 48		/* of neighbouring blocks; a bit for each, in a set of 64 bits */
};

/* Add a piece; its bytes are borrowed.  False if memory is out. */
bool bp_em_add(struct em *e, struct slice s, uint64_t count);
/* The bytes of all pieces, for free(); NULL if memory is out. */
struct slice *bp_em_slices(const struct em *e);
/* The sum of all counts, and the score of a piece with a count. */
double bp_em_total(const struct em *e);
double bp_em_score(uint64_t count, double total);
/* The pieces with their scores; to be released by the caller. */
bp_status bp_em_vocabulary(const struct em *e, struct vocabulary *u, bp_error *err);

/* Fill the vocabulary up to e->size from the candidates (em_fill.c), as far as there are any. */
bp_status bp_em_fill(struct em *e, bp_error *err);

/*
 * Count the sample with the pieces as they are: sets the counts of all pieces and e->last.
 * 'keep_paths': the second pass will follow.  The caller releases *r, on failure too.
 */
bp_status bp_em_count(struct em_round *r, bool keep_paths, bp_error *err);
void bp_em_round_release(struct em_round *r);

/*
 * Set keep[i] for each piece: for the fixed pieces, and of the others that have enough uses for the
 * most worthy, 'size' pieces in all.
 */
bp_status bp_em_select(struct em_round *r, size_t size, bool *keep, bp_error *err);

#endif
