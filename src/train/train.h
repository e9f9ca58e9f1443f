/*
 * train.h - training of models, in one run or with steps that are counted in parts.
 *
 * Other rooms train by this header alone; api/edit_files.c includes published/reference.h too, for
 * its pruning.  A training in one run makes a plan (plan.h), counts the corpus once per step, and
 * fits the vocabulary to each size (sizes.h).  In parts, the caller makes the plan with the calls
 * of plan.h on files, and ends with bp_train_fit().
 */
#ifndef BP_TRAIN_H
#define BP_TRAIN_H

#include "train/plan.h"
#include "train/sizes.h"

/* BP_ERANGE if an option is outside its range, or two options exclude each other. */
bp_status bp_train_check(const bp_train_options *o, bp_error *err);

/*
 * Train on the input, hand the model of each size to to->write(), the largest size first, and
 * fill in *to->report.  With o->resume, finished work is kept in that folder, and taken from it;
 * 'out' is the path of the models: it tells two trainings in one folder apart.  The options
 * have passed bp_train_check().
 */
bp_status bp_train(const bp_input *in, const bp_train_options *o, const char *out,
		   const struct train_output *to, bp_error *err);

/*
 * The last part of bp_train() for a plan that has no step left: of the options it uses the sizes,
 * 'measure' and 'note'.  The published algorithm then measures nothing, for lack of the text.
 */
bp_status bp_train_fit(struct plan *p, const bp_train_options *o, const struct train_output *to,
		       bp_error *err);

/* BP_EFORMAT if the options need text, and a whole pass over the corpus has found none. */
bp_status bp_train_check_text(const bp_train_options *o, const struct corpus *c, bp_error *err);

/* The folder and the ceiling for temporary files and memory that the options say. */
void bp_workspace_init(struct workspace *ws, const bp_train_options *o);

/* The input with at most as many threads as the ceiling for memory has room for. */
bp_input bp_train_input(const bp_input *in, const bp_train_options *o);

/* The corpus of a plan; 'in' is borrowed, and of the options the weights. */
bp_status bp_train_open_corpus(struct corpus *c, const bp_input *in, const bp_train_options *o,
			       const struct plan *p, bp_error *err);

#endif
