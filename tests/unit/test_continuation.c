/* Texts to be continued, against all continuations; and lookup of pieces by prefix. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece.h"
#include "support.h"
#include "encode/continuation.h"
#include "text/nfc.h"

enum { MOST = 4 };	/* units of a continuation */

/* The encoding of a text, complete or to be continued. */
struct ids {
	uint32_t *id;
	size_t n;
	struct buf left;
};

static void encode(const bp_model *m, struct slice s, struct ids *out)
{
	*out = (struct ids){ .id = bp_array(bp_encode_bound(s.n) + 1, sizeof(*out->id)) };
	assert_non_null(out->id);
	assert_int_equal(bp_encode(m, (const char *)s.p, s.n, out->id, &out->n), BP_OK);
}

static void encode_open(const bp_model *m, struct slice s, struct ids *out)
{
	size_t bound = bp_encode_bound(s.n);

	*out = (struct ids){ .id = bp_array(bound, sizeof(*out->id)), .n = 12345 };
	assert_non_null(out->id);
	assert_true(bp_buf_reserve(&out->left, bound + 1));
	out->left.data[bound] = 0xA5;
	assert_int_equal(bp_encode_open(m, (const char *)s.p, s.n, out->id, &out->n,
					(char *)out->left.data, &out->left.len), BP_OK);
	assert_true(out->n <= bound && out->left.len <= bound);
	assert_int_equal(out->left.data[bound], 0xA5);
}

static void ids_release(struct ids *i)
{
	free(i->id);
	bp_buf_release(&i->left);
}

static size_t common(const struct ids *a, const struct ids *b)
{
	size_t i = 0;

	while (i < a->n && i < b->n && a->id[i] == b->id[i])
		i++;
	return i;
}

static double score(const bp_model *m, const uint32_t *id, size_t n)
{
	double sum = 0;

	while (n > 0)
		sum += bp_piece_log_probability(m, id[--n]);
	return sum;
}

/* Units of texts, continuations and pieces. */
struct units {
	const struct slice *unit;
	size_t n;
};

static void random_units(uint64_t *rng, const struct units *u, size_t n, struct buf *out)
{
	for (out->len = 0; n > 0; n--)
		t_append(out, u->unit[t_below(rng, u->n)]);
}

/* Pieces of 2 to 'most' units, in normal form if the model is for that. */
static bp_model *random_model(uint64_t *rng, const struct units *u, size_t n, size_t most,
			      bp_normalize normalize, size_t counts)
{
	struct buf piece = { 0 }, scratch = { 0 };
	struct slice s;
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	for (; n > 0; n--) {
		random_units(rng, u, 2 + t_below(rng, most - 1), &piece);
		s = t_slice(&piece);
		if (normalize == BP_NORMALIZE_NFC)
			assert_true(bp_nfc(t_slice(&piece), &scratch, &s));
		t_vocab_add(&v, s, 1 + t_below(rng, counts));
	}
	m = t_with_newlines(t_vocab_model(&v, normalize), t_below(rng, 3));
	t_vocab_release(&v);
	bp_buf_release(&piece);
	bp_buf_release(&scratch);
	return m;
}

/* A text under test, its encoding as one to be continued, and the ids common to all continuations
 * so far. */
struct trial {
	const bp_model *m;
	const struct units *u;
	struct buf text;
	size_t n_text;		/* without the continuation */
	struct ids open;
	size_t agreed;		/* of the ids of the text itself */
	struct ids closed;
};

static void check_left(const struct trial *t)
{
	struct buf both = { 0 }, scratch = { 0 };
	struct slice want = { t->text.data, t->n_text };
	size_t len;

	assert_true(bp_buf_reserve(&both, bp_encode_bound(t->n_text)));
	assert_int_equal(bp_decode(t->m, t->open.id, t->open.n, (char *)both.data, both.cap, &len),
			 BP_OK);
	both.len = len;
	t_append(&both, t_slice(&t->open.left));
	if (bp_model_normalize(t->m) == BP_NORMALIZE_NFC)
		assert_true(bp_nfc(want, &scratch, &want));
	T_SAME(t_slice(&both), want);
	bp_buf_release(&both);
	bp_buf_release(&scratch);
}

