/*
 * The writer gathers encoded rows in a buffer and writes it when it holds BLOCK bytes.  The
 * reader keeps a window of the stream in a buffer that always has room for the longest row, so a
 * row is decoded from memory.  Its checksum takes each byte when the byte leaves the window or
 * the end is reached, before the stored checksum is compared.
 *
 * The reader trusts nothing: lengths, order, kinds, the checksum, and the absence of bytes behind
 * the end are checked, so that a truncated or altered file is an error and never a wrong count.
 */
#include "counts/rowfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
	BLOCK = 64 * 1024,	/* bytes per write and read: system calls cost little then */
	VARINT_MAX = 10,	/* bytes of a number of 64 bits */
	MAGIC = 8,
	SUM = 8,
	LONGEST_LINE = 2 * ROW_KEY_MAX + 64,	/* bytes: key, tab, count and newline fit */
	BUFFER = BLOCK + LONGEST_LINE	/* of the reader: a row of any length, and one read more */
};
static const unsigned char magic[MAGIC] = { 'b', 'p', 'r', 'o', 'w', 's', '1', '\n' };
static const char too_early[] = "the file ends too early";

/* Unsigned LEB128: seven bits per byte, lowest first.  Returns the number of bytes. */
static size_t encode_varint(unsigned char *p, uint64_t x)
{
	size_t n = 0;

	for (; x >= 0x80; x >>= 7)
		p[n++] = (unsigned char)(x | 0x80);
	p[n++] = (unsigned char)x;
	return n;
}

/* Text has no checksum: tools may sort, split and join it. */
static bp_status flush_rows(struct row_writer *w, bp_error *err)
{
	errno = 0;
	if (w->format == ROWS_BINARY)
		bp_checksum_add(&w->sum, w->out.data, w->out.len);
	if (w->out.len > 0 && fwrite(w->out.data, 1, w->out.len, w->f) != w->out.len)
		return bp_fail_errno(err, w->name);
	w->out.len = 0;
	return BP_OK;
}

bp_status bp_rows_begin(struct row_writer *w, FILE *f, const char *name, enum row_format format,
			bp_error *err)
{
	*w = (struct row_writer){ .f = f, .name = name, .format = format };
	if (!bp_buf_reserve(&w->out, BLOCK + 64) || !bp_buf_reserve(&w->last, 64) ||
	    (format == ROWS_BINARY && !bp_buf_append(&w->out, magic, MAGIC))) {
		bp_rows_release(w);
		return bp_fail_memory(err);
	}
	w->bytes = w->out.len;
	return BP_OK;
}

static size_t common_prefix(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i;

	for (i = 0; i < n && a.p[i] == b.p[i]; i++)
		;
	return i;
}

/* Sorted keys share long prefixes, so a row stores only the bytes that differ from the key
 * before. */
static bool encode_binary(struct row_writer *w, const struct row *r)
{
	struct slice last = bp_buf_slice(&w->last);
	size_t shared = common_prefix(last, r->key), n = r->key.n - shared;
	unsigned char *p;

	/* One check of the room for the whole row keeps checks out of the encoding. */
	if (!bp_buf_reserve(&w->out, n + 3 * VARINT_MAX))
		return false;
	p = w->out.data + w->out.len;
	p += encode_varint(p, shared);
	p += encode_varint(p, n);
	memcpy(p, r->key.p + shared, n);
	p += n;
	p += encode_varint(p, r->count);
	w->out.len = (size_t)(p - w->out.data);
	w->last.len = shared;
	return bp_buf_append(&w->last, r->key.p + shared, n);
}

static bool encode_text(struct row_writer *w, const struct row *r)
{
	static const char digit[] = "0123456789abcdef";
	unsigned char *p;
	size_t i;
	int n;

	if (!bp_buf_reserve(&w->out, 2 * r->key.n + 32))
		return false;
	p = w->out.data + w->out.len;
	for (i = 0; i < r->key.n; i++) {
		*p++ = (unsigned char)digit[r->key.p[i] >> 4];
		*p++ = (unsigned char)digit[r->key.p[i] & 15];
	}
	n = snprintf((char *)p, 32, "\t%" PRIu64 "\n", r->count);
	w->out.len += 2 * r->key.n + (size_t)n;
	return true;
}

