/*
 * text_lines.h: the texts of lines of JSON, or with weights, and the reader (reader.h) over them, in
 * chunks of every size and from every position.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/text_lines.h"
#include "io/reader.h"
#include "support.h"
#include "text/utf8.h"

static enum json_line decode(struct slice line, struct slice field, struct buf *out,
			     struct json_line_fault *fault)
{
	enum json_line got;

	out->len = 0;
	t_append(out, S("before"));
	got = bp_json_line_text(line, field, out, fault);
	T_SAME(((struct slice){ out->data, 6 }), S("before"));
	if (got != BP_JSON_LINE_TEXT)
		assert_int_equal(out->len, 6);
	memmove(out->data, out->data + 6, out->len - 6);
	out->len -= 6;
	return got;
}

static void a_line_gives_its_text(void **state)
{
	static const struct { struct slice line, text; } good[] = {
		{ S_INIT("{\"text\":\"\"}"), S_INIT("") },
		{ S_INIT(" \t{ \"text\" : \"a b\" } \r"), S_INIT("a b") },
		{ S_INIT("{\"a\":1,\"text\":\"x\",\"b\":[1,{\"text\":\"no\"}]}"), S_INIT("x") },
		{ S_INIT("{\"text\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), S_INIT("\"\\/\b\f\n\r\t") },
		{ S_INIT("{\"text\":\"\\u0000\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"}"),
		  S_INIT("\0A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") },
		{ S_INIT("{\"text\":\"\\uFFFF\\uD7ff\\ue000\\ud800\\udc00\\udbff\\udfff\"}"),
		  S_INIT("\xEF\xBF\xBF\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") },
		{ S_INIT("{\"text\":\"\x7F\x80\xC0\xFE\"}"), S_INIT("\x7F\x80\xC0\xFE") },
		{ S_INIT("{\"text\":1,\"text\":\"first\",\"text\":\"last\"}"), S_INIT("last") },
		{ S_INIT("{\"t\\u0065xt\":\"by escape\"}"), S_INIT("by escape") },
		{ S_INIT("{\"\\ud800\":1,\"text\":\"x\"}"), S_INIT("x") },
		{ S_INIT("{\"n\":[-0,0.5e-7,1E+2,NaN,-Infinity,Infinity,true,false,null,\"\\udc00\"],"
			 "\"e\":[{},[],[[]],{\"a\":{\"b\":[]}}],\"text\":\"x\"}"), S_INIT("x") },
	};
	struct json_line_fault fault;
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		T_OK(decode(good[i].line, S("text"), &out, &fault) == BP_JSON_LINE_TEXT, "line %zu",
		     i);
		T_SAME(t_slice(&out), good[i].text);
	}
	assert_int_equal(decode(S("{\"text\":\"a\",\"\":\"b\"}"), S(""), &out, &fault),
			 BP_JSON_LINE_TEXT);
	T_SAME(t_slice(&out), S("b"));
	bp_buf_release(&out);
}

static void a_line_without_a_text_is_known(void **state)
{
	static const struct slice blank[] = { S_INIT(""), S_INIT(" \t\r ") };
	static const struct slice without[] = {
		S_INIT("{}"), S_INIT("{\"Text\":\"a\"}"), S_INIT("{\"text\":null}"),
		S_INIT("{\"text\":[\"a\"]}"), S_INIT("{\"text\":\"a\",\"text\":{}}"),
		S_INIT("{\"a\":{\"text\":\"a\"}}"), S_INIT("{\"textt\":\"a\",\"tex\":\"a\"}")
	};
	struct json_line_fault fault;
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_int_equal(decode(blank[i], S("text"), &out, &fault), BP_JSON_LINE_BLANK);
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		assert_int_equal(decode(without[i], S("text"), &out, &fault), BP_JSON_LINE_WITHOUT);
	bp_buf_release(&out);
}

static void a_damaged_line_is_refused_with_the_place(void **state)
{
	static const struct { struct slice line; size_t at; } bad[] = {
		{ S_INIT("text"), 0 }, { S_INIT("\"text\""), 0 }, { S_INIT("[]"), 0 },
		{ S_INIT("{"), 1 }, { S_INIT("{\"text\":\"a\""), 11 },
		{ S_INIT("{\"text\":\"a\"} {}"), 13 }, { S_INIT("{\"text\":\"a\",}"), 12 },
		{ S_INIT("{,\"text\":\"a\"}"), 1 }, { S_INIT("{\"text\" \"a\"}"), 8 },
		{ S_INIT("{\"text\":}"), 8 }, { S_INIT("{\"text\":\"a"), 10 },
		{ S_INIT("{\"text\":\"a\\"), 10 }, { S_INIT("{\"text\":\"\\x\"}"), 9 },
		{ S_INIT("{\"text\":\"\\u12g4\"}"), 9 }, { S_INIT("{\"text\":\"\\u123"), 9 },
		{ S_INIT("{\"text\":\"\\\0\"}"), 9 },
		{ S_INIT("{\"text\":\"a\tb\"}"), 10 }, { S_INIT("{\"text\":\"a\0b\"}"), 10 },
		{ S_INIT("{\"text\":\"a\x1F\"}"), 10 },
		{ S_INIT("{\"text\":\"\xFF\"}"), 9 }, { S_INIT("{\"text\":\"12345678\xFF\"}"), 17 },
		{ S_INIT("{\"text\":\"\\ud800\"}"), 9 }, { S_INIT("{\"text\":\"\\ud800\\u0041\"}"), 9 },
		{ S_INIT("{\"text\":\"a\\udc00\\ud800\"}"), 10 },
		{ S_INIT("{\"text\":\"\\ud800\\n\\udc00\"}"), 9 },
		{ S_INIT("{\"a\":[1,],\"text\":\"a\"}"), 8 }, { S_INIT("{\"a\":[1}"), 7 },
		{ S_INIT("{\"a\":{\"b\":1]"), 11 }, { S_INIT("{\"a\":[1 2]"), 8 },
		{ S_INIT("{\"a\":01}"), 6 }, { S_INIT("{\"a\":1.}"), 7 }, { S_INIT("{\"a\":-}"), 6 },
		{ S_INIT("{\"a\":1e}"), 7 }, { S_INIT("{\"a\":tru}"), 5 }, { S_INIT("{\"a\":+1}"), 5 },
		{ S_INIT("{\"a\":-"), 6 }, { S_INIT("{\"a\":.5}"), 5 }, { S_INIT("{'text':'a'}"), 1 },
		{ S_INIT("{\"a\":{1:2}}"), 6 }, { S_INIT("{\"a\":["), 6 }, { S_INIT("{\"a\":1"), 6 },
	};
	struct json_line_fault fault;
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fault.why = NULL;
		T_OK(decode(bad[i].line, S("text"), &out, &fault) == BP_JSON_LINE_DAMAGED,
		     "line %zu", i);
		T_OK(fault.at == bad[i].at && fault.why != NULL, "line %zu: at %zu", i, fault.at);
	}
	bp_buf_release(&out);
}

static void values_may_be_nested_to_a_limit(void **state)
{
	enum { MOST = 1024 };
	struct json_line_fault fault;
	struct buf line = { 0 }, out = { 0 };
	size_t n, i;

	(void)state;
	for (n = MOST; n <= MOST + 1; n++) {
		line.len = 0;
		t_append(&line, S("{\"a\":"));
		for (i = 0; i < n; i++)
			t_append(&line, i % 3 == 0 && i + 1 < n ? S("{\"a\":") : S("["));
		for (i = n; i-- > 0; )
			t_append(&line, i % 3 == 0 && i + 1 < n ? S("}") : S("]"));
		t_append(&line, S(",\"text\":\"x\"}"));
		assert_int_equal(decode(t_slice(&line), S("text"), &out, &fault),
				 n == MOST ? BP_JSON_LINE_TEXT : BP_JSON_LINE_DAMAGED);
	}
	bp_buf_release(&line);
	bp_buf_release(&out);
}

static void append_escape(uint32_t code, uint64_t *rng, struct buf *line)
{
	char text[8];

	snprintf(text, sizeof(text), t_below(rng, 2) == 0 ? "\\u%04x" : "\\u%04X", (unsigned)code);
	t_append(line, t_string(text));
}

/* Append a string of JSON; 'escapes' of 8 characters are escaped. */
static void append_string(struct slice text, size_t escapes, uint64_t *rng, struct buf *line)
{
	uint32_t code;
	size_t i, k;

	t_append(line, S("\""));
	for (i = 0; i < text.n; i += k) {
		k = bp_utf8_unit(text.p + i, text.n - i);
		if (bp_utf8_length(text.p + i, text.n - i) == 0) {
			t_append(line, (struct slice){ text.p + i, k });
			continue;
		}
		code = bp_utf8_decode(text.p + i, k);
		if (code >= 0x20 && code != '"' && code != '\\' && t_below(rng, 8) >= escapes) {
			t_append(line, (struct slice){ text.p + i, k });
		} else if (code < 0x10000) {
			append_escape(code, rng, line);
		} else {
			append_escape(0xD7C0 + (code >> 10), rng, line);
			append_escape(0xDC00 + (code & 0x3FF), rng, line);
		}
	}
	t_append(line, S("\""));
}

