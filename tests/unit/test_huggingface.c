/* export/writers.h: the JSON, and numbers that two kinds of readers read alike. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/writers.h"
#include "support.h"

/* As serde_json reads it: all digits as one integer, then one step with a power of ten. */
static double read_digits(const char *s)
{
	static const double power[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
					1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19 };
	bool negative = *s == '-', point = false;
	uint64_t digits = 0;
	int exponent = 0;
	double x;

	for (s += negative; *s != '\0' && *s != 'e'; s++) {
		if (*s == '.') {
			assert_false(point);
			point = true;
			continue;
		}
		assert_in_range(*s, '0', '9');
		assert_true(digits <= (UINT64_MAX - 9) / 10);
		digits = 10 * digits + (uint64_t)(*s - '0');
		exponent -= point;
	}
	exponent += *s == 'e' ? atoi(s + 1) : 0;
	assert_in_range(abs(exponent), 0, 19);
	x = exponent < 0 ? (double)digits / power[-exponent] : (double)digits * power[exponent];
	return negative ? -x : x;
}

static const struct export_use no_use;

/* The text of a number in the JSON: of the log-probability of the only piece of a model; returns
 * the scale. */
static double put_number(double x, struct buf *b)
{
	static const char before[] = "    [\"a\", ";
	static uint64_t count = 1;
	struct slice piece = S("a");
	struct model m = { .piece = &piece, .count = &count, .log_probability = &x, .n_pieces = 1 };
	struct buf name[N_COMMON_SPECIALS] = { { 0 } };
	size_t n_lost;
	char *at;

	b->len = 0;
	assert_int_equal(bp_to_huggingface(&m, name, &no_use, b, NULL), BP_OK);
	assert_true(bp_buf_byte(b, '\0'));
	at = strstr((char *)b->data, before);
	assert_non_null(at);
	at += sizeof(before) - 1;
	b->len = strcspn(at, "]");
	memmove(b->data, at, b->len);
	return bp_huggingface_scale(&m, &n_lost);
}

/* Is x written so that both kinds of readers read it back? */
static bool is_exact(double x, struct buf *b)
{
	double want = x * put_number(x, b);
	const char *text;

	assert_true(bp_buf_byte(b, '\0'));
	text = (const char *)b->data;
	T_OK(strtod(text, NULL) == want, "%.17g is written as %s", want, text);
	return strpbrk(text, "e+") == NULL && strlen(text) <= 22 && read_digits(text) == want;
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
	} known[] = { { 0, "0" }, { -1, "-72057594037927936" }, { -12.5, "-56294995342131200" },
		      { -44, "-49539595901075456" } };
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		put_number(known[i].x, &b);
		T_SAME(t_slice(&b), t_string(known[i].text));
	}
	/* Too small for digits alone. */
	assert_true(is_exact(-4.4408920985006262e-32, &b) || strchr((char *)b.data, 'e') != NULL);
	bp_buf_release(&b);
}

/* The fewest digits that tell x from all other doubles, as serde_json writes them. */
static double rewritten(double x)
{
	char text[64], *e;
	int digits;

	for (digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, x);
		if (strtod(text, NULL) == x)
			break;
	}
	if (digits == 17)
		snprintf(text, sizeof(text), "%.16e", x);
	e = strchr(text, 'e');
	if (fabs(x) < 1e16 && atoi(e + 1) >= digits - 1)
		snprintf(text, sizeof(text), "%.1f", x);
	return read_digits(text);
}

