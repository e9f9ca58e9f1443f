/* bytepiece.h: texts in which special tokens are written. */
#include <stdlib.h>
#include <string.h>

#include "bytepiece.h"
#include "support.h"

/* Special tokens with ids 259 to 261, after the bytes. */
static bp_model *toy_model(void)
{
	struct buf json = { 0 };
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_append(&json, S("{\"bytepiece\": {\"version\": 1, \"normalize\": \"nfc\", \"specials\": "
			  "[\"<pad>\", \"<bos>\", \"<eos>\", \"<x>\", \"<x>y\", \"\xC3\xA9\"]}, "
			  "\"pieces\": "));
	t_vocab_json(&v, BP_NORMALIZE_NFC, &json);
	t_append(&json, S("}"));
	m = bp_load_memory(json.data, json.len, "toy", NULL);
	assert_non_null(m);
	bp_buf_release(&json);
	t_vocab_release(&v);
	return m;
}

struct want {
	struct slice text;
	uint32_t id[12];
	size_t n;
};

static void names_give_their_ids_and_the_rest_is_text(void **state)
{
	static const struct want want[] = {
		{ S_INIT(""), { 0 }, 0 },
		{ S_INIT("a"), { 100 }, 1 },
		{ S_INIT("<bos>"), { 1 }, 1 },
		{ S_INIT("a<pad><eos>b"), { 100, 0, 2, 101 }, 4 },
		{ S_INIT("<x>y<x><x"), { 260, 259, 63, 123 }, 4 },
		{ S_INIT("<<x>>"), { 63, 259, 65 }, 3 },
		/* What stands between is normalised, but not before it is looked at. */
		{ S_INIT("\xC3\xA9" "e\xCC\x81<x>\xCC\x81"), { 261, 198, 172, 259, 207, 132 }, 6 },
	};
	bp_model *m = toy_model();
	bp_specials *s = bp_specials_new(m, NULL);
	uint32_t *ids;
	size_t i, k, n;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ids = bp_array(bp_encode_bound(want[i].text.n), sizeof(*ids));
		assert_non_null(ids);
		assert_int_equal(bp_encode_specials(s, (const char *)want[i].text.p,
						    want[i].text.n, ids, &n), BP_OK);
		assert_int_equal(n, want[i].n);
		for (k = 0; k < n; k++)
			assert_int_equal(ids[k], want[i].id[k]);
		free(ids);
	}
	bp_specials_free(s);
	bp_specials_free(NULL);
	bp_free(m);
}

/* All ids fit, also where names follow names and each byte of the rest is a token. */
static void the_bound_holds(void **state)
{
	struct buf text = { 0 };
	bp_model *m = toy_model();
	bp_specials *s = bp_specials_new(m, NULL);
	uint32_t *ids;
	uint64_t rng = 3;
	size_t n, i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		t_append(&text, t_below(&rng, 2) ? S("\xC3\xA9") : S("<x>"));
		t_mixed_text(&rng, t_below(&rng, 3), &text);
	}
	ids = bp_array(bp_encode_bound(text.len), sizeof(*ids));
	assert_non_null(ids);
	assert_int_equal(bp_encode_specials(s, (const char *)text.data, text.len, ids, &n), BP_OK);
	assert_true(n >= 3000 && n <= bp_encode_bound(text.len));
	free(ids);
	bp_specials_free(s);
	bp_free(m);
	bp_buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_give_their_ids_and_the_rest_is_text),
		cmocka_unit_test(the_bound_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
