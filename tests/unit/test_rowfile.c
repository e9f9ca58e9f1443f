/* rowfile.h: rows written and read back, and files that are no rows. */

/* Pipes are POSIX, not C11. */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define HAS_POSIX 1
#define _XOPEN_SOURCE 700
#endif

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAS_POSIX
#include <unistd.h>
#endif

#include "support.h"
#include "counts/rowfile.h"

enum {
	BLOCK = 64 * 1024,	/* as in rowfile.c; with another size the tests hold still */
	MAGIC = 8,
	SUM = 8,
	MOST = 1000
};
static const enum row_format formats[] = { ROWS_BINARY, ROWS_TEXT };

/* Rows whose keys are parts of one random text. */
struct rows {
	struct buf text;
	struct row row[MOST];
	size_t n;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return bp_slice_compare(x->key, y->key);
}

static uint64_t random_count(uint64_t *rng)
{
	switch (t_below(rng, 4)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	default:
		return t_next(rng) >> t_below(rng, 64);
	}
}

static void random_text(uint64_t *rng, size_t n, struct buf *text)
{
	static const unsigned char letter[] = {
		0, 1, ROW_COUNT, ROW_KINDS - 1, ROW_KINDS, 'a', 0x80, 0xFF
	};

	for (text->len = 0; text->len < n; )
		assert_true(bp_buf_byte(text, letter[t_below(rng, sizeof(letter))]));
	text->data[n / 2] = ROW_BLOCK;	/* one at which a key may begin, for certain */
}

/* Up to n rows in order, no two of one key; many keys are prefixes of others. */
static void random_rows(uint64_t *rng, struct rows *s, size_t n, size_t longest)
{
	struct slice key;
	size_t i, at = 0;

	random_text(rng, 2 * longest + 500, &s->text);
	for (i = 0; i < n; i++) {
		key.n = 1 + t_below(rng, t_below(rng, 8) == 0 ? longest : BP_MIN(longest, 12));
		while (t_below(rng, 3) != 0 || s->text.data[at] >= ROW_KINDS)
			at = t_below(rng, s->text.len - longest);
		key.p = s->text.data + at;
		s->row[i] = (struct row){ key, random_count(rng) };
	}
	qsort(s->row, n, sizeof(s->row[0]), compare_rows);
	for (s->n = 0, i = 0; i < n; i++)
		if (s->n == 0 || compare_rows(&s->row[s->n - 1], &s->row[i]) != 0)
			s->row[s->n++] = s->row[i];
}

static uint64_t write_rows(FILE *f, const struct row *row, size_t n, enum row_format format)
{
	struct row_writer w;
	size_t i;

	assert_int_equal(bp_rows_begin(&w, f, "w", format, NULL), BP_OK);
	for (i = 0; i < n; i++)
		assert_int_equal(bp_rows_write(&w, &row[i], NULL), BP_OK);
	assert_int_equal(bp_rows_end(&w, NULL), BP_OK);
	bp_rows_release(&w);
	assert_int_equal(fflush(f), 0);
	return w.bytes;
}

/* A stream that holds rows, at its start. */
static FILE *file_of(const struct row *row, size_t n, enum row_format format)
{
	FILE *f = tmpfile();
	uint64_t bytes;

	assert_non_null(f);
	bytes = write_rows(f, row, n, format);
	assert_int_equal(ftell(f), bytes);
	rewind(f);
	return f;
}

static FILE *stream_of(struct slice bytes)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	if (bytes.n > 0)
		assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
	rewind(f);
	return f;
}

/* All bytes of a stream, which is closed by this. */
static void take_content(FILE *f, struct buf *out)
{
	unsigned char block[4096];
	size_t n;

	out->len = 0;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		assert_true(bp_buf_append(out, block, n));
	assert_int_equal(fclose(f), 0);
}

