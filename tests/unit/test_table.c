/* table.h: counts by byte string against a list that is searched from the front; order by qsort. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "base/endian.h"
#include "base/table.h"

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

/* For what it is to hold, and no more than a few times as much. */
static void memory_is_what_the_parts_take(void **state)
{
	struct table t = { 0 };
	uint64_t least, last = 0;
	unsigned char key[8];
	uint64_t i;

	assert_int_equal(bp_table_memory(&t), 0);
	for (i = 0; i < 20000; i++) {
		memcpy(key, &i, sizeof(i));
		assert_true(bp_table_add(&t, (struct slice){ key, 8 }, 1));
		least = t.n * (sizeof(*t.entry) + sizeof(*t.slot)) + t.keys.len;
		T_OK(bp_table_memory(&t) >= least && bp_table_memory(&t) >= last, "%zu keys", t.n);
		last = bp_table_memory(&t);
	}
	assert_true(last < 4 * least);
	bp_table_release(&t);
	assert_int_equal(bp_table_memory(&t), 0);
	(void)state;
}

struct place {
	struct slice key;
	uint32_t entry;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return bp_slice_compare(x->key, y->key);
}

/* Keys are distinct, so that there is one order only.  Empties the table. */
static void check_order(struct table *t)
{
	struct place *want = bp_array(t->n, sizeof(*want));
	uint32_t *order = bp_table_order(t);
	size_t i;

	assert_true(want != NULL && order != NULL);
	for (i = 0; i < t->n; i++)
		want[i] = (struct place){ bp_table_key(t, i), (uint32_t)i };
	qsort(want, t->n, sizeof(*want), compare_places);
	for (i = 0; i < t->n; i++)
		T_OK(order[i] == want[i].entry, "%zu keys, place %zu: entry %u, not %u", t->n, i,
		     (unsigned)order[i], (unsigned)want[i].entry);
	free(want);
	free(order);
	bp_table_release(t);
}

static void add_key(struct table *t, const void *key, size_t n)
{
	assert_true(bp_table_add(t, (struct slice){ key, n }, 1));
}

static void few_keys_are_put_in_order(void **state)
{
	struct table t = { 0 };

	check_order(&t);
	add_key(&t, "", 0);
	check_order(&t);
	add_key(&t, "b", 1);
	check_order(&t);
	add_key(&t, "b", 1);
	add_key(&t, "ab", 2);
	add_key(&t, "\xFF", 1);
	add_key(&t, "a", 1);
	add_key(&t, "", 0);
	add_key(&t, "\x80", 1);
	add_key(&t, "\0", 1);
	check_order(&t);
	(void)state;
}

/* The order of a released table and of one never used is empty, and not a failure. */
static void no_keys_have_an_order(void **state)
{
	struct table t = { 0 };
	uint32_t *order;
	int i;

	for (i = 0; i < 2; i++) {
		assert_non_null(order = bp_table_order(&t));
		free(order);
		add_key(&t, "a", 1);
		bp_table_release(&t);
	}
	(void)state;
}

/* Any number of keys around those at which the way to sort changes; many begin others. */
static void random_keys_are_put_in_order(void **state)
{
	static const size_t more[] = { 100, 255, 256, 257, 1000, 4000 };
	struct table t = { 0 };
	struct buf text = { 0 };
	struct slice key;
	uint64_t rng = 3;
	size_t n, i;

	for (n = 0; n < 40 + sizeof(more) / sizeof(more[0]); n++) {
		text.len = 0;
		random_text(&rng, &text);
		for (i = 0; i < (n < 40 ? n : more[n - 40]); i++) {
			key = random_key(&rng, &text);
			add_key(&t, key.p, key.n);
		}
		check_order(&t);
	}
	bp_buf_release(&text);
	(void)state;
}

