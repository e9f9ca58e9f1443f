/*
 * fast_search.h and encoder.h: on every way through the encoder, and with every kernel that can
 * run here, a text gives the pieces that the search in double precision gives, fed with whole
 * segments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "support.h"
#include "text/nfc.h"

/* The search in double precision of a text, segment by segment. */
static void plain_text(struct viterbi *v, struct slice s)
{
	size_t n;

	for (v->path.n = 0; s.n > 0; s.p += n, s.n -= n) {
		n = t_segment_length(s);
		assert_true(bp_viterbi_feed(v, (struct slice){ s.p, n }) && bp_viterbi_end(v));
	}
}

/* One model, and the encoders and buffers used for text after text. */
struct subject {
	struct vocab v;
	bp_model *m;
	struct encoder texts, whole, fed;
	struct viterbi plain;
	struct t_list got, want;
	struct buf scratch;
};

/* The kernel that the tests use now: main() runs them once for each that can run here. */
static bp_kernel *kernel;

/* Takes over the vocabulary. */
static void subject_init(struct subject *t, struct vocab *v, bp_normalize normalize)
{
	*t = (struct subject){ .v = *v, .m = t_vocab_prepare(v, normalize) };
	*v = (struct vocab){ 0 };
	t->m->kernel = kernel;
	assert_true(bp_encoder_init(&t->texts, t->m) && bp_encoder_init(&t->whole, t->m) &&
		    bp_encoder_init(&t->fed, t->m) &&
		    bp_viterbi_init(&t->plain, &t->m->vocabulary));
}

static void subject_release(struct subject *t)
{
	bp_encoder_release(&t->texts);
	bp_encoder_release(&t->whole);
	bp_encoder_release(&t->fed);
	bp_viterbi_release(&t->plain);
	free(t->got.piece);
	free(t->want.piece);
	bp_buf_release(&t->scratch);
	bp_free(t->m);
	t_vocab_release(&t->v);
}

/* All texts in 's', one by one. */
static void plain_texts(struct subject *t, struct slice s, int mark)
{
	const unsigned char *end;
	size_t n;

	if (t->m->model.normalize == BP_NORMALIZE_NFC)
		assert_true(bp_nfc(s, &t->scratch, &s));
	for (t->want.n = 0; s.n > 0; s.p += n, s.n -= n) {
		end = mark == BP_NO_MARK ? NULL : memchr(s.p, mark, s.n);
		n = end != NULL ? (size_t)(end - s.p) : s.n;
		plain_text(&t->plain, (struct slice){ s.p, n });
		t_list_add_text(&t->want, t->plain.path.piece, t->plain.path.n, end != NULL);
		n += end != NULL;
	}
}

static void check_texts(struct subject *t, struct slice s, int mark, const char *way)
{
	t->got.n = 0;
	plain_texts(t, s, mark);
	assert_true(bp_encoder_texts(&t->texts, s, mark, t_list_add_text, &t->got));
	t_list_same(&t->got, &t->want, way);
}

static void take_path(struct subject *t, struct encoder *e)
{
	t_list_add(&t->got, bp_encoder_path(e)->piece, bp_encoder_path(e)->n);
	bp_encoder_path(e)->n = 0;
}

/* In parts of up to 'part' bytes; settled pieces are taken at once. */
static void feed(struct subject *t, uint64_t *rng, struct slice s, size_t part)
{
	size_t n;

	for (; s.n > 0; s.p += n, s.n -= n) {
		n = t_below(rng, part + 1);
		n = BP_MIN(n, s.n);
		assert_true(bp_encoder_feed(&t->fed, (struct slice){ s.p, n }));
		take_path(t, &t->fed);
	}
	assert_true(bp_encoder_end(&t->fed));
	take_path(t, &t->fed);
}

