/* export/writers.h: the JSON, and numbers that two kinds of readers read alike. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/writers.h"
#include "support.h"

/* As serde_json reads it: the digits as one whole number, then a division by a power of ten. */
static double read_digits(const char *s)
{
	static const double power[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
					1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19 };
	bool negative = *s == '-', point = false;
	uint64_t digits = 0;
	size_t behind = 0;

	for (s += negative; *s != '\0'; s++) {
		if (*s == '.') {
			assert_false(point);
			point = true;
			continue;
		}
		assert_in_range(*s, '0', '9');
		assert_true(digits <= (UINT64_MAX - 9) / 10);
		digits = 10 * digits + (uint64_t)(*s - '0');
		behind += point;
	}
	assert_true(point);
	assert_in_range(behind, 1, 19);
	return (double)digits / power[behind] * (negative ? -1 : 1);
}

/* The text of a number in the JSON: of the log-probability of the only piece of a model. */
static void put_number(double x, struct buf *b)
{
	static const char before[] = "    [\"a\", ";
	static uint64_t count = 1;
	struct slice piece = S("a");
	struct model m = { .piece = &piece, .count = &count, .log_probability = &x, .n_pieces = 1 };
	struct buf name[N_COMMON_SPECIALS] = { { 0 } };
	char *at;

	b->len = 0;
	assert_int_equal(bp_to_huggingface(&m, name, b, NULL), BP_OK);
	assert_true(bp_buf_byte(b, '\0'));
	at = strstr((char *)b->data, before);
	assert_non_null(at);
	at += sizeof(before) - 1;
	b->len = strcspn(at, "]");
	memmove(b->data, at, b->len);
}

/* Is x written so that both kinds read it back? */
static bool is_exact(double x, struct buf *b)
{
	const char *text;

	put_number(x, b);
	assert_true(bp_buf_byte(b, '\0'));
	text = (const char *)b->data;
	T_OK(strtod(text, NULL) == x, "%.17g is written as %s", x, text);
	return strpbrk(text, "e+") == NULL && strlen(text) <= 22 && read_digits(text) == x;
}

static void doubles_are_read_back_by_both_kinds_of_readers(void **state)
{
	struct buf b = { 0 };
	uint64_t rng = 11, total, count;
	size_t i, n = 200000, exact = 0;

	(void)state;
	for (i = 0; i < n; i++) {
		total = 1 + (t_next(&rng) >> (1 + t_below(&rng, 50)));
		count = 1 + t_next(&rng) % total;
		exact += is_exact(log((double)count) - log((double)total), &b);
	}
	T_OK(n - exact <= n / 200, "%zu of %zu are not", n - exact, n);
	bp_buf_release(&b);
}

static void small_numbers_are_written_as_expected(void **state)
{
	static const struct {
		double x;
		const char *text;
	} known[] = { { 0, "0.0" }, { -1, "-1.0" }, { -12.5, "-12.5" }, { 0.0625, "0.0625" },
		      { -0.001, "-0.001" }, { 44, "44.0" } };
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		put_number(known[i].x, &b);
		T_SAME(t_slice(&b), t_string(known[i].text));
	}
	/* Too small for digits alone. */
	assert_true(is_exact(-4.4408920985006262e-16, &b) || strchr((char *)b.data, 'e') != NULL);
	bp_buf_release(&b);
}

static void the_json_is_as_expected(void **state)
{
	static const char head[] =
		"{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n"
		"  \"added_tokens\": [\n"
		"    {\"id\": 0, \"content\": \"<pad>\", \"single_word\": false, \"lstrip\": false, "
		"\"rstrip\": false, \"normalized\": false, \"special\": true},\n"
		"    {\"id\": 1, \"content\": \"<bos>_\", ";
	static const char middle[] =
		"  \"model\": {\"type\": \"Unigram\", \"unk_id\": null, \"byte_fallback\": false, "
		"\"vocab\": [\n"
		"    [\"<pad>\", -1e30],\n    [\"<bos>_\", -1e30],\n    [\"<eos>\", -1e30],\n"
		"    [\"\xC4\x80\", -6.";
	static const char last[] = ",\n    [\"<bos>\", -";
	struct buf name[N_COMMON_SPECIALS] = { { 0 } }, out = { 0 };
	struct vocab v = { 0 };
	struct model m;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("<bos>"), 200);
	t_vocab_add(&v, S("\"\\"), 500);
	t_vocab_sort(&v);
	assert_int_equal(t_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(bp_export_names(&m, name));
	assert_int_equal(bp_to_huggingface(&m, name, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_memory_equal(out.data, head, sizeof(head) - 1);
	assert_non_null(strstr((char *)out.data, "\n  \"normalizer\": {\"type\": \"NFC\"},\n"));
	assert_non_null(strstr((char *)out.data, middle));
	assert_non_null(strstr((char *)out.data, "\n    [\"\\\"\\\\\", -0.64"));
	assert_non_null(strstr((char *)out.data, last));
	assert_string_equal((char *)out.data + out.len - 10, "]\n  ]}\n}\n");
	out.len = 0;
	m.normalize = BP_NORMALIZE_NONE;
	assert_int_equal(bp_to_huggingface(&m, name, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_non_null(strstr((char *)out.data, "\n  \"normalizer\": null,\n"));
	for (i = 0; i < N_COMMON_SPECIALS; i++)
		bp_buf_release(&name[i]);
	bp_buf_release(&out);
	bp_model_release(&m);
	t_vocab_release(&v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_read_back_by_both_kinds_of_readers),
		cmocka_unit_test(small_numbers_are_written_as_expected),
		cmocka_unit_test(the_json_is_as_expected)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
