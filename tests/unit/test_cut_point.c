/* cut_point.h: offsets inside a segment that neither a piece nor normalisation crosses. */
#include <stdlib.h>
#include <string.h>

#include "encode/cut_point.h"
#include "support.h"
#include "text/nfc.h"

static bp_model *make_model(uint64_t *rng, size_t n, bp_normalize normalize)
{
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, rng, n, 9);
	t_vocab_add(&v, S("aa"), 5);
	m = t_vocab_model(&v, normalize);
	t_vocab_release(&v);
	return m;
}

static void normal_form(const bp_model *m, struct slice s, struct buf *out)
{
	struct buf scratch = { 0 };
	struct slice normal = s;

	if (m->model.normalize == BP_NORMALIZE_NFC)
		assert_true(bp_nfc(s, &scratch, &normal));
	t_append(out, normal);
	bp_buf_release(&scratch);
}

/* Check that no piece of the model crosses the offset, and that both sides normalise apart. */
static void is_cut_point(const bp_model *m, struct slice s, size_t at)
{
	struct buf whole = { 0 }, parts = { 0 };
	size_t from, n, middle;

	normal_form(m, s, &whole);
	normal_form(m, (struct slice){ s.p, at }, &parts);
	middle = parts.len;
	normal_form(m, (struct slice){ s.p + at, s.n - at }, &parts);
	T_SAME(t_slice(&parts), t_slice(&whole));
	for (from = middle - BP_MIN(middle, m->vocabulary.max_len); from < middle; from++)
		for (n = middle - from + 1; n <= m->vocabulary.max_len && from + n <= whole.len; n++)
			T_OK(bp_automaton_find(&m->vocabulary.a,
					       (struct slice){ whole.data + from, n },
					       m->model.piece) == BP_NO_PIECE,
			     "a piece crosses %zu", at);
	bp_buf_release(&whole);
	bp_buf_release(&parts);
}

static void check(bp_normalize normalize, uint64_t seed, size_t pieces)
{
	struct cut_point_finder b;
	struct buf text = { 0 };
	bp_model *m = make_model(&seed, pieces, normalize);
	size_t i, k, at, found = 0;

	assert_true(bp_cut_point_init(&b, m));
	for (k = 0; k < 60; k++) {
		text.len = 0;
		t_mixed_text(&seed, 2000, &text);
		/* Most of it is in normal form, so that there are cut points. */
		for (i = 0; i < 1500; i++)
			t_append(&text, t_below(&seed, 3) ? S("a b") : S("\xC3\xA9\xE4\xB8\xAD"));
		t_mixed_text(&seed, t_below(&seed, 300), &text);
		assert_true(bp_cut_point_find(&b, t_slice(&text), &at));
		assert_true(at < text.len);
		if (at == 0)
			continue;
		is_cut_point(m, t_slice(&text), at);
		found++;
	}
	T_OK(found > 50, "only %zu of 60 texts have a border", found);
	bp_cut_point_release(&b);
	bp_cut_point_release(&b);
	bp_free(m);
	bp_buf_release(&text);
}

static void nothing_crosses_a_border(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 5; seed++) {
		check(BP_NORMALIZE_NFC, seed, 300);
		check(BP_NORMALIZE_NONE, seed, 300);
	}
}

static void expect(const bp_model *m, struct slice unit, size_t n, bool found)
{
	struct cut_point_finder b;
	struct buf text = { 0 };
	size_t at;

	while (n-- > 0)
		t_append(&text, unit);
	assert_true(bp_cut_point_init(&b, m));
	assert_true(bp_cut_point_find(&b, t_slice(&text), &at));
	assert_int_equal(at > 0, found);
	if (found)
		is_cut_point(m, t_slice(&text), at);
	bp_cut_point_release(&b);
	bp_buf_release(&text);
}

static void where_there_is_none_or_none_is_certain_there_is_none(void **state)
{
	uint64_t seed = 3;
	bp_model *m = make_model(&seed, 0, BP_NORMALIZE_NFC);

	(void)state;
	expect(m, S("ab"), 20000, true);
	expect(m, S("a"), 40000, false);		/* "aa" may begin anywhere */
	expect(m, S("ab"), 100, false);			/* too short to be certain */
	expect(m, S(""), 0, false);
	expect(m, S("e\xCC\x81"), 20000, false);	/* not in normal form */
	expect(m, S("\xCC\x81"), 20000, false);		/* one run of marks */
	expect(m, S("\xE4\xB8\xAD"), 20000, true);
	bp_free(m);
}

/* All pieces are single bytes, but a cut point must not divide characters that normalisation
 * joins. */
static void a_letter_is_not_parted_from_its_mark(void **state)
{
	uint64_t seed = 4;
	bp_model *m = make_model(&seed, 0, BP_NORMALIZE_NFC), *none;
	struct buf text = { 0 };
	struct cut_point_finder b;
	size_t i, at;

	(void)state;
	none = make_model(&seed, 0, BP_NORMALIZE_NONE);
	for (i = 0; i < 10000; i++)
		t_append(&text, S("a"));
	t_append(&text, S("q\xCC\x81"));	/* Unicode has no single character for it */
	for (i = 0; i < 1000; i++)
		t_append(&text, S("a"));
	assert_true(bp_cut_point_init(&b, m));
	assert_true(bp_cut_point_find(&b, t_slice(&text), &at));
	if (at > 0)
		is_cut_point(m, t_slice(&text), at);
	assert_true(at != 10001 && at != 10002);
	bp_cut_point_release(&b);
	assert_true(bp_cut_point_init(&b, none));
	assert_true(bp_cut_point_find(&b, t_slice(&text), &at));
	assert_int_equal(at, 10003);
	bp_cut_point_release(&b);
	bp_free(m);
	bp_free(none);
	bp_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_crosses_a_border),
		cmocka_unit_test(where_there_is_none_or_none_is_certain_there_is_none),
		cmocka_unit_test(a_letter_is_not_parted_from_its_mark)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
