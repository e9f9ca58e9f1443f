/*
 * Whole texts: search_texts() gathers segments of about GATHER bytes, across the ends of texts, and
 * searches them together.  The automaton walks several of them side by side, and short lines do
 * not cost a call of the kernel each.
 *
 * Text in parts: search_part_of_text() divides it into whole segments, searched as above, and parts
 * of one segment for feed_segment(), where bytes are collected until a cut point ends them.
 * If none is found in PARTS * PART bytes (one character repeated may have none), exact search takes
 * over for the rest of the segment; it packs its back-pointers (viterbi_backlog.h).
 */
#include "encode/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "text/nfc.h"

enum {
	/* Enough bytes for several automaton walks side by side; few enough for the cache. */
	GATHER = 16 * 1024,
	PART = 64 * 1024,	/* bytes of a long segment that are searched at a time */
	PARTS = 16		/* with as many parts and no cut point, exact search takes over */
};

bool bp_encoder_init(struct encoder *e, const bp_model *m)
{
	*e = (struct encoder){
		.rows = &m->rows, .on_demand = m->on_demand, .entry = m->entry,
		.exact_only = m->rows.n == 0,
		.try_at = PART, .normalize = m->model.normalize == BP_NORMALIZE_NFC
	};
	return bp_fast_search_init(&e->search, &m->vocabulary, &m->rows, m->kernel);
}

void bp_encoder_release(struct encoder *e)
{
	bp_fast_search_release(&e->search);
	bp_buf_release(&e->scratch);
	bp_buf_release(&e->waiting);
	bp_buf_release(&e->segment);
	free(e->length);
	free(e->ends_text);
}

/*
 * Called before n bytes are searched: switch to the score rows made on demand if they are ready.
 * Never inside a segment, where the score so far belongs to one way of search.
 */
static void look_for_rows(struct encoder *e, size_t n)
{
	const struct score_rows *rows;

	if (e->on_demand == NULL || e->in_segment || e->sampler != NULL ||
	    (rows = bp_rows_on_demand(e->on_demand, e->search.exact.u, n)) == NULL)
		return;
	e->rows = e->search.rows = rows;
	e->exact_only = rows->n == 0;
	e->on_demand = NULL;
}

/* Move the exact search's path to the result; pieces of a subset get the model's numbers. */
static bool take_exact_path(struct encoder *e)
{
	struct fast_search *b = &e->search;
	struct viterbi *v = &b->exact;
	size_t i;

	for (i = 0; i < v->path.n && e->entry != NULL; i++)
		v->path.piece[i] = e->entry[v->path.piece[i]];
	return bp_path_move(&b->path, &v->path);
}

/* Give the user the path so far, so that a long one is never in memory as a whole. */
static bool drain_path(void *ctx)
{
	struct encoder *e = ctx;
	struct fast_search *b = &e->search;

	if (!take_exact_path(e) || !e->part(e->part_ctx, b->path.piece, b->path.n, false))
		return false;
	b->path.n = 0;
	return true;
}

/* On only while a segment is fed or ended: bp_encoder_gap() leaves all pieces in the path. */
static void set_drain(struct encoder *e, bool on)
{
	e->search.exact.drain = on && e->part != NULL ? drain_path : NULL;
	e->search.exact.drain_ctx = e;
}

static bool feed_exact(struct encoder *e, struct slice s)
{
	bool ok;

	set_drain(e, true);
	ok = bp_viterbi_feed(&e->search.exact, s);
	set_drain(e, false);
	return ok && take_exact_path(e);
}

static bool end_exact(struct encoder *e)
{
	bool ok;

	set_drain(e, true);
	ok = bp_viterbi_end(&e->search.exact);
	set_drain(e, false);
	return ok && take_exact_path(e);
}

/*
 * Search the bytes collected of a segment: all of them at its end, else up to the last cut point.
 * If there is none, they stay, and twice as many are collected: linear time in total.
 */
