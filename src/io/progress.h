/*
 * progress.h - what the calls on files have in common: threads, sizes, reports of progress.
 */
#ifndef BP_PROGRESS_H
#define BP_PROGRESS_H

#include "base/base.h"
#include "bytepiece_files.h"

/* The number of threads meant by in->threads. */
unsigned bp_threads(const bp_input *in);

/* The size of all inputs together, in bytes; 0 if that of one is not known, or is 0. */
uint64_t bp_input_size(const bp_input *in);

struct progress {
	const bp_input *in;
	bp_progress now;
};

void bp_progress_start(struct progress *p, const bp_input *in, const char *phase,
		       const char *unit, uint64_t total);
/* Report, if anybody listens. */
void bp_progress_step(struct progress *p, uint64_t done);

/* Call o->note with a formatted line about a training, if it is not NULL; cut after 255 bytes. */
void bp_train_note(const bp_train_options *o, const char *fmt, ...) BP_PRINTF(2, 3);

#endif
