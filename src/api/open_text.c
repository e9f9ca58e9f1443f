/*
 * The calls of bytepiece.h for a text to be continued: its certain ids, and the pieces that can
 * follow.  Pieces with a prefix are contiguous for each length, so two binary searches find them.
 */
#include <string.h>

#include "encode/continuation.h"

bp_status bp_encode_open(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n,
			 char *left, size_t *n_left)
{
	struct slice s = bp_slice(text, len), rest;
	struct continuation o;
	bool done = false;

	*n = *n_left = 0;
	if (bp_continuation_init(&o, m) && bp_continuation_encode(&o, s, &rest)) {
		*n = bp_encoder_path(&o.encoder)->n;
		bp_copy_ids(ids, bp_encoder_path(&o.encoder)->piece, *n);
		bp_copy(left, rest.p, rest.n);
		*n_left = rest.n;
		done = true;
	}
	bp_continuation_release(&o);
	return done ? BP_OK : bp_fail_memory(NULL);
}

/*
 * True if a piece sorts before the pieces of 'length' bytes that begin with 's'; with 'after', if
 * it does not sort behind them.
 */
static bool sorts_before(struct slice piece, size_t length, struct slice s, bool after)
{
	int order;

	if (piece.n != length)
		return piece.n < length;
	order = s.n > 0 ? memcmp(piece.p, s.p, s.n) : 0;
	return order < 0 || (after && order == 0);
}

/*
 * The index of the first piece of 'length' bytes that begins with 's'; with 'after', the index
 * behind the last one.  Pieces are sorted by length, then by bytes.
 */
static size_t find_bound(const struct model *m, size_t length, struct slice s, bool after)
{
	size_t low = 0, high = m->n_pieces - m->n_specials, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (sorts_before(m->piece[middle], length, s, after))
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

/* For models with pieces in another order: look at each. */
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
	struct slice s = bp_slice(bytes, len);
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