static bool search_part(struct encoder *e, bool ends)
{
	struct buf *w = &e->segment;
	uint32_t length = (uint32_t)w->len;
	size_t n;

	if (!bp_fast_search_load(&e->search, w->data, &length, 1))
		return false;
	n = ends ? w->len : bp_fast_search_last_cut(&e->search);
	bp_fast_search_run(&e->search, n);
	if (!bp_fast_search_path(&e->search, 0, n, e->score))
		return false;
	if (n > 0)
		e->score = bp_fast_search_score(&e->search);
	bp_buf_drop(w, n);
	e->try_at = BP_MAX(PART, 2 * w->len);
	return true;
}

/* Give up looking for cut points, for the rest of the segment. */
static bool switch_to_exact(struct encoder *e)
{
	struct slice s = bp_buf_slice(&e->segment);

	e->exact_only = true;
	e->segment.len = 0;
	bp_viterbi_start(&e->search.exact, e->score);
	return feed_exact(e, s);
}

/* Search the next bytes of a segment. */
static bool feed_segment(struct encoder *e, struct slice s)
{
	struct buf *w = &e->segment;
	size_t n;

	e->in_segment = true;
	if (e->sampler != NULL)
		return bp_sampler_feed(e->sampler, &e->search.exact, s) && take_exact_path(e);
	for (; s.n > 0 && !e->exact_only; s.p += n, s.n -= n) {
		n = BP_MIN(s.n, PART);
		if (!bp_buf_append(w, s.p, n) ||
		    (w->len >= e->try_at && !search_part(e, false)) ||
		    (w->len >= PARTS * PART && !switch_to_exact(e)))
			return false;
	}
	return s.n == 0 || feed_exact(e, s);
}

/* End the segment, if one was begun, and get ready for the next one. */
static bool end_segment(struct encoder *e)
{
	struct viterbi *v = &e->search.exact;
	bool ok = true;

	if (e->sampler != NULL) {
		ok = !e->in_segment || (bp_sampler_end(e->sampler, v) && take_exact_path(e));
		e->sampler->line += e->n_newlines;
	} else if (e->exact_only) {
		ok = !e->in_segment || end_exact(e);
	} else if (e->segment.len > 0) {
		ok = search_part(e, true);
	}
	e->in_segment = false;
	e->n_newlines = 0;
	e->exact_only = e->rows->n == 0;
	e->score = 0;
	e->try_at = PART;
	return ok;
}

/*
 * Divide the beginning of 's' into segments, about GATHER bytes.  Returns their number, and sets *n
 * to the number of their bytes; 0 if memory is out.  The end mark of a text counts as the last byte
 * of its last segment, so that an empty text is a segment too; see bp_fast_search_mark().
 */
static size_t gather_segments(struct encoder *e, struct slice s, int mark, size_t *n)
{
	const unsigned char *p = s.p, *end = s.p + s.n, *text_end = NULL, *q;
	size_t k = 0;

	/* Room for one segment per byte: none is empty. */
	if (!BP_GROW(e->length, e->cap_length, BP_MIN(s.n, GATHER)) ||
	    !BP_GROW(e->ends_text, e->cap_ends, BP_MIN(s.n, GATHER)))
		return 0;
	for (; p < end && (size_t)(p - s.p) < GATHER; p = q, k++) {
		if (text_end == NULL) {
			text_end = mark == BP_NO_MARK ? NULL : memchr(p, mark, (size_t)(end - p));
			if (text_end == NULL)
				text_end = end;
		}
		q = NULL;
		if (p < text_end && mark != '\n')	/* lines have no newline before the mark */
			q = memchr(p, '\n', (size_t)(text_end - p));
		for (q = q != NULL ? q : text_end; q < text_end && *q == '\n'; )
			q++;
		e->ends_text[k] = q == text_end && text_end < end;
		if (e->ends_text[k])
			q++;
		if (q > text_end)
			text_end = NULL;
		e->length[k] = (uint32_t)(q - p);
	}
	*n = (size_t)(p - s.p);
	return k;
}

/* A text ends: pass its path to done(), and empty the path. */
static bool finish_text(struct encoder *e, bp_encoded *done, void *ctx)
{
	struct path *path = bp_encoder_path(e);

	/* Not NULL: a text ends only by a mark, and callers with a mark pass a callback. */
	if (!done(ctx, path->piece, path->n, true))
		return false;
	path->n = 0;
	return true;
}

