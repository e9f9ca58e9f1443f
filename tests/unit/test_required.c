/*
 * required.h: the required items of options, as rows and back, and their model; sample.h: segments
 * joined where a piece lies, against a look at every offset; pieces from escaped text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "bytepiece_files.h"
#include "base/endian.h"
#include "encode/encoder.h"
#include "train/sample.h"
#include "train/required.h"

#define B(literal) { .bytes = literal, .len = sizeof(literal) - 1 }

static const bp_bytes pieces[] = {
	B("ab"), B("x"), B("a\0b"), B("e\xCC\x81"), B("\xC3\xA9"), B("ab"), B("q\n\n"),
	B("\xFF\xE4")
};
static const bp_bytes specials[] = { B("<a>"), B("ab"), B("<a>"), B("\xC3\xA9") };
enum { N_PIECES = sizeof(pieces) / sizeof(pieces[0]), N_SPECIALS = 4 };

static bp_train_options some_options(void)
{
	bp_train_options o = bp_train_defaults();

	o.piece = pieces;
	o.n_pieces = N_PIECES;
	o.special = specials;
	o.n_specials = N_SPECIALS;
	return o;
}

static void init(struct required *r, const bp_train_options *o)
{
	bp_error err = { 0 };

	T_OK(bp_required_init(r, o, &err) == BP_OK, "%s", err.msg);
}

static void each_is_there_once_and_normalised(void **state)
{
	bp_train_options o = some_options();
	struct required r;
	size_t i;
	static const struct slice want[] = {
		S_INIT("ab"), S_INIT("x"), S_INIT("a\0b"), S_INIT("\xC3\xA9"), S_INIT("q\n\n"),
		S_INIT("\xFF\xE4"), S_INIT("<a>"), S_INIT("ab"), S_INIT("\xC3\xA9")
	};

	init(&r, &o);
	assert_int_equal(r.n, 9);
	for (i = 0; i < r.n; i++) {
		T_SAME(bp_required_at(&r, i), want[i]);
		assert_int_equal(r.item[i].is_special, i >= 6);
	}
	assert_int_equal(r.n_pieces, 5);	/* without the single byte */
	assert_int_equal(r.n_specials, 3);
	for (i = 0; i < r.n_pieces; i++)
		assert_int_equal(bp_required_index(&r, bp_required_piece(&r, i)), i);
	assert_true(bp_required_index(&r, S("x")) == SIZE_MAX);
	assert_true(bp_required_index(&r, S("<a>")) == SIZE_MAX);
	assert_true(bp_is_required(&r, S("x")) && !bp_is_required(&r, S("a")));
	bp_required_release(&r);
	o.normalize = BP_NORMALIZE_NONE;
	init(&r, &o);
	assert_int_equal(r.n, 10);
	T_SAME(bp_required_at(&r, 3), S("e\xCC\x81"));
	bp_required_release(&r);
	(void)state;
}

static void refuse(bp_bytes piece, bp_bytes special, const char *reason)
{
	bp_train_options o = bp_train_defaults();
	struct required r;
	bp_error err = { 0 };

	o.piece = &piece;
	o.n_pieces = piece.bytes != NULL;
	o.special = &special;
	o.n_specials = special.bytes != NULL;
	assert_int_equal(bp_required_init(&r, &o, &err), BP_ERANGE);
	T_OK(strstr(err.msg, reason) != NULL, "'%s' is not in '%s'", reason, err.msg);
	assert_int_equal(r.n, 0);
}