/* A random text without the byte FF. */
static void random_text(uint64_t *rng, size_t most, struct buf *text)
{
	size_t i;

	text->len = 0;
	t_mixed_text(rng, t_below(rng, most + 1), text);
	for (i = 0; i < text->len; i++)
		if (text->data[i] == 0xFF)
			text->data[i] = 0xFE;
}

static void append_object(struct slice text, uint64_t *rng, struct buf *line)
{
	static const struct slice other[] = {
		S_INIT("\"id\":17,"), S_INIT("\"Text\" : \"no\" , "), S_INIT("\"m\":{\"text\":\"no\"},"),
		S_INIT("\"l\":[[],{},\"]}\",-1.5e9],"), S_INIT("\"text\":false,")
	};

	t_append(line, S("{"));
	while (t_below(rng, 2) == 0)
		t_append(line, other[t_below(rng, 5)]);
	t_append(line, t_below(rng, 4) == 0 ? S("\"t\\u0065xt\" : ") : S("\"text\":"));
	append_string(text, t_below(rng, 9), rng, line);
	t_append(line, t_below(rng, 2) == 0 ? S("}") : S(", \"z\":null}\t"));
}

static void random_texts_come_back_and_no_part_of_a_line_is_one(void **state)
{
	struct buf text = { 0 }, line = { 0 }, out = { 0 };
	struct json_line_fault fault;
	uint64_t rng = 3;
	enum json_line got;
	size_t i, n;

	(void)state;
	for (i = 0; i < 400; i++) {
		random_text(&rng, 40, &text);
		line.len = 0;
		append_object(t_slice(&text), &rng, &line);
		assert_int_equal(decode(t_slice(&line), S("text"), &out, &fault),
				 BP_JSON_LINE_TEXT);
		T_SAME(t_slice(&out), t_slice(&text));
		while (line.data[line.len - 1] != '}')
			line.len--;
		for (n = 1; n < line.len; n++) {
			got = decode((struct slice){ line.data, n }, S("text"), &out, &fault);
			T_OK(got == BP_JSON_LINE_DAMAGED && fault.at <= n, "line %zu cut at %zu", i,
			     n);
		}
	}
	bp_buf_release(&text);
	bp_buf_release(&line);
	bp_buf_release(&out);
}

