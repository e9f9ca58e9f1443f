/* Models whose ids are in any order, and special tokens: nothing depends on the order but the ids. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "encode/encoder.h"
#include "model/model_file.h"
#include "support.h"

#define USER "<user>"
#define LIKE_A_PIECE "ab"
#define QUOTED "\"\\\t\xC3\xA9\0z"

/* The same pieces by length, and in any order with special tokens among them. */
struct pair {
	struct vocab v;
	bp_model *sorted, *other;
	uint32_t n_ids;		/* of 'other' */
};

static bp_model *load(const struct vocab *v, bp_normalize normalize, struct buf *json)
{
	struct model m;
	bp_error err = { 0 };
	bp_model *loaded;

	assert_int_equal(bp_model_init(&m, v->piece, v->count, v->n, normalize, NULL),
			 BP_OK);
	assert_int_equal(bp_model_to_json(&m, json, NULL), BP_OK);
	bp_model_release(&m);
	loaded = bp_load_memory(json->data, json->len, "any", &err);
	T_OK(loaded != NULL, "%s", err.msg);
	return loaded;
}

static void pair_init(struct pair *p, uint64_t *rng, size_t n, bool specials,
		      bp_normalize normalize, struct buf *json)
{
	*p = (struct pair){ .n_ids = 0 };
	t_vocab_init(&p->v);
	t_vocab_add(&p->v, S("ab"), 50);
	t_vocab_add(&p->v, S("abcabcabcabc"), 60);
	t_vocab_add_mixed(&p->v, rng, n, 14);
	t_vocab_count(&p->v, rng, T_RANDOM);
	p->sorted = t_vocab_prepare(&p->v, normalize);
	if (specials) {
		t_vocab_add(&p->v, S(USER), 0);
		t_vocab_add(&p->v, S(LIKE_A_PIECE), 0);
		t_vocab_add(&p->v, S(QUOTED), 0);
	}
	t_vocab_shuffle(&p->v, rng);
	p->other = load(&p->v, normalize, json);
	p->n_ids = bp_vocab_size(p->other);
	assert_int_equal(p->n_ids, p->v.n + BP_FIRST_PIECE);
}

static void pair_release(struct pair *p)
{
	bp_free(p->sorted);
	bp_free(p->other);
	t_vocab_release(&p->v);
}

/* Both ids are of pieces with the same bytes. */
static void same_piece(const struct pair *p, uint32_t a, uint32_t b)
{
	struct slice x, y;

	x.p = (const unsigned char *)bp_piece(p->sorted, a, &x.n);
	y.p = (const unsigned char *)bp_piece(p->other, b, &y.n);
	assert_true(x.p != NULL && y.p != NULL);
	T_SAME(x, y);
}

static void same_path(const struct pair *p, const uint32_t *a, size_t n_a, const uint32_t *b,
		      size_t n_b)
{
	size_t i;

	assert_int_equal(n_a, n_b);
	for (i = 0; i < n_a; i++)
		same_piece(p, a[i], b[i]);
}

/* The best segmentations of one model, and how far the other has come along them. */
struct top_strings {
	const struct pair *p;
	uint32_t id[4][4096];
	size_t n[4], at;
	double log_p[4];
};

static int keep_best(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	struct top_strings *b = ctx;

	assert_in_range(n, 0, 4096);
	if (n > 0)
		memcpy(b->id[b->at], ids, n * sizeof(*ids));
	b->n[b->at] = n;
	b->log_p[b->at++] = log_p;
	return 0;
}

static int check_best(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	struct top_strings *b = ctx;

	same_path(b->p, b->id[b->at], b->n[b->at], ids, n);
	assert_true(b->log_p[b->at++] == log_p);
	return 0;
}

static void check_text(const struct pair *p, struct slice s)
{
	size_t room = bp_encode_bound(s.n), n_a, n_b;
	const char *text = (const char *)s.p;
	struct top_strings *best = calloc(1, sizeof(*best));
	uint32_t *a = bp_array(room, sizeof(*a)), *b = bp_array(room, sizeof(*b));

	assert_true(a != NULL && b != NULL && best != NULL);
	assert_int_equal(bp_encode(p->sorted, text, s.n, a, &n_a), BP_OK);
	assert_int_equal(bp_encode(p->other, text, s.n, b, &n_b), BP_OK);
	same_path(p, a, n_a, b, n_b);
	best->p = p;
	if (s.n <= 4096 / 3) {
		assert_int_equal(bp_nbest(p->sorted, text, s.n, 4, keep_best, best), BP_OK);
		best->at = 0;
		assert_int_equal(bp_nbest(p->other, text, s.n, 4, check_best, best), BP_OK);
	}
	free(best);
	free(a);
	free(b);
}

