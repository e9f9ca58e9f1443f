/*
 * bp_eval_files(): files are encoded as in bp_encode_files(), but their tokens are counted, each
 * worker and the writer with counts of their own.  No format is involved; the row is that of a
 * format with tokens because every job has one.
 */
#include <stdlib.h>

#include "api/encode_job.h"

/* A chunk is a block of bp_eval_spread, small, so that short texts have parts as well. */
enum { BLOCK = 8 * 1024 };

static bool init_counts(struct encode_job *j, const bp_eval_spread *spread)
{
	unsigned i;

	if ((j->counts = calloc(j->n_workers + 1, sizeof(*j->counts))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++)
		if (!bp_eval_counts_init(&j->counts[i], &j->call.model->model, spread))
			return false;
	return true;
}

static void release_counts(struct encode_job *j)
{
	unsigned i;

	for (i = 0; j->counts != NULL && i <= j->n_workers; i++)
		bp_eval_counts_release(&j->counts[i]);
	free(j->counts);
}

bp_status bp_eval_files(const bp_model *m, const bp_input *in, bool specials,
			bp_eval_report *report, bp_eval_spread *spread, bp_error *err)
{
	const bp_encode_options options = { .format = BP_FORMAT_IDS, .specials = specials };
	const struct encode_call call = { .model = m, .in = in, .options = &options,
					  .row = bp_format_row(BP_FORMAT_IDS) };
	bool parts = spread != NULL && spread->parts != NULL;
	struct encode_job j = { .block = parts ? spread->blocks : 0 };
	bp_status st = bp_encode_job_init(&j, &call, parts ? BLOCK : 0, err);

	if (st == BP_OK && !init_counts(&j, spread))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = bp_encode_job_run(&j, err)) == BP_OK)
		bp_eval_counts_report(j.counts, j.n_workers + 1, report, j.block, spread);
	release_counts(&j);
	bp_encode_job_release(&j);
	return st;
}