bp_status bp_rows_write(struct row_writer *w, const struct row *r, bp_error *err)
{
	size_t before = w->out.len;

	if (!(w->format == ROWS_BINARY ? encode_binary(w, r) : encode_text(w, r)))
		return bp_fail_memory(err);
	w->bytes += w->out.len - before;
	return w->out.len < BLOCK ? BP_OK : flush_rows(w, err);
}

bp_status bp_rows_put(struct row_writer *w, enum row_kind kind, struct slice body, uint64_t count,
		      bp_error *err)
{
	struct row r;

	return bp_row_set(&r, &w->key, kind, body, count) ? bp_rows_write(w, &r, err)
							  : bp_fail_memory(err);
}

bp_status bp_rows_end(struct row_writer *w, bp_error *err)
{
	unsigned char end[SUM];
	bp_status st;

	if (w->format == ROWS_TEXT)
		return flush_rows(w, err);
	/* No row has a key without bytes, so two zeros cannot begin a row. */
	if (!bp_buf_append(&w->out, "\0\0", 2))
		return bp_fail_memory(err);
	if ((st = flush_rows(w, err)) != BP_OK)
		return st;
	bp_store64(end, bp_checksum(&w->sum));
	w->bytes += 2 + SUM;
	errno = 0;
	return fwrite(end, 1, SUM, w->f) == SUM ? BP_OK : bp_fail_errno(err, w->name);
}

uint64_t bp_rows_checksum(const struct row_writer *w)
{
	return bp_checksum(&w->sum);
}

void bp_rows_release(struct row_writer *w)
{
	bp_buf_release(&w->out);
	bp_buf_release(&w->last);
	bp_buf_release(&w->key);
}

bp_status bp_rows_commit(struct row_writer *w, struct outfile *file, bp_status st, bp_error *err)
{
	if (st == BP_OK && (st = bp_rows_end(w, err)) == BP_OK)
		st = bp_out_commit(file, err);
	bp_rows_release(w);
	bp_out_abort(file);
	return st;
}

/* The key of a row is valid until the next call of next(), so it is written before. */
bp_status bp_rows_copy(struct row_writer *w, struct source *from, bp_error *err)
{
	bool more = true;
	struct row r;
	bp_status st;

	while ((st = from->next(from, &r, &more, err)) == BP_OK && more)
		if ((st = bp_rows_write(w, &r, err)) != BP_OK)
			break;
	return st;
}

/* Fail with the line (text) or the offset (binary) of the fault. */
static bp_status fail_damaged(const struct row_reader *r, const char *what, bp_error *err)
{
	if (r->format == ROWS_TEXT)
		return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ": %s", r->source.name, r->line,
			       what);
	return bp_fail_at(err, r->source.name, r->passed + r->at, "%s", what);
}

/* Fill the buffer with at least n unread bytes, or all that are left.  False if reading fails. */
static bool refill(struct row_reader *r, size_t n)
{
	size_t got;

	if (r->len - r->at >= n)
		return true;
	bp_checksum_add(&r->sum, r->buf + r->hashed, r->at - r->hashed);
	/* Consumed bytes leave the buffer; they are in the checksum. */
	memmove(r->buf, r->buf + r->at, r->len - r->at);
	r->passed += r->at;
	r->len -= r->at;
	r->at = r->hashed = 0;
	while (r->len < n) {
		errno = 0;
		got = fread(r->buf + r->len, 1, BP_MAX(BLOCK, n - r->len), r->f);
		r->len += got;
		if (ferror(r->f))
			return false;
		if (got == 0)
			break;
	}
	return true;
}

/* Decode a number.  False if the bytes end, or if it has over 64 bits or more bytes than it needs:
 * each number has one encoding, so equal rows are equal files. */
