/* bytepiece.h: the public calls, as a program that embeds the library makes them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __STDC_NO_THREADS__
#include <threads.h>
#endif

#include "bytepiece.h"
#include "support.h"
#include "text/nfc.h"

static bp_model *toy_model(uint64_t seed, size_t n, bp_normalize normalize)
{
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &seed, n, 12);
	t_vocab_add(&v, S("the "), 5000);
	t_vocab_add(&v, S("th"), 3000);
	t_vocab_add(&v, S("\xC3\xA9t\xC3\xA9"), 5000);
	m = t_vocab_model(&v, normalize);
	t_vocab_release(&v);
	return m;
}

/* The ids of a text, in memory that free() takes. */
static uint32_t *encode(const bp_model *m, struct slice text, size_t *n)
{
	size_t bound = bp_encode_bound(text.n);
	uint32_t *ids = bp_array(bound, sizeof(*ids));	/* not one more */

	assert_non_null(ids);
	*n = 12345;
	assert_int_equal(bp_encode(m, (const char *)text.p, text.n, ids, n), BP_OK);
	T_OK(*n <= bound, "%zu bytes give %zu ids, over the bound of %zu", text.n, *n, bound);
	return ids;
}

static void decode(const bp_model *m, const uint32_t *ids, size_t n, struct buf *out)
{
	size_t len = 12345, measured = 12345;
	bp_status st = bp_decode(m, ids, n, NULL, 0, &measured);

	assert_int_equal(st, measured > 0 ? BP_ERANGE : BP_OK);
	out->len = 0;
	assert_true(bp_buf_reserve(out, measured + 1));
	out->data[measured] = 0xA5;
	assert_int_equal(bp_decode(m, ids, n, (char *)out->data, measured, &len), BP_OK);
	assert_int_equal(len, measured);
	assert_int_equal(out->data[measured], 0xA5);
	out->len = len;
}

static void check_round_trip(const bp_model *m, struct slice text)
{
	struct buf scratch = { 0 }, back = { 0 };
	struct slice want = text;
	size_t n, i;
	uint32_t *ids = encode(m, text, &n);

	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		assert_true(bp_nfc(text, &scratch, &want));
	for (i = 0; i < n; i++)
		assert_true(ids[i] >= BP_FIRST_PIECE && ids[i] < bp_vocab_size(m));
	decode(m, ids, n, &back);
	T_SAME(t_slice(&back), want);
	free(ids);
	bp_buf_release(&scratch);
	bp_buf_release(&back);
}

static void random_bytes(uint64_t *rng, size_t n, struct buf *out)
{
	for (; n > 0; n--)
		assert_true(bp_buf_byte(out, (unsigned char)t_next(rng)));
}

static void check_round_trips(bp_normalize normalize, size_t n)
{
	bp_model *m = toy_model(1, 500, normalize);
	struct buf text = { 0 };
	uint64_t rng = 2;
	size_t i;

	assert_int_equal(bp_model_normalize(m), normalize);
	for (i = 0; i < n; i++) {
		text.len = 0;
		if (i % 4 == 0)
			random_bytes(&rng, t_below(&rng, 80), &text);
		else
			t_mixed_text(&rng, t_below(&rng, i % 100 == 1 ? 2000 : 40), &text);
		check_round_trip(m, t_slice(&text));
	}
	bp_free(m);
	bp_buf_release(&text);
}

static void decoding_gives_the_normal_form_of_any_bytes(void **state)
{
	(void)state;
	check_round_trips(BP_NORMALIZE_NFC, 10000);
}

static void without_normalisation_decoding_gives_the_text(void **state)
{
	(void)state;
	check_round_trips(BP_NORMALIZE_NONE, 4000);
}

static void each_byte_and_the_empty_text_make_the_round_trip(void **state)
{
	bp_model *m = toy_model(3, 0, BP_NORMALIZE_NFC);
	unsigned char c = 0;
	uint32_t *ids;
	size_t n;

	(void)state;
	do
		check_round_trip(m, (struct slice){ &c, 1 });
	while (c++ < 255);
	check_round_trip(m, (struct slice){ 0 });
	ids = encode(m, S(""), &n);
	assert_int_equal(n, 0);
	free(ids);
	n = 1;
	assert_int_equal(bp_encode(m, NULL, 0, NULL, &n), BP_OK);
	assert_int_equal(n, 0);
	bp_free(m);
}