/* The stream, which is closed by this, gives these rows and then an end that stays. */
static void check_rows(FILE *f, const struct row *want, size_t n)
{
	struct row_reader r;
	bp_error err = { 0 };
	struct row row;
	bool more;
	size_t i;

	assert_int_equal(bp_row_reader_init(&r, f, "rows", &err), BP_OK);
	for (i = 0; i < n + 2; i++) {
		more = i >= n;
		T_OK(r.source.next(&r.source, &row, &more, &err) == BP_OK, "row %zu of %zu: %s", i,
		     n, err.msg);
		T_OK(more == (i < n), "%zu rows, not %zu", i, n);
		if (more) {
			T_SAME(row.key, want[i].key);
			T_OK(row.count == want[i].count, "count of row %zu", i);
		}
	}
	bp_row_reader_release(&r);
	assert_int_equal(fclose(f), 0);
}

/* Read to the end or to the first failure; what comes has to be in order. */
static bp_status read_all(struct slice bytes, size_t *n, bp_error *err)
{
	FILE *f = stream_of(bytes);
	struct buf last = { 0 };
	struct row_reader r;
	struct row row;
	bool more = true;
	bp_status st;

	*err = (bp_error){ 0 };
	assert_int_equal(bp_row_reader_init(&r, f, "the name", err), BP_OK);
	for (*n = 0; (st = r.source.next(&r.source, &row, &more, err)) == BP_OK && more; ++*n) {
		assert_in_range(row.key.n, 1, ROW_KEY_MAX);
		assert_true(bp_row_kind(&row) < ROW_KINDS);
		assert_true(bp_slice_compare(t_slice(&last), row.key) <=
			    (r.format == ROWS_TEXT ? 0 : -1));
		last.len = 0;
		t_append(&last, row.key);
	}
	bp_row_reader_release(&r);
	bp_buf_release(&last);
	assert_int_equal(fclose(f), 0);
	return st;
}

static void check_refused(struct slice bytes, const char *what)
{
	bp_error err;
	size_t n;

	T_OK(read_all(bytes, &n, &err) == BP_EFORMAT, "%s: taken", what);
	T_OK(err.code == BP_EFORMAT, "%s: code %d", what, (int)err.code);
	T_OK(strstr(err.msg, "the name: ") == err.msg, "%s: \"%s\"", what, err.msg);
}

static void random_rows_come_back(void **state)
{
	static const size_t longest[] = { 1, 12, 300, 5000 };
	struct rows *s = calloc(1, sizeof(*s));
	uint64_t rng = 1;
	size_t i, k;

	(void)state;
	assert_non_null(s);
	for (k = 0; k < 2; k++)
		for (i = 0; i < 40; i++) {
			random_rows(&rng, s, t_below(&rng, i % 4 == 0 ? MOST : 20), longest[i % 4]);
			check_rows(file_of(s->row, s->n, formats[k]), s->row, s->n);
		}
	bp_buf_release(&s->text);
	free(s);
}

static void a_file_may_have_no_rows(void **state)
{
	struct buf bytes = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		check_rows(file_of(NULL, 0, formats[i]), NULL, 0);
		take_content(file_of(NULL, 0, formats[i]), &bytes);
		assert_int_equal(bytes.len, formats[i] == ROWS_BINARY ? MAGIC + 2 + SUM : 0);
	}
	bp_buf_release(&bytes);
}

static void prefixes_of_each_other_are_different_keys(void **state)
{
	enum { N = 300 };
	unsigned char zeros[N] = { 0 }, tabs[N];
	struct row row[2 * N];
	size_t i;

	(void)state;
	memset(tabs, '\t', N);
	tabs[0] = ROW_COUNT;
	for (i = 0; i < N; i++) {
		row[i] = (struct row){ { zeros, i + 1 }, i };
		row[N + i] = (struct row){ { tabs, i + 1 }, i };
	}
	for (i = 0; i < 2; i++)
		check_rows(file_of(row, 2 * N, formats[i]), row, 2 * N);
}

