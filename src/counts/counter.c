/*
 * A worker spills when its counts reach its share of the memory.  Spills have levels, as runs
 * have: a spill of level i holds the rows of FAN_IN spills of level i - 1, so that each row is
 * written O(log n) times and the number of open files stays small.
 *
 * Spills are complete and independent: the counts are the sum over all spills, c->done and those
 * of the workers, and over the memory of the workers, in whatever way they are spread.  That is
 * why the result does not depend on the number of workers, the memory, or the times at which
 * workers spill.
 */
#include "counts/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum {
	CHUNK = 1 << 20,	/* keys of a chunk: few merges, 16 MB with the room to sort */
	SMALL_CHUNK = 1 << 14,	/* its least size, under a memory limit */
	FAN_IN = 8,		/* spills that are merged into one */
	MOST_OPEN = 256		/* spills of all workers, each an open file; systems allow 1024 */
};

/* A run as a source.  The body of a row is its key, big-endian, in as many bytes as the counter has
 * bits for. */
struct run_source {
	struct source source;
	const struct run *run;	/* borrowed */
	size_t at;
	unsigned n_bytes;	/* of a body */
	unsigned char key[9];
};

static bp_status next_of_run(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct run_source *s = (struct run_source *)source;
	uint64_t key;
	unsigned i;

	(void)err;
	*more = s->at < s->run->n;
	if (!*more)
		return BP_OK;
	key = s->run->row[s->at].key;
	for (i = s->n_bytes; i > 0; i--, key >>= 8)
		s->key[i] = (unsigned char)key;
	*r = (struct row){ { s->key, s->n_bytes + 1 }, s->run->row[s->at++].count };
	return BP_OK;
}

static void run_source_init(struct run_source *s, const struct run *run, unsigned bits)
{
	*s = (struct run_source){ .source = { .name = "memory", .next = next_of_run }, .run = run,
				  .n_bytes = (bits + 7) / 8, .key = { ROW_COUNT } };
}

/* The entries of a table in byte-wise order, as a source. */
struct table_source {
	struct source source;
	const struct table *table;	/* borrowed */
	uint32_t *order;
	size_t at;
	struct buf key;
};

static bp_status next_of_table(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct table_source *s = (struct table_source *)source;
	struct slice key;
	uint32_t i;

	*more = s->at < s->table->n;
	if (!*more)
		return BP_OK;
	/* In sorted order, neighbours are far apart in memory.  The address of a key is in its
	 * entry, so the entry is requested earlier. */
	if (s->at + 16 < s->table->n) {
		BP_PREFETCH(&s->table->entry[s->order[s->at + 16]]);
		BP_PREFETCH(bp_table_key(s->table, s->order[s->at + 8]).p);
	}
	i = s->order[s->at++];
	key = bp_table_key(s->table, i);
	return bp_row_set(r, &s->key, ROW_COUNT, key, s->table->entry[i].count)
		? BP_OK : bp_fail_memory(err);
}

/* Takes over 'order', which is of bp_table_order(), or NULL: then it is made here. */
static bp_status table_source_init(struct table_source *s, const struct table *t, uint32_t *order,
				   bp_error *err)
{
	*s = (struct table_source){ .source = { .name = "memory", .next = next_of_table },
				    .table = t,
				    .order = order != NULL ? order : bp_table_order(t) };
	return s->order != NULL ? BP_OK : bp_fail_memory(err);
}

static void table_source_release(struct table_source *s)
{
	free(s->order);
	bp_buf_release(&s->key);
	*s = (struct table_source){ 0 };
}

