/*
 * em.h - a vocabulary fitted to a sample: hard EM, pruning by loss in context, growing by pairs.
 *
 * In each round the sample is cut with the vocabulary as it is; a piece's count is how often it
 * was used (hard expectation-maximisation, as in Viterbi training), and its worth what the sample
 * would lose without it.  Score of a piece: ln(its share of all counts) less a constant, which
 * asks for fewer tokens; of the two pure measures, likelihood and number of tokens, neither is as
 * good as this.  After Kudo 2018, where the loss of a piece is taken once and out of context.
 */
#ifndef BP_EM_H
#define BP_EM_H

#include "model/model.h"
#include "train/required.h"
#include "train/rules.h"
#include "train/sample.h"
#include "train/seeds.h"

struct em_piece {
	struct slice s;
	uint64_t count;
	double worth;		/* of the last round; only its order matters */
};

enum em_stage {
	EM_PRUNE,	/* to the size, in several rounds */
	EM_GROW,	/* by joined neighbours */
	EM_SETTLE,	/* and pruned again */
	EM_COUNT,	/* counts for the pieces as they are at last */
	EM_DONE
};

struct em {
	const struct sample *sample;
	const struct piece_rules *rules;
	const struct required *required;
	struct em_piece *piece;		/* the 256 single bytes first, then what is required */
	size_t n, cap, n_fixed;		/* n_fixed: those that stay */
	const bp_input *in;		/* for progress; borrowed */
	struct workspace *ws;		/* borrowed */
	unsigned n_workers;
	struct buf *bytes;		/* of pieces that are no seeds */
	size_t n_bytes, cap_bytes;
	/* What is being done, all that the next round depends on beside the pieces. */
	enum em_stage stage;
	size_t size;
	unsigned grow_left;
	/* What the last round found, with the pieces that it began with. */
	struct em_report {
		size_t pieces;
		uint64_t tokens;
		double loss;		/* negative log-likelihood in nats per byte */
	} last;
};

/* Is there room to fit so many pieces to a sample? */
bp_status bp_em_check_memory(const struct sample *s, size_t n_pieces, const struct workspace *ws,
			     bp_error *err);

/* All are borrowed until the end; 'in' says how many threads and whom to tell.  'seeds' NULL: the
 * pieces are read from rows. */
bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct required *required, const struct seeds *seeds,
		     const bp_input *in, struct workspace *ws, bp_error *err);
void bp_em_release(struct em *e);

/* From now on prune to at most 'size' pieces, which those that stay fit into; then so many times grow
 * by a tenth and prune. */
void bp_em_aim(struct em *e, size_t size, unsigned grow);
/* One round of that, until e->stage is EM_DONE. */
bp_status bp_em_round(struct em *e, bp_error *err);

bp_status bp_em_model(const struct em *e, bp_normalize normalize, struct model *m, bp_error *err);

/* The pieces between two rounds, as rows. */
bp_status bp_em_write(const struct em *e, struct row_writer *w, bp_error *err);
bp_status bp_em_read_row(struct em *e, const struct row *r, const char *from, bp_error *err);

#endif