static void counts_of_any_size_come_back(void **state)
{
	unsigned char key[3 * 64][2];
	struct row row[3 * 64];
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < 3 * 64; i++) {
		key[i][0] = ROW_TOTAL;
		key[i][1] = (unsigned char)i;
		row[n++] = (struct row){ { key[i], 2 }, (UINT64_C(1) << i / 3) - 1 + i % 3 };
	}
	row[n - 1].count = UINT64_MAX;
	for (i = 0; i < 2; i++)
		check_rows(file_of(row, n, formats[i]), row, n);
}

/* Lengths up to the largest there is: at the end of the key, of the line and of the buffer. */
static void the_longest_keys_come_back(void **state)
{
	static const size_t less[] = { 0, 1, 11, 12 };
	unsigned char *a = malloc(ROW_KEY_MAX), *b = malloc(ROW_KEY_MAX);
	struct row row[4];
	size_t i, k, n;

	(void)state;
	assert_true(a != NULL && b != NULL);
	memset(a, ROW_COUNT, ROW_KEY_MAX);
	for (k = 0; k < 2; k++)
		for (i = 0; i < 4; i++) {
			n = ROW_KEY_MAX - less[i];
			memset(b, ROW_COUNT, ROW_KEY_MAX);
			b[n - 1]++;
			row[0] = (struct row){ { a, n }, UINT64_MAX };
			row[1] = (struct row){ { b, n }, 0 };
			row[2] = (struct row){ { b + n - 1, 1 }, UINT64_MAX };
			check_rows(file_of(row, 3, formats[k]), row, 3);
		}
	b[0] = ROW_PIECE;
	row[1] = (struct row){ { b, ROW_KEY_MAX }, 1 };
	for (k = 0; k < 2; k++)
		check_rows(file_of(row, 2, formats[k]), row, 2);
	free(a);
	free(b);
}

/* Each place of the last row and of the end is once at the border of a block. */
static void rows_at_block_borders_come_back(void **state)
{
	unsigned char *key = calloc(1, BLOCK), last[202] = { 0 };
	struct row row[2] = {
		{ { key, 0 }, UINT64_MAX }, { { last, sizeof(last) }, UINT64_MAX }
	};
	size_t k;

	(void)state;
	assert_non_null(key);
	last[200] = 'x';
	for (k = 10; k < 60; k++) {
		row[0].key.n = BLOCK - k;
		check_rows(file_of(row, 2, ROWS_BINARY), row, 2);
		row[0].key.n = BLOCK / 2 - k;
		check_rows(file_of(row, 2, ROWS_TEXT), row, 2);
	}
	free(key);
}

static void put_line(struct buf *out, const struct row *r)
{
	char s[40];
	size_t i;

	for (i = 0; i < r->key.n; i++) {
		snprintf(s, sizeof(s), "%02x", r->key.p[i]);
		t_append(out, t_string(s));
	}
	snprintf(s, sizeof(s), "\t%" PRIu64 "\n", r->count);
	t_append(out, t_string(s));
}

static void text_is_lines_that_sort_as_bytes(void **state)
{
	struct rows *s = calloc(1, sizeof(*s));
	struct buf text = { 0 }, want = { 0 };
	struct slice line = { 0 }, last;
	uint64_t rng = 2;
	size_t i, at;

	(void)state;
	assert_non_null(s);
	random_rows(&rng, s, MOST, 100);
	take_content(file_of(s->row, s->n, ROWS_TEXT), &text);
	for (i = 0, at = 0; i < s->n; i++, at = want.len) {
		put_line(&want, &s->row[i]);
		assert_true(want.len <= text.len);
		last = line;
		line = (struct slice){ text.data + at, want.len - at };
		assert_true(bp_slice_compare(last, line) < 0);
	}
	T_SAME(t_slice(&text), t_slice(&want));
	bp_buf_release(&text);
	bp_buf_release(&want);
	bp_buf_release(&s->text);
	free(s);
}

