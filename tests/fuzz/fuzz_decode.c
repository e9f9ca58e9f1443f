/* Any bytes as ids, in each format: refused with the place, or the text that they stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "api/format.h"
#include "bytepiece_files.h"

/* What raw ids stand for; false if one of them stands for nothing. */
static bool raw(const bp_model *m, struct slice in, unsigned width, struct buf *out)
{
	uint32_t id;
	unsigned i;
	const char *piece;
	size_t n;

	if (in.n % width != 0)
		return false;
	for (; in.n > 0; in.p += width, in.n -= width) {
		for (id = 0, i = width; i-- > 0; )
			id = id << 8 | in.p[i];
		piece = bp_piece(m, id, &n);
		if (piece != NULL)
			fuzz_append(out, (struct slice){ (const unsigned char *)piece, n });
		else if (id >= bp_vocab_size(m))
			return false;
	}
	return true;
}

/* The value of a digit; 16 if it is none. */
static unsigned digit(unsigned char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p = c != 0 ? strchr(digits, c) : NULL;

	return p != NULL ? (unsigned)(p - digits) % 16 : 16;
}

/* What lines of ids stand for that are known to be good. */
static void lines(const bp_model *m, struct slice in, const struct format_row *row,
		  bp_records records, struct buf *out)
{
	const char *piece;
	uint32_t id;
	size_t n;

	while (in.n > 0) {
		if (*in.p == row->terminator && records != BP_WHOLE)
			FUZZ_CHECK(bp_buf_byte(out, records == BP_NULS ? '\0' : '\n'));
		if (digit(*in.p) >= row->base) {
			fuzz_byte(&in);
			continue;
		}
		for (id = 0; in.n > 0 && digit(*in.p) < row->base; )
			id = id * row->base + digit((unsigned char)fuzz_byte(&in));
		piece = bp_piece(m, id, &n);
		FUZZ_CHECK(id < bp_vocab_size(m));
		if (piece != NULL)
			fuzz_append(out, (struct slice){ (const unsigned char *)piece, n });
	}
}

static void check(const bp_model *m, struct slice in, bp_format format, bp_records records,
		  bool good)
{
	const struct format_row *row = bp_format_row(format);
	struct buf got = { 0 }, want = { 0 };

	if (row->width > 0)
		FUZZ_CHECK(raw(m, in, row->width, &want) == good);
	if (good) {
		fuzz_read(fuzz_path("out"), &got);
		if (row->base > 0)
			lines(m, in, row, records, &want);
		FUZZ_CHECK(row->has_objects || fuzz_same(fuzz_slice(&got), fuzz_slice(&want)));
	}
	bp_buf_release(&got);
	bp_buf_release(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in);
	bp_decode_options o = { .format = fuzz_format(how, false) };
	const bp_model *m = fuzz_model(how >> 5);
	const char *path = fuzz_path("in");
	bp_input input = { .path = &path, .n_paths = 1, .threads = 1,
			   .records = (bp_records)((how >> 2) % 3) };
	bp_error err = { .code = BP_OK };
	bool good;

	fuzz_write(path, in);
	good = bp_decode_files(m, &input, fuzz_path("out"), &o, &err) == BP_OK;
	FUZZ_CHECK(good || (err.code == BP_EFORMAT && strstr(err.msg, path) != NULL));
	check(m, in, o.format, input.records, good);
	remove(fuzz_path("out"));
	return 0;
}
