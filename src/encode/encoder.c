#include "encode/encoder.h"

#include <stdlib.h>
#include <string.h>

#include "text/nfc.h"

/* Enough for several walks side by side, and little enough to stay in the cache. */
enum { BATCH = 16 * 1024 };

bp_status bp_model_prepare(bp_model *m, bp_error *err)
{
	return bp_unigram_init(&m->unigram, m->model.piece, m->model.log_probability,
			       m->model.n_pieces, err);
}

bool bp_encoder_init(struct encoder *e, const bp_model *m)
{
	*e = (struct encoder){ .normalize = m->model.normalize == BP_NORMALIZE_NFC };
	return bp_viterbi_init(&e->search, &m->unigram);
}

void bp_encoder_release(struct encoder *e)
{
	bp_viterbi_release(&e->search);
	bp_buf_release(&e->scratch);
	bp_buf_release(&e->waiting);
	free(e->length);
	free(e->ends_text);
	free(e->state);
}

static bool end_search(struct encoder *e)
{
	return e->sampler != NULL ? bp_sampler_end(e->sampler, &e->search)
				  : bp_viterbi_end(&e->search);
}

static bool feed(struct encoder *e, struct slice s)
{
	return e->sampler != NULL ? bp_sampler_feed(e->sampler, &e->search, s)
				  : bp_viterbi_feed(&e->search, s);
}

/* A whole segment, by its states. */
static bool search_states(struct encoder *e, struct slice s, const uint32_t *state)
{
	if (e->sampler == NULL)
		return bp_viterbi_feed_states(&e->search, state, s.n) &&
		       bp_viterbi_end(&e->search);
	if (!bp_sampler_segment(e->sampler, &e->search, state, s.n))
		return false;
	for (; s.n > 0 && s.p[s.n - 1] == '\n'; s.n--)
		e->sampler->line++;
	return true;
}

static bool end_segment(struct encoder *e)
{
	bool ok = !e->in_segment || end_search(e);

	if (e->sampler != NULL)
		e->sampler->line += e->n_newlines;
	e->n_newlines = 0;
	e->in_segment = false;
	return ok;
}

/* Go on with normalised text.  A segment ends where newlines do, which only what follows tells. */
static bool search(struct encoder *e, struct slice s)
{
	const unsigned char *newline;
	size_t n;

	while (s.n > 0) {
		if (e->n_newlines > 0 && s.p[0] != '\n' && !end_segment(e))
			return false;
		newline = memchr(s.p, '\n', s.n);
		n = newline != NULL ? (size_t)(newline - s.p) : s.n;
		for (; n < s.n && s.p[n] == '\n'; n++)
			e->n_newlines++;
		e->in_segment = true;
		if (!feed(e, (struct slice){ s.p, n }))
			return false;
		s.p += n;
		s.n -= n;
	}
	return true;
}

bool bp_encoder_text(struct encoder *e, struct slice s)
{
	if (e->normalize && !bp_nfc(s, &e->scratch, &s))
		return false;
	return search(e, s) && end_segment(e);
}

/* Divide what 's' begins with into segments, about BATCH bytes; returns their number, and their
 * bytes in *n. */
static size_t gather(struct encoder *e, struct slice s, int mark, size_t *n)
{
	const unsigned char *p = s.p, *end = s.p + s.n, *text_end = NULL, *q;
	size_t k = 0;

	for (; p < end && (size_t)(p - s.p) < BATCH; p = q, k++) {
		if (!bp_grow(&e->length, &e->cap_length, k + 1, sizeof(*e->length)) ||
		    !bp_grow(&e->ends_text, &e->cap_ends, k + 1, sizeof(*e->ends_text)))
			return 0;
		if (text_end == NULL) {
			text_end = mark == BP_NO_MARK ? NULL : memchr(p, mark, (size_t)(end - p));
			if (text_end == NULL)
				text_end = end;
		}
		q = p < text_end ? memchr(p, '\n', (size_t)(text_end - p)) : NULL;
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

bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx)
{
	size_t i, k, n, at;
	struct slice part;
	bool open = false;

	if (e->normalize && !bp_nfc(s, &e->scratch, &s))
		return false;
	e->search.n_path = 0;
	for (; s.n > 0; s.p += n, s.n -= n) {
		if ((k = gather(e, s, mark, &n)) == 0 ||
		    !bp_grow(&e->state, &e->cap_state, n, sizeof(*e->state)))
			return false;
		bp_automaton_walk(&e->search.u->a, s.p, e->length, k, e->state);
		for (i = 0, at = 0; i < k; at += e->length[i++]) {
			open = !e->ends_text[i];
			part = (struct slice){ s.p + at, e->length[i] - e->ends_text[i] };
			if (!search_states(e, part, e->state + at))
				return false;
			if (open)
				continue;
			if (e->sampler != NULL)
				e->sampler->line++;
			if (!done(ctx, e->search.path, e->search.n_path, true))
				return false;
			e->search.n_path = 0;
		}
	}
	return !open || done(ctx, e->search.path, e->search.n_path, false);
}

bool bp_encoder_feed(struct encoder *e, struct slice s)
{
	struct buf *w = &e->waiting;
	struct slice whole;
	size_t border;

	if (!e->normalize)
		return search(e, s);
	if (!bp_buf_append(w, s.p, s.n))
		return false;
	whole = (struct slice){ w->data, w->len };
	border = bp_text_border(whole, e->looked_at, true);
	if (border > 0) {
		if (!bp_nfc((struct slice){ w->data, border }, &e->scratch, &whole) ||
		    !search(e, whole))
			return false;
		memmove(w->data, w->data + border, w->len - border);
		w->len -= border;
	}
	/* What the last three bytes are may depend on the next ones. */
	e->looked_at = w->len > 4 ? w->len - 4 : 0;
	return true;
}

bool bp_encoder_end(struct encoder *e)
{
	bool ok = bp_encoder_text(e, (struct slice){ e->waiting.data, e->waiting.len });

	e->waiting.len = e->looked_at = 0;
	return ok;
}
