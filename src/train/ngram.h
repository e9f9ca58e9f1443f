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

#include "base/base.h"

/*
 * An n-gram as a number: its bytes, first byte highest, padded with zeros to 'order' bytes, and
 * below them three bits with n.  Numbers are in byte-wise order, a prefix first.
 */
typedef uint64_t ngram_key;

struct ngram_count {
	ngram_key key;
	uint64_t count;
};

/* Sorted by key, keys distinct. */
struct ngram_run {
	struct ngram_count *row;
	size_t n;
};

enum { NGRAM_LEVELS = 48 };

/* One thread's counter: windows not sorted yet, and runs of about 2^i chunks each. */
struct ngram_counter {
	unsigned order;		/* 1 to BP_ORDER_MAX */
	ngram_key *window, *spare;
	size_t n;
	struct ngram_run run[NGRAM_LEVELS];
};

bool bp_ngram_init(struct ngram_counter *c, unsigned order);
void bp_ngram_release(struct ngram_counter *c);

/* Count the windows of a segment.  False if memory is out. */
bool bp_ngram_add(struct ngram_counter *c, struct slice segment);

/* Merge what n counters have counted into *out, for free(out->row), and release them. */
bool bp_ngram_merge(struct ngram_counter *c, unsigned n, struct ngram_run *out);

/*
 * From the merged windows, the n-grams of one length, 1 to order, with at least min_count
 * occurrences.  False if memory is out.
 */
bool bp_ngram_of_length(const struct ngram_run *windows, unsigned order, unsigned n,
			uint64_t min_count, struct ngram_run *out);

#endif