static void an_impossible_item_is_refused(void **state)
{
	static const bp_bytes none = { .bytes = NULL };
	static char longer[BP_PIECE_MAX + 1];
	bp_train_options o = some_options();
	const uint32_t size[] = { 5000, BP_VOCAB_MIN + 8, BP_VOCAB_MIN + 7 };
	struct required r;

	memset(longer, 'a', sizeof(longer));
	refuse((bp_bytes)B(""), none, "piece '' is empty");
	refuse((bp_bytes){ .bytes = longer, .len = sizeof(longer) }, none, "is over 65535 bytes");
	refuse((bp_bytes)B("a b\nc"), none,
	       "piece 'a\\x20b\\x0Ac' has other bytes after a newline");
	refuse(none, (bp_bytes)B(""), "special token '' has no name");
	refuse(none, (bp_bytes)B("<eos>"), "special token '<eos>' exists");
	refuse(none, (bp_bytes)B("\xFF"), "not valid UTF-8");
	init(&r, &o);
	o.vocab_size = size;
	o.n_sizes = 2;
	assert_int_equal(bp_required_check_sizes(&r, &o, NULL), BP_OK);
	o.n_sizes = 3;
	assert_int_equal(bp_required_check_sizes(&r, &o, NULL), BP_ERANGE);
	bp_required_release(&r);
	(void)state;
}

/* A model to extend: ids in no order, special tokens between. */
static bp_model *old_model(bp_normalize normalize)
{
	struct slice piece[256 + 5];
	uint64_t count[256 + 5];
	bp_model *m = calloc(1, sizeof(*m));
	unsigned char byte[256];
	bp_error err = { 0 };
	size_t i;

	assert_non_null(m);
	for (i = 0; i < 256; i++) {
		byte[i] = (unsigned char)(255 - i);
		piece[i + 2] = (struct slice){ &byte[i], 1 };
		count[i + 2] = 1 + i % 7;
	}
	piece[0] = S("zzz");
	piece[1] = S("<a>");
	piece[258] = S("ab");
	piece[259] = S("<old>");
	piece[260] = S("y\nz");
	count[0] = 1000;
	count[258] = 7;
	count[260] = 27;
	count[1] = count[259] = 0;
	T_OK(bp_model_init(&m->model, piece, count, 261, normalize, &err) == BP_OK &&
	     bp_model_prepare(m, "old", &err) == BP_OK, "%s", err.msg);
	return m;
}

static void an_extended_model_comes_first(void **state)
{
	bp_train_options o = some_options();
	bp_model *old = old_model(BP_NORMALIZE_NFC);
	struct required r;
	bp_error err = { 0 };
	size_t i;

	o.extend = old;
	init(&r, &o);
	assert_int_equal(r.n_old, 261);
	assert_int_equal(r.n, 261 + 4 + 2);	/* "x" and "ab" are there, and "<a>" */
	assert_int_equal(r.old_total, old->model.total);
	for (i = 0; i < 261; i++) {
		T_SAME(bp_required_at(&r, i), old->model.piece[i]);
		assert_int_equal(r.item[i].count, old->model.count[i]);
	}
	assert_int_equal(r.n_specials, 4);
	bp_required_release(&r);
	o.normalize = BP_NORMALIZE_NONE;
	assert_int_equal(bp_required_init(&r, &o, &err), BP_ERANGE);
	bp_free(old);
	(void)state;
}

static FILE *write_rows(const struct required *r)
{
	struct row_writer w;
	FILE *f = tmpfile();
	bp_error err = { 0 };

	assert_non_null(f);
	T_OK(bp_rows_begin(&w, f, "rows", ROWS_BINARY, &err) == BP_OK &&
	     bp_required_write(r, &w, &err) == BP_OK && bp_rows_end(&w, &err) == BP_OK,
	     "%s", err.msg);
	bp_rows_release(&w);
	rewind(f);
	return f;
}

/* Called with each row; it may change the bytes of the key. */
typedef bp_status row_fn(struct required *r, unsigned char *key, size_t n, size_t i);

static void read_rows(FILE *f, struct required *r, row_fn *fn)
{
	struct row_reader reader;
	unsigned char key[256];
	bool more = true;
	struct row row;
	size_t i;

	assert_int_equal(bp_row_reader_init(&reader, f, "rows", NULL), BP_OK);
	for (i = 0; ; i++) {
		assert_int_equal(reader.source.next(&reader.source, &row, &more, NULL), BP_OK);
		if (!more)
			break;
		assert_true(row.key.n <= sizeof(key));
		memcpy(key, row.key.p, row.key.n);
		assert_int_equal(fn(r, key, row.key.n, i), BP_OK);
	}
	bp_row_reader_release(&reader);
	fclose(f);
}