/* Bytes put down by hand, and a checksum worked out apart from this code. */
static void binary_files_are_the_same_on_every_machine(void **state)
{
	static const struct row row[] = {
		{ S_INIT("\x01" "ab"), 0 }, { S_INIT("\x03" "abc"), 127 },
		{ S_INIT("\x03" "abcdef"), 128 }, { S_INIT("\x03" "abd"), UINT64_MAX }
	};
	static const struct slice want = S_INIT(
		"bprows1\n"
		"\0\3\1ab\0"
		"\0\4\3abc\x7F"
		"\4\3" "def\x80\1"
		"\3\1" "d\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"
		"\0\0"
		"\x5B\xA1\x68\x4F\x3A\x84\x63\x28");
	struct buf bytes = { 0 };

	(void)state;
	take_content(file_of(row, 4, ROWS_BINARY), &bytes);
	T_SAME(t_slice(&bytes), want);
	bp_buf_release(&bytes);
}

static void equal_keys_of_text_come_as_they_are(void **state)
{
	static const struct row want[] = {
		{ S_INIT("\3"), 7 }, { S_INIT("\3"), 5 }, { S_INIT("\3"), 5 },
		{ S_INIT("\3\0"), 0 }, { S_INIT("\3\xAB"), UINT64_MAX }, { S_INIT("\3\xAB"), 1 }
	};

	(void)state;
	check_rows(stream_of(S("03\t7\n03\t5\n03\t5\n0300\t0\n03ab\t18446744073709551615\n"
			       "03ab\t1\n")), want, 6);
}

/* Neither writing nor reading seeks. */
static void rows_go_through_a_pipe(void **state)
{
	(void)state;
#ifdef HAS_POSIX
	struct rows *s = calloc(1, sizeof(*s));
	uint64_t rng = 3;
	int end[2];
	size_t i;
	FILE *f;

	assert_non_null(s);
	for (i = 0; i < 20; i++) {
		random_rows(&rng, s, 100, 300);
		assert_int_equal(pipe(end), 0);
		assert_non_null(f = fdopen(end[1], "wb"));
		/* All of it, and more, is held by a pipe that nobody reads yet. */
		assert_in_range(write_rows(f, s->row, s->n, formats[i % 2]), 100, BLOCK - 1);
		assert_int_equal(fclose(f), 0);
		check_rows(fdopen(end[0], "rb"), s->row, s->n);
	}
	bp_buf_release(&s->text);
	free(s);
#else
	skip();
#endif
}

static void small_file(struct buf *bytes)
{
	static const struct row row[] = {
		{ S_INIT("\0lines nfc"), 1 }, { S_INIT("\1bytes"), 123456 }, { S_INIT("\3"), 0 },
		{ S_INIT("\3\0"), 1 }, { S_INIT("\3\0\0"), UINT64_MAX }, { S_INIT("\3xy"), 200 },
		{ S_INIT("\3xyz"), 3 }, { S_INIT("\6"), 5 }
	};

	take_content(file_of(row, sizeof(row) / sizeof(row[0]), ROWS_BINARY), bytes);
}

static void every_changed_byte_is_noticed(void **state)
{
	struct buf bytes = { 0 };
	char what[80];
	unsigned flip;
	size_t i;

	(void)state;
	small_file(&bytes);
	for (i = 0; i < bytes.len; i++)
		for (flip = 1; flip < 256; flip *= 2) {
			snprintf(what, sizeof(what), "byte %zu, flip %u", i, flip);
			bytes.data[i] ^= (unsigned char)flip;
			check_refused(t_slice(&bytes), what);
			bytes.data[i] ^= (unsigned char)flip;
		}
	bp_buf_release(&bytes);
}

