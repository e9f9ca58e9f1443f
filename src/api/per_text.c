/*
 * Chunks of the reader are joined to blocks until one ends with a text.  So a worker never gets a
 * part of a text, and short texts come many at a time, which makes the cost of threads small.
 */
#include "api/per_text.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"

/* Whole texts, and their results. */
struct text_block {
	struct buf texts;
	struct format out;
	bp_encode_report report;	/* all but 'bytes' and 'tokens', over all its uses */
};

struct per_text_run {
	const struct per_text *job;
	struct reader reader;
	struct chunk part;
	struct outfile out;
	struct progress progress;
	bp_encode_report report;
	bool is_ready;
};

/* Prepare a model for the first chunk, and then the workers, because they need the model. */
static bp_status prepare_workers(struct per_text_run *r, bool more, bp_error *err)
{
	const struct per_text *j = r->job;
	bp_status st = BP_OK;

	r->is_ready = true;
	if (j->call->unprepared != NULL)
		st = bp_encode_prepare_model(j->call, &r->reader, &r->part, more, err);
	return st == BP_OK && j->ready != NULL && !j->ready(j->ctx) ? bp_fail_memory(err) : st;
}

/* Read until a chunk ends with a text; the reader keeps the bytes behind that. */
static bp_status fill_block(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct per_text_run *r = ctx;
	struct text_block *w = chunk;
	bp_status st;

	w->texts.len = 0;
	do {
		bp_progress_step(&r->progress, r->reader.bytes);
		st = bp_reader_fill(&r->reader, &r->part, more, err);
		if (st == BP_OK && !r->is_ready)
			st = prepare_workers(r, *more, err);
		if (st != BP_OK || !*more)
			return st;
		if (!bp_buf_append(&w->texts, r->part.data.data, r->part.data.len))
			return bp_fail_memory(err);
	} while (r->part.end != BP_EDGE_TEXT && !r->part.ends_file);
	return BP_OK;
}

/* Call a function for all texts of a block. */
static bool for_texts(const struct per_text_run *r, unsigned worker, struct text_block *w,
		      bp_text_fn *fn)
{
	const struct per_text *j = r->job;
	struct slice s = bp_buf_slice(&w->texts), text;
	bp_records records = j->call->in->records;
	bool whole = records == BP_WHOLE, ended;	/* an empty file is a text too */

	while (s.n > 0 || whole) {
		text = bp_next_text(records, &s, &ended);
		if (bp_must_stop() || !fn(j->ctx, worker, text, &w->out))
			return false;
		w->report.texts += fn == j->text;
		w->report.end_marks += ended && fn == j->text;
		whole = false;
	}
	return true;
}

static bp_status encode_block(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct per_text_run *r = ctx;
	const struct per_text *j = r->job;
	struct text_block *w = chunk;

	bp_format_reset(&w->out, false);
	if ((j->collect != NULL && !for_texts(r, worker, w, j->collect)) ||
	    !for_texts(r, worker, w, j->text))
		return bp_fail_memory(err);
	return BP_OK;
}

/* A result is written whole, so nothing but the results themselves is between two texts. */
static bp_status write_block(void *ctx, void *chunk, bp_error *err)
{
	struct per_text_run *r = ctx;
	const struct text_block *w = chunk;

	return bp_out_write(&r->out, w->out.text.data, w->out.text.len, err);
}

static void add_block_to_report(bp_encode_report *r, const struct text_block *w)
{
	r->texts += w->report.texts;
	r->end_marks += w->report.end_marks;
	r->tokens += w->out.n_tokens;
}

/* Each block has a result of its own, so that workers and writer never share one. */
static bp_status run_blocks(struct per_text_run *r, bp_error *err)
{
	const struct encode_call *call = r->job->call;
	struct parallel p = { .fill = fill_block, .work = encode_block, .drain = write_block,
			      .ctx = r, .n_workers = bp_threads(call->in) };
	unsigned i, n = bp_parallel_chunks(p.n_workers);
	struct text_block *w = calloc(n, sizeof(*w));
	bp_status st;

	r->out.prompt = r->reader.prompt;
	if (w == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++)
			w[i].out = (struct format){ .model = call->model, .row = call->row,
						    .bos = call->options->bos,
						    .eos = call->options->eos };
		st = bp_parallel(&p, w, sizeof(*w), err);
		for (i = 0; i < n; i++) {
			add_block_to_report(&r->report, &w[i]);
			bp_buf_release(&w[i].texts);
			bp_buf_release(&w[i].out.text);
		}
	}
	free(w);
	return st;
}

bp_status bp_per_text(const struct per_text *j, bp_error *err)
{
	const bp_input *in = j->call->in;
	struct per_text_run r = { .job = j, .reader = bp_encode_reader(in) };
	bp_status st;

	bp_progress_start(&r.progress, in, "encode", "bytes", bp_input_size(in));
	if ((st = bp_out_open(&r.out, j->call->out, err)) == BP_OK &&
	    (st = run_blocks(&r, err)) == BP_OK)
		st = bp_out_commit(&r.out, err);
	r.report.bytes = r.reader.bytes;
	if (st == BP_OK && j->call->options->report != NULL)
		*j->call->options->report = r.report;
	bp_out_abort(&r.out);
	bp_reader_release(&r.reader);
	bp_buf_release(&r.part.data);
	return st;
}
