/* bytepiece.h: many texts in one call give what each of them gives alone. */
#include <stdlib.h>
#include <string.h>

#include "bytepiece.h"
#include "support.h"

/* A model with the special tokens <x> and <x>y. */
static bp_model *toy_model(uint64_t seed, bp_normalize normalize)
{
	struct buf json = { 0 };
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &seed, 500, 12);
	t_vocab_add(&v, S("the "), 5000);
	t_vocab_add(&v, S("a\nb"), 5000);
	t_vocab_add(&v, S("\xC3\xA9t\xC3\xA9"), 5000);
	t_append(&json, S("{\"bytepiece\": {\"version\": 1, \"normalize\": "));
	t_append(&json, normalize == BP_NORMALIZE_NFC ? S("\"nfc\"") : S("\"none\""));
	t_append(&json, S(", \"specials\": [\"<pad>\", \"<bos>\", \"<eos>\", \"<x>\", \"<x>y\"]}, "
			  "\"pieces\": "));
	t_vocab_json(&v, BP_NORMALIZE_NFC, &json);	/* the pieces alone */
	t_append(&json, S("}"));
	m = bp_load_memory(json.data, json.len, "toy", NULL);
	assert_non_null(m);
	bp_buf_release(&json);
	t_vocab_release(&v);
	return m;
}

/* Texts in both forms. */
struct world {
	bp_model *m;
	bp_specials *specials;
	struct buf all;
	uint64_t *offset;
	const char **text;
	size_t *len;
	size_t n, cap_offset, cap_text, cap_len;
};

static void init(struct world *w, uint64_t seed, bp_normalize normalize)
{
	*w = (struct world){ .m = toy_model(seed, normalize) };
	w->specials = bp_specials_new(w->m, NULL);
	assert_non_null(w->specials);
}

static void release(struct world *w)
{
	bp_specials_free(w->specials);
	bp_free(w->m);
	bp_buf_release(&w->all);
	free(w->offset);
	free(w->text);
	free(w->len);
}

/* A text ends with the bytes appended so far. */
static void end_text(struct world *w)
{
	assert_true(BP_GROW(w->offset, w->cap_offset, w->n + 2));
	w->offset[0] = 0;
	w->offset[++w->n] = w->all.len;
}

/* The second form of the texts. */
static void make_list(struct world *w)
{
	size_t i;

	assert_true(BP_GROW(w->text, w->cap_text, w->n));
	assert_true(BP_GROW(w->len, w->cap_len, w->n));
	for (i = 0; i < w->n; i++) {
		w->len[i] = (size_t)(w->offset[i + 1] - w->offset[i]);
		w->text[i] = w->len[i] > 0 ? (char *)w->all.data + w->offset[i] : NULL;
	}
}

static size_t encode_one(const struct world *w, const bp_texts_options *o, size_t i, uint32_t *ids)
{
	const char *text = BP_AT((const char *)w->all.data, w->offset[i]);
	size_t len = w->offset[i + 1] - w->offset[i], n = 0, k;

	if (o->bos)
		ids[n++] = BP_ID_BOS;
	if (o->specials != NULL)
		assert_int_equal(bp_encode_specials(o->specials, text, len, ids + n, &k), BP_OK);
	else
		assert_int_equal(bp_encode(w->m, text, len, ids + n, &k), BP_OK);
	n += k;
	if (o->eos)
		ids[n++] = BP_ID_EOS;
	return n;
}

static void compare(const struct world *w, const bp_texts_options *o, const bp_ids *r)
{
	size_t n_ids, n, i, k, longest = 0;
	const uint64_t *offset;
	const uint32_t *all;
	uint32_t *ids;

	assert_non_null(r);
	all = bp_ids_all(r, &n_ids);
	offset = bp_ids_offsets(r, &n);
	assert_non_null(all);
	assert_int_equal(n, w->n);
	assert_int_equal(offset[0], 0);
	assert_int_equal(offset[n], n_ids);
	for (i = 0; i < n; i++)
		longest = BP_MAX(longest, w->offset[i + 1] - w->offset[i]);
	ids = bp_array(bp_encode_bound(longest) + 2, sizeof(*ids));
	assert_non_null(ids);
	for (i = 0; i < n; i++) {
		k = encode_one(w, o, i, ids);
		T_OK(k == offset[i + 1] - offset[i] &&
		     (k == 0 || memcmp(ids, all + offset[i], k * sizeof(*ids)) == 0),
		     "text %zu of %zu has other ids in a call of its own", i, n);
	}
	free(ids);
}

