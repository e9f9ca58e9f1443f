/* json.h: a pull reader with offsets, from memory and from streams. */
#include <stdlib.h>
#include <string.h>

#include "model/json.h"
#include "support.h"

enum { BLOCK = 64 * 1024 };	/* as in json.c; with another size the tests hold still */

/* A stream that holds 'text', at its start. */
static FILE *stream_of(struct slice text)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	if (text.n > 0)
		assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	rewind(f);
	return f;
}

static void start(struct json *j, struct slice text, bp_error *err)
{
	*err = (bp_error){ 0 };
	assert_int_equal(bp_json_init(j, NULL, text, "j", err), BP_OK);
}

/* Read one string; the result is of no meaning after the next call. */
static bool read_string(struct slice text, struct buf *out, bp_error *err)
{
	struct json j;
	bool ok;

	start(&j, text, err);
	ok = bp_json_string(&j) && bp_json_end(&j);
	assert_int_equal(j.status, ok ? BP_OK : BP_EFORMAT);
	out->len = 0;
	if (ok)
		t_append(out, t_slice(&j.string));
	bp_json_release(&j);
	return ok;
}

static void strings_come_as_utf8(void **state)
{
	static const struct {
		struct slice text, want;
	} good[] = {
#define GOOD(text, want) { S_INIT(text), S_INIT(want) }
		GOOD("\"\"", ""),
		GOOD("\"abc\"", "abc"),
		GOOD(" \t\r\n\"a b\" \n", "a b"),
		GOOD("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"),
		GOOD("\"\\u0041\\u00e9\\u00E9\\u4e2D\"", "A\xC3\xA9\xC3\xA9\xE4\xB8\xAD"),
		GOOD("\"a\\u0000b\"", "a\0b"),
		GOOD("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
		     "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"),
		GOOD("\"\\ud800\\udc00\"", "\xF0\x90\x80\x80"),
		GOOD("\"\\uD83D\\uDE00!\"", "\xF0\x9F\x98\x80!"),
		GOOD("\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF"),
		GOOD("\"\\ud7ff\\ue000\"", "\xED\x9F\xBF\xEE\x80\x80"),
		GOOD("\"\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80\"",
		     "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x98\x80"),
		GOOD("\"\x7F\xE2\x80\xA8\"", "\x7F\xE2\x80\xA8"),
		GOOD("\"\\\\u0041\"", "\\u0041"),
		GOOD("\"\\u00410\"", "A0")
	};
	struct buf out = { 0 };
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		T_OK(read_string(good[i].text, &out, &err), "string %zu: %s", i, err.msg);
		T_SAME(t_slice(&out), good[i].want);
	}
	bp_buf_release(&out);
}

static void faulty_strings_are_refused_where_they_are_faulty(void **state)
{
	static const struct {
		struct slice text;
		uint64_t pos;
	} bad[] = {
#define BAD(text, pos) { S_INIT(text), (pos) }
		BAD("", 0), BAD("   ", 3), BAD("abc", 0), BAD("  'abc'", 2), BAD("\"abc", 4),
		BAD("\"ab\\", 4), BAD("\"ab\\\"", 5),
		BAD("\"ab\\x\"", 3), BAD("\"ab\\u12\"", 7), BAD("\"\\u123", 6),
		BAD("\"\\u12g4\"", 5),
		BAD("\"\\U0041\"", 1), BAD("\"\\ \"", 1), BAD("\"\\\0\"", 1),
		BAD("\"\\u00\0" "1\"", 5),
		BAD("\"a\nb\"", 2), BAD("\"a\tb\"", 2), BAD("\"a\0b\"", 2), BAD("\"a\x1F\"", 2),
		BAD("\"a\\ud83d\"", 2), BAD("\"a\\ud83dx\"", 2), BAD("\"a\\ud83d\\n\"", 2),
		BAD("\"a\\ud83d\\u0041\"", 2), BAD("\"a\\ud83d\\ud83d\"", 2),
		BAD("\"a\\ude00\"", 2),
		BAD("\"a\\udfff\\ud800\"", 2), BAD("\"a\\udc00\"", 2),
		BAD("\"abc\" x", 6), BAD("\"abc\"\"", 5)
	};
	struct buf out = { 0 };
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_OK(!read_string(bad[i].text, &out, &err), "string %zu is taken", i);
		T_OK(err.code == BP_EFORMAT && err.pos == bad[i].pos, "string %zu: %s", i, err.msg);
	}
	bp_buf_release(&out);
}

