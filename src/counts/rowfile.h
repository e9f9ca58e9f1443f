/*
 * rowfile.h - rows as a stream of bytes, binary or text, written and read without seeking.
 *
 * Binary: the eight bytes "bprows1\n"; for each row how many bytes its key shares with the one
 * before, how many more it has, those, and the count (numbers in LEB128); two zeros; a checksum of
 * all that in eight bytes, lowest first.
 *
 * Text: a line per row, the key in lower-case hexadecimal, a tab, the count in decimal; sorted by
 * bytes (LC_ALL=C sort).  A key may stand on several lines in a row, whose counts are added.  So
 * any program that sorts, splits and joins lines may handle it.
 */
#ifndef BP_ROWFILE_H
#define BP_ROWFILE_H

#include <stdio.h>

#include "base/checksum.h"
#include "counts/row.h"

enum row_format { ROWS_BINARY, ROWS_TEXT };

/* The stream and its name are borrowed; the caller flushes and closes. */
struct row_writer {
	FILE *f;
	const char *name;
	enum row_format format;
	struct buf out, last;	/* what is not written yet; the key before */
	struct checksum sum;
	uint64_t bytes;		/* written, the buffer included */
};

bp_status bp_rows_begin(struct row_writer *w, FILE *f, const char *name, enum row_format format,
			bp_error *err);
/* Keys come in ascending order and hold 1 to ROW_KEY_MAX bytes. */
bp_status bp_rows_write(struct row_writer *w, const struct row *r, bp_error *err);
bp_status bp_rows_end(struct row_writer *w, bp_error *err);
/* The checksum of what has been written; after the end. */
uint64_t bp_rows_checksum(const struct row_writer *w);
void bp_rows_release(struct row_writer *w);

/* All rows of a source, to the end. */
bp_status bp_rows_copy(struct row_writer *w, struct source *from, bp_error *err);

/* The stream and its name are borrowed, and the stream is read to its end. */
struct row_reader {
	struct source source;
	FILE *f;
	enum row_format format;
	unsigned char *buf;
	size_t at, len, hashed;	/* in 'buf': read up to, filled up to, part of 'sum' up to */
	uint64_t passed;	/* bytes of the stream before 'buf' */
	uint64_t line;
	struct buf key, spare;	/* spare: of text, the key before */
	struct checksum sum;
	const uint64_t *expected;	/* what the checksum has to be, or NULL; borrowed */
	bool ended;
};

/* Finds out by itself which of the two it is. */
bp_status bp_row_reader_init(struct row_reader *r, FILE *f, const char *name, bp_error *err);
void bp_row_reader_release(struct row_reader *r);

#endif
