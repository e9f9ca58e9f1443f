#include "counts/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum {
	CHUNK = 1 << 20,	/* keys that are sorted at a time */
	SMALL_CHUNK = 1 << 14,	/* where memory is short */
	ALIKE = 8,		/* spills that are merged to one */
	MOST_OPEN = 256		/* spills of all workers together; each is an open file */
};

bp_status bp_counter_init(struct counter *c, struct workspace *ws, unsigned n_workers,
			  unsigned bits, uint64_t memory, bp_error *err)
{
	size_t chunk = CHUNK;
	unsigned i;

	*c = (struct counter){ .ws = ws, .n_workers = n_workers, .bits = bits,
			       .share = memory > 0 ? memory / n_workers : UINT64_MAX };
	/* Keys and the room to sort them take up to a quarter of the share. */
	while (chunk > SMALL_CHUNK && chunk > c->share / (8 * sizeof(uint64_t)))
		chunk /= 2;
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

/* Merge spills to one, which is the source of its rows' only copy when this returns. */
static bp_status merge_spills(struct workspace *ws, const struct spill *in, size_t n,
			      struct spill *out, bp_error *err)
{
	struct row_reader reader[ALIKE] = { { .f = NULL } };
	struct source *source[ALIKE];
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

static int by_level(const void *a, const void *b)
{
	const struct spill *x = a, *y = b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/*
 * Which n spills, from *at on, should be merged to one: those that have been merged equally often
 * if there are ALIKE of them; if there are more than 'most', which would be too many open files,
 * those that have been merged least.  0: none.
 */
static size_t find_alike(struct spill_list *l, size_t most, size_t *at)
{
	size_t n = BP_MIN(l->n, ALIKE);

	if (l->n > 0)
		qsort(l->spill, l->n, sizeof(*l->spill), by_level);
	for (*at = 0; *at + ALIKE <= l->n; (*at)++)
		if (l->spill[*at].level == l->spill[*at + ALIKE - 1].level)
			return ALIKE;
	*at = l->n - n;
	return l->n > most ? n : 0;
}

/* Make one of several spills, as long as there are too many; NULL 'old': those can go at once. */
static bp_status compact(struct workspace *ws, struct spill_list *l, size_t most,
			 struct spill_list *old, bp_error *err)
{
	struct spill merged, in[ALIKE];
	bp_status st;
	size_t at, n, i;

	while ((n = find_alike(l, most, &at)) > 0) {
		memcpy(in, l->spill + at, n * sizeof(*in));
		if ((st = merge_spills(ws, in, n, &merged, err)) != BP_OK)
			return st;
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

static bp_status spill_runs(struct counter_worker *h, bp_error *err)
{
	struct run_source run[RUNS_LEVELS];
	struct source *source[RUNS_LEVELS];
	struct merge m;
	size_t i, n = 0;
	bp_status st;

	for (i = 0; i < RUNS_LEVELS; i++)
		if (h->runs.run[i].n > 0) {
			bp_run_source_init(&run[n], &h->runs.run[i], h->counter->bits);
			source[n] = &run[n].source;
			n++;
		}
	if (n == 0)
		return BP_OK;
	if ((st = bp_merge_init(&m, source, n, err)) == BP_OK)
		st = write_spill(h->counter, &m.source, &h->spills, err);
	bp_merge_release(&m);
	bp_sorted_runs_clear(&h->runs);
	return st;
}

static bp_status spill_table(struct counter_worker *h, bp_error *err)
{
	struct table_source source;
	bp_status st;

	if (h->table.n == 0)
		return BP_OK;
	if ((st = bp_table_source_init(&source, &h->table, NULL, err)) == BP_OK)
		st = write_spill(h->counter, &source.source, &h->spills, err);
	bp_table_source_release(&source);
	bp_table_release(&h->table);
	return st;
}

static bp_status spill(struct counter_worker *h, bp_error *err)
{
	bp_status st = h->counter->bits > 0 ? spill_runs(h, err) : spill_table(h, err);

	atomic_store(&h->counter->spilled, true);
	if (st != BP_OK)
		return st;
	return compact(h->counter->ws, &h->spills, BP_MAX(MOST_OPEN / h->counter->n_workers, 2),
		       NULL, err);
}

bp_status bp_counter_full(struct counter_worker *h, bp_error *err)
{
	uint64_t keys = 2 * h->runs.chunk * sizeof(uint64_t);

	if (!bp_sorted_runs_flush(&h->runs))
		return bp_fail_memory(err);
	/* The next merge of runs takes as much again as they take themselves. */
	if (2 * (uint64_t)bp_sorted_runs_rows(&h->runs) * sizeof(struct key_count) + 2 * keys >
	    h->counter->share)
		return spill(h, err);
	return BP_OK;
}

bp_status bp_counter_string(struct counter_worker *h, struct slice s, uint64_t n,
			    bp_error *err)
{
	if (!bp_table_add(&h->table, s, n))
		return bp_fail_memory(err);
	h->strings += n;
	/* Its parts double when they grow, the old ones beside the new; sorting takes some too. */
	return 2 * bp_table_memory(&h->table) > h->counter->share ? spill(h, err) : BP_OK;
}

static bp_status flush_hand(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	struct counter *c = ctx;

	(void)worker;
	return bp_sorted_runs_flush(&c->workers[i].runs) ? spill(&c->workers[i], err) : bp_fail_memory(err);
}

bp_status bp_counter_flush(struct counter *c, struct spill_list *old, bp_error *err)
{
	bp_status st = bp_parallel_for(c->n_workers, c->n_workers, flush_hand, NULL, c, err);
	struct spill_list *l;
	unsigned i;
	size_t k;

	for (i = 0; i < c->n_workers; i++) {
		l = &c->workers[i].spills;
		for (k = 0; k < l->n && st == BP_OK; k++) {
			/* Whatever it was merged from has no part in the order of c->done. */
			l->spill[k].level = 0;
			st = bp_spill_list_add(&c->done, &l->spill[k], err);
			l->spill[k].file = (struct tempfile){ 0 };
		}
		bp_spill_list_release(l, false);
	}
	atomic_store(&c->spilled, false);
	return st == BP_OK ? compact(c->ws, &c->done, MOST_OPEN, old, err) : st;
}

size_t bp_counter_spills(const struct counter *c)
{
	size_t n = c->done.n;
	unsigned i;

	for (i = 0; i < c->n_workers; i++)
		n += c->workers[i].spills.n;
	return n;
}

uint64_t bp_counter_total(const struct counter *c)
{
	uint64_t sum = c->resumed;
	unsigned i;

	for (i = 0; i < c->n_workers; i++)
		sum += c->workers[i].runs.total + c->workers[i].strings;
	return sum;
}

/* Sort what has not been, and if there is no ceiling, merge a worker's runs. */
static bp_status settle_hand(void *ctx, unsigned worker, size_t i, bp_error *err)
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

static bp_status open_memory(struct counted *all, struct counter_worker *h, bp_error *err)
{
	bp_status st;
	size_t i;

	for (i = 0; i < RUNS_LEVELS; i++)
		if (h->runs.run[i].n > 0) {
			bp_run_source_init(&all->run[all->n_runs], &h->runs.run[i],
					   h->counter->bits);
			all->source[all->n++] = &all->run[all->n_runs++].source;
		}
	if (h->table.n > 0) {
		st = bp_table_source_init(&all->table[all->n_tables], &h->table, h->order, err);
		h->order = NULL;
		all->source[all->n++] = &all->table[all->n_tables++].source;
		return st;
	}
	return BP_OK;
}

static bool allocate(struct counted *all, const struct counter *c)
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

bp_status bp_counter_open(struct counter *c, struct counted *all, bp_error *err)
{
	bp_status st;
	unsigned i;

	*all = (struct counted){ .n = 0 };
	/* Where some had to be spilled, the rest makes room for those who read it. */
	if (c->share != UINT64_MAX && bp_counter_spills(c) > 0 &&
	    (st = bp_parallel_for(c->n_workers, c->n_workers, flush_hand, NULL, c, err)) != BP_OK)
		return st;
	if ((st = bp_parallel_for(c->n_workers, c->n_workers, settle_hand, NULL, c, err)) != BP_OK)
		return st;
	if (!allocate(all, c)) {
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
		bp_table_source_release(&all->table[i]);
	bp_merge_release(&all->merge);
	free(all->reader);
	free(all->run);
	free(all->table);
	free(all->source);
	*all = (struct counted){ .n = 0 };
}
