/*
 * Any bytes as a file of JSON lines: the reader in chunks of any size gives the texts of its lines
 * one by one, a text written as JSON comes back, and a damaged line tells a place in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "io/text_lines.h"
#include "io/reader.h"

/* The text as a string of JSON with all control characters escaped, and decoded again. */
static void check_text(struct slice text)
{
	struct buf line = { 0 }, back = { 0 };
	struct json_line_fault fault;
	char escape[8];
	size_t i;

	fuzz_append(&line, (struct slice){ (const unsigned char *)"{\"\":\"", 5 });
	for (i = 0; i < text.n; i++) {
		snprintf(escape, sizeof(escape), "\\u%04x", text.p[i]);
		if (text.p[i] < 0x20 || text.p[i] == '"' || text.p[i] == '\\')
			fuzz_append(&line, (struct slice){ (unsigned char *)escape, 6 });
		else
			FUZZ_CHECK(bp_buf_byte(&line, text.p[i]));
	}
	fuzz_append(&line, (struct slice){ (const unsigned char *)"\"}", 2 });
	FUZZ_CHECK(bp_json_line_text(fuzz_slice(&line), (struct slice){ NULL, 0 }, &back, &fault) ==
		   BP_JSON_LINE_TEXT);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&back), text));
	bp_buf_release(&line);
	bp_buf_release(&back);
}

/* Append the texts of the lines with their end marks, and return the number of bad lines. */
static size_t decode_lines(struct slice s, struct slice field, struct buf *out)
{
	struct json_line_fault fault = { 0, NULL };
	struct slice line;
	enum json_line got;
	size_t bad = 0, from;
	bool first = true, ended;

	for (; s.n > 0; first = false) {
		line = bp_next_text(BP_LINES, &s, &ended);
		if (first && line.n >= 3 && memcmp(line.p, "\xEF\xBB\xBF", 3) == 0)
			line = (struct slice){ line.p + 3, line.n - 3 };
		from = out->len;
		got = bp_json_line_text(line, field, out, &fault);
		FUZZ_CHECK(got != BP_JSON_LINE_DAMAGED ||
			   (fault.at <= line.n && fault.why != NULL));
		FUZZ_CHECK(got == BP_JSON_LINE_TEXT || out->len == from);
		bad += got > BP_JSON_LINE_BLANK;
		if (got != BP_JSON_LINE_TEXT)
			continue;
		check_text(bp_buf_part(out, from, out->len));
		FUZZ_CHECK(bp_buf_byte(out, BP_JSON_LINES_MARK));
	}
	return bad;
}

/* Read the file to its end or a fault. */
static bp_status read_chunks(struct reader *r, struct buf *out)
{
	struct chunk c = { 0 };
	bool more = true;
	bp_status st;

	while ((st = bp_reader_fill(r, &c, &more, NULL)) == BP_OK && more)
		fuzz_append(out, fuzz_slice(&c.data));
	bp_reader_release(r);
	bp_buf_release(&c.data);
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in);
	const char *path = fuzz_path("in"), *field = how & 1 ? "text" : "";
	bp_skipped_lines skipped = { 0 };
	struct reader r = { .path = &path, .n_paths = 1, .records = BP_JSONL, .size = 1 + how / 4,
			    .prompt = (how & 2) != 0 };
	struct reader strict;
	struct buf want = { 0 }, got = { 0 };
	size_t bad;

	fuzz_write(path, in);
	r.json.field = field;
	strict = r;
	r.json.skip_bad = true;
	r.json.skipped = &skipped;
	bad = decode_lines(in, (struct slice){ (const unsigned char *)field, strlen(field) }, &want);
	FUZZ_CHECK(read_chunks(&r, &got) == BP_OK);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&got), fuzz_slice(&want)));
	FUZZ_CHECK(skipped.lines == bad);
	got.len = 0;
	FUZZ_CHECK(read_chunks(&strict, &got) == (bad > 0 ? BP_EFORMAT : BP_OK));
	bp_buf_release(&want);
	bp_buf_release(&got);
	return 0;
}