/* Lines, and the stream that they give. */
static void make_lines(uint64_t *rng, size_t n, size_t longest, struct buf *lines,
		       struct buf *stream)
{
	struct buf text = { 0 };

	for (lines->len = stream->len = 0; n > 0; n--) {
		if (t_below(rng, 8) == 0)
			t_append(lines, t_below(rng, 2) == 0 ? S("\n") : S(" \r\n"));
		random_text(rng, t_below(rng, 4) == 0 ? longest : 6, &text);
		append_object(t_slice(&text), rng, lines);
		t_append(lines, n > 1 ? S("\n") : S(""));
		t_append(stream, t_slice(&text));
		assert_true(bp_buf_byte(stream, BP_JSON_LINES_MARK));
	}
	bp_buf_release(&text);
}

static void read_all(struct reader *r, struct buf *got)
{
	struct chunk c = { 0 };
	bool more = true;
	bp_error err;

	for (;;) {
		T_OK(bp_reader_fill(r, &c, &more, &err) == BP_OK, "%s", err.msg);
		if (!more)
			break;
		t_append(got, t_slice(&c.data));
		if (c.end == BP_EDGE_TEXT && c.data.len > 0)
			assert_int_equal(c.data.data[c.data.len - 1], BP_JSON_LINES_MARK);
		if (c.ends_file)
			assert_int_equal(c.end, BP_EDGE_TEXT);
		if (r->prompt && c.data.len > 0 && c.data.len < r->size)
			assert_int_equal(bp_count_byte(t_slice(&c.data), BP_JSON_LINES_MARK),
					 c.end == BP_EDGE_TEXT);
	}
	bp_buf_release(&c.data);
}

/* Read two files in chunks of a size. */
static void check_size(const char *const *path, size_t size, bool prompt, struct slice want)
{
	struct reader r = { .path = path, .n_paths = 2, .records = BP_JSONL, .size = size,
			    .prompt = prompt };
	struct buf got = { 0 };

	read_all(&r, &got);
	T_SAME(t_slice(&got), want);
	bp_reader_release(&r);
	bp_buf_release(&got);
}