static bool decode_varint(struct row_reader *r, uint64_t *x)
{
	unsigned shift = 0;
	unsigned char c;

	for (*x = 0; r->at < r->len && shift < 70; shift += 7) {
		c = r->buf[r->at++];
		if (shift == 63 && c > 1)
			return false;
		*x |= (uint64_t)(c & 0x7F) << shift;
		if (c < 0x80)
			return shift == 0 || c != 0;
	}
	return false;
}

/* After the last row: the checksum must be right, and the stream must end. */
static bp_status decode_end(struct row_reader *r, bp_error *err)
{
	uint64_t sum;

	/* Add the remaining rows to the sum; the stored checksum is not part of it. */
	bp_checksum_add(&r->sum, r->buf + r->hashed, r->at - r->hashed);
	r->hashed = r->at;
	if (!refill(r, SUM + 1))
		return bp_fail_errno(err, r->source.name);
	if (r->len - r->at < SUM)
		return fail_damaged(r, too_early, err);
	sum = bp_load64(r->buf + r->at);
	if (sum != bp_checksum(&r->sum))
		return fail_damaged(r, "wrong checksum", err);
	/* A file with a valid checksum may still be another file of that name. */
	if (r->expected != NULL && sum != *r->expected)
		return fail_damaged(r, "the file was replaced since it was written", err);
	r->at += SUM;
	if (r->len > r->at)
		return fail_damaged(r, "there are bytes after the end", err);
	r->ended = true;
	return BP_OK;
}

/* The lengths are checked before anything is allocated for them: a damaged file cannot use up the
 * memory. */
static bp_status next_binary(struct source *s, struct row *row, bool *more, bp_error *err)
{
	struct row_reader *r = (struct row_reader *)s;
	uint64_t shared, n;

	*more = !r->ended;
	if (r->ended)
		return BP_OK;
	if (!refill(r, 3 * VARINT_MAX))
		return bp_fail_errno(err, s->name);
	if (!decode_varint(r, &shared) || !decode_varint(r, &n))
		return fail_damaged(r, r->at == r->len ? too_early : "no length", err);
	/* The two zeros of the end. */
	if (shared == 0 && n == 0) {
		*more = false;
		return decode_end(r, err);
	}
	/* A key that shares all its bytes would equal or precede the previous key. */
	if (n == 0 || shared > r->key.len || n > ROW_KEY_MAX - shared)
		return fail_damaged(r, "wrong length", err);
	if (!refill(r, (size_t)n + VARINT_MAX))
		return bp_fail_errno(err, s->name);
	if (r->len - r->at < n)
		return fail_damaged(r, too_early, err);
	/* The first byte that differs decides the order; a key that extends the previous one is
	 * larger. */
	if (shared < r->key.len && r->buf[r->at] <= r->key.data[shared])
		return fail_damaged(r, "keys are not in order", err);
	r->key.len = (size_t)shared;
	if (!bp_buf_append(&r->key, r->buf + r->at, (size_t)n))
		return bp_fail_memory(err);
	r->at += (size_t)n;
	if (r->key.data[0] >= ROW_KINDS)
		return fail_damaged(r, "unknown kind of row", err);
	if (!decode_varint(r, &row->count))
		return fail_damaged(r, r->at == r->len ? too_early : "no count", err);
	row->key = bp_buf_slice(&r->key);
	return BP_OK;
}

/* The value of a lower-case hexadecimal digit, or -1.  Upper case is refused, because in
 * mixed case the order of the lines is not the order of the keys. */
