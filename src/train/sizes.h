/*
 * sizes.h - from a plan whose steps are done to one model per size.
 */
#ifndef BP_SIZES_H
#define BP_SIZES_H

#include "model/model.h"
#include "train/em.h"
#include "train/plan.h"

/* A model that was made. */
struct trained_model {
	size_t i;			/* index of its size */
	const struct model *model;
	const struct sample *sample;	/* NULL: there is none */
	struct corpus *corpus;		/* NULL: it is not there */
};
typedef bp_status bp_trained_model_fn(void *ctx, const struct trained_model *m, bp_error *err);

enum { FIT_GROW_TIMES = 3 };	/* for the first size; once for those made of it */

/* A fit under way, and what is to be kept of it between two rounds. */
struct sizes {
	struct plan *plan;
	const bp_train_options *options;
	struct corpus *corpus;
	bp_trained_model_fn *made;
	void *ctx;
	/* Called between rounds if it is not NULL. */
	bp_status (*save)(void *save_ctx, const struct sizes *f, bp_error *err);
	void *save_ctx;
	struct em em;
	struct table words;	/* of the sample, where the rules ask for them */
	size_t *order;		/* indices of the sizes, the largest first */
	size_t at;		/* in 'order' */
	unsigned round;
};

/* Borrows all; 'corpus' may be NULL. */
bp_status bp_sizes_init(struct sizes *f, struct plan *plan, const bp_train_options *o,
		      struct corpus *corpus, bp_trained_model_fn *made, void *ctx, bp_error *err);
/* Go on with f->em and f->at as they are, if f->round is not 0. */
bp_status bp_sizes_run(struct sizes *f, bp_error *err);
void bp_sizes_release(struct sizes *f);

/* The number of pieces of a size, by its place in f->order. */
size_t bp_sizes_size(const struct sizes *f, size_t at);

/* How many tokens a model makes of a sample. */
bp_status bp_sizes_measure(const struct model *m, const struct sample *s, unsigned n_workers,
			 uint64_t *tokens, bp_error *err);

#endif