/* All lengths but none: that is a text without rows. */
static void every_missing_or_additional_byte_is_noticed(void **state)
{
	struct buf bytes = { 0 };
	struct row row = { { NULL, 0 }, 1 };
	unsigned char *key;
	char what[80];
	bp_error err;
	size_t i, n;

	(void)state;
	small_file(&bytes);
	assert_int_equal(read_all(t_slice(&bytes), &n, &err), BP_OK);
	assert_int_equal(n, 8);
	for (i = 1; i < bytes.len; i++) {
		snprintf(what, sizeof(what), "%zu bytes of %zu", i, bytes.len);
		check_refused((struct slice){ bytes.data, i }, what);
	}
	for (i = 0; i < 256; i += 51) {
		assert_true(bp_buf_byte(&bytes, (unsigned char)i));
		check_refused(t_slice(&bytes), "one byte more");
		bytes.len--;
	}
	/* As the first byte of a block. */
	assert_non_null(key = calloc(1, BLOCK));
	row.key = (struct slice){ key, BLOCK - MAGIC - 5 - 2 - SUM };
	take_content(file_of(&row, 1, ROWS_BINARY), &bytes);
	assert_int_equal(bytes.len, BLOCK);
	assert_true(bp_buf_byte(&bytes, 0));
	check_refused(t_slice(&bytes), "one byte more than a block");
	bp_buf_release(&bytes);
	free(key);
}

/* A binary file with this between its beginning and the checksum, which is right. */
static void seal(struct buf *out, struct slice rows)
{
	struct checksum c = { 0 };
	uint64_t sum;
	size_t i;

	out->len = 0;
	t_append(out, S("bprows1\n"));
	t_append(out, rows);
	bp_checksum_add(&c, out->data, out->len);
	for (sum = bp_checksum(&c), i = 0; i < SUM; i++, sum >>= 8)
		assert_true(bp_buf_byte(out, (unsigned char)sum));
}

/* Whatever the checksum says. */
static void faulty_rows_are_refused_where_they_are_faulty(void **state)
{
#define OVER_64_BITS "\x80\x80\x80\x80\x80\x80\x80\x80\x80\2"
#define ALL_64_BITS "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"
	static const struct {
		struct slice rows;
		uint64_t pos;
		const char *reason;
	} bad[] = {
#define BAD(rows, pos, reason) { S_INIT(rows), (pos), (reason) }
		/* Lengths beyond the file, the largest key, what memory can hold. */
		BAD("\0\x7F\3ab\1\0\0", 10, "too early"),
		BAD("\0\x80\x80\x40\3ab\1\0\0", 12, "too early"),
		BAD("\0\x81\x80\x40\3ab\1\0\0", 12, "length"),
		BAD("\0\xFF\xFF\xFF\xFF\x0F\3ab\1\0\0", 14, "length"),
		BAD("\0" ALL_64_BITS "\3ab\1\0\0", 19, "length"),
		/* More shared than there is, with a sum that fits in 64 bits by wrapping round. */
		BAD("\1\1\3\1\0\0", 10, "length"),
		BAD("\0\1\3\1\2\1b\1\0\0", 14, "length"),
		BAD("\0\2\3a\1\2" ALL_64_BITS "b\1\0\0", 24, "length"),
		BAD("\0\2\3a\1" ALL_64_BITS "\1b\1\0\0", 24, "length"),
		/* Numbers of over 64 bits, or longer than they need be. */
		BAD(OVER_64_BITS "\1\3\1\0\0", 18, "no length"),
		BAD("\0" OVER_64_BITS "\3\1\0\0", 19, "no length"),
		BAD("\0\1\3" OVER_64_BITS "\0\0", 21, "no count"),
		BAD("\0\1\3\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\0\0", 21, "no count"),
		BAD("\0\1\3\x81\0\0\0", 13, "no count"),
		BAD("\0\x81\0\3\1\0\0", 11, "no length"),
		/* Keys out of order: less, equal, shared less than could be, a prefix. */
		BAD("\0\2\3b\1\1\1a\1\0\0", 15, "not in order"),
		BAD("\0\2\3b\1\0\2\2z\1\0\0", 15, "not in order"),
		BAD("\0\2\3b\1\1\1b\1\0\0", 15, "not in order"),
		BAD("\0\2\3b\1\0\3\3bc\1\0\0", 15, "not in order"),
		BAD("\0\2\3b\1\2\0\1\0\0", 15, "length"),
		BAD("\0\2\3b\1\1\0\1\0\0", 15, "length"),
		/* Kinds. */
		BAD("\0\1\x07\1\0\0", 11, "kind"),
		BAD("\0\2\3a\1\0\2\xFF" "b\1\0\0", 17, "kind"),
		/* More after the end. */
		BAD("\0\0\0\1\3\1\0\0", 10, "checksum")
	};
	struct buf bytes = { 0 };
	bp_error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		seal(&bytes, bad[i].rows);
		T_OK(read_all(t_slice(&bytes), &n, &err) == BP_EFORMAT, "rows %zu: taken", i);
		T_OK(strstr(err.msg, "the name: byte ") == err.msg, "rows %zu: %s", i, err.msg);
		T_OK(err.pos == bad[i].pos && strstr(err.msg, bad[i].reason) != NULL,
		     "rows %zu: %s", i, err.msg);
	}
	bp_buf_release(&bytes);
}

