/*
 * Counts, binary (the checksum is made right) and as text: refused, or, written in either form and
 * read again, the same rows; and merged with themselves, the same keys with their counts doubled.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "counts/row.h"
#include "counts/rowfile.h"

struct opened {
	FILE *f;
	struct row_reader reader;
	bool ok;
};

static void open_rows(struct opened *o, const struct buf *file, bp_error *err)
{
	/* A stream of no bytes cannot be had everywhere. */
	o->f = file->len > 0 ? fmemopen(file->data, file->len, "rb") : tmpfile();
	FUZZ_CHECK(o->f != NULL);
	o->ok = bp_row_reader_init(&o->reader, o->f, "fuzz", err) == BP_OK;
}

static void close_rows(struct opened *o)
{
	if (o->ok)
		bp_row_reader_release(&o->reader);
	fclose(o->f);
}

/* Write the rows of n files merged into 'out' (if there are any); false if that fails. */
static bool copy(struct buf *file, size_t n, enum row_format format, struct buf *out, bp_error *err)
{
	struct opened o[2];
	struct source *source[2];
	struct row_writer w = { .f = NULL };
	struct merge merge = { .n = 0 };
	bool ok = true;
	char *data = NULL;
	size_t len = 0, i;
	FILE *to = open_memstream(&data, &len);

	FUZZ_CHECK(to != NULL);
	for (i = 0; i < n; i++) {
		open_rows(&o[i], file, err);
		source[i] = &o[i].reader.source;
		ok = ok && o[i].ok;
	}
	ok = ok && bp_merge_init(&merge, source, n, err) == BP_OK &&
	     bp_rows_begin(&w, to, "out", format, err) == BP_OK &&
	     bp_rows_copy(&w, &merge.source, err) == BP_OK && bp_rows_end(&w, err) == BP_OK;
	bp_rows_release(&w);
	bp_merge_release(&merge);
	for (i = 0; i < n; i++)
		close_rows(&o[i]);
	FUZZ_CHECK(fclose(to) == 0);
	out->len = 0;
	FUZZ_CHECK(bp_buf_append(out, data, len));
	free(data);
	return ok;
}

/* Read once more and written in the other form, it is the same. */
static void check_same(struct buf *binary, struct buf *text)
{
	struct buf again = { 0 };
	bp_error err;

	FUZZ_CHECK(copy(binary, 1, ROWS_TEXT, &again, &err));
	FUZZ_CHECK(fuzz_same(fuzz_slice(&again), fuzz_slice(text)));
	if (text->len > 0) {
		FUZZ_CHECK(copy(text, 1, ROWS_BINARY, &again, &err));
		FUZZ_CHECK(fuzz_same(fuzz_slice(&again), fuzz_slice(binary)));
	}
	bp_buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf file = { 0 }, binary = { 0 }, text = { 0 }, twice = { 0 };
	bp_error err = { .code = BP_OK };

	fuzz_append(&file, (struct slice){ data, size });
	fuzz_seal(&file);
	if (copy(&file, 1, ROWS_BINARY, &binary, &err)) {
		FUZZ_CHECK(copy(&file, 1, ROWS_TEXT, &text, &err));
		check_same(&binary, &text);
		/* A count may be too large for this. */
		if (copy(&binary, 2, ROWS_TEXT, &twice, &err))
			FUZZ_CHECK(bp_count_byte(fuzz_slice(&twice), '\n') ==
				   bp_count_byte(fuzz_slice(&text), '\n'));
		else
			FUZZ_CHECK(err.code == BP_EFORMAT);
	} else
		FUZZ_CHECK(err.code == BP_EFORMAT && err.msg[0] != '\0');
	bp_buf_release(&file);
	bp_buf_release(&binary);
	bp_buf_release(&text);
	bp_buf_release(&twice);
	return 0;
}