bp_status bp_counter_init(struct counter *c, struct workspace *ws, unsigned n_workers,
			  unsigned bits, uint64_t memory, bp_error *err)
{
	size_t chunk = CHUNK;
	unsigned i;

	*c = (struct counter){ .ws = ws, .n_workers = n_workers, .bits = bits,
			       .share = memory > 0 ? memory / n_workers : UINT64_MAX };
	/* The chunk and the room to sort it take up to a quarter of the share. */
	while (chunk > SMALL_CHUNK && chunk > c->share / (8 * sizeof(uint64_t)))
		chunk /= 2;
	/* Zeroed, so that releasing a counter that is half made is safe. */
	if ((c->workers = calloc(n_workers, sizeof(*c->workers))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n_workers; i++) {
		c->workers[i].counter = c;
		if (bits > 0 && !bp_sorted_runs_init(&c->workers[i].runs, bits, chunk)) {
			bp_counter_release(c);
			return bp_fail_memory(err);
		}
	}
	return BP_OK;
}

/* Accepts a counter that bp_counter_init() left half made. */
void bp_counter_release(struct counter *c)
{
	unsigned i;

	for (i = 0; c->workers != NULL && i < c->n_workers; i++) {
		bp_sorted_runs_release(&c->workers[i].runs);
		bp_table_release(&c->workers[i].table);
		free(c->workers[i].order);
		bp_spill_list_release(&c->workers[i].spills, false);
	}
	free(c->workers);
	bp_spill_list_release(&c->done, c->ws != NULL && c->ws->keep);
	*c = (struct counter){ 0 };
}

/* Write the sum of n spills, up to FAN_IN, to a spill of the next level. */
static bp_status merge_spills(struct workspace *ws, const struct spill *in, size_t n,
			      struct spill *out, bp_error *err)
{
	struct row_reader reader[FAN_IN] = { { .f = NULL } };
	struct source *source[FAN_IN];
	struct row_writer w = { .f = NULL };
	struct merge m = { .heap = NULL };
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < n && st == BP_OK; i++) {
		st = bp_spill_read(&in[i], &reader[i], err);
		source[i] = &reader[i].source;
	}
	if (st == BP_OK && (st = bp_merge_init(&m, source, n, err)) == BP_OK &&
	    (st = bp_spill_begin(out, ws, &w, err)) == BP_OK) {
		st = bp_rows_copy(&w, &m.source, err);
		st = bp_spill_end(out, &w, st, err);
	}
	out->level = in[0].level + 1;
	bp_merge_release(&m);
	for (i = 0; i < n; i++)
		bp_row_reader_release(&reader[i]);
	return st;
}

