/*
 * j->p to j->end are the bytes that were read from the input and not parsed.  In memory that is the
 * whole input; of a stream it is one block, which has_byte() refills.  Blanks and the bodies of
 * strings are most of a model file, so that both are passed over eight bytes at a time.
 */
#include "model/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "text/escape.h"
#include "text/utf8.h"

enum { BLOCK = 64 * 1024 };

bp_status bp_json_init(struct json *j, FILE *f, struct slice text, const char *name,
		       bp_error *err)
{
	*j = (struct json){ .name = name, .f = f, .err = err };
	if (f == NULL) {
		j->p = text.p;
		j->end = text.n > 0 ? text.p + text.n : text.p;
		j->offset = text.n;
		return BP_OK;
	}
	if ((j->block = malloc(BLOCK)) == NULL)
		return bp_fail_memory(err);
	j->p = j->end = j->block;
	return BP_OK;
}

/* The string keeps its memory between calls: a model has many strings and one buffer. */
void bp_json_release(struct json *j)
{
	free(j->block);
	bp_buf_release(&j->string);
	*j = (struct json){ 0 };
}

/* j->offset is that of j->end; the bytes up to there are in memory. */
uint64_t bp_json_offset(const struct json *j)
{
	return j->offset - (uint64_t)(j->end - j->p);
}

/* Only the first failure is kept: later ones follow from it, and their offsets would mislead. */
bool bp_json_fail(struct json *j, uint64_t pos, const char *fmt, ...)
{
	char reason[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (j->status == BP_OK)
		j->status = bp_fail_at(j->err, j->name, pos, "%s", reason);
	return false;
}

bool bp_json_fail_memory(struct json *j)
{
	if (j->status == BP_OK)
		j->status = bp_fail_memory(j->err);
	return false;
}

/* True if there is a byte at j->p, after reading a block if need be. */
static bool has_byte(struct json *j)
{
	size_t n;

	if (j->p < j->end)
		return true;
	if (j->f == NULL || j->status != BP_OK)
		return false;
	if (bp_must_stop())
		return bp_json_fail_memory(j);
	errno = 0;
	n = fread(j->block, 1, BLOCK, j->f);
	if (ferror(j->f)) {
		j->status = bp_fail_errno(j->err, j->name);
		return false;
	}
	j->p = j->block;
	j->end = j->block + n;
	j->offset += n;
	return n > 0;
}

/* The first byte from p on that is no blank, or 'end'.  Most blanks of a model file are indents of
 * four and eight. */
static const unsigned char *blanks_end(const unsigned char *p, const unsigned char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
		p++;
		while (end - p >= 8 && bp_load64(p) == 0x2020202020202020u)
			p += 8;
		if (end - p >= 4 && bp_load32(p) == 0x20202020u)
			p += 4;
	}
	return p;
}

int bp_json_peek(struct json *j)
{
	while (j->status == BP_OK && has_byte(j)) {
		if (*j->p > ' ')
			return *j->p;
		j->p = blanks_end(j->p, j->end);
		if (j->p < j->end)
			return *j->p;
	}
	return -1;
}

/* Fail because the input does not continue with 'what'. */
static bool fail_expected(struct json *j, const char *what)
{
	uint64_t pos = bp_json_offset(j);

	return j->p < j->end ? bp_json_fail(j, pos, "%s expected", what)
			     : bp_json_fail(j, pos, "the file ends where %s should be", what);
}

bool bp_json_expect(struct json *j, unsigned char c, const char *what)
{
	if (bp_json_peek(j) != c)
		return fail_expected(j, what);
	j->p++;
	return true;
}

/* A comma before the first value, or none between two, is an error at the offset of the value; a
 * comma before the end is found by the caller, who then reads a value. */
bool bp_json_next(struct json *j, unsigned char close, bool *first)
{
	bool at_first = *first;

	*first = false;
	if (j->status != BP_OK)
		return false;
	if (bp_json_peek(j) == close) {
		j->p++;
		return false;
	}
	if (at_first)
		return true;
	return bp_json_expect(j, ',', close == ']' ? "',' or ']'" : "',' or '}'");
}

