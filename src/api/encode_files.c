/*
 * Encoding of files: chunks are encoded on several threads and written in order, or counted.  Chunks of a
 * segment that is longer than a chunk are too, if it has borders (cut_point.h) for them to begin and
 * end at; otherwise they are encoded one after another while they are written.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "bytepiece_files.h"
#include "encode/cut_point.h"
#include "encode/encoder.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "api/format.h"
#include "api/json_files.h"
#include "api/late_model.h"
#include "api/special_names.h"
#include "api/long_segment.h"
#include "model/model_file.h"
#include "io/progress.h"

/* Large enough that handing chunks to threads costs nothing; what they become takes up to ten times as
 * much memory. */
enum { CHUNK = 128 * 1024 };

struct piece_of_work {
	struct chunk in;
	struct special_hits hits;	/* special tokens in it */
	uint64_t file, line;	/* index of the file, and of the chunk's first line in it */
	struct long_segment stretch;	/* what it begins with, if that is part of a longer segment */
	struct format out;	/* the rest */
};

/* What the lines written so far end with. */
struct line_state {
	bool has_tokens;	/* of a text that is not at its end */
	bool owes_newline;	/* the last text of a file had no end mark */
};

struct encode_job {
	const bp_model *model;
	const struct late_model *late;	/* or NULL; the same, to be made ready with the first chunk */
	const bp_input *in;
	bp_format format;
	struct reader reader;
	struct cut_point_finder finder;
	struct special_matcher names;	/* of special tokens, if they are recognised */
	struct special_hits hits;	/* in what the next chunk is made of */
	struct outfile out;
	struct encoder *encoder;	/* one per worker, and the last for segments in parts */
	const struct sampling *sampling;	/* NULL: the best segmentation */
	struct sampler *sampler;	/* one for each encoder, if at random */
	uint64_t seed, next_file, next_line;	/* of the next chunk */
	struct eval_counts *tally;	/* one for each of these; NULL: tokens are written */
	unsigned n_workers;
	struct line_state line;
	double sum;		/* exact score so far of a segment that goes on after a border */
	struct text_sum text;	/* if counted, the text that is not at its end */
	struct format more;	/* a stretch with its gaps filled, or the end of a text without a mark */
	struct format *parts;	/* of the chunk that is encoded while it is written */
	bp_status wrote;	/* how writing that ended, before the chunk did; with the error: */
	bp_error *err;
	struct progress progress;
};

/* Random segmentation goes on from a chunk's first line. */
static void start_sampler(const struct encoder *e, const struct piece_of_work *w)
{
	if (e->sampler != NULL) {
		e->sampler->file = w->file;
		e->sampler->line = w->line;
	}
}

/* Special tokens are places to cut at. */
static bool find_specials(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure)
{
	struct encode_job *j = ctx;
	int stop = j->in->records == BP_WHOLE ? BP_NO_STOP : bp_record_end(j->in->records);
	const struct special_hit *last;

	if (!bp_special_matcher_find(&j->names, s, stop, ends, &j->hits, sure))
		return false;
	last = j->hits.hit + j->hits.n;
	*cut = j->hits.n > 0 ? last[-1].at + last[-1].n : 0;
	return true;
}

/* One behind what was encoded last; each draws as if it ended a line. */
static bool put_special(struct encoder *e, const struct piece_of_work *w,
			const struct special_hit *hit, struct format *f)
{
	struct slice name = { w->in.data.data + hit->at, hit->n };
	uint32_t token = BP_TOKEN(hit->id);

	if (e->sampler != NULL)
		e->sampler->line += 1 + bp_count_byte(name, '\n');
	return bp_format_part(f, &token, 1, false);
}

/* What stands before special token i, and behind the one before it. */
static struct slice run_before(const struct piece_of_work *w, size_t i)
{
	const struct special_hit *hit = w->hits.hit;
	size_t from = i > 0 ? hit[i - 1].at + hit[i - 1].n : 0;
	size_t to = i < w->hits.n ? hit[i].at : w->in.data.len;

	return (struct slice){ w->in.data.data + from, to - from };
}

static bool put_text(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct format *f = ctx;

	if (f->bos || f->eos)
		return bp_format_part(f, piece, n, ended);
	return bp_format_tokens(f, piece, n) && (!ended || bp_format_newline(f));
}

/* Does it begin with part of a segment that a worker may encode apart from the others? */
static bool has_stretch(const struct chunk *c)
{
	return (c->continues || c->open) && !bp_in_parts(c);
}

