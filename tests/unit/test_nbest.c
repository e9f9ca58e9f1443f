/* nbest.h, and the calls of bytepiece.h for it and for probabilities: against all segmentations. */
#include "encode/encoder.h"
#include "encode/nbest.h"
#include "segmentations.h"
#include "text/cut.h"

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0a"), S_INIT("\xC3\xA9\x80\xFF"), S_INIT("a\n")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

static const struct toy *sorting;	/* for qsort() */

/* By score, then the longer last piece, then by the pieces before it. */
static int by_score(const void *a, const void *b)
{
	const struct segmentation *x = a, *y = b;
	size_t i = x->n, k = y->n, n, m;

	for (;; i--, k--) {
		if (x->score[i] != y->score[k])
			return x->score[i] > y->score[k] ? -1 : 1;
		if (i == 0 || k == 0)
			return (i > k) - (i < k);
		n = sorting->v.piece[x->piece[i - 1]].n;
		m = sorting->v.piece[y->piece[k - 1]].n;
		if (n != m)
			return n > m ? -1 : 1;
	}
}

static void sort_all(const struct toy *t, struct segmentations *all)
{
	sorting = t;
	qsort(all->all, all->n, sizeof(*all->all), by_score);
}

static void check_segment(const struct toy *t, struct slice text, size_t want)
{
	struct segmentations all;
	struct nbest b;
	double score;
	size_t i;

	find_all(t, text, &all);
	sort_all(t, &all);
	bp_nbest_init(&b, &t->u, want);
	assert_true(bp_nbest_text(&b, text));
	assert_int_equal(bp_nbest_found(&b), BP_MIN(want, all.n));
	for (i = 0; i < bp_nbest_found(&b); i++) {
		assert_true(bp_nbest_path(&b, i, &score));
		T_OK(score == whole_score(&all.all[i]), "number %zu of %zu: score %.17g, not %.17g",
		     i, want, score, whole_score(&all.all[i]));
		T_OK(index_of(&all, b.path.piece, b.path.n) == i, "number %zu of %zu is number %zu",
		     i, want, index_of(&all, b.path.piece, b.path.n));
	}
	bp_nbest_release(&b);
	free(all.all);
}