/* Alone, and with something behind them: zeros that stand behind a key's end are none of its. */
static void runs_of_nuls_are_put_in_order_of_length(void **state)
{
	enum { MOST_NULS = 300 };
	unsigned char key[MOST_NULS + 2];
	static const unsigned char last[] = { 0, 1, 0xFF };
	struct table t = { 0 };
	uint64_t rng = 4;
	size_t n, i;

	for (i = 0; i < 3000; i++) {
		n = t_below(&rng, t_below(&rng, 2) == 0 ? 20 : MOST_NULS);
		memset(key, 0, n);
		key[n] = last[t_below(&rng, 3)];
		add_key(&t, key, n + t_below(&rng, 2));
	}
	assert_true(t.n > 400);
	check_order(&t);
	for (i = 0; i <= MOST_NULS; i++) {
		memset(key, 0, i);
		add_key(&t, key, i);
	}
	assert_int_equal(t.n, MOST_NULS + 1);
	check_order(&t);
	(void)state;
}

/* A long prefix, of which no key is the whole; and each with a few bytes more. */
static void check_prefix(uint64_t *rng, unsigned char *key, size_t prefix, size_t n_keys)
{
	struct table t = { 0 };
	size_t i, k, n;

	for (i = 0; i < prefix; i++)
		key[i] = (unsigned char)t_next(rng);
	for (i = 0; i < n_keys; i++) {
		n = t_below(rng, 12);
		for (k = prefix; k < prefix + n; k++)
			key[k] = (unsigned char)(t_below(rng, 3) * 127);
		add_key(&t, key, prefix + n);
	}
	check_order(&t);
}

static void long_common_prefixes_are_put_in_order(void **state)
{
	unsigned char key[5000 + 12];
	uint64_t rng = 5;
	size_t prefix;

	for (prefix = 0; prefix <= 33; prefix++)
		check_prefix(&rng, key, prefix, 200);
	check_prefix(&rng, key, 5000, 500);
	(void)state;
}

/* As long as a piece of the reference can be, and alike nearly to the end: as deep as it gets. */
static void the_longest_keys_are_put_in_order(void **state)
{
	enum { LONGEST = 40100, KEYS = 100 };
	unsigned char *key = malloc(LONGEST);
	struct table t = { 0 };
	uint64_t rng = 6;
	size_t i;

	assert_non_null(key);
	memset(key, 'a', LONGEST);
	for (i = 0; i < KEYS; i++)
		add_key(&t, key, LONGEST - i * i / 2);
	for (i = 0; i < KEYS; i++) {
		key[LONGEST - 1 - t_below(&rng, 50)] = (unsigned char)t_next(&rng);
		add_key(&t, key, LONGEST);
	}
	check_order(&t);
	free(key);
	(void)state;
}

static void thousands_of_keys_are_put_in_order(void **state)
{
	enum { KEYS = 50000 };
	struct table t = { 0 };
	unsigned char key[24];
	uint64_t rng = 7, x;
	size_t i, n;
	int k;

	for (i = 0; i < KEYS; i++) {
		k = snprintf((char *)key, sizeof(key), "%zu", i * 7919 % KEYS);
		assert_in_range(k, 1, sizeof(key) - 1);
		add_key(&t, key, (size_t)k);
	}
	check_order(&t);
	for (i = 0; i < KEYS; i++) {
		for (n = 0; n < sizeof(key); n += sizeof(x)) {
			x = t_next(&rng);
			memcpy(key + n, &x, sizeof(x));
		}
		/* The first bytes of some agree, the first eight of a few. */
		if (t_below(&rng, 4) == 0)
			memset(key, 7, t_below(&rng, 10));
		add_key(&t, key, t_below(&rng, sizeof(key) + 1));
	}
	check_order(&t);
	(void)state;
}

/* The number that bp_mix() turns into x. */
static uint64_t unmix(uint64_t x)
{
	x ^= x >> 31 ^ x >> 62;
	x *= 0x319642b2d24d8ec3u;
	x ^= x >> 27 ^ x >> 54;
	x *= 0x96de1b173f119089u;
	return x ^ x >> 30 ^ x >> 60;
}

