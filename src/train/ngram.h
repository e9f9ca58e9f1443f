/*
 * ngram.h - exact counts of byte n-grams, by sorting.
 *
 * Every byte of a segment begins a window: the next 'order' bytes, or fewer at the segment's end.
 * Windows are sorted and counted in runs, runs merged.  One walk over the sorted windows then
 * gives the counts of all n-grams up to 'order': an n-gram's count is the sum over the windows
 * that begin with it.
 */
#ifndef BP_NGRAM_H
#define BP_NGRAM_H

#include "counts/counter.h"

/*
 * An n-gram as a key: its bytes, first byte highest, padded with zeros to 'order' bytes, and below
 * them three bits with n.  Keys are in byte-wise order, a prefix first.
 */
static inline unsigned bp_ngram_bits(unsigned order)
{
	return 8 * order + 3;
}

/* Are there only zeros behind the n bytes of a key of that width? */
static inline bool bp_ngram_is_padded(uint64_t key, unsigned width)
{
	unsigned n = key & 7;

	return n >= width || (key >> 3 & (((uint64_t)1 << 8 * (width - n)) - 1)) == 0;
}

/* Count the windows of a segment, order 1 to BP_ORDER_MAX. */
bp_status bp_ngram_add(struct counter_worker *h, unsigned order, struct slice segment,
		       bp_error *err);

/*
 * The walk over sorted windows.  gram(ctx, n, bytes, count) gets each n-gram, its bytes in the
 * lowest ones of 'bytes'; a longer one before the one that it begins with.
 */
struct ngram_walk {
	unsigned order;
	bp_status (*gram)(void *ctx, unsigned n, uint64_t bytes, uint64_t count, bp_error *err);
	void *ctx;
	uint64_t key;		/* of the last row */
	unsigned len;
	uint64_t count[8];	/* of its beginnings */
};
bp_status bp_ngram_row(struct ngram_walk *w, const struct row *r, const char *from, bp_error *err);
bp_status bp_ngram_end(struct ngram_walk *w, bp_error *err);

#endif