static void strings_that_are_no_utf8_are_refused(void **state)
{
	static const struct slice bad[] = {
		S_INIT("\"\x80\""), S_INIT("\"\xC3\""),
		S_INIT("\"\xED\xA0\x80\""),
		S_INIT("\"\xC0\x80\""),
		S_INIT("\"\xF4\x90\x80\x80\""),
		S_INIT("\"\xE4\\u00b8\""),
		S_INIT("\"ok\xFF\"")
	};
	struct buf out = { 0 };
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(read_string(bad[i], &out, &err));
		assert_int_equal(err.code, BP_EFORMAT);
		assert_true(err.pos < bad[i].n);
	}
	bp_buf_release(&out);
}

static void numbers_are_whole_and_below_2_to_the_63(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "7", 7 }, { " 10 ", 10 }, { "1234567890", 1234567890 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775800", 9223372036854775800u },
		{ "\n\t5\r", 5 }
	};
	struct json j;
	bp_error err;
	uint64_t value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		start(&j, t_string(good[i].text), &err);
		T_OK(bp_json_number(&j, "n", &value) && bp_json_end(&j), "%s", err.msg);
		assert_true(value == good[i].value);
		bp_json_release(&j);
	}
}

static void other_numbers_are_refused_at_their_beginning(void **state)
{
	static const char *const bad[] = {
		"", "-1", "-0", "+1", "1.0", "1.5", ".5", "1e3", "1E3", "1e+3", "0x10", "00", "01",
		"007", "12abc", "1\"", "1:", "9223372036854775808", "9223372036854775810",
		"18446744073709551616", "99999999999999999999999999999999", "12345678901234567890",
		"null", "true", "NaN", "\"1\"", "[1]", "{}", "1_000", "1'000", "\xEF\xBC\x91"
	};
	struct buf text = { 0 };
	struct json j;
	bp_error err;
	uint64_t value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		text.len = 0;
		t_append(&text, S("  "));
		t_append(&text, t_string(bad[i]));
		start(&j, t_slice(&text), &err);
		T_OK(!bp_json_number(&j, "the count", &value), "%s is taken for a number", bad[i]);
		T_OK(err.code == BP_EFORMAT && err.pos == 2, "%s: %s", bad[i], err.msg);
		assert_non_null(strstr(err.msg, "the count"));
		bp_json_release(&j);
	}
	bp_buf_release(&text);
}

static void only_four_bytes_are_blanks(void **state)
{
	struct json j;
	bp_error err;
	unsigned char text[2] = { 0, '1' };
	unsigned c;
	bool blank;

	(void)state;
	for (c = 0; c < 256; c++) {
		text[0] = (unsigned char)c;
		blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
		start(&j, (struct slice){ text, 2 }, &err);
		T_OK(bp_json_peek(&j) == (blank ? '1' : (int)c), "byte %02X", c);
		assert_int_equal(bp_json_offset(&j), blank);
		bp_json_release(&j);
		start(&j, (struct slice){ text, 1 }, &err);
		assert_int_equal(bp_json_end(&j), blank);
		bp_json_release(&j);
	}
}

static void peeking_skips_blanks_and_takes_nothing(void **state)
{
	struct json j;
	bp_error err;

	(void)state;
	start(&j, S(" \n { "), &err);
	assert_int_equal(bp_json_peek(&j), '{');
	assert_int_equal(bp_json_peek(&j), '{');
	assert_int_equal(bp_json_offset(&j), 3);
	assert_true(bp_json_expect(&j, '{', "x"));
	assert_int_equal(bp_json_offset(&j), 4);
	assert_int_equal(bp_json_peek(&j), -1);
	assert_int_equal(bp_json_offset(&j), 5);
	assert_true(bp_json_end(&j));
	assert_int_equal(j.status, BP_OK);
	bp_json_release(&j);
}

static void what_was_expected_is_named(void **state)
{
	struct json j;
	bp_error err;

	(void)state;
	start(&j, S("  ]"), &err);
	assert_false(bp_json_expect(&j, '[', "an opening bracket"));
	assert_int_equal(err.pos, 2);
	assert_non_null(strstr(err.msg, "an opening bracket"));
	assert_non_null(strstr(err.msg, "j: byte 2: "));
	bp_json_release(&j);
	start(&j, S("  "), &err);
	assert_false(bp_json_expect(&j, '[', "an opening bracket"));
	assert_int_equal(err.pos, 2);
	assert_non_null(strstr(err.msg, "an opening bracket"));
	bp_json_release(&j);
}

static void after_a_failure_everything_fails_and_the_first_stays(void **state)
{
	struct json j;
	bp_error err;
	uint64_t value;
	bool first = true;

	(void)state;
	start(&j, S("x \"abc\", 1]"), &err);
	assert_false(bp_json_string(&j));
	assert_int_equal(err.pos, 0);
	assert_int_equal(bp_json_peek(&j), -1);
	assert_false(bp_json_expect(&j, 'x', "another"));
	assert_false(bp_json_next(&j, ']', &first));
	assert_false(bp_json_number(&j, "another", &value));
	assert_false(bp_json_string(&j));
	assert_false(bp_json_end(&j));
	assert_false(bp_json_fail(&j, 5, "another"));
	assert_int_equal(j.status, BP_EFORMAT);
	assert_int_equal(err.pos, 0);
	assert_null(strstr(err.msg, "another"));
	bp_json_release(&j);
}

