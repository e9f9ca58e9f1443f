/*
 * plan.h - the steps of a training: what each counts, and what is made of the counts.
 *
 * A step counts something in the whole corpus, which may be done in parts; the counts of all parts,
 * added up, bring the plan to its next step.  Between two steps a plan can be written and read.
 * With the default recipe the steps find the seeds (seeds.h), and the first one draws the sample;
 * with the published algorithm there are two, n-grams and candidates (reference.h).
 */
#ifndef BP_PLAN_H
#define BP_PLAN_H

#include "train/corpus.h"
#include "train/published/reference.h"
#include "train/required.h"
#include "train/sample.h"
#include "train/seeds.h"
#include "train/settings.h"

struct plan {
	bp_train_options options;	/* those that counts depend on */
	bp_records records;
	const bp_input *in;		/* for threads and progress; borrowed */
	struct workspace *ws;		/* borrowed */
	struct piece_rules rules;
	unsigned step;			/* steps done */
	uint64_t id;			/* checksum of the file it was read from; 0 at first */
	uint64_t bytes, segments;	/* of the corpus, after the first step */
	struct sample sample;
	struct required required;
	uint64_t required_sum;		/* of it, as settings tell, which come first */
	struct seeds seeds;
	struct reference reference;
};

void bp_plan_init(struct plan *p, const bp_train_options *o, bp_records records,
		  const bp_input *in, struct workspace *ws);
void bp_plan_release(struct plan *p);
/* The vocabulary has to hold this, which is the plan's from now on; before the first step. */
void bp_plan_require(struct plan *p, struct required *r);

/* Is there another step that counts? */
bool bp_plan_counts(const struct plan *p);

/* Whom to tell, where a count may be left to be gone on with: due() now and then, and if so save(),
 * while nobody counts. */
struct checkpoint {
	bool (*due)(void *ctx);
	bp_status (*save)(void *ctx, bp_error *err);
	void *ctx;
};

/* A counter for the step; and count the corpus from its place on.  'c' may be NULL. */
bp_status bp_plan_counter(struct plan *p, struct counter *counter, bp_error *err);
bp_status bp_plan_count(struct plan *p, struct corpus *corpus, struct counter *counter,
			const struct checkpoint *c, bp_error *err);

/* What was counted as rows, with what tells about it: settings, totals, in the first step the
 * sample; then the counts. */
bp_status bp_plan_write_counts(const struct plan *p, const struct corpus *corpus,
			       struct counter *counter, struct row_writer *w, bp_error *err);

/* Take rows to the end of the source, counts alone or all kinds, and go on to the next step. */
bp_status bp_plan_take(struct plan *p, struct source *from, bp_error *err);

/* Begin a plan with the settings of the first row of counts. */
bp_status bp_plan_from_counts(struct plan *p, const struct row *settings, const char *from,
			      const bp_input *in, struct workspace *ws, bp_error *err);

bp_status bp_plan_write(const struct plan *p, struct row_writer *w, bp_error *err);
/* 'wants_sample' false: leave out what counting does not need. */
bp_status bp_plan_read(struct plan *p, const char *path, bool wants_sample, const bp_input *in,
		       struct workspace *ws, bp_error *err);

#endif
