/*
 * A chunk that starts and ends between segments is normalised, cut and visited by any worker.  A
 * segment that is longer than a chunk comes in parts, and its cuts depend on the parts before; the
 * caller's thread visits those chunks in order, as one worker more.
 *
 * Both ways give the segments that the whole text would give: a chunk of the first kind has no
 * neighbour that can change its normal form or its cuts, and of the second kind, bytes wait in
 * struct unfinished_text until no further byte can change theirs.
 */
#include "train/corpus.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/endian.h"
#include "base/parallel.h"
#include "io/progress.h"
#include "io/reader.h"
#include "text/nfc.h"

/* The visit of a chunk: the weights of its texts, and its sums. */
struct chunk_visit {
	const char *name;	/* of the file, for messages */
	uint64_t file;		/* weight of all of its texts */
	const uint64_t *text;	/* weight of the next text, beside; NULL: 1 each */
	uint64_t line;		/* with 'text': number of the next text's line */
	uint64_t times;		/* that the current text counts */
	uint64_t bytes, segments;	/* visited, each as often as it counts */
	uint64_t most;		/* that 'bytes' may be */
};

struct corpus_chunk {
	struct chunk in;
	struct special_hits hits;	/* names of special tokens in it */
	struct chunk_visit visit;
};

/* A text that comes in several chunks: its bytes that have not been visited. */
struct unfinished_text {
	struct buf raw;		/* not normalised: the next bytes may change it */
	size_t looked_at;	/* bytes of it known to have no normalisation boundary */
	struct buf normal;	/* normalised: the next bytes may change its segments */
};

/* One call of bp_corpus_read(). */
struct corpus_reading {
	struct corpus *c;
	const struct corpus_visitor *v;
	struct reader reader;
	struct special_hits hits;	/* in the bytes of the next chunk */
	struct checksum raw;	/* of the pass so far, earlier calls included */
	struct buf *normal;	/* per worker: the text of a chunk, normalised */
	struct unfinished_text text;
	bool stopped;		/* for a checkpoint */
	struct progress progress;
};

bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, const char *folder, bp_error *err)
{
	*c = (struct corpus){ .in = in, .rules = *rules, .normalize = normalize,
			      .n_workers = bp_threads(in), .compares = folder != NULL };
	return bp_copies_new(in, folder, &c->copies, &c->size, err);
}

void bp_corpus_release(struct corpus *c)
{
	bp_input_copies_free(c->copies);
	bp_special_matcher_release(&c->names);
	*c = (struct corpus){ 0 };
}

/* The worker for unfinished text has a state of its own, because the caller's thread visits
 * while the other workers do. */
unsigned bp_corpus_workers(const struct corpus *c)
{
	return c->n_workers + 1;
}

/* May the pass stop here?  Only between segments, and not without progress. */
static bool may_stop(const struct corpus_reading *r)
{
	return !bp_reader_in_segment(&r->reader) && r->raw.n > r->c->pass.raw.n &&
	       r->v->checkpoint != NULL;
}

/* Names of special tokens in bytes that the reader divides: a chunk may end behind each of them. */
static bool find_names(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure)
{
	struct corpus_reading *r = ctx;

	if (!bp_special_matcher_find(&r->c->names, s, bp_record_mark(r->c->in->records), ends,
				     &r->hits, sure))
		return false;
	*cut = bp_special_hits_end(&r->hits);
	return true;
}

static void hash_chunk(struct checksum *sum, const struct chunk *c)
{
	unsigned char weight[8];
	size_t i;

	bp_checksum_add(sum, c->data.data, c->data.len);
	for (i = 0; i < c->n_weights; i++) {
		bp_store_be(weight, c->weight[i], sizeof(weight));
		bp_checksum_add(sum, weight, sizeof(weight));
	}
}

/* Fill the next chunk, and hash it: the checksum depends on the order of the chunks. */
static bp_status fill_and_hash(struct corpus_reading *r, struct corpus_chunk *c, bool *more,
			       bp_error *err)
{
	bp_status st;

	bp_progress_step(&r->progress, r->reader.bytes);
	if ((st = bp_reader_fill(&r->reader, &c->in, more, err)) == BP_OK && *more) {
		if (r->c->compares)
			hash_chunk(&r->raw, &c->in);
		else
			r->raw.n += c->in.data.len;
	}
	bp_special_hits_move(&c->hits, &r->hits);	/* those of find_names() */
	return st;
}

