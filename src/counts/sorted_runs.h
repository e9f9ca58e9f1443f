/*
 * sorted_runs.h - exact counts of 64-bit keys by sorting, for one thread.
 *
 * Keys are gathered in a chunk.  A full chunk is sorted (least significant digit radix sort), equal
 * keys are counted, and the result is a run.  Runs are merged as a binary counter carries: a run of
 * level i comes from about 2^i chunks, and two runs of one level become one run of the next.  So
 * each key is moved O(log n) times, and the memory grows with the number of distinct keys, not with
 * the number of keys.
 *
 * Functions that return bool return false if memory is out; the counts are not usable then.
 */
#ifndef BP_SORTED_RUNS_H
#define BP_SORTED_RUNS_H

#include "base/base.h"

struct key_count {
	uint64_t key, count;
};

/* Distinct keys in ascending order; owns 'row'. */
struct run {
	struct key_count *row;
	size_t n;
};

enum { RUNS_LEVELS = 48 };	/* enough for 2^48 chunks */

struct sorted_runs {
	unsigned bits;		/* a key is below 2^bits; 1 to 64 */
	uint64_t *key, *spare;	/* keys of the chunk; room to sort them; 'chunk' elements each */
	/* The number of times that each of them counts, and room; NULL: each once. */
	uint64_t *times, *spare_times;
	size_t *digits;		/* of sorting: 96 KB, too many bytes for the stack of a thread */
	size_t n, chunk;	/* keys in the chunk; its capacity */
	uint64_t total;		/* keys counted in runs, repeats included */
	struct run run[RUNS_LEVELS];
};

bool bp_sorted_runs_init(struct sorted_runs *r, unsigned bits, size_t chunk);
void bp_sorted_runs_release(struct sorted_runs *r);

/* Before a key is added with another number than 1: make room for such numbers. */
bool bp_sorted_runs_weigh(struct sorted_runs *r);
/* Add a key, of one occurrence or several.  True if the chunk is full: bp_sorted_runs_flush() must
 * be called before the next. */
static inline bool bp_sorted_runs_add(struct sorted_runs *r, uint64_t key, uint64_t times)
{
	if (r->times != NULL)
		r->times[r->n] = times;
	r->key[r->n++] = key;
	return r->n == r->chunk;
}

/* Sort and count the keys of the chunk, and empty it. */
bool bp_sorted_runs_flush(struct sorted_runs *r);

/* Number of rows in all runs; keys of the chunk are not included. */
size_t bp_sorted_runs_rows(const struct sorted_runs *r);
/* Free all runs.  The chunk and 'total' stay. */
void bp_sorted_runs_clear(struct sorted_runs *r);

/* Merge all runs into run[0]. */
bool bp_sorted_runs_collapse(struct sorted_runs *r);

#endif
