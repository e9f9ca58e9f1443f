/*
 * Why not a hash table: windows of text have many distinct keys, and a table of them does not
 * fit in the caches, so each key costs a cache miss.  A radix sort and merges read and write
 * memory in sequence.
 */
#include "counts/sorted_runs.h"

#include <stdlib.h>
#include <string.h>

enum {
	DIGIT = 11,		/* bits per pass: its 2048 counters stay in the L1 cache */
	DIGITS = 1 << DIGIT,
	MAX_PASSES = 6		/* for 64 bits */
};

bool bp_sorted_runs_init(struct sorted_runs *r, unsigned bits, size_t chunk)
{
	*r = (struct sorted_runs){ .bits = bits, .chunk = chunk };
	r->key = bp_array(chunk, sizeof(*r->key));
	r->spare = bp_array(chunk, sizeof(*r->spare));
	r->digits = bp_array(MAX_PASSES * DIGITS, sizeof(*r->digits));
	if (r->key != NULL && r->spare != NULL && r->digits != NULL)
		return true;
	bp_sorted_runs_release(r);
	return false;
}

void bp_sorted_runs_release(struct sorted_runs *r)
{
	bp_sorted_runs_clear(r);
	free(r->key);
	free(r->spare);
	free(r->digits);
	free(r->times);
	free(r->spare_times);
	*r = (struct sorted_runs){ 0 };
}

/* The keys that the chunk has count once each. */
bool bp_sorted_runs_weigh(struct sorted_runs *r)
{
	size_t i;

	if (r->times != NULL)
		return true;
	if (r->spare_times == NULL)
		r->spare_times = bp_array(r->chunk, sizeof(*r->spare_times));
	if (r->spare_times == NULL || (r->times = bp_array(r->chunk, sizeof(*r->times))) == NULL)
		return false;
	for (i = 0; i < r->n; i++)
		r->times[i] = 1;
	return true;
}

void bp_sorted_runs_clear(struct sorted_runs *r)
{
	size_t i;

	for (i = 0; i < RUNS_LEVELS; i++) {
		free(r->run[i].row);
		r->run[i] = (struct run){ 0 };
	}
}

size_t bp_sorted_runs_rows(const struct sorted_runs *r)
{
	size_t i, n = 0;

	for (i = 0; i < RUNS_LEVELS; i++)
		n += r->run[i].n;
	return n;
}

static void swap_arrays(uint64_t **a, uint64_t **b)
{
	uint64_t *swap = *a;

	*a = *b;
	*b = swap;
}

/* Move the keys to the order of a digit; at[d] is the index of the next key with the digit d. */
static void sort_digit(struct sorted_runs *r, size_t *at, unsigned shift)
{
	const uint64_t *key = r->key, *times = r->times;
	uint64_t *to = r->spare, *to_times = r->spare_times;
	size_t n = r->n, i, k;

	for (i = 0; i < n; i++) {
		k = at[key[i] >> shift & (DIGITS - 1)]++;
		to[k] = key[i];
		if (times != NULL)
			to_times[k] = times[i];
	}
	swap_arrays(&r->key, &r->spare);
	swap_arrays(&r->times, &r->spare_times);
}

/*
 * Sort the chunk, least significant digit first.  All digits are counted in one scan before the
 * first pass, because the counts do not depend on the order of the keys.
 */
static void sort_chunk(struct sorted_runs *r)
{
	static const size_t none[DIGITS];
	size_t (*at)[DIGITS] = (size_t (*)[DIGITS])r->digits, sum, k, i;
	unsigned passes = (r->bits + DIGIT - 1) / DIGIT, p;

	/* Only the digits in use: clearing all six counts would cost more than sorting few keys. */
	for (p = 0; p < passes; p++)
		memcpy(at[p], none, sizeof(none));
	for (i = 0; i < r->n; i++)
		for (p = 0; p < passes; p++)
			at[p][r->key[i] >> p * DIGIT & (DIGITS - 1)]++;
	for (p = 0; p < passes; p++) {
		for (i = 0, sum = 0; i < DIGITS; i++) {
			k = at[p][i];
			at[p][i] = sum;
			sum += k;
		}
		sort_digit(r, at[p], p * DIGIT);
	}
}

