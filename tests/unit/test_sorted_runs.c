/* sorted_runs.h: counts of 64-bit keys against counting one by one. */
#include <stdlib.h>

#include "support.h"
#include "counts/sorted_runs.h"

enum { MOST_COUNTERS = 4, LARGE_CHUNK = 1 << 20 };

static void init_all(struct sorted_runs *r, unsigned n, unsigned bits, size_t chunk)
{
	unsigned i;

	for (i = 0; i < n; i++)
		assert_true(bp_sorted_runs_init(&r[i], bits, chunk));
}

/* Add a key as a counter does. */
static void add(struct sorted_runs *r, uint64_t key)
{
	bool is_full = bp_sorted_runs_add(r, key, 1);

	assert_true(is_full == (r->n == r->chunk));
	if (!is_full)
		return;
	assert_true(bp_sorted_runs_flush(r));
	assert_int_equal(r->n, 0);
}

/* Sort what is left, and make one run of all, which is then the only one. */
static void collapse(struct sorted_runs *r)
{
	size_t i, rows;

	assert_true(bp_sorted_runs_flush(r));
	rows = bp_sorted_runs_rows(r);
	assert_true(bp_sorted_runs_collapse(r));
	assert_true(bp_sorted_runs_rows(r) == r->run[0].n && r->run[0].n <= rows);
	for (i = 1; i < RUNS_LEVELS; i++)
		assert_true(r->run[i].n == 0 && r->run[i].row == NULL);
}

/* Merge what n counters have counted, 'total' keys, into *out, for free(out->row), and release
 * them. */
static void merge_all(struct sorted_runs *r, unsigned n, size_t total, struct run *out)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		collapse(&r[i]);
		sum += r[i].total;
		/* Levels above 0 of the first counter are free. */
		r[0].run[i] = r[i].run[0];
		if (i > 0)
			r[i].run[0] = (struct run){ 0 };
	}
	assert_int_equal(sum, total);
	collapse(&r[0]);
	*out = r[0].run[0];
	r[0].run[0] = (struct run){ 0 };
	for (i = 0; i < n; i++)
		bp_sorted_runs_release(&r[i]);
}