/* How much of 's', which begins inside a segment, belongs to it. */
static size_t segment_left(bp_records records, struct slice s)
{
	struct slice rest = s, text;
	const unsigned char *p;
	bool ended;
	size_t n;

	text = bp_next_text(records, &rest, &ended);
	p = text.n > 0 ? memchr(text.p, '\n', text.n) : NULL;
	for (n = p != NULL ? (size_t)(p - text.p) : text.n; n < text.n && text.p[n] == '\n'; )
		n++;
	return n;
}

/* Encode what '*s' begins with, and take it off. */
static bool encode_stretch(const struct encode_job *j, unsigned worker, struct piece_of_work *w,
			   struct slice *s)
{
	struct slice part = { s->p, segment_left(j->in->records, *s) };

	w->stretch.out.tally = w->out.tally;
	if (part.n > 0)
		s->p += part.n;
	s->n -= part.n;
	return bp_long_segment_encode(&w->stretch, &j->encoder[worker], part, w->in.before);
}

/* Encode a chunk that needs no other one. */
static bool encode_chunk(const struct encode_job *j, unsigned worker, struct piece_of_work *w)
{
	int mark = j->in->records == BP_WHOLE ? BP_NO_MARK : bp_record_end(j->in->records);
	struct encoder *e = &j->encoder[worker];
	struct slice s;
	size_t i;

	for (i = 0; i <= w->hits.n; i++) {
		if (i > 0 && !put_special(e, w, &w->hits.hit[i - 1], &w->out))
			return false;
		s = run_before(w, i);
		if ((i == 0 && has_stretch(&w->in) && !encode_stretch(j, worker, w, &s)) ||
		    !bp_encoder_texts(e, s, mark, put_text, &w->out))
			return false;
	}
	return true;
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct encode_job *j = ctx;
	struct piece_of_work *w = chunk;

	bp_format_reset(&w->out, false);
	w->out.in_text = w->in.inside || has_stretch(&w->in);
	w->out.tally = j->tally != NULL ? &j->tally[worker] : NULL;
	if (bp_in_parts(&w->in))
		return BP_OK;
	start_sampler(&j->encoder[worker], w);
	return encode_chunk(j, worker, w) ? BP_OK : bp_fail_memory(err);
}

/*
 * Part of what a segment has come to whose paths had not met for long.  That can be all of a file,
 * so it is written at once.
 */
static bool put_part(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct encode_job *j = ctx;
	struct buf *out = &j->parts->text;

	if (!bp_format_part(j->parts, piece, n, ended))
		return false;
	if (j->tally != NULL || out->len < CHUNK)
		return true;
	j->wrote = bp_out_write(&j->out, out->data, out->len, j->err);
	out->len = 0;
	return j->wrote == BP_OK;
}

/* At the end of a text or of a run, which ends a segment or not. */
static bool end_part(struct encode_job *j, const struct chunk *c, bool ended)
{
	struct encoder *e = &j->encoder[j->n_workers];

	if (ended || !c->open)
		return bp_encoder_end(e);
	return !c->to_border || bp_encoder_pause(e, &j->sum);
}

/* Encode what ends at a special token or at the chunk's end. */
static bool encode_run(struct encode_job *j, struct piece_of_work *w, struct slice s)
{
	struct encoder *e = &j->encoder[j->n_workers];
	struct slice text;
	bool ended;

	do {
		text = bp_next_text(j->in->records, &s, &ended);
		e->batch.n_path = 0;
		if (!bp_encoder_feed(e, text) || !end_part(j, &w->in, ended) ||
		    ((text.n > 0 || ended || e->batch.n_path > 0) &&
		     !bp_format_part(&w->out, e->batch.path, e->batch.n_path, ended)))
			return false;
		if (ended && e->sampler != NULL)
			e->sampler->line++;
	} while (ended);
	return true;
}

/*
 * A chunk that begins or ends inside a segment, and not at a border.  Only its first text can begin
 * in an earlier chunk, and only its last one go on in a later one; one that ends inside a segment
 * has no special tokens, for it could have ended behind them.
 */
static bp_status encode_parts(struct encode_job *j, struct piece_of_work *w, bp_error *err)
{
	struct encoder *e = &j->encoder[j->n_workers];
	size_t i;

	j->parts = &w->out;
	j->err = err;
	bp_format_reset(&w->out, j->line.has_tokens);
	w->out.in_text = w->in.inside;
	w->out.tally = j->tally != NULL ? &j->tally[j->n_workers] : NULL;
	if (!w->in.continues)
		start_sampler(e, w);
	if (w->in.from_border)
		bp_encoder_resume(e, j->sum);
	for (i = 0; i <= w->hits.n; i++)
		if ((i > 0 && !put_special(e, w, &w->hits.hit[i - 1], &w->out)) ||
		    !encode_run(j, w, run_before(w, i)))
			return j->wrote != BP_OK ? j->wrote : bp_fail_memory(err);
	return BP_OK;
}