/* Make a run of the sorted keys.  A first scan counts the distinct ones, so that the run has no
 * spare room: runs are most of the memory of a counting step. */
static bool count_sorted(struct sorted_runs *r, struct run *out)
{
	const uint64_t *key = r->key, *times = r->times;
	size_t n = r->n, i, distinct = n > 0;
	uint64_t all = 0, one;

	for (i = 1; i < n; i++)
		distinct += key[i] != key[i - 1];
	*out = (struct run){ .row = bp_array(distinct, sizeof(*out->row)) };
	if (out->row == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (i == 0 || key[i] != key[i - 1])
			out->row[out->n++] = (struct key_count){ key[i], 0 };
		one = times != NULL ? times[i] : 1;
		out->row[out->n - 1].count += one;
		all += one;
	}
	r->total += all;
	return true;
}

/* Merge run b into run a, and release b.  On failure neither changes. */
static bool merge_two_runs(struct run *a, struct run *b)
{
	struct run out = { 0 };
	size_t i = 0, j = 0;

	if (a->n <= SIZE_MAX - b->n)
		out.row = bp_array(a->n + b->n, sizeof(*out.row));
	if (out.row == NULL)
		return false;
	/* The rows of an equal key become one, so the result is never larger than both
	 * together: the room above suffices. */
	while (i < a->n && j < b->n) {
		if (a->row[i].key < b->row[j].key) {
			out.row[out.n++] = a->row[i++];
		} else if (a->row[i].key > b->row[j].key) {
			out.row[out.n++] = b->row[j++];
		} else {
			out.row[out.n] = a->row[i++];
			out.row[out.n++].count += b->row[j++].count;
		}
	}
	if (i < a->n)
		memcpy(out.row + out.n, a->row + i, (a->n - i) * sizeof(*out.row));
	out.n += a->n - i;
	if (j < b->n)
		memcpy(out.row + out.n, b->row + j, (b->n - j) * sizeof(*out.row));
	out.n += b->n - j;
	free(a->row);
	free(b->row);
	*b = (struct run){ 0 };
	*a = out;
	/* Equal keys have left room at the end.  If realloc() fails, the larger block stays
	 * valid. */
	if (out.n > 0 && (out.row = realloc(out.row, out.n * sizeof(*out.row))) != NULL)
		a->row = out.row;
	return true;
}

bool bp_sorted_runs_flush(struct sorted_runs *r)
{
	struct run run;
	size_t i;

	if (r->n == 0)
		return true;
	sort_chunk(r);
	if (!count_sorted(r, &run))
		return false;
	r->n = 0;
	/* The carry of a binary counter: merge with each level that is occupied, up to a free
	 * one. */
	for (i = 0; i + 1 < RUNS_LEVELS && r->run[i].row != NULL; i++)
		if (!merge_two_runs(&run, &r->run[i])) {
			free(run.row);
			return false;
		}
	r->run[i] = run;
	return true;
/* lint: -leak: r owns the rows of 'run' */
}

/* Levels from low to high, that is from small runs to large ones, so that each row is moved as few
 * times as possible. */
bool bp_sorted_runs_collapse(struct sorted_runs *r)
{
	struct run all = { 0 };
	size_t i;

	for (i = 0; i < RUNS_LEVELS; i++) {
		if (r->run[i].row == NULL)
			continue;
		if (all.row == NULL) {
			all = r->run[i];
			r->run[i] = (struct run){ 0 };
		} else if (!merge_two_runs(&all, &r->run[i])) {
			free(all.row);
			return false;
		}
	}
	r->run[0] = all;
	return true;
}
