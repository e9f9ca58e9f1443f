/*
 * What the search for seeds keeps between its steps: prefix_index.h and top_strings.h against plain
 * lists.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "base/endian.h"
#include "train/seeds.h"

enum { N_LEVELS = 3, MOST_TEXT = 300 };

static struct slice level_text(const struct prefix_level *l, size_t i)
{
	return (struct slice){ l->text + i * l->length, l->length };
}

static void strings_are_prefixes_and_tails(void **state)
{
	struct prefix_level l = { .length = 6 };

	/* Bytes above the lowest that are needed are of no account. */
	assert_true(bp_prefix_level_add(&l, 7, (struct slice){ NULL, 0 }, 0xFFFF616263646566, 3));
	T_SAME(level_text(&l, 0), S("abcdef"));
	bp_prefix_level_release(&l);
	l.length = 11;
	assert_true(bp_prefix_level_add(&l, 8, S("abcdef"), 0xFFFFFF6768690070, 4));
	assert_true(bp_prefix_level_add(&l, 9, S("abcdefghijk"), 0, 5));
	T_SAME(level_text(&l, 0), S("abcdefghi\0p"));
	T_SAME(level_text(&l, 1), S("abcdefghijk"));
	assert_true(l.n == 2 && l.key[0] == 8 && l.count[0] == 4 && l.longer[0] == 0);
	bp_prefix_level_release(&l);
	(void)state;
}

/* So many strings of the level reach the count. */
static size_t that_reach(const struct prefix_level *l, uint64_t count)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->count[i] >= count;
	return n;
}

static void random_level(uint64_t *rng, size_t n, struct prefix_level *l)
{
	*l = (struct prefix_level){ .length = 6 };
	for (; n > 0; n--)
		assert_true(bp_prefix_level_add(l, t_next(rng) >> 16, (struct slice){ NULL, 0 },
					 t_next(rng), 2 + t_below(rng, 20)));
}

static void the_threshold_is_the_smallest_that_few_enough_reach(void **state)
{
	struct prefix_level l;
	uint64_t rng = 1, rarest, want;
	size_t round, most;

	for (round = 0; round < 60; round++) {
		random_level(&rng, t_below(&rng, 50), &l);
		for (most = 0; most <= l.n + 1; most++) {
			rarest = 1 + t_below(&rng, 12);
			want = rarest;
			while (l.n > most && that_reach(&l, want) > most)
				want++;
			assert_int_equal(bp_prefix_level_threshold(&l, most, rarest), want);
		}
		bp_prefix_level_release(&l);
	}
	(void)state;
}

static void trimming_keeps_the_order(void **state)
{
	struct prefix_level l, before;
	uint64_t rng = 2, same = 2, rarest;
	size_t i, k;

	for (rarest = 1; rarest <= 23; rarest++) {
		random_level(&rng, 40, &l);
		random_level(&same, 40, &before);
		bp_prefix_level_trim(&l, rarest);
		for (i = k = 0; i < before.n; i++) {
			if (before.count[i] < rarest)
				continue;
			assert_true(k < l.n);
			T_SAME(level_text(&l, k), level_text(&before, i));
			assert_true(l.key[k] == before.key[i] && l.count[k] == before.count[i]);
			k++;
		}
		assert_int_equal(l.n, k);
		bp_prefix_level_release(&l);
		bp_prefix_level_release(&before);
	}
	(void)state;
}

/* Some of the strings in a text, level by level, and their numbers. */
struct toy {
	struct buf text;
	struct prefix_level level[N_LEVELS];
	uint32_t number[N_LEVELS][MOST_TEXT];	/* by byte at which they begin; 0: none */
	size_t limit[MOST_TEXT];
};

static struct slice string_at(const struct toy *t, size_t k, size_t at)
{
	return (struct slice){ t->text.data + at, t->level[k].length };
}

/* The number of a string, asked of all there are. */
static uint32_t number_of(const struct prefix_level *l, struct slice s)
{
	uint32_t number, found = 0;
	size_t index;

	for (number = 1; number <= l->n_slots; number++) {
		index = bp_prefix_level_find(l, number);
		if (index == SIZE_MAX || bp_slice_compare(level_text(l, index), s) != 0)
			continue;
		assert_int_equal(found, 0);
		found = number;
	}
	assert_in_range(found, 1, (1 << LEVEL_ID_BITS) - 1);
	return found;
}