/* U+1D160 grows from 4 bytes to 12; with single bytes alone each is an id. */
static void the_bound_holds_where_text_grows_most(void **state)
{
	bp_model *m = toy_model(4, 0, BP_NORMALIZE_NFC);
	struct buf text = { 0 };
	uint32_t *ids;
	size_t n, i;

	(void)state;
	for (i = 0; i < 1000; i++)
		t_append(&text, S("\xF0\x9D\x85\xA0"));
	ids = encode(m, t_slice(&text), &n);
	assert_int_equal(n, 12000);
	free(ids);
	assert_int_equal(bp_encode_bound(0), 0);
	assert_true(bp_encode_bound(1) >= 1);
	assert_true(bp_encode_bound(SIZE_MAX) == SIZE_MAX);
	assert_true(bp_encode_bound(SIZE_MAX / 2) == SIZE_MAX);
	assert_true(bp_encode_bound(SIZE_MAX / 3) >= SIZE_MAX / 3);
	bp_free(m);
	bp_buf_release(&text);
}

static void ids_are_the_best_segmentation(void **state)
{
	bp_model *m = toy_model(5, 0, BP_NORMALIZE_NFC);
	uint32_t *ids;
	size_t n;

	(void)state;
	ids = encode(m, S("the the\n"), &n);
	assert_int_equal(n, 4);
	assert_int_equal(ids[0], bp_piece_id(m, "the ", 4));
	assert_int_equal(ids[1], bp_piece_id(m, "th", 2));
	assert_int_equal(ids[2], BP_FIRST_PIECE + 'e');
	assert_int_equal(ids[3], BP_FIRST_PIECE + '\n');
	free(ids);
	ids = encode(m, S("e\xCC\x81te\xCC\x81"), &n);
	assert_int_equal(n, 1);
	assert_int_equal(ids[0], bp_piece_id(m, "\xC3\xA9t\xC3\xA9", 5));
	free(ids);
	bp_free(m);
}

static void decoding_into_too_little_room_says_how_much_is_needed(void **state)
{
	bp_model *m = toy_model(6, 0, BP_NORMALIZE_NFC);
	uint32_t ids[4];
	char text[32];
	size_t cap, len, i;

	(void)state;
	ids[0] = bp_piece_id(m, "the ", 4);
	ids[1] = BP_FIRST_PIECE + 'x';
	ids[2] = bp_piece_id(m, "th", 2);
	ids[3] = BP_FIRST_PIECE + 'e';
	for (cap = 0; cap < 12; cap++) {
		memset(text, '#', sizeof(text));
		len = 12345;
		assert_int_equal(bp_decode(m, ids, 4, text, cap, &len),
				 cap < 8 ? BP_ERANGE : BP_OK);
		assert_int_equal(len, 8);
		for (i = cap; i < sizeof(text); i++)
			assert_int_equal(text[i], '#');
		if (cap >= 8)
			assert_memory_equal(text, "the xthe", 8);
	}
	bp_free(m);
}

static void an_unknown_id_is_refused_at_its_index(void **state)
{
	bp_model *m = toy_model(7, 0, BP_NORMALIZE_NFC);
	const uint32_t unknown[] = { bp_vocab_size(m), bp_vocab_size(m) + 1, 0x7FFFFFFF, BP_NO_ID };
	uint32_t ids[5] = { 'a', 1, 'b', 'c', 'd' };
	char text[32];
	size_t i, k, cap, len;

	(void)state;
	for (i = 0; i < 4; i++)
		for (k = 0; k < 5; k++)
			for (cap = 0; cap < 10; cap++) {
				uint32_t kept = ids[k];

				ids[k] = unknown[i];
				len = 12345;
				assert_int_equal(bp_decode(m, ids, 5, text, cap, &len),
						 BP_EFORMAT);
				assert_int_equal(len, k);
				ids[k] = kept;
			}
	bp_free(m);
}

static void control_tokens_give_no_bytes(void **state)
{
	static const uint32_t ids[] = {
		BP_ID_BOS, BP_FIRST_PIECE + 'a', BP_ID_PAD, BP_FIRST_PIECE + 'b', BP_ID_EOS
	};
	bp_model *m = toy_model(8, 0, BP_NORMALIZE_NFC);
	struct buf out = { 0 };
	size_t len = 1;

	(void)state;
	decode(m, ids, 5, &out);
	T_SAME(t_slice(&out), S("ab"));
	assert_int_equal(bp_decode(m, ids, 1, NULL, 0, &len), BP_OK);
	assert_int_equal(len, 0);
	assert_int_equal(bp_decode(m, NULL, 0, NULL, 0, &len), BP_OK);
	assert_int_equal(len, 0);
	bp_free(m);
	bp_buf_release(&out);
}

/* Control tokens are made by nobody: their names in text are text. */
static void text_gives_no_control_tokens(void **state)
{
	bp_model *m = toy_model(8, 100, BP_NORMALIZE_NFC);

	(void)state;
	check_round_trip(m, S("<pad><bos>\x01\x02<eos>\0\1\2"));
	bp_free(m);
}