/* Highest level first, so that spills of one level are neighbours; then by age. */
static int by_level(const void *a, const void *b)
{
	const struct spill *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/*
 * Find spills to merge: returns their number n, their index in *at; 0: none.  Chosen are FAN_IN
 * spills of one level; or, if there are more than 'most' spills, which could use up the files a
 * process may open, up to FAN_IN of the lowest levels.
 */
static size_t find_mergeable(struct spill_list *l, size_t most, size_t *at)
{
	size_t n = BP_MIN(l->n, FAN_IN);

	if (l->n > 0)
		qsort(l->spill, l->n, sizeof(*l->spill), by_level);
	for (*at = 0; *at + FAN_IN <= l->n; (*at)++)
		if (l->spill[*at].level == l->spill[*at + FAN_IN - 1].level)
			return FAN_IN;
	*at = l->n - n;
	return l->n > most ? n : 0;
}

/* Merge spills of the list while there are too many.  The merged spills go to 'old', or
 * are dropped if it is NULL. */
static bp_status merge_excess(struct workspace *ws, struct spill_list *l, size_t most,
			      struct spill_list *old, bp_error *err)
{
	struct spill merged, in[FAN_IN];
	bp_status st;
	size_t at, n, i;

	while ((n = find_mergeable(l, most, &at)) > 0) {
		memcpy(in, l->spill + at, n * sizeof(*in));
		if ((st = merge_spills(ws, in, n, &merged, err)) != BP_OK)
			return st;
		/* From here on the list does not name the n spills, and their rows are in
		 * 'merged'. */
		memmove(l->spill + at, l->spill + at + n, (l->n - at - n) * sizeof(*l->spill));
		l->n -= n;
		for (i = 0; i < n; i++) {
			if (old == NULL)
				bp_spill_drop(&in[i]);
			else if ((st = bp_spill_list_add(old, &in[i], err)) != BP_OK)
				return st;
		}
		if ((st = bp_spill_list_add(l, &merged, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

/* Write all rows of a source to a new spill of level 0. */
static bp_status write_spill(struct counter *c, struct source *from, struct spill_list *to,
			     bp_error *err)
{
	struct row_writer w;
	struct spill s;
	bp_status st;

	if ((st = bp_spill_begin(&s, c->ws, &w, err)) != BP_OK)
		return st;
	st = bp_rows_copy(&w, from, err);
	if ((st = bp_spill_end(&s, &w, st, err)) == BP_OK)
		st = bp_spill_list_add(to, &s, err);
	return st;
}

/* Spill all runs of a worker as one: a spill is sorted, and its keys are distinct. */
static bp_status spill_runs(struct counter_worker *worker, bp_error *err)
{
	struct run_source run[RUNS_LEVELS];
	struct source *source[RUNS_LEVELS];
	struct merge m;
	size_t i, n = 0;
	bp_status st;

	for (i = 0; i < RUNS_LEVELS; i++)
		if (worker->runs.run[i].n > 0) {
			run_source_init(&run[n], &worker->runs.run[i], worker->counter->bits);
			source[n] = &run[n].source;
			n++;
		}
	if (n == 0)
		return BP_OK;
	if ((st = bp_merge_init(&m, source, n, err)) == BP_OK)
		st = write_spill(worker->counter, &m.source, &worker->spills, err);
	bp_merge_release(&m);
	/* Also after a failure, which ends the training: no count is used then. */
	bp_sorted_runs_clear(&worker->runs);
	return st;
}

/* Spill the table of a worker, and free its memory for the merge of the spills. */
static bp_status spill_table(struct counter_worker *worker, bp_error *err)
{
	struct table_source source;
	bp_status st;

	if (worker->table.n == 0)
		return BP_OK;
	if ((st = table_source_init(&source, &worker->table, NULL, err)) == BP_OK)
		st = write_spill(worker->counter, &source.source, &worker->spills, err);
	table_source_release(&source);
	bp_table_release(&worker->table);
	return st;
}

static bp_status spill_worker(struct counter_worker *worker, bp_error *err)
{
	struct counter *c = worker->counter;
	bp_status st = c->bits > 0 ? spill_runs(worker, err) : spill_table(worker, err);

	atomic_store(&c->spilled, true);
	if (st != BP_OK)
		return st;
	return merge_excess(c->ws, &worker->spills, BP_MAX(MOST_OPEN / c->n_workers, 2), NULL, err);
}

bp_status bp_counter_weigh(struct counter_worker *worker, bp_error *err)
{
	return bp_sorted_runs_weigh(&worker->runs) ? BP_OK : bp_fail_memory(err);
}

bp_status bp_counter_full(struct counter_worker *worker, bp_error *err)
{
	uint64_t arrays = worker->runs.times != NULL ? 4 : 2;
	uint64_t room = arrays * worker->runs.chunk * sizeof(uint64_t);

	if (!bp_sorted_runs_flush(&worker->runs))
		return bp_fail_memory(err);
	/* A merge of runs needs as much memory again as the runs that it merges. */
	if (2 * (uint64_t)bp_sorted_runs_rows(&worker->runs) * sizeof(struct key_count) + 2 * room >
	    worker->counter->share)
		return spill_worker(worker, err);
	return BP_OK;
}

bp_status bp_counter_string(struct counter_worker *worker, struct slice s, uint64_t n,
			    bp_error *err)
{
	if (!bp_table_add(&worker->table, s, n))
		return bp_fail_memory(err);
	worker->strings += n;
	/* Its arrays double when they grow, while the old ones still exist; sorting needs memory
	 * too. */
	if (2 * bp_table_memory(&worker->table) > worker->counter->share)
		return spill_worker(worker, err);
	return BP_OK;
}

/* Job i is the state of worker i, on any thread: no worker counts at that time. */
static bp_status flush_worker(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	struct counter *c = ctx;

	(void)worker;
	if (!bp_sorted_runs_flush(&c->workers[i].runs))
		return bp_fail_memory(err);
	return spill_worker(&c->workers[i], err);
}

bp_status bp_counter_flush(struct counter *c, struct spill_list *old, bp_error *err)
{
	bp_status st = bp_parallel_for(c->n_workers, c->n_workers, flush_worker, NULL, c, err);
	struct spill_list *l;
	unsigned i;
	size_t k;

	for (i = 0; i < c->n_workers; i++) {
		l = &c->workers[i].spills;
		for (k = 0; k < l->n && st == BP_OK; k++) {
			/* Workers count levels by themselves.  Level 0 in c->done is one flush. */
			l->spill[k].level = 0;
			st = bp_spill_list_add(&c->done, &l->spill[k], err);
			l->spill[k].file = (struct tempfile){ 0 };
		}
		/* Their files belong to c->done; only the list is freed, unless an error has
		 * left some. */
		bp_spill_list_release(l, false);
	}
	atomic_store(&c->spilled, false);
	return st == BP_OK ? merge_excess(c->ws, &c->done, MOST_OPEN, old, err) : st;
}

size_t bp_counter_spills(const struct counter *c)
{
	size_t n = c->done.n;
	unsigned i;

	for (i = 0; i < c->n_workers; i++)
		n += c->workers[i].spills.n;
	return n;
}

/* Files of counts carry this total, so that a lost row is noticed. */
uint64_t bp_counter_total(const struct counter *c)
{
	uint64_t sum = c->resumed;
	unsigned i;

	for (i = 0; i < c->n_workers; i++)
		sum += c->workers[i].runs.total + c->workers[i].strings;
	return sum;
}

/* Sort the counts of a worker that are in memory.  Without a memory limit its runs become one, here
 * by all threads at once, because the final merge is done by one thread. */
static bp_status sort_worker(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	struct counter *c = ctx;
	struct sorted_runs *r = &c->workers[i].runs;

	(void)worker;
	if (c->bits > 0 && (!bp_sorted_runs_flush(r) ||
			    (c->share == UINT64_MAX && !bp_sorted_runs_collapse(r))))
		return bp_fail_memory(err);
	if (c->workers[i].table.n > 0 &&
	    (c->workers[i].order = bp_table_order(&c->workers[i].table)) == NULL)
		return bp_fail_memory(err);
	return BP_OK;
}

/* Add the spills of a list as sources. */
static bp_status open_spills(struct counted *all, const struct spill_list *l, bp_error *err)
{
	bp_status st;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if ((st = bp_spill_read(&l->spill[i], &all->reader[all->n_readers], err)) != BP_OK)
			return st;
		all->source[all->n++] = &all->reader[all->n_readers++].source;
	}
	return BP_OK;
}

/* Add the counts of a worker that are in memory as sources. */
static bp_status open_memory(struct counted *all, struct counter_worker *worker, bp_error *err)
{
	bp_status st;
	size_t i;

	for (i = 0; i < RUNS_LEVELS; i++)
		if (worker->runs.run[i].n > 0) {
			run_source_init(&all->run[all->n_runs], &worker->runs.run[i],
					worker->counter->bits);
			all->source[all->n++] = &all->run[all->n_runs++].source;
		}
	if (worker->table.n > 0) {
		st = table_source_init(&all->table[all->n_tables], &worker->table, worker->order,
				       err);
		worker->order = NULL;
		all->source[all->n++] = &all->table[all->n_tables++].source;
		return st;
	}
	return BP_OK;
}

/* Room for all sources at once, because the merge keeps pointers to them. */
static bool allocate_sources(struct counted *all, const struct counter *c)
{
	size_t spills = bp_counter_spills(c);

	all->reader = calloc(spills + 1, sizeof(*all->reader));
	all->run = bp_array(c->n_workers, RUNS_LEVELS * sizeof(*all->run));
	all->table = calloc(c->n_workers, sizeof(*all->table));
	all->source = bp_array(spills + (size_t)c->n_workers * (RUNS_LEVELS + 1),
			       sizeof(*all->source));
	return all->reader != NULL && all->run != NULL && all->table != NULL &&
	       all->source != NULL;
}

/* The inputs of the merge are all spills and all that is still in memory; if nothing was
 * spilled, no file is written at all: the common case. */
bp_status bp_counter_open(struct counter *c, struct counted *all, bp_error *err)
{
	bp_status st;
	unsigned i;

	*all = (struct counted){ .n = 0 };
	/* If the memory did not suffice for the counts, the reader of the rows needs it more. */
	if (c->share != UINT64_MAX && bp_counter_spills(c) > 0 &&
	    (st = bp_parallel_for(c->n_workers, c->n_workers, flush_worker, NULL, c, err)) != BP_OK)
		return st;
	if ((st = bp_parallel_for(c->n_workers, c->n_workers, sort_worker, NULL, c, err)) != BP_OK)
		return st;
	if (!allocate_sources(all, c)) {
		bp_counted_release(all);
		return bp_fail_memory(err);
	}
	st = open_spills(all, &c->done, err);
	for (i = 0; i < c->n_workers && st == BP_OK; i++)
		if ((st = open_spills(all, &c->workers[i].spills, err)) == BP_OK)
			st = open_memory(all, &c->workers[i], err);
	if (st == BP_OK)
		st = bp_merge_init(&all->merge, all->source, all->n, err);
	if (st != BP_OK)
		bp_counted_release(all);
	return st;
}

void bp_counted_release(struct counted *all)
{
	size_t i;

	for (i = 0; i < all->n_readers; i++)
		bp_row_reader_release(&all->reader[i]);
	for (i = 0; i < all->n_tables; i++)
		table_source_release(&all->table[i]);
	bp_merge_release(&all->merge);
	free(all->reader);
	free(all->run);
	free(all->table);
	free(all->source);
	*all = (struct counted){ .n = 0 };
}