/* Key i of many for which bp_hash() is 0 in all its lower bits. */
static void choose_key(size_t i, unsigned char *key)
{
	uint64_t first = bp_mix(i + 1), second;

	second = unmix(unmix((uint64_t)i << 40)) ^ bp_mix(16 * 0x9e3779b97f4a7c15u ^ first);
	bp_store64(key, first);
	bp_store64(key + 8, second);
	assert_true((bp_hash(key, 16) & 0xFFFFFF) == 0);
}

/* Slots between those of the keys and their own first ones: the steps that lookups take. */
static size_t steps_of_chosen_keys(size_t n)
{
	struct table t = { .secret = { 123456789012345, 987654321 } };
	size_t i, k, home, steps = 0;
	unsigned char key[16];

	for (i = 0; i < n; i++) {
		choose_key(i, key);
		assert_true(bp_table_add(&t, (struct slice){ key, 16 }, 1));
	}
	for (k = 0; k < t.n_slots; k++) {
		if (t.slot[k] == 0)
			continue;
		home = (size_t)bp_keyed_hash(&t.secret, t.keys.data + t.entry[t.slot[k] - 1].at, 16);
		steps += (k - home) & (t.n_slots - 1);
	}
	bp_table_release(&t);
	return steps;
}

static void keys_chosen_for_one_slot_spread(void **state)
{
	(void)state;
	T_OK(steps_of_chosen_keys(5000) < 4 * 5000, "%zu steps", steps_of_chosen_keys(5000));
	T_OK(steps_of_chosen_keys(10000) < 4 * 10000, "%zu steps", steps_of_chosen_keys(10000));
}

/* Prefixes of one text, zeros among them, and texts of one length that differ in one bit. */
static void strings_that_differ_have_different_hashes(void **state)
{
	struct hash_key k = { 0 }, other = { 0 };
	unsigned char text[64] = { 0 };
	struct table seen = { 0 };
	size_t n, bit;
	uint64_t h;

	bp_hash_key_draw(&k);
	bp_hash_key_draw(&other);
	assert_true(k.point != other.point && k.spread != other.spread);
	for (n = 0; n <= sizeof(text); n++)
		for (bit = 0; bit <= 8 * n; bit++) {
			if (bit > 0)
				text[(bit - 1) / 8] ^= (unsigned char)(1 << (bit - 1) % 8);
			h = bp_keyed_hash(&k, n > 0 ? text : NULL, n);
			assert_true(h == bp_keyed_hash(&k, n > 0 ? text : NULL, n));
			assert_false(bp_table_has(&seen, (struct slice){ (unsigned char *)&h, 8 }));
			assert_true(bp_table_add(&seen, (struct slice){ (unsigned char *)&h, 8 }, 1));
			if (bit > 0)
				text[(bit - 1) / 8] ^= (unsigned char)(1 << (bit - 1) % 8);
		}
	/* With another key the values are others. */
	assert_true(bp_keyed_hash(&k, "abc", 3) != bp_keyed_hash(&other, "abc", 3));
	bp_table_release(&seen);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_keys_are_counted_in_order_of_first_addition),
		cmocka_unit_test(the_empty_key_is_a_key),
		cmocka_unit_test(prefixes_of_each_other_are_different_keys),
		cmocka_unit_test(adding_zero_changes_no_count),
		cmocka_unit_test(many_keys_are_found_again),
		cmocka_unit_test(copies_of_the_keys_are_kept),
		cmocka_unit_test(the_zero_slice_is_the_empty_key),
		cmocka_unit_test(memory_is_what_the_parts_take),
		cmocka_unit_test(few_keys_are_put_in_order),
		cmocka_unit_test(no_keys_have_an_order),
		cmocka_unit_test(random_keys_are_put_in_order),
		cmocka_unit_test(runs_of_nuls_are_put_in_order_of_length),
		cmocka_unit_test(long_common_prefixes_are_put_in_order),
		cmocka_unit_test(the_longest_keys_are_put_in_order),
		cmocka_unit_test(thousands_of_keys_are_put_in_order),
		cmocka_unit_test(keys_chosen_for_one_slot_spread),
		cmocka_unit_test(strings_that_differ_have_different_hashes)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
