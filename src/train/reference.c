#include "train/reference.h"

#include <stdlib.h>

#include "train/count.h"
#include "train/lm.h"
#include "train/ngram.h"
#include "train/prune.h"

struct candidate_hand {
	struct lm_scratch scratch;
	struct table pieces;
};

struct candidate_job {
	const struct lm *lm;
	struct candidate_hand *hand;
};

static bool add_windows(void *ctx, unsigned worker, struct slice segment, struct runs *runs)
{
	const unsigned *order = ctx;

	(void)worker;
	return bp_ngram_add(runs, *order, segment);
}

static bool add_piece(void *ctx, struct slice piece)
{
	return bp_table_add(ctx, piece, 1);
}

static bool cut_segment(void *ctx, unsigned worker, struct slice segment)
{
	const struct candidate_job *j = ctx;
	struct candidate_hand *h = &j->hand[worker];

	return bp_lm_cut(j->lm, &h->scratch, segment, add_piece, &h->pieces);
}

/* Second pass: the pieces into which the language model cuts the corpus. */
static bp_status count_candidates(struct corpus *c, const struct lm *lm, struct table *pieces,
				  bp_error *err)
{
	unsigned i, n = bp_corpus_workers(c);
	struct candidate_job j = { lm, calloc(n, sizeof(*j.hand)) };
	bp_status st;

	if (j.hand == NULL)
		return bp_fail_memory(err);
	st = bp_corpus_each(c, "find candidates", cut_segment, NULL, &j, err);
	for (i = 0; i < n; i++) {
		if (st == BP_OK && !bp_table_merge(pieces, &j.hand[i].pieces))
			st = bp_fail_memory(err);
		bp_table_release(&j.hand[i].pieces);
		bp_lm_scratch_release(&j.hand[i].scratch);
	}
	free(j.hand);
	return st;
}

static bp_status find_candidates(struct corpus *c, const bp_train_options *o, struct table *pieces,
				 bp_error *err)
{
	unsigned order = o->order;
	struct run windows = { 0 };
	struct lm lm;
	bp_status st;

	if ((st = bp_count_keys(c, "count n-grams", bp_ngram_bits(order), add_windows, &order,
				&windows, err)) != BP_OK)
		return st;
	st = bp_lm_init(&lm, &windows, o->order, o->min_count, o->ensure_unicode, err);
	free(windows.row);
	if (st != BP_OK)
		return st;
	st = count_candidates(c, &lm, pieces, err);
	bp_lm_release(&lm);
	return st;
}

static bp_status cut_to_sizes(struct prune *p, const bp_train_options *o, const size_t *order,
			      bp_made *made, void *ctx, bp_error *err)
{
	struct model m;
	bp_status st;
	size_t k, i;

	for (k = 0; k < o->n_sizes; k++) {
		i = order[k];
		if ((st = bp_prune_to(p, o->vocab_size[i] - BP_FIRST_PIECE, err)) != BP_OK ||
		    (st = bp_prune_model(p, o->normalize, &m, err)) != BP_OK)
			return st;
		st = made(ctx, i, &m, err);
		bp_model_release(&m);
		if (st != BP_OK)
			return st;
	}
	return BP_OK;
}

bp_status bp_train_reference(struct corpus *c, const bp_train_options *o, const size_t *order,
			     bp_made *made, void *ctx, bp_error *err)
{
	struct prune_rules rules = { o->min_count, o->max_piece_length };
	struct table pieces = { 0 };
	struct prune p;
	bp_status st;

	if ((st = find_candidates(c, o, &pieces, err)) == BP_OK &&
	    (st = bp_prune_init(&p, &pieces, &rules, c->in, err)) == BP_OK) {
		st = cut_to_sizes(&p, o, order, made, ctx, err);
		bp_prune_release(&p);
	}
	bp_table_release(&pieces);
	return st;
}
