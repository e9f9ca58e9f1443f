/*
 * rowfile.h - files of count rows, binary or text; written and read as streams, without seeking.
 *
 * Binary: the eight bytes "bprows1\n"; then for each row the number of bytes that its key shares
 * with the previous key, the number of the remaining bytes, the remaining bytes, and the count;
 * then two zero bytes; then the checksum (checksum.h) of all bytes before it, as a 64-bit
 * little-endian integer.  Numbers are in LEB128.  Keys strictly ascend.
 *
 * Text: one line per row: the key in lower-case hexadecimal, a tab, the count in decimal.  Lines
 * are sorted by bytes, as LC_ALL=C sort does.  Equal keys may follow each other; the reader of
 * the rows adds their counts.  So standard tools can sort, split and join text files.
 *
 * A writer or reader belongs to one thread.  Errors name the file and the offset or line.
 */
#ifndef BP_ROWFILE_H
#define BP_ROWFILE_H

#include <stdio.h>

#include "base/checksum.h"
#include "counts/row.h"
#include "io/outfile.h"

enum row_format { ROWS_BINARY, ROWS_TEXT };

/* The stream and its name are borrowed; the caller flushes and closes the stream. */
struct row_writer {
	FILE *f;
	const char *name;
	enum row_format format;
	struct buf out;		/* encoded rows that are not written to f yet */
	struct buf last;	/* the previous key */
	struct buf key;		/* of bp_rows_put() */
	struct checksum sum;	/* of the bytes written to f; binary only */
	uint64_t bytes;		/* size of the file so far, 'out' included */
};

bp_status bp_rows_begin(struct row_writer *w, FILE *f, const char *name, enum row_format format,
			bp_error *err);
/* Keys must come in ascending order and have 1 to ROW_KEY_MAX bytes. */
bp_status bp_rows_write(struct row_writer *w, const struct row *r, bp_error *err);
/* As bp_rows_write(), for a row of that kind and body. */
bp_status bp_rows_put(struct row_writer *w, enum row_kind kind, struct slice body, uint64_t count,
		      bp_error *err);
/* Write what is buffered, and in binary the end and the checksum. */
bp_status bp_rows_end(struct row_writer *w, bp_error *err);
/* The checksum that bp_rows_end() wrote; binary only. */
uint64_t bp_rows_checksum(const struct row_writer *w);
void bp_rows_release(struct row_writer *w);
/*
 * Finish rows in a file of their own: if 'st' is BP_OK, end them and commit the file, else abort
 * it.  Both are released.  Returns 'st', or the status of that.
 */
bp_status bp_rows_commit(struct row_writer *w, struct outfile *file, bp_status st, bp_error *err);

/* Write all rows of a source. */
bp_status bp_rows_copy(struct row_writer *w, struct source *from, bp_error *err);

/* A source.  The stream and its name are borrowed; the stream is read from its offset to its end.
 */
struct row_reader {
	struct source source;
	FILE *f;
	enum row_format format;
	unsigned char *buf;	/* a part of the stream */
	size_t at, len;		/* in 'buf': bytes consumed, bytes filled */
	size_t hashed;		/* in 'buf': bytes that 'sum' has seen, at most 'at' */
	uint64_t passed;	/* bytes of the stream before 'buf' */
	uint64_t line;		/* text: number of the current line, from 1 */
	struct buf key;		/* of the current row */
	struct buf spare;	/* text: the previous key */
	struct checksum sum;
	const uint64_t *expected;	/* binary: required checksum, or NULL; borrowed */
	bool ended;
};

/* The first bytes decide between binary and text. */
bp_status bp_row_reader_init(struct row_reader *r, FILE *f, const char *name, bp_error *err);
void bp_row_reader_release(struct row_reader *r);

/* Do n bytes begin as a binary file of rows does? */
bool bp_rows_are_binary(const void *bytes, size_t n);

#endif