/* A few bytes changed at random, the checksum made to fit: taken or not, never a crash. */
static void no_bytes_are_more_than_refused(void **state)
{
	struct buf original = { 0 }, rows = { 0 }, bytes = { 0 };
	uint64_t rng = 4;
	size_t i, k, n, taken = 0;
	bp_status st;
	bp_error err;

	(void)state;
	small_file(&original);
	for (i = 0; i < 600; i++) {
		rows.len = 0;
		t_append(&rows, (struct slice){ original.data + MAGIC,
						original.len - MAGIC - SUM });
		for (k = t_below(&rng, 4); k > 0; k--)
			rows.data[t_below(&rng, rows.len)] = (unsigned char)
				(t_below(&rng, 2) == 0 ? t_below(&rng, 10) : t_next(&rng) & 0xFF);
		seal(&bytes, t_slice(&rows));
		st = read_all(t_slice(&bytes), &n, &err);
		T_OK(st == BP_OK || st == BP_EFORMAT, "%s", err.msg);
		taken += st == BP_OK;
	}
	assert_in_range(taken, 150, 450);
	bp_buf_release(&original);
	bp_buf_release(&bytes);
	bp_buf_release(&rows);
}

static void faulty_lines_are_refused_by_their_number(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *reason;
	} bad[] = {
		{ "030\t1\n", 1, "hexadecimal" }, { "03\t1\n03a\t1\n", 2, "hexadecimal" },
		{ "03AB\t1\n", 1, "hexadecimal" }, { "03aB\t1\n", 1, "hexadecimal" },
		{ "03 \t1\n", 1, "hexadecimal" }, { "0x03\t1\n", 1, "hexadecimal" },
		{ "03 1\n", 1, "hexadecimal" }, { "03\t1\n0g\t1\n", 2, "hexadecimal" },
		{ "\n", 1, "kind" }, { "03\t1\n\n", 2, "kind" }, { "\t1\n", 1, "kind" },
		{ "09\t1\n", 1, "kind" }, { "03\t1\nff00\t1\n", 2, "kind" },
		{ "03\t1\n04\t1\n\t1\n", 3, "kind" }, { "03\t1\n04\t1\n\n", 3, "kind" },
		{ "03\n", 1, "tab" }, { "03\t\n", 1, "tab" }, { "03\t1\n0301\n", 2, "tab" },
		{ "03\t18446744073709551616\n", 1, "64 bits" },
		{ "03\t1\n04\t99999999999999999999\n", 2, "64 bits" },
		{ "03\t184467440737095516150\n", 1, "64 bits" },
		{ "03\t-1\n", 1, "64 bits" }, { "03\t+1\n", 1, "64 bits" },
		{ "03\t1 \n", 1, "64 bits" }, { "03\t 1\n", 1, "64 bits" },
		{ "03\t1\r\n", 1, "64 bits" }, { "03\t1\t1\n", 1, "64 bits" },
		{ "03\t1.5\n", 1, "64 bits" }, { "03\t\t1\n", 1, "64 bits" },
		{ "04\t1\n03\t1\n", 2, "sorted" }, { "0300\t1\n03\t1\n", 2, "sorted" },
		{ "03\t1\n0300\t1\n03ff\t1\n03ff00\t1\n0301\t1\n", 5, "sorted" },
		{ "03", 1, "newline" }, { "03\t", 1, "newline" }, { "03\t1", 1, "newline" },
		{ "03\t1\n03\t2\n03\t3", 3, "newline" }, { "03\t1\n0", 2, "newline" }
	};
	char want[64];
	bp_error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_OK(read_all(t_string(bad[i].text), &n, &err) == BP_EFORMAT, "text %zu: taken", i);
		assert_int_equal(n, bad[i].line - 1);
		snprintf(want, sizeof(want), "the name: line %u: ", bad[i].line);
		T_OK(strstr(err.msg, want) == err.msg && strstr(err.msg, bad[i].reason) != NULL,
		     "text %zu: %s", i, err.msg);
	}
	assert_int_equal(read_all(S("03\0\t1\n"), &n, &err), BP_EFORMAT);
	assert_int_equal(read_all(S("03\t1\0\n"), &n, &err), BP_EFORMAT);
}