static bp_status take(struct required *r, const unsigned char *key, size_t n, uint64_t count)
{
	const struct row row = { { key, n }, count };

	return bp_required_read_row(r, &row, 3, "rows", NULL);
}

/* A spoiled row is refused, and leaves everything as it was; then the row itself is read. */
static bp_status take_spoiled(struct required *r, unsigned char *key, size_t n, size_t i)
{
	static const size_t head = 14;
	size_t k, before = r->n;
	bool is_special = (key[5] & 2) != 0;

	assert_int_equal(take(r, key, n, 2), BP_EFORMAT);
	assert_int_equal(take(r, key, head - 1, 3), BP_EFORMAT);
	assert_int_equal(take(r, key, head, 3), BP_EFORMAT);	/* without bytes */
	for (k = 1; k < 6; k++) {
		key[k] ^= 4;		/* another number; something else than it can be */
		assert_int_equal(take(r, key, n, 3), BP_EFORMAT);
		key[k] ^= 4;
	}
	/* Counts are of pieces of the extended model, and only there. */
	key[6] ^= 0x80;
	assert_int_equal(take(r, key, n, 3), BP_EFORMAT);
	key[6] ^= 0x80;
	if (is_special || (key[5] & 1) == 0) {
		key[13] ^= 1;
		assert_int_equal(take(r, key, n, 3), BP_EFORMAT);
		key[13] ^= 1;
	}
	if (i >= r->n_old && i > 261) {
		key[5] ^= 1;		/* old ones come first */
		assert_int_equal(take(r, key, n, 3), BP_EFORMAT);
		key[5] ^= 1;
	}
	assert_int_equal(r->n, before);
	assert_int_equal(take(r, key, n, 3), BP_OK);
	/* An item a second time. */
	bp_store_be(key + 1, r->n, 4);
	assert_int_equal(take(r, key, n, 3), BP_EFORMAT);
	return BP_OK;
}

static void rows_come_back(void **state)
{
	bp_train_options o = some_options();
	bp_model *old = old_model(BP_NORMALIZE_NFC);
	struct required r, got = { .n = 0 };
	size_t i;

	o.extend = old;
	init(&r, &o);
	read_rows(write_rows(&r), &got, take_spoiled);
	assert_int_equal(got.n, r.n);
	assert_int_equal(got.n_old, r.n_old);
	assert_int_equal(got.n_pieces, r.n_pieces);
	assert_int_equal(got.n_specials, r.n_specials);
	assert_int_equal(got.old_total, r.old_total);
	for (i = 0; i < r.n; i++) {
		T_SAME(bp_required_at(&got, i), bp_required_at(&r, i));
		assert_int_equal(got.item[i].count, r.item[i].count);
		assert_int_equal(got.item[i].is_special, r.item[i].is_special);
	}
	assert_int_equal(bp_required_sum(&got), bp_required_sum(&r));
	bp_required_release(&got);
	bp_required_release(&r);
	bp_free(old);
	(void)state;
}

/* A row of an item: index 0, flags, count, and n bytes at 'bytes'. */
static bp_status read_one(struct required *r, unsigned flags, unsigned count, const char *bytes,
			  size_t n)
{
	unsigned char *key = calloc(1, 14 + n);
	struct row row = { { key, 14 + n }, 1 };
	bp_status st;

	assert_non_null(key);
	key[0] = ROW_REQUIRED;
	key[5] = (unsigned char)flags;
	key[13] = (unsigned char)count;
	memcpy(key + 14, bytes, n);
	st = bp_required_check_row(r, &row, "rows", NULL);
	if (st != BP_OK)
		assert_int_equal(bp_required_read_row(r, &row, 1, "rows", NULL), BP_EFORMAT);
	free(key);
	return st;
}