/* On the caller's thread. */
static bp_status fill_corpus_chunk(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct corpus_reading *r = ctx;

	if (may_stop(r) && r->v->checkpoint->due(r->v->checkpoint->ctx)) {
		r->stopped = true;
		*more = false;
		return BP_OK;
	}
	return fill_and_hash(r, chunk, more, err);
}

/* Name the text that makes the weights too large. */
static bp_status fail_weights(const struct chunk_visit *v, const char *reason, bp_error *err)
{
	char line[32] = "";

	if (v->text != NULL)
		snprintf(line, sizeof(line), "line %" PRIu64 ": ", v->line);
	return bp_fail(err, BP_EFORMAT, "%s: %s%s is 2^63 or more", v->name, line, reason);
}

static bp_status visit_segment(struct corpus_reading *r, unsigned worker, struct slice segment,
			       struct chunk_visit *v, bp_error *err)
{
	if (v->times > (v->most - v->bytes) / segment.n)
		return fail_weights(v, "the sum of all bytes up to here, times their weights,",
				    err);
	v->bytes += segment.n * v->times;
	v->segments += v->times;
	return r->v->visit(r->v->ctx, worker, segment, v->times, err);
}

/* Visit all segments of a normalised text, or of some whole segments of one. */
static bp_status visit_text(struct corpus_reading *r, unsigned worker, struct slice text,
			    struct chunk_visit *v, bp_error *err)
{
	bp_status st = BP_OK;
	size_t at = 0;

	while (at < text.n && st == BP_OK)
		st = visit_segment(r, worker, bp_cut(&r->c->rules, text, &at), v, err);
	return st;
}

static void begin_visit(const struct corpus *c, struct corpus_chunk *chunk, uint64_t most)
{
	const struct chunk *in = &chunk->in;

	chunk->visit = (struct chunk_visit){
		.name = bp_input_name(c->in->path[in->file]),
		.file = c->weight != NULL ? c->weight[in->file] : 1,
		.text = c->weighted ? in->weight : NULL, .line = in->line, .most = most
	};
}

/* Set how often the next text counts. */
static bp_status set_times(struct chunk_visit *v, bp_error *err)
{
	uint64_t text = v->text != NULL ? *v->text : 1;

	v->times = text * v->file;
	return text <= INT64_MAX / v->file ? BP_OK :
	       fail_weights(v, "its weight times that of the file", err);
}

/* Go to the weight of the next text, if this one 'ended'. */
static void go_to_next_weight(struct chunk_visit *v, bool ended)
{
	if (v->text != NULL)
		v->text += ended;
	v->line += ended;
}

/* Visit the whole texts, or whole segments of texts, in a part of a chunk.  End marks do not
 * compose with other characters, so all of it is normalised at once. */
static bp_status visit_texts(struct corpus_reading *r, unsigned worker, struct slice s,
			     struct chunk_visit *v, bp_error *err)
{
	struct slice text;
	bp_status st;
	bool ended;

	if (r->c->normalize && !bp_nfc(s, &r->normal[worker], &s))
		return bp_fail_memory(err);
	while (s.n > 0) {
		text = bp_next_text(r->c->in->records, &s, &ended);
		if ((st = set_times(v, err)) != BP_OK ||
		    (st = visit_text(r, worker, text, v, err)) != BP_OK)
			return st;
		go_to_next_weight(v, ended);
	}
	return BP_OK;
}

/*
 * Visit the segments of text.normal that no further text can change: bp_cut() looks at no more than
 * BP_CUT_TRAINING_BYTES.  At the end of the text, visit all.
 */
static bp_status visit_complete(struct corpus_reading *r, bool at_end, struct chunk_visit *v,
				bp_error *err)
{
	struct buf *b = &r->text.normal;
	struct slice s = bp_buf_slice(b);
	bp_status st = BP_OK;
	size_t at = 0;

	while (at < s.n && (at_end || s.n - at > BP_CUT_TRAINING_BYTES) && st == BP_OK)
		st = visit_segment(r, r->c->n_workers, bp_cut(&r->c->rules, s, &at), v, err);
	bp_buf_drop(b, at);
	return st;
}

