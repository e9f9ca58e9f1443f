#include "train/corpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/parallel.h"
#include "io/progress.h"
#include "io/reader.h"
#include "text/nfc.h"

enum { BLOCK = 64 * 1024 };

/* What one worker needs. */
struct hand {
	struct buf normal;	/* a chunk's text, normalised */
	uint64_t bytes, segments;
};

/* The text that comes in parts: what has been read of it and not been visited. */
struct parts {
	struct buf raw;		/* of which normalisation may still change the end */
	size_t looked_at;	/* how much of it has no border */
	struct buf normal;	/* the beginning of a segment whose end is not certain */
};

struct pass {
	struct corpus *c;
	struct reader reader;
	struct hand *hand;	/* one per worker, and the last for text in parts */
	struct parts parts;
	bp_visit *visit;
	bp_pause *pause;
	void *ctx;
	struct progress progress;
};

static bp_status copy_to_spool(FILE *from, const char *name, FILE **to, bp_error *err)
{
	unsigned char *block = malloc(BLOCK);
	bp_status st = BP_OK;
	size_t n;

	if (block == NULL)
		return bp_fail_memory(err);
	if ((*to = tmpfile()) == NULL)
		st = bp_fail_errno(err, "temporary file");
	errno = 0;
	while (st == BP_OK && (n = fread(block, 1, BLOCK, from)) > 0) {
		if (fwrite(block, 1, n, *to) != n)
			st = bp_fail_errno(err, "temporary file");
		else if (bp_host_signal() != 0)
			st = bp_fail(err, BP_EINTR, "interrupted");
	}
	if (st == BP_OK && ferror(from))
		st = bp_fail_errno(err, name);
	if (st == BP_OK && fflush(*to) != 0)
		st = bp_fail_errno(err, "temporary file");
	free(block);
	return st;
}

/* Can it be read a second time? */
static bool is_lasting(const char *path, FILE *f)
{
	enum bp_host_kind kind = bp_host_kind(path);

	return f != stdin && kind != BP_HOST_OTHER &&
	       (kind == BP_HOST_DIRECTORY || fseek(f, 0, SEEK_END) == 0);
}

bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;
	FILE *f;

	*c = (struct corpus){ .in = in, .rules = *rules, .normalize = normalize,
			      .n_workers = bp_threads(in) };
	if ((c->spool = calloc(in->n_paths + 1, sizeof(FILE *))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < in->n_paths && st == BP_OK; i++) {
		if ((st = bp_input_open(in->path[i], &f, err)) != BP_OK)
			break;
		if (!is_lasting(in->path[i], f))
			st = copy_to_spool(f, bp_input_name(in->path[i]), &c->spool[i], err);
		bp_input_close(f);
	}
	if (st != BP_OK)
		bp_corpus_release(c);
	return st;
}

void bp_corpus_release(struct corpus *c)
{
	size_t i;

	for (i = 0; c->spool != NULL && i < c->in->n_paths; i++)
		if (c->spool[i] != NULL)
			fclose(c->spool[i]);
	free(c->spool);
	*c = (struct corpus){ 0 };
}

unsigned bp_corpus_workers(const struct corpus *c)
{
	return c->n_workers + 1;
}

static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct pass *p = ctx;

	bp_progress_step(&p->progress, p->reader.bytes);
	return bp_reader_fill(&p->reader, chunk, more, err);
}

static bool visit_segment(struct pass *p, unsigned worker, struct slice segment)
{
	p->hand[worker].bytes += segment.n;
	p->hand[worker].segments++;
	return p->visit(p->ctx, worker, segment);
}

/* All of one text, or of whole segments of it; normalised. */
static bool visit_text(struct pass *p, unsigned worker, struct slice text)
{
	size_t at = 0;

	while (at < text.n)
		if (!visit_segment(p, worker, bp_cut(&p->c->rules, text, &at)))
			return false;
	return true;
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct pass *p = ctx;
	struct chunk *c = chunk;
	struct slice s = { c->data.data, c->data.len };
	bool ended;

	if (bp_in_parts(c))
		return BP_OK;
	/* No end mark joins with what follows it, so that all texts are normalised together. */
	if (p->c->normalize && !bp_nfc(s, &p->hand[worker].normal, &s))
		return bp_fail_memory(err);
	while (s.n > 0)
		if (!visit_text(p, worker, bp_next_text(p->c->in->records, &s, &ended)))
			return bp_fail_memory(err);
	return p->pause == NULL || p->pause(p->ctx, worker) ? BP_OK : bp_fail_memory(err);
}

