#include "train/train.h"

#include <stdlib.h>

#include "train/em.h"
#include "train/reference.h"
#include "train/seeds.h"

enum {
	MOST_SEEDS = 300000,
	GROW_TIMES = 3
};
#define SAMPLE_BYTES ((uint64_t)32 << 20)

/* The recipe: repeats of the whole corpus as seeds, fitted to a sample of it. */
static bp_status train_recipe(struct corpus *c, const bp_train_options *o, const size_t *order,
			      bp_made *made, void *ctx, bp_error *err)
{
	struct piece_rules rules = { o->max_piece_length, o->min_count, o->ensure_unicode };
	struct seeds seeds = { 0 };
	struct sample sample = { 0 };
	struct em em = { 0 };
	struct model m;
	bp_status st;
	size_t i;

	if ((st = bp_seeds_find(&seeds, c, &rules, MOST_SEEDS, err)) == BP_OK &&
	    (st = bp_sample_draw(&sample, c, SAMPLE_BYTES, err)) == BP_OK)
		st = bp_em_init(&em, &sample, &rules, &seeds, c->in, err);
	for (i = 0; i < o->n_sizes && st == BP_OK; i++) {
		if ((st = bp_em_to(&em, o->vocab_size[order[i]] - BP_FIRST_PIECE,
				   i == 0 ? GROW_TIMES : 1, err)) == BP_OK &&
		    (st = bp_em_model(&em, o->normalize, &m, err)) == BP_OK) {
			st = made(ctx, order[i], &m, err);
			bp_model_release(&m);
		}
	}
	bp_em_release(&em);
	bp_sample_release(&sample);
	bp_seeds_release(&seeds);
	return st;
}

/* The largest size below 'limit', by its index; n if there is none. */
static size_t next_size(const bp_train_options *o, uint64_t limit)
{
	size_t best = o->n_sizes, i;

	for (i = 0; i < o->n_sizes; i++)
		if (o->vocab_size[i] < limit &&
		    (best == o->n_sizes || o->vocab_size[i] > o->vocab_size[best]))
			best = i;
	return best;
}

bp_status bp_train(struct corpus *c, const bp_train_options *o, bp_made *made, void *ctx,
		   bp_error *err)
{
	size_t *order = bp_array(o->n_sizes, sizeof(*order)), i;
	uint64_t limit = (uint64_t)UINT32_MAX + 1;
	bp_status st;

	if (order == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < o->n_sizes; i++) {
		order[i] = next_size(o, limit);
		limit = o->vocab_size[order[i]];
	}
	st = o->reference ? bp_train_reference(c, o, order, made, ctx, err)
			  : train_recipe(c, o, order, made, ctx, err);
	free(order);
	return st;
}
