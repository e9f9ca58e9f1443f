/*
 * reference.h - the published algorithm: a byte n-gram language model cuts the corpus into
 * candidates, which are pruned to the size asked for (Su Jianlin, "BytePiece", 2023).
 */
#ifndef BP_REFERENCE_H
#define BP_REFERENCE_H

#include "train/train.h"

/* As bp_train(); 'order' lists the sizes' indices, the largest size first. */
bp_status bp_train_reference(struct corpus *c, const bp_train_options *o, const size_t *order,
			     bp_made *made, void *ctx, bp_error *err);

#endif
