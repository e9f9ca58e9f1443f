/* train_job.h - what training in one run and in parts have in common: options, models, reports. */
#ifndef BP_TRAIN_JOB_H
#define BP_TRAIN_JOB_H

#include "train/sizes.h"

/* Where models go, and what is reported. */
struct train_job {
	const bp_train_options *options;
	const bp_input *in;
	const char *out;
	bp_train_report *report;
};

bp_status bp_train_check(const bp_train_options *o, bp_error *err);

/* Find out before the work, not after it, whether the models can be written. */
bp_status bp_train_try_outputs(const struct train_job *j, bp_error *err);

/* For bp_sizes_init(), with a struct train_job: write the model, and measure it if that is asked for. */
bp_status bp_train_made(void *job, const struct trained_model *m, bp_error *err);

#endif