/* What stands between tokens or texts; raw ids have nothing there. */
static bp_status write_between(struct encode_job *j, const char *s, bp_error *err)
{
	if (j->tally != NULL)
		return BP_OK;
	return bp_format_width(j->format) > 0 ? BP_OK : bp_out_write(&j->out, s, strlen(s), err);
}

/* What a chunk begins with of a segment that is longer. */
static bp_status write_stretch(struct encode_job *j, struct piece_of_work *w, bp_error *err)
{
	struct format *f = &j->more;

	bp_format_reset(f, j->line.has_tokens);
	f->in_text = w->in.inside;
	f->tally = j->tally != NULL ? &j->tally[j->n_workers] : NULL;
	if (!w->in.continues)
		j->sum = 0;
	if (!bp_format_begin(f) ||
	    !bp_long_segment_fill(&w->stretch, &j->encoder[j->n_workers], &j->sum, f))
		return bp_fail_memory(err);
	j->line.has_tokens = f->has_tokens;
	if (j->tally != NULL) {
		bp_eval_add_chunk(f->tally, &w->stretch.out.sums, &j->text);
		bp_eval_add_chunk(f->tally, &f->sums, &j->text);
	}
	return j->tally == NULL ? bp_out_write(&j->out, f->text.data, f->text.len, err) : BP_OK;
}

/* What marks the end of a text that a file ends in. */
static bp_status write_end(struct encode_job *j, const struct chunk *c, bp_error *err)
{
	struct format *f = &j->more;

	bp_format_reset(f, j->line.has_tokens);
	f->in_text = c->inside || c->data.len > 0;
	if (!bp_format_begin(f) || !bp_format_end(f))
		return bp_fail_memory(err);
	return bp_out_write(&j->out, f->text.data, f->text.len, err);
}

static bool ends_inside_text(const struct encode_job *j, const struct chunk *c)
{
	if (j->in->records == BP_WHOLE)
		return true;
	return c->data.len == 0 ? c->inside
				: c->data.data[c->data.len - 1] != bp_record_end(j->in->records);
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct encode_job *j = ctx;
	struct piece_of_work *w = chunk;
	struct buf *out = &w->out.text;
	bp_status st = BP_OK;

	if (j->line.owes_newline && (w->in.data.len > 0 || j->in->records == BP_WHOLE)) {
		j->line.owes_newline = false;
		if ((st = write_between(j, "\n", err)) != BP_OK)
			return st;
	}
	if (bp_in_parts(&w->in)) {
		if ((st = encode_parts(j, w, err)) != BP_OK)
			return st;
	} else {
		if (has_stretch(&w->in) && (st = write_stretch(j, w, err)) != BP_OK)
			return st;
		if (j->line.has_tokens && out->len > 0 && out->data[0] != '\n')
			st = write_between(j, " ", err);
	}
	if (j->tally != NULL)
		bp_eval_add_chunk(&j->tally[j->n_workers], &w->out.sums, &j->text);
	else if (st == BP_OK)
		st = bp_out_write(&j->out, out->data, out->len, err);
	j->line.has_tokens = w->out.has_tokens || (j->line.has_tokens && out->len == 0);
	if (st == BP_OK && w->in.ends_file && ends_inside_text(j, &w->in)) {
		if (j->more.bos || j->more.eos)
			st = write_end(j, &w->in, err);
		j->line.has_tokens = false;
		if (j->tally != NULL)
			bp_eval_counts_end(&j->tally[j->n_workers], &j->text);
		if (j->in->records != BP_WHOLE)
			j->line.owes_newline = true;
		else if (st == BP_OK)
			st = write_between(j, "\n", err);
	}
	return st;
}

/* Note the chunk's place: a line ends in a newline, in what ends a text, or in a special token. */
static void number_lines(struct encode_job *j, struct piece_of_work *w)
{
	struct slice s = { w->in.data.data, w->in.data.len };

	if (j->next_file != j->reader.at) {
		j->next_file = j->reader.at;
		j->next_line = 0;
	}
	w->file = j->next_file - 1;
	w->line = j->next_line;
	j->next_line += bp_count_byte(s, '\n') + w->hits.n;
	if (j->in->records == BP_NULS)
		j->next_line += bp_count_byte(s, '\0');
}

