/*
 * resume.h - a folder that keeps finished work, so that a killed training goes on from there.
 *
 * "job" says what is being trained from what; "plan" is the plan after the last step that is done;
 * "place" how far the step under way has come, with the spills ("spill.N") that hold its counts;
 * "fit" the vocabulary after the last round; "input.N" copies of what can be read only once.  Each
 * file appears whole or not at all, and names only files that are complete.
 */
#ifndef BP_RESUME_H
#define BP_RESUME_H

#include "train/sizes.h"

struct resume {
	const char *folder;		/* borrowed */
	struct workspace *ws;
	const bp_train_options *options;
	uint64_t required_sum;
	FILE *lock;
	struct plan *plan;
	struct corpus *corpus;
	struct counter *counter;
	struct spill sample;		/* the sample of the first step, up to the place */
	bool has_sample;
	unsigned polls;			/* since the last checkpoint */
	bp_train_report *report;
};

/*
 * Open the folder, and make it if it is not there.  If what it holds is of another training, or an
 * input has changed since, that is refused unless the options say to start anew.
 */
bp_status bp_resume_open(struct resume *r, const bp_train_options *o,
			 const struct required *required, const bp_input *in, const char *out,
			 struct workspace *ws, bp_error *err);
void bp_resume_close(struct resume *r);

/* The plan after the last step that is done, if there is one; *found tells. */
bp_status bp_resume_plan(struct resume *r, struct plan *plan, const bp_input *in, bool *found,
			 bp_error *err);
/* Set corpus and counter to where the step was left. */
bp_status bp_resume_step(struct resume *r, struct corpus *corpus, struct counter *counter,
			 bp_error *err);
/* While a step counts: spill everything, and note where it is; at its end too. */
bool bp_resume_due(void *ctx);
bp_status bp_resume_save(void *ctx, bp_error *err);
/* The step is done; its counts are not needed any more. */
bp_status bp_resume_step_done(struct resume *r, bp_error *err);

/* For struct sizes; and take up a fit where it was left, if it was begun. */
bp_status bp_resume_save_fit(void *ctx, const struct sizes *f, bp_error *err);
bp_status bp_resume_fit(struct resume *r, struct sizes *f, bp_error *err);

/* All is done: remove what was kept. */
void bp_resume_finish(struct resume *r, size_t n_inputs);

#endif