/* The key of the string that begins there. */
static uint64_t key_at(const struct toy *t, size_t k, size_t at)
{
	struct slice s = { t->text.data, t->text.len };
	size_t end = at + t->level[k].length;

	if (k == 0)
		return bp_load_be(s.p + at, LEVEL_FIRST);
	return bp_prefix_window_key(t->number[k - 1][at], s, end - LEVEL_STEP, end) >> 3;
}

/* May there be a string of that level?  One of five bytes less has to be on the level before, and
 * all of six bytes in it on the first. */
static bool may_begin(const struct toy *t, size_t k, size_t at)
{
	if (at + t->level[k].length > t->text.len)
		return false;
	return k == 0 || (t->number[k - 1][at] != 0 &&
			  at + t->level[k].length <= t->limit[at]);
}

/* Take some of the strings that there may be. */
static void choose_strings(struct toy *t, size_t k, uint64_t *rng)
{
	struct prefix_level *l = &t->level[k];
	size_t at, i;

	for (at = 0; at < t->text.len; at++) {
		if (!may_begin(t, k, at) || t_below(rng, 12) == 0)
			continue;
		for (i = 0; i < l->n; i++)
			if (bp_slice_compare(level_text(l, i), string_at(t, k, at)) == 0)
				break;
		if (i == l->n)
			assert_true(bp_prefix_level_add(l, key_at(t, k, at), string_at(t, k, at), 0, 2));
	}
}

/* Where each of them begins. */
static void note_numbers(struct toy *t, size_t k)
{
	const struct prefix_level *l = &t->level[k];
	uint32_t number;
	size_t at, i;

	for (i = 0; i < l->n; i++) {
		number = number_of(l, level_text(l, i));
		for (at = 0; at < t->text.len; at++)
			if (may_begin(t, k, at) &&
			    bp_slice_compare(level_text(l, i), string_at(t, k, at)) == 0)
				t->number[k][at] = number;
	}
}

/* Up to the last byte of the next string of six bytes that is not on the first level. */
static void note_limits(struct toy *t)
{
	size_t at, end = t->text.len;

	for (at = t->text.len; at-- > 0; ) {
		if (at + LEVEL_FIRST <= t->text.len && t->number[0][at] == 0)
			end = at + LEVEL_FIRST - 1;
		t->limit[at] = end;
	}
}

static void toy_init(struct toy *t, uint64_t *rng)
{
	size_t n = 40 + t_below(rng, MOST_TEXT - 40), k;

	*t = (struct toy){ .text = { 0 } };
	while (t->text.len < n)
		assert_true(bp_buf_byte(&t->text, (unsigned char)(t_below(rng, 5) / 4)));
	for (k = 0; k < N_LEVELS; k++) {
		t->level[k].length = LEVEL_FIRST + LEVEL_STEP * k;
		choose_strings(t, k, rng);
		assert_true(bp_prefix_level_build(&t->level[k]));
		note_numbers(t, k);
		if (k == 0)
			note_limits(t);
	}
}

static void toy_release(struct toy *t)
{
	size_t k;

	for (k = 0; k < N_LEVELS; k++) {
		bp_prefix_level_release(&t->level[k]);
		assert_int_equal(bp_prefix_level_memory(&t->level[k]), 0);
	}
	bp_buf_release(&t->text);
}

/* Of part of the text, as if it were all. */
static void check_numbers(const struct toy *t, size_t n_levels, struct prefix_scratch *x)
{
	struct slice s = { t->text.data, t->text.len };
	size_t i;

	assert_true(bp_prefix_index_lookup(t->level, n_levels, s, x));
	for (i = 0; i < s.n; i++)
		T_OK(x->id[i] == t->number[n_levels - 1][i], "%zu levels, byte %zu: %u, not %u",
		     n_levels, i, (unsigned)x->id[i], (unsigned)t->number[n_levels - 1][i]);
	for (i = 0; i + LEVEL_FIRST <= s.n; i++)
		T_OK(x->limit[i] == t->limit[i], "byte %zu: limit %u, not %zu", i,
		     (unsigned)x->limit[i], t->limit[i]);
}

