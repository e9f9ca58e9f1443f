#include "train/corpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/parallel.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"
#include "text/nfc.h"

enum { BLOCK = 64 * 1024 };
static const char copy_name[] = "copy of the input";

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
	const struct corpus_visitor *v;
	struct reader reader;
	struct checksum raw;	/* of the whole pass so far */
	struct hand *hand;	/* one per worker, and the last for text in parts */
	struct parts parts;
	struct progress progress;
};

static bp_status copy(struct corpus *c, FILE *from, const char *name, FILE *to, bp_error *err)
{
	unsigned char *block = malloc(BLOCK);
	struct progress progress;
	bp_status st = BP_OK;
	uint64_t done = 0;
	size_t n;

	if (block == NULL)
		return bp_fail_memory(err);
	bp_progress_start(&progress, c->in, "copy what can be read only once", "bytes", 0);
	do {
		errno = 0;
		n = fread(block, 1, BLOCK, from);
		if (ferror(from))
			st = bp_fail_errno(err, name);
		else if (n > 0 && fwrite(block, 1, n, to) != n)
			st = bp_fail_errno(err, copy_name);
		else if (bp_host_signal() != 0)
			st = bp_fail(err, BP_EINTR, "interrupted");
		bp_progress_step(&progress, done += n);
	} while (st == BP_OK && n > 0);
	if (st == BP_OK && fflush(to) != 0)
		st = bp_fail_errno(err, copy_name);
	c->size += done;
	free(block);
	return st;
}

/* Is what comes now what was copied then? */
static bp_status compare(struct corpus *c, FILE *now, const char *name, FILE *then, bp_error *err)
{
	unsigned char *block = malloc(2 * BLOCK);
	bp_status st = BP_OK;
	size_t n, k;

	if (block == NULL)
		/* lint: -leak: the caller closes it */
		return bp_fail_memory(err);
	do {
		errno = 0;
		n = fread(block, 1, BLOCK, now);
		k = fread(block + BLOCK, 1, BLOCK, then);
		c->size += n;
		if (ferror(now))
			st = bp_fail_errno(err, name);
		else if (ferror(then))
			st = bp_fail_errno(err, copy_name);
		else if (n != k || memcmp(block, block + BLOCK, n) != 0)
			st = bp_fail(err, BP_EFORMAT, "%s: has changed since this training "
				     "was started", name);
		else if (bp_host_signal() != 0)
			st = bp_fail(err, BP_EINTR, "interrupted");
	} while (st == BP_OK && n > 0);
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

/* A copy that stays: it takes its name when it is complete. */
static bp_status keep_copy(struct corpus *c, struct tempfile *t, FILE *f, const char *name,
			   const char *path, bp_error *err)
{
	struct outfile out;
	bp_status st;

	if ((t->f = fopen(path, "rb")) != NULL)
		return compare(c, f, name, t->f, err);
	if (errno != ENOENT)
		return bp_fail_errno(err, path);
	if ((st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = copy(c, f, name, out.f, err)) == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	/* lint: leak: t is released with the corpus */
	if (st == BP_OK && (t->f = fopen(path, "rb")) == NULL)
		st = bp_fail_errno(err, path);
	return st;
}

static bp_status take_copy(struct corpus *c, size_t i, FILE *f, const char *folder, bool kept,
			   bp_error *err)
{
	const char *name = bp_input_name(c->in->path[i]);
	char *path;
	bp_status st;

	if (kept) {
		if ((path = bp_temp_path(folder, "input", i)) == NULL)
			return bp_fail_memory(err);
		st = keep_copy(c, &c->copy[i], f, name, path, err);
		free(path);
	} else if ((st = bp_temp_open(&c->copy[i], folder, err)) == BP_OK) {
		st = copy(c, f, name, c->copy[i].f, err);
	}
	c->stream[i] = c->copy[i].f;
	return st;
}

bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, const char *folder, bool kept, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;
	FILE *f;

	*c = (struct corpus){ .in = in, .rules = *rules, .normalize = normalize,
			      .n_workers = bp_threads(in) };
	c->copy = calloc(in->n_paths + 1, sizeof(*c->copy));
	c->stream = calloc(in->n_paths + 1, sizeof(*c->stream));
	if (c->copy == NULL || c->stream == NULL)
		st = bp_fail_memory(err);
	for (i = 0; i < in->n_paths && st == BP_OK; i++) {
		if ((st = bp_input_open(in->path[i], &f, err)) != BP_OK)
			break;
		if (!is_lasting(in->path[i], f))
			st = take_copy(c, i, f, folder, kept, err);
		else
			c->size += bp_host_file_size(in->path[i]);
		bp_input_close(f);
	}
	if (st != BP_OK)
		bp_corpus_release(c);
	return st;
}

void bp_corpus_release(struct corpus *c)
{
	size_t i;

	for (i = 0; c->copy != NULL && i < c->in->n_paths; i++)
		bp_temp_close(&c->copy[i]);
	free(c->copy);
	free(c->stream);
	*c = (struct corpus){ 0 };
}

unsigned bp_corpus_workers(const struct corpus *c)
{
	return c->n_workers + 1;
}

/* May the pass be left here, so that another call goes on with whole segments? */
static bool may_stop(const struct pass *p)
{
	return !p->reader.open && p->reader.bytes > 0 && p->v->stop != NULL;
}

static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct pass *p = ctx;
	struct chunk *c = chunk;
	bp_status st;

	bp_progress_step(&p->progress, p->raw.n);
	if (may_stop(p) && p->v->stop(p->v->stop_ctx)) {
		p->c->place.ended = *more = false;
		return BP_OK;
	}
	if ((st = bp_reader_fill(&p->reader, chunk, more, err)) == BP_OK && *more)
		bp_checksum_add(&p->raw, c->data.data, c->data.len);
	return st;
}