/* Add a part to the unfinished text, and normalise up to its last normalisation boundary. */
static bp_status add_part(struct corpus_reading *r, struct slice s, bool at_end,
			  struct chunk_visit *v, bp_error *err)
{
	struct unfinished_text *t = &r->text;
	struct slice normal;
	size_t boundary;

	if (!bp_buf_append(&t->raw, s.p, s.n))
		return bp_fail_memory(err);
	s = bp_buf_slice(&t->raw);
	boundary = at_end ? s.n : bp_nfc_boundary(s, t->looked_at, r->c->normalize);
	normal = (struct slice){ s.p, boundary };
	if (boundary > 0) {
		if (r->c->normalize && !bp_nfc(normal, &r->normal[r->c->n_workers], &normal))
			return bp_fail_memory(err);
		if (!bp_buf_append(&t->normal, normal.p, normal.n))
			return bp_fail_memory(err);
		bp_buf_drop(&t->raw, boundary);
	}
	/* The last bytes may be an incomplete character, so they are searched again. */
	t->looked_at = t->raw.len > 4 ? t->raw.len - 4 : 0;
	return visit_complete(r, at_end, v, err);
}

/* Visit a part of a sequential chunk; 'ends' is true if its last text ends with it. */
static bp_status visit_part(struct corpus_reading *r, struct slice s, bool ends,
			    struct chunk_visit *v, bp_error *err)
{
	struct slice text;
	bool ended = true;
	bp_status st;

	while (ended) {
		text = bp_next_text(r->c->in->records, &s, &ended);
		if ((st = set_times(v, err)) != BP_OK ||
		    (st = add_part(r, text, ended || ends, v, err)) != BP_OK)
			return st;
		go_to_next_weight(v, ended);
	}
	return BP_OK;
}

/*
 * Visit a chunk.  A text of a sequential chunk ends at its end mark, before the name of a special
 * token, or, if the chunk does not end inside a text, at the end of the chunk.
 */
static bp_status visit_chunk(struct corpus_reading *r, unsigned worker, struct corpus_chunk *c,
			     uint64_t most, bp_error *err)
{
	bool sequential = bp_chunk_is_sequential(&c->in), ends;
	struct slice s = bp_buf_slice(&c->in.data), gap;
	bp_status st = BP_OK;
	size_t i;

	begin_visit(r->c, c, most);
	for (i = 0; i <= c->hits.n && st == BP_OK; i++) {
		gap = bp_special_hits_gap(&c->hits, s, i);
		ends = i < c->hits.n || !bp_edge_in_segment(c->in.end);
		st = sequential ? visit_part(r, gap, ends, &c->visit, err)
				: visit_texts(r, worker, gap, &c->visit, err);
	}
	return st == BP_OK && r->v->end_chunk != NULL ? r->v->end_chunk(r->v->ctx, worker, err)
						      : st;
}

/* On any thread.  Chunks with unfinished segments are left to drain_corpus_chunk(). */
static bp_status visit_corpus_chunk(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct corpus_chunk *c = chunk;

	return bp_chunk_is_sequential(&c->in) ? BP_OK : visit_chunk(ctx, worker, c, INT64_MAX, err);
}

/* On the caller's thread, in the order of the chunks: add the sums of the chunk to the pass. */
static bp_status drain_corpus_chunk(void *ctx, void *chunk, bp_error *err)
{
	struct corpus_reading *r = ctx;
	struct corpus_chunk *c = chunk;
	struct corpus_pass *now = &r->c->pass;
	uint64_t most = INT64_MAX - now->bytes;
	bp_status st = BP_OK;

	/* Another chunk has been visited; it is again, to find the text that is too much. */
	if (bp_chunk_is_sequential(&c->in) || c->visit.bytes > most)
		st = visit_chunk(r, r->c->n_workers, c, most, err);
	now->bytes += c->visit.bytes;
	now->segments += c->visit.segments;
	return st;
}

