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
#include "train/rules.h"
#include "train/sample.h"
#include "train/seeds.h"

struct em_piece {
	struct slice s;
	uint64_t count;
	double worth;		/* of the last round; only its order matters */
};

struct em {
	const struct sample *sample;
	const struct piece_rules *rules;
	struct em_piece *piece;		/* the 256 single bytes first */
	size_t n, cap;
	const bp_input *in;		/* for progress; borrowed */
	unsigned n_workers;
	struct buf *bytes;		/* of the pieces that were grown; one per time */
	size_t n_bytes, cap_bytes;
};

/* All are borrowed until the end; 'in' says how many threads and whom to tell. */
bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct seeds *seeds, const bp_input *in, bp_error *err);
void bp_em_release(struct em *e);

/* Prune to at most 'size' pieces, at least 256; then so many times grow by a tenth and prune. */
bp_status bp_em_to(struct em *e, size_t size, unsigned grow, bp_error *err);

bp_status bp_em_model(const struct em *e, bp_normalize normalize, struct model *m, bp_error *err);

#endif