static bp_status visit_segment(struct pass *p, unsigned worker, struct slice segment, bp_error *err)
{
	p->hand[worker].bytes += segment.n;
	p->hand[worker].segments++;
	return p->v->visit(p->v->ctx, worker, segment, err);
}

/* All of one text, or of whole segments of it; normalised. */
static bp_status visit_text(struct pass *p, unsigned worker, struct slice text, bp_error *err)
{
	bp_status st = BP_OK;
	size_t at = 0;

	while (at < text.n && st == BP_OK)
		st = visit_segment(p, worker, bp_cut(&p->c->rules, text, &at), err);
	return st;
}

static bp_status take_pause(struct pass *p, unsigned worker, bp_error *err)
{
	return p->v->pause != NULL ? p->v->pause(p->v->ctx, worker, err) : BP_OK;
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct pass *p = ctx;
	struct chunk *c = chunk;
	struct slice s = { c->data.data, c->data.len };
	bp_status st;
	bool ended;

	if (bp_in_parts(c))
		return BP_OK;
	/* No end mark joins with what follows it, so that all texts are normalised together. */
	if (p->c->normalize && !bp_nfc(s, &p->hand[worker].normal, &s))
		return bp_fail_memory(err);
	while (s.n > 0)
		if ((st = visit_text(p, worker, bp_next_text(p->c->in->records, &s, &ended),
				     err)) != BP_OK)
			return st;
	return take_pause(p, worker, err);
}

/* Visit the segments of parts.normal that are certain; at the end of the text, all. */
static bp_status visit_certain(struct pass *p, bool at_end, bp_error *err)
{
	struct buf *b = &p->parts.normal;
	struct slice s = { b->data, b->len };
	bp_status st = BP_OK;
	size_t at = 0;

	while (at < s.n && (at_end || s.n - at > BP_CUT_TRAINING_BYTES) && st == BP_OK)
		st = visit_segment(p, p->c->n_workers, bp_cut(&p->c->rules, s, &at), err);
	if (at > 0)
		memmove(b->data, b->data + at, b->len - at);
	b->len -= at;
	return st;
}

