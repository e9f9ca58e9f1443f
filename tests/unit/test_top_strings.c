/* top_strings.h: the most frequent strings, some of them exempt, against sorting all of them. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "train/top_strings.h"

enum { N = 5000 };

struct item {
	unsigned char text[8];
	size_t len;
	uint64_t count;
	bool exempt;
};

static struct slice text_of(const struct item *x)
{
	return (struct slice){ x->text, x->len };
}

static int by_count_and_bytes(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bp_slice_compare(text_of(x), text_of(y));
}

/* Distinct strings; counts from a small range, so that many are equal. */
static void make_items(struct item *item, uint64_t *rng, size_t counts)
{
	size_t i, k;

	for (i = 0; i < N; i++) {
		item[i].len = 2 + t_below(rng, 7);
		for (k = 0; k < item[i].len; k++)
			item[i].text[k] = (unsigned char)t_below(rng, 256);
		item[i].text[0] = (unsigned char)(i >> 8);
		item[i].text[1] = (unsigned char)i;
		item[i].count = 1 + t_below(rng, counts);
		item[i].exempt = t_below(rng, 20) == 0;
	}
}

static void check(const struct top_strings *b, struct item *item, size_t most, uint64_t threshold)
{
	size_t i, n = 0;

	for (i = 0; i < N; i++)
		if (item[i].exempt || item[i].count >= threshold)
			item[n++] = item[i];
	qsort(item, n, sizeof(*item), by_count_and_bytes);
	assert_int_equal(b->n, BP_MIN(n, most));
	for (i = 0; i < b->n; i++) {
		T_SAME(bp_top_strings_at(b, i), text_of(&item[i]));
		T_OK(b->string[i].count == item[i].count, "count of string %zu", i);
	}
}

/* In ascending order of the strings, as they come from a counter, and in any order. */
static void check_some(uint64_t *rng, size_t most, size_t counts, uint64_t threshold)
{
	struct item *item = bp_array(N, sizeof(*item));
	struct top_strings b = { .most = most };
	size_t i;

	assert_non_null(item);
	make_items(item, rng, counts);
	for (i = 0; i < N; i++)
		assert_true(bp_top_strings_add(&b, text_of(&item[i]), item[i].count, item[i].exempt));
	/* Memory is bounded by what is wanted and what is exempt. */
	T_OK(b.n - b.n_exempt <= 2 * most + 3, "%zu strings are kept of %zu", b.n, most);
	assert_true(bp_top_strings_finish(&b, threshold));
	check(&b, item, most, threshold);
	bp_top_strings_release(&b);
	free(item);
}

static void test_the_most_frequent_are_kept(void **state)
{
	uint64_t rng = 7;
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		check_some(&rng, 1 + t_below(&rng, N), 1 + t_below(&rng, 300), 0);
	check_some(&rng, N, 10, 0);
	check_some(&rng, 10 * N, 10, 0);
}

/* A threshold that is known only in the end must not leave room that rare exempt strings lost. */
static void test_threshold_in_the_end(void **state)
{
	uint64_t rng = 11;
	size_t i;

	(void)state;
	for (i = 0; i < 40; i++)
		check_some(&rng, 1 + t_below(&rng, N / 4), 20, t_below(&rng, 20));
}

static void test_nothing(void **state)
{
	struct top_strings b = { .most = 3 };

	(void)state;
	assert_true(bp_top_strings_finish(&b, 2));
	assert_int_equal(b.n, 0);
	bp_top_strings_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_most_frequent_are_kept),
		cmocka_unit_test(test_threshold_in_the_end),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