/* Over the limit by a little, where the line fits in the buffer, and by far; then no newline. */
static void longer_keys_are_refused_in_text(void **state)
{
	static const size_t over[] = { 1, 10, 1000, BLOCK, 3 * ROW_KEY_MAX };
	struct buf text = { 0 };
	bp_error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < 2 * sizeof(over) / sizeof(over[0]); i++) {
		text.len = 0;
		t_append(&text, S("03\t1\n"));
		n = 2 * (ROW_KEY_MAX + over[i / 2]);
		assert_true(bp_buf_reserve(&text, n));
		memset(text.data + text.len, '0', n);
		text.data[text.len + 1] = '4';
		text.len += n;
		t_append(&text, i % 2 == 0 ? S("\t1\n") : S(""));
		assert_int_equal(read_all(t_slice(&text), &n, &err), BP_EFORMAT);
		assert_int_equal(n, 1);
		T_OK(strstr(err.msg, "the name: line 2: ") == err.msg, "%s", err.msg);
		T_OK(i % 2 == 1 || strstr(err.msg, "too long") != NULL, "%s", err.msg);
	}
	bp_buf_release(&text);
}

/* A source of so many rows that they do not fit in any buffer. */
struct many {
	struct source source;
	unsigned char key[4];
	unsigned left;
};

static bp_status next_of_many(struct source *s, struct row *r, bool *more, bp_error *err)
{
	struct many *m = (struct many *)s;

	(void)err;
	*more = m->left-- > 0;
	if (++m->key[3] == 0 && ++m->key[2] == 0)
		m->key[1]++;
	*r = (struct row){ { m->key, sizeof(m->key) }, 1 };
	return BP_OK;
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *f = fopen("/dev/full", "wb");
	struct row_writer w;
	struct many m;
	bp_error err;
	size_t i;

	(void)state;
	if (f == NULL)
		skip();
	for (i = 0; i < 2; i++) {
		err = (bp_error){ 0 };
		m = (struct many){ { "many", next_of_many }, { ROW_COUNT }, 100000 };
		assert_int_equal(bp_rows_begin(&w, f, "the disk", formats[i], NULL), BP_OK);
		assert_int_equal(bp_rows_copy(&w, &m.source, &err), BP_EIO);
		bp_rows_release(&w);
		assert_int_equal(err.code, BP_EIO);
		T_OK(strstr(err.msg, "the disk: ") == err.msg, "%s", err.msg);
	}
	fclose(f);
	/* What fits in the buffer is written at the end; the stream has none. */
	assert_non_null(f = fopen("/dev/full", "wb"));
	assert_int_equal(setvbuf(f, NULL, _IONBF, 0), 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(bp_rows_begin(&w, f, "the disk", formats[i], NULL), BP_OK);
		assert_int_equal(bp_rows_write(&w, &(struct row){ S("\3"), 1 }, NULL), BP_OK);
		assert_int_equal(bp_rows_end(&w, &err), BP_EIO);
		bp_rows_release(&w);
	}
	fclose(f);
}

