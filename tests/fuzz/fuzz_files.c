/*
 * A file of any bytes, encoded and decoded as files are, in each format and mode, on several threads,
 * by the best segmentation or a random one: the normal form of the text comes back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "api/format.h"
#include "bytepiece_files.h"

/* Bytes of text, which may be far more than those of the input: few of them are long. */
enum { LONG = 400000, SHORT = 5000 };

struct way {
	const bp_model *m;
	bp_encode_options o;
	bp_input in;
};

static void encode(const struct way *w, const char *out)
{
	bp_error err = { .code = BP_OK };

	FUZZ_CHECK(bp_encode_files(w->m, &w->in, out, &w->o, &err) == BP_OK);
}

/* Make a line of ids of each object's "ids", the first of its members. */
static void take_ids(const char *path)
{
	static const char key[] = "\"ids\"";
	struct buf json = { 0 }, ids = { 0 };
	struct slice s;
	unsigned c;

	fuzz_read(path, &json);
	for (s = fuzz_slice(&json); s.n > 0; ) {
		while (s.n > 0 && *s.p != '[')
			FUZZ_CHECK(s.n >= sizeof(key) && fuzz_byte(&s) != '\n');
		FUZZ_CHECK(s.p - json.data >= 6 && s.n > 0);
		for (fuzz_byte(&s); (c = fuzz_byte(&s)) != ']'; )
			FUZZ_CHECK(s.n > 0 && bp_buf_byte(&ids, c == ',' ? ' ' : (unsigned char)c));
		FUZZ_CHECK(bp_buf_byte(&ids, '\n'));
		while (s.n > 0 && fuzz_byte(&s) != '\n')
			;
	}
	fuzz_write(path, fuzz_slice(&ids));
	bp_buf_release(&json);
	bp_buf_release(&ids);
}

static void decode(const struct way *w, const char *path, const char *out)
{
	bp_input in = w->in;
	bp_error err = { .code = BP_OK };
	bp_decode_options o = { .format = w->o.format };

	in.path = &path;
	if (o.format == BP_FORMAT_JSON) {
		take_ids(path);
		o.format = BP_FORMAT_IDS;
	}
	FUZZ_CHECK(bp_decode_files(w->m, &in, out, &o, &err) == BP_OK);
}

/* Without terminators the end marks are lost; in JSON all texts have one. */
static void change_ends(const struct way *w, struct buf *text)
{
	unsigned char end = w->in.records == BP_NULS ? '\0' : '\n';
	size_t i, n = 0;

	if (w->in.records == BP_WHOLE)
		return;
	if (w->o.format == BP_FORMAT_JSON) {
		if (text->len > 0 && text->data[text->len - 1] != end)
			FUZZ_CHECK(bp_buf_byte(text, end));
		return;
	}
	if (bp_format_row(w->o.format)->terminator != 0)
		return;
	for (i = 0; i < text->len; i++)
		if (text->data[i] != end)
			text->data[n++] = text->data[i];
	text->len = n;
}

static void check_back(const struct way *w, struct slice text)
{
	struct buf scratch = { 0 }, want = { 0 }, got = { 0 };

	fuzz_append(&want, fuzz_normal(w->m, text, &scratch));
	change_ends(w, &want);
	fuzz_read(fuzz_path("back"), &got);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&want), fuzz_slice(&got)));
	bp_buf_release(&want);
	bp_buf_release(&got);
	bp_buf_release(&scratch);
}

/* On one thread the same comes out. */
static void check_threads(struct way *w)
{
	struct buf a = { 0 }, b = { 0 };

	fuzz_read(fuzz_path("out"), &a);
	w->in.threads = 1;
	encode(w, fuzz_path("b"));
	fuzz_read(fuzz_path("b"), &b);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&a), fuzz_slice(&b)));
	bp_buf_release(&a);
	bp_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in), more = fuzz_byte(&in);
	const char *path = fuzz_path("in");
	struct way w = {
		.m = fuzz_model(how >> 5),
		.o = { .format = fuzz_format(how, true), .sample = (more >> 1 & 3) == 3,
		       .alpha = (more >> 3 & 3) * 0.4, .seed = more >> 5,
		       .sampler = (bp_sampler)(more >> 4 & 1) },
		.in = { .path = &path, .n_paths = 1, .records = (bp_records)((how >> 2) % 3),
			.threads = 1 + (more & 1) * 2 }
	};
	struct buf text = { 0 };

	fuzz_text(in, w.m, size % 8 == 0 ? LONG : SHORT, &text);
	fuzz_write(path, fuzz_slice(&text));
	if (w.o.format == BP_FORMAT_JSON)
		w.o.sample = false;
	encode(&w, fuzz_path("out"));
	if (w.in.threads > 1)
		check_threads(&w);
	decode(&w, fuzz_path("out"), fuzz_path("back"));
	check_back(&w, fuzz_slice(&text));
	bp_buf_release(&text);
	return 0;
}
