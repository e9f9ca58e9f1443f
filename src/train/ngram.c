/*
 * The walk keeps the last window and, for each of its prefixes, the sum of the counts of the
 * windows that begin with it.  Because the windows are sorted, a prefix that the next window
 * does not share cannot come again: its sum is its count.
 */
#include "train/ngram.h"

#include "base/endian.h"


bp_status bp_ngram_add(struct counter_worker *counter, unsigned order, struct slice segment,
		       uint64_t times, bp_error *err)
{
	uint64_t mask = ((uint64_t)1 << 8 * order) - 1, w;
	bp_status st;
	unsigned n;
	size_t i;

	/* w has the bytes of the window; behind the end of the segment, zeros. */
	w = bp_load_be(segment.p, (unsigned)BP_MIN(order, segment.n));
	if (segment.n < order)
		w <<= 8 * (order - segment.n);
	for (i = 0; i < segment.n; i++) {
		n = (unsigned)BP_MIN(order, segment.n - i);
		if ((st = bp_counter_key(counter, w << 3 | n, times, err)) != BP_OK)
			return st;
		w = w << 8 & mask;
		if (i + order < segment.n)
			w |= segment.p[i + order];
	}
	return BP_OK;
}

/* No further window begins with the prefixes of over 'from' bytes of the last one, since
 * windows are sorted: their counts are final. */
static bp_status end_grams(struct ngram_walk *w, unsigned from, bp_error *err)
{
	bp_status st = BP_OK;

	for (; w->len > from && st == BP_OK; w->len--) {
		st = w->gram(w->ctx, w->len, w->key >> (8 * (w->order - w->len) + 3),
			     w->count[w->len], err);
		w->count[w->len] = 0;
	}
	return st;
}

bp_status bp_ngram_row(struct ngram_walk *w, const struct row *r, const char *from, bp_error *err)
{
	uint64_t key = bp_row_number(r), differ = (w->key ^ key) >> 3;
	unsigned n = key & 7, same = w->order, d;
	bp_status st;

	if (r->key.n != 1 + (bp_ngram_bits(w->order) + 7) / 8 || n < 1 || n > w->order ||
	    key >> (8 * w->order + 3) != 0 || !bp_ngram_is_padded(key, w->order))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: an impossible window", from);
	/* The prefixes that both windows share have further counts.  Padding could equal bytes, so
	 * neither window is compared beyond its length. */
	for (; differ != 0; differ >>= 8)
		same--;
	same = BP_MIN(same, BP_MIN(w->len, n));
	if ((st = end_grams(w, same, err)) != BP_OK)
		return st;
	for (d = 1; d <= n; d++)
		w->count[d] += r->count;
	w->key = key;
	w->len = n;
	return BP_OK;
}

bp_status bp_ngram_end(struct ngram_walk *w, bp_error *err)
{
	/* No window follows, so all prefixes of the last one end. */
	return end_grams(w, 0, err);
}