/* Search k segments, gathered from n bytes of text, by the kernel. */
static bool search_gathered(struct encoder *e, const unsigned char *text, size_t k, size_t n,
			    bp_encoded *done, void *ctx)
{
	struct fast_search *b = &e->search;
	size_t i, at, from = 0;

	if (!bp_fast_search_load(b, text, e->length, k))
		return false;
	for (i = 0, at = 0; i < k; i++) {
		at += e->length[i];
		if (e->ends_text[i])
			bp_fast_search_mark(b, at - 1);
	}
	bp_fast_search_run(b, n);
	for (i = 0, at = 0; i < k; i++) {
		at += e->length[i];
		if (!e->ends_text[i])
			continue;
		if (!bp_fast_search_path(b, from, at - 1, 0) || !finish_text(e, done, ctx))
			return false;
		from = at;
	}
	return bp_fast_search_path(b, from, n, 0);
}

/* Search k gathered segments one by one: there are no rows for the kernel. */
static bool search_each(struct encoder *e, const unsigned char *text, size_t k, bp_encoded *done,
			void *ctx)
{
	size_t i;

	for (i = 0; i < k; text += e->length[i++]) {
		if (!feed_segment(e, (struct slice){ text, e->length[i] - e->ends_text[i] }) ||
		    !end_segment(e))
			return false;
		if (e->ends_text[i] && !finish_text(e, done, ctx))
			return false;
	}
	return true;
}

/* Draw random paths of k gathered segments, and count lines for the sampler. */
static bool sample_gathered(struct encoder *e, const unsigned char *text, size_t k,
			    bp_encoded *done, void *ctx)
{
	struct sampler *r = e->sampler;
	const uint32_t *state;
	size_t i, n;

	if ((state = bp_sampler_walk(r, text, e->length, k)) == NULL)
		return false;
	for (i = 0; i < k; text += e->length[i], state += e->length[i], i++) {
		n = e->length[i] - e->ends_text[i];
		if (!bp_sampler_segment(r, &e->search.exact, state, n) || !take_exact_path(e))
			return false;
		for (; n > 0 && text[n - 1] == '\n'; n--)
			r->line++;
		if (!e->ends_text[i])
			continue;
		r->line++;
		if (!finish_text(e, done, ctx))
			return false;
	}
	return true;
}

/* Encode all texts in normalised text.  Pieces of a text without an end mark stay in the path. */
static bool search_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx)
{
	size_t k, n;
	bool ok;

	for (; s.n > 0; s.p += n, s.n -= n) {
		if ((k = gather_segments(e, s, mark, &n)) == 0)
			return false;
		look_for_rows(e, n);
		if (e->sampler != NULL)
			ok = sample_gathered(e, s.p, k, done, ctx);
		else if (e->rows->n > 0)
			ok = search_gathered(e, s.p, k, n, done, ctx);
		else
			ok = search_each(e, s.p, k, done, ctx);
		if (!ok)
			return false;
	}
	return true;
}

/* The total length of the whole segments at the beginning of 's', at most GATHER; 0 if the end of
 * the first one is not there. */
static size_t whole_segments(struct slice s)
{
	size_t i = BP_MIN(s.n, GATHER);

	while (i-- > 1)
		if (s.p[i - 1] == '\n' && s.p[i] != '\n')
			return i;
	return 0;
}

/*
 * Search the next part of a normalised text.  A segment ends behind its newlines, so that its end
 * is known only from the byte behind them; that byte may come with the next part.
 */
static bool search_part_of_text(struct encoder *e, struct slice s)
{
	const unsigned char *newline;
	size_t n;

	for (; s.n > 0; s.p += n, s.n -= n) {
		if (e->n_newlines > 0 && s.p[0] != '\n' && !end_segment(e))
			return false;
		if (!e->in_segment && (n = whole_segments(s)) > 0) {
			if (!search_texts(e, (struct slice){ s.p, n }, BP_NO_MARK, NULL, NULL))
				return false;
			continue;
		}
		newline = memchr(s.p, '\n', s.n);
		n = newline != NULL ? (size_t)(newline - s.p) : s.n;
		for (; n < s.n && s.p[n] == '\n'; n++)
			e->n_newlines++;
		look_for_rows(e, n);
		if (!feed_segment(e, (struct slice){ s.p, n }))
			return false;
	}
	return true;
}

bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx)
{
	bool lacks_mark = s.n > 0 && (mark == BP_NO_MARK || s.p[s.n - 1] != mark);

	if (e->normalize && !bp_nfc(s, &e->scratch, &s))
		return false;
	e->search.path.n = 0;
	if (!search_texts(e, s, mark, done, ctx))
		return false;
	return !lacks_mark || done(ctx, e->search.path.piece, e->search.path.n, false);
}

bool bp_encoder_normal_text(struct encoder *e, struct slice s)
{
	if (s.n > PARTS * PART)
		return search_part_of_text(e, s) && end_segment(e);
	return search_texts(e, s, BP_NO_MARK, NULL, NULL);
}

bool bp_encoder_text(struct encoder *e, struct slice s)
{
	return (!e->normalize || bp_nfc(s, &e->scratch, &s)) && bp_encoder_normal_text(e, s);
}

bool bp_encoder_feed(struct encoder *e, struct slice s)
{
	struct buf *w = &e->waiting;
	struct slice whole;
	size_t boundary;

	if (!e->normalize)
		return search_part_of_text(e, s);
	if (!bp_buf_append(w, s.p, s.n))
		return false;
	whole = bp_buf_slice(w);
	boundary = bp_nfc_boundary(whole, e->looked_at, true);
	if (boundary > 0) {
		if (!bp_nfc((struct slice){ w->data, boundary }, &e->scratch, &whole) ||
		    !search_part_of_text(e, whole))
			return false;
		bp_buf_drop(w, boundary);
	}
	/* A character that is not complete may begin in the last three bytes. */
	e->looked_at = w->len > 4 ? w->len - 4 : 0;
	return true;
}

/* Search the bytes that wait: the text ends, or is cut where normalisation does not cross. */
static bool search_waiting(struct encoder *e)
{
	struct slice s = bp_buf_slice(&e->waiting);

	if (e->normalize && !bp_nfc(s, &e->scratch, &s))
		return false;
	e->waiting.len = e->looked_at = 0;
	return search_part_of_text(e, s);
}

bool bp_encoder_end(struct encoder *e)
{
	return search_waiting(e) && end_segment(e);
}

void bp_encoder_resume(struct encoder *e, double sum)
{
	e->score = sum;
}

bool bp_encoder_pause(struct encoder *e, double *sum)
{
	if (!search_waiting(e) || (!e->exact_only && e->segment.len > 0 && !search_part(e, true)))
		return false;
	*sum = e->exact_only ? bp_viterbi_score(&e->search.exact) : e->score;
	return end_segment(e);
}

bool bp_encoder_long_segment(struct encoder *e, struct slice s, uint64_t before)
{
	/* The normal form is at most three times as long (Unicode Standard Annex #15, table of
	 * expansion factors). */
	double most = (double)before * (e->normalize ? 3 : 1);
	struct fast_search *b = &e->search;
	size_t part = PART, n;
	uint32_t length;

	look_for_rows(e, s.n);
	if (e->normalize && !bp_nfc(s, &e->scratch, &s))
		return false;
	most = (most + (double)s.n) * (double)BP_FAST_SEARCH_MOST;
	for (; s.n > 0; s.p += n, s.n -= n) {
		length = (uint32_t)BP_MIN(s.n, part);
		if (!bp_fast_search_load(b, s.p, &length, 1))
			return false;
		n = length == s.n ? s.n : bp_fast_search_last_cut(b);
		bp_fast_search_run(b, n);
		if (!bp_fast_search_path_with_gaps(b, 0, n, most))
			return false;
		part = n > 0 ? PART : 2 * part;	/* no cut point: try again with more bytes */
	}
	return true;
}

/* The exact search starts with the score before the gap, so that its sums are those of a search of
 * the whole segment, and so are its decisions. */
bool bp_encoder_gap(struct encoder *e, struct slice s, double sum)
{
	struct viterbi *v = &e->search.exact;

	bp_viterbi_start(v, sum);
	return bp_viterbi_feed(v, s) && bp_viterbi_end(v) && take_exact_path(e);
}

double bp_encoder_add(const struct encoder *e, double sum, const uint32_t *piece, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum += e->search.exact.u->piece[piece[i]].score;
	return sum;
}
