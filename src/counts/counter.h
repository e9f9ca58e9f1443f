/*
 * counter.h - exact counts of keys or strings by several workers, in bounded memory.
 *
 * Each worker has a private worker state and counts without locks: keys of up to 64 bits by
 * sorting (sorted_runs.h), byte strings in a hash table (table.h).  When the counts of a worker
 * need more than its share of the memory, the worker sorts them into a spill (spill.h).  In the
 * end, one merge of all spills and of all counts in memory is the result: a source of rows of
 * kind ROW_COUNT.
 *
 * Counting is by the worker's thread; every other call is by one thread, while no worker counts.
 */
#ifndef BP_COUNTER_H
#define BP_COUNTER_H

#include "base/endian.h"
#include "counts/row.h"
#include "counts/sorted_runs.h"
#include "counts/spill.h"
#include "base/table.h"

struct counter_worker {
	struct counter *counter;
	struct sorted_runs runs;	/* of a counter of keys */
	struct table table;		/* of a counter of strings */
	uint32_t *order;		/* of the table, see bp_table_order(); made at the end */
	uint64_t strings;		/* strings counted, those in spills included */
	struct spill_list spills;	/* since the last bp_counter_flush() */
};

struct counter {
	struct workspace *ws;		/* borrowed */
	unsigned n_workers;
	unsigned bits;			/* a key is below 2^bits; 0: strings are counted */
	uint64_t share;			/* memory of one worker, in bytes; UINT64_MAX: no limit */
	struct counter_worker *workers;	/* n_workers of them */
	uint64_t resumed;		/* number counted before by a process that was ended */
	struct spill_list done;		/* all counts up to the last bp_counter_flush() */
	atomic_bool spilled;		/* a worker has spilled since then */
};

/* 'memory': bytes that all workers together may use; 0: no limit. */
bp_status bp_counter_init(struct counter *c, struct workspace *ws, unsigned n_workers,
			  unsigned bits, uint64_t memory, bp_error *err);
/* Removes temporary spills; closes the spills in c->done if the workspace keeps spills. */
void bp_counter_release(struct counter *c);

/* Parts of bp_counter_key().  Make room for numbers of occurrences. */
bp_status bp_counter_weigh(struct counter_worker *worker, bp_error *err);
/* Sort the full chunk, and spill if the share is used up. */
bp_status bp_counter_full(struct counter_worker *worker, bp_error *err);

/* Count n occurrences of a key below 2^bits. */
static inline bp_status bp_counter_key(struct counter_worker *worker, uint64_t key, uint64_t n,
				       bp_error *err)
{
	bp_status st;

	if (n != 1 && worker->runs.times == NULL && (st = bp_counter_weigh(worker, err)) != BP_OK)
		return st;
	return bp_sorted_runs_add(&worker->runs, key, n) ? bp_counter_full(worker, err) : BP_OK;
}

/* Count n occurrences of a string. */
bp_status bp_counter_string(struct counter_worker *worker, struct slice s, uint64_t n,
			    bp_error *err);

/*
 * Spill all counts in memory, so that c->done holds all counts.  If c->done has too many spills,
 * several are merged into one.  The merged spills go to 'old', for the caller to drop when no
 * checkpoint names them; if 'old' is NULL, they are dropped at once.
 */
bp_status bp_counter_flush(struct counter *c, struct spill_list *old, bp_error *err);

/* All counts, as the source merge.source.  Borrows from the counter, which must not count again. */
struct counted {
	struct merge merge;
	struct row_reader *reader;	/* one per spill */
	struct run_source *run;		/* one per run in memory */
	struct table_source *table;	/* one per table that is not empty */
	struct source **source;		/* the n inputs of the merge */
	size_t n, n_readers, n_runs, n_tables;
};
bp_status bp_counter_open(struct counter *c, struct counted *all, bp_error *err);
void bp_counted_release(struct counted *all);

/* The number of spills. */
size_t bp_counter_spills(const struct counter *c);

/* The number of keys or strings counted, repeats included.  Keys of chunks that are not full count
 * after bp_counter_open() or bp_counter_flush(). */
uint64_t bp_counter_total(const struct counter *c);

/* The key that the row of a counter of keys has as its body: a big-endian integer. */
static inline uint64_t bp_row_number(const struct row *r)
{
	return bp_load_be(r->key.p + 1, (unsigned)(r->key.n - 1));
}

#endif