/* Without offsets: a NUL ends each text, and a NUL in a text is one too many. */
static void check_ended(const struct world *w, const bp_texts_options *o)
{
	struct buf ended = { 0 };
	bool has_nul = w->all.len > 0 && memchr(w->all.data, '\0', w->all.len) != NULL;
	bp_error err = { 0 };
	bp_ids *r;
	size_t i;

	for (i = 0; i < w->n; i++) {
		t_append(&ended, bp_slice(w->text[i], w->len[i]));
		t_append(&ended, S("\0"));
	}
	r = bp_encode_texts(w->m, (char *)ended.data, ended.len, NULL, w->n, o, &err);
	if (has_nul) {
		assert_null(r);
		assert_int_equal(err.code, BP_ERANGE);
	} else {
		compare(w, o, r);
	}
	bp_ids_free(r);
	bp_buf_release(&ended);
}

/* All forms, on one thread and several. */
static void check(struct world *w, bp_texts_options o)
{
	static const unsigned threads[] = { 1, 2, 5, 0 };
	bp_ids *r;
	size_t i;

	make_list(w);
	check_ended(w, &o);
	for (i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		o.threads = threads[i];
		r = bp_encode_texts(w->m, (char *)w->all.data, w->all.len, w->offset, w->n, &o,
				    NULL);
		compare(w, &o, r);
		bp_ids_free(r);
		r = bp_encode_text_list(w->m, w->text, w->len, w->n, &o, NULL);
		compare(w, &o, r);
		bp_ids_free(r);
	}
}

static void check_options(struct world *w)
{
	check(w, (bp_texts_options){ .bos = false });
	check(w, (bp_texts_options){ .bos = true });
	check(w, (bp_texts_options){ .eos = true, .specials = w->specials });
	check(w, (bp_texts_options){ .bos = true, .eos = true, .specials = w->specials });
}

/* Texts of up to 'longest' characters, some empty, some with names, without order. */
static void add_texts(struct world *w, uint64_t *rng, size_t n, size_t longest)
{
	for (; n > 0; n--) {
		if (t_below(rng, 4) > 0)
			t_mixed_text(rng, t_below(rng, longest + 1), &w->all);
		if (t_below(rng, 4) == 0)
			t_append(&w->all, S("<x>yes e\xCC\x81<x>"));
		if (t_below(rng, 4) == 0)
			t_append(&w->all, S("\xCC\x81 the \n\n the"));
		end_text(w);
	}
}

static void texts_give_what_each_gives_alone(void **state)
{
	static const size_t length[] = { 3, 20, 300, 10000 };
	uint64_t rng = 1;
	struct world w;
	size_t i, round;

	(void)state;
	for (round = 0; round < 4; round++) {
		init(&w, round, round % 2 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC);
		for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
			w.all.len = w.n = 0;
			add_texts(&w, &rng, 1 + t_below(&rng, 200000 / (length[i] + 100)),
				  length[i]);
			check_options(&w);
		}
		release(&w);
	}
}

/* Nothing crosses the end of a text: no piece, no mark, no character. */
static void texts_may_end_at_any_byte(void **state)
{
	uint64_t rng = 2;
	struct world w;
	size_t i, k;

	(void)state;
	init(&w, 3, BP_NORMALIZE_NFC);
	for (k = 0; k < 10; k++) {
		w.all.len = w.n = 0;
		t_mixed_text(&rng, 3000, &w.all);
		for (end_text(&w), w.offset[1] = i = 0; i < w.all.len; w.offset[w.n] = i) {
			i += t_below(&rng, BP_MIN(2 + 3 * k, w.all.len - i + 1));
			end_text(&w);
		}
		check_options(&w);
	}
	release(&w);
}

static void ordinary_texts_are_not_changed_by_neighbours(void **state)
{
	static const struct slice line[] = {
		S_INIT("the house in the fog"), S_INIT(""), S_INIT("a\nb\n"), S_INIT("\nb"),
		S_INIT("\xE6\x97\xA5\xE6\x9C\xAC"), S_INIT("\xC3\xA9t\xC3\xA9"), S_INIT("\0\0"),
	};
	struct world w;
	size_t i;

	(void)state;
	init(&w, 4, BP_NORMALIZE_NFC);
	for (i = 0; i < 30000; i++) {
		t_append(&w.all, line[i * i % 11 % 7]);
		end_text(&w);
	}
	check_options(&w);
	release(&w);
}

/* One text of several megabytes between short ones; lines and a part without a newline. */
static void a_long_text_is_a_text(void **state)
{
	struct world w;
	size_t i;

	(void)state;
	init(&w, 5, BP_NORMALIZE_NFC);
	add_texts(&w, &(uint64_t){ 6 }, 10, 30);
	for (i = 0; i < 400000; i++)
		t_append(&w.all, i > 100000 && i % 9 == 0 ? S("\n") :
			 i % 5000 == 0 ? S("e\xCC\x81") : S("the th"));
	end_text(&w);
	add_texts(&w, &(uint64_t){ 7 }, 10, 30);
	check(&w, (bp_texts_options){ .bos = true });
	release(&w);
}