/* Normalise what nothing can change any more. */
static bp_status feed(struct pass *p, struct slice s, bool at_end, bp_error *err)
{
	struct parts *w = &p->parts;
	struct slice normal;
	size_t border;

	if (!bp_buf_append(&w->raw, s.p, s.n))
		return bp_fail_memory(err);
	s = (struct slice){ w->raw.data, w->raw.len };
	border = at_end ? s.n : bp_nfc_boundary(s, w->looked_at, p->c->normalize);
	normal = (struct slice){ s.p, border };
	if (border > 0) {
		if (p->c->normalize && !bp_nfc(normal, &p->hand[p->c->n_workers].normal, &normal))
			return bp_fail_memory(err);
		if (!bp_buf_append(&w->normal, normal.p, normal.n))
			return bp_fail_memory(err);
		memmove(w->raw.data, w->raw.data + border, w->raw.len - border);
		w->raw.len -= border;
	}
	w->looked_at = w->raw.len > 4 ? w->raw.len - 4 : 0;
	return visit_certain(p, at_end, err);
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct pass *p = ctx;
	struct chunk *c = chunk;
	struct slice s = { c->data.data, c->data.len }, text;
	bool ended = true;
	bp_status st;

	if (!bp_in_parts(c))
		return BP_OK;
	while (ended) {
		text = bp_next_text(p->c->in->records, &s, &ended);
		if ((st = feed(p, text, ended || !c->open, err)) != BP_OK)
			return st;
	}
	return take_pause(p, p->c->n_workers, err);
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

/* Add up what the hands counted, and at the end compare with the pass before. */
static bp_status account(struct pass *p, bp_error *err)
{
	struct corpus *c = p->c;
	struct corpus_place *now = &c->place;
	unsigned i;

	now->at = bp_reader_place(&p->reader);
	now->raw = p->raw;
	for (i = 0; i < bp_corpus_workers(c); i++) {
		now->bytes += p->hand[i].bytes;
		now->segments += p->hand[i].segments;
	}
	if (!now->ended)
		return BP_OK;
	if (c->whole.ended && bp_checksum(&c->whole.raw) != bp_checksum(&now->raw))
		return bp_fail(err, BP_EIO, "the input has changed while it was being used");
	c->whole = *now;
	return BP_OK;
}

bp_status bp_corpus_read(struct corpus *c, const struct corpus_visitor *v, bp_error *err)
{
	struct pass p = {
		.c = c, .v = v, .raw = c->place.raw,
		.reader = { .path = c->in->path, .stream = c->stream, .n_paths = c->in->n_paths,
			    .records = c->in->records },
		.hand = calloc(bp_corpus_workers(c), sizeof(*p.hand))
	};
	bp_status st;
	unsigned i;

	if (p.hand == NULL)
		return bp_fail_memory(err);
	c->place.ended = true;
	bp_progress_start(&p.progress, c->in, v->phase, "bytes",
			  c->whole.ended ? c->whole.raw.n : c->size);
	if ((st = bp_reader_go(&p.reader, &c->place.at, err)) == BP_OK &&
	    (st = run(&p, err)) == BP_OK)
		st = account(&p, err);
	for (i = 0; i < bp_corpus_workers(c); i++)
		bp_buf_release(&p.hand[i].normal);
	free(p.hand);
	bp_buf_release(&p.parts.raw);
	bp_buf_release(&p.parts.normal);
	bp_reader_release(&p.reader);
	return st;
}

bp_status bp_corpus_read_all(struct corpus *c, const struct corpus_visitor *v, bp_error *err)
{
	bp_status st;

	c->place = (struct corpus_place){ 0 };
	do {
		st = bp_corpus_read(c, v, err);
	} while (st == BP_OK && !c->place.ended);
	return st;
}
