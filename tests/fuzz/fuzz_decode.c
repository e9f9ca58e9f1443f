/* Any bytes as ids, in each format: refused with the place, or the text that they stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

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

/* What lines of ids stand for that are known to be good. */
static void lines(const bp_model *m, struct slice in, bp_records records, struct buf *out)
{
	const char *piece;
	uint32_t id;
	size_t n;

	while (in.n > 0) {
		if (*in.p == '\n' && records != BP_WHOLE)
			FUZZ_CHECK(bp_buf_byte(out, records == BP_NULS ? '\0' : '\n'));
		if (*in.p < '0' || *in.p > '9') {
			fuzz_byte(&in);
			continue;
		}
		for (id = 0; in.n > 0 && *in.p >= '0' && *in.p <= '9'; )
			id = id * 10 + fuzz_byte(&in) - '0';
		piece = bp_piece(m, id, &n);
		FUZZ_CHECK(id < bp_vocab_size(m));
		if (piece != NULL)
			fuzz_append(out, (struct slice){ (const unsigned char *)piece, n });
	}
}

static void check(const bp_model *m, struct slice in, bp_format format, bp_records records,
		  bool good)
{
	struct buf got = { 0 }, want = { 0 };

	if (format == BP_FORMAT_U16 || format == BP_FORMAT_U32)
		FUZZ_CHECK(raw(m, in, format == BP_FORMAT_U16 ? 2 : 4, &want) == good);
	if (good) {
		fuzz_read(fuzz_path("out"), &got);
		if (format == BP_FORMAT_IDS)
			lines(m, in, records, &want);
		FUZZ_CHECK(fuzz_same(fuzz_slice(&got), fuzz_slice(&want)));
	}
	bp_buf_release(&got);
	bp_buf_release(&want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const bp_format formats[] = { BP_FORMAT_IDS, BP_FORMAT_U16, BP_FORMAT_U32,
					     BP_FORMAT_IDS };
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in);
	bp_format format = formats[how & 3];
	const bp_model *m = fuzz_model(how >> 5);
	const char *path = fuzz_path("in");
	bp_input input = { .path = &path, .n_paths = 1, .threads = 1,
			   .records = (bp_records)((how >> 2) % 3) };
	bp_error err = { .code = BP_OK };
	bool good;

	fuzz_write(path, in);
	good = bp_decode_files(m, &input, fuzz_path("out"), format, &err) == BP_OK;
	FUZZ_CHECK(good || (err.code == BP_EFORMAT && strstr(err.msg, path) != NULL));
	check(m, in, format, input.records, good);
	remove(fuzz_path("out"));
	return 0;
}