static void rows_that_no_model_can_hold_are_refused(void **state)
{
	enum { PIECE = 0, OLD = 1, SPECIAL = 2 };
	static char longest[70000];
	struct required r = { .n = 0 };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(read_one(&r, OLD, 5, longest, 65536), BP_EFORMAT);
	assert_int_equal(read_one(&r, OLD, 5, longest, 70000), BP_EFORMAT);
	assert_int_equal(read_one(&r, PIECE, 0, longest, 65536), BP_EFORMAT);
	assert_int_equal(read_one(&r, SPECIAL, 0, longest, 65536), BP_EFORMAT);
	assert_int_equal(read_one(&r, OLD, 5, "", 0), BP_EFORMAT);
	assert_int_equal(read_one(&r, PIECE, 0, "", 0), BP_EFORMAT);
	assert_int_equal(read_one(&r, PIECE, 0, "a\nb", 3), BP_EFORMAT);
	assert_int_equal(read_one(&r, OLD, 0, "ab", 2), BP_EFORMAT);
	assert_int_equal(r.n, 0);
	assert_int_equal(read_one(&r, OLD, 5, longest, 65535), BP_OK);
	assert_int_equal(r.n, 1);
	assert_int_equal(read_one(&r, OLD, 5, longest, 65535), BP_EFORMAT);	/* twice */
	assert_int_equal(read_one(&r, OLD, 5, "ab", 2), BP_OK);
	assert_int_equal(read_one(&r, PIECE, 0, "ab", 2), BP_EFORMAT);
	assert_int_equal(r.n, 2);
	bp_required_release(&r);
}

static uint64_t sum_of(const bp_train_options *o)
{
	struct required r;
	uint64_t sum;

	init(&r, o);
	sum = bp_required_sum(&r);
	bp_required_release(&r);
	return sum;
}

static void sums_tell_requirements_apart(void **state)
{
	static const bp_bytes split[] = { B("a"), B("bc") }, other[] = { B("ab"), B("c") };
	bp_train_options o = bp_train_defaults();
	bp_model *old = old_model(BP_NORMALIZE_NFC);
	uint64_t sum[6];
	size_t i, k;

	assert_int_equal(sum_of(&o), 0);
	o.piece = split;
	o.n_pieces = 2;
	sum[0] = sum_of(&o);
	o.piece = other;
	sum[1] = sum_of(&o);
	o.n_pieces = 1;
	sum[2] = sum_of(&o);
	o.n_pieces = 0;
	o.special = other;
	o.n_specials = 1;
	sum[3] = sum_of(&o);
	o.extend = old;
	sum[4] = sum_of(&o);
	old->model.count[0]++;
	sum[5] = sum_of(&o);
	for (i = 0; i < 6; i++)
		for (k = 0; k < i; k++)
			T_OK(sum[i] != 0 && sum[i] != sum[k], "%zu and %zu have one sum", i, k);
	bp_free(old);
	(void)state;
}

static void lines_are_readable(void **state)
{
	bp_train_options o = some_options();
	struct required r;
	struct buf text = { 0 };

	o.n_pieces = 3;
	o.n_specials = 1;
	init(&r, &o);
	assert_true(bp_required_lines(&r, &text));
	T_SAME(t_slice(&text), S("piece ab\npiece x\npiece a\\x00b\nspecial <a>\n"));
	bp_required_release(&r);
	bp_buf_release(&text);
	(void)state;
}

/* The 256 bytes, the required pieces and two more, in any order, as if a trainer had found them. */
static size_t found_rows(const struct required *r, struct row *row, unsigned char *byte, uint64_t n)
{
	size_t i, k = 0;

	row[k++] = (struct row){ S("zz"), n };
	for (i = 0; i < r->n_pieces; i++)
		row[k++] = (struct row){ bp_required_piece(r, i), i == 0 ? 0 : n };
	for (i = 0; i < 256; i++) {
		byte[i] = (unsigned char)i;
		row[k++] = (struct row){ { &byte[i], 1 }, i == 'a' ? n : 0 };
	}
	row[k++] = (struct row){ S("bb"), n };
	return k;
}

