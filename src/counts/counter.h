/*
 * counter.h - exact counts of one pass, by several workers, in bounded memory.
 *
 * Each worker counts by itself: keys of up to 64 bits by sorting (sorted_runs.h), byte strings in a hash
 * table (table.h).  What takes more than the worker's share of the memory is sorted and spilled.
 * At the end all is merged, as one source of rows of kind ROW_COUNT.
 */
#ifndef BP_COUNTER_H
#define BP_COUNTER_H

#include "base/endian.h"
#include "counts/merge.h"
#include "counts/sources.h"
#include "counts/spill.h"

struct counter_worker {
	struct counter *counter;
	struct sorted_runs runs;
	struct table table;
	uint32_t *order;	/* of the table, in the end */
	uint64_t strings;	/* counted in the table and the tables before it */
	struct spill_list spills;	/* since the last flush of all */
};

struct counter {
	struct workspace *ws;
	unsigned n_workers, bits;	/* bits of a key; 0: byte strings */
	uint64_t share;		/* bytes that a worker may use */
	struct counter_worker *workers;	/* n_workers of them */
	uint64_t resumed;	/* what was counted by a process before */
	struct spill_list done;	/* of all workers, before the last flush */
	atomic_bool spilled;	/* a worker has spilled since then */
};

/* 'memory' is what all workers together may use, in bytes; 0: as much as they need. */
bp_status bp_counter_init(struct counter *c, struct workspace *ws, unsigned n_workers,
			  unsigned bits, uint64_t memory, bp_error *err);
/* Temporary files go; kept ones stay, and are closed. */
void bp_counter_release(struct counter *c);

/* The worker's own thread only. */
bp_status bp_counter_full(struct counter_worker *h, bp_error *err);

static inline bp_status bp_counter_key(struct counter_worker *h, uint64_t key, bp_error *err)
{
	return bp_sorted_runs_add(&h->runs, key) ? bp_counter_full(h, err) : BP_OK;
}

bp_status bp_counter_string(struct counter_worker *h, struct slice s, uint64_t n,
			    bp_error *err);

/*
 * While no worker counts: spill all that is in memory, so that c->done holds everything.  Where
 * many spills are alike they are merged to one; those go to 'old' and are not needed any more.
 */
bp_status bp_counter_flush(struct counter *c, struct spill_list *old, bp_error *err);

/* What was counted, as a source; the counter has to last as long, and counts no more. */
struct counted {
	struct merge merge;
	struct row_reader *reader;	/* one per spill */
	struct run_source *run;
	struct table_source *table;
	struct source **source;		/* all of them */
	size_t n, n_readers, n_runs, n_tables;
};
bp_status bp_counter_open(struct counter *c, struct counted *all, bp_error *err);
void bp_counted_release(struct counted *all);

/* How many spills hold what was counted; while no worker counts. */
size_t bp_counter_spills(const struct counter *c);

/* How many keys or strings were counted, repeats included; after bp_counter_open() or _flush(). */
uint64_t bp_counter_total(const struct counter *c);

/* The key of a row of a counter of keys. */
static inline uint64_t bp_row_number(const struct row *r)
{
	return bp_load_be(r->key.p + 1, (unsigned)(r->key.n - 1));
}

#endif
