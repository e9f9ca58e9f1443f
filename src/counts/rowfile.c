#include "counts/rowfile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 64 * 1024,	/* bytes written at a time */
	VARINT = 10,		/* most bytes of a number */
	MAGIC = 8,
	SUM = 8,
	LINE = 2 * ROW_KEY_MAX + 64,	/* of text: more than the longest */
	ROOM = BLOCK + LINE	/* of the reader: the longest row, and more */
};
static const unsigned char magic[MAGIC] = { 'b', 'p', 'r', 'o', 'w', 's', '1', '\n' };

static size_t put_varint(unsigned char *p, uint64_t x)
{
	size_t n = 0;

	for (; x >= 0x80; x >>= 7)
		p[n++] = (unsigned char)(x | 0x80);
	p[n++] = (unsigned char)x;
	return n;
}

static bp_status flush(struct row_writer *w, bp_error *err)
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

/* How many bytes two keys begin with in common. */
static size_t shared_bytes(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i;

	for (i = 0; i < n && a.p[i] == b.p[i]; i++)
		;
	return i;
}

static bool put_binary(struct row_writer *w, const struct row *r)
{
	struct slice last = { w->last.data, w->last.len };
	size_t shared = shared_bytes(last, r->key), n = r->key.n - shared;
	unsigned char *p;

	if (!bp_buf_reserve(&w->out, n + 3 * VARINT))
		return false;
	p = w->out.data + w->out.len;
	p += put_varint(p, shared);
	p += put_varint(p, n);
	memcpy(p, r->key.p + shared, n);
	p += n;
	p += put_varint(p, r->count);
	w->out.len = (size_t)(p - w->out.data);
	w->last.len = shared;
	return bp_buf_append(&w->last, r->key.p + shared, n);
}

static bool put_text(struct row_writer *w, const struct row *r)
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

	if (!(w->format == ROWS_BINARY ? put_binary(w, r) : put_text(w, r)))
		return bp_fail_memory(err);
	w->bytes += w->out.len - before;
	return w->out.len < BLOCK ? BP_OK : flush(w, err);
}

bp_status bp_rows_end(struct row_writer *w, bp_error *err)
{
	unsigned char end[SUM];
	uint64_t sum;
	bp_status st;
	size_t i;

	if (w->format == ROWS_TEXT)
		return flush(w, err);
	if (!bp_buf_append(&w->out, "\0\0", 2))
		return bp_fail_memory(err);
	if ((st = flush(w, err)) != BP_OK)
		return st;
	for (sum = bp_checksum(&w->sum), i = 0; i < SUM; i++, sum >>= 8)
		end[i] = (unsigned char)sum;
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
}

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

static bp_status damaged(const struct row_reader *r, const char *what, bp_error *err)
{
	if (r->format == ROWS_TEXT)
		return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ": %s", r->source.name, r->line,
			       what);
	return bp_fail_at(err, r->source.name, r->passed + r->at, "%s", what);
}

