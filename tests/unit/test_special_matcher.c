/* special_matcher.h: names found in text, against a search for each name at each offset. */
#include <stdlib.h>
#include <string.h>

#include "encode/special_matcher.h"
#include "support.h"

enum { MAX_NAMES = 40 };

struct set {
	struct slice name[MAX_NAMES];
	uint32_t id[MAX_NAMES];
	size_t n;
	unsigned char bytes[MAX_NAMES * 16];
	struct special_matcher names;
};

static bool is_at(struct slice name, struct slice s, size_t at)
{
	return name.n <= s.n - at && memcmp(name.p, s.p + at, name.n) == 0;
}

/* The longest name at an offset, or NULL. */
static const struct slice *longest_at(const struct set *t, struct slice s, size_t at, int stop)
{
	const struct slice *best = NULL;
	size_t i;

	for (i = 0; i < t->n; i++)
		if (is_at(t->name[i], s, at) && (best == NULL || t->name[i].n > best->n) &&
		    (stop == BP_NO_MARK || memchr(t->name[i].p, stop, t->name[i].n) == NULL))
			best = &t->name[i];
	return best;
}

static void add_name(struct set *t, size_t *used, size_t n, uint64_t *rng, size_t letters)
{
	struct slice s = { t->bytes + *used, n };
	size_t i;

	for (i = 0; i < n; i++)
		t->bytes[*used + i] = (unsigned char)('a' + t_below(rng, letters));
	for (i = 0; i < t->n; i++)
		if (bp_slice_compare(t->name[i], s) == 0)
			return;
	t->name[t->n] = s;
	t->id[t->n] = (uint32_t)(7 * t->n);
	t->n++;
	*used += n;
}

static void make_set(struct set *t, uint64_t *rng, size_t letters)
{
	size_t n = 1 + t_below(rng, MAX_NAMES), used = 0, i;

	t->n = 0;
	for (i = 0; i < n; i++)
		add_name(t, &used, 1 + t_below(rng, i % 3 == 0 ? 15 : 4), rng, letters);
	assert_int_equal(bp_special_matcher_init(&t->names, t->name, t->id, t->n, NULL), BP_OK);
}

/* Compare with a search for each name at each offset, up to 'sure'. */
static void check(const struct set *t, struct slice s, int stop, bool ends)
{
	struct special_hits hits = { 0 };
	const struct slice *name;
	size_t at = 0, sure, i = 0;

	assert_true(bp_special_matcher_find(&t->names, s, stop, ends, &hits, &sure));
	assert_true(ends ? sure == s.n : sure + t->names.longest > s.n && sure <= s.n);
	while (at < sure) {
		if ((name = longest_at(t, s, at, stop)) == NULL) {
			at++;
			continue;
		}
		assert_true(i < hits.n);
		assert_int_equal(hits.hit[i].at, at);
		assert_int_equal(hits.hit[i].n, name->n);
		assert_int_equal(hits.hit[i].id, t->id[name - t->name]);
		at += name->n;
		i++;
	}
	assert_int_equal(i, hits.n);
	free(hits.hit);
}

static void names_are_found_as_by_looking_everywhere(void **state)
{
	unsigned char text[200];
	uint64_t rng = 1;
	struct set t;
	size_t round, k, i, n;

	(void)state;
	for (round = 0; round < 2000; round++) {
		make_set(&t, &rng, 2 + round % 3);
		for (k = 0; k < 10; k++) {
			n = t_below(&rng, sizeof(text));
			for (i = 0; i < n; i++)
				text[i] = (unsigned char)('a' + t_below(&rng, 2 + k / 3));
			check(&t, (struct slice){ text, n }, k % 2 ? 'b' : BP_NO_MARK, k % 3 != 0);
		}
		bp_special_matcher_release(&t.names);
	}
}

/* Text in parts, each from the last 'sure' on, gives the names of the whole text. */
static void parts_give_the_names_of_the_whole(void **state)
{
	struct special_hits whole = { 0 }, part = { 0 };
	unsigned char text[300];
	uint64_t rng = 5;
	struct set t;
	int round;
	size_t i, from, to, k, sure;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)('a' + t_below(&rng, 2));
	for (round = 0; round < 500; round++) {
		make_set(&t, &rng, 2);
		assert_true(bp_special_matcher_find(&t.names, (struct slice){ text, sizeof(text) },
						    BP_NO_MARK, true, &whole, &sure));
		for (from = to = k = 0; from < sizeof(text); from += sure) {
			to += 1 + t_below(&rng, 20);
			to = BP_MIN(to, sizeof(text));
			assert_true(bp_special_matcher_find(&t.names,
					(struct slice){ text + from, to - from }, BP_NO_MARK,
					to == sizeof(text), &part, &sure));
			for (i = 0; i < part.n; i++, k++) {
				assert_true(k < whole.n);
				assert_int_equal(part.hit[i].at + from, whole.hit[k].at);
				assert_int_equal(part.hit[i].id, whole.hit[k].id);
			}
		}
		assert_int_equal(k, whole.n);
		bp_special_matcher_release(&t.names);
	}
	free(whole.hit);
	free(part.hit);
}

/* Names that overlap over their whole length: the time is linear in the text's length. */
static void long_names_that_overlap_are_found(void **state)
{
	enum { LONG = 60000, TEXT = 4000000 };
	unsigned char *name = malloc(LONG), *text = malloc(TEXT);
	struct slice both[2] = { { name, LONG }, { name + 1, 1 } };
	const uint32_t id[2] = { 1, 2 };
	struct special_hits hits = { 0 };
	struct special_matcher names;
	size_t sure;

	(void)state;
	assert_non_null(name);
	assert_non_null(text);
	memset(name, 'a', LONG);
	name[LONG - 1] = 'b';
	memset(text, 'a', TEXT);
	assert_int_equal(bp_special_matcher_init(&names, both, id, 2, NULL), BP_OK);
	assert_true(bp_special_matcher_find(&names, (struct slice){ text, TEXT },
					    BP_NO_MARK, false, &hits, &sure));
	assert_int_equal(sure, TEXT - LONG + 1);
	assert_int_equal(hits.n, sure);
	text[TEXT - 1] = 'b';
	assert_true(bp_special_matcher_find(&names, (struct slice){ text, TEXT },
					    BP_NO_MARK, true, &hits, &sure));
	assert_int_equal(hits.n, TEXT - LONG + 1);
	assert_int_equal(hits.hit[hits.n - 1].at, TEXT - LONG);
	assert_int_equal(hits.hit[hits.n - 1].id, 1);
	bp_special_matcher_release(&names);
	free(hits.hit);
	free(text);
	free(name);
}

static void without_names_nothing_is_found(void **state)
{
	struct special_hits hits = { 0 };
	struct special_matcher names;
	size_t sure;

	(void)state;
	assert_int_equal(bp_special_matcher_init(&names, NULL, NULL, 0, NULL), BP_OK);
	assert_true(bp_special_matcher_find(&names, t_string("abc"), BP_NO_MARK, false,
					    &hits, &sure));
	assert_int_equal(hits.n, 0);
	assert_int_equal(sure, 3);
	bp_special_matcher_release(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_as_by_looking_everywhere),
		cmocka_unit_test(parts_give_the_names_of_the_whole),
		cmocka_unit_test(long_names_that_overlap_are_found),
		cmocka_unit_test(without_names_nothing_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
