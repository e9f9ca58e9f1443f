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

/* Call o->note with a formatted line about a training, if it is not NULL; cut after 255 bytes. */
void bp_train_note(const bp_train_options *o, const char *fmt, ...) BP_PRINTF(2, 3);

#endif
