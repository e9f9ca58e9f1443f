#include "api/per_text.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"

/* Whole texts, and what becomes of them. */
struct text_work {
	struct buf texts;
	struct format out;
};

struct text_run {
	const struct per_text *job;
	struct reader reader;
	struct chunk part;
	struct outfile out;
	struct progress progress;
	bool is_ready;
};

/* With the first chunk, once it is known what there is. */
static bp_status make_ready(struct text_run *r, bool more, bp_error *err)
{
	const struct per_text *j = r->job;
	bp_status st = BP_OK;

	r->is_ready = true;
	if (j->late != NULL)
		st = bp_late_model_ready(j->late, &r->reader, &r->part, more, j->in->specials, err);
	return st == BP_OK && j->ready != NULL && !j->ready(j->ctx) ? bp_fail_memory(err) : st;
}

/* Chunks up to one at whose end a text ends. */
static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct text_run *r = ctx;
	struct text_work *w = chunk;
	bp_status st;

	w->texts.len = 0;
	do {
		bp_progress_step(&r->progress, r->reader.bytes);
		st = bp_reader_fill(&r->reader, &r->part, more, err);
		if (st == BP_OK && !r->is_ready)
			st = make_ready(r, *more, err);
		if (st != BP_OK || !*more)
			return st;
		if (!bp_buf_append(&w->texts, r->part.data.data, r->part.data.len))
			return bp_fail_memory(err);
	} while (r->reader.inside && !r->part.ends_file);
	return BP_OK;
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct text_run *r = ctx;
	const struct per_text *j = r->job;
	struct text_work *w = chunk;
	struct slice s = { w->texts.data, w->texts.len }, text;
	bool whole = j->in->records == BP_WHOLE, ended;

	bp_format_reset(&w->out, false);
	while (s.n > 0 || whole) {
		text = bp_next_text(j->in->records, &s, &ended);
		if (!j->text(j->ctx, worker, text, &w->out))
			return bp_fail_memory(err);
		whole = false;
	}
	return BP_OK;
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct text_run *r = ctx;
	const struct text_work *w = chunk;

	return bp_out_write(&r->out, w->out.text.data, w->out.text.len, err);
}

static bp_status run(struct text_run *r, bp_error *err)
{
	struct parallel p = { .fill = fill, .work = work, .drain = drain, .ctx = r,
			      .n_workers = bp_threads(r->job->in) };
	unsigned i, n = bp_parallel_chunks(p.n_workers);
	struct text_work *w = calloc(n, sizeof(*w));
	bp_status st;

	r->out.prompt = r->reader.prompt;
	if (w == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++)
			w[i].out = (struct format){ .model = r->job->model,
						    .format = r->job->format,
						    .bos = r->job->in->bos,
						    .eos = r->job->in->eos };
		st = bp_parallel(&p, w, sizeof(*w), err);
		for (i = 0; i < n; i++) {
			bp_buf_release(&w[i].texts);
			bp_buf_release(&w[i].out.text);
		}
	}
	free(w);
	return st;
}

bp_status bp_per_text(const struct per_text *j, const char *out, bp_error *err)
{
	const bp_input *in = j->in;
	struct text_run r = {
		.job = j,
		.reader = { .path = in->path, .n_paths = in->n_paths, .records = in->records,
			    .prompt = in->flush }
	};
	bp_status st;

	bp_progress_start(&r.progress, in, "encode", "bytes", bp_input_size(in));
	if ((st = bp_out_open(&r.out, out, err)) == BP_OK && (st = run(&r, err)) == BP_OK)
		st = bp_out_commit(&r.out, err);
	bp_out_abort(&r.out);
	bp_reader_release(&r.reader);
	bp_buf_release(&r.part.data);
	return st;
}