/* How many numbers a list has, or SIZE_MAX if it is faulty. */
static size_t count_list(struct slice text, bp_error *err)
{
	struct json j;
	bool first = true, ok;
	uint64_t value;
	size_t n = 0;

	start(&j, text, err);
	ok = bp_json_expect(&j, '[', "'['");
	while (ok && bp_json_next(&j, ']', &first)) {
		ok = bp_json_number(&j, "n", &value);
		n++;
	}
	ok = ok && bp_json_end(&j) && j.status == BP_OK;
	bp_json_release(&j);
	return ok ? n : SIZE_MAX;
}

static void lists_are_walked_to_their_end(void **state)
{
	bp_error err;

	(void)state;
	assert_int_equal(count_list(S("[]"), &err), 0);
	assert_int_equal(count_list(S("[ \n ]"), &err), 0);
	assert_int_equal(count_list(S("[1]"), &err), 1);
	assert_int_equal(count_list(S(" [ 1 , 2,3 ,\n4 ] "), &err), 4);
}

static void faulty_lists_are_refused(void **state)
{
	static const struct {
		struct slice text;
		uint64_t pos;
	} bad[] = {
		BAD("[", 1), BAD("[1", 2), BAD("[1,", 3), BAD("[1,]", 3), BAD("[,1]", 1),
		BAD("[1 2]", 3), BAD("[1;2]", 1), BAD("[1}", 2), BAD("[1]]", 3), BAD("[1,,2]", 3),
		BAD("]", 0), BAD("[1\0]", 2)
	};
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_OK(count_list(bad[i].text, &err) == SIZE_MAX, "list %zu is taken", i);
		T_OK(err.code == BP_EFORMAT && err.pos == bad[i].pos, "list %zu: %s", i, err.msg);
	}
}

static void nesting_of_any_depth_takes_no_memory(void **state)
{
	enum { DEPTH = 1000000 };
	struct buf text = { 0 };
	bool first;
	struct json j;
	bp_error err;
	size_t i;
	FILE *f;

	(void)state;
	for (i = 0; i < DEPTH; i++)
		t_append(&text, S("["));
	for (i = 0; i < DEPTH; i++)
		t_append(&text, S("]"));
	f = stream_of(t_slice(&text));
	assert_int_equal(bp_json_init(&j, f, (struct slice){ 0 }, "j", &err), BP_OK);
	for (i = 0; i < DEPTH; i++) {
		first = true;
		assert_true(bp_json_expect(&j, '[', "'['"));
		assert_int_equal(bp_json_next(&j, ']', &first), i + 1 < DEPTH);
	}
	for (i = 1; i < DEPTH; i++)
		assert_false(bp_json_next(&j, ']', &first));
	assert_int_equal(j.status, BP_OK);
	assert_true(bp_json_end(&j));
	assert_int_equal(bp_json_offset(&j), 2 * DEPTH);
	assert_int_equal(j.string.cap, 0);
	bp_json_release(&j);
	fclose(f);
	bp_buf_release(&text);
}

/* All that is read from one document, with the offsets on the way, in a form to compare. */
static bp_status read_all(FILE *f, struct slice text, struct buf *out)
{
	struct json j;
	bp_error err = { 0 };
	bp_status st;
	uint64_t note[2];
	bool first = true, ok;

	assert_int_equal(bp_json_init(&j, f, text, "j", &err), BP_OK);
	ok = bp_json_expect(&j, '[', "'['");
	while (ok && bp_json_next(&j, ']', &first)) {
		note[0] = bp_json_offset(&j);
		ok = bp_json_peek(&j) == '"' ? bp_json_string(&j)
					     : bp_json_number(&j, "n", &note[0]);
		note[1] = bp_json_offset(&j);
		t_append(out, (struct slice){ (unsigned char *)note, sizeof(note) });
		if (ok)
			t_append(out, t_slice(&j.string));
	}
	if (ok)
		bp_json_end(&j);
	t_append(out, (struct slice){ (unsigned char *)err.msg, strlen(err.msg) });
	t_append(out, (struct slice){ (unsigned char *)&err.pos, sizeof(err.pos) });
	st = j.status;
	bp_json_release(&j);
	return st;
}