/* Without the kernel all that a worker found would be left open. */
static bool find_border(void *finder, struct slice s, size_t *at)
{
	const bp_model *m = ((const struct cut_point_finder *)finder)->model;
	const struct score_rows *rows = &m->rows;

	if (m->late != NULL)
		rows = bp_late_rows(m->late, &m->unigram, s.n);
	*at = 0;
	return rows == NULL || rows->n == 0 || bp_cut_point_find(finder, s, at);
}

static bool init_encoders(struct encode_job *j)
{
	unsigned i;

	if (!bp_cut_point_init(&j->finder, j->model))
		return false;
	/* Samplers take whole segments. */
	if (j->sampling == NULL) {
		j->reader.border = find_border;
		j->reader.border_ctx = &j->finder;
	}
	if ((j->encoder = calloc(j->n_workers + 1, sizeof(*j->encoder))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++)
		if (!bp_encoder_init(&j->encoder[i], j->model))
			return false;
	j->encoder[j->n_workers].part = put_part;
	j->encoder[j->n_workers].part_ctx = j;
	if (j->sampling == NULL)
		return true;
	if ((j->sampler = calloc(j->n_workers + 1, sizeof(*j->sampler))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++) {
		if (!bp_sampler_init(&j->sampler[i], j->sampling))
			return false;
		j->sampler[i].seed = j->seed;
		j->encoder[i].sampler = &j->sampler[i];
	}
	return true;
}

/* Now that it is known what there is to encode. */
static bp_status make_ready(struct encode_job *j, const struct chunk *first, bool more,
			    bp_error *err)
{
	bp_status st = bp_late_model_ready(j->late, &j->reader, first, more, j->in->specials, err);

	j->late = NULL;
	return st == BP_OK && !init_encoders(j) ? bp_fail_memory(err) : st;
}

static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct encode_job *j = ctx;
	struct piece_of_work *w = chunk;
	struct special_hits spare = w->hits;
	bp_status st;

	bp_progress_step(&j->progress, j->reader.bytes);
	st = bp_reader_fill(&j->reader, &w->in, more, err);
	if (st == BP_OK && j->late != NULL)
		st = make_ready(j, &w->in, *more, err);
	w->hits = j->hits;
	j->hits = spare;
	j->hits.n = 0;
	if (st == BP_OK && *more && j->sampling != NULL)
		number_lines(j, w);
	return st;
}

static bp_status run(struct encode_job *j, bp_error *err)
{
	struct parallel p = { .fill = fill, .work = work, .drain = drain, .ctx = j,
			      .n_workers = j->n_workers };
	unsigned i, n = bp_parallel_chunks(j->n_workers);
	struct piece_of_work *w = calloc(n, sizeof(*w));
	void **chunks = bp_array(n, sizeof(*chunks));
	bp_status st;

	j->out.prompt = j->reader.prompt;
	j->more = (struct format){ .model = j->model, .format = j->format };
	if (j->tally == NULL) {
		j->more.bos = j->in->bos;
		j->more.eos = j->in->eos;
	}
	if (w == NULL || chunks == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++) {
			w[i].out = w[i].stretch.out = j->more;
			chunks[i] = &w[i];
		}
		st = bp_parallel(&p, chunks, err);
		for (i = 0; i < n; i++) {
			bp_buf_release(&w[i].in.data);
			free(w[i].hits.hit);
			bp_buf_release(&w[i].out.text);
			bp_long_segment_release(&w[i].stretch);
		}
	}
	free(chunks);
	free(w);
	return st;
}

static bp_status init_specials(struct encode_job *j, bp_error *err)
{
	if (!j->in->specials)
		return BP_OK;
	j->reader.cuts = find_specials;
	j->reader.cuts_ctx = j;
	return bp_special_names(&j->names, j->model, err);
}

static void release(struct encode_job *j)
{
	unsigned i;

	bp_out_abort(&j->out);
	bp_reader_release(&j->reader);
	bp_cut_point_release(&j->finder);
	bp_buf_release(&j->more.text);
	bp_special_matcher_release(&j->names);
	free(j->hits.hit);
	for (i = 0; i <= j->n_workers; i++) {
		if (j->encoder != NULL)
			bp_encoder_release(&j->encoder[i]);
		if (j->sampler != NULL)
			bp_sampler_release(&j->sampler[i]);
		if (j->tally != NULL)
			bp_eval_counts_release(&j->tally[i]);
	}
	free(j->encoder);
	free(j->sampler);
	free(j->tally);		/* lint: double-free: each is by itself */
}

