/* Texts of files that will be continued, as lines of tokens, tab and the bytes left. */
#include <stdlib.h>

#include "base/parallel.h"
#include "bytepiece_files.h"
#include "encode/open.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"
#include "lib/format.h"

/* Whole texts, and what becomes of them. */
struct open_work {
	struct buf texts;
	struct format out;
};

struct open_job {
	const bp_input *in;
	struct reader reader;
	struct chunk part;
	struct outfile out;
	struct opener *opener;	/* one per worker */
	unsigned n_workers;
	struct progress progress;
};

/* Chunks up to one at whose end a text ends. */
static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct open_job *j = ctx;
	struct open_work *w = chunk;
	bp_status st;

	w->texts.len = 0;
	do {
		bp_progress_step(&j->progress, j->reader.bytes);
		if ((st = bp_reader_fill(&j->reader, &j->part, more, err)) != BP_OK || !*more)
			return st;
		if (!bp_buf_append(&w->texts, j->part.data.data, j->part.data.len))
			return bp_fail_memory(err);
	} while (j->reader.inside && !j->part.ends_file);
	return BP_OK;
}

static bool put_text(struct opener *o, struct slice text, struct format *out)
{
	struct batch *b = &o->encoder.batch;
	struct slice left;

	b->n_path = 0;
	return bp_opener_text(o, text, &left) && bp_format_tokens(out, b->path, b->n_path) &&
	       bp_buf_byte(&out->text, '\t') && bp_format_bytes(out, left) && bp_format_newline(out);
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct open_job *j = ctx;
	struct open_work *w = chunk;
	struct slice s = { w->texts.data, w->texts.len }, text;
	bool whole = j->in->records == BP_WHOLE, ended;

	bp_format_reset(&w->out, false);
	while (s.n > 0 || whole) {
		text = bp_next_text(j->in->records, &s, &ended);
		if (!put_text(&j->opener[worker], text, &w->out))
			return bp_fail_memory(err);
		whole = false;
	}
	return BP_OK;
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct open_job *j = ctx;
	const struct open_work *w = chunk;

	return bp_out_write(&j->out, w->out.text.data, w->out.text.len, err);
}

static bp_status run(struct open_job *j, const bp_model *m, bp_format format, bp_error *err)
{
	struct parallel p = { .fill = fill, .work = work, .drain = drain, .ctx = j,
			      .n_workers = j->n_workers };
	unsigned i, n = bp_parallel_chunks(j->n_workers);
	struct open_work *w = calloc(n, sizeof(*w));
	void **chunks = bp_array(n, sizeof(*chunks));
	bp_status st;

	if (w == NULL || chunks == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++) {
			w[i].out = (struct format){ .model = m, .format = format };
			chunks[i] = &w[i];
		}
		st = bp_parallel(&p, chunks, err);
		for (i = 0; i < n; i++) {
			bp_buf_release(&w[i].texts);
			bp_buf_release(&w[i].out.text);
		}
	}
	free(chunks);
	free(w);
	return st;
}

static bool init_openers(struct open_job *j, const bp_model *m)
{
	unsigned i;

	if ((j->opener = calloc(j->n_workers, sizeof(*j->opener))) == NULL)
		return false;
	for (i = 0; i < j->n_workers; i++)
		if (!bp_opener_init(&j->opener[i], m))
			return false;
	return true;
}

static void release(struct open_job *j)
{
	unsigned i;

	bp_out_abort(&j->out);
	bp_reader_release(&j->reader);
	bp_buf_release(&j->part.data);
	for (i = 0; j->opener != NULL && i < j->n_workers; i++)
		bp_opener_release(&j->opener[i]);
	free(j->opener);
}

bp_status bp_encode_open_files(const bp_model *m, const bp_input *in, const char *out,
			       bp_format format, bp_error *err)
{
	struct open_job j = {
		.in = in, .n_workers = bp_threads(in),
		.reader = { .path = in->path, .n_paths = in->n_paths, .records = in->records,
			    .prompt = in->flush }
	};
	bp_status st;

	if (bp_format_width(format) > 0)
		return bp_fail(err, BP_ERANGE, "open texts are written as lines of text only");
	bp_progress_start(&j.progress, in, "encode", "bytes", bp_input_size(in));
	if (!init_openers(&j, m))
		st = bp_fail_memory(err);
	else if ((st = bp_out_open(&j.out, out, err)) == BP_OK &&
		 (st = run(&j, m, format, err)) == BP_OK)
		st = bp_out_commit(&j.out, err);
	release(&j);
	return st;
}