static void pieces_and_ids_lead_to_each_other(void **state)
{
	bp_model *m = toy_model(9, 2000, BP_NORMALIZE_NFC);
	const char *piece;
	uint64_t total = 0;
	uint32_t id, n = bp_vocab_size(m);
	double sum = 0;
	size_t len, last = 1;

	(void)state;
	assert_true(n > 1000);
	for (id = BP_FIRST_PIECE; id < n; id++)
		total += bp_piece_count(m, id);
	for (id = BP_FIRST_PIECE; id < n; id++) {
		piece = bp_piece(m, id, &len);
		assert_non_null(piece);
		assert_true(len >= last);	/* ids go by length */
		last = len;
		assert_int_equal(bp_piece_id(m, piece, len), id);
		assert_true(bp_piece_count(m, id) >= 1);
		assert_true(fabs(bp_piece_log_probability(m, id) -
				 log((double)bp_piece_count(m, id) / (double)total)) < 1e-12);
		sum += exp(bp_piece_log_probability(m, id));
	}
	assert_true(fabs(sum - 1) < 1e-9);
	bp_free(m);
}

static void what_is_no_piece_has_no_bytes_count_or_probability(void **state)
{
	bp_model *m = toy_model(10, 100, BP_NORMALIZE_NFC);
	const uint32_t none[] = { BP_ID_PAD, BP_ID_BOS, BP_ID_EOS, bp_vocab_size(m),
				  bp_vocab_size(m) + 1, 0x80000000, BP_NO_ID };
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_null(bp_piece(m, none[i], &len));
		assert_true(bp_piece_count(m, none[i]) == 0);
		assert_true(bp_piece_log_probability(m, none[i]) == -INFINITY);
	}
	bp_free(m);
}

static void what_is_not_in_the_vocabulary_has_no_id(void **state)
{
	bp_model *m = toy_model(11, 0, BP_NORMALIZE_NFC);

	(void)state;
	assert_int_equal(bp_piece_id(m, "a", 1), BP_FIRST_PIECE + 'a');
	assert_int_equal(bp_piece_id(m, "\0", 1), BP_FIRST_PIECE);
	assert_int_equal(bp_piece_id(m, "the ", 4) - BP_FIRST_PIECE, 257);
	assert_true(bp_piece_id(m, "the", 3) == BP_NO_ID);
	assert_true(bp_piece_id(m, "the  ", 5) == BP_NO_ID);
	assert_true(bp_piece_id(m, "th\0", 3) == BP_NO_ID);
	assert_true(bp_piece_id(m, "zz", 2) == BP_NO_ID);
	assert_true(bp_piece_id(m, "<pad>", 5) == BP_NO_ID);
	assert_true(bp_piece_id(m, "", 0) == BP_NO_ID);
	assert_true(bp_piece_id(m, NULL, 0) == BP_NO_ID);
	bp_free(m);
}

static void a_missing_file_is_named(void **state)
{
	static const char path[] = "/nonexistent/model.json";
	bp_error err = { 0 };

	(void)state;
	assert_null(bp_load(path, &err));
	assert_int_equal(err.code, BP_EIO);
	assert_int_equal(err.pos, 0);
	assert_non_null(strstr(err.msg, path));
	assert_null(bp_load(path, NULL));
}

static void a_folder_is_no_model(void **state)
{
	bp_error err = { 0 };

	(void)state;
	assert_null(bp_load("/", &err));
	assert_true(err.code == BP_EIO || err.code == BP_EFORMAT);
	assert_null(bp_load("/", NULL));
}

static void damaged_models_are_refused_at_an_offset(void **state)
{
	struct vocab v;
	struct buf json = { 0 };
	bp_error err = { 0 };
	struct t_file f;

	(void)state;
	t_vocab_init(&v);
	t_vocab_json(&v, BP_NORMALIZE_NFC, &json);
	assert_null(bp_load_memory(json.data, json.len - 1, "some name", &err));
	assert_int_equal(err.code, BP_EFORMAT);
	assert_true(err.pos == json.len - 1);
	assert_non_null(strstr(err.msg, "some name"));
	assert_null(bp_load_memory(json.data, json.len - 1, "some name", NULL));
	assert_null(bp_load_memory(NULL, 0, "some name", &err));
	t_file_make(&f, (struct slice){ json.data, json.len - 1 });
	err = (bp_error){ 0 };
	assert_null(bp_load(f.path, &err));
	assert_int_equal(err.code, BP_EFORMAT);
	assert_true(err.pos == json.len - 1);
	assert_non_null(strstr(err.msg, f.path));
	t_file_remove(&f);
	t_vocab_release(&v);
	bp_buf_release(&json);
}

