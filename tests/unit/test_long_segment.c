/* long_segment.h: a long segment in parts, with gaps that only the score before them decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "encode/cut_point.h"
#include "api/long_segment.h"
#include "support.h"
#include "text/cut.h"

struct drawn_piece {
	struct slice bytes;
	uint64_t least;		/* the count is random, from this on and below its double */
};

static bp_model *drawn_model(uint64_t seed, const struct drawn_piece *piece, size_t n,
			     bp_normalize normalize)
{
	struct vocab v;
	bp_model *m;
	size_t i;

	t_vocab_init(&v);
	for (i = 0; i < n; i++)
		t_vocab_add(&v, piece[i].bytes, piece[i].least + t_below(&seed, piece[i].least));
	m = t_vocab_model(&v, normalize);
	t_vocab_release(&v);
	return m;
}

/*
 * Runs of an odd number of one letter can be divided into equal pieces in several orders.  The sums
 * differ by rounding alone, so the best order depends on the magnitude of the score before them.
 */
static bp_model *tied_model(uint64_t seed, bp_normalize normalize)
{
	static const struct drawn_piece piece[] = {
		{ S_INIT("aa"), 100000 }, { S_INIT("cc"), 100000 }, { S_INIT("dd"), 100000 },
		{ S_INIT("ddd"), 100000 }, { S_INIT("bab"), 100000 }, { S_INIT("ba"), 1000 },
		{ S_INIT("ab"), 1000 }, { S_INIT("\xC3\xA9\xC3\xA9"), 1000 }
	};

	return drawn_model(seed, piece, sizeof(piece) / sizeof(piece[0]), normalize);
}

static void tied_text(uint64_t *rng, size_t n, struct buf *text)
{
	static const char letter[] = "acde";
	char c;
	size_t k;

	while (n-- > 0) {
		c = letter[t_below(rng, 4)];
		for (k = t_below(rng, 12); k > 0; k--)
			t_append(text, t_below(rng, 9) ?
				 (struct slice){ (unsigned char *)&c, 1 } : S("b"));
		t_append(text, t_below(rng, 9) ? S(" ") : S("\xC3\xA9\xC3\xA9\xC3\xA9"));
	}
}

/* The reference: each segment of each text searched whole, in double precision. */
static void search_plainly(const bp_model *m, bp_records records, struct slice s, struct viterbi *v)
{
	const struct cut_rules rules = { .newlines = m->model.newlines };
	const unsigned char *end;
	struct slice text;
	size_t pos, n;

	v->path.n = 0;
	for (; s.n > 0; s.p += n, s.n -= n) {
		end = records == BP_WHOLE ? NULL : memchr(s.p, records == BP_NULS ? 0 : '\n', s.n);
		text = (struct slice){ s.p, end != NULL ? (size_t)(end - s.p) : s.n };
		n = text.n + (end != NULL);
		for (pos = 0; pos < text.n; ) {
			assert_true(bp_viterbi_feed(v, bp_cut(&rules, text, &pos)));
			assert_true(bp_viterbi_end(v));
		}
	}
	assert_ptr_equal(v->u, &m->vocabulary);
}

static void same_ids(struct slice got, const struct viterbi *want)
{
	size_t i;
	uint32_t id;

	assert_int_equal(got.n, 4 * want->path.n);
	for (i = 0; i < want->path.n; i++) {
		id = got.p[4 * i] | (uint32_t)got.p[4 * i + 1] << 8 |
		     (uint32_t)got.p[4 * i + 2] << 16 | (uint32_t)got.p[4 * i + 3] << 24;
		T_OK(id == want->path.piece[i] + BP_FIRST_PIECE, "id %zu is %u, not %u", i,
		     (unsigned)id, (unsigned)want->path.piece[i] + BP_FIRST_PIECE);
	}
}

/* Ways to encode the parts of a segment. */
struct way {
	bool feeds;		/* some parts are fed to one encoder, one after another */
	bool forgets;		/* each part starts with score 0: wrong where rounding decides */
	size_t gaps;		/* counted */
};