static void there_may_be_no_text_or_nothing_but_empty_ones(void **state)
{
	struct world w;
	size_t i, n;
	bp_ids *r;

	(void)state;
	init(&w, 8, BP_NORMALIZE_NFC);
	r = bp_encode_texts(w.m, NULL, 0, NULL, 0, NULL, NULL);
	assert_non_null(r);
	assert_non_null(bp_ids_all(r, &n));
	assert_int_equal(n, 0);
	assert_int_equal(bp_ids_offsets(r, &n)[0], 0);
	assert_int_equal(n, 0);
	bp_ids_free(r);
	r = bp_encode_text_list(w.m, NULL, NULL, 0, NULL, NULL);
	assert_non_null(r);
	bp_ids_free(r);
	bp_ids_free(NULL);
	for (i = 0; i < 100000; i++)
		end_text(&w);
	check_options(&w);
	release(&w);
}

/* Bytes before the first text are ignored, and so are those behind the last. */
static void offsets_may_begin_and_end_inside_of_the_bytes(void **state)
{
	static const uint64_t offset[] = { 2, 5, 5, 7 };
	const uint64_t *got;
	struct world w;
	size_t n;
	bp_ids *r;

	(void)state;
	init(&w, 9, BP_NORMALIZE_NFC);
	r = bp_encode_texts(w.m, "\xCC\x81xyzab<eos>", 13, offset, 3, NULL, NULL);
	assert_non_null(r);
	got = bp_ids_offsets(r, &n);
	assert_int_equal(n, 3);
	assert_int_equal(got[1], got[2]);
	bp_ids_all(r, &n);
	assert_int_equal(got[3], n);
	assert_true(n >= 2 && n <= 5);
	bp_ids_free(r);
	release(&w);
}

static void texts_may_end_in_nul(void **state)
{
	static const struct slice line[] = {
		S_INIT("the house"), S_INIT(""), S_INIT("a\nb"), S_INIT("\xC3\xA9t\xC3\xA9<x>y"),
		S_INIT(""), S_INIT("\xCC\x81")
	};
	static const struct {
		const char *text;
		size_t len, n;
	} wrong[] = { { "ab", 2, 1 }, { "ab\0c", 4, 2 }, { "ab\0c\0", 5, 1 }, { "ab\0", 3, 2 },
		      { "", 0, 1 }, { "\0", 1, 0 }, { "ab\0", 3, 0 } };
	bp_error err = { 0 };
	struct world w;
	size_t i;

	(void)state;
	init(&w, 12, BP_NORMALIZE_NFC);
	for (i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		t_append(&w.all, line[i]);
		end_text(&w);
	}
	check_options(&w);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(bp_encode_texts(w.m, wrong[i].text, wrong[i].len, NULL, wrong[i].n,
					    NULL, &err));
		assert_int_equal(err.code, BP_ERANGE);
		assert_non_null(strstr(err.msg, "that end in NUL"));
	}
	release(&w);
}

static void refuses(const struct world *w, const bp_model *m, const uint64_t offset[3],
		    const char *message)
{
	bp_texts_options o = { .specials = w->specials };
	bp_error err = { 0 };

	assert_null(bp_encode_texts(m, "abcd", 4, offset, 2, &o, &err));
	assert_int_equal(err.code, BP_ERANGE);
	assert_string_equal(err.msg, message);
	assert_null(bp_encode_texts(m, "abcd", 4, offset, 2, &o, NULL));
}

static void wrong_arguments_are_refused(void **state)
{
	struct world w;
	bp_model *other = toy_model(11, BP_NORMALIZE_NFC);

	(void)state;
	init(&w, 10, BP_NORMALIZE_NFC);
	refuses(&w, w.m, (const uint64_t[]){ 0, 3, 2 },
		"offset 2 of the texts, 2, is less than the one before it, 3");
	refuses(&w, w.m, (const uint64_t[]){ 0, UINT64_MAX, 4 },
		"offset 2 of the texts, 4, is less than the one before it, 18446744073709551615");
	refuses(&w, w.m, (const uint64_t[]){ 0, 3, 5 },
		"offset 2 of the texts, 5, is greater than their 4 bytes");
	refuses(&w, other, (const uint64_t[]){ 0, 3, 4 },
		"the special tokens are those of another model");
	bp_free(other);
	release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_give_what_each_gives_alone),
		cmocka_unit_test(texts_may_end_at_any_byte),
		cmocka_unit_test(ordinary_texts_are_not_changed_by_neighbours),
		cmocka_unit_test(a_long_text_is_a_text),
		cmocka_unit_test(there_may_be_no_text_or_nothing_but_empty_ones),
		cmocka_unit_test(offsets_may_begin_and_end_inside_of_the_bytes),
		cmocka_unit_test(texts_may_end_in_nul),
		cmocka_unit_test(wrong_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