static int lower_hex_value(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The newline of the line at r->at, read into the buffer; NULL if the stream or the longest line
 * ends before it. */
static const unsigned char *find_newline(struct row_reader *r)
{
	const unsigned char *newline;
	size_t want = 256;	/* doubles, so that a long line is searched at most twice */

	for (;;) {
		newline = r->len > r->at ? memchr(r->buf + r->at, '\n', r->len - r->at) : NULL;
		if (newline != NULL || r->len - r->at >= LONGEST_LINE)
			return newline;
		if (!refill(r, want) || r->len - r->at < want)
			return r->len > r->at ? memchr(r->buf + r->at, '\n', r->len - r->at) : NULL;
		want = BP_MIN(2 * want, LONGEST_LINE);
	}
}

/* Decode "hex TAB count" in [p, end) into *key, which has room for end - p bytes, and *count.
 * Returns NULL, or the reason why it is no row. */
static const char *decode_line(const unsigned char *p, const unsigned char *end, struct buf *key,
			       uint64_t *count)
{
	int high, low;

	for (key->len = 0; p < end && *p != '\t'; p += 2) {
		high = lower_hex_value(p[0]);
		low = p + 1 < end ? lower_hex_value(p[1]) : -1;
		if (high < 0 || low < 0)
			return "the key is not in hexadecimal";
		key->data[key->len++] = (unsigned char)(high << 4 | low);
	}
	/* A kind of a newer version must not be skipped: its counts would be missing. */
	if (key->len == 0 || key->data[0] >= ROW_KINDS)
		return "unknown kind of row";
	if (key->len > ROW_KEY_MAX)
		return "the key is too long";
	if (p == end || ++p == end)
		return "no tab and count after the key";
	/* strtoull() would accept signs and blanks, and need a copy that ends with NUL. */
	for (*count = 0; p < end; p++) {
		if (*p < '0' || *p > '9' || *count > (UINT64_MAX - (*p - '0')) / 10)
			return "the count is not a number of 64 bits";
		*count = *count * 10 + (*p - '0');
	}
	return NULL;
}

static bp_status next_text(struct source *s, struct row *row, bool *more, bp_error *err)
{
	struct row_reader *r = (struct row_reader *)s;
	const unsigned char *end;
	struct buf before = r->key, now = r->spare;
	const char *wrong;

	r->line++;
	end = find_newline(r);
	if (ferror(r->f))
		return bp_fail_errno(err, s->name);
	*more = r->len > r->at;
	if (!*more)
		return BP_OK;
	if (end == NULL)
		return fail_damaged(r, r->len - r->at >= LONGEST_LINE ? "the key is too long"
							 : "no newline at the end", err);
	/* Two buffers swap roles, because the order check needs the previous key. */
	now.len = 0;
	if (!bp_buf_reserve(&now, (size_t)(end - r->buf) - r->at + 1))
		return bp_fail_memory(err);
	r->spare = before;
	r->key = now;
	wrong = decode_line(r->buf + r->at, end, &now, &row->count);
	if (wrong == NULL && bp_slice_compare(bp_buf_slice(&before),
					      bp_buf_slice(&now)) > 0)
		wrong = "the lines are not sorted by bytes (LC_ALL=C sort)";
	r->key = now;
	if (wrong != NULL)
		return fail_damaged(r, wrong, err);
	r->at = (size_t)(end + 1 - r->buf);
	row->key = bp_buf_slice(&now);
	return BP_OK;
}

/* Text cannot begin with the magic bytes, since 'b' is followed by 'p', no hexadecimal digit.
 * So any other file is text, and an error message says at which line it is not. */
bp_status bp_row_reader_init(struct row_reader *r, FILE *f, const char *name, bp_error *err)
{
	*r = (struct row_reader){ .source = { .name = name, .next = next_binary }, .f = f };
	if ((r->buf = malloc(BUFFER)) == NULL)
		return bp_fail_memory(err);
	if (!refill(r, MAGIC)) {
		bp_row_reader_release(r);
		return bp_fail_errno(err, name);
	}
	if (bp_rows_are_binary(r->buf, r->len)) {
		r->at = MAGIC;
	} else {
		r->format = ROWS_TEXT;
		r->source.next = next_text;
	}
	return BP_OK;
}

void bp_row_reader_release(struct row_reader *r)
{
	free(r->buf);
	bp_buf_release(&r->key);
	bp_buf_release(&r->spare);
	*r = (struct row_reader){ 0 };
}

bool bp_rows_are_binary(const void *bytes, size_t n)
{
	return n >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}
