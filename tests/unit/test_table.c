/* table.h: counts by byte string against a list that is searched from the front. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "train/table.h"

enum { MOST = 2000 };

struct naive {
	struct slice key[MOST];
	uint64_t count[MOST];
	size_t n;
};

static void naive_add(struct naive *o, struct slice key, uint64_t n)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (bp_slice_compare(o->key[i], key) == 0)
			break;
	if (i == o->n) {
		assert_true(o->n < MOST);
		o->key[o->n] = key;
		o->count[o->n++] = 0;
	}
	o->count[i] += n;
}

static void check(const struct table *t, const struct naive *o)
{
	size_t i;

	assert_int_equal(t->n, o->n);
	for (i = 0; i < o->n; i++) {
		T_SAME(bp_table_key(t, i), o->key[i]);
		T_OK(t->entry[i].count == o->count[i], "count of entry %zu", i);
	}
}

/* Keys out of one random text, so that many are prefixes of others; the empty one among them. */
static struct slice random_key(uint64_t *rng, const struct buf *text)
{
	size_t k = t_below(rng, t_below(rng, 3) == 0 ? 40 : 5);

	return (struct slice){ text->data + t_below(rng, text->len - k), k };
}

static void random_text(uint64_t *rng, struct buf *text)
{
	static const unsigned char letter[] = { 'a', 'b', 0, 0xFF };
	size_t i;

	for (i = 0; i < 200; i++)
		assert_true(bp_buf_byte(text, letter[t_below(rng, sizeof(letter))]));
}

static void random_keys_are_counted_in_order_of_first_addition(void **state)
{
	uint64_t rng = 1, n;
	struct naive *o = calloc(1, sizeof(*o));
	struct table t = { 0 };
	struct buf text = { 0 };
	struct slice key;
	size_t i;

	assert_non_null(o);
	random_text(&rng, &text);
	for (i = 0; i < 3000; i++) {
		key = random_key(&rng, &text);
		n = t_below(&rng, 4) == 0 ? t_next(&rng) >> 16 : t_below(&rng, 3);
		assert_true(bp_table_add(&t, key, n));
		naive_add(o, key, n);
	}
	assert_true(o->n > 1000);
	check(&t, o);
	bp_table_release(&t);
	bp_buf_release(&text);
	free(o);
	(void)state;
}

static void merging_adds_all_counts(void **state)
{
	uint64_t rng = 2, n;
	struct naive *o = calloc(1, sizeof(*o));
	struct table part[4] = { { 0 } }, all = { 0 };
	struct buf text = { 0 };
	struct slice key;
	size_t i, k;

	assert_non_null(o);
	random_text(&rng, &text);
	for (k = 0; k < 4; k++) {
		/* The third one stays empty. */
		for (i = 0; i < 400 && k != 2; i++) {
			key = random_key(&rng, &text);
			n = t_below(&rng, 1000);
			assert_true(bp_table_add(&part[k], key, n));
			naive_add(o, key, n);
		}
		assert_true(bp_table_merge(&all, &part[k]));
	}
	check(&all, o);
	for (k = 0; k < 4; k++)
		bp_table_release(&part[k]);
	check(&all, o);
	bp_table_release(&all);
	bp_buf_release(&text);
	free(o);
	(void)state;
}

static void the_empty_key_is_a_key(void **state)
{
	struct table t = { 0 };

	assert_true(bp_table_add(&t, S("\0"), 5));
	assert_true(bp_table_add(&t, S(""), 3));
	assert_true(bp_table_add(&t, S(""), 4));
	assert_int_equal(t.n, 2);
	T_SAME(bp_table_key(&t, 0), S("\0"));
	T_SAME(bp_table_key(&t, 1), S(""));
	assert_int_equal(t.entry[0].count, 5);
	assert_int_equal(t.entry[1].count, 7);
	bp_table_release(&t);
	(void)state;
}

/* A slice of all zero bytes is a valid empty one (base.h); first of all, and after others. */
static void the_zero_slice_is_the_empty_key(void **state)
{
	struct table t = { 0 };

	assert_true(bp_table_add(&t, (struct slice){ NULL, 0 }, 3));
	assert_true(bp_table_add(&t, S(""), 4));
	assert_true(bp_table_add(&t, S("a"), 5));
	assert_true(bp_table_add(&t, (struct slice){ NULL, 0 }, 1));
	assert_int_equal(t.n, 2);
	assert_int_equal(t.entry[0].count, 8);
	assert_int_equal(t.entry[1].count, 5);
	bp_table_release(&t);
	(void)state;
}

static void prefixes_of_each_other_are_different_keys(void **state)
{
	unsigned char zeros[300] = { 0 };
	struct table t = { 0 };
	size_t i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i <= sizeof(zeros); i++)
			assert_true(bp_table_add(&t, (struct slice){ zeros, i }, i + k));
	assert_int_equal(t.n, sizeof(zeros) + 1);
	for (i = 0; i < t.n; i++) {
		T_SAME(bp_table_key(&t, i), ((struct slice){ zeros, i }));
		assert_int_equal(t.entry[i].count, 2 * i + 1);
	}
	bp_table_release(&t);
	(void)state;
}

static void adding_zero_changes_no_count(void **state)
{
	struct table t = { 0 };

	assert_true(bp_table_add(&t, S("a"), 7));
	assert_true(bp_table_add(&t, S("a"), 0));
	assert_true(bp_table_add(&t, S("b"), 0));
	assert_int_equal(t.n, 2);
	assert_int_equal(t.entry[0].count, 7);
	assert_int_equal(t.entry[1].count, 0);
	assert_true(bp_table_add(&t, S("b"), 2));
	assert_int_equal(t.n, 2);
	assert_int_equal(t.entry[1].count, 2);
	bp_table_release(&t);
	(void)state;
}

static void many_keys_are_found_again(void **state)
{
	enum { KEYS = 200000 };
	struct table t = { 0 };
	char key[32];
	int n, i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < KEYS; i++) {
			n = snprintf(key, sizeof(key), "%d", i);
			assert_in_range(n, 1, sizeof(key) - 1);
			assert_true(bp_table_add(&t, t_string(key), (uint64_t)i));
		}
	assert_int_equal(t.n, KEYS);
	for (i = 0; i < KEYS; i++) {
		snprintf(key, sizeof(key), "%d", i);
		T_SAME(bp_table_key(&t, (size_t)i), t_string(key));
		T_OK(t.entry[i].count == 2 * (uint64_t)i, "count of %d", i);
	}
	bp_table_release(&t);
	(void)state;
}

static void copies_of_the_keys_are_kept(void **state)
{
	unsigned char key[] = "abc";
	struct table t = { 0 };

	assert_true(bp_table_add(&t, (struct slice){ key, 3 }, 1));
	memset(key, 'x', 3);
	T_SAME(bp_table_key(&t, 0), S("abc"));
	bp_table_release(&t);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_keys_are_counted_in_order_of_first_addition),
		cmocka_unit_test(merging_adds_all_counts),
		cmocka_unit_test(the_empty_key_is_a_key),
		cmocka_unit_test(prefixes_of_each_other_are_different_keys),
		cmocka_unit_test(adding_zero_changes_no_count),
		cmocka_unit_test(many_keys_are_found_again),
		cmocka_unit_test(copies_of_the_keys_are_kept),
		cmocka_unit_test(the_zero_slice_is_the_empty_key)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
