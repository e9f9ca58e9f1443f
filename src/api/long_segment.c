#include "api/long_segment.h"

#include <stdlib.h>
#include <string.h>

void bp_long_segment_release(struct long_segment *t)
{
	bp_buf_release(&t->out.text);
	bp_buf_release(&t->undecided);
	free(t->piece);
	free(t->gap);
	*t = (struct long_segment){ 0 };
}

bool bp_long_segment_encode(struct long_segment *t, struct encoder *e, struct slice s, uint64_t before)
{
	struct fast_search *b = &e->search;
	size_t i, n, done = 0;

	bp_format_reset(&t->out, true);
	b->path.n = b->n_gaps = b->undecided.len = t->undecided.len = 0;
	if (!bp_encoder_long_segment(e, s, before) ||
	    !BP_GROW(t->piece, t->cap_piece, b->path.n) ||
	    !BP_GROW(t->gap, t->cap_gap, b->n_gaps) ||
	    !bp_buf_append(&t->undecided, b->undecided.data, b->undecided.len))
		return false;
	for (i = 0; i <= b->n_gaps; i++) {
		n = i < b->n_gaps ? b->gap[i].n_before : b->path.n;
		if (!bp_format_tokens(&t->out, b->path.piece + done, n - done))
			return false;
		done = n;
		if (i < b->n_gaps)
			t->gap[i] = (struct long_segment_gap){ n, t->out.text.len, b->gap[i].n };
	}
	if (b->path.n > 0)
		memcpy(t->piece, b->path.piece, b->path.n * sizeof(*b->path.piece));
	t->n_piece = b->path.n;
	t->n_gaps = b->n_gaps;
	b->path.n = 0;
	return true;
}

static bool fill_gap(struct encoder *e, struct slice s, double *sum, struct format *all)
{
	struct path *path = bp_encoder_path(e);

	path->n = 0;
	if (!bp_encoder_gap(e, s, *sum) || !bp_format_tokens(all, path->piece, path->n))
		return false;
	*sum = bp_encoder_add(e, *sum, path->piece, path->n);
	return true;
}

bool bp_long_segment_fill(const struct long_segment *t, struct encoder *e, double *sum, struct format *all)
{
	const struct long_segment_gap end = { t->n_piece, t->out.text.len, 0 };
	struct long_segment_gap done = { 0 }, g;	/* done.n: bytes of gaps */
	const unsigned char *out = t->out.text.data;
	size_t i;

	for (i = 0; i <= t->n_gaps; i++) {
		g = i < t->n_gaps ? t->gap[i] : end;
		*sum = bp_encoder_add(e, *sum, t->piece + done.n_piece, g.n_piece - done.n_piece);
		if ((g.n_out > done.n_out &&
		     !bp_format_append(all, (struct slice){ out + done.n_out, g.n_out - done.n_out })) ||
		    (g.n > 0 && !fill_gap(e, (struct slice){ t->undecided.data + done.n, g.n },
					  sum, all)))
			return false;
		g.n += done.n;
		done = g;
	}
	return true;
}
