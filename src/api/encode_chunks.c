/*
 * The job of encode_job.h: reading of chunks, set-up, and the run on several threads.
 */
#include "api/encode_job.h"

#include <stdlib.h>

#include "api/outputs.h"
#include "api/special_names.h"
#include "base/host.h"
#include "base/parallel.h"

/* Large enough that the cost of handing chunks to threads does not count.  Not larger, because the
 * results of all chunks under way are held in memory, up to ten times as large as the chunks. */
enum { CHUNK = 128 * 1024 };

/*
 * Special tokens in bytes that the reader is about to divide: a chunk may end behind each of them.
 */
static bool find_specials(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure)
{
	struct encode_job *j = ctx;

	if (!bp_special_matcher_find(&j->names, s, bp_record_mark(j->call.in->records), ends,
				     &j->hits, sure))
		return false;
	*cut = bp_special_hits_end(&j->hits);
	return true;
}

/*
 * The last cut point in bytes of a segment longer than a chunk.  Without the kernel there is none:
 * a worker would find nothing but gaps, since only double precision decides then, from the score
 * so far.
 */
static bool find_cut_point(void *finder, struct slice s, size_t *at)
{
	const bp_model *m = ((const struct cut_point_finder *)finder)->model;

	*at = 0;
	return bp_model_rows(m, s.n) == NULL || bp_cut_point_find(finder, s, at);
}

/*
 * Number the lines of a chunk: a line ends with a newline, with the end mark of a text, or with a
 * special token.
 */
static void number_lines(struct encode_job *j, struct encode_chunk *c)
{
	struct slice s = bp_buf_slice(&c->in.data);
	bp_records records = j->call.in->records;

	if (j->file != c->in.file)
		j->line = 0;
	j->file = c->in.file;
	c->line = j->line;
	j->line += bp_count_byte(s, '\n') + c->hits.n;
	if (bp_record_has_own_mark(records))
		j->line += bp_count_byte(s, bp_record_end(records));
}

/* One sampler for each encoder.  The random numbers depend on file and line alone, not on
 * the sampler. */