static void short_segments_give_all_in_order(void **state)
{
	static const size_t want[] = { 1, 2, 3, 10, 100, 65536 };
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 1;
	size_t round, i;

	(void)state;
	for (round = 0; round < 100; round++) {
		struct slice alphabet = alphabets[round % (N_ALPHABETS - 1)];

		toy_init(&t, &rng, alphabet, 1 + t_below(&rng, 60), T_SHORT,
				 round % 2 ? ANY : TIES);
		for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
			random_text(&rng, alphabet, t_below(&rng, T_SHORT), &text);
			check_segment(&t, t_slice(&text), want[i]);
		}
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* A text in segments: their ranks, and the scores added up segment by segment. */
enum { MOST_SEGMENTS = 8 };
struct combination {
	size_t rank[MOST_SEGMENTS], n;
	double score[MOST_SEGMENTS + 1];
};

static int by_segments(const void *a, const void *b)
{
	const struct combination *x = a, *y = b;
	size_t i;

	for (i = x->n; i > 0; i--) {
		if (x->score[i] != y->score[i])
			return x->score[i] > y->score[i] ? -1 : 1;
		if (x->rank[i - 1] != y->rank[i - 1])
			return x->rank[i - 1] < y->rank[i - 1] ? -1 : 1;
	}
	return 0;
}

struct combinations {
	struct combination *all;
	size_t n, cap;
	struct segmentations of[MOST_SEGMENTS];
	size_t n_segments;
};

static void combine(struct combinations *c, struct combination *now)
{
	const struct segmentations *s = &c->of[now->n];
	size_t i;

	if (now->n == c->n_segments) {
		assert_true(BP_GROW(c->all, c->cap, c->n + 1));
		c->all[c->n++] = *now;
		return;
	}
	for (i = 0; i < s->n; i++) {
		now->rank[now->n] = i;
		now->score[now->n + 1] = now->score[now->n] + whole_score(&s->all[i]);
		now->n++;
		combine(c, now);
		now->n--;
	}
}

static void check_path(const struct combinations *c, const struct combination *want,
		       const struct nbest *b)
{
	const struct segmentation *s;
	size_t i, at = 0;

	for (i = 0; i < c->n_segments; at += s->n, i++) {
		s = &c->of[i].all[want->rank[i]];
		assert_true(at + s->n <= b->path.n);
		assert_memory_equal(s->piece, b->path.piece + at, s->n * sizeof(*b->path.piece));
	}
	assert_int_equal(at, b->path.n);
}

static void check_text(const struct toy *t, struct nbest *b, struct slice text)
{
	const struct cut_rules rules = { .newlines = t->u.newlines };
	struct combinations c = { 0 };
	struct combination now = { .n = 0 };
	double score;
	size_t pos = 0, i;

	while (pos < text.n) {
		assert_true(c.n_segments < MOST_SEGMENTS);
		find_all(t, bp_cut(&rules, text, &pos), &c.of[c.n_segments]);
		sort_all(t, &c.of[c.n_segments++]);
	}
	combine(&c, &now);
	qsort(c.all, c.n, sizeof(*c.all), by_segments);
	assert_true(bp_nbest_text(b, text));
	assert_int_equal(bp_nbest_found(b), BP_MIN(b->want, c.n));
	for (i = 0; i < bp_nbest_found(b); i++) {
		assert_true(bp_nbest_path(b, i, &score));
		T_OK(score == c.all[i].score[c.n_segments], "number %zu of %zu: %.17g, not %.17g",
		     i, b->want, score, c.all[i].score[c.n_segments]);
		check_path(&c, &c.all[i], b);
	}
	for (i = 0; i < c.n_segments; i++)
		free(c.of[i].all);
	free(c.all);
}

static void texts_of_several_segments_give_all_in_order(void **state)
{
	struct nbest b;
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 2;
	size_t round, i, k;

	(void)state;
	for (round = 0; round < 40; round++) {
		toy_init(&t, &rng, S("a\n"), 1 + t_below(&rng, 20), 4, round % 2 ? ANY : TIES);
		t.u.newlines = (bp_newlines)(round % 3);
		bp_nbest_init(&b, &t.u, (size_t)1 << t_below(&rng, 10));
		for (i = 0; i < 5; i++) {
			text.len = 0;
			for (k = t_below(&rng, t.u.newlines == BP_NEWLINES_END ? 5 : 3); k > 0;
			     k--) {
				t_append(&text, (struct slice){ S("aaa").p, t_below(&rng, 4) });
				t_append(&text, (struct slice){ S("\n\n").p, t_below(&rng, 3) });
			}
			check_text(&t, &b, t_slice(&text));
		}
		bp_nbest_release(&b);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* The best one equals the search's result, ties included; scores never rise, and none comes
 * twice. */
static void long_texts_begin_with_the_best(void **state)
{
	struct viterbi v;
	struct nbest b;
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 3;
	uint32_t *before;
	size_t round, i, n_before;
	double score, last;

	(void)state;
	for (round = 0; round < 6; round++) {
		toy_init(&t, &rng, S("ab"), 100, 12, round % 2 ? ANY : TIES);
		random_text(&rng, S("ab"), 5000, &text);
		assert_true(bp_viterbi_init(&v, &t.u));
		assert_true(bp_viterbi_feed(&v, t_slice(&text)) && bp_viterbi_end(&v));
		bp_nbest_init(&b, &t.u, 50);
		assert_true(bp_nbest_text(&b, t_slice(&text)));
		assert_int_equal(bp_nbest_found(&b), 50);
		before = bp_array(text.len, sizeof(*before));
		assert_non_null(before);
		for (i = n_before = 0, last = 0; i < 50; i++) {
			assert_true(bp_nbest_path(&b, i, &score));
			assert_true(score <= last);
			last = score;
			assert_true(n_before != b.path.n ||
				    memcmp(before, b.path.piece, n_before * sizeof(*before)) != 0);
			if (i == 0) {
				assert_int_equal(b.path.n, v.path.n);
				assert_memory_equal(b.path.piece, v.path.piece,
						    v.path.n * sizeof(*v.path.piece));
			}
			n_before = b.path.n;
			memcpy(before, b.path.piece, n_before * sizeof(*before));
		}
		free(before);
		bp_nbest_release(&b);
		bp_viterbi_release(&v);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* From here on: the public calls, on a model. */
static bp_model *small_model(bp_normalize normalize)
{
	struct vocab v;
	bp_model *m;

	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 30);
	t_vocab_add(&v, S("bc"), 20);
	t_vocab_add(&v, S("abc"), 7);
	t_vocab_add(&v, S("\xC3\xA9"), 40);
	m = t_vocab_model(&v, normalize);
	t_vocab_release(&v);
	return m;
}

struct list {
	double score[8];
	size_t n, stop_at, n_ids[8];
	uint32_t ids[8][8];
};

static int add_to_list(void *ctx, double score, const uint32_t *ids, size_t n)
{
	struct list *l = ctx;

	assert_true(l->n < 8 && n <= 8);
	l->score[l->n] = score;
	memcpy(l->ids[l->n], ids, n * sizeof(*ids));
	l->n_ids[l->n++] = n;
	return l->n == l->stop_at;
}

static double log_p(const bp_model *m, const char *piece)
{
	return bp_piece_log_probability(m, bp_piece_id(m, piece, strlen(piece)));
}

static void the_call_gives_ids_and_scores(void **state)
{
	bp_model *m = small_model(BP_NORMALIZE_NFC);
	struct list l = { 0 };

	(void)state;
	assert_int_equal(bp_nbest(m, "abc", 3, 8, add_to_list, &l), BP_OK);
	assert_int_equal(l.n, 4);
	assert_int_equal(l.n_ids[0], 1);
	assert_int_equal(l.ids[0][0], bp_piece_id(m, "abc", 3));
	assert_true(l.score[0] == log_p(m, "abc"));
	assert_int_equal(l.n_ids[1], 2);
	assert_int_equal(l.ids[1][1], bp_piece_id(m, "c", 1));
	assert_true(l.score[1] == log_p(m, "ab") + log_p(m, "c"));
	assert_int_equal(l.n_ids[3], 3);
	l = (struct list){ .stop_at = 2 };
	assert_int_equal(bp_nbest(m, "abc", 3, 8, add_to_list, &l), BP_OK);
	assert_int_equal(l.n, 2);
	l = (struct list){ 0 };
	assert_int_equal(bp_nbest(m, "", 0, 8, add_to_list, &l), BP_OK);
	assert_true(l.n == 1 && l.n_ids[0] == 0 && l.score[0] == 0);
	l = (struct list){ 0 };
	assert_int_equal(bp_nbest(m, "e\xCC\x81", 3, 1, add_to_list, &l), BP_OK);
	assert_int_equal(l.ids[0][0], bp_piece_id(m, "\xC3\xA9", 2));
	assert_int_equal(bp_nbest(m, "abc", 3, 0, add_to_list, &l), BP_ERANGE);
	assert_int_equal(bp_nbest(m, "abc", 3, BP_NBEST_MAX + 1, add_to_list, &l), BP_ERANGE);
	assert_int_equal(l.n, 1);
	bp_free(m);
}

struct marginal_list {
	size_t start[16], len[16], n, stop_at;
	uint32_t id[16];
	double p[16];
};

static int add_marginal(void *ctx, size_t start, size_t len, uint32_t id, double p)
{
	struct marginal_list *l = ctx;

	assert_true(l->n < 16);
	l->start[l->n] = start;
	l->len[l->n] = len;
	l->id[l->n] = id;
	l->p[l->n++] = p;
	return l->n == l->stop_at;
}

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-12;
}

/* "abc\nbc": the second segment begins where the first ends. */
static void probabilities_of_a_text_come_by_segments(void **state)
{
	bp_model *m = small_model(BP_NORMALIZE_NFC);
	double a = log_p(m, "a"), b = log_p(m, "b"), c = log_p(m, "c"), ab = log_p(m, "ab");
	double bc = log_p(m, "bc"), abc = log_p(m, "abc"), newline = log_p(m, "\n");
	double x, first, second;
	bp_distribution *d = bp_distribution_new(m, 1, NULL);
	struct marginal_list l = { 0 };

	(void)state;
	assert_non_null(d);
	first = exp(abc) + exp(ab + c) + exp(a + bc) + exp(a + b + c);
	second = exp(bc) + exp(b + c);
	assert_int_equal(bp_text_log_probability(d, "abc\nbc", 6, &x), BP_OK);
	assert_true(is_near(x, log(first) + newline + log(second)));
	assert_int_equal(bp_text_marginals(d, "abc\nbc", 6, 0, add_marginal, &l), BP_OK);
	assert_int_equal(l.n, 10);
	assert_true(l.start[0] == 0 && l.len[0] == 1 && l.id[0] == bp_piece_id(m, "a", 1));
	assert_true(l.start[3] == 0 && l.len[3] == 3 && is_near(l.p[3], exp(abc) / first));
	assert_true(l.start[6] == 3 && l.len[6] == 1 && is_near(l.p[6], 1));
	assert_true(l.start[8] == 4 && l.len[8] == 2 && is_near(l.p[8], exp(bc) / second));
	assert_true(l.start[9] == 5 && l.len[9] == 1 && is_near(l.p[9], exp(b + c) / second));
	l = (struct marginal_list){ .stop_at = 2 };
	assert_int_equal(bp_text_marginals(d, "abc\nbc", 6, 0, add_marginal, &l), BP_OK);
	assert_int_equal(l.n, 2);
	l = (struct marginal_list){ 0 };
	assert_int_equal(bp_text_marginals(d, "abc\nbc", 6, 0.99, add_marginal, &l), BP_OK);
	assert_true(l.n == 2 && l.start[0] == 3 && l.start[1] == 4);
	assert_int_equal(bp_text_log_probability(d, "", 0, &x), BP_OK);
	assert_true(x == 0);
	bp_distribution_free(d);
	assert_non_null(d = bp_distribution_new(m, 0, NULL));
	assert_int_equal(bp_text_entropy(d, "abc\nbc", 6, &x), BP_OK);
	assert_true(is_near(x, log(4) + log(2)));
	assert_int_equal(bp_text_log_probability(d, "abc\nbc", 6, &x), BP_OK);
	assert_true(is_near(x, log(4) + log(2)));
	bp_distribution_free(d);
	bp_free(m);
}

static void what_is_no_alpha_or_sampler_is_refused(void **state)
{
	static const double wrong[] = { -1, -1e-300, INFINITY, -INFINITY, NAN };
	bp_model *m = small_model(BP_NORMALIZE_NONE);
	bp_distribution *d;
	bp_draw draw = { 0, 0, 0 };
	bp_error err;
	uint32_t ids[4];
	size_t i, n = 5;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err.code = BP_OK;
		assert_null(bp_distribution_new(m, wrong[i], &err));
		assert_int_equal(err.code, BP_ERANGE);
		assert_null(bp_distribution_new(m, wrong[i], NULL));
	}
	assert_non_null(d = bp_distribution_new(m, 1e308, &err));
	assert_int_equal(bp_sample(d, (bp_sampler)2, &draw, "a", 1, ids, &n), BP_ERANGE);
	assert_int_equal(n, 0);
	assert_int_equal(bp_sample(d, BP_SAMPLER_VITERBI, &draw, "abc", 3, ids, &n), BP_OK);
	assert_true(n == 1 && ids[0] == bp_piece_id(m, "abc", 3));
	assert_int_equal(bp_sample(d, BP_SAMPLER_PERFECT, &draw, "abc", 3, ids, &n), BP_OK);
	assert_true(n == 1 && ids[0] == bp_piece_id(m, "abc", 3));
	assert_int_equal(bp_sample(d, BP_SAMPLER_PERFECT, &draw, "", 0, ids, &n), BP_OK);
	assert_int_equal(n, 0);
	bp_distribution_free(d);
	bp_distribution_free(NULL);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_segments_give_all_in_order),
		cmocka_unit_test(texts_of_several_segments_give_all_in_order),
		cmocka_unit_test(long_texts_begin_with_the_best),
		cmocka_unit_test(the_call_gives_ids_and_scores),
		cmocka_unit_test(probabilities_of_a_text_come_by_segments),
		cmocka_unit_test(what_is_no_alpha_or_sampler_is_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
