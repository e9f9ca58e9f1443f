/*
 * plan.h - plan of a training: its settings, its steps over the corpus, and their results so far.
 *
 * A training is a sequence of steps, then the fit of a vocabulary (sizes.h).  A step is one pass
 * over the corpus.
 *
 *	default recipe		one step draws blocks and adds up totals (sample.h); then the
 *				strings of the blocks are counted in memory (seeds.h)
 *	published algorithm	step 1 counts n-grams, step 2 candidates (published/reference.h)
 *
 * Counts and blocks add up: a step may be done in parts, on several machines, and the sum of the
 * counts of all parts gives the plan that one pass over the whole corpus gives.  Each file of
 * counts carries the settings, the number of the step, and the checksum of the plan that it was
 * counted with, so that only counts of one step of one plan are added up; it also carries totals,
 * so that a lost part is noticed.  Between the two steps of the published algorithm a plan can be
 * written to a file and read from it.
 *
 * A plan owns its rules, sample, required pieces, seeds and state of the published algorithm.
 * None of them points into the struct itself, so a plan may be moved.  All calls are for one
 * thread; the counting itself uses as many as 'in' allows.
 */
#ifndef BP_PLAN_H
#define BP_PLAN_H

#include "train/corpus.h"
#include "train/published/reference.h"
#include "train/required.h"
#include "train/rules.h"
#include "train/sample.h"
#include "train/seeds.h"
#include "train/settings.h"

struct plan {
	bp_train_options options;	/* only whole_size and the options that settings.h writes
					 * are read */
	bp_records records;
	const bp_input *in;		/* for threads and progress; borrowed */
	struct progress_steps *steps;	/* of the reports; borrowed, or NULL */
	struct workspace *ws;		/* borrowed */
	struct piece_rules rules;
	unsigned step;			/* number of steps that are done */
	uint64_t id;			/* checksum of the file it was read from; 0: no file */
	uint64_t bytes, segments;	/* of the normalised corpus, once the first step is done */
	struct sample sample;		/* default recipe, once the step is done: the drawn blocks;
					 * from bp_plan_end_steps() on, the sample to fit to */
	struct required required;
	uint64_t required_sum;		/* bp_required_sum(); files tell it before the pieces */
	struct seeds seeds;		/* default recipe, from bp_plan_end_steps() on */
	struct reference *reference;	/* published algorithm; NULL: the default recipe */
};

/*
 * A plan without a step done, with the required items of the options.  BP_ERANGE as for
 * bp_required_init().  On failure, too, the plan may be released, any number of times.
 */
bp_status bp_plan_init(struct plan *p, const bp_train_options *o, bp_records records,
		       const bp_input *in, struct workspace *ws, bp_error *err);
void bp_plan_release(struct plan *p);

/* True if there is a step left to count; false if the vocabulary can be fitted. */
bool bp_plan_has_step(const struct plan *p);

/*
 * A counter for the next step, to be released by the caller; on failure too.  It stays empty for
 * the default recipe.
 */
bp_status bp_plan_init_counter(struct plan *p, struct counter *counter, bp_error *err);
/*
 * Count the corpus from its position to its end; by the default recipe, draw its blocks.  'c' is
 * NULL if there are no checkpoints.  BP_ENOMEM if the blocks do not fit into the memory allowed.
 */
bp_status bp_plan_count(struct plan *p, struct corpus *corpus, struct counter *counter,
			const struct checkpoint *c, bp_error *err);

/* Write the counts of a step: settings, totals, then the blocks or the counts. */
bp_status bp_plan_write_counts(const struct plan *p, const struct corpus *corpus,
			       struct counter *counter, struct row_writer *w, bp_error *err);

/*
 * Read the counts of the next step to the end of 'from', and finish the step.  The source holds
 * either counts alone, of this process, or all rows of bp_plan_write_counts(), of any number of
 * parts, added up.  BP_EFORMAT for counts of other settings, of another step or plan, or with parts
 * missing.  After a failure the plan can only be released.  'all' is the name of all
 * files together, for messages about faults that cannot be told of one.
 */
bp_status bp_plan_read_counts(struct plan *p, struct source *from, const char *all, bp_error *err);
/*
 * Finish the step that bp_plan_count() has done: from the counter, or with the blocks that are
 * drawn.
 */
bp_status bp_plan_finish_step(struct plan *p, const struct corpus *corpus, struct counter *counter,
			      bp_error *err);
/*
 * After the last step, before the fit.  Default recipe: find the seeds, unless a fit is resumed,
 * which has its pieces already; and reduce the drawn blocks to the sample.  'notes' is for notes.
 */
bp_status bp_plan_end_steps(struct plan *p, bool is_resumed, const bp_train_options *notes,
			    bp_error *err);

/*
 * A plan without a step done, from the first row of counts, the settings.  'from' is the
 * name of the counts in messages.  As bp_plan_init() on failure.
 */
bp_status bp_plan_from_counts(struct plan *p, const struct row *settings, const char *from,
			      const bp_input *in, struct workspace *ws, bp_error *err);

/* Published algorithm, after its first step. */
bp_status bp_plan_write(const struct plan *p, struct row_writer *w, bp_error *err);
/* Read a plan that bp_plan_write() has written.  On failure the plan is released. */
bp_status bp_plan_read(struct plan *p, const char *path, const bp_input *in, struct workspace *ws,
		       bp_error *err);

#endif
