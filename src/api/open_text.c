/* The calls of bytepiece.h for a text that will be continued. */
#include <string.h>

#include "encode/open.h"

bp_status bp_encode_open(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n,
			 char *left, size_t *n_left)
{
	struct slice s = { (const unsigned char *)text, len }, rest;
	struct opener o;
	bp_status st = BP_ENOMEM;
	size_t i;

	*n = *n_left = 0;
	if (bp_opener_init(&o, m) && bp_opener_text(&o, s, &rest)) {
		for (i = 0; i < o.encoder.batch.n_path; i++)
			ids[i] = bp_id_of_entry(o.encoder.batch.path[i]);
		*n = i;
		if (rest.n > 0)
			memcpy(left, rest.p, rest.n);
		*n_left = rest.n;
		st = BP_OK;
	}
	bp_opener_release(&o);
	return st;
}

/* Is a piece before those of 'length' bytes that begin with 's', or (after) not behind them? */
static bool is_before(struct slice piece, size_t length, struct slice s, bool after)
{
	int order;

	if (piece.n != length)
		return piece.n < length;
	order = s.n > 0 ? memcmp(piece.p, s.p, s.n) : 0;
	return order < 0 || (after && order == 0);
}

/* The first piece that is not before those of 'length' bytes that begin with 's', or is behind. */
static size_t find_bound(const struct model *m, size_t length, struct slice s, bool after)
{
	size_t low = 0, high = m->n_pieces - m->n_specials, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (is_before(m->piece[middle], length, s, after))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool begins_with(struct slice piece, struct slice s)
{
	return s.n <= piece.n && (s.n == 0 || memcmp(piece.p, s.p, s.n) == 0);
}

/* For pieces in any order. */
static size_t look_through(const struct model *m, struct slice s, uint32_t *ids, size_t cap)
{
	size_t i, n = 0;

	for (i = 0; i < m->n_pieces; i++) {
		if (bp_model_is_special(m, i) || !begins_with(m->piece[i], s))
			continue;
		if (n < cap)
			ids[n] = bp_id_of_entry(i);
		n++;
	}
	return n;
}

size_t bp_pieces_with_prefix(const bp_model *m, const char *bytes, size_t len, uint32_t *ids,
			     size_t cap)
{
	const struct model *v = &m->model;
	struct slice s = { (const unsigned char *)bytes, len };
	size_t length, i, from, to, n = 0;

	if (!v->by_length)
		return look_through(v, s, ids, cap);
	for (i = find_bound(v, len, (struct slice){ 0 }, false); i < v->n_pieces - v->n_specials;
	     i = find_bound(v, length, (struct slice){ 0 }, true)) {
		length = v->piece[i].n;
		from = find_bound(v, length, s, false);
		to = find_bound(v, length, s, true);
		for (; from < to; from++, n++)
			if (n < cap)
				ids[n] = bp_id_of_entry(from);
	}
	return n;
}