/* As one text: at once, through a list of one, in parts. */
static void check_one(struct subject *t, uint64_t *rng, struct slice s, size_t part)
{
	check_texts(t, s, BP_NO_MARK, "list of one text");
	if (t->want.n > 0)
		t->want.n--;	/* T_AT_END */
	t->got.n = 0;
	assert_true(bp_encoder_text(&t->whole, s));
	take_path(t, &t->whole);
	t_list_same(&t->got, &t->want, "text");
	t->got.n = 0;
	feed(t, rng, s, part);
	t_list_same(&t->got, &t->want, "parts");
}

static void check_all(struct subject *t, uint64_t *rng, struct slice s, size_t part)
{
	check_one(t, rng, s, part);
	check_texts(t, s, '\n', "lines");
	check_texts(t, s, '\0', "texts that end in NUL");
}

/* Sources of texts; the first ones are alphabets. */
enum { ALL_BYTES = 9, UNITS, FIBONACCI, MIXED, N_SOURCES };

static void add_units(uint64_t *rng, size_t n, struct buf *out)
{
	static const struct slice unit[] = {
		S_INIT("ab"), S_INIT("abcab"), S_INIT("aab"), S_INIT("aaaaaaaaab"),
		S_INIT("ab\n"), S_INIT("a\n\nb")
	};
	size_t k;

	for (; n > 0; n -= k) {
		k = 1 + t_below(rng, 300);
		k = BP_MIN(k, n);
		t_periodic(unit[t_below(rng, 6)], k, out);
	}
}

/* Replace the content of 'out' by n bytes of a source. */
static void make_text(size_t source, uint64_t *rng, size_t n, struct buf *out)
{
	static const struct slice alphabet[ALL_BYTES] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("abc"), S_INIT("aaaab\n"), S_INIT("ab\n\0"),
		S_INIT("\0\xFF"), S_INIT("\n\0"), S_INIT("\xE4\xB8\xAD" "e"), S_INIT("aaaaaaaab")
	};
	size_t i;

	out->len = 0;
	if (source < ALL_BYTES)
		t_letters(rng, alphabet[source], n, out);
	else if (source == ALL_BYTES)
		for (i = 0; i < n; i++)
			assert_true(bp_buf_byte(out, (unsigned char)t_next(rng)));
	else if (source == UNITS)
		add_units(rng, n, out);
	else if (source == FIBONACCI)
		t_fibonacci(n, out);
	else
		t_mixed_text(rng, n, out);
	out->len = BP_MIN(n, out->len);
}

static const size_t max_lengths[] = { 2, 3, 8, 9, 20, 36, 255, 300 };
enum { N_MAX = sizeof(max_lengths) / sizeof(max_lengths[0]) };

static void subject_of(struct subject *t, uint64_t *rng, size_t source, size_t n, size_t max,
		       enum t_counts how)
{
	struct buf text = { 0 };
	struct vocab v;

