#include "encode/encoder.h"

#include <string.h>

#include "text/nfc.h"

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
}

static bool end_segment(struct encoder *e)
{
	bool ok = !e->in_segment || bp_viterbi_end(&e->search);

	e->in_segment = e->in_newlines = false;
	return ok;
}

/* Go on with normalised text.  A segment ends where newlines do, which only what follows tells. */
static bool search(struct encoder *e, struct slice s)
{
	const unsigned char *newline;
	size_t n;

	while (s.n > 0) {
		if (e->in_newlines && s.p[0] != '\n' && !end_segment(e))
			return false;
		newline = memchr(s.p, '\n', s.n);
		n = newline != NULL ? (size_t)(newline - s.p) : s.n;
		for (; n < s.n && s.p[n] == '\n'; n++)
			e->in_newlines = true;
		e->in_segment = true;
		if (!bp_viterbi_feed(&e->search, (struct slice){ s.p, n }))
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