static void one_part(struct long_segment *t, struct encoder *worker, struct encoder *last,
			struct slice s, uint64_t before, double *sum, struct way *way,
			struct format *all)
{
	assert_true(bp_long_segment_encode(t, worker, s, before));
	way->gaps += t->n_gaps;
	if (way->forgets)
		*sum = 0;
	assert_true(bp_long_segment_fill(t, last, sum, all));
}

static void fed_part(struct encoder *last, uint64_t *rng, struct slice s, double *sum,
			struct format *all)
{
	size_t n;

	bp_encoder_path(last)->n = 0;
	bp_encoder_resume(last, *sum);
	for (; s.n > 0; s.p += n, s.n -= n) {
		n = 1 + t_below(rng, 200000);
		n = BP_MIN(s.n, n);
		assert_true(bp_encoder_feed(last, (struct slice){ s.p, n }));
	}
	assert_true(bp_encoder_pause(last, sum));
	assert_true(bp_format_tokens(all, bp_encoder_path(last)->piece, bp_encoder_path(last)->n));
}

static void encode(const bp_model *m, uint64_t *rng, struct slice s, struct way *way,
		   struct format *all)
{
	struct long_segment t = { .out = *all };
	struct encoder worker, last;
	struct cut_point_finder b;
	uint64_t before = 0;
	double sum = 0;
	size_t at;

	t.out.text = (struct buf){ 0 };
	assert_true(bp_encoder_init(&worker, m));
	assert_true(bp_encoder_init(&last, m));
	assert_true(bp_cut_point_init(&b, m));
	bp_format_reset(all, false);
	for (; s.n > 0; s.p += at, s.n -= at, before += at) {
		at = 4000 + t_below(rng, t_below(rng, 2) ? 300000 : 20000);
		at = BP_MIN(s.n, at);
		if (at < s.n)
			assert_true(bp_cut_point_find(&b, (struct slice){ s.p, at }, &at));
		assert_true(at > 0);
		if (way->feeds && t_below(rng, 2) == 0)
			fed_part(&last, rng, (struct slice){ s.p, at }, &sum, all);
		else
			one_part(&t, &worker, &last, (struct slice){ s.p, at }, before, &sum, way,
				 all);
	}
	bp_long_segment_release(&t);
	bp_long_segment_release(&t);
	bp_cut_point_release(&b);
	bp_encoder_release(&worker);
	bp_encoder_release(&last);
}

static bool is_same(const struct format *f, const struct buf *other)
{
	return f->text.len == other->len && memcmp(f->text.data, other->data, other->len) == 0;
}