static void check_entry(const struct model *m, size_t i, struct slice s, uint64_t count)
{
	T_SAME(m->piece[i], s);
	T_OK(m->count[i] == count, "entry %zu: %llu instead of %llu", i,
	     (unsigned long long)m->count[i], (unsigned long long)count);
}

static void a_model_has_special_tokens_last(void **state)
{
	bp_train_options o = some_options();
	struct required r;
	struct row row[300];
	unsigned char byte[256];
	struct model m;
	size_t n;

	init(&r, &o);
	n = found_rows(&r, row, byte, 5);
	assert_int_equal(bp_required_model(&r, row, n, BP_NORMALIZE_NONE, &m, NULL), BP_OK);
	assert_int_equal(m.n_pieces, 256 + 5 + 2 + 3);
	check_entry(&m, 'a', S("a"), 5);
	check_entry(&m, 'b', S("b"), 1);
	check_entry(&m, 256, S("ab"), 1);
	check_entry(&m, 257, S("bb"), 5);
	check_entry(&m, 258, S("zz"), 5);
	check_entry(&m, 259, S("\xC3\xA9"), 5);
	check_entry(&m, 260, S("\xFF\xE4"), 5);
	check_entry(&m, 261, S("a\0b"), 5);
	check_entry(&m, 262, S("q\n\n"), 5);
	check_entry(&m, 263, S("<a>"), 0);
	check_entry(&m, 264, S("ab"), 0);
	check_entry(&m, 265, S("\xC3\xA9"), 0);
	bp_model_release(&m);
	bp_required_release(&r);
	(void)state;
}

/* Entries of an extended model: 'times' each old count, and 'more' for each that was found. */
static void check_extended(const struct required *r, const bp_model *old, uint64_t found,
			   uint64_t times, uint64_t more)
{
	struct row row[300];
	unsigned char byte[256];
	struct model m;
	size_t n = found_rows(r, row, byte, found), i;
	struct slice s;

	assert_int_equal(bp_required_model(r, row, n, BP_NORMALIZE_NFC, &m, NULL), BP_OK);
	assert_int_equal(m.n_pieces, 261 + 6 + 2);
	for (i = 0; i < 261; i++) {
		s = old->model.piece[i];
		/* The first of the required pieces was not found. */
		check_entry(&m, i, s, old->model.count[i] == 0 ? 0 : old->model.count[i] * times +
			    (i > 0 && (s.n > 1 || s.p[0] == 'a') ? more : 0));
	}
	check_entry(&m, 261, S("bb"), more);
	check_entry(&m, 262, S("zz"), more);
	check_entry(&m, 263, S("\xC3\xA9"), more);
	check_entry(&m, 266, S("q\n\n"), more);
	check_entry(&m, 267, S("ab"), 0);
	check_entry(&m, 268, S("\xC3\xA9"), 0);
	bp_model_release(&m);
}

static void an_extended_model_keeps_its_ids(void **state)
{
	bp_train_options o = some_options();
	bp_model *old = old_model(BP_NORMALIZE_NFC);
	struct required r;
	uint64_t total = old->model.total;

	/* Found: 'a', "bb", "zz" and six of the seven required pieces. */
	o.extend = old;
	init(&r, &o);
	assert_int_equal(r.n_pieces, 7);
	assert_int_equal(total % 36, 0);
	check_extended(&r, old, total / 9, 1, total / 9);
	check_extended(&r, old, total * 2 / 9, 2, total * 2 / 9);
	check_extended(&r, old, total / 36, 1, total / 9);
	bp_required_release(&r);
	bp_free(old);
	(void)state;
}

enum { MAX_CHARS = 4, MAX_NEWLINES = 2, MAX_BLOCK = 200 };
static const struct cut_rules short_segments = { .max_chars = MAX_CHARS,
						 .max_newlines = MAX_NEWLINES };

/* The segments of texts of a few letters and newlines as one block; ends[i] is true if a text ends
 * at offset i. */