/* Have at least n bytes at hand, or all that are left.  False if reading fails. */
static bool top_up(struct row_reader *r, size_t n)
{
	size_t got;

	if (r->len - r->at >= n)
		return true;
	bp_checksum_add(&r->sum, r->buf + r->hashed, r->at - r->hashed);
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

/* A number; false if there is none or it has more than 64 bits. */
static bool take_varint(struct row_reader *r, uint64_t *x)
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

/* Behind the last row: the checksum, and nothing more. */
static bp_status take_end(struct row_reader *r, bp_error *err)
{
	uint64_t sum = 0;
	size_t i;

	/* Hash all up to here, before the checksum itself comes in. */
	bp_checksum_add(&r->sum, r->buf + r->hashed, r->at - r->hashed);
	r->hashed = r->at;
	if (!top_up(r, SUM + 1))
		return bp_fail_errno(err, r->source.name);
	if (r->len - r->at < SUM)
		return damaged(r, "the file ends too early", err);
	for (i = 0; i < SUM; i++)
		sum |= (uint64_t)r->buf[r->at + i] << 8 * i;
	if (sum != bp_checksum(&r->sum))
		return damaged(r, "wrong checksum", err);
	if (r->expected != NULL && sum != *r->expected)
		return damaged(r, "this is another file than was written there", err);
	r->at += SUM;
	if (r->len > r->at)
		return damaged(r, "there is more after the end", err);
	r->ended = true;
	return BP_OK;
}

static bp_status next_binary(struct source *s, struct row *row, bool *more, bp_error *err)
{
	struct row_reader *r = (struct row_reader *)s;
	uint64_t shared, n;

	*more = !r->ended;
	if (r->ended)
		return BP_OK;
	if (!top_up(r, 3 * VARINT))
		return bp_fail_errno(err, s->name);
	if (!take_varint(r, &shared) || !take_varint(r, &n))
		return damaged(r, r->at == r->len ? "the file ends too early" : "no length", err);
	if (shared == 0 && n == 0) {
		*more = false;
		return take_end(r, err);
	}
	if (n == 0 || shared > r->key.len || n > ROW_KEY_MAX - shared)
		return damaged(r, "wrong length", err);
	if (!top_up(r, (size_t)n + VARINT))
		return bp_fail_errno(err, s->name);
	if (r->len - r->at < n)
		return damaged(r, "the file ends too early", err);
	if (shared < r->key.len && r->buf[r->at] <= r->key.data[shared])
		return damaged(r, "keys are not in order", err);
	r->key.len = (size_t)shared;
	if (!bp_buf_append(&r->key, r->buf + r->at, (size_t)n))
		return bp_fail_memory(err);
	r->at += (size_t)n;
	if (r->key.data[0] >= ROW_KINDS)
		return damaged(r, "unknown kind of row", err);
	if (!take_varint(r, &row->count))
		return damaged(r, r->at == r->len ? "the file ends too early" : "no count", err);
	row->key = (struct slice){ r->key.data, r->key.len };
	return BP_OK;
}

static int hex_digit(unsigned char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where the line at r->at ends, its newline at hand; NULL if it does not end. */
static const unsigned char *find_line(struct row_reader *r)
{
	const unsigned char *newline;
	size_t want = 256;

	for (;;) {
		newline = r->len > r->at ? memchr(r->buf + r->at, '\n', r->len - r->at) : NULL;
		if (newline != NULL || r->len - r->at >= LINE)
			return newline;
		if (!top_up(r, want) || r->len - r->at < want)
			return r->len > r->at ? memchr(r->buf + r->at, '\n', r->len - r->at) : NULL;
		want = BP_MIN(2 * want, LINE);
	}
}

/* "hex TAB count", from p to end; the key goes to *key. */
static const char *parse_line(const unsigned char *p, const unsigned char *end, struct buf *key,
			      uint64_t *count)
{
	int high, low;

	for (key->len = 0; p < end && *p != '\t'; p += 2) {
		high = hex_digit(p[0]);
		low = p + 1 < end ? hex_digit(p[1]) : -1;
		if (high < 0 || low < 0)
			return "the key is not in hexadecimal";
		key->data[key->len++] = (unsigned char)(high << 4 | low);
	}
	if (key->len == 0 || key->data[0] >= ROW_KINDS)
		return "unknown kind of row";
	if (key->len > ROW_KEY_MAX)
		return "the key is too long";
	if (p == end || ++p == end)
		return "no tab and count after the key";
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
	end = find_line(r);
	if (ferror(r->f))
		return bp_fail_errno(err, s->name);
	*more = r->len > r->at;
	if (!*more)
		return BP_OK;
	if (end == NULL)
		return damaged(r, r->len - r->at >= LINE ? "the key is too long"
							 : "no newline at the end", err);
	now.len = 0;
	if (!bp_buf_reserve(&now, (size_t)(end - r->buf) - r->at + 1))
		return bp_fail_memory(err);
	r->spare = before;
	r->key = now;
	wrong = parse_line(r->buf + r->at, end, &now, &row->count);
	if (wrong == NULL && bp_slice_compare((struct slice){ before.data, before.len },
					      (struct slice){ now.data, now.len }) > 0)
		wrong = "the lines are not sorted by bytes (LC_ALL=C sort)";
	r->key = now;
	if (wrong != NULL)
		return damaged(r, wrong, err);
	r->at = (size_t)(end + 1 - r->buf);
	row->key = (struct slice){ now.data, now.len };
	return BP_OK;
}

bp_status bp_row_reader_init(struct row_reader *r, FILE *f, const char *name, bp_error *err)
{
	*r = (struct row_reader){ .source = { .name = name, .next = next_binary }, .f = f };
	if ((r->buf = malloc(ROOM)) == NULL)
		return bp_fail_memory(err);
	if (!top_up(r, MAGIC)) {
		bp_row_reader_release(r);
		return bp_fail_errno(err, name);
	}
	if (r->len >= MAGIC && memcmp(r->buf, magic, MAGIC) == 0) {
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