	t_vocab_init(&v);
	make_text(source, rng, 3000, &text);
	t_vocab_add_parts(&v, rng, t_slice(&text), n, max);
	t_vocab_count(&v, rng, how);
	subject_init(t, &v, source == MIXED && n % 2 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
	bp_buf_release(&text);
}

static bool quick(void)
{
	return getenv("BP_QUICK") != NULL;
}

static void every_way_gives_the_plain_path(void **state)
{
	static const size_t size[] = { 41, 100, 1000, 5000 };
	size_t rounds = quick() ? 100 : 350, i, n;
	struct buf text = { 0 };
	struct subject t;
	uint64_t rng = 1;

	(void)state;
	for (i = 0; i < rounds; i++) {
		subject_of(&t, &rng, i % N_SOURCES, t_below(&rng, i % 5 == 0 ? 3000 : 200),
			   max_lengths[t_below(&rng, N_MAX)],
			   (enum t_counts)t_below(&rng, T_COUNTS));
		for (n = 0; n <= 40; n++) {
			make_text(i % N_SOURCES, &rng, n, &text);
			check_all(&t, &rng, t_slice(&text), 1 + n);
		}
		for (n = 0; n < 4; n++) {
			make_text(t_below(&rng, 4) ? i % N_SOURCES : t_below(&rng, N_SOURCES), &rng,
				  size[n] + t_below(&rng, size[n]), &text);
			check_all(&t, &rng, t_slice(&text), 1 + t_below(&rng, 500));
		}
		subject_release(&t);
	}
	bp_buf_release(&text);
}

/* About as long as a block of the fast search, a part of a long segment, and a segment that is
 * given up as one without cut points. */
static void lengths_about_the_limits(void **state)
{
	static const size_t limit[] = { 16 << 10, 32 << 10, 64 << 10, 128 << 10, 1 << 20 };
	size_t rounds = quick() ? 1 : 3, i, k, source, n;
	struct buf text = { 0 };
	struct subject t;
	uint64_t rng = 2;

	(void)state;
	for (i = 0; i < rounds; i++)
		for (source = i % 2; source < N_SOURCES; source += 2) {
			subject_of(&t, &rng, source, 150, max_lengths[t_below(&rng, N_MAX)],
				   (enum t_counts)t_below(&rng, T_COUNTS));
			for (k = 0; k < 5; k++) {
				if (k == 4 && (quick() || i > 0 || source % 4 != 0))
					continue;
				n = limit[k] - 2 + t_below(&rng, 5);
				make_text(source, &rng, n, &text);
				check_all(&t, &rng, t_slice(&text), n / 3);
			}
			subject_release(&t);
		}
	bp_buf_release(&text);
}

/*
 * Three ways to write each of "abcd", "efgh", ... in two pieces; the products of their counts are
 * equal.  So rounding of logarithms and sums decides which way is best, and rounding depends on the
 * magnitude of the sum so far.
 */
enum { TIES = 5, TIE = 4 };

static void tie_vocab(struct vocab *v, size_t seed)
{
	unsigned char s[TIE];
	size_t i, k, first, last;

	t_vocab_init(v);
	for (i = 0; i < TIES; i++) {
		first = 100 + 7 * i + seed;
		last = 90 + 5 * i + 3 * seed;
		for (k = 0; k < TIE; k++)
			s[k] = (unsigned char)('a' + TIE * i + k);
		t_vocab_add(v, (struct slice){ s, 2 }, 2 * first);
		t_vocab_add(v, (struct slice){ s + 2, 2 }, 12 * last);
		t_vocab_add(v, (struct slice){ s, 3 }, 3 * first);
		t_vocab_add(v, (struct slice){ s + 1, 3 }, 6 * last);
		v->count[s[0]] = 4 * first;
		v->count[s[3]] = 8 * last;
	}
	t_vocab_sort(v);
}

static void tie_text(uint64_t *rng, size_t n, struct buf *out)
{
	size_t i;

	for (out->len = 0; out->len < n; ) {
		i = t_below(rng, TIES + 1);
		t_append(out, i == TIES ? S("x") : (struct slice){
			(const unsigned char *)"abcdefghijklmnopqrst" + TIE * i, TIE });
	}
}

/* The number of pieces behind cut point 'at' that differ if the sum restarts from 0 there. */
static size_t differences(struct subject *t, struct slice s, size_t at)
{
	const int64_t *want = t->want.piece + t->want.n;
	size_t n, i, k = 0;

	plain_text(&t->plain, (struct slice){ s.p + at, s.n - at });
	n = t->plain.path.n;
	assert_true(n < t->want.n);
	for (i = 1; i <= n; i++)
		k += *--want != (int64_t)t->plain.path.piece[n - i];
	return k;
}

static void sums_are_carried_over_parts(void **state)
{
	static const size_t part = 64 << 10;
	size_t rounds = quick() ? 2 : 5, i, at;
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 3;

	(void)state;
	for (i = 0; i < rounds; i++) {
		tie_vocab(&v, i);
		subject_init(&t, &v, BP_NORMALIZE_NONE);
		tie_text(&rng, 5 * part, &text);
		check_one(&t, &rng, t_slice(&text), i % 2 ? 3 * part : 1000);
		for (at = part; at < 5 * part; at += part) {
			while (text.data[at] != 'x')
				at--;
			T_OK(differences(&t, t_slice(&text), at) > 0,
			     "no piece depends on the sum to byte %zu", at);
		}
		check_texts(&t, t_slice(&text), 'x', "short texts");
		/* Lines, each with a sum of its own, in one block. */
		for (at = 0; at < text.len; at++)
			if (text.data[at] == 'x' && t_below(&rng, 100) == 0)
				text.data[at] = '\n';
		check_all(&t, &rng, t_slice(&text), 10000);
		subject_release(&t);
	}
	bp_buf_release(&text);
}

/* Cut points, none for long, and cut points again; then another text. */
static void check_without_cut_points(struct subject *t, uint64_t *rng, size_t n, size_t part)
{
	struct buf text = { 0 }, more = { 0 };
	size_t i;

	for (i = 0; i < 3; i++) {
		tie_text(rng, 70000, &more);
		t_append(&text, t_slice(&more));
		t_periodic(i % 2 ? S("ab") : S("a"), n + i, &text);
	}
	tie_text(rng, 70000, &more);
	t_append(&text, t_slice(&more));
	t_append(&text, S("\n\n"));
	t_append(&text, t_slice(&more));
	t_append(&text, S("\n"));
	check_one(t, rng, t_slice(&text), part);
	check_one(t, rng, t_slice(&more), 1000);
	bp_buf_release(&text);
	bp_buf_release(&more);
}

static void megabytes_without_a_cut_point(void **state)
{
	static const enum t_counts how[] = { T_RANDOM, T_EQUAL, T_LOW_BYTES, T_NEAR };
	size_t rounds = quick() ? 1 : 4, i, k;
	struct subject t;
	struct vocab v;
	uint64_t rng = 4;
	unsigned char a[255];

	(void)state;
	memset(a, 'a', sizeof(a));
	for (i = 0; i < rounds; i++) {
		tie_vocab(&v, i);
		for (k = 2; k < 10; k++)
			t_vocab_add(&v, (struct slice){ a, k }, 5);
		if (i > 0)
			t_vocab_add(&v, (struct slice){ a, 255 }, 1000);
		if (i > 0)
			t_vocab_count(&v, &rng, how[i]);
		subject_init(&t, &v, BP_NORMALIZE_NONE);
		check_without_cut_points(&t, &rng, i == 0 ? 1200000 : 300000 * i,
				      (size_t)50000 << i);
		subject_release(&t);
	}
}

/* Pieces that the exact search found for one segment are not handed out again with another. */
static void pieces_are_handed_out_once(void **state)
{
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 5;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 5);
	t_vocab_add(&v, S("bc"), 5);
	t_vocab_add(&v, S("bb"), 5);
	subject_init(&t, &v, BP_NORMALIZE_NONE);
	t_append(&text, S("abc\n"));
	t_periodic(S("b"), 1200000, &text);
	check_one(&t, &rng, t_slice(&text), 100000);
	subject_release(&t);
	bp_buf_release(&text);
}