static void random_block(uint64_t *rng, struct sample_block *b, struct buf *text, bool *ends)
{
	size_t texts = 1 + t_below(rng, 6), from = 0, at;
	struct slice s;

	memset(ends, 0, MAX_BLOCK);
	text->len = 0;
	*b = (struct sample_block){ .length = malloc(MAX_BLOCK * sizeof(*b->length)) };
	assert_non_null(b->length);
	while (texts-- > 0) {
		t_letters(rng, S("aab\nc"), 1 + t_below(rng, 25), text);
		s = (struct slice){ text->data + from, text->len - from };
		for (at = 0; at < s.n; b->n++)
			b->length[b->n] = (uint32_t)bp_cut(&short_segments, s, &at).n;
		from = text->len;
		ends[from] = true;
	}
	b->n_bytes = text->len;
	b->bytes = malloc(text->len);
	assert_non_null(b->bytes);
	memcpy(b->bytes, text->data, text->len);
}

/* Does one of the pieces lie over this place? */
static bool lies_over(const struct required *r, struct slice text, size_t place)
{
	struct slice s;
	size_t i, from;

	for (i = 0; i < r->n_pieces; i++) {
		s = bp_required_piece(r, i);
		for (from = place < s.n ? 0 : place - s.n + 1; from < place; from++)
			if (from + s.n <= text.n && memcmp(text.p + from, s.p, s.n) == 0)
				return true;
	}
	return false;
}

/* Segments that a piece lies over are joined, but for those that encoding has, too.  At the end of a
 * text that is as long as a segment may be they may be. */
static void check_joined(const struct required *r, const struct sample_block *was,
			 const struct sample_block *is, const bool *ends)
{
	struct slice text = { was->bytes, was->n_bytes };
	size_t k, at = 0, next = is->length[0], i = 0;
	bool kept, joined, is_full;

	for (k = 0; k + 1 < was->n; k++) {
		at += was->length[k];
		kept = next == at;
		joined = lies_over(r, text, at) &&
			 (text.p[at - 1] != '\n' || text.p[at] == '\n');
		is_full = was->length[k] >= MAX_CHARS ||
			  (was->length[k] >= MAX_NEWLINES && text.p[at - 1] == '\n');
		T_OK(ends[at] ? kept || is_full : kept != joined, "the border at %zu is %s", at,
		     kept ? "kept" : "gone");
		if (kept)
			next += is->length[++i];
	}
	assert_int_equal(next, text.n);
	assert_int_equal(i + 1, is->n);
}

static void segments_are_joined_where_pieces_lie(void **state)
{
	static const bp_bytes some[] = { B("ba"), B("aca"), B("b\n\n"), B("aabaa"), B("\n\n\n") };
	bp_train_options o = bp_train_defaults();
	struct sample_block block, before;
	struct sample s = { .block = &block, .n = 1 };
	struct buf text = { 0 };
	struct required r;
	uint64_t rng = 1;
	bool ends[MAX_BLOCK];
	size_t i, k;

	for (i = 0; i < 20000; i++) {
		o.piece = some + i % 4;
		o.n_pieces = 1 + i % 5 % (5 - i % 4);
		init(&r, &o);
		random_block(&rng, &block, &text, ends);
		before = block;
		before.length = malloc(block.n * sizeof(*before.length));
		assert_non_null(before.length);
		for (k = 0; k < block.n; k++)
			before.length[k] = block.length[k];
		assert_int_equal(bp_sample_join(&s, &r, &short_segments, NULL), BP_OK);
		check_joined(&r, &before, &block, ends);
		free(before.length);
		free(block.bytes);
		free(block.length);
		bp_required_release(&r);
	}
	bp_buf_release(&text);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_there_once_and_normalised),
		cmocka_unit_test(an_impossible_item_is_refused),
		cmocka_unit_test(an_extended_model_comes_first),
		cmocka_unit_test(rows_come_back),
		cmocka_unit_test(rows_that_no_model_can_hold_are_refused),
		cmocka_unit_test(sums_tell_requirements_apart),
		cmocka_unit_test(lines_are_readable),
		cmocka_unit_test(a_model_has_special_tokens_last),
		cmocka_unit_test(an_extended_model_keeps_its_ids),
		cmocka_unit_test(segments_are_joined_where_pieces_lie)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