static void strings_are_found_wherever_they_stand(void **state)
{
	struct prefix_scratch x = { 0 };
	uint64_t rng = 3;
	struct toy t;
	size_t i, k, found = 0;

	for (i = 0; i < 25; i++) {
		toy_init(&t, &rng);
		found += t.level[N_LEVELS - 1].n;
		for (k = 0; k < N_LEVELS; k++)
			check_numbers(&t, k + 1, &x);
		/* What finds them stays, also of the last level. */
		for (k = 0; k < N_LEVELS; k++) {
			bp_prefix_level_strip(&t.level[k]);
			check_numbers(&t, N_LEVELS, &x);
		}
		toy_release(&t);
	}
	assert_true(found > 100);
	bp_prefix_scratch_release(&x);
	(void)state;
}

static void no_other_id_has_a_string(void **state)
{
	struct prefix_level l;
	uint64_t rng = 4, number;
	size_t n[3] = { 0, 100, 3000 }, i, found;

	for (i = 0; i < 3; i++) {
		random_level(&rng, n[i], &l);
		assert_true(bp_prefix_level_build(&l));
		assert_true(bp_prefix_level_memory(&l) >= l.n * (6 + 3 * sizeof(uint64_t)));
		for (found = 0, number = 1; number <= l.n_slots; number++)
			found += bp_prefix_level_find(&l, number) != SIZE_MAX;
		assert_int_equal(found, n[i]);
		assert_true(bp_prefix_level_find(&l, 0) == SIZE_MAX);
		assert_true(bp_prefix_level_find(&l, l.n_slots + 1) == SIZE_MAX);
		assert_true(bp_prefix_level_find(&l, UINT64_MAX) == SIZE_MAX);
		bp_prefix_level_release(&l);
	}
	(void)state;
}

/* The key that bp_mix() turns into x. */
static uint64_t key_of_mixed(uint64_t x)
{
	x ^= x >> 31 ^ x >> 62;
	x *= 0x319642b2d24d8ec3u;
	x ^= x >> 27 ^ x >> 54;
	x *= 0x96de1b173f119089u;
	return x ^ x >> 30 ^ x >> 60;
}

/* The longest run of used slots of a level with n keys; 'chosen': all of them want one slot, or
 * (runs) slots that follow each other. */
static size_t run_of_keys(size_t n, bool chosen, bool runs, uint64_t *seed)
{
	struct prefix_level l = { .length = 6 };
	size_t i, run = 0, most = 0;
	uint64_t rng = 6, key;

	for (i = 0; i < n; i++) {
		key = !chosen ? t_next(&rng) : key_of_mixed((uint64_t)i << 40 | (runs ? i : 0));
		assert_true(bp_prefix_level_add(&l, key, (struct slice){ NULL, 0 }, i, 2));
	}
	assert_true(bp_prefix_level_build(&l));
	for (i = 0; i < 2 * l.n_slots; i++) {
		run = l.slot[i & (l.n_slots - 1)] == UINT64_MAX ? 0 : run + 1;
		most = BP_MAX(most, run);
	}
	*seed = l.seed;
	bp_prefix_level_release(&l);
	return most;
}

static void keys_chosen_for_one_slot_get_another_seed(void **state)
{
	uint64_t seed, again;
	size_t n;

	for (n = 2000; n <= 64000; n *= 2) {
		assert_in_range(run_of_keys(n, true, false, &seed), 1, RUN_MOST);
		assert_true(seed != 0);
		/* All machines find it. */
		assert_in_range(run_of_keys(n, true, false, &again), 1, RUN_MOST);
		assert_true(seed == again);
		assert_in_range(run_of_keys(n, true, true, &seed), 1, RUN_MOST);
		assert_true(seed != 0);
		assert_in_range(run_of_keys(n, false, false, &seed), 1, RUN_MOST);
		assert_true(seed == 0);
	}
	(void)state;
}