static void chunks_of_every_size_give_the_texts(void **state)
{
	struct buf lines[2] = { { 0 } }, stream[2] = { { 0 } };
	struct t_file file[2];
	const char *const path[] = { file[0].path, file[1].path };
	uint64_t rng = 4;
	size_t size, i;

	(void)state;
	for (i = 0; i < 2; i++) {
		make_lines(&rng, 40, 60, &lines[i], &stream[i]);
		t_file_make(&file[i], t_slice(&lines[i]));
	}
	t_append(&stream[0], t_slice(&stream[1]));
	for (size = 1; size < 300; size++) {
		check_size(path, size, false, t_slice(&stream[0]));
		check_size(path, size, true, t_slice(&stream[0]));
	}
	for (i = 0; i < 2; i++) {
		t_file_remove(&file[i]);
		bp_buf_release(&lines[i]);
		bp_buf_release(&stream[i]);
	}
}

/* Lines longer than a read of the file, and texts longer than a chunk. */
static void long_lines_are_read_whole(void **state)
{
	struct buf lines = { 0 }, stream = { 0 };
	struct t_file file;
	const char *const path[] = { file.path, file.path };
	uint64_t rng = 5;
	size_t n;

	(void)state;
	make_lines(&rng, 30, 200000, &lines, &stream);
	assert_true(lines.len > 1000000);
	t_file_make(&file, t_slice(&lines));
	n = stream.len;
	assert_true(bp_buf_reserve(&stream, n));
	memcpy(stream.data + n, stream.data, n);
	stream.len = 2 * n;
	check_size(path, 0, false, t_slice(&stream));
	check_size(path, 70000, false, t_slice(&stream));
	t_file_remove(&file);
	bp_buf_release(&lines);
	bp_buf_release(&stream);
}

static void bad_lines_are_named_or_skipped_and_counted_once(void **state)
{
	struct t_file file[2];
	const char *const path[] = { file[0].path, file[1].path };
	bp_skipped_lines skipped = { 0 };
	struct reader init = { .path = path, .n_paths = 2, .records = BP_JSONL }, r = init;
	struct chunk c = { 0 };
	struct buf got = { 0 };
	bp_error err = { 0 };
	bool more;
	size_t i;

	(void)state;
	t_file_make(&file[0], S("\xEF\xBB\xBF{\"body\":\"a\"}\n\n{\"body\":2}\n{\"body\":\"b\"}\nx\n"));
	t_file_make(&file[1], S("{\"body\":\"c\"}\n\xEF\xBB\xBF{\"body\":\"d\"}"));
	init.json.field = "body";
	r = init;
	assert_int_equal(bp_reader_fill(&r, &c, &more, &err), BP_EFORMAT);
	assert_non_null(strstr(err.msg, ": line 3: no string with the name \"body\""));
	assert_true(strstr(err.msg, path[0]) == err.msg);
	bp_reader_release(&r);
	init.json.skip_bad = true;
	init.json.skipped = &skipped;
	for (i = 0; i < 2; i++) {		/* twice: the lines are counted once */
		r = init;
		got.len = 0;
		read_all(&r, &got);
		T_SAME(t_slice(&got), S("a\xFF" "b\xFF" "c\xFF"));
		assert_int_equal(skipped.lines, 3);
		assert_non_null(strstr(skipped.first.msg, ": line 3: "));
		bp_reader_release(&r);
	}
	bp_buf_release(&c.data);
	bp_buf_release(&got);
	t_file_remove(&file[0]);
	t_file_remove(&file[1]);
}

static void files_without_lines_have_no_text(void **state)
{
	static const struct slice content[] = { S_INIT(""), S_INIT("\n"), S_INIT(" \r\n\n\t"),
						S_INIT("\xEF\xBB\xBF") };
	struct reader r;
	struct t_file file;
	const char *path = file.path;
	struct buf got = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		t_file_make(&file, content[i]);
		r = (struct reader){ .path = &path, .n_paths = 1, .records = BP_JSONL };
		read_all(&r, &got);
		assert_int_equal(got.len, 0);
		bp_reader_release(&r);
		t_file_remove(&file);
	}
	bp_buf_release(&got);
}