/* The bytes left and the continuation are encoded as in the whole text; rounding may change a
 * tie. */
static void check_rest(const struct trial *t, const struct ids *all)
{
	struct buf rest = { 0 };
	size_t from = t->open.n, n = all->n - from, a, b;
	char x[400], y[400];
	struct ids i;

	t_append(&rest, t_slice(&t->open.left));
	t_append(&rest, (struct slice){ t->text.data + t->n_text, t->text.len - t->n_text });
	encode(t->m, t_slice(&rest), &i);
	if (i.n != n || memcmp(i.id, all->id + from, n * sizeof(*i.id)) != 0) {
		assert_true(fabs(score(t->m, i.id, i.n) - score(t->m, all->id + from, n)) < 1e-9);
		assert_int_equal(bp_decode(t->m, i.id, i.n, x, sizeof(x), &a), BP_OK);
		assert_int_equal(bp_decode(t->m, all->id + from, n, y, sizeof(y), &b), BP_OK);
		assert_int_equal(a, b);
		assert_memory_equal(x, y, a);
	}
	ids_release(&i);
	bp_buf_release(&rest);
}

/* All continuations of the text so far by up to 'units' units. */
static void try_all(struct trial *t, size_t units)
{
	size_t len = t->text.len, i;
	struct ids all;

	encode(t->m, t_slice(&t->text), &all);
	T_OK(common(&all, &t->open) == t->open.n, "%zu bytes and %zu more change id %zu of %zu",
	     t->n_text, len - t->n_text, common(&all, &t->open), t->open.n);
	t->agreed = BP_MIN(t->agreed, common(&all, &t->closed));
	check_rest(t, &all);
	ids_release(&all);
	for (i = 0; i < t->u->n && units > 0; i++) {
		t_append(&t->text, t->u->unit[i]);
		try_all(t, units - 1);
		t->text.len = len;
	}
}

/* Returns how many more ids the continuations tried have in common than were given. */
static size_t try_text(const bp_model *m, const struct units *u, struct slice text, size_t units)
{
	struct trial t = { .m = m, .u = u, .n_text = text.n };
	size_t more;

	assert_true(bp_buf_reserve(&t.text, 1));
	t_append(&t.text, text);
	encode(m, text, &t.closed);
	encode_open(m, text, &t.open);
	t.agreed = t.closed.n;
	check_left(&t);
	try_all(&t, units);
	more = t.agreed - t.open.n;
	ids_release(&t.closed);
	ids_release(&t.open);
	bp_buf_release(&t.text);
	return more;
}

static const struct slice letters[] = { S_INIT("a"), S_INIT("b"), S_INIT("\n") };
static const struct slice zeros[] = { S_INIT("\0"), S_INIT("\xFF"), S_INIT("\n") };
static const struct slice one_letter[] = { S_INIT("a") };
static const struct slice bytes[] = { S_INIT("\xC3"), S_INIT("\xA9"), S_INIT("e") };
static const struct slice marks[] = {	/* acute, cedilla, dot below */
	S_INIT("a"), S_INIT("e"), S_INIT("\xCC\x81"), S_INIT("\xCC\xA7"), S_INIT("\xCC\xA3"),
	S_INIT("\n"), S_INIT("\xC3\xA9")
};
static const struct slice scripts[] = {	/* jamo, syllables, ideograph, Greek, parts, musical sign */
	S_INIT("\xE1\x84\x92"), S_INIT("\xE1\x85\xA1"), S_INIT("\xE1\x86\xAB"),
	S_INIT("\xED\x95\x98"), S_INIT("\xE4\xB8\xAD"), S_INIT("\xCE\xB1"), S_INIT("\xCD\x85"),
	S_INIT("\xE2"), S_INIT("\x84\xAB"), S_INIT("\xF0\x9D\x85\xA0"), S_INIT(" ")
};

