/* The best segmentations of each text of files, as lines of score, tab and tokens. */
#include <stdio.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "encode/encoder.h"
#include "encode/nbest.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"
#include "lib/format.h"
#include "text/nfc.h"

/* Whole texts, and what becomes of them. */
struct nbest_work {
	struct buf texts;
	struct format out;
};

struct nbest_worker {
	struct nbest best;
	struct buf scratch;
};

struct nbest_job {
	const bp_model *model;
	const bp_input *in;
	struct reader reader;
	struct chunk part;
	struct outfile out;
	struct nbest_worker *worker;
	unsigned n_workers;
	struct progress progress;
};

/* Chunks up to one at whose end a text ends. */
static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct nbest_job *j = ctx;
	struct nbest_work *w = chunk;
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

/* A score in as few digits as give the same number back. */
static bool put_score(struct buf *out, double score)
{
	char text[40];
	int digits, n = 0;

	for (digits = 15; digits <= 17; digits++) {
		n = snprintf(text, sizeof(text), "%.*g", digits, score);
		if (strtod(text, NULL) == score)
			break;
	}
	return n > 0 && bp_buf_append(out, text, (size_t)n) && bp_buf_byte(out, '\t');
}

static bool put_text(const struct nbest_job *j, struct nbest_worker *me, struct slice text,
		     struct format *out)
{
	size_t rank;
	double score;

	if (j->model->model.normalize == BP_NORMALIZE_NFC && !bp_nfc(text, &me->scratch, &text))
		return false;
	if (!bp_nbest_text(&me->best, text))
		return false;
	for (rank = 0; rank < bp_nbest_found(&me->best); rank++)
		if (!bp_nbest_path(&me->best, rank, &score) || !put_score(&out->text, score) ||
		    !bp_format_tokens(out, me->best.path, me->best.n_path) ||
		    !bp_format_newline(out))
			return false;
	return bp_format_newline(out);
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct nbest_job *j = ctx;
	struct nbest_work *w = chunk;
	struct slice s = { w->texts.data, w->texts.len }, text;
	bool whole = j->in->records == BP_WHOLE, ended;

	bp_format_reset(&w->out, false);
	while (s.n > 0 || whole) {
		text = bp_next_text(j->in->records, &s, &ended);
		if (!put_text(j, &j->worker[worker], text, &w->out))
			return bp_fail_memory(err);
		whole = false;
	}
	return BP_OK;
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct nbest_job *j = ctx;
	const struct nbest_work *w = chunk;

	return bp_out_write(&j->out, w->out.text.data, w->out.text.len, err);
}

static bp_status run(struct nbest_job *j, bp_format format, bp_error *err)
{
	struct parallel p = { .fill = fill, .work = work, .drain = drain, .ctx = j,
			      .n_workers = j->n_workers };
	unsigned i, n = bp_parallel_chunks(j->n_workers);
	struct nbest_work *w = calloc(n, sizeof(*w));
	void **chunks = bp_array(n, sizeof(*chunks));
	bp_status st;

	j->out.prompt = j->reader.prompt;
	if (w == NULL || chunks == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++) {
			w[i].out = (struct format){ .model = j->model, .format = format };
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

bp_status bp_nbest_files(const bp_model *m, const bp_input *in, const char *out, bp_format format,
			 size_t n, bp_error *err)
{
	struct nbest_job j = {
		.model = m, .in = in, .n_workers = bp_threads(in),
		.reader = { .path = in->path, .n_paths = in->n_paths, .records = in->records,
			    .prompt = in->flush }
	};
	bp_status st;
	unsigned i;

	if (bp_format_width(format) > 0)
		return bp_fail(err, BP_ERANGE, "the best segmentations are lines of text only");
	if (n < 1 || n > BP_NBEST_MAX)
		return bp_fail(err, BP_ERANGE, "from 1 to %d segmentations can be asked for",
			       BP_NBEST_MAX);
	if ((j.worker = calloc(j.n_workers, sizeof(*j.worker))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < j.n_workers; i++)
		bp_nbest_init(&j.worker[i].best, &m->unigram, n);
	bp_progress_start(&j.progress, in, "encode", "bytes", bp_input_size(in));
	if ((st = bp_out_open(&j.out, out, err)) == BP_OK &&
	    (st = run(&j, format, err)) == BP_OK)
		st = bp_out_commit(&j.out, err);
	bp_out_abort(&j.out);
	bp_reader_release(&j.reader);
	bp_buf_release(&j.part.data);
	for (i = 0; i < j.n_workers; i++) {
		bp_nbest_release(&j.worker[i].best);
		bp_buf_release(&j.worker[i].scratch);
	}
	free(j.worker);
	return st;
}