static void a_folder_cannot_be_read(void **state)
{
	struct row_reader r;
	bp_error err = { 0 };
	FILE *f = fopen("/", "rb");

	(void)state;
	if (f == NULL)	/* elsewhere it cannot even be opened */
		skip();
	assert_int_equal(bp_row_reader_init(&r, f, "the folder", &err), BP_EIO);
	assert_int_equal(err.code, BP_EIO);
	assert_true(strstr(err.msg, "the folder: ") == err.msg);
	bp_row_reader_release(&r);	/* has nothing left to do */
	fclose(f);
}

static void copying_takes_all_rows_to_the_end(void **state)
{
	struct rows *s = calloc(1, sizeof(*s));
	struct row_reader r;
	struct row_writer w;
	uint64_t rng = 5;
	FILE *from, *to;
	size_t i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < 8; i++) {
		random_rows(&rng, s, i < 2 ? 0 : MOST, 100);
		from = file_of(s->row, s->n, formats[i % 2]);
		assert_non_null(to = tmpfile());
		assert_int_equal(bp_row_reader_init(&r, from, "r", NULL), BP_OK);
		assert_int_equal(bp_rows_begin(&w, to, "w", formats[i / 2 % 2], NULL), BP_OK);
		assert_int_equal(bp_rows_copy(&w, &r.source, NULL), BP_OK);
		assert_int_equal(bp_rows_end(&w, NULL), BP_OK);
		bp_rows_release(&w);
		bp_row_reader_release(&r);
		assert_int_equal(fclose(from), 0);
		rewind(to);
		check_rows(to, s->row, s->n);
	}
	bp_buf_release(&s->text);
	free(s);
}

static void copying_ends_with_the_failure_of_the_source(void **state)
{
	FILE *from = stream_of(S("03\t1\n04\t1\n03\t1\n")), *to = tmpfile();
	struct row_reader r;
	struct row_writer w;
	bp_error err = { 0 };

	(void)state;
	assert_non_null(to);
	assert_int_equal(bp_row_reader_init(&r, from, "r", NULL), BP_OK);
	assert_int_equal(bp_rows_begin(&w, to, "w", ROWS_BINARY, NULL), BP_OK);
	assert_int_equal(bp_rows_copy(&w, &r.source, &err), BP_EFORMAT);
	assert_true(strstr(err.msg, "r: line 3: ") == err.msg);
	bp_rows_release(&w);
	bp_row_reader_release(&r);
	fclose(from);
	fclose(to);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rows_come_back),
		cmocka_unit_test(a_file_may_have_no_rows),
		cmocka_unit_test(prefixes_of_each_other_are_different_keys),
		cmocka_unit_test(counts_of_any_size_come_back),
		cmocka_unit_test(the_longest_keys_come_back),
		cmocka_unit_test(rows_at_block_borders_come_back),
		cmocka_unit_test(text_is_lines_that_sort_as_bytes),
		cmocka_unit_test(binary_files_are_the_same_on_every_machine),
		cmocka_unit_test(equal_keys_of_text_come_as_they_are),
		cmocka_unit_test(rows_go_through_a_pipe),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(every_missing_or_additional_byte_is_noticed),
		cmocka_unit_test(faulty_rows_are_refused_where_they_are_faulty),
		cmocka_unit_test(no_bytes_are_more_than_refused),
		cmocka_unit_test(faulty_lines_are_refused_by_their_number),
		cmocka_unit_test(longer_keys_are_refused_in_text),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(a_folder_cannot_be_read),
		cmocka_unit_test(copying_takes_all_rows_to_the_end),
		cmocka_unit_test(copying_ends_with_the_failure_of_the_source)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