static bool init_samplers(struct encode_job *j)
{
	unsigned i;

	if ((j->sampler = calloc(j->n_workers + 1, sizeof(*j->sampler))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++) {
		if (!bp_sampler_init(&j->sampler[i], j->sampling))
			return false;
		j->sampler[i].seed = j->call.options->seed;
		j->encoder[i].sampler = &j->sampler[i];
	}
	return true;
}

/*
 * Init one encoder for each worker and one for the writer, and let the reader look for cut points.
 */
static bool init_encoders(struct encode_job *j)
{
	unsigned i;

	if (!bp_cut_point_init(&j->finder, j->call.model))
		return false;
	/* Samplers need whole segments: a draw goes back from the end of a segment to its start. */
	if (j->sampling == NULL) {
		j->reader.cut_point = find_cut_point;
		j->reader.cut_point_ctx = &j->finder;
	}
	if ((j->encoder = calloc(j->n_workers + 1, sizeof(*j->encoder))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++)
		if (!bp_encoder_init(&j->encoder[i], j->call.model))
			return false;
	return j->sampling == NULL || init_samplers(j);
}

/* Prepare a model for the first chunk, and then the encoders, because they need the model. */
static bp_status prepare_model(struct encode_job *j, const struct chunk *first, bool more,
			       bp_error *err)
{
	bp_status st = bp_encode_prepare_model(&j->call, &j->reader, first, more, err);

	j->call.unprepared = NULL;
	return st == BP_OK && !init_encoders(j) ? bp_fail_memory(err) : st;
}

/* Remember the byte before a chunk, since a word may continue from there, and its index. */
static void note_position(struct encode_job *j, struct encode_chunk *c)
{
	c->before = bp_edge_in_segment(c->in.start) ? j->last_byte : ' ';
	c->block = j->block;
	if (c->in.data.len == 0)
		return;
	j->last_byte = c->in.data.data[c->in.data.len - 1];
	j->block++;
}

/* Read a chunk; see find_specials() for its special tokens. */
static bp_status fill_chunk(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct encode_job *j = ctx;
	struct encode_chunk *c = chunk;
	bp_status st;

	bp_progress_step(&j->progress, j->reader.bytes);
	st = bp_reader_fill(&j->reader, &c->in, more, err);
	if (st == BP_OK && j->call.unprepared != NULL)
		st = prepare_model(j, &c->in, *more, err);
	bp_special_hits_move(&c->hits, &j->hits);	/* those of find_specials() */
	if (st == BP_OK && *more)
		note_position(j, c);
	if (st == BP_OK && *more && j->sampling != NULL)
		number_lines(j, c);
	return st;
}

static void add_to_report(bp_encode_report *r, const struct format *f)
{
	r->tokens += f->n_tokens;
	r->end_marks += f->n_ends;
	r->texts += f->n_ends;
}

/* There are more chunks than workers, so that no worker waits for the reader or the writer. */
bp_status bp_encode_job_run(struct encode_job *j, bp_error *err)
{
	struct parallel p = { .fill = fill_chunk, .work = bp_encode_work, .drain = bp_encode_write,
			      .ctx = j, .n_workers = j->n_workers };
	unsigned i, n = bp_parallel_chunks(j->n_workers);
	struct encode_chunk *c = calloc(n, sizeof(*c));
	bp_status st;

	j->out.file.prompt = j->reader.prompt;
	if (c == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++)
			c[i].out = c[i].head.out = j->out.scratch;
		st = bp_parallel(&p, c, sizeof(*c), err);
		for (i = 0; i < n; i++) {
			add_to_report(&j->report, &c[i].out);
			add_to_report(&j->report, &c[i].head.out);
			bp_buf_release(&c[i].in.data);
			free(c[i].hits.hit);
			bp_buf_release(&c[i].out.text);
			free(c[i].out.ends.at);
			bp_long_segment_release(&c[i].head);
		}
	}
	free(c);
	add_to_report(&j->report, &j->out.scratch);
	j->report.bytes = j->reader.bytes;
	return st;
}

bp_status bp_encode_job_init(struct encode_job *j, const struct encode_call *call,
			     size_t chunk_size, bp_error *err)
{
	const bp_input *in = call->in;

	j->call = *call;
	j->n_workers = bp_threads(in);
	j->reader = bp_encode_reader(in);
	j->reader.size = chunk_size;
	j->reader.newlines = call->model->model.newlines;
	j->out.scratch = (struct format){ .model = call->model, .row = call->row,
					  .bos = call->options->bos, .eos = call->options->eos,
					  .ends = { .wanted = call->options->index != NULL } };
	bp_progress_start(&j->progress, in, "encode", "bytes", bp_input_size(in));
	if (call->unprepared == NULL && !init_encoders(j))
		return bp_fail_memory(err);
	if (!call->options->specials)
		return BP_OK;
	j->reader.cuts = find_specials;
	j->reader.cuts_ctx = j;
	return bp_special_names(&j->names, call->model, err);
}

void bp_encode_job_release(struct encode_job *j)
{
	unsigned i;

	bp_out_abort(&j->out.file);
	bp_out_abort(&j->out.index);
	bp_reader_release(&j->reader);
	bp_cut_point_release(&j->finder);
	bp_buf_release(&j->out.scratch.text);
	bp_special_matcher_release(&j->names);
	free(j->hits.hit);
	for (i = 0; i <= j->n_workers; i++) {
		if (j->encoder != NULL)
			bp_encoder_release(&j->encoder[i]);
		if (j->sampler != NULL)
			bp_sampler_release(&j->sampler[i]);
	}
	free(j->encoder);
	free(j->sampler);
}

/* Open the index, with the offset of the first text. */
static bp_status open_index(struct encode_job *j, const char *path, const char *out, bp_error *err)
{
	bool to_stdout = bp_is_standard_stream(out);
	bp_status st;

	if (bp_is_standard_stream(path) ? to_stdout :
	    bp_host_same_file(to_stdout ? NULL : out, path) ||
	    (!to_stdout && strcmp(path, out) == 0))
		return bp_fail(err, BP_ERANGE, "--index and the output are one file");
	st = bp_out_open(&j->out.index, path, err);
	return st == BP_OK ? bp_encode_index(j, 0, err) : st;
}

/* Open the outputs, and write a header in place of one that is known at the end. */
static bp_status open_outputs(struct encode_job *j, const struct encode_call *call, bp_error *err)
{
	unsigned char header[BP_NPY_HEADER] = { 0 };
	const char *index = call->options->index;
	bp_status st = bp_out_open(&j->out.file, call->out, err);

	if (st == BP_OK && index != NULL)
		st = open_index(j, index, call->out, err);
	if (st != BP_OK || !call->npy)
		return st;
	if (!bp_out_is_file(&j->out.file))
		return bp_fail(err, BP_ERANGE, "%s: -f npy needs a file as output, whose "
			       "beginning is written last", j->out.file.name);
	return bp_out_write(&j->out.file, header, sizeof(header), err);
}

/* All is written: end the outputs. */
static bp_status commit_outputs(struct encode_job *j, const struct encode_call *call, bp_error *err)
{
	unsigned char header[BP_NPY_HEADER];
	bp_status st = BP_OK;

	if (call->npy) {
		bp_npy_header(header, call->row->width, j->out.bytes / call->row->width);
		st = bp_out_rewrite(&j->out.file, header, sizeof(header), err);
	}
	if (st != BP_OK)
		return st;
	return call->options->index != NULL ?
	       bp_out_commit_with_index(&j->out.file, &j->out.index, err) :
	       bp_out_commit(&j->out.file, err);
}

/* The outputs take their names only if all went well: the commit comes last. */
static bp_status encode_to_file(struct encode_job *j, const struct encode_call *call, bp_error *err)
{
	bp_status st;

	if ((st = bp_encode_job_init(j, call, CHUNK, err)) == BP_OK &&
	    (st = open_outputs(j, call, err)) == BP_OK &&
	    (st = bp_encode_job_run(j, err)) == BP_OK)
		st = commit_outputs(j, call, err);
	if (st == BP_OK && call->options->report != NULL)
		*call->options->report = j->report;
	bp_encode_job_release(j);
	return st;
}

bp_status bp_encode_chunks(const struct encode_call *call, bp_error *err)
{
	const bp_encode_options *o = call->options;
	struct encode_job j = { 0 };
	struct sampling s;
	bp_status st;

	if (!o->sample)
		return encode_to_file(&j, call, err);
	if (!bp_sampling_init(&s, &call->model->vocabulary, o->sampler, o->alpha))
		return bp_fail_memory(err);
	j.sampling = &s;
	st = encode_to_file(&j, call, err);
	bp_sampling_release(&s);
	return st;
}
