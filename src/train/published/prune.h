/*
 * prune.h - from counted candidates to a vocabulary of the size asked for.
 *
 * A piece that goes hands its count on to the pieces into which the others cut it.  The rounds,
 * their order and the ties are those of the reference.
 */
#ifndef BP_PRUNE_H
#define BP_PRUNE_H

#include "counts/spill.h"
#include "encode/viterbi.h"
#include "model/model.h"
#include "bytepiece_files.h"
#include "train/required.h"
#include "train/rules.h"

struct prune_worker {
	struct viterbi search;
	uint64_t *sum;		/* per piece: what this worker has handed to it in this round */
};

struct prune {
	const struct piece_rules *rules;	/* borrowed */
	struct buf bytes;
	struct slice *piece;	/* in byte-wise order */
	uint64_t *count;	/* 0: gone */
	size_t n, n_left;	/* n_left: not gone */
	struct vocabulary unigram;
	struct prune_worker *hand;	/* one per worker */
	const bp_input *in;	/* for progress; borrowed */
	unsigned n_workers;
	/* While candidates come in: those kept, where their bytes begin, and the others' file. */
	size_t *at, cap_at, cap_count;
	struct slice *always;	/* single bytes and required pieces, which stay; in byte-wise order */
	size_t n_always, next_always;	/* next_always: so many are in */
	unsigned char byte[256];
	struct workspace *ws;
	struct spill dropped;
	struct row_writer writer;
	uint64_t n_dropped;
};

/*
 * Take the candidates, in byte-wise order and each once.  The vocabulary is made of the candidates
 * that satisfy the rules, all single bytes, and the required pieces.  The count of every other
 * candidate is handed to the pieces into which the vocabulary cuts it; then pieces that are better
 * expressed by others are dropped, unless they are required.  All arguments are borrowed until
 * bp_prune_release(); 'in' tells the number of threads and receives progress.
 */
bp_status bp_prune_begin(struct prune *p, const struct piece_rules *rules,
			 const struct required *required, const bp_input *in,
			 struct workspace *ws, bp_error *err);
bp_status bp_prune_candidate(struct prune *p, const struct row *r, bp_error *err);
bp_status bp_prune_end(struct prune *p, bp_error *err);
void bp_prune_release(struct prune *p);

/* Cut down to at most 'size' pieces, 256 or more; does nothing if there are no more. */
bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err);

/* The pieces that are left, as a model that holds 'required', as given at the beginning. */
bp_status bp_prune_model(const struct prune *p, const struct required *required,
			 bp_normalize normalize, struct model *m, bp_error *err);

#endif
