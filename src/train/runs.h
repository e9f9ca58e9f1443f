/*
 * runs.h - exact counts of 64-bit keys, by sorting.
 *
 * Keys are gathered, sorted and counted a chunk at a time; the sorted runs are merged as in a
 * binary counter, so that each key is moved O(log n) times.  What is kept grows with the number of
 * distinct keys only.
 */
#ifndef BP_RUNS_H
#define BP_RUNS_H

#include "base/base.h"

struct key_count {
	uint64_t key, count;
};

/* Sorted by key, keys distinct. */
struct run {
	struct key_count *row;
	size_t n;
};

enum { RUNS_LEVELS = 48 };

/* One thread's counter: keys not sorted yet, and runs of about 2^i chunks each. */
struct runs {
	unsigned bits;		/* how many low bits of a key are used */
	uint64_t *key, *spare;
	size_t n;
	struct run run[RUNS_LEVELS];
};

enum { RUNS_CHUNK = 1 << 20 };	/* keys sorted at a time */

bool bp_runs_init(struct runs *r, unsigned bits);
void bp_runs_release(struct runs *r);

/* Sort what has been gathered; for bp_runs_add().  False if memory is out. */
bool bp_runs_flush(struct runs *r);

/* Count a key.  False if memory is out. */
static inline bool bp_runs_add(struct runs *r, uint64_t key)
{
	r->key[r->n++] = key;
	return r->n < RUNS_CHUNK || bp_runs_flush(r);
}

/* Merge what n counters have counted into *out, for free(out->row), and release them. */
bool bp_runs_merge(struct runs *r, unsigned n, struct run *out);

#endif