/* Random models and texts; 'exact': the ids given are all that no continuation changes. */
static void try_models(uint64_t seed, const struct slice *unit, size_t n, bp_normalize normalize,
		       size_t units, bool exact)
{
	struct units u = { unit, n };
	struct buf text = { 0 };
	size_t i, k, more;
	bp_model *m;

	for (i = 0; i < 60; i++) {
		/* Counts have few values, so that many paths tie, or many. */
		m = random_model(&seed, &u, 1 + t_below(&seed, 14), exact ? units + 1 : 4,
				 normalize, i % 2 == 0 ? 2 : 1000);
		for (k = 0; k < 25; k++) {
			random_units(&seed, &u, t_below(&seed, k % 5 == 0 ? 40 : 10), &text);
			more = try_text(m, &u, t_slice(&text), units);
			T_OK(more == 0 || !exact, "model %zu, text %zu: %zu more ids are certain",
			     i, k, more);
		}
		bp_free(m);
	}
	bp_buf_release(&text);
}
#define TRY(seed, unit, normalize, units, exact) \
	try_models(seed, unit, sizeof(unit) / sizeof((unit)[0]), normalize, units, exact)

static void just_what_every_continuation_keeps(void **state)
{
	(void)state;
	TRY(1, letters, BP_NORMALIZE_NONE, MOST, true);
	TRY(2, zeros, BP_NORMALIZE_NONE, MOST, true);
	TRY(3, one_letter, BP_NORMALIZE_NONE, 12, true);
	TRY(4, bytes, BP_NORMALIZE_NONE, MOST, true);
	TRY(5, letters, BP_NORMALIZE_NFC, MOST, false);
}

static void what_normalisation_may_change_is_left(void **state)
{
	(void)state;
	TRY(6, marks, BP_NORMALIZE_NFC, 3, false);
	TRY(7, scripts, BP_NORMALIZE_NFC, 2, false);
	TRY(8, bytes, BP_NORMALIZE_NFC, MOST, false);
}

/* One continuation only: the rest of a text that was cut. */
static void try_cut(const bp_model *m, struct slice text, size_t cut)
{
	struct trial t = { .m = m, .n_text = cut };
	struct ids all;

	assert_true(bp_buf_reserve(&t.text, 1));
	t_append(&t.text, text);
	encode_open(m, (struct slice){ text.p, cut }, &t.open);
	check_left(&t);
	encode(m, text, &all);
	T_OK(common(&all, &t.open) == t.open.n, "cut after byte %zu of %zu, id %zu of %zu changes",
	     cut, text.n, common(&all, &t.open), t.open.n);
	check_rest(&t, &all);
	ids_release(&all);
	ids_release(&t.open);
	bp_buf_release(&t.text);
}

