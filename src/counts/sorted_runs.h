/*
 * sorted_runs.h - exact counts of 64-bit keys, by sorting.
 *
 * Keys are gathered, sorted and counted a chunk at a time; the sorted runs are merged as in a
 * binary counter, so that each key is moved O(log n) times.  What is kept grows with the number of
 * distinct keys only.
 */
#ifndef BP_SORTED_RUNS_H
#define BP_SORTED_RUNS_H

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
struct sorted_runs {
	unsigned bits;		/* how many low bits of a key are used */
	uint64_t *key, *spare;	/* 'chunk' of them: keys sorted at a time */
	size_t n, chunk;
	uint64_t total;		/* keys that have been sorted */
	struct run run[RUNS_LEVELS];
};

bool bp_sorted_runs_init(struct sorted_runs *r, unsigned bits, size_t chunk);
void bp_sorted_runs_release(struct sorted_runs *r);

/* Count a key.  True if the chunk is full and bp_sorted_runs_flush() must be called before the next. */
static inline bool bp_sorted_runs_add(struct sorted_runs *r, uint64_t key)
{
	r->key[r->n++] = key;
	return r->n == r->chunk;
}

/* Sort what has been gathered.  False if memory is out. */
bool bp_sorted_runs_flush(struct sorted_runs *r);

/* Rows in all runs, those of keys not sorted yet not among them. */
size_t bp_sorted_runs_rows(const struct sorted_runs *r);
/* Forget the runs, and keep the room for keys. */
void bp_sorted_runs_clear(struct sorted_runs *r);

/* Merge all runs into one, the only one that is then left.  False if memory is out. */
bool bp_sorted_runs_collapse(struct sorted_runs *r);
/* Merge b into a; b is released.  False if memory is out. */
bool bp_run_merge(struct run *a, struct run *b);

#endif