/*
 * Two paths side by side over a text without a cut point, (ab)(ab)... and a(ba)(ba)...b.  The
 * second has the better pieces, by so little that rounding may hide it, but is dearer at its ends;
 * so it wins from some length on, but there the first one may still lead in integers.
 */
static void check_side_by_side(uint64_t *rng, uint64_t total, uint64_t step)
{
	unsigned char filler[255] = { 0 };
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t n = total >> 10;
	size_t k;

	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), n);
	t_vocab_add(&v, S("ba"), n + step);
	t_vocab_add(&v, (struct slice){ filler, t_below(rng, 2) ? 255 : 9 }, total);
	t_vocab_sort(&v);
	/* Together a little dearer than a pair: the sum of all counts is over 3/2 of 'total'. */
	v.count['a'] = total / 2;
	v.count['b'] = 3 * n - 1 - t_below(rng, (size_t)BP_MIN(n / 4, SIZE_MAX));
	subject_init(&t, &v, BP_NORMALIZE_NONE);
	for (k = 1; k < 30000; k += 1 + k / 3 + t_below(rng, 4)) {
		text.len = 0;
		t_append(&text, S("x"));
		t_periodic(S("ab"), 2 * k, &text);
		t_append(&text, S("x"));
		check_one(&t, rng, t_slice(&text), 7000);
	}
	subject_release(&t);
	bp_buf_release(&text);
}