static bp_status run_pass(struct corpus_reading *r, bp_error *err)
{
	struct parallel job = { .fill = fill_corpus_chunk, .work = visit_corpus_chunk,
				.drain = drain_corpus_chunk, .ctx = r,
				.n_workers = r->c->n_workers };
	unsigned i, n = bp_parallel_chunks(job.n_workers);
	struct corpus_chunk *chunk = calloc(n, sizeof(*chunk));
	bp_status st;

	if (chunk == NULL) {
		st = bp_fail_memory(err);
	} else {
		st = bp_parallel(&job, chunk, sizeof(*chunk), err);
		for (i = 0; i < n; i++) {
			bp_chunk_release(&chunk[i].in);
			free(chunk[i].hits.hit);
		}
	}
	free(chunk);
	return st;
}

static bool is_same_text(const struct checksum *a, const struct checksum *b)
{
	return a->n == b->n && bp_checksum(a) == bp_checksum(b);
}

/*
 * Move the reader to the position of the pass.  Chunks have the bounds that they had when the bytes
 * were visited, so that the next chunk is the one that was next then.
 */
static bp_status read_again(struct corpus_reading *r, bp_error *err)
{
	const struct corpus_pass *then = &r->c->pass;
	struct corpus_chunk chunk = { .in = { .file = 0 } };
	bp_status st = BP_OK;
	bool more = then->ended || then->raw.n > 0;

	while (st == BP_OK && more && (then->ended || r->raw.n < then->raw.n))
		if ((st = fill_and_hash(r, &chunk, &more, err)) == BP_OK)
			st = bp_interrupted(err);
	bp_chunk_release(&chunk.in);
	free(chunk.hits.hit);
	if (st == BP_OK && !is_same_text(&r->raw, &then->raw))
		return bp_fail(err, BP_EIO, "%s%sthe input has changed since this training began; "
			       "--restart begins anew", r->c->resumed != NULL ? r->c->resumed : "",
			       r->c->resumed != NULL ? ": " : "");
	return st;
}

/* From the position of the pass to the end of the input. */
static bp_status read_rest(struct corpus_reading *r, bp_error *err)
{
	const struct checkpoint *save = r->v->checkpoint;
	struct corpus *c = r->c;
	bp_status st = BP_OK;

	while (st == BP_OK && !c->pass.ended) {
		r->stopped = false;
		if ((st = run_pass(r, err)) != BP_OK)
			return st;
		c->pass.raw = r->raw;
		c->pass.ended = !r->stopped;
		if (r->stopped)
			st = save->save(save->ctx, err);
	}
	/* Only a complete pass has a checksum to compare. */
	if (st == BP_OK && c->whole.ended && !is_same_text(&c->whole.raw, &c->pass.raw))
		return bp_fail(err, BP_EIO, "the input has changed during the training");
	c->whole = c->pass;
	return st;
}

bp_status bp_corpus_read(struct corpus *c, const struct corpus_visitor *v, bp_error *err)
{
	struct corpus_reading r = {
		.c = c, .v = v,
		.reader = { .path = c->in->path, .copies = c->copies, .n_paths = c->in->n_paths,
			    .records = c->in->records, .json = c->in->json,
			    .weighted = c->weighted,
			    /* Where segments may be whole texts, the end of a chunk is one more
			     * limit to their length. */
			    .newlines = c->rules.newlines == BP_NEWLINES_TEXT
				      ? BP_NEWLINES_END : c->rules.newlines,
			    .cuts = c->names.longest > 0 ? find_names : NULL, .cuts_ctx = &r,
			    /* Once, not in each pass. */
			    .note = c->whole.ended ? NULL : c->in->note,
			    .note_ctx = c->in->note_ctx },
		.normal = calloc(bp_corpus_workers(c), sizeof(*r.normal))
	};
	bp_status st;
	unsigned i;

	if (r.normal == NULL)
		return bp_fail_memory(err);
	bp_progress_start(&r.progress, c->in, v->phase, "bytes",
			  c->whole.ended ? c->whole.raw.n : c->size);
	if ((st = read_again(&r, err)) == BP_OK)
		st = read_rest(&r, err);
	for (i = 0; i < bp_corpus_workers(c); i++)
		bp_buf_release(&r.normal[i]);
	free(r.normal);
	free(r.hits.hit);
	bp_buf_release(&r.text.raw);
	bp_buf_release(&r.text.normal);
	bp_reader_release(&r.reader);
	return st;
}