static void text_of_all_kinds_may_be_cut_anywhere(void **state)
{
	uint64_t rng = 9;
	struct buf text = { 0 };
	struct vocab v;
	bp_model *m[6];
	size_t i, cut;

	(void)state;
	for (i = 0; i < 6; i++) {
		t_vocab_init(&v);
		t_vocab_add_mixed(&v, &rng, 600, 12);
		m[i] = t_vocab_model(&v, i % 2 == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
		t_with_newlines(m[i], i);
		t_vocab_release(&v);
	}
	for (i = 0; i < 400; i++) {
		text.len = 0;
		t_mixed_text(&rng, t_below(&rng, 30), &text);
		for (cut = 0; cut <= text.len; cut++)
			try_cut(m[i % 6], t_slice(&text), cut);
	}
	for (i = 0; i < 6; i++)
		bp_free(m[i]);
	bp_buf_release(&text);
}

static const struct slice words[] = {
	S_INIT("the "), S_INIT("other "), S_INIT("house "), S_INIT("is "), S_INIT("x"), S_INIT("t")
};

/* Megabytes in one segment, and after many segments: few bytes are left if paths meet. */
static void long_text_takes_linear_time(void **state)
{
	const struct units w = { words, sizeof(words) / sizeof(words[0]) };
	const struct units lines = { letters, sizeof(letters) / sizeof(letters[0]) };
	const struct units *u[] = { &w, &lines };
	uint64_t rng = 10;
	struct buf text = { 0 };
	double start = t_seconds();
	struct ids i, open;
	bp_model *m;
	size_t k;

	(void)state;
	for (k = 0; k < 4; k++) {
		m = random_model(&rng, u[k % 2], 30, 3,
				 k < 2 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC, 1000);
		random_units(&rng, u[k % 2], 1000000, &text);
		encode(m, t_slice(&text), &i);
		encode_open(m, t_slice(&text), &open);
		assert_int_equal(common(&i, &open), open.n);
		assert_true(open.n + 50 > i.n);
		assert_true(open.left.len <= 50);
		assert_memory_equal(open.left.data, text.data + text.len - open.left.len,
				    open.left.len);
		ids_release(&i);
		ids_release(&open);
		bp_free(m);
	}
	bp_buf_release(&text);
	T_OK(t_seconds() - start < T_LINEAR, "%.0f s", t_seconds() - start);
}

/* One letter repeated, where paths never meet: everything is left, in time. */
static void paths_that_never_meet_take_linear_time(void **state)
{
	const struct units a = { one_letter, 1 };
	static const size_t length[] = { 3, 8, 200 };
	struct buf text = { 0 };
	uint64_t rng = 11;
	double start = t_seconds();
	struct ids open;
	struct vocab v;
	bp_model *m;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		random_units(&rng, &a, length[i], &text);
		t_vocab_add(&v, t_slice(&text), 1000);
	}
	m = t_vocab_model(&v, BP_NORMALIZE_NONE);
	random_units(&rng, &a, 2000000, &text);
	encode_open(m, t_slice(&text), &open);
	assert_int_equal(open.n, 0);
	T_SAME(t_slice(&open.left), t_slice(&text));
	T_OK(t_seconds() - start < T_LINEAR, "%.0f s", t_seconds() - start);
	ids_release(&open);
	t_vocab_release(&v);
	bp_free(m);
	bp_buf_release(&text);
}

static void check_prefix(const bp_model *m, struct slice s)
{
	uint32_t all = bp_vocab_size(m), *id = bp_array((size_t)all + 1, sizeof(*id)), k, n = 0;
	const char *piece;
	size_t len, found, cap;

	assert_non_null(id);
	found = bp_pieces_with_prefix(m, (const char *)s.p, s.n, id, all);
	for (k = BP_FIRST_PIECE; k < all; k++) {
		piece = bp_piece(m, k, &len);
		if (len < s.n || (s.n > 0 && memcmp(piece, s.p, s.n) != 0))
			continue;
		T_OK(n < found && id[n] == k, "piece %u is missing", (unsigned)k);
		n++;
	}
	assert_int_equal(found, n);
	assert_int_equal(bp_pieces_with_prefix(m, (const char *)s.p, s.n, NULL, 0), found);
	cap = found / 2;
	id[cap] = 12345;
	assert_int_equal(bp_pieces_with_prefix(m, (const char *)s.p, s.n, id, cap), found);
	assert_int_equal(id[cap], 12345);
	free(id);
}

