/*
 * ngram.h - exact counts of byte n-grams by sorting windows.
 *
 * Every byte of a segment begins a window: the next 'order' bytes, or fewer at the end of the
 * segment.  Windows are counted as 64-bit keys (counter.h).  The count of an n-gram is the sum
 * of the counts of all windows that begin with it, and these are neighbours in sorted order; so
 * one walk over the sorted windows yields the counts of all n-grams of up to 'order' bytes.
 * This needs one key per byte of text, where counting each n-gram needs 'order' keys.
 */
#ifndef BP_NGRAM_H
#define BP_NGRAM_H

#include "counts/counter.h"

/*
 * The key of a window of n bytes: its bytes, the first one highest, padded with zeros to 'order'
 * bytes; below them n, in three bits.  So numeric order is byte-wise order with prefixes first.
 */
static inline unsigned bp_ngram_bits(unsigned order)
{
	return 8 * order + 3;
}

/* Are the bytes behind the n bytes of a key zero?  'width': bytes of a full window. */
static inline bool bp_ngram_is_padded(uint64_t key, unsigned width)
{
	unsigned n = key & 7;

	return n >= width || (key >> 3 & (((uint64_t)1 << 8 * (width - n)) - 1)) == 0;
}

/* Count the windows of a segment that occurs 'times' times; order is 1 to BP_ORDER_MAX. */
bp_status bp_ngram_add(struct counter_worker *counter, unsigned order, struct slice segment,
		       uint64_t times, bp_error *err);

/*
 * The walk over sorted windows.  The caller sets order, gram and ctx, and the rest to zero.
 * gram(ctx, n, bytes, count) is called once for each n-gram, longer ones before their prefixes;
 * 'bytes' has its n bytes in the lowest positions, the last byte lowest.
 */
struct ngram_walk {
	unsigned order;
	bp_status (*gram)(void *ctx, unsigned n, uint64_t bytes, uint64_t count, bp_error *err);
	void *ctx;
	uint64_t key;		/* of the last window */
	unsigned len;		/* its bytes */
	uint64_t count[8];	/* by n: of its prefix of n bytes, so far */
};
/* Take the next row; 'from' is its source, for messages.  BP_EFORMAT if no window has its key. */
bp_status bp_ngram_row(struct ngram_walk *w, const struct row *r, const char *from, bp_error *err);
/* After the last row. */
bp_status bp_ngram_end(struct ngram_walk *w, bp_error *err);

#endif
