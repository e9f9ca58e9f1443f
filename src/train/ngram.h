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

#include "train/runs.h"

/*
 * An n-gram as a key: its bytes, first byte highest, padded with zeros to 'order' bytes, and below
 * them three bits with n.  Keys are in byte-wise order, a prefix first.
 */
static inline unsigned bp_ngram_bits(unsigned order)
{
	return 8 * order + 3;
}

/* Count the windows of a segment, order 1 to BP_ORDER_MAX.  False if memory is out. */
bool bp_ngram_add(struct runs *r, unsigned order, struct slice segment);

/*
 * From the merged windows, the n-grams of one length, 1 to order, with at least min_count
 * occurrences.  False if memory is out.
 */
bool bp_ngram_of_length(const struct run *windows, unsigned order, unsigned n,
			uint64_t min_count, struct run *out);

#endif
