/*
 * progress.h - progress reports, number of threads and size of the input, as bp_input requests
 * them.
 */
#ifndef BP_PROGRESS_H
#define BP_PROGRESS_H

#include "base/base.h"
#include "bytepiece_files.h"

/* Number of threads for a call: in->threads, or the number of processors; 1 with in->flush. */
unsigned bp_threads(const bp_input *in);

/* Sum of the sizes of all inputs in bytes; 0 if one size is 0 or not known (a pipe). */
uint64_t bp_input_size(const bp_input *in);

/* Reports of one phase of a call; in->progress runs on the thread that calls bp_progress_step(). */
struct progress {
	const bp_input *in;
	bp_progress now;
};

void bp_progress_start(struct progress *p, const bp_input *in, const char *phase,
		       const char *unit, uint64_t total);
/* Report that 'done' units are done, if in->progress is set. */
void bp_progress_step(struct progress *p, uint64_t done);

/*
 * A call of several steps: their names, and estimates of their costs in any unit.  A cost may be
 * corrected at any time.
 */
enum { BP_STEPS_MOST = 4 };
struct progress_steps {
	const bp_input *to;		/* receives the reports */
	struct progress_cost {
		const char *name;
		double cost;
	} step[BP_STEPS_MOST];
	unsigned n, at;
	unsigned parts;			/* of this step, begun so far */
	double from, until;		/* shares of this step that reports begin and end at */
};

/*
 * Have all reports to *in, a copy of *to, pass through *s: it adds the step and the share of the
 * whole, and reports to *to.  The first step has begun; the caller fills in s->step and s->n.
 */
void bp_progress_steps_init(struct progress_steps *s, bp_input *in, const bp_input *to);
/* Begin a step. */
void bp_progress_steps_begin(struct progress_steps *s, unsigned at);
/* The rest of this step has n equal parts; the coming reports are of the first one.  NULL is
 * allowed. */
void bp_progress_steps_part(struct progress_steps *s, unsigned n);

/* Call o->note with a formatted line about a training, if it is not NULL; cut after 255 bytes. */
void bp_train_note(const bp_train_options *o, const char *fmt, ...) BP_PRINTF(2, 3);
/* So o->resumed. */
void bp_train_resumed(const bp_train_options *o, const char *fmt, ...) BP_PRINTF(2, 3);

#endif