static bp_status encode_files(const bp_model *m, const struct late_model *late, const bp_input *in,
			      const char *out, bp_format format, const struct sampling *sampling,
			      uint64_t seed, bp_error *err)
{
	struct encode_job j = {
		.model = m, .late = late, .in = in, .format = format, .n_workers = bp_threads(in),
		.sampling = sampling, .seed = seed,
		.reader = { .path = in->path, .n_paths = in->n_paths, .records = in->records,
			    .size = CHUNK, .prompt = in->flush }
	};
	bp_status st;

	if (format == BP_FORMAT_U16 && bp_vocab_size(m) > UINT16_MAX + 1)
		return bp_fail(err, BP_ERANGE, "the model has %" PRIu32 " ids, too many for two bytes; "
			       "use four", bp_vocab_size(m));
	bp_progress_start(&j.progress, in, "encode", "bytes", bp_input_size(in));
	if (late == NULL && !init_encoders(&j))
		st = bp_fail_memory(err);
	else if ((st = init_specials(&j, err)) == BP_OK &&
		 (st = bp_out_open(&j.out, out, err)) == BP_OK && (st = run(&j, err)) == BP_OK)
		st = bp_out_commit(&j.out, err);
	release(&j);
	return st;
}

bp_status bp_encode_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, bp_error *err)
{
	if (format == BP_FORMAT_JSON)
		return bp_encode_json(m, NULL, in, out, err);
	return encode_files(m, NULL, in, out, format, NULL, 0, err);
}

bp_status bp_encode_files_with(const char *model, const bp_input *in, const char *out,
			       bp_format format, bp_error *err)
{
	struct late_model late = { calloc(1, sizeof(*late.model)), bp_input_name(model) };
	bp_model *m = late.model;
	bp_status st;

	if (m == NULL)
		return bp_fail_memory(err);
	st = bp_model_read(&m->model, model, err);
	if (st == BP_OK && (in->flush || bp_input_size(in) > BP_SUBSET_TEXT_MAX)) {
		st = bp_model_prepare(m, late.name, err);
		if (st == BP_OK)
			st = bp_encode_files(m, in, out, format, err);
	} else if (st == BP_OK) {
		st = format == BP_FORMAT_JSON
			? bp_encode_json(m, &late, in, out, err)
			: encode_files(m, &late, in, out, format, NULL, 0, err);
	}
	bp_free(m);
	return st;
}

bp_status bp_sample_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, const bp_sampling *how, bp_error *err)
{
	struct sampling s;
	bp_status st;

	if (format == BP_FORMAT_JSON)
		return bp_fail(err, BP_ERANGE, "random segmentation is not written as JSON");
	if (!bp_is_alpha(how->alpha))
		return bp_fail(err, BP_ERANGE, "alpha is not a finite number from 0 on");
	if (!bp_sampling_init(&s, &m->unigram, how->sampler, how->alpha))
		return bp_fail_memory(err);
	st = encode_files(m, NULL, in, out, format, &s, how->seed, err);
	bp_sampling_release(&s);
	return st;
}

static bool init_tallies(struct encode_job *j, bool spread)
{
	unsigned i;

	if ((j->tally = calloc(j->n_workers + 1, sizeof(*j->tally))) == NULL)
		return false;
	for (i = 0; i <= j->n_workers; i++)
		if (!bp_eval_counts_init(&j->tally[i], &j->model->model, spread))
			return false;
	return true;
}

bp_status bp_eval_files_spread(const bp_model *m, const bp_input *in, bp_eval_report *report,
			       bp_eval_spread *spread, bp_error *err)
{
	struct encode_job j = {
		.model = m, .in = in, .n_workers = bp_threads(in),
		.reader = { .path = in->path, .n_paths = in->n_paths, .records = in->records }
	};
	bp_status st;

	bp_progress_start(&j.progress, in, "encode", "bytes", bp_input_size(in));
	if (!init_encoders(&j) || !init_tallies(&j, spread != NULL))
		st = bp_fail_memory(err);
	else if ((st = run(&j, err)) == BP_OK)
		bp_eval_counts_report(j.tally, j.n_workers + 1, report, spread);
	release(&j);
	return st;
}

bp_status bp_eval_files(const bp_model *m, const bp_input *in, bp_eval_report *report,
			bp_error *err)
{
	return bp_eval_files_spread(m, in, report, NULL, err);
}
