/* Training in one run, from files to model files. */
#include "api/train_job.h"
#include "train/train.h"

bp_status bp_train_files(const bp_input *in, const char *out, const bp_train_options *o,
			 bp_train_report *report, bp_error *err)
{
	struct train_job j = { .options = o, .in = in, .out = out, .report = report };
	bp_status st;

	/* Faults of options and outputs are found before hours of work, not after. */
	if ((st = bp_train_check(o, err)) != BP_OK || (st = bp_train_try_outputs(&j, err)) != BP_OK)
		return st;
	return bp_train(in, o, out, bp_train_made, &j, report, err);
}
