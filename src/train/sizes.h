/*
 * sizes.h - one model for each requested size, the largest first: fit, writing, measurement.
 *
 * Default recipe: the vocabulary is fitted to the sample (em.h), first to the largest size; each
 * smaller size is fitted from the vocabulary of the size before, so that its rounds start from
 * fewer pieces.  Published algorithm: the candidates are pruned from size to size
 * (published/prune.c).
 */
#ifndef BP_SIZES_H
#define BP_SIZES_H

#include "io/progress.h"
#include "model/model.h"
#include "train/em.h"
#include "train/plan.h"

/*
 * The receiver of finished models.  write() only writes the model of the i-th of the requested
 * sizes; the sizes and the numbers of tokens are put into *report by the fit.
 */
struct train_output {
	bp_status (*write)(void *ctx, size_t i, const struct model *m, bp_error *err);
	void *ctx;
	bp_train_report *report;	/* borrowed */
};

enum {
	FIT_GROW_TIMES = 3	/* rounds of growing for the first size; a smaller size has one */
};

/* A fit in progress.  The members from 'em' on are its state between two rounds. */
struct sizes {
	/* Borrowed. */
	struct plan *plan;
	const bp_train_options *options;
	struct corpus *corpus;		/* NULL: the text is not at hand, but only its counts */
	const struct train_output *to;
	/* Default recipe: called after each round and each size if it is not NULL. */
	bp_status (*save)(void *save_ctx, const struct sizes *f, bp_error *err);
	void *save_ctx;
	size_t *order;			/* indices of the sizes, the largest size first; owned */
	struct em em;
	size_t at;			/* index in 'order' of the size that is fitted */
	unsigned round;			/* number of rounds done, of all sizes together */
};

/*
 * Prepare the fit of a plan that has no step left.  BP_ERANGE if a size has no room for the
 * required pieces and special tokens.
 */
bp_status bp_sizes_init(struct sizes *f, struct plan *plan, const bp_train_options *o,
			struct corpus *corpus, const struct train_output *to, bp_error *err);
/*
 * Fit, write and, if the options say so, measure the models of all sizes.  If f->round is not 0, a
 * fit is resumed: f->em, f->at and f->round have been set to the state that an earlier save() saw.
 */
bp_status bp_sizes_run(struct sizes *f, bp_error *err);
void bp_sizes_release(struct sizes *f);

/* The number of pieces that the size at this index in f->order has room for. */
size_t bp_sizes_pieces(const struct sizes *f, size_t at);

/* The number of tokens that a model makes of a sample or a corpus (measure.c). */

/* Both set *tokens to the sum over all segments; on failure *tokens is not to be used. */
bp_status bp_measure_sample(const struct model *m, const struct sample *s, unsigned n_workers,
			    uint64_t *tokens, bp_error *err);
/* Reads the whole corpus once more. */
bp_status bp_measure_corpus(const struct model *m, struct corpus *c, uint64_t *tokens,
			    bp_error *err);

#endif