static void texts_are_cut_alike_whatever_the_ids(void **state)
{
	static const size_t units[] = { 1, 20, 100, 300, 3000, 60000 };
	struct buf text = { 0 }, json = { 0 };
	uint64_t rng = 1;
	struct pair p;
	size_t i, k;

	(void)state;
	for (k = 0; k < 6; k++) {
		json.len = 0;
		pair_init(&p, &rng, (size_t)40 << k, k % 2 == 0,
			  k < 3 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE, &json);
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			text.len = 0;
			t_mixed_text(&rng, units[i], &text);
			t_append(&text, S("abcabcabcabcab" USER "ab" QUOTED));
			check_text(&p, t_slice(&text));
		}
		pair_release(&p);
	}
	bp_buf_release(&text);
	bp_buf_release(&json);
}

static void check_draw(const struct pair *p, bp_sampler sampler, double alpha, struct slice s)
{
	bp_distribution *d = bp_distribution_new(p->other, alpha, NULL);
	bp_distribution *e = bp_distribution_new(p->sorted, alpha, NULL);
	bp_draw draw = { 0 };
	static uint32_t ids[3 * 8192];
	static char back[8192];
	size_t n, len;
	double x, y;

	assert_true(d != NULL && e != NULL);
	for (draw.seed = 0; draw.seed < 5; draw.seed++) {
		assert_int_equal(bp_sample(d, sampler, &draw, (const char *)s.p, s.n, ids, &n), BP_OK);
		assert_int_equal(bp_decode(p->other, ids, n, back, sizeof(back), &len), BP_OK);
		T_SAME(((struct slice){ (unsigned char *)back, len }), s);
		for (; n > 0; n--)
			assert_non_null(bp_piece(p->other, ids[n - 1], &len));
	}
	assert_int_equal(bp_text_log_probability(d, (const char *)s.p, s.n, &x), BP_OK);
	assert_int_equal(bp_text_log_probability(e, (const char *)s.p, s.n, &y), BP_OK);
	T_OK(fabs(x - y) <= 1e-9 * fabs(y), "%.17g, not %.17g", x, y);
	bp_distribution_free(d);
	bp_distribution_free(e);
}

static void random_segmentations_are_of_pieces_alone(void **state)
{
	static const double alpha[] = { 0, 0.2, 1, 30 };
	struct buf text = { 0 }, json = { 0 };
	uint64_t rng = 2;
	struct pair p;
	size_t i;

	(void)state;
	pair_init(&p, &rng, 800, true, BP_NORMALIZE_NONE, &json);
	t_mixed_text(&rng, 1500, &text);
	t_append(&text, S(USER "abcabcabcabcab" QUOTED));
	for (i = 0; i < sizeof(alpha) / sizeof(alpha[0]); i++) {
		check_draw(&p, BP_SAMPLER_PERFECT, alpha[i], t_slice(&text));
		check_draw(&p, BP_SAMPLER_VITERBI, alpha[i], t_slice(&text));
	}
	pair_release(&p);
	bp_buf_release(&text);
	bp_buf_release(&json);
}

static void special_tokens_have_names_and_ids_and_no_bytes(void **state)
{
	static const struct slice name[] = {
		S_INIT("<pad>"), S_INIT("<bos>"), S_INIT("<eos>"), S_INIT(USER),
		S_INIT(LIKE_A_PIECE), S_INIT(QUOTED)
	};
	struct buf json = { 0 };
	uint64_t rng = 3, found = 0;
	uint32_t id, last = 0;
	struct pair p;
	struct slice s;
	char back[8];
	size_t i, k, len;

	(void)state;
	pair_init(&p, &rng, 300, true, BP_NORMALIZE_NFC, &json);
	for (i = 0; i < 6; i++) {
		id = bp_special_id(p.other, i);
		s.p = (const unsigned char *)bp_special(p.other, i, &s.n);
		assert_true(i < 3 ? id == i : id > last && id < p.n_ids);
		last = id;
		for (k = 0; k < 6; k++)
			if (bp_slice_compare(s, name[k]) == 0)
				found |= (uint64_t)1 << k;
		assert_null(bp_piece(p.other, id, &len));
		assert_int_equal(len, 0);
		assert_true(bp_piece_count(p.other, id) == 0);
		assert_true(bp_piece_log_probability(p.other, id) == -INFINITY);
		assert_int_equal(bp_decode(p.other, &id, 1, back, sizeof(back), &len), BP_OK);
		assert_int_equal(len, 0);
		if (i >= 3)
			T_SAME(s, p.v.piece[id - BP_FIRST_PIECE]);
	}
	assert_int_equal(found, 63);
	assert_int_equal(bp_special_id(p.other, 6), BP_NO_ID);
	assert_int_equal(bp_special_id(p.other, SIZE_MAX), BP_NO_ID);
	assert_null(bp_special(p.other, 6, &len));
	assert_int_equal(bp_special_id(p.sorted, 3), BP_NO_ID);
	/* A name is no piece; what is both is found as the piece. */
	assert_int_equal(bp_piece_id(p.other, USER, strlen(USER)), BP_NO_ID);
	id = bp_piece_id(p.other, "ab", 2);
	assert_true(id < p.n_ids && bp_piece_count(p.other, id) > 0);
	assert_int_equal(bp_decode(p.other, &p.n_ids, 1, back, sizeof(back), &len), BP_EFORMAT);
	pair_release(&p);
	bp_buf_release(&json);
}

