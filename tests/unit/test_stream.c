/* bytepiece.h: streams give the ids of the text at once, however it is cut and they are taken. */
#include <stdlib.h>
#include <string.h>

#include "bytepiece.h"
#include "support.h"

struct ids {
	uint32_t *id;
	size_t n, cap;
};

static bp_model *toy_model(uint64_t seed, bp_normalize normalize)
{
	uint64_t rng = seed;
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &rng, 500, 12);
	t_vocab_add(&v, S("a\n "), 40);
	t_vocab_add(&v, S("aa"), 40);
	t_vocab_add(&v, S("\n\n"), 40);
	m = t_with_newlines(t_vocab_model(&v, normalize), seed);
	t_vocab_release(&v);
	return m;
}

/* Take what there is, at most 'part' at a time. */
static void take(bp_stream *s, size_t part, struct ids *all)
{
	size_t n;

	do {
		assert_true(BP_GROW(all->id, all->cap, all->n + part));
		n = bp_stream_take(s, all->id + all->n, part);
		assert_true(n <= part);
		all->n += n;
	} while (n == part);
	assert_int_equal(bp_stream_take(s, all->id, 0), 0);
}

static void check(const bp_model *m, struct slice text, const struct ids *got)
{
	size_t n;
	uint32_t *ids = bp_array(bp_encode_bound(text.n) + 1, sizeof(*ids));

	assert_non_null(ids);
	assert_int_equal(bp_encode(m, (const char *)text.p, text.n, ids, &n), BP_OK);
	assert_int_equal(got->n, n);
	if (n > 0)
		assert_memory_equal(got->id, ids, n * sizeof(*ids));
	free(ids);
}

static void feed_at_random(bp_stream *s, uint64_t *rng, struct slice text, size_t most,
			   struct ids *got)
{
	size_t k;

	for (got->n = 0; text.n > 0; text.p += k, text.n -= k) {
		k = t_below(rng, most + 1);
		k = BP_MIN(text.n, k);
		assert_int_equal(bp_stream_feed(s, (const char *)text.p, k), BP_OK);
		if (t_below(rng, 3) == 0)
			take(s, 1 + t_below(rng, 50), got);
	}
	assert_int_equal(bp_stream_end(s), BP_OK);
	take(s, 7, got);
}

static void parts_give_the_ids_of_the_whole(void **state)
{
	static const size_t most[] = { 1, 5, 70, 3000, 100000 };
	struct buf text = { 0 };
	struct ids got = { 0 };
	uint64_t rng = 1;
	size_t i, k;

	(void)state;
	for (i = 0; i < 2 * sizeof(most) / sizeof(most[0]); i++) {
		bp_model *m = toy_model(i, i % 2 == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
		bp_stream *s = bp_stream_new(m);

		assert_non_null(s);
		for (k = 0; k < 30; k++) {
			text.len = 0;
			t_mixed_text(&rng, t_below(&rng, 20 * most[i / 2] + 20) % 60000, &text);
			feed_at_random(s, &rng, t_slice(&text), most[i / 2], &got);
			check(m, t_slice(&text), &got);
		}
		bp_stream_free(s);
		bp_free(m);
	}
	free(got.id);
	bp_buf_release(&text);
}

static void a_line_is_there_when_the_next_one_begins(void **state)
{
	bp_model *m = toy_model(0, BP_NORMALIZE_NFC);
	bp_stream *s = bp_stream_new(m);
	struct ids got = { 0 };

	(void)state;
	assert_non_null(s);
	assert_int_equal(bp_stream_feed(s, "some words\nx", 12), BP_OK);
	assert_int_equal(bp_stream_feed(s, "y", 1), BP_OK);	/* so x stays as it is */
	take(s, 10, &got);
	check(m, S("some words\n"), &got);
	assert_int_equal(bp_stream_end(s), BP_OK);
	got.n = 0;
	take(s, 10, &got);
	check(m, S("xy"), &got);
	bp_stream_free(s);
	bp_free(m);
	free(got.id);
}

static void a_long_line_is_handed_out_before_its_end(void **state)
{
	bp_model *m = toy_model(2, BP_NORMALIZE_NONE);
	bp_stream *s = bp_stream_new(m);
	struct ids got = { 0 };
	size_t i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 50000; i++)
		assert_int_equal(bp_stream_feed(s, "ever the same words ", 20), BP_OK);
	take(s, 1000, &got);
	assert_true(got.n > 100000);
	bp_stream_free(s);	/* in the middle of a text */
	bp_stream_free(NULL);
	bp_free(m);
	free(got.id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_give_the_ids_of_the_whole),
		cmocka_unit_test(a_line_is_there_when_the_next_one_begins),
		cmocka_unit_test(a_long_line_is_handed_out_before_its_end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