static void check_stream_against_memory(struct slice text)
{
	struct buf from_memory = { 0 }, from_stream = { 0 };
	FILE *f = stream_of(text);
	bp_status st = read_all(NULL, text, &from_memory);

	assert_int_equal(read_all(f, (struct slice){ 0 }, &from_stream), st);
	T_SAME(t_slice(&from_stream), t_slice(&from_memory));
	fclose(f);
	bp_buf_release(&from_memory);
	bp_buf_release(&from_stream);
}

/* Each byte of the document is once the last of a block, once the first of the next. */
static void streams_give_what_memory_gives_over_all_block_borders(void **state)
{
	static const struct slice document[] = {
		S_INIT("[12345 , \"a\\n\\u00e9\\ud83d\\ude00\xE4\xB8\xAD\", 67]"),
		S_INIT("[1, \"a\\ud83dx\"]"),
		S_INIT("[1, 9223372036854775808]"),
		S_INIT("[1, \"ab"),
		S_INIT("[1, 12"),
		S_INIT("[1, \"\\u12\"]"),
		S_INIT("[1, \"\xE4\xB8\"]"),
		S_INIT("[\"\\"),
		S_INIT("[1 2]")
	};
	struct buf text = { 0 };
	size_t i, k;

	(void)state;
	assert_true(bp_buf_reserve(&text, BLOCK + 100));
	memset(text.data, ' ', BLOCK);
	for (i = 0; i < sizeof(document) / sizeof(document[0]); i++)
		for (k = 0; k <= document[i].n; k++) {
			text.len = BLOCK - k;
			text.data[BLOCK - 1] = ' ';
			memset(text.data + BLOCK - 64, ' ', 64);
			t_append(&text, document[i]);
			check_stream_against_memory(t_slice(&text));
		}
	bp_buf_release(&text);
}

static void long_documents_come_in_many_blocks(void **state)
{
	static const struct slice item[] = {
		S_INIT("\"\\u4e2d\\\\\xF0\x9F\x98\x80\""),
		S_INIT("922337203685477580"),
		S_INIT("\n\t 7 \r"),
		S_INIT("\"plain text, of some length\""),
		S_INIT("\"\"")
	};
	struct buf text = { 0 };
	uint64_t rng = 1;
	size_t i;

	(void)state;
	t_append(&text, S("["));
	for (i = 0; i < 30000; i++) {
		t_append(&text, item[t_below(&rng, 5)]);
		t_append(&text, S(","));
	}
	t_append(&text, S("\""));
	for (i = 0; i < 300000; i++)
		t_append(&text, S("x"));
	t_append(&text, S("\"]"));
	check_stream_against_memory(t_slice(&text));
	text.data[text.len - 200000] = '\n';
	check_stream_against_memory(t_slice(&text));
	bp_buf_release(&text);
}

static void a_stream_may_be_empty(void **state)
{
	FILE *f = stream_of((struct slice){ 0 });
	bp_error err = { 0 };
	struct json j;

	(void)state;
	assert_int_equal(bp_json_init(&j, f, (struct slice){ 0 }, "j", &err), BP_OK);
	assert_int_equal(bp_json_peek(&j), -1);
	assert_true(bp_json_end(&j));
	assert_false(bp_json_string(&j));
	assert_int_equal(err.code, BP_EFORMAT);
	assert_int_equal(err.pos, 0);
	bp_json_release(&j);
	bp_json_release(&j);	/* an empty one may be released */
	fclose(f);
}

static void no_error_struct_is_needed(void **state)
{
	struct json j;

	(void)state;
	assert_int_equal(bp_json_init(&j, NULL, S("x"), "j", NULL), BP_OK);
	assert_false(bp_json_string(&j));
	assert_int_equal(j.status, BP_EFORMAT);
	bp_json_release(&j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_come_as_utf8),
		cmocka_unit_test(faulty_strings_are_refused_where_they_are_faulty),
		cmocka_unit_test(strings_that_are_no_utf8_are_refused),
		cmocka_unit_test(numbers_are_whole_and_below_2_to_the_63),
		cmocka_unit_test(other_numbers_are_refused_at_their_beginning),
		cmocka_unit_test(only_four_bytes_are_blanks),
		cmocka_unit_test(peeking_skips_blanks_and_takes_nothing),
		cmocka_unit_test(what_was_expected_is_named),
		cmocka_unit_test(after_a_failure_everything_fails_and_the_first_stays),
		cmocka_unit_test(lists_are_walked_to_their_end),
		cmocka_unit_test(faulty_lists_are_refused),
		cmocka_unit_test(nesting_of_any_depth_takes_no_memory),
		cmocka_unit_test(streams_give_what_memory_gives_over_all_block_borders),
		cmocka_unit_test(long_documents_come_in_many_blocks),
		cmocka_unit_test(a_stream_may_be_empty),
		cmocka_unit_test(no_error_struct_is_needed)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