static int compare_keys(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The run has these keys, which are sorted by this, and no others. */
static void check_run(const struct run *run, uint64_t *key, size_t n)
{
	size_t i, k, row = 0;

	qsort(key, n, sizeof(*key), compare_keys);
	for (i = 0; i < n; i = k, row++) {
		for (k = i + 1; k < n && key[k] == key[i]; k++)
			;
		T_OK(row < run->n, "%zu rows are too few", run->n);
		T_OK(run->row[row].key == key[i], "row %zu: wrong key", row);
		T_OK(run->row[row].count == k - i, "row %zu: %llu, not %zu", row,
		     (unsigned long long)run->row[row].count, k - i);
	}
	assert_int_equal(run->n, row);
}

static void check_random(uint64_t *rng, unsigned bits, size_t n, unsigned n_counters, size_t chunk)
{
	struct sorted_runs r[MOST_COUNTERS];
	struct run run;
	uint64_t *key = bp_array(n, sizeof(*key)), mask = UINT64_MAX >> (64 - bits);
	size_t i;

	assert_non_null(key);
	init_all(r, n_counters, bits, chunk);
	for (i = 0; i < n; i++) {
		/* About half of them again. */
		key[i] = i > 0 && t_below(rng, 2) == 0 ? key[t_below(rng, i)] : t_next(rng) & mask;
		if (t_below(rng, 50) == 0)
			key[i] = t_below(rng, 2) == 0 ? 0 : mask;
		add(&r[t_below(rng, n_counters)], key[i]);
	}
	merge_all(r, n_counters, n, &run);
	check_run(&run, key, n);
	free(run.row);
	free(key);
}

static void keys_of_any_number_of_bits_are_counted(void **state)
{
	static const unsigned bits[] = { 1, 2, 8, 10, 11, 12, 22, 23, 33, 51, 55, 56, 59, 63, 64 };
	uint64_t rng = 1;
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		check_random(&rng, bits[i], 1 + t_below(&rng, 5000), 1, LARGE_CHUNK);
	(void)state;
}

static void chunks_of_any_size_are_counted(void **state)
{
	static const unsigned bits[] = { 1, 6, 11, 30, 64 };
	static const size_t chunk[] = { 1, 2, 3, 7, 64, 100, 999, 1000, 1001, 1 << 14 };
	uint64_t rng = 5;
	size_t i, k;

	for (i = 0; i < sizeof(chunk) / sizeof(chunk[0]); i++)
		for (k = 0; k < 5; k++)
			check_random(&rng, bits[k], 1000, (unsigned)k % 2 + 1, chunk[i]);
	(void)state;
}

static void counters_are_merged(void **state)
{
	static const unsigned bits[] = { 6, 40, 64 };
	uint64_t rng = 2;
	unsigned n, i;

	for (n = 2; n <= MOST_COUNTERS; n++)
		for (i = 0; i < 3; i++)
			check_random(&rng, bits[i], 1 + t_below(&rng, 3000), n, 200);
	(void)state;
}

/* Monotone, and with high and low bits. */
static uint64_t spread(size_t x)
{
	return (uint64_t)x << 46 | (uint64_t)x;
}

static void more_keys_than_a_chunk_are_counted(void **state)
{
	enum { KINDS = 1 << 18 };
	static const size_t n[3] = { 5 * (size_t)LARGE_CHUNK + 12345, LARGE_CHUNK,
				     LARGE_CHUNK - 1 };
	uint64_t *count = calloc(KINDS, sizeof(*count)), rng = 3;
	struct sorted_runs r[3];
	struct run run;
	size_t i, k, x;

	assert_non_null(count);
	init_all(r, 3, 64, LARGE_CHUNK);
	for (k = 0; k < 3; k++)
		for (i = 0; i < n[k]; i++) {
			/* Some often, some seldom, some in a few of the chunks only. */
			x = t_below(&rng, 2 + (i >> 3) % KINDS) % KINDS;
			count[x]++;
			add(&r[k], spread(x));
		}
	merge_all(r, 3, n[0] + n[1] + n[2], &run);
	for (x = k = 0; x < KINDS; x++) {
		if (count[x] == 0)
			continue;
		T_OK(k < run.n && run.row[k].key == spread(x), "key %zu", x);
		T_OK(run.row[k].count == count[x], "count of %zu", x);
		k++;
	}
	assert_int_equal(run.n, k);
	free(run.row);
	free(count);
	(void)state;
}

static void flushing_at_any_time_changes_nothing(void **state)
{
	uint64_t rng = 4, key[2000];
	struct sorted_runs r;
	struct run run;
	size_t i;

	init_all(&r, 1, 9, LARGE_CHUNK);
	for (i = 0; i < 2000; i++) {
		key[i] = t_below(&rng, 512);
		add(&r, key[i]);
		if (t_below(&rng, 20) == 0)
			assert_true(bp_sorted_runs_flush(&r));
	}
	merge_all(&r, 1, 2000, &run);
	check_run(&run, key, 2000);
	free(run.row);
	(void)state;
}

static void collapsing_at_any_time_changes_nothing(void **state)
{
	uint64_t rng = 6, key[1000];
	struct sorted_runs r;
	struct run run;
	size_t i;

	init_all(&r, 1, 9, 10);
	for (i = 0; i < 1000; i++) {
		key[i] = t_below(&rng, 512);
		add(&r, key[i]);
		if (t_below(&rng, 50) == 0)
			collapse(&r);
	}
	merge_all(&r, 1, 1000, &run);
	check_run(&run, key, 1000);
	free(run.row);
	(void)state;
}

static void empty_counters_add_nothing(void **state)
{
	struct sorted_runs r[3];
	struct run run;
	unsigned i;

	for (i = 0; i <= 3; i++) {
		init_all(r, 3, 20, 5);
		if (i < 3) {
			add(&r[i], 77);
			add(&r[i], 77);
		}
		merge_all(r, 3, i < 3 ? 2 : 0, &run);
		assert_int_equal(run.n, i < 3);
		if (i < 3) {
			assert_int_equal(run.row[0].key, 77);
			assert_int_equal(run.row[0].count, 2);
		}
		free(run.row);
	}
	(void)state;
}

static unsigned bits_set(size_t x)
{
	unsigned n = 0;

	for (; x > 0; x &= x - 1)
		n++;
	return n;
}

/* Distinct keys, so that nothing is saved: rows are as many as keys, runs as many as the binary
 * digits 1 of the number of chunks. */
static void rows_and_runs_are_few(void **state)
{
	enum { CHUNK = 4, CHUNKS = 100 };
	struct sorted_runs r;
	size_t i, k;
	unsigned n;

	init_all(&r, 1, 64, CHUNK);
	for (i = 0; i < CHUNK * CHUNKS; i++) {
		assert_int_equal(bp_sorted_runs_rows(&r), i / CHUNK * CHUNK);
		assert_int_equal(r.total, i / CHUNK * CHUNK);
		for (n = 0, k = 0; k < RUNS_LEVELS; k++)
			n += r.run[k].n > 0;
		assert_int_equal(n, bits_set(i / CHUNK));
		add(&r, bp_mix(i));
	}
	bp_sorted_runs_release(&r);
	assert_int_equal(bp_sorted_runs_rows(&r), 0);
	(void)state;
}

/* Neither the keys that are not sorted yet nor the number of those that were. */
static void clearing_forgets_the_runs_and_nothing_else(void **state)
{
	uint64_t key[] = { 5, 5, 9 };
	struct sorted_runs r;
	struct run run;
	size_t i;

	init_all(&r, 1, 10, 8);
	for (i = 0; i < 45; i++)
		add(&r, i < 42 ? i : key[i - 42]);
	/* 40 keys are in runs; five wait, of which two are not among the keys above. */
	bp_sorted_runs_clear(&r);
	assert_int_equal(bp_sorted_runs_rows(&r), 0);
	assert_int_equal(r.n, 5);
	collapse(&r);
	assert_int_equal(r.total, 45);
	assert_int_equal(r.run[0].n, 4);
	assert_int_equal(r.run[0].row[0].count, 2);
	bp_sorted_runs_clear(&r);
	for (i = 0; i < 3; i++)
		add(&r, key[i]);
	merge_all(&r, 1, 48, &run);
	check_run(&run, key, 3);
	free(run.row);
	(void)state;
}

/* Keys that count several times are as keys that were added so often. */
static void check_times(uint64_t *rng, size_t n, size_t chunk, size_t first)
{
	uint64_t *key = bp_array(n, sizeof(*key)), times, one;
	struct sorted_runs r;
	struct run run;
	size_t i, k;

	assert_non_null(key);
	init_all(&r, 1, 40, chunk);
	for (i = 0; i < n; i += times) {
		times = i < first ? 1 : 1 + t_below(rng, BP_MIN(n - i, 9));
		one = t_below(rng, 300);
		for (k = 0; k < times; k++)
			key[i + k] = one;
		assert_true(times == 1 || bp_sorted_runs_weigh(&r));
		if (bp_sorted_runs_add(&r, one, times))
			assert_true(bp_sorted_runs_flush(&r));
	}
	merge_all(&r, 1, n, &run);
	check_run(&run, key, n);
	free(run.row);
	free(key);
}

static void keys_may_count_several_times(void **state)
{
	static const size_t chunk[] = { 1, 2, 64, 1000, 1 << 14 };
	uint64_t rng = 9;
	size_t i, k;

	/* From the first key on, or later; and never. */
	for (i = 0; i < sizeof(chunk) / sizeof(chunk[0]); i++)
		for (k = 0; k < 3; k++)
			check_times(&rng, 5000, chunk[i], k * 2500);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_any_number_of_bits_are_counted),
		cmocka_unit_test(chunks_of_any_size_are_counted),
		cmocka_unit_test(counters_are_merged),
		cmocka_unit_test(more_keys_than_a_chunk_are_counted),
		cmocka_unit_test(flushing_at_any_time_changes_nothing),
		cmocka_unit_test(collapsing_at_any_time_changes_nothing),
		cmocka_unit_test(empty_counters_add_nothing),
		cmocka_unit_test(rows_and_runs_are_few),
		cmocka_unit_test(clearing_forgets_the_runs_and_nothing_else),
		cmocka_unit_test(keys_may_count_several_times)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
