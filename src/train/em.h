/*
 * em.h - hard EM: fit of a vocabulary to a sample, pruning by loss in context, growing by pairs.
 *
 * In each round the sample is cut into pieces by the best paths under the vocabulary as it is.
 * The count of a piece becomes the number of its uses (hard expectation-maximisation, or Viterbi
 * training), and its worth becomes the score that the sample would lose without it (below).
 * Then the vocabulary is pruned to the pieces of the greatest worth, or grown by strings of two
 * pieces that often stand side by side, as byte pair encoding grows one.
 *
 * The score of a piece is the logarithm of its share of all counts, less a constant cost per
 * token.  Without the cost the fit would maximise the likelihood, with a very large one it would
 * minimise the number of tokens; a vocabulary between the two is better than either.
 *
 * Source: T. Kudo, "Subword Regularization", ACL 2018, for EM with pruning by loss.  There the
 * loss of a piece is computed once, from the piece alone; here it is added up over its uses in
 * the text.
 *
 * Invariants: piece[0..256) are the single bytes in order, then the required pieces in their
 * order; none of the n_fixed pieces is ever pruned.  A round depends only on the pieces and the
 * spare ones with their counts, and on stage, size and grow_left, so that a fit can be resumed
 * (resume.h).
 * Counts and losses are added up as integers, so that the result does not depend on the number of
 * workers.
 */
#ifndef BP_EM_H
#define BP_EM_H

#include "encode/viterbi.h"
#include "model/model.h"
#include "train/required.h"
#include "train/rules.h"
#include "train/sample.h"
#include "train/seeds.h"

/* The task of the next round, beside counting. */
enum em_stage {
	EM_PRUNE,	/* prune towards the size, in several rounds */
	EM_GROW,	/* grow by joined neighbours */
	EM_SETTLE,	/* prune the grown vocabulary to the size */
	EM_COUNT,	/* nothing: the counts are for the final pieces */
	EM_DONE
};

struct em {
	/* Borrowed. */
	const struct sample *sample;
	const struct piece_rules *rules;
	const struct required *required;
	const bp_input *in;		/* for threads and progress */
	struct workspace *ws;
	/* Bytes of a seed, a required piece, or in 'bytes', without a kind; and uses in the last
	 * round, or of a new piece its occurrences. */
	struct row *piece;
	size_t n, cap, n_fixed;
	unsigned n_workers;
	/* The most frequent seeds, by count, as many as the largest size has pieces: the
	 * vocabulary is filled from them if it is short of its size (em_fill.c). */
	struct row *spare;
	size_t n_spare, cap_spare;
	struct buf *bytes;		/* n_bytes buffers, for the pieces that are no seeds */
	size_t n_bytes, cap_bytes;
	enum em_stage stage;
	size_t size;			/* the number of pieces to fit to */
	unsigned grow_left;		/* number of rounds of growing still to do */
	/* Of the last round, with the pieces that it began with. */
	struct em_report {
		size_t pieces;
		uint64_t tokens;
		double loss;		/* negative log-likelihood in nats per byte */
	} last;
};

/*
 * BP_ENOMEM if the memory allowed is too little to fit 'least' pieces to a sample that takes 'text'
 * bytes.  The message names an amount that suffices for 'most' pieces, and for 'counted' bytes.
 */
bp_status bp_em_check_memory(uint64_t text, uint64_t least, uint64_t most, uint64_t counted,
			     const struct workspace *ws, bp_error *err);

/*
 * A fit that begins with the seeds, or, if 'seeds' is NULL, with pieces that are then read from
 * rows; 'most' is the number of pieces of the largest size.  All arguments are borrowed until
 * bp_em_release().  Of the seeds only strings that the rules allow are taken: some rules have an
 * answer only since the words of the sample are known.
 */
bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct required *required, const struct seeds *seeds, size_t most,
		     const bp_input *in, struct workspace *ws, bp_error *err);
void bp_em_release(struct em *e);

/*
 * Set the aim of the following rounds: to prune to at most 'size' pieces, n_fixed or more; then, as
 * often as 'grow' says, to grow by a tenth and prune again.
 */
void bp_em_aim(struct em *e, size_t size, unsigned grow);
/* An estimate of the number of rounds from n pieces to the aim. */
unsigned bp_em_rounds(const struct em *e, size_t n);
/* Do one round.  The aim is reached when e->stage is EM_DONE. */
bp_status bp_em_round(struct em *e, bp_error *err);

/* The model of the pieces with their counts; to be released by the caller. */
bp_status bp_em_model(const struct em *e, bp_normalize normalize, struct model *m, bp_error *err);

/*
 * The pieces between two rounds as rows, to be read in their order.  BP_EFORMAT for a row that
 * cannot be the next piece; 'from' is the name of the file in messages.
 */
bp_status bp_em_write(const struct em *e, struct row_writer *w, bp_error *err);
bp_status bp_em_read_row(struct em *e, const struct row *r, const char *from, bp_error *err);

#endif