static void pieces_with_a_prefix_come_in_the_order_of_ids(void **state)
{
	static const struct slice prefix[] = {
		S_INIT(""), S_INIT("a"), S_INIT("ab"), S_INIT("abca"), S_INIT("<us"),
		S_INIT("\xC3"), S_INIT("\n"), S_INIT("abcabcabcabcabc")
	};
	uint32_t id[4096], want[4096];
	struct buf json = { 0 };
	uint64_t rng = 4;
	struct pair p;
	size_t i, k, n, n_want;

	(void)state;
	pair_init(&p, &rng, 2000, true, BP_NORMALIZE_NFC, &json);
	assert_in_range(p.n_ids, 1000, 4096);
	for (k = 0; k < sizeof(prefix) / sizeof(prefix[0]); k++) {
		for (i = n_want = 0; i < p.v.n; i++)
			if (p.v.count[i] > 0 && p.v.piece[i].n >= prefix[k].n &&
			    memcmp(p.v.piece[i].p, prefix[k].p, prefix[k].n) == 0)
				want[n_want++] = (uint32_t)i + BP_FIRST_PIECE;
		n = bp_pieces_with_prefix(p.other, (const char *)prefix[k].p, prefix[k].n, id, 4096);
		assert_int_equal(n, n_want);
		assert_memory_equal(id, want, n * sizeof(*id));
	}
	pair_release(&p);
	bp_buf_release(&json);
}

static void models_come_back_from_json_as_they_were(void **state)
{
	static const char flat[] = "{\n    \"", own[] = "{\n    \"bytepiece\": {\n"
		"        \"version\": 1,\n        \"normalize\": \"nfc\",\n        \"specials\": [\n"
		"            \"<pad>\",\n            \"<bos>\",\n            \"<eos>\",\n";
	struct buf json = { 0 }, again = { 0 };
	uint64_t rng = 5;
	struct model m;
	struct pair p;
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		json.len = again.len = 0;
		pair_init(&p, &rng, 400, k == 1, BP_NORMALIZE_NFC, &json);
		assert_memory_equal(json.data, k == 0 ? flat : own,
				    k == 0 ? sizeof(flat) - 1 : sizeof(own) - 1);
		assert_int_equal(bp_model_parse(&m, t_slice(&json), "m", NULL), BP_OK);
		assert_int_equal(m.n_pieces, p.v.n);
		assert_int_equal(m.n_specials, 3 * k);
		assert_false(m.by_length);
		for (i = 0; i < m.n_pieces; i++) {
			T_SAME(m.piece[i], p.v.piece[i]);
			assert_int_equal(m.count[i], p.v.count[i]);
		}
		assert_int_equal(bp_model_to_json(&m, &again, NULL), BP_OK);
		T_SAME(t_slice(&again), t_slice(&json));
		bp_model_release(&m);
		pair_release(&p);
	}
	bp_buf_release(&json);
	bp_buf_release(&again);
}

