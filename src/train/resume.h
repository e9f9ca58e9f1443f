/*
 * resume.h - resume folder: checkpoints of a training, so that it can be killed and resumed.
 *
 * Files of the folder:
 *
 *	lock		locked by the process that uses the folder
 *	job		text: settings, sizes, output and inputs; another training is refused
 *	place		the checkpoint of the step in progress: position in the corpus, and the
 *			spills ("spill.N") that hold the blocks or the counts up to that position
 *	fit		the vocabulary after the last round of the fit
 *
 * and of a training by the published algorithm, which reads the corpus twice:
 *
 *	plan		the plan after the first step
 *
 * Invariant: each file but "lock" appears complete or not at all (state_file.h), and names only
 * spills that are complete.  A spill is removed only after the checkpoint that replaces it has
 * been written.  So a process may be killed at any instruction, and the folder describes a state
 * of the training from which the next process computes an equal model; at most the work since the
 * last checkpoint is repeated.
 *
 * All calls are made on the caller's thread, while no worker counts.
 */
#ifndef BP_RESUME_H
#define BP_RESUME_H

#include "train/sizes.h"

struct resume {
	/* Borrowed. */
	const char *folder;
	struct workspace *ws;
	const bp_train_options *options;
	struct plan *plan;		/* from bp_resume_plan() on */
	struct corpus *corpus;		/* from bp_resume_step() on, as the counter */
	struct counter *counter;
	uint64_t required_sum;		/* of the required pieces of this training */
	FILE *lock;
	struct spill sample;		/* the blocks that are drawn, up to the checkpoint */
	bool has_sample;
	unsigned polls;			/* chunks since the last checkpoint */
};

/*
 * Lock the folder, and make it if it does not exist.  BP_EFORMAT if it holds work of another
 * training, or if an input has changed, unless the options say to restart.  On failure *r is
 * closed.
 */
bp_status bp_resume_open(struct resume *r, const bp_train_options *o,
			 const struct required *required, const bp_input *in, const char *out,
			 struct workspace *ws, bp_error *err);
void bp_resume_close(struct resume *r);

/* If the folder has a plan, replace *plan, a plan without a step done, with it. */
bp_status bp_resume_plan(struct resume *r, struct plan *plan, const bp_input *in, bp_error *err);
/*
 * Set an empty corpus and an empty counter to the last checkpoint of the next step, if there is
 * one.
 */
bp_status bp_resume_step(struct resume *r, struct corpus *corpus, struct counter *counter,
			 bp_error *err);
/* The checkpoints of the step that bp_resume_step() has begun; *r is borrowed. */
struct checkpoint bp_resume_checkpoint(struct resume *r);
/*
 * After the first step of the published algorithm: write the plan, then remove the counts of the
 * step.  Blocks that are drawn stay, for the fit.
 */
bp_status bp_resume_step_done(struct resume *r, bp_error *err);

/*
 * Have the fit saved after each round, and set it to the state that the folder has, if any.  The
 * pruning of the published algorithm is not saved; its counts are kept, and it starts again from
 * them.
 */
bp_status bp_resume_fit(struct resume *r, struct sizes *f, bp_error *err);

/* The text of the file "job" (resume_job.c). */

/* Append a line for each property that the models depend on.  False if memory is out. */
bool bp_job_write(const bp_train_options *o, const struct required *required, const bp_input *in,
		  const char *out, struct buf *b);
/* BP_EFORMAT, with the first difference in the message, if two jobs are not equal. */
bp_status bp_job_compare(const char *folder, const struct buf *now, const struct buf *then,
			 bp_error *err);

/* The models are written: remove all files, and the folder if nothing else is in it. */
void bp_resume_finish(struct resume *r);

#endif