/* Visit the segments of parts.normal that are certain; at the end of the text, all. */
static bool visit_certain(struct pass *p, bool at_end)
{
	struct buf *b = &p->parts.normal;
	struct slice s = { b->data, b->len };
	size_t at = 0;

	while (at < s.n && (at_end || s.n - at > BP_CUT_TRAINING_BYTES))
		if (!visit_segment(p, p->c->n_workers, bp_cut(&p->c->rules, s, &at)))
			return false;
	if (at > 0)
		memmove(b->data, b->data + at, b->len - at);
	b->len -= at;
	return true;
}

/* Normalise what nothing can change any more. */
static bool feed(struct pass *p, struct slice s, bool at_end)
{
	struct parts *w = &p->parts;
	struct slice normal;
	size_t border;

	if (!bp_buf_append(&w->raw, s.p, s.n))
		return false;
	s = (struct slice){ w->raw.data, w->raw.len };
	border = at_end ? s.n : bp_text_border(s, w->looked_at, p->c->normalize);
	normal = (struct slice){ s.p, border };
	if (border > 0) {
		if (p->c->normalize && !bp_nfc(normal, &p->hand[p->c->n_workers].normal, &normal))
			return false;
		if (!bp_buf_append(&w->normal, normal.p, normal.n))
			return false;
		memmove(w->raw.data, w->raw.data + border, w->raw.len - border);
		w->raw.len -= border;
	}
	w->looked_at = w->raw.len > 4 ? w->raw.len - 4 : 0;
	return visit_certain(p, at_end);
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct pass *p = ctx;
	struct chunk *c = chunk;
	struct slice s = { c->data.data, c->data.len }, text;
	bool ended = true;

	while (bp_in_parts(c) && ended) {
		text = bp_next_text(p->c->in->records, &s, &ended);
		if (!feed(p, text, ended || !c->open))
			return bp_fail_memory(err);
	}
	if (bp_in_parts(c) && p->pause != NULL && !p->pause(p->ctx, p->c->n_workers))
		return bp_fail_memory(err);
	return BP_OK;
}

static bp_status run(struct pass *p, bp_error *err)
{
	struct parallel job = { .fill = fill, .work = work, .drain = drain, .ctx = p,
				.n_workers = p->c->n_workers };
	unsigned i, n = bp_parallel_chunks(job.n_workers);
	struct chunk *chunk = calloc(n, sizeof(*chunk));
	void **chunks = bp_array(n, sizeof(*chunks));
	bp_status st;

	if (chunk == NULL || chunks == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < n; i++)
			chunks[i] = &chunk[i];
		st = bp_parallel(&job, chunks, err);
		for (i = 0; i < n; i++)
			bp_buf_release(&chunk[i].data);
	}
	free(chunks);
	free(chunk);
	return st;
}

/* Add up what the hands counted, and compare with the pass before. */
static bp_status account(struct pass *p, bp_error *err)
{
	struct corpus *c = p->c;
	unsigned i;

	if (c->raw_bytes != 0 && c->raw_bytes != p->reader.bytes)
		return bp_fail(err, BP_EIO, "the input has changed while it was being used");
	c->raw_bytes = p->reader.bytes;
	c->bytes = c->segments = 0;
	for (i = 0; i < bp_corpus_workers(c); i++) {
		c->bytes += p->hand[i].bytes;
		c->segments += p->hand[i].segments;
	}
	return BP_OK;
}

bp_status bp_corpus_each(struct corpus *c, const char *phase, bp_visit *visit, bp_pause *pause,
			 void *ctx, bp_error *err)
{
	struct pass p = {
		.c = c, .visit = visit, .pause = pause, .ctx = ctx,
		.reader = { .path = c->in->path, .stream = c->spool, .n_paths = c->in->n_paths,
			    .records = c->in->records },
		.hand = calloc(bp_corpus_workers(c), sizeof(*p.hand))
	};
	bp_status st;
	unsigned i;

	if (p.hand == NULL)
		return bp_fail_memory(err);
	bp_progress_start(&p.progress, c->in, phase, "bytes",
			  c->raw_bytes > 0 ? c->raw_bytes : bp_input_size(c->in));
	if ((st = run(&p, err)) == BP_OK)
		st = account(&p, err);
	for (i = 0; i < bp_corpus_workers(c); i++)
		bp_buf_release(&p.hand[i].normal);
	free(p.hand);
	bp_buf_release(&p.parts.raw);
	bp_buf_release(&p.parts.normal);
	bp_reader_release(&p.reader);
	return st;
}