static void rounding_adds_up_along_paths_side_by_side(void **state)
{
	size_t rounds = quick() ? 8 : 60, i;
	uint64_t rng = 6, total;

	(void)state;
	for (i = 0; i < rounds; i++) {
		total = (uint64_t)1 << (24 + t_below(&rng, 38));
		check_side_by_side(&rng, total,
				   1 + t_below(&rng, (size_t)(total >> 10) / 1000 + 1));
	}
}

static bool read_file(const char *path, struct buf *out)
{
	unsigned char part[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		t_append(out, (struct slice){ part, n });
	assert_int_equal(fclose(f), 0);
	return true;
}

static void real_text_gives_the_plain_path(void **state)
{
	static const char *const path[] = {
		"data/code.txt", "data/dialogue.txt", "data/languages.txt", "data/prose.en.txt",
		"data/prose.zh.txt", "data/tables.txt"
	};
	static const size_t pieces[] = { 0, 300, 3000, 30000 };
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(path) / sizeof(path[0]); i++)
		if (!read_file(path[i], &text)) {
			bp_buf_release(&text);
			skip();
		}
	for (i = 0; i < (quick() ? 3 : 6); i++) {
		t_vocab_init(&v);
		t_vocab_add_parts(&v, &rng, t_slice(&text), pieces[i % 4], max_lengths[i % N_MAX]);
		t_vocab_count(&v, &rng, (enum t_counts)(i % T_COUNTS));
		subject_init(&t, &v, i % 3 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC);
		check_all(&t, &rng, t_slice(&text), 30000);
		subject_release(&t);
	}
	bp_buf_release(&text);
}

/* The first n of the alphabet. */
static struct slice letters(size_t n)
{
	return (struct slice){ (const unsigned char *)"abcdefghijklmnopqrstuvwxyz", n };
}

static void a_million_pieces(void **state)
{
	struct buf text = { 0 }, sample = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 8;
	size_t i;

	(void)state;
	if (quick())
		skip();
	/* Letters as in text, some far more frequent than others, and now and then a newline. */
	for (i = 0; i < 1400000; i++)
		t_letters(&rng, i % 64 == 0 ? S("\n") : letters(1 + t_below(&rng, 26)), 1, &text);
	t_vocab_init(&v);
	t_vocab_add_parts(&v, &rng, t_slice(&text), 1700000, 10);
	t_vocab_count(&v, &rng, T_RANDOM);
	T_OK(v.n > 1000000, "%zu pieces", v.n);
	subject_init(&t, &v, BP_NORMALIZE_NONE);
	check_all(&t, &rng, (struct slice){ text.data, 100000 }, 30000);
	t_letters(&rng, S("abcdefghij"), 100000, &sample);
	check_one(&t, &rng, t_slice(&sample), 100000);
	subject_release(&t);
	bp_buf_release(&text);
	bp_buf_release(&sample);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_gives_the_plain_path),
		cmocka_unit_test(lengths_about_the_limits),
		cmocka_unit_test(sums_are_carried_over_parts),
		cmocka_unit_test(megabytes_without_a_cut_point),
		cmocka_unit_test(pieces_are_handed_out_once),
		cmocka_unit_test(rounding_adds_up_along_paths_side_by_side),
		cmocka_unit_test(real_text_gives_the_plain_path),
		cmocka_unit_test(a_million_pieces)
	};

	const struct kernel_entry *k;
	int failed = 0;

	for (k = bp_kernels; k->name != NULL; k++)
		if ((kernel = k->find()) != NULL)
			failed += cmocka_run_group_tests_name(k->name, tests, NULL, NULL);
	return failed;
}
