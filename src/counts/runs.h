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
	uint64_t *key, *spare;	/* 'chunk' of them: keys sorted at a time */
	size_t n, chunk;
	uint64_t total;		/* keys that have been sorted */
	struct run run[RUNS_LEVELS];
};

bool bp_runs_init(struct runs *r, unsigned bits, size_t chunk);
void bp_runs_release(struct runs *r);

/* Count a key.  True if the chunk is full and bp_runs_flush() must be called before the next. */
static inline bool bp_runs_add(struct runs *r, uint64_t key)
{
	r->key[r->n++] = key;
	return r->n == r->chunk;
}

/* Sort what has been gathered.  False if memory is out. */
bool bp_runs_flush(struct runs *r);

/* Rows in all runs, those of keys not sorted yet not among them. */
size_t bp_runs_rows(const struct runs *r);
/* Forget the runs, and keep the room for keys. */
void bp_runs_clear(struct runs *r);

/* Merge all runs into one, the only one that is then left.  False if memory is out. */
bool bp_runs_collapse(struct runs *r);
/* Merge b into a; b is released.  False if memory is out. */
bool bp_run_merge(struct run *a, struct run *b);

#endif
