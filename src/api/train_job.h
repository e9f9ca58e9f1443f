/* train_job.h - parts of training that one run and training in parts share: options, outputs,
 * reports. */
#ifndef BP_TRAIN_JOB_H
#define BP_TRAIN_JOB_H

#include "train/sizes.h"

/* One call of training: all pointers are borrowed from the caller of the library. */
struct train_job {
	const bp_train_options *options;
	const bp_input *in;
	const char *out;
	bp_train_report *report;
};

/* BP_ERANGE if an option is outside its documented range. */
bp_status bp_train_check(const bp_train_options *o, bp_error *err);

/* Open the outputs and drop them again, so that a path that cannot be written fails before the
 * work. */
bp_status bp_train_try_outputs(const struct train_job *j, bp_error *err);

/* The callback for bp_sizes_init(), with a struct train_job: write the model, and measure it if
 * that is requested. */
bp_status bp_train_made(void *job, const struct trained_model *m, bp_error *err);

#endif
