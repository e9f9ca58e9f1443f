/*
 * All texts: encode_source() gathers segments of about GATHER bytes, across the ends of texts, and
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

#include "text/cut.h"

enum {
	/* Enough bytes for several automaton walks side by side; few enough for the cache. */
	GATHER = 16 * 1024,
	PART = 64 * 1024,	/* bytes of a long segment that are searched at a time */
	LONG = PART,		/* bytes: longer segments are searched in parts */
	PARTS = 16		/* with as many parts and no cut point, exact search takes over */
};

bool bp_encoder_init(struct encoder *e, const bp_model *m)
{
	*e = (struct encoder){
		.rows = &m->rows, .on_demand = m->on_demand, .entry = m->entry,
		.exact_only = m->rows.n == 0,
		.changes.wide = true, .try_at = PART, .newlines = m->model.newlines,
		.normalize = m->model.normalize == BP_NORMALIZE_NFC
	};
	return bp_fast_search_init(&e->search, &m->vocabulary, &m->rows, m->kernel);
}

void bp_encoder_release(struct encoder *e)
{
	bp_fast_search_release(&e->search);
	bp_buf_release(&e->scratch);
	bp_buf_release(&e->waiting);
	bp_buf_release(&e->segment);
	free(e->changes.change);
	free(e->segments);
	free(e->length);
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

/*
 * Count the newlines of the next bytes of a segment.  Each segment has a line of its own for the
 * sampler: one that begins with newlines has the line behind the first of them.
 */
static void count_lines(struct encoder *e, struct slice s)
{
	bool begins_line = !e->in_segment && e->newlines == BP_NEWLINES_BEGIN && s.p[0] == '\n';

	e->sampler->line += begins_line;
	e->n_newlines += bp_count_byte(s, '\n') - begins_line;
}

/* Search the next bytes of a segment, at least one. */
static bool feed_segment(struct encoder *e, struct slice s)
{
	struct buf *w = &e->segment;
	size_t n;

	if (e->sampler != NULL)
		count_lines(e, s);
	e->in_segment = true;
	e->last = s.p[s.n - 1];
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

/* The end of a segment of a batch: INSIDE a text, or with a text, which is one of a list, has an
 * end mark behind it, or lacks it. */
enum segment_end { INSIDE, ENDS, ENDS_WITH_MARK, LACKS_MARK };

/* Texts to be encoded: a list, or bytes in which an end mark divides them. */
struct text_source {
	const struct text_list *list;
	size_t i;		/* the next text of the list */
	struct slice rest;	/* without a list: the bytes behind 'text' and its mark */
	int mark;
	bool is_normal;		/* all texts are in normal form */
	bp_encoded *done;	/* NULL: none */
	void *ctx;
	struct slice text;	/* bytes of the current text that are in no batch yet */
	bool in_text;		/* there are more bytes, or the text is new and may be empty */
	enum segment_end ends;
	size_t n_ids;		/* with a list: number of elements of the path that are ids */
};

/* Segments searched together: k of e->segments, with n bytes from p on. */
struct batch {
	const unsigned char *p;
	size_t k, n;
	bool adjacent;		/* in memory they follow each other, with only marks between them */
	bool in_place;		/* they are searched where they are, marks among them */
};

/* The next text of a source.  False behind the last one. */
static bool take_text(struct text_source *t)
{
	const unsigned char *mark = NULL;

	if (t->list != NULL) {
		if (t->i == t->list->n)
			return false;
		t->text = t->list->at(t->list->ctx, t->i++);
		t->ends = ENDS;
		return true;
	}
	if (t->rest.n == 0)
		return false;
	if (t->mark != BP_NO_MARK)
		mark = memchr(t->rest.p, t->mark, t->rest.n);
	t->text = t->rest;
	if (mark != NULL)
		t->text.n = (size_t)(mark - t->rest.p);
	t->ends = mark != NULL ? ENDS_WITH_MARK : LACKS_MARK;
	t->rest.p += t->text.n + (mark != NULL);
	t->rest.n -= t->text.n + (mark != NULL);
	return true;
}

/* The length of the segment that the text begins with; LONG + 1 if it is longer. */
static size_t length_of_segment(bp_newlines rule, struct slice s)
{
	return bp_segment_length(rule, (struct slice){ s.p, BP_MIN(s.n, LONG + 1) });
}

/* Take a segment of n bytes from the source, and put it into the batch. */
static bool take_segment(struct encoder *e, struct text_source *t, struct batch *b, size_t n)
{
	enum segment_end ends = n == t->text.n ? t->ends : INSIDE;
	size_t taken = n + (ends == ENDS_WITH_MARK);

	if (!BP_GROW(e->segments, e->cap_segments, b->k + 1))
		return false;
	e->segments[b->k++] = (struct encoder_segment){ t->text.p, (uint32_t)n, (uint8_t)ends };
	if (b->n == 0)
		b->p = t->text.p;
	else if (taken > 0 && t->text.p != b->p + b->n)
		b->adjacent = false;
	b->n += taken;
	t->text.p += n;
	t->text.n -= n;
	t->in_text = ends == INSIDE;
	return true;
}

/* Fill a batch with about GATHER bytes of segments; none if the next one is long, or if there is
 * none. */
static bool gather_segments(struct encoder *e, struct text_source *t, struct batch *b)
{
	size_t n;

	*b = (struct batch){ .adjacent = true };
	while (b->n < GATHER && b->k < GATHER) {
		if (!t->in_text && !take_text(t))
			break;
		t->in_text = true;
		n = length_of_segment(e->newlines, t->text);
		if (n > LONG)
			break;
		if (!take_segment(e, t, b, n))
			return false;
	}
	return true;
}

/* True if the last byte of segment i of a batch is the end mark of a text. */
static bool has_mark(const struct encoder *e, const struct batch *b, size_t i)
{
	return b->in_place && e->segments[i].ends == ENDS_WITH_MARK;
}

/* Copy the segments of a batch one behind the other, in normal form; marks are left out. */
static bool copy_segments(struct encoder *e, struct batch *b, bool normalize)
{
	struct buf *w = &e->scratch;
	size_t i, before;
	struct slice s;

	b->in_place = false;
	for (w->len = 0, i = 0; i < b->k; i++) {
		s = (struct slice){ e->segments[i].p, e->segments[i].n };
		before = w->len;
		if (!(normalize ? bp_nfc_append(s, w) : bp_buf_append(w, s.p, s.n)))
			return false;
		e->length[i] = (uint32_t)(w->len - before);
	}
	b->p = bp_buf_slice(w).p;
	b->n = w->len;
	return true;
}

/* True if no text of a batch interacts with the text before it: they have one normal form together.
 * Newlines and marks do not interact with text behind them. */
static bool are_apart(const struct encoder *e, const struct batch *b)
{
	const struct encoder_segment *s = e->segments;
	size_t i;

	for (i = 1; i < b->k; i++)
		if (s[i - 1].ends == ENDS && !bp_nfc_begins_apart((struct slice){ s[i].p, s[i].n }))
			return false;
	return true;
}

/* Bring the bytes of a batch into normal form, marks among them, and change the lengths. */
static bool normalize_batch(struct encoder *e, struct batch *b)
{
	const struct nfc_change *c, *end;
	struct slice s = { b->p, b->n };
	size_t i, at = 0;

	if (!bp_nfc_changes(s, &e->scratch, &s, &e->changes))
		return false;
	c = e->changes.change;
	end = BP_AT(c, e->changes.n);
	for (i = 0; i < b->k && c < end; i++) {
		at += e->length[i];
		for (; c < end && c->to <= at; c++)
			e->length[i] += (uint32_t)(c->normal_to - c->normal_from) -
					(uint32_t)(c->to - c->from);
	}
	b->p = s.p;
	b->n = s.n;
	return true;
}

/* Make the segments of a batch neighbours in memory, in normal form, and set their lengths. */
static bool join_segments(struct encoder *e, struct batch *b, bool normalize)
{
	size_t i;

	if (!BP_GROW(e->length, e->cap_length, b->k))
		return false;
	b->in_place = true;
	for (i = 0; i < b->k; i++)
		e->length[i] = e->segments[i].n + has_mark(e, b, i);
	if (!b->adjacent)
		return copy_segments(e, b, normalize);
	if (!normalize)
		return true;
	if (are_apart(e, b))
		return normalize_batch(e, b);
	return bp_is_nfc((struct slice){ b->p, b->n }) || copy_segments(e, b, normalize);
}

/* Ids take the place of the entries that were appended to the path since the last call. */
static void give_ids(struct encoder *e, struct text_source *t)
{
	struct path *path = bp_encoder_path(e);

	if (t->list != NULL)
		bp_ids_of_entries(BP_AT(path->piece, t->n_ids), path->n - t->n_ids);
	t->n_ids = path->n;
}

/* An end mark counts as the end of a line for random draws. */
static void count_end_mark(struct encoder *e, enum segment_end ends)
{
	if (e->sampler != NULL && ends != INSIDE && ends != LACKS_MARK)
		e->sampler->line++;
}

/* A text ends: pass its path to done(), and empty the path unless it is the result. */
static bool finish_text(struct encoder *e, struct text_source *t, enum segment_end ends)
{
	struct path *path = bp_encoder_path(e);

	if (t->done == NULL)
		return true;
	if (!t->done(t->ctx, path->piece, path->n, ends != LACKS_MARK))
		return false;
	if (t->list == NULL)
		path->n = 0;
	return true;
}

/* Segment i of the batch has been searched: does a text end with it? */
static bool end_of_segment(struct encoder *e, struct text_source *t, size_t i)
{
	enum segment_end ends = (enum segment_end)e->segments[i].ends;

	return ends == INSIDE || finish_text(e, t, ends);
}

/* Search the segments of a batch by the kernel. */
static bool search_gathered(struct encoder *e, struct text_source *t, const struct batch *b)
{
	struct fast_search *f = &e->search;
	size_t i, at, from = 0;

	if (b->n > 0 && !bp_fast_search_load(f, b->p, e->length, b->k))
		return false;
	for (i = 0, at = 0; i < b->k; i++) {
		at += e->length[i];
		if (has_mark(e, b, i))
			bp_fast_search_mark(f, at - 1);
	}
	if (b->n > 0)
		bp_fast_search_run(f, b->n);
	for (i = 0, at = 0; i < b->k; i++) {
		at += e->length[i];
		if (e->segments[i].ends == INSIDE)
			continue;
		if (!bp_fast_search_path(f, from, at - has_mark(e, b, i), 0) ||
		    !end_of_segment(e, t, i))
			return false;
		from = at;
	}
	return bp_fast_search_path(f, from, b->n, 0);
}

/* Segment i of a batch, which begins 'at' bytes behind b->p, without its end mark. */
static struct slice segment_at(const struct encoder *e, const struct batch *b, size_t i, size_t at)
{
	return bp_slice(BP_AT(b->p, at), e->length[i] - has_mark(e, b, i));
}

/* Begin to draw random paths through the segments of a batch, each with the number of its line. */
static bool draw_batch(struct encoder *e, const struct batch *b)
{
	struct sampler *r = e->sampler;
	const uint32_t *state = bp_sampler_walk(r, b->p, e->length, b->k);
	size_t i, at = 0;
	struct slice s;

	if (state == NULL)
		return false;
	bp_sampler_batch(r);
	for (i = 0; i < b->k; at += e->length[i++]) {
		s = segment_at(e, b, i, at);
		if (s.n > 0)
			count_lines(e, s);
		if (!bp_sampler_add(r, state + at, s.n))
			return false;
		r->line += e->n_newlines;
		e->n_newlines = 0;
		count_end_mark(e, (enum segment_end)e->segments[i].ends);
	}
	return true;
}

/* Search the segments of a batch one by one, without rows for the kernel, or draw their paths. */
static bool search_each(struct encoder *e, struct text_source *t, const struct batch *b)
{
	size_t i, at = 0;
	struct slice s;
	bool ok;

	if (e->sampler != NULL && !draw_batch(e, b))
		return false;
	for (i = 0; i < b->k; at += e->length[i++]) {
		s = segment_at(e, b, i, at);
		if (e->sampler != NULL)
			ok = bp_sampler_segment(e->sampler, &e->search.exact, i) &&
			     take_exact_path(e);
		else
			ok = s.n == 0 || (feed_segment(e, s) && end_segment(e));
		if (!ok || !end_of_segment(e, t, i))
			return false;
	}
	return true;
}

static bool search_part_of_text(struct encoder *e, struct slice s);

/* Search the segment that the text begins with, which is longer than LONG. */
static bool search_long(struct encoder *e, struct text_source *t)
{
	struct slice *s = &t->text, part;
	size_t left = bp_segment_length(e->newlines, *s);

	for (; left > 0; left -= part.n, s->p += part.n, s->n -= part.n) {
		part = (struct slice){ s->p, BP_MIN(left, PART) };
		if (!(t->is_normal ? search_part_of_text(e, part) : bp_encoder_feed(e, part)))
			return false;
	}
	t->in_text = s->n > 0;
	if (!bp_encoder_end(e))
		return false;
	if (t->in_text)
		return true;
	count_end_mark(e, t->ends);
	return finish_text(e, t, t->ends);
}

static bool search_batch(struct encoder *e, struct text_source *t, struct batch *b)
{
	if (!join_segments(e, b, e->normalize && !t->is_normal))
		return false;
	look_for_rows(e, b->n);
	if (e->sampler == NULL && e->rows->n > 0)
		return search_gathered(e, t, b);
	return search_each(e, t, b);
}

static bool encode_source(struct encoder *e, struct text_source *t)
{
	struct batch b;

	t->n_ids = e->search.path.n;
	for (;;) {
		if (!gather_segments(e, t, &b))
			return false;
		if (b.k == 0 && !t->in_text)
			return true;
		if (!(b.k > 0 ? search_batch(e, t, &b) : search_long(e, t)))
			return false;
		give_ids(e, t);
	}
}

static bool search_normal(struct encoder *e, struct slice s)
{
	struct text_source t = { .rest = s, .mark = BP_NO_MARK, .is_normal = true };

	return encode_source(e, &t);
}

/*
 * Search the next part of a normalised text.  The end of a segment is known only from the byte
 * behind it, which may come with the next part.
 */
static bool search_part_of_text(struct encoder *e, struct slice s)
{
	struct slice near;
	size_t n;

	for (; s.n > 0; s.p += n, s.n -= n) {
		near = (struct slice){ s.p, BP_MIN(s.n, GATHER) };
		if (e->in_segment && bp_segment_ends(e->newlines, e->last, s.p[0]) &&
		    !end_segment(e))
			return false;
		if (!e->in_segment && (n = bp_last_segment_end(e->newlines, near)) > 0) {
			if (!search_normal(e, (struct slice){ s.p, n }))
				return false;
			continue;
		}
		n = bp_segment_length(e->newlines, s);
		look_for_rows(e, n);
		if (!feed_segment(e, (struct slice){ s.p, n }))
			return false;
	}
	return true;
}

bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx)
{
	struct text_source t = { .rest = s, .mark = mark, .done = done, .ctx = ctx };

	e->search.path.n = 0;
	return encode_source(e, &t);
}

bool bp_encoder_list(struct encoder *e, const struct text_list *list, bp_encoded *done, void *ctx)
{
	struct text_source t = { .list = list, .done = done, .ctx = ctx };

	return encode_source(e, &t);
}

bool bp_encoder_normal_text(struct encoder *e, struct slice s)
{
	return search_normal(e, s);
}

bool bp_encoder_text(struct encoder *e, struct slice s)
{
	struct text_source t = { .rest = s, .mark = BP_NO_MARK };

	return encode_source(e, &t);
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