static void pieces_by_their_beginning(void **state)
{
	const struct units u = { marks, sizeof(marks) / sizeof(marks[0]) };
	uint64_t rng = 12;
	struct buf s = { 0 };
	bp_model *m = random_model(&rng, &u, 400, 5, BP_NORMALIZE_NONE, 1000);
	const char *piece;
	uint32_t id;
	size_t i, n;

	(void)state;
	for (i = 0; i < 300; i++) {
		random_units(&rng, &u, t_below(&rng, 6), &s);
		check_prefix(m, t_slice(&s));
	}
	for (i = 0; i < 256; i++) {
		s.len = 0;
		assert_true(bp_buf_byte(&s, (unsigned char)i));
		check_prefix(m, t_slice(&s));
	}
	check_prefix(m, (struct slice){ 0 });
	assert_int_equal(bp_pieces_with_prefix(m, NULL, 0, NULL, 0),
			 bp_vocab_size(m) - BP_FIRST_PIECE);
	/* The longest piece alone, and nothing longer. */
	piece = bp_piece(m, bp_vocab_size(m) - 1, &n);
	assert_int_equal(bp_pieces_with_prefix(m, piece, n, &id, 1), 1);
	assert_int_equal(id, bp_vocab_size(m) - 1);
	s.len = 0;
	t_append(&s, (struct slice){ (const unsigned char *)piece, n });
	t_append(&s, S("a"));
	assert_int_equal(bp_pieces_with_prefix(m, (const char *)s.data, s.len, NULL, 0), 0);
	bp_free(m);
	bp_buf_release(&s);
}

/* Token healing as described in the public header, by a generator that chooses at random. */
static void pieces_held_to_what_is_left_give_the_text(void **state)
{
	const struct units u = { marks, sizeof(marks) / sizeof(marks[0]) };
	uint64_t rng = 14;
	bp_model *m = random_model(&rng, &u, 300, 4, BP_NORMALIZE_NFC, 1000);
	uint32_t *next = bp_array(bp_vocab_size(m), sizeof(*next)), id;
	struct buf text = { 0 }, scratch = { 0 }, got = { 0 };
	struct slice want, left;
	struct ids open;
	const char *piece;
	size_t i, k, fit, len;

	(void)state;
	assert_non_null(next);
	for (i = 0; i < 500; i++) {
		random_units(&rng, &u, t_below(&rng, 12), &text);
		assert_true(bp_nfc(t_slice(&text), &scratch, &want));
		encode_open(m, t_slice(&text), &open);
		got.len = 0;
		for (k = 0; k < open.n; k++) {
			piece = bp_piece(m, open.id[k], &len);
			t_append(&got, (struct slice){ (const unsigned char *)piece, len });
		}
		left = t_slice(&open.left);
		while (left.n > 0) {
			fit = bp_pieces_with_prefix(m, (const char *)left.p, left.n, next,
						    bp_vocab_size(m));
			for (k = 1; k < left.n; k++)
				if ((id = bp_piece_id(m, (const char *)left.p, k)) != BP_NO_ID)
					next[fit++] = id;
			assert_true(fit > 0);
			piece = bp_piece(m, next[t_below(&rng, fit)], &len);
			t_append(&got, (struct slice){ (const unsigned char *)piece, len });
			left.p += BP_MIN(len, left.n);
			left.n -= BP_MIN(len, left.n);
		}
		assert_true(got.len >= want.n);
		T_SAME(((struct slice){ got.data, want.n }), want);
		ids_release(&open);
	}
	free(next);
	bp_free(m);
	bp_buf_release(&text);
	bp_buf_release(&scratch);
	bp_buf_release(&got);
}

static void the_empty_text_leaves_nothing(void **state)
{
	const struct units u = { letters, sizeof(letters) / sizeof(letters[0]) };
	uint64_t rng = 13;
	bp_model *m = random_model(&rng, &u, 9, 3, BP_NORMALIZE_NFC, 9);
	size_t n = 1, left = 1;

	(void)state;
	assert_int_equal(bp_encode_open(m, NULL, 0, NULL, &n, NULL, &left), BP_OK);
	assert_int_equal(n, 0);
	assert_int_equal(left, 0);
	bp_free(m);
}