/* The number, five bytes or zeros behind the end, and how many bytes there are. */
static void windows_are_keys(void **state)
{
	struct slice s = S("\0ab\0\xFF" "cde");
	const uint64_t most = (1 << LEVEL_ID_BITS) - 1;

	assert_true(bp_prefix_window_key(1, s, 0, 5) >> 3 == UINT64_C(0x0100616200FF));
	assert_true(bp_prefix_window_key(1, s, 0, 3) >> 3 == UINT64_C(0x010061620000));
	assert_true(bp_prefix_window_key(1, s, 7, 8) >> 3 == UINT64_C(0x016500000000));
	assert_int_equal(bp_prefix_window_key(1, s, 0, 5) & 7, 5);
	assert_int_equal(bp_prefix_window_key(1, s, 0, 3) & 7, 3);
	assert_int_equal(bp_prefix_window_key(1, s, 7, 8) & 7, 1);
	/* The highest number fits. */
	assert_true(bp_prefix_window_key(most, s, 0, 5) >> (8 * LEVEL_STEP + 3) == most);
	assert_int_equal(LEVEL_KEY_BITS, 64);
	(void)state;
}

/* Strings of which some are exempt, to be ranked by sorting them all. */
struct ranked {
	char s[12];
	uint64_t count;
	bool exempt;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->s, y->s);
}

static void check_best(struct top_strings *b, struct ranked *r, size_t n, uint64_t threshold)
{
	size_t i, k;

	assert_true(bp_top_strings_finish(b, threshold));
	qsort(r, n, sizeof(*r), compare_ranked);
	for (i = k = 0; i < n && k < b->most; i++) {
		if (r[i].count < threshold && !r[i].exempt)
			continue;
		T_OK(k < b->n, "%zu are too few", b->n);
		T_SAME(bp_top_strings_at(b, k), t_string(r[i].s));
		assert_true(b->string[k].count == r[i].count);
		assert_true(b->string[k].exempt == r[i].exempt);
		k++;
	}
	assert_int_equal(b->n, k);
}

/* Counts are few, so that many are equal; the exempt ones are the rarest. */
static void the_best_are_those_that_sorting_finds(void **state)
{
	enum { STRINGS = 2000 };
	static const size_t most[] = { 1, 2, 7, 50, 300, 1500, STRINGS, 3 * STRINGS };
	struct ranked *r = calloc(STRINGS, sizeof(*r));
	struct top_strings b;
	uint64_t rng = 5, threshold;
	size_t i, k;

	assert_non_null(r);
	for (k = 0; k < 5 * sizeof(most) / sizeof(most[0]); k++) {
		b = (struct top_strings){ .most = most[k / 5] };
		for (i = 0; i < STRINGS; i++) {
			r[i] = (struct ranked){ .exempt = t_below(&rng, 20) == 0 };
			r[i].count = 2 + t_below(&rng, r[i].exempt ? 3 : 1 + t_below(&rng, 40));
			/* Each once, in no order. */
			snprintf(r[i].s, sizeof(r[i].s), "%zu", (i * 1237 + k) % STRINGS);
			assert_true(bp_top_strings_add(&b, t_string(r[i].s), r[i].count, r[i].exempt));
			/* "In memory that does not depend on how many there are." */
			assert_true(b.n - b.n_exempt <= 2 * b.most + 3);
		}
		threshold = k % 5 * 8;
		check_best(&b, r, STRINGS, threshold);
		assert_true(bp_top_strings_memory(&b) >= b.n * sizeof(*b.string) + b.bytes.len);
		bp_top_strings_release(&b);
	}
	free(r);
	(void)state;
}

static void of_no_strings_none_is_best(void **state)
{
	struct top_strings b = { .most = 5 };

	assert_true(bp_top_strings_finish(&b, 0));
	assert_int_equal(b.n, 0);
	bp_top_strings_release(&b);
	assert_int_equal(bp_top_strings_memory(&b), 0);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_prefixes_and_tails),
		cmocka_unit_test(the_threshold_is_the_smallest_that_few_enough_reach),
		cmocka_unit_test(trimming_keeps_the_order),
		cmocka_unit_test(strings_are_found_wherever_they_stand),
		cmocka_unit_test(no_other_id_has_a_string),
		cmocka_unit_test(keys_chosen_for_one_slot_get_another_seed),
		cmocka_unit_test(windows_are_keys),
		cmocka_unit_test(the_best_are_those_that_sorting_finds),
		cmocka_unit_test(of_no_strings_none_is_best)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