/* Sorted by t_model_init(): pieces by length, special tokens behind them as they came. */
static void special_tokens_stand_behind_sorted_pieces(void **state)
{
	static const struct slice piece[] = {
		S_INIT("z"), S_INIT("bb"), S_INIT("a"), S_INIT("aa"), S_INIT("aa"), S_INIT("c")
	};
	static const uint64_t count[] = { 0, 5, 6, 0, 7, 8 };
	static const char *const want[] = { "a", "c", "aa", "bb", "z", "aa" };
	struct model m;
	size_t i;

	(void)state;
	assert_int_equal(t_model_init(&m, piece, count, 6, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(m.by_length);
	assert_int_equal(m.n_specials, 2);
	assert_int_equal(m.special[0], 4);
	assert_int_equal(m.special[1], 5);
	assert_int_equal(m.total, 26);
	for (i = 0; i < 6; i++) {
		T_OK(m.piece[i].n == strlen(want[i]) && memcmp(m.piece[i].p, want[i], m.piece[i].n) == 0,
		     "entry %zu", i);
		assert_true(i < 4 ? isfinite(m.log_probability[i])
				  : m.log_probability[i] == -INFINITY);
	}
	bp_model_release(&m);
}

/* A model of the 256 bytes with these names and ids of bytes shifted from 'from' on. */
static void append_named(struct buf *out, const char *names, unsigned from, unsigned by)
{
	char line[60];
	unsigned i;

	t_append(out, S("{\"bytepiece\":{\"version\":1,\"normalize\":\"nfc\",\"specials\":[\"<pad>\","
			"\"<bos>\",\"<eos>\""));
	assert_true(bp_buf_append(out, names, strlen(names)));
	t_append(out, S("]},\"pieces\":{"));
	for (i = 0; i < 256; i++) {
		snprintf(line, sizeof(line), "%s\"%c%c==\":[%u,\"\",1]", i > 0 ? "," : "",
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i >> 2],
			 "AQgw"[i & 3], i + BP_FIRST_PIECE + (i >= from ? by : 0));
		assert_true(bp_buf_append(out, line, strlen(line)));
	}
	t_append(out, S("}}"));
}

static void ids_that_no_piece_has_are_those_of_special_tokens(void **state)
{
	static const struct {
		const char *names;
		unsigned from, by;
		const char *error;	/* NULL: it is a model */
	} t[] = {
		{ "", 256, 0, NULL },
		{ ",\"x\"", 0, 1, NULL },
		{ ",\"x\",\"y\"", 100, 2, NULL },
		{ ",\"x\"", 256, 0, NULL },
		{ ",\"x\"", 100, 2, "id 260 is not from 3 to 259" },
		{ "", 100, 1, "id 259 is not from 3 to 258, as in a model of 256 pieces and 3 special" },
		{ ",\"x\",\"x\"", 100, 2, "are the same special token" },
		{ ",\"<bos>\"", 100, 1, "a special token that exists in every model" },
		{ ",\"\"", 100, 1, "a special token that has no name" },
		{ ",\"\\ud800\"", 100, 1, "surrogate" }
	};
	struct buf json = { 0 };
	bp_error err;
	bp_model *m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		json.len = 0;
		append_named(&json, t[i].names, t[i].from, t[i].by);
		err = (bp_error){ 0 };
		m = bp_load_memory(json.data, json.len, "m", &err);
		T_OK((m != NULL) == (t[i].error == NULL), "%zu: %s", i, err.msg);
		if (m == NULL)
			T_OK(strstr(err.msg, t[i].error) != NULL, "%zu: %s", i, err.msg);
		else if (t[i].names[0] != '\0')
			assert_int_equal(bp_special_id(m, 3), t[i].from + BP_FIRST_PIECE);
		bp_free(m);
	}
	bp_buf_release(&json);
}

static void names_are_valid_utf8_and_new(void **state)
{
	static const struct {
		struct slice name;
		bool ok;
	} t[] = {
		{ S_INIT("x"), true }, { S_INIT("<|end of text|>"), true }, { S_INIT("\0"), true },
		{ S_INIT("<pad"), true }, { S_INIT("<pad>>"), true }, { S_INIT("<unk>"), true },
		{ S_INIT(""), false }, { S_INIT("<pad>"), false }, { S_INIT("<bos>"), false },
		{ S_INIT("<eos>"), false }, { S_INIT("a\xFF"), false }, { S_INIT("\xC3"), false },
		{ S_INIT("\xED\xA0\x80"), false }
	};
	unsigned char *wide = malloc(BP_PIECE_MAX + 1);
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		T_OK(bp_special_name_ok(t[i].name, &why) == t[i].ok, "%zu", i);
		assert_true((why == NULL) == t[i].ok);
	}
	assert_non_null(wide);
	memset(wide, 'x', BP_PIECE_MAX + 1);
	assert_true(bp_special_name_ok((struct slice){ wide, BP_PIECE_MAX }, &why));
	assert_false(bp_special_name_ok((struct slice){ wide, BP_PIECE_MAX + 1 }, &why));
	free(wide);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_cut_alike_whatever_the_ids),
		cmocka_unit_test(random_segmentations_are_of_pieces_alone),
		cmocka_unit_test(special_tokens_have_names_and_ids_and_no_bytes),
		cmocka_unit_test(pieces_with_a_prefix_come_in_the_order_of_ids),
		cmocka_unit_test(models_come_back_from_json_as_they_were),
		cmocka_unit_test(special_tokens_stand_behind_sorted_pieces),
		cmocka_unit_test(ids_that_no_piece_has_are_those_of_special_tokens),
		cmocka_unit_test(names_are_valid_utf8_and_new)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
