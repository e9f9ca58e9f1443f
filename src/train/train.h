/*
 * train.h - training: n-grams, a language model, candidates, pruning, one model per size.
 */
#ifndef BP_TRAIN_H
#define BP_TRAIN_H

#include "model/model.h"
#include "train/corpus.h"

/*
 * Train on the corpus and call made(ctx, i, model) for each size o->vocab_size[i], the largest
 * first.  The model is train's.
 */
typedef bp_status bp_made(void *ctx, size_t i, const struct model *m, bp_error *err);
bp_status bp_train(struct corpus *c, const bp_train_options *o, bp_made *made, void *ctx,
		   bp_error *err);

#endif
