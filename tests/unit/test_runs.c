/* runs.h: counts of 64-bit keys against counting one by one. */
#include <stdlib.h>

#include "support.h"
#include "train/runs.h"

enum { MOST_COUNTERS = 4 };

static void init_all(struct runs *r, unsigned n, unsigned bits)
{
	unsigned i;

	for (i = 0; i < n; i++)
		assert_true(bp_runs_init(&r[i], bits));
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

static void check_random(uint64_t *rng, unsigned bits, size_t n, unsigned n_counters)
{
	struct runs r[MOST_COUNTERS];
	struct run run;
	uint64_t *key = bp_array(n, sizeof(*key)), mask = UINT64_MAX >> (64 - bits);
	size_t i;

	assert_non_null(key);
	init_all(r, n_counters, bits);
	for (i = 0; i < n; i++) {
		/* About half of them again. */
		key[i] = i > 0 && t_below(rng, 2) == 0 ? key[t_below(rng, i)] : t_next(rng) & mask;
		if (t_below(rng, 50) == 0)
			key[i] = t_below(rng, 2) == 0 ? 0 : mask;
		assert_true(bp_runs_add(&r[t_below(rng, n_counters)], key[i]));
	}
	assert_true(bp_runs_merge(r, n_counters, &run));
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
		check_random(&rng, bits[i], 1 + t_below(&rng, 5000), 1);
	(void)state;
}

static void counters_are_merged(void **state)
{
	static const unsigned bits[] = { 6, 40, 64 };
	uint64_t rng = 2;
	unsigned n, i;

	for (n = 2; n <= MOST_COUNTERS; n++)
		for (i = 0; i < 3; i++)
			check_random(&rng, bits[i], 1 + t_below(&rng, 3000), n);
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
	static const size_t n[3] = { 5 * (size_t)RUNS_CHUNK + 12345, RUNS_CHUNK,
				     RUNS_CHUNK - 1 };
	uint64_t *count = calloc(KINDS, sizeof(*count)), rng = 3;
	struct runs r[3];
	struct run run;
	size_t i, k, x;

	assert_non_null(count);
	init_all(r, 3, 64);
	for (k = 0; k < 3; k++)
		for (i = 0; i < n[k]; i++) {
			/* Some often, some seldom, some in a few of the chunks only. */
			x = t_below(&rng, 2 + (i >> 3) % KINDS) % KINDS;
			count[x]++;
			assert_true(bp_runs_add(&r[k], spread(x)));
		}
	assert_true(bp_runs_merge(r, 3, &run));
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
	struct runs r;
	struct run run;
	size_t i;

	init_all(&r, 1, 9);
	for (i = 0; i < 2000; i++) {
		key[i] = t_below(&rng, 512);
		assert_true(bp_runs_add(&r, key[i]));
		if (t_below(&rng, 20) == 0)
			assert_true(bp_runs_flush(&r));
	}
	assert_true(bp_runs_merge(&r, 1, &run));
	check_run(&run, key, 2000);
	free(run.row);
	(void)state;
}

static void empty_counters_add_nothing(void **state)
{
	struct runs r[3];
	struct run run;
	unsigned i;

	for (i = 0; i <= 3; i++) {
		init_all(r, 3, 20);
		if (i < 3) {
			assert_true(bp_runs_add(&r[i], 77));
			assert_true(bp_runs_add(&r[i], 77));
		}
		assert_true(bp_runs_merge(r, 3, &run));
		assert_int_equal(run.n, i < 3);
		if (i < 3) {
			assert_int_equal(run.row[0].key, 77);
			assert_int_equal(run.row[0].count, 2);
		}
		free(run.row);
	}
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_any_number_of_bits_are_counted),
		cmocka_unit_test(counters_are_merged),
		cmocka_unit_test(more_keys_than_a_chunk_are_counted),
		cmocka_unit_test(flushing_at_any_time_changes_nothing),
		cmocka_unit_test(empty_counters_add_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