/* Models of text: counts by Zipf's law, with a sum of any size. */
static void scores_survive_being_written_again(void **state)
{
	enum { N = 20000 };
	static struct slice piece[N];
	static uint64_t count[N];
	static double p[N];
	struct model m = { .piece = piece, .count = count, .log_probability = p, .n_pieces = N };
	uint64_t first, total;
	size_t i, n_lost, n, n_all = 0;
	double scale;

	(void)state;
	for (first = 1000; first < (uint64_t)1 << 40; first *= 37) {
		for (i = 0, total = 0; i < N; i++) {
			piece[i] = S("x");
			total += count[i] = first / (i + 3) + 1;
		}
		for (i = 0; i < N; i++)
			p[i] = log((double)count[i]) - log((double)total);
		scale = bp_huggingface_scale(&m, &n_lost);
		for (i = 0, n = 0; i < N; i++)
			n += rewritten(p[i] * scale) != p[i] * scale;
		assert_int_equal(n, n_lost);
		T_OK(n <= N / 1000, "%zu", n);
		for (i = 0; i < N; i++)
			n_all += rewritten(p[i]) != p[i];
	}
	assert_true(n_all > N / 10);	/* without a factor */
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
		"    [\"\xC4\x80\", -";
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
	assert_true(bp_export_names(&m, TEXTS_IN_ALPHABET, name));
	assert_int_equal(bp_to_huggingface(&m, name, &no_use, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_memory_equal(out.data, head, sizeof(head) - 1);
	assert_non_null(strstr((char *)out.data, "\n  \"normalizer\": {\"type\": \"NFC\"},\n"));
	assert_non_null(strstr((char *)out.data, "\"Split\", \"pattern\": {\"Regex\": \"\\\\n+\"}, "
			       "\"behavior\": \"MergedWithPrevious\", \"invert\": false},\n"));
	assert_non_null(strstr((char *)out.data, middle));
	assert_non_null(strstr((char *)out.data, "\n    [\"\\\"\\\\\", -"));
	assert_non_null(strstr((char *)out.data, last));
	assert_string_equal((char *)out.data + out.len - 10, "]\n  ]}\n}\n");
	out.len = 0;
	m.normalize = BP_NORMALIZE_NONE;
	m.newlines = BP_NEWLINES_BEGIN;
	assert_int_equal(bp_to_huggingface(&m, name, &no_use, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_non_null(strstr((char *)out.data, "\n  \"normalizer\": null,\n"));
	assert_non_null(strstr((char *)out.data, "\"MergedWithNext\""));
	out.len = 0;
	m.newlines = BP_NEWLINES_TEXT;
	assert_int_equal(bp_to_huggingface(&m, name, &no_use, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_null(strstr((char *)out.data, "Split"));
	for (i = 0; i < N_COMMON_SPECIALS; i++)
		bp_buf_release(&name[i]);
	bp_buf_release(&out);
	bp_model_release(&m);
	t_vocab_release(&v);
}

/* What is written for one model by bp_to_huggingface() or bp_to_huggingface_config(). */
static void check_use(const struct export_use *use, bool config, const char *want)
{
	struct slice piece[] = { S("<bos>"), S("a"), S("<u>"), S("\"v") };
	uint64_t count[] = { 7, 3, 0, 0 };
	struct buf name[N_COMMON_SPECIALS + 2] = { { 0 } }, out = { 0 };
	struct model m;
	size_t i;

	assert_int_equal(bp_model_init(&m, piece, count, 4, BP_NORMALIZE_NFC, NULL), BP_OK);
	assert_true(bp_export_names(&m, TEXTS_IN_ALPHABET, name));
	assert_int_equal((config ? bp_to_huggingface_config : bp_to_huggingface)(&m, name, use,
			 &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	T_OK(strstr((char *)out.data, want) != NULL, "%s in %s", want, (char *)out.data);
	for (i = 0; i < N_COMMON_SPECIALS + 2; i++)
		bp_buf_release(&name[i]);
	bp_buf_release(&out);
	bp_model_release(&m);
}

#define BOS "{\"SpecialToken\": {\"id\": \"<bos>_\", \"type_id\": 0}}"
#define EOS "{\"SpecialToken\": {\"id\": \"<eos>\", \"type_id\": 0}}"
#define TEXT "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}"
#define OF_BOS "\"<bos>_\": {\"id\": \"<bos>_\", \"ids\": [1], \"tokens\": [\"<bos>_\"]}"
#define OF_EOS "\"<eos>\": {\"id\": \"<eos>\", \"ids\": [2], \"tokens\": [\"<eos>\"]}"

static void bos_and_eos_are_a_post_processor(void **state)
{
	struct export_use use = { 0 };

	(void)state;
	check_use(&use, false, "\n  \"post_processor\": null,\n");
	use.bos = true;
	check_use(&use, false, "\"single\": [" BOS ", " TEXT "],\n");
	check_use(&use, false, "\"special_tokens\": {" OF_BOS "}},\n");
	use.eos = true;
	check_use(&use, false, "\"single\": [" BOS ", " TEXT ", " EOS "],\n");
	check_use(&use, false, "\"pair\": [" BOS ", " TEXT ", " EOS ", {\"SpecialToken\": "
		  "{\"id\": \"<bos>_\", \"type_id\": 1}}, {\"Sequence\": {\"id\": \"B\", ");
	check_use(&use, false, "\"special_tokens\": {" OF_BOS ", " OF_EOS "}},\n");
	use.bos = false;
	check_use(&use, false, "\"single\": [" TEXT ", " EOS "],\n");
	check_use(&use, false, "\"special_tokens\": {" OF_EOS "}},\n");
}

static void the_configuration_is_as_expected(void **state)
{
	static const char all[] =
		"{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
		"  \"clean_up_tokenization_spaces\": false,\n"
		"  \"model_input_names\": [\"input_ids\", \"attention_mask\"],\n"
		"  \"pad_token\": \"<pad>\",\n  \"bos_token\": \"<bos>_\",\n"
		"  \"eos_token\": \"<eos>\",\n"
		"  \"additional_special_tokens\": [\"<u>\", \"\\\"v\"]\n}\n";
	struct export_use use = { 0 };

	(void)state;
	check_use(&use, true, all);
	use.chat_template = S("{{ \"a\\n\" }}\n\xC3\xA9");
	check_use(&use, true, "],\n  \"chat_template\": \"{{ \\\"a\\\\n\\\" }}\\n\xC3\xA9\"\n}\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_read_back_by_both_kinds_of_readers),
		cmocka_unit_test(small_numbers_are_written_as_expected),
		cmocka_unit_test(scores_survive_being_written_again),
		cmocka_unit_test(the_json_is_as_expected),
		cmocka_unit_test(bos_and_eos_are_a_post_processor),
		cmocka_unit_test(the_configuration_is_as_expected)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