/* The four digits after \u. */
static bool hex4(struct json *j, uint32_t *code)
{
	int i, digit;

	*code = 0;
	for (i = 0; i < 4; i++, j->p++) {
		if (!has_byte(j) || (digit = bp_hex_digit(*j->p)) < 0)
			return fail_expected(j, "a hexadecimal digit");
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* Append a code point as UTF-8. */
static bool append_code(struct json *j, uint32_t code)
{
	unsigned char u[4];

	return bp_buf_append(&j->string, u, bp_utf8_encode(code, u)) || bp_json_fail_memory(j);
}

/* \uXXXX, after the u: a character, or the first half of a surrogate pair, which must be followed
 * by the second half. */
static bool unicode_escape(struct json *j, uint64_t pos)
{
	uint32_t code, low;

	if (!hex4(j, &code))
		return false;
	if (code - 0xD800 < 0x400) {
		if (!has_byte(j) || *j->p != '\\')
			return bp_json_fail(j, pos, "half of a surrogate pair");
		j->p++;
		if (!has_byte(j) || *j->p != 'u')
			return bp_json_fail(j, pos, "half of a surrogate pair");
		j->p++;
		if (!hex4(j, &low))
			return false;
		if (low - 0xDC00 >= 0x400)
			return bp_json_fail(j, pos, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	} else if (code - 0xDC00 < 0x400) {
		return bp_json_fail(j, pos, "half of a surrogate pair");
	}
	return append_code(j, code);
}

/* The rest of an escape, after its backslash. */
static bool json_escape(struct json *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint64_t pos = bp_json_offset(j) - 1;
	const char *e;
	unsigned char c;

	if (!has_byte(j))
		return fail_expected(j, "an escape");
	c = *j->p++;
	if (c == 'u')
		return unicode_escape(j, pos);
	if (c == 0 || (e = strchr(from, c)) == NULL)
		return bp_json_fail(j, pos, "no such escape");
	return append_code(j, (uint32_t)to[e - from]);
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* Sets the top bit of each byte that is 0.  Bytes above the lowest of them may be wrong (a borrow
 * reaches them), but only the lowest is used. */
static inline uint64_t zero_bytes(uint64_t x)
{
	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* The first byte from p on that ends a string, begins an escape, or is a control byte; or 'end'. */
static const unsigned char *plain_end(const unsigned char *p, const unsigned char *end)
{
	uint64_t x, others;

	for (; end - p >= 8; p += 8) {
		x = bp_load64(p);
		others = ((x - EACH(0x20)) & ~x & EACH(0x80)) | zero_bytes(x ^ EACH('"')) |
			 zero_bytes(x ^ EACH('\\'));
		if (others != 0)
			return p + bp_lowest_bit(others) / 8;
	}
	while (p < end && *p != '"' && *p != '\\' && *p >= 0x20)
		p++;
	return p;
}

/* A string may cross any number of blocks: its parts between escapes are appended as they come.
 * UTF-8 is checked at the end, since a character may cross blocks, too. */
bool bp_json_string(struct json *j)
{
	uint64_t start;
	const unsigned char *from;

	if (!bp_json_expect(j, '"', "a string"))
		return false;
	start = bp_json_offset(j);
	j->string.len = 0;
	for (;;) {
		if (!has_byte(j))
			return j->status == BP_OK && fail_expected(j, "the end of a string");
		from = j->p;
		j->p = plain_end(from, j->end);
		if (!bp_buf_append(&j->string, from, (size_t)(j->p - from)))
			return bp_json_fail_memory(j);
		if (j->p == j->end)
			continue;
		if (*j->p < 0x20)
			return bp_json_fail(j, bp_json_offset(j), "control character in a string");
		if (*j->p++ == '"')
			break;
		if (!json_escape(j))
			return false;
	}
	return bp_utf8_valid(bp_buf_slice(&j->string)) == j->string.len ||
	       bp_json_fail(j, start, "a string that is not valid UTF-8");
}

/* The rest of a number.  False if it exceeds 2^63 - 1. */
static bool digits(struct json *j, uint64_t *value)
{
	const unsigned char *p;
	uint64_t v = 0, d;
	bool fits = true;

	do {
		for (p = j->p; p < j->end && *p >= '0' && *p <= '9'; p++) {
			d = (uint64_t)(*p - '0');
			fits = v < INT64_MAX / 10 || (v == INT64_MAX / 10 && d <= INT64_MAX % 10);
			if (!fits)
				break;
			v = v * 10 + d;
		}
		j->p = p;
	} while (fits && p == j->end && has_byte(j));
	*value = v;
	return fits;
}

/* Only integers occur in model files. A number with a leading zero, a fraction or an exponent is
 * refused, as JSON (leading zero) or the format of the file (fraction, exponent) requires. */
bool bp_json_number(struct json *j, const char *what, uint64_t *value)
{
	int c = bp_json_peek(j);
	uint64_t pos = bp_json_offset(j), v = 0;

	if (c == -1)
		return fail_expected(j, what);
	if (c == '0') {
		j->p++;
	} else {
		if (c < '0' || c > '9')
			goto bad;
		if (!digits(j, &v))
			return bp_json_fail(j, pos, "%s is too large", what);
	}
	/* 1.5, 1e6, 007 and 12abc are not integers. */
	if (has_byte(j) && *j->p != ',' && *j->p != ']' && *j->p != '}' && *j->p > ' ')
		goto bad;
	*value = v;
	return j->status == BP_OK;
bad:
	return bp_json_fail(j, pos, "%s is not an integer", what);
}

bool bp_json_end(struct json *j)
{
	if (bp_json_peek(j) != -1)
		return bp_json_fail(j, bp_json_offset(j), "more follows after the model");
	return j->status == BP_OK;
}

/* Control bytes have the short escapes where there are any. */
bool bp_json_put(struct buf *out, struct slice s)
{
	static const char short_form[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
	const char *found;
	char hex[8];
	size_t i, k;
	bool ok = bp_buf_byte(out, '"');

	for (i = 0; i < s.n && ok; i += k > 0 ? k : 1) {
		k = bp_utf8_length(s.p + i, s.n - i);
		found = k == 1 && s.p[i] != 0 ? strchr(short_form, s.p[i]) : NULL;
		if (found != NULL) {
			ok = bp_buf_byte(out, '\\') &&
			     bp_buf_byte(out, (unsigned char)letter[found - short_form]);
		} else if (k == 1 && s.p[i] < 0x20) {
			snprintf(hex, sizeof(hex), "\\u%04x", s.p[i]);
			ok = bp_buf_append(out, hex, 6);
		} else {
			ok = bp_buf_append(out, s.p + i, k);
		}
	}
	return ok && bp_buf_byte(out, '"');
}
