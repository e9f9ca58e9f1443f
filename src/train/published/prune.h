/*
 * prune.h - pruning of candidates to a vocabulary of a requested size (published algorithm).
 *
 * A piece that is removed gives its count to the remaining pieces that it is cut into, by the best
 * path of a unigram model with the present counts.  After a removal, each piece that is not its
 * own best path is removed too, until the vocabulary is stable.  Rounds, orders and ties are as in
 * the reference implementation, so the vocabularies are equal.
 *
 * The reference has no limit to its rounds.  Lists and texts can be made in which each round removes
 * one piece, so that the work would be quadratic; here BP_PRUNE_ROUNDS rounds end it, and pieces
 * that further rounds would remove stay.  Words and n-grams of ordinary text are stable after two
 * to five rounds.
 *
 * Required pieces and single bytes always stay.
 *
 * Source: Su Jianlin, "BytePiece", 2023 (https://github.com/bojone/bytepiece).
 *
 * Belongs to one thread; it starts workers by itself.
 */
#ifndef BP_PRUNE_H
#define BP_PRUNE_H

#include "bytepiece_files.h"
#include "counts/spill.h"
#include "encode/viterbi.h"
#include "model/model.h"
#include "train/required.h"
#include "train/rules.h"

enum { BP_PRUNE_ROUNDS = 64 };

struct prune_worker {
	struct viterbi search;
	uint64_t *sum;		/* per piece: counts that this worker gave to it in this round */
};

struct prune {
	const struct piece_rules *rules;	/* borrowed; all other candidates are dropped */
	struct buf bytes;	/* of all pieces */
	struct slice *piece;	/* n of them, in byte-wise order */
	uint64_t *count;	/* of the pieces; 0: removed */
	size_t n, n_left;	/* n_left: not removed */
	struct vocabulary vocabulary;	/* of all n pieces */
	struct prune_worker *workers;	/* n_workers of them */
	const bp_input *in;	/* for the number of threads and for progress; borrowed */
	unsigned n_workers;
	/* While candidates are added: */
	size_t *at;		/* n + 1 offsets of the pieces in 'bytes' */
	size_t cap_at, cap_count;
	struct slice *always;	/* single bytes and required pieces, in byte-wise order */
	size_t n_always, next_always;	/* next_always: the first one that has not been added */
	unsigned char byte[256];	/* of the single bytes */
	struct workspace *ws;	/* borrowed */
	struct spill dropped;	/* the candidates outside the rules */
	struct row_writer writer;	/* of that spill */
	uint64_t n_dropped;
};

/*
 * Begin to add candidates.  All arguments are borrowed until bp_prune_release(); 'in' tells the
 * number of threads and receives progress.
 */
bp_status bp_prune_begin(struct prune *p, const struct piece_rules *rules,
			 const struct required *required, const bp_input *in,
			 struct workspace *ws, bp_error *err);
/* Add a candidate.  Candidates come in byte-wise order, each once. */
bp_status bp_prune_candidate(struct prune *p, const struct row *r, bp_error *err);
/* After the last candidate: cut the candidates outside the rules, and make the vocabulary
 * stable. */
bp_status bp_prune_end(struct prune *p, bp_error *err);
void bp_prune_release(struct prune *p);

/* Prune to at most 'size' pieces, 256 or more.  No effect if there are no more already. */
bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err);

/* Make a model of the pieces that are left; 'required' as given at the beginning. */
bp_status bp_prune_model(const struct prune *p, const struct required *required,
			 bp_normalize normalize, struct model *m, bp_error *err);

#endif
