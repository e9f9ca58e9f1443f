/*
 * prune.h - from counted candidates to a vocabulary of the size asked for.
 *
 * A piece that goes hands its count on to the pieces into which the others cut it.  The rounds,
 * their order and the ties are those of the reference.
 */
#ifndef BP_PRUNE_H
#define BP_PRUNE_H

#include "encode/viterbi.h"
#include "model/model.h"
#include "bytepiece_files.h"
#include "train/table.h"

struct prune_hand {
	struct viterbi search;
	uint64_t *sum;		/* per piece: what this worker has handed to it in this round */
};

struct prune {
	struct slice *piece;	/* in byte-wise order; bytes in the table of candidates */
	uint64_t *count;	/* 0: gone */
	size_t n, n_left;	/* n_left: not gone */
	struct unigram unigram;
	struct prune_hand *hand;	/* one per worker */
	const bp_input *in;	/* for progress; borrowed */
	unsigned n_workers;
};

struct prune_rules {
	uint64_t min_count;
	uint32_t max_length;
};

/*
 * Take the candidates that satisfy the rules, and all single bytes, hand the others' counts to
 * them, and drop what is better expressed by others.  'all' gets the single bytes that it lacks,
 * and is borrowed, as is 'in', which says how many threads and whom to tell.  On failure *p stays empty.
 */
bp_status bp_prune_init(struct prune *p, struct table *all, const struct prune_rules *r,
			const bp_input *in, bp_error *err);
void bp_prune_release(struct prune *p);

/* Cut down to at most 'size' pieces, 256 or more; does nothing if there are no more. */
bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err);

/* The pieces that are left, as a model. */
bp_status bp_prune_model(const struct prune *p, bp_normalize normalize, struct model *m,
			 bp_error *err);

#endif
