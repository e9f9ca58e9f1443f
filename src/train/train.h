/*
 * train.h - training: steps that count (plan.h), then one model per size (sizes.h).
 */
#ifndef BP_TRAIN_H
#define BP_TRAIN_H

#include "train/sizes.h"

/* Train on the input, and call made(ctx, ...) for each size, the largest first. */
bp_status bp_train(const bp_input *in, const bp_train_options *o, const char *out, bp_trained_model_fn *made,
		   void *ctx, bp_train_report *report, bp_error *err);

/* A workspace as the options say. */
void bp_workspace_init(struct workspace *ws, const bp_train_options *o);

/* The input with no more threads than the memory allowed has room for; each has buffers of its own. */
bp_input bp_train_input(const bp_input *in, const bp_train_options *o);

/* The rules by which a plan's corpus is cut. */
struct cut_rules bp_train_cut(const bp_train_options *o);

#endif
