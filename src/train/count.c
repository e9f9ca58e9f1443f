#include "train/count.h"

#include <stdlib.h>

struct count_job {
	bp_keys *keys;
	void *ctx;
	struct runs *runs;	/* one per worker */
};

static bool visit(void *ctx, unsigned worker, struct slice segment)
{
	const struct count_job *j = ctx;

	return j->keys(j->ctx, worker, segment, &j->runs[worker]);
}

bp_status bp_count_keys(struct corpus *c, const char *phase, unsigned bits, bp_keys *keys,
			void *ctx, struct run *out, bp_error *err)
{
	unsigned i, n = bp_corpus_workers(c);
	struct count_job j = { keys, ctx, calloc(n, sizeof(*j.runs)) };
	bp_status st = BP_OK;

	if (j.runs == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n && st == BP_OK; i++)
		if (!bp_runs_init(&j.runs[i], bits))
			st = bp_fail_memory(err);
	if (st == BP_OK)
		st = bp_corpus_each(c, phase, visit, NULL, &j, err);
	if (st == BP_OK && !bp_runs_merge(j.runs, n, out))
		st = bp_fail_memory(err);
	for (i = 0; i < n; i++)
		bp_runs_release(&j.runs[i]);
	free(j.runs);
	return st;
}
