/*
 * The encoder gives a path with gaps.  Its tokens are formatted at once, by the worker; for each
 * gap the position in the formatted tokens, in the pieces, and in the text of all gaps is kept, so
 * that filling is a merge: tokens up to a gap, the gap encoded with the exact score, and so on.
 */
#include "api/long_segment.h"

#include <stdlib.h>
#include <string.h>

void bp_long_segment_release(struct long_segment *t)
{
	bp_buf_release(&t->out.text);
	bp_buf_release(&t->gap_text);
	free(t->piece);
	free(t->gap);
	*t = (struct long_segment){ 0 };
}

bool bp_long_segment_encode(struct long_segment *t, struct encoder *e, struct slice s,
			    uint64_t before)
{
	struct fast_search *b = &e->search;
	size_t i, n, done = 0, text_end = 0;

	/*
	 * Each token gets a separator before it; bp_format_append() drops the first one if need
	 * be.
	 */
	bp_format_reset(&t->out, true);
	b->path.n = b->n_gaps = b->undecided.len = t->gap_text.len = 0;
	if (!bp_encoder_long_segment(e, s, before) ||
	    !BP_GROW(t->piece, t->cap_piece, b->path.n) ||
	    !BP_GROW(t->gap, t->cap_gap, b->n_gaps) ||
	    !bp_buf_append(&t->gap_text, b->undecided.data, b->undecided.len))
		return false;
	/*
	 * The tokens between two gaps, one after another, to note where each gap is in the result.
	 */
	for (i = 0; i <= b->n_gaps; i++) {
		n = i < b->n_gaps ? b->gap[i].n_before : b->path.n;
		if (!bp_format_tokens(&t->out, BP_AT(b->path.piece, done), n - done))
			return false;
		done = n;
		if (i == b->n_gaps)
			break;
		text_end += b->gap[i].n;
		t->gap[i] = (struct long_segment_gap){ n, t->out.text.len, text_end };
	}
	bp_copy(t->piece, b->path.piece, b->path.n * sizeof(*b->path.piece));
	t->n_pieces = b->path.n;
	t->n_gaps = b->n_gaps;
	b->path.n = 0;
	return true;
}

/* Encode the bytes of a gap with the exact score before it, and append the tokens. */
static bool fill_gap(struct encoder *e, struct slice s, double *score, struct format *all)
{
	struct path *path = bp_encoder_path(e);

	path->n = 0;
	if (!bp_encoder_gap(e, s, *score) || !bp_format_tokens(all, path->piece, path->n))
		return false;
	*score = bp_encoder_add(e, *score, path->piece, path->n);
	return true;
}

bool bp_long_segment_fill(const struct long_segment *t, struct encoder *e, double *score,
			  struct format *all)
{
	const struct long_segment_gap end = { t->n_pieces, t->out.text.len, t->gap_text.len };
	struct long_segment_gap done = { 0 }, g;
	struct slice tokens, text;
	size_t i;

	/*
	 * Scores are added in the order of the bytes, as the search does: rounding depends on it.
	 */
	for (i = 0; i <= t->n_gaps; i++) {
		g = i < t->n_gaps ? t->gap[i] : end;
		*score = bp_encoder_add(e, *score, BP_AT(t->piece, done.piece_end),
					g.piece_end - done.piece_end);
		tokens = bp_buf_part(&t->out.text, done.out_end, g.out_end);
		if (tokens.n > 0 && !bp_format_append(all, tokens))
			return false;
		text = bp_buf_part(&t->gap_text, done.text_end, g.text_end);
		if (text.n > 0 && !fill_gap(e, text, score, all))
			return false;
		done = g;
	}
	return true;
}