/* Read weighted lines in chunks of a size: text i of all files is text[i], with weight[i]. */
static void check_weights(const char *const *path, size_t size, struct slice want,
			  const uint64_t *weight, size_t n)
{
	struct reader r = { .path = path, .n_paths = 2, .weighted = true, .size = size };
	struct chunk c = { 0 };
	struct buf got = { 0 };
	bool more = true;
	size_t at = 0, i;
	bp_error err;

	for (;;) {
		T_OK(bp_reader_fill(&r, &c, &more, &err) == BP_OK, "%s", err.msg);
		if (!more)
			break;
		t_append(&got, t_slice(&c.data));
		for (i = 0; i < c.n_weights; i++) {
			T_OK(at + i < n && c.weight[i] == weight[at + i], "chunks of %zu bytes: "
			     "text %zu", size, at + i);
		}
		assert_int_equal(c.weight[c.n_weights], 1);
		at += bp_count_byte(t_slice(&c.data), '\n');
	}
	assert_int_equal(at, n);
	T_SAME(t_slice(&got), want);
	bp_chunk_release(&c);
	bp_buf_release(&got);
	bp_reader_release(&r);
}

static void chunks_have_the_weights_of_their_texts(void **state)
{
	enum { N = 60 };
	struct buf lines[2] = { { 0 } }, texts = { 0 };
	uint64_t rng = 11, weight[N];
	char number[32];
	struct t_file file[2];
	const char *const path[] = { file[0].path, file[1].path };
	size_t i, k, size;

	(void)state;
	for (i = 0; i < N; i++) {
		weight[i] = i == 7 ? INT64_MAX : 1 + t_below(&rng, 1000);
		for (k = t_below(&rng, i % 9 == 0 ? 70 : 7); k > 0; k--) {
			unsigned char byte = (unsigned char)"a\t0\xC3\r"[t_below(&rng, 5)];

			assert_true(bp_buf_byte(&texts, byte) &&
				    bp_buf_byte(&lines[i % N / (N / 2)], byte));
		}
		snprintf(number, sizeof(number), "\t%llu%s%s", (unsigned long long)weight[i],
			 i % 5 == 1 ? "\r" : "", i < N - 1 ? "\n" : "");
		t_append(&lines[i % N / (N / 2)], t_string(number));
		assert_true(bp_buf_byte(&texts, '\n'));
	}
	for (i = 0; i < 2; i++)
		t_file_make(&file[i], t_slice(&lines[i]));
	for (size = 1; size < 200; size++)
		check_weights(path, size, t_slice(&texts), weight, N);
	for (i = 0; i < 2; i++) {
		t_file_remove(&file[i]);
		bp_buf_release(&lines[i]);
	}
	bp_buf_release(&texts);
}

static void lines_without_a_weight_are_refused_with_their_number(void **state)
{
	static const struct { const char *line, *fault; } bad[] = {
		{ "", "a tab and a count are missing" },
		{ "text", "a tab and a count are missing" },
		{ "text\t", "a count is missing" },
		{ "text\t\r", "a count is missing" },
		{ "text\t0", "a count of zero" },
		{ "text\t-1", "a count that is not an integer" },
		{ "text\t1.5", "a count that is not an integer" },
		{ "text\t1\t", "a count is missing" },
		{ "text\t 1", "a count that is not an integer" },
		{ "text\t9223372036854775808", "the count is too large" },
	};
	char text[100], want[300];
	struct chunk c = { 0 };
	struct reader r;
	struct t_file file;
	const char *path;
	bool more;
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "a\t1\nb\t2\n%s\nc\t3\n", bad[i].line);
		t_file_make(&file, t_string(text));
		path = file.path;
		r = (struct reader){ .path = &path, .n_paths = 1, .weighted = true };
		assert_int_equal(bp_reader_fill(&r, &c, &more, &err), BP_EFORMAT);
		snprintf(want, sizeof(want), "%s: line 3: %s", path, bad[i].fault);
		assert_string_equal(err.msg, want);
		bp_reader_release(&r);
		t_file_remove(&file);
	}
	bp_chunk_release(&c);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_gives_its_text),
		cmocka_unit_test(a_line_without_a_text_is_known),
		cmocka_unit_test(a_damaged_line_is_refused_with_the_place),
		cmocka_unit_test(values_may_be_nested_to_a_limit),
		cmocka_unit_test(random_texts_come_back_and_no_part_of_a_line_is_one),
		cmocka_unit_test(chunks_of_every_size_give_the_texts),
		cmocka_unit_test(long_lines_are_read_whole),
		cmocka_unit_test(bad_lines_are_named_or_skipped_and_counted_once),
		cmocka_unit_test(files_without_lines_have_no_text),
		cmocka_unit_test(chunks_have_the_weights_of_their_texts),
		cmocka_unit_test(lines_without_a_weight_are_refused_with_their_number)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