/* Both ways to try positions give one result. */
static void tried_together_is_tried_one_by_one(void **state)
{
	const struct units u[] = {
		{ letters, sizeof(letters) / sizeof(letters[0]) }, { one_letter, 1 },
		{ marks, sizeof(marks) / sizeof(marks[0]) }
	};
	struct continuation one, all;
	struct slice left, left_all;
	struct buf text = { 0 };
	uint64_t rng = 11;
	size_t i, k;
	bp_model *m;

	(void)state;
	for (i = 0; i < 90; i++) {
		m = random_model(&rng, &u[i % 3], 1 + t_below(&rng, 40), 12,
				 i % 2 == 0 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
				 i % 5 == 0 ? 2 : 1000);
		assert_true(bp_continuation_init(&one, m) && bp_continuation_init(&all, m));
		all.together = true;
		for (k = 0; k < 20; k++) {
			random_units(&rng, &u[i % 3], t_below(&rng, 60), &text);
			bp_encoder_path(&one.encoder)->n = bp_encoder_path(&all.encoder)->n = 0;
			assert_true(bp_continuation_encode(&one, t_slice(&text), &left));
			assert_true(bp_continuation_encode(&all, t_slice(&text), &left_all));
			T_SAME(left, left_all);
			assert_int_equal(bp_encoder_path(&one.encoder)->n,
					 bp_encoder_path(&all.encoder)->n);
		}
		bp_continuation_release(&one);
		bp_continuation_release(&all);
		bp_free(m);
	}
	bp_buf_release(&text);
}

/* Steps for n letters 'a', with pieces of n such letters and n others behind them: each of n
 * positions leads to n bytes of its own, and none of these pieces is ever preferred to its parts. */
static uint64_t steps_of_hostile_text(size_t n)
{
	struct buf text = { 0 }, piece = { 0 };
	struct continuation c;
	struct slice left;
	uint64_t rng = 12, steps;
	struct vocab v;
	bp_model *m;
	size_t i, k;

	t_vocab_init(&v);
	for (i = 0; i < n; i++)
		t_append(&text, S("a"));
	t_vocab_add(&v, S("aa"), (uint64_t)1 << 61);
	for (k = 0; k < 10; k++) {
		piece.len = 0;
		t_append(&piece, t_slice(&text));
		for (i = 0; i < n; i++)
			assert_true(bp_buf_byte(&piece, (unsigned char)('b' + t_below(&rng, 20))));
		t_vocab_add(&v, t_slice(&piece), 1);
		t_vocab_add(&v, (struct slice){ piece.data + n, n }, 1 << 30);
	}
	m = t_vocab_model(&v, BP_NORMALIZE_NONE);
	assert_true(bp_continuation_init(&c, m));
	assert_true(bp_continuation_encode(&c, t_slice(&text), &left));
	assert_true(c.depth != NULL);	/* one by one it took too long */
	steps = c.steps;
	T_OK(steps <= 64 * m->vocabulary.a.n_slots + 1000, "%.0f steps", (double)steps);
	bp_continuation_release(&c);
	bp_free(m);
	t_vocab_release(&v);
	bp_buf_release(&text);
	bp_buf_release(&piece);
	return steps;
}

static void hostile_text_takes_linear_time(void **state)
{
	uint64_t one = steps_of_hostile_text(1000), two = steps_of_hostile_text(2000);

	(void)state;
	T_OK(two < 3 * one, "%.0f steps, then %.0f", (double)one, (double)two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(just_what_every_continuation_keeps),
		cmocka_unit_test(what_normalisation_may_change_is_left),
		cmocka_unit_test(text_of_all_kinds_may_be_cut_anywhere),
		cmocka_unit_test(long_text_takes_linear_time),
		cmocka_unit_test(paths_that_never_meet_take_linear_time),
		cmocka_unit_test(pieces_by_their_beginning),
		cmocka_unit_test(pieces_held_to_what_is_left_give_the_text),
		cmocka_unit_test(the_empty_text_leaves_nothing),
		cmocka_unit_test(tried_together_is_tried_one_by_one),
		cmocka_unit_test(hostile_text_takes_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