static void a_model_needs_neither_its_file_nor_its_memory(void **state)
{
	struct vocab v;
	struct buf json = { 0 };
	struct t_file f;
	bp_model *from_memory, *from_file;
	bp_error err;
	size_t i, len, len2;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("abc"), 7);
	t_vocab_json(&v, BP_NORMALIZE_NFC, &json);
	t_file_make(&f, t_slice(&json));
	from_memory = bp_load_memory(json.data, json.len, "m", &err);
	from_file = bp_load(f.path, &err);
	assert_true(from_memory != NULL && from_file != NULL);
	memset(json.data, 0xFF, json.len);
	bp_buf_release(&json);
	t_file_remove(&f);
	check_round_trip(from_memory, S("abcd"));
	check_round_trip(from_file, S("abcd"));
	assert_int_equal(bp_vocab_size(from_memory), 260);
	assert_int_equal(bp_vocab_size(from_file), 260);
	for (i = 0; i < 260; i++) {
		const char *a = bp_piece(from_memory, (uint32_t)i, &len);
		const char *b = bp_piece(from_file, (uint32_t)i, &len2);

		assert_true((a == NULL) == (b == NULL) && len == len2);
		assert_true(a == NULL || memcmp(a, b, len) == 0);
	}
	bp_free(from_memory);
	bp_free(from_file);
	bp_free(NULL);
	t_vocab_release(&v);
}

#ifndef __STDC_NO_THREADS__
enum { N_THREADS = 5, ROUNDS = 60 };

struct reader_thread {
	const bp_model *m;
	struct slice text;
	const uint32_t *want;
	size_t n_want;
	bool wrong;
};

/* No assertion may be made here: cmocka leaves a test by a jump. */
static int encode_again(void *arg)
{
	struct reader_thread *r = arg;
	uint32_t *ids = malloc(bp_encode_bound(r->text.n) * sizeof(*ids));
	size_t n = 0, i;

	for (i = 0; i < ROUNDS && ids != NULL; i++)
		if (bp_encode(r->m, (const char *)r->text.p, r->text.n, ids, &n) != BP_OK ||
		    n != r->n_want || memcmp(ids, r->want, n * sizeof(*ids)) != 0)
			r->wrong = true;
	r->wrong = r->wrong || ids == NULL;
	free(ids);
	return 0;
}

static void threads_may_share_a_model(void **state)
{
	bp_model *m = toy_model(12, 500, BP_NORMALIZE_NFC);
	struct reader_thread r[N_THREADS];
	thrd_t thread[N_THREADS];
	struct buf text = { 0 };
	uint64_t rng = 13;
	uint32_t *want;
	size_t n, i;

	(void)state;
	t_mixed_text(&rng, 20000, &text);
	want = encode(m, t_slice(&text), &n);
	for (i = 0; i < N_THREADS; i++) {
		r[i] = (struct reader_thread){ m, t_slice(&text), want, n, false };
		assert_int_equal(thrd_create(&thread[i], encode_again, &r[i]), thrd_success);
	}
	for (i = 0; i < N_THREADS; i++)
		assert_int_equal(thrd_join(thread[i], NULL), thrd_success);
	for (i = 0; i < N_THREADS; i++)
		assert_false(r[i].wrong);
	free(want);
	bp_free(m);
	bp_buf_release(&text);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_gives_the_normal_form_of_any_bytes),
		cmocka_unit_test(without_normalisation_decoding_gives_the_text),
		cmocka_unit_test(each_byte_and_the_empty_text_make_the_round_trip),
		cmocka_unit_test(the_bound_holds_where_text_grows_most),
		cmocka_unit_test(ids_are_the_best_segmentation),
		cmocka_unit_test(decoding_into_too_little_room_says_how_much_is_needed),
		cmocka_unit_test(an_unknown_id_is_refused_at_its_index),
		cmocka_unit_test(control_tokens_give_no_bytes),
		cmocka_unit_test(text_gives_no_control_tokens),
		cmocka_unit_test(pieces_and_ids_lead_to_each_other),
		cmocka_unit_test(what_is_no_piece_has_no_bytes_count_or_probability),
		cmocka_unit_test(what_is_not_in_the_vocabulary_has_no_id),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(a_folder_is_no_model),
		cmocka_unit_test(damaged_models_are_refused_at_an_offset),
		cmocka_unit_test(a_model_needs_neither_its_file_nor_its_memory),
#ifndef __STDC_NO_THREADS__
		cmocka_unit_test(threads_may_share_a_model)
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