static void parts_give_the_ids_of_the_whole_segment(void **state)
{
	struct way way = { 0 }, feeding = { .feeds = true }, wrong = { .forgets = true };
	struct buf text = { 0 }, right = { 0 };
	struct format all;
	struct viterbi v;
	uint64_t rng = 5;
	size_t round, wrong_ones = 0;
	bp_model *m;

	(void)state;
	for (round = 0; round < 8; round++) {
		m = tied_model(round, round % 2 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
		assert_true(m->rows.n > 0);
		all = (struct format){ .model = m, .row = bp_format_row(BP_FORMAT_U32) };
		text.len = right.len = 0;
		tied_text(&rng, 60000, &text);
		assert_true(bp_viterbi_init(&v, &m->vocabulary));
		search_plainly(m, BP_WHOLE, t_slice(&text), &v);
		encode(m, &rng, t_slice(&text), &way, &all);
		same_ids(t_slice(&all.text), &v);
		t_append(&right, t_slice(&all.text));
		encode(m, &rng, t_slice(&text), &feeding, &all);
		same_ids(t_slice(&all.text), &v);
		encode(m, &rng, t_slice(&text), &wrong, &all);
		wrong_ones += !is_same(&all, &right);
		bp_buf_release(&all.text);
		bp_viterbi_release(&v);
		bp_free(m);
	}
	/* Or there would have been nothing to get wrong. */
	assert_true(way.gaps > 1000 && feeding.gaps > 100);
	T_OK(wrong_ones > 2, "only %zu of 8 hang on the score", wrong_ones);
	bp_buf_release(&text);
	bp_buf_release(&right);
}

/* In each format of tokens: as the pieces written in one go. */
static void gaps_do_not_show(void **state)
{
	const struct format_row *row;
	bp_model *m = tied_model(1, BP_NORMALIZE_NFC);
	struct way way = { .feeds = true };
	struct buf text = { 0 };
	struct format all, once;
	struct viterbi v;
	uint64_t rng = 6;
	unsigned i;

	(void)state;
	tied_text(&rng, 50000, &text);
	assert_true(bp_viterbi_init(&v, &m->vocabulary));
	search_plainly(m, BP_WHOLE, t_slice(&text), &v);
	for (i = 0; (row = bp_format_row(i)) != NULL; i++) {
		if (row->put == NULL)
			continue;
		all = once = (struct format){ .model = m, .row = row };
		encode(m, &rng, t_slice(&text), &way, &all);
		assert_true(bp_format_tokens(&once, v.path.piece, v.path.n));
		T_SAME(t_slice(&all.text), t_slice(&once.text));
		assert_true(all.has_tokens || row->separator == 0);
		bp_buf_release(&all.text);
		bp_buf_release(&once.text);
	}
	assert_true(way.gaps > 100);
	bp_viterbi_release(&v);
	bp_free(m);
	bp_buf_release(&text);
}

/* A segment with ties at first, and then no cut point for longer than the search waits. */
static void what_was_decided_exactly_is_not_given_twice(void **state)
{
	bp_model *m = tied_model(2, BP_NORMALIZE_NONE);
	struct encoder e;
	struct buf text = { 0 };
	struct viterbi v;
	uint64_t rng = 7;
	size_t i;

	(void)state;
	tied_text(&rng, 20000, &text);
	for (i = 0; i < 1500001; i++)
		t_append(&text, S("a"));
	assert_true(bp_viterbi_init(&v, &m->vocabulary));
	search_plainly(m, BP_WHOLE, t_slice(&text), &v);
	assert_true(bp_encoder_init(&e, m));
	assert_true(bp_encoder_feed(&e, t_slice(&text)) && bp_encoder_end(&e));
	assert_int_equal(bp_encoder_path(&e)->n, v.path.n);
	assert_memory_equal(bp_encoder_path(&e)->piece, v.path.piece,
			    v.path.n * sizeof(*v.path.piece));
	bp_encoder_release(&e);
	bp_viterbi_release(&v);
	bp_free(m);
	bp_buf_release(&text);
}

static void read_all(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t got;

	assert_non_null(f);
	out->len = 0;
	do {
		assert_true(bp_buf_reserve(out, 65536));
		got = fread(out->data + out->len, 1, 65536, f);
		out->len += got;
	} while (got > 0);
	fclose(f);
}

/* Segments longer than chunks, with cut points and without, and with one after the other. */
static void long_text(uint64_t *rng, struct buf *text)
{
	static const struct slice end[] = { S_INIT("\n"), S_INIT("\n\n"), S_INIT(""), S_INIT("\0"),
					    S_INIT("\na\n"), S_INIT("\n\0"), S_INIT("") };
	size_t i, k;

	for (i = 0; i < sizeof(end) / sizeof(end[0]); i++) {
		tied_text(rng, 20000 + t_below(rng, 150000), text);
		for (k = i % 3 == 1 ? 700000 : t_below(rng, 300000); k > 0; k--)
			t_append(text, S("a"));
		tied_text(rng, t_below(rng, 100000), text);
		t_append(text, end[i]);
	}
	for (k = 0; k < 300000; k++)
		t_append(text, S("\n"));
	tied_text(rng, 100000, text);
}

static void files_with_long_lines_give_the_ids_of_their_segments(void **state)
{
	static const unsigned threads[] = { 1, 2, 5 };
	static const bp_records records[] = { BP_LINES, BP_NULS, BP_WHOLE };
	static const bp_encode_options raw = { .format = BP_FORMAT_U32 };
	bp_model *m[] = { tied_model(3, BP_NORMALIZE_NFC), tied_model(4, BP_NORMALIZE_NONE) };
	struct buf text = { 0 }, got = { 0 };
	struct t_file in, out;
	const char *path = in.path;
	bp_input input = { .path = &path, .n_paths = 1 };
	bp_error err = { 0 };
	struct viterbi v;
	uint64_t rng = 8;
	size_t i, k, n;

	(void)state;
	long_text(&rng, &text);
	t_file_make(&in, t_slice(&text));
	t_file_make(&out, (struct slice){ 0 });
	for (n = 0; n < 2; n++) {
		assert_true(bp_viterbi_init(&v, &m[n]->vocabulary));
		for (i = 0; i < 3; i++) {
			input.records = records[i];
			search_plainly(m[n], records[i], t_slice(&text), &v);
			for (k = 0; k < 3; k++) {
				input.threads = threads[k];
				T_OK(bp_encode_files(m[n], &input, out.path, &raw, &err) == BP_OK,
				     "%s", err.msg);
				read_all(out.path, &got);
				same_ids(t_slice(&got), &v);
			}
		}
		bp_viterbi_release(&v);
		bp_free(m[n]);
	}
	t_file_remove(&in);
	t_file_remove(&out);
	bp_buf_release(&text);
	bp_buf_release(&got);
}

/* Pieces with newlines at their beginning, inside, and at their end, and many ties. */
static bp_model *model_of_lines(uint64_t seed, bp_newlines rule)
{
	static const struct drawn_piece piece[] = {
		{ S_INIT("aa"), 100000 }, { S_INIT("a\n"), 100000 }, { S_INIT("\na"), 100000 },
		{ S_INIT("a\na"), 1000 }, { S_INIT("\n\n"), 100000 },
		{ S_INIT("c\n\nd"), 100000 }, { S_INIT("\xC3\xA9\n\xC3\xA9"), 1000 }
	};

	return t_with_newlines(drawn_model(seed, piece, sizeof(piece) / sizeof(piece[0]),
					   seed % 2 == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE),
			       rule);
}

/* Texts of up to 400,000 bytes, of many lines. */
static void tied_lines(uint64_t *rng, size_t texts, struct buf *out)
{
	size_t units, from, i;

	while (texts-- > 0) {
		from = out->len;
		units = texts % 3 == 0 ? 100000 : texts % 3 == 1 ? 3000 : t_below(rng, 20);
		tied_text(rng, units / 2 + t_below(rng, units / 2 + 1), out);
		for (i = from; i < out->len; i++)
			if ((out->data[i] == ' ' || out->data[i] == 'a') && t_below(rng, 3) == 0)
				out->data[i] = '\n';
		t_append(out, S("\0"));
	}
}

static void documents_give_the_ids_of_their_segments(void **state)
{
	static const bp_records records[] = { BP_LINES, BP_NULS, BP_WHOLE };
	static const bp_encode_options raw = { .format = BP_FORMAT_U32 };
	struct buf text = { 0 }, got = { 0 };
	struct t_file in, out;
	const char *path = in.path;
	bp_input input = { .path = &path, .n_paths = 1 };
	bp_error err = { 0 };
	struct viterbi v;
	uint64_t rng = 9;
	bp_model *m;
	size_t i;

	(void)state;
	tied_lines(&rng, 25, &text);
	t_file_make(&in, t_slice(&text));
	t_file_make(&out, (struct slice){ 0 });
	for (i = 0; i < 36; i++) {
		m = model_of_lines(i, (bp_newlines)(i / 3 % 3));
		assert_true(bp_viterbi_init(&v, &m->vocabulary));
		input.records = records[i % 3];
		input.threads = 1 + i % 4;
		search_plainly(m, records[i % 3], t_slice(&text), &v);
		T_OK(bp_encode_files(m, &input, out.path, &raw, &err) == BP_OK, "%s", err.msg);
		read_all(out.path, &got);
		same_ids(t_slice(&got), &v);
		bp_viterbi_release(&v);
		bp_free(m);
	}
	t_file_remove(&in);
	t_file_remove(&out);
	bp_buf_release(&text);
	bp_buf_release(&got);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_give_the_ids_of_the_whole_segment),
		cmocka_unit_test(gaps_do_not_show),
		cmocka_unit_test(what_was_decided_exactly_is_not_given_twice),
		cmocka_unit_test(files_with_long_lines_give_the_ids_of_their_segments),
		cmocka_unit_test(documents_give_the_ids_of_their_segments)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
