/* viterbi.h: the best path, ties included, against brute force and plain dynamic programming. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/viterbi.h"
#include "support.h"

/* A vocabulary with scores, ready to search with, and the lengths of its pieces, ascending. */
struct toy {
	struct vocab v;
	double *score;
	struct vocabulary u;
	size_t length[300], n_lengths;
};

/* Kinds of scores: any numbers; few values, so that sums tie; some pieces not usable. */
enum scores { ANY, TIES, SOME_UNUSED };

static double random_score(uint64_t *rng, size_t length, enum scores how)
{
	switch (how) {
	case ANY:
		return log((double)(1 + t_below(rng, 100000))) - log(1e9);
	case TIES:	/* about 1 per byte, for all lengths */
		return -(double)length - (t_below(rng, 4) == 0 ? 0.5 : 0);
	default:
		return length > 1 && t_below(rng, 2) == 0 ? -INFINITY : -(double)(t_below(rng, 5));
	}
}

/* Takes over the vocabulary. */
static void toy_init(struct toy *t, struct vocab *v, uint64_t *rng, enum scores how)
{
	bp_error err;
	size_t i;

	*t = (struct toy){ 0 };
	t_vocab_sort(v);
	t->v = *v;
	*v = (struct vocab){ 0 };
	t->score = bp_array(t->v.n, sizeof(*t->score));
	assert_non_null(t->score);
	for (i = 0; i < t->v.n; i++) {
		t->score[i] = random_score(rng, t->v.piece[i].n, how);
		if (i == 0 || t->v.piece[i].n != t->v.piece[i - 1].n)
			t->length[t->n_lengths++] = t->v.piece[i].n;
	}
	T_OK(bp_vocabulary_init(&t->u, t->v.piece, t->score, t->v.n, &err) == BP_OK, "%s", err.msg);
}

static void toy_release(struct toy *t)
{
	bp_vocabulary_release(&t->u);
	t_vocab_release(&t->v);
	free(t->score);
}

static void add_random(struct vocab *v, uint64_t *rng, struct slice alphabet, size_t n, size_t max)
{
	unsigned char piece[64];
	size_t k, i;

	for (; n > 0; n--) {
		k = 2 + t_below(rng, max - 1);
		for (i = 0; i < k; i++)
			piece[i] = alphabet.p[t_below(rng, alphabet.n)];
		t_vocab_add(v, (struct slice){ piece, k }, 1);
	}
}

static void random_toy(struct toy *t, uint64_t *rng, struct slice alphabet, size_t n, size_t max,
		       enum scores how)
{
	struct vocab v;

	t_vocab_init(&v);
	add_random(&v, rng, alphabet, n, max);
	toy_init(t, &v, rng, how);
}

static void random_text(uint64_t *rng, struct slice alphabet, size_t n, struct buf *out)
{
	for (out->len = 0; n > 0; n--)
		assert_true(bp_buf_byte(out, alphabet.p[t_below(rng, alphabet.n)]));
}

/*
 * The reference's search: at each position the pieces that end there are tried from the longest to
 * the shortest, and a later one wins only if it is strictly better.
 */
static void naive_path(const struct toy *t, struct slice text, uint32_t **path, size_t *n)
{
	double *best = bp_array(text.n + 1, sizeof(*best)), score;
	uint32_t *last = bp_array(text.n + 1, sizeof(*last));
	size_t i, k, piece;

	assert_true(best != NULL && last != NULL);
	best[0] = 0;
	for (i = 1; i <= text.n; i++) {
		last[i] = BP_NO_PIECE;
		for (k = t->n_lengths; k-- > 0; ) {
			if (t->length[k] > i)
				continue;
			piece = t_vocab_find(&t->v, (struct slice){ text.p + i - t->length[k],
								    t->length[k] });
			if (piece == SIZE_MAX || t->score[piece] == -INFINITY)
				continue;
			score = best[i - t->length[k]] + t->score[piece];
			if (last[i] == BP_NO_PIECE || score > best[i]) {
				best[i] = score;
				last[i] = (uint32_t)piece;
			}
		}
	}
	/* The path backwards into 'last' itself: it never has more pieces than bytes. */
	for (*n = 0, i = text.n; i > 0; i -= t->v.piece[last[i]].n)
		++*n;
	for (i = k = text.n; i > 0; i -= t->v.piece[piece].n) {
		piece = last[i];
		last[k--] = (uint32_t)piece;
	}
	memmove(last, last + text.n + 1 - *n, *n * sizeof(*last));
	free(best);
	*path = last;
}

/* Feed the text in random parts of up to 'part' bytes; at once if that is 0. */
static void feed(struct viterbi *v, uint64_t *rng, struct slice text, size_t part)
{
	size_t n;

	while (text.n > 0) {
		n = part > 0 ? t_below(rng, part + 1) : text.n;
		n = BP_MIN(n, text.n);
		assert_true(bp_viterbi_feed(v, (struct slice){ text.p, n }));
		text.p += n;
		text.n -= n;
	}
	assert_true(bp_viterbi_end(v));
}

static void same_path(const struct viterbi *v, const uint32_t *want, size_t n)
{
	size_t i;

	for (i = 0; i < BP_MIN(n, v->path.n); i++)
		T_OK(v->path.piece[i] == want[i], "piece %zu of %zu is %u, not %u", i, n,
		     (unsigned)v->path.piece[i], (unsigned)want[i]);
	assert_int_equal(v->path.n, n);
}

/* Compare the search with the naive one, for each size of parts. */
static void check_text(const struct toy *t, uint64_t *rng, struct slice text, const size_t *part,
		       size_t n_parts)
{
	struct viterbi v;
	uint32_t *want;
	size_t n, i;

	naive_path(t, text, &want, &n);
	assert_true(bp_viterbi_init(&v, &t->u));
	for (i = 0; i < n_parts; i++) {
		v.path.n = 0;
		feed(&v, rng, text, part[i]);
		same_path(&v, want, n);
	}
	bp_viterbi_release(&v);
	free(want);
}

/* The best score of all segmentations, tried one by one. */
static double brute_force(const struct toy *t, struct slice text, double so_far)
{
	double best = -INFINITY, score;
	size_t n, piece;

	if (text.n == 0)
		return so_far;
	for (n = 1; n <= text.n; n++) {
		piece = t_vocab_find(&t->v, (struct slice){ text.p, n });
		if (piece == SIZE_MAX)
			continue;
		score = brute_force(t, (struct slice){ text.p + n, text.n - n },
				    so_far + t->score[piece]);
		best = BP_MAX(best, score);
	}
	return best;
}

/* Check that the pieces of the path spell the text; returns the sum of their scores. */
static double score_of_path(const struct toy *t, const struct viterbi *v, struct slice text)
{
	double sum = 0;
	struct slice s;
	size_t i, at = 0;

	for (i = 0; i < v->path.n; i++) {
		s = t->v.piece[v->path.piece[i]];
		assert_true(s.n <= text.n - at);
		assert_memory_equal(s.p, text.p + at, s.n);
		at += s.n;
		sum += t->score[v->path.piece[i]];
	}
	assert_int_equal(at, text.n);
	return sum;
}

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\xFF"), S_INIT("abc"), S_INIT("\xE4\xB8\xAD" "e")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

static void no_segmentation_is_better(void **state)
{
	struct toy t;
	struct viterbi v;
	struct buf text = { 0 };
	uint64_t rng = 1;
	double got, best;
	size_t i, k;

	(void)state;
	for (i = 0; i < 600; i++) {
		random_toy(&t, &rng, alphabets[i % N_ALPHABETS], t_below(&rng, 60), 2 + i % 6,
			   (enum scores)(i % 3));
		assert_true(bp_viterbi_init(&v, &t.u));
		for (k = 0; k < 10; k++) {
			random_text(&rng, alphabets[i % N_ALPHABETS], t_below(&rng, 13), &text);
			v.path.n = 0;
			feed(&v, &rng, t_slice(&text), k % 4);
			got = score_of_path(&t, &v, t_slice(&text));
			best = brute_force(&t, t_slice(&text), 0);
			T_OK(fabs(got - best) < 1e-9, "score %.17g, best %.17g", got, best);
		}
		bp_viterbi_release(&v);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

static void short_texts_give_the_references_path(void **state)
{
	static const size_t part[] = { 0, 1, 5, 100 };
	struct toy t;
	struct buf text = { 0 };
	uint64_t rng = 2;
	size_t i, k;

	(void)state;
	for (i = 0; i < 1000; i++) {
		random_toy(&t, &rng, alphabets[i % N_ALPHABETS], t_below(&rng, 100), 2 + i % 9,
			   (enum scores)(i % 3));
		for (k = 0; k < 5; k++) {
			random_text(&rng, alphabets[i % N_ALPHABETS], t_below(&rng, 300), &text);
			check_text(&t, &rng, t_slice(&text), part, 4);
		}
		toy_release(&t);
	}
	bp_buf_release(&text);
}

static void long_texts_give_the_references_path(void **state)
{
	static const size_t part[] = { 0, 9000, 100000 };
	struct toy t;
	struct buf text = { 0 };
	uint64_t rng = 3;
	size_t i;

	(void)state;
	for (i = 0; i < 6; i++) {
		random_toy(&t, &rng, alphabets[1 + i % (N_ALPHABETS - 1)], 200, 4 + i * 4,
			   (enum scores)(i % 3));
		random_text(&rng, alphabets[1 + i % (N_ALPHABETS - 1)], 220000, &text);
		check_text(&t, &rng, t_slice(&text), part, 3);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* The pattern repeated; the pieces are all its substrings of up to 'max' bytes. */
static void check_periodic(const char *pattern, size_t max, enum scores how, uint64_t *rng)
{
	static const size_t part[] = { 0, 7000 };
	struct slice p = t_string(pattern);
	struct buf text = { 0 };
	struct vocab v;
	struct toy t;
	size_t i, k;

	while (text.len < 210001)
		t_append(&text, p);
	t_vocab_init(&v);
	for (i = 0; i < p.n; i++)
		for (k = 2; k <= max; k++)
			t_vocab_add(&v, (struct slice){ text.data + i, k }, 1);
	toy_init(&t, &v, rng, how);
	check_text(&t, rng, t_slice(&text), part, 2);
	text.len = 70001 + p.n / 2;
	check_text(&t, rng, t_slice(&text), part, 2);
	toy_release(&t);
	bp_buf_release(&text);
}

static void periodic_texts_full_of_ties_give_the_references_path(void **state)
{
	uint64_t rng = 4;
	size_t max;

	(void)state;
	for (max = 2; max <= 10; max += 4) {
		check_periodic("a", max, TIES, &rng);
		check_periodic("ab", max, TIES, &rng);
		check_periodic("abcab", max, TIES, &rng);
		check_periodic("a", max, SOME_UNUSED, &rng);
		check_periodic("ab", max, ANY, &rng);
	}
}

/* Pieces of one letter, with given lengths and scores. */
struct unary {
	size_t length;
	double score;
};

static void unary_toy(struct toy *t, const struct unary *piece, size_t n)
{
	unsigned char *s = malloc(65536);
	struct vocab v;
	uint64_t rng = 0;
	size_t i, k;

	assert_non_null(s);
	memset(s, 'a', 65536);
	t_vocab_init(&v);
	for (i = 0; i < n; i++)
		t_vocab_add(&v, (struct slice){ s, piece[i].length }, 1);
	toy_init(t, &v, &rng, ANY);
	for (i = 0; i < n; i++) {
		k = t_vocab_find(&t->v, (struct slice){ s, piece[i].length });
		t->score[k] = t->u.piece[k].score = piece[i].score;
	}
	free(s);
}

static void unary_text(size_t n, struct buf *out)
{
	out->len = 0;
	assert_true(bp_buf_reserve(out, n));
	memset(out->data, 'a', n);
	out->len = n;
}

/* Paths through even and odd positions never meet: nothing is settled before the end. */
static void paths_that_never_meet_are_kept_to_the_end(void **state)
{
	static const struct unary piece[] = { { 1, -10 }, { 2, -1 } };
	static const size_t part[] = { 0, 5000, 1 };	/* looking back at each byte takes hours */
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 5;

	(void)state;
	unary_toy(&t, piece, 2);
	unary_text(500000, &text);
	check_text(&t, &rng, t_slice(&text), part, 3);
	unary_text(500001, &text);
	check_text(&t, &rng, t_slice(&text), part, 3);
	toy_release(&t);
	bp_buf_release(&text);
}

/* The naive search for one letter, without looking at the text. */
static uint32_t *unary_path(const struct toy *t, size_t n, size_t *n_path)
{
	double *best = bp_array(n + 1, sizeof(*best)), score;
	uint32_t *last = bp_array(n + 1, sizeof(*last));
	size_t i, k, piece, at[8], n_at = 0;

	assert_true(best != NULL && last != NULL);
	for (k = 0; k < t->v.n; k++)
		if (t->v.piece[k].p[0] == 'a')
			at[n_at++] = k;
	best[0] = 0;
	for (i = 1; i <= n; i++)
		for (k = n_at, last[i] = BP_NO_PIECE; k-- > 0; ) {
			piece = at[k];
			if (t->v.piece[piece].n > i)
				continue;
			score = best[i - t->v.piece[piece].n] + t->score[piece];
			if (last[i] == BP_NO_PIECE || score > best[i]) {
				best[i] = score;
				last[i] = (uint32_t)piece;
			}
		}
	for (*n_path = 0, i = n; i > 0; i -= t->v.piece[last[i]].n)
		best[++*n_path] = (double)last[i];	/* backwards */
	for (i = 0; i < *n_path; i++)
		last[i] = (uint32_t)best[*n_path - i];
	free(best);
	return last;
}

static void check_long_pieces(const struct unary *piece, size_t n_pieces, size_t n)
{
	struct buf text = { 0 };
	struct viterbi v;
	struct toy t;
	uint64_t rng = 6;
	uint32_t *want;
	size_t n_want, i;

	unary_toy(&t, piece, n_pieces);
	unary_text(n, &text);
	want = unary_path(&t, n, &n_want);
	assert_true(bp_viterbi_init(&v, &t.u));
	for (i = 0; i < 3; i++) {
		v.path.n = 0;
		feed(&v, &rng, t_slice(&text), i * 3000);
		same_path(&v, want, n_want);
	}
	bp_viterbi_release(&v);
	free(want);
	toy_release(&t);
	bp_buf_release(&text);
}

/* Pieces about as long as the text kept before a common path is looked for. */
static void pieces_up_to_the_longest_allowed_are_found(void **state)
{
	static const struct unary cheap[] = { { 1, -1 }, { 65535, -3 } };
	static const struct unary dear[] = { { 1, -1 }, { 65535, -65534.5 } };
	static const struct unary tie[] = { { 1, -1 }, { 2, -2 }, { 65535, -65535 } };
	static const struct unary two[] = { { 1, -1 }, { 65534, -60000 }, { 65535, -60001 } };

	(void)state;
	check_long_pieces(cheap, 2, 65534);
	check_long_pieces(cheap, 2, 65535);
	check_long_pieces(cheap, 2, 65536);
	check_long_pieces(cheap, 2, 400000);
	check_long_pieces(dear, 2, 400000);
	check_long_pieces(tie, 3, 400000);
	check_long_pieces(two, 3, 400000);
}

static void of_equal_scores_the_longest_last_piece_wins(void **state)
{
	static const struct unary equal[] = { { 1, -1 }, { 2, -2 }, { 3, -3 } };
	static const struct unary better[] = { { 1, -1 }, { 2, -2 }, { 3, -3.5 } };
	struct buf text = { 0 };
	struct viterbi v;
	struct toy t;
	uint64_t rng = 0;

	(void)state;
	unary_text(7, &text);
	unary_toy(&t, equal, 3);
	assert_true(bp_viterbi_init(&v, &t.u));
	feed(&v, &rng, t_slice(&text), 0);
	assert_int_equal(v.path.n, 3);		/* 1 + 3 + 3: from the end, the longest */
	assert_int_equal(t.u.piece[v.path.piece[0]].len, 1);
	assert_int_equal(t.u.piece[v.path.piece[1]].len, 3);
	assert_int_equal(t.u.piece[v.path.piece[2]].len, 3);
	bp_viterbi_release(&v);
	toy_release(&t);
	unary_toy(&t, better, 3);
	assert_true(bp_viterbi_init(&v, &t.u));
	feed(&v, &rng, t_slice(&text), 0);
	assert_int_equal(v.path.n, 4);		/* 1 + 2 + 2 + 2 */
	assert_int_equal(t.u.piece[v.path.piece[0]].len, 1);
	assert_int_equal(t.u.piece[v.path.piece[3]].len, 2);
	bp_viterbi_release(&v);
	toy_release(&t);
	bp_buf_release(&text);
}

static void unused_pieces_are_in_no_path(void **state)
{
	struct toy t;
	struct viterbi v;
	struct buf text = { 0 };
	uint64_t rng = 7;
	size_t i, k;

	(void)state;
	for (i = 0; i < 200; i++) {
		random_toy(&t, &rng, S("ab"), 50, 8, SOME_UNUSED);
		assert_true(bp_viterbi_init(&v, &t.u));
		random_text(&rng, S("ab"), 2000, &text);
		feed(&v, &rng, t_slice(&text), i % 50);
		score_of_path(&t, &v, t_slice(&text));
		for (k = 0; k < v.path.n; k++)
			assert_true(t.score[v.path.piece[k]] > -INFINITY);
		bp_viterbi_release(&v);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* With all longer pieces unusable only single bytes are left. */
static void single_bytes_are_left_when_nothing_else_may_be_used(void **state)
{
	static const struct unary unused[] = { { 2, -INFINITY }, { 3, -INFINITY } };
	static const size_t part[] = { 0, 3 };
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 8;

	(void)state;
	unary_toy(&t, unused, 2);
	unary_text(100, &text);
	check_text(&t, &rng, t_slice(&text), part, 2);
	toy_release(&t);
	bp_buf_release(&text);
}

/* Scores may be set after the vocabulary was built. */
static void scores_may_come_later(void **state)
{
	static const size_t part[] = { 0, 50 };
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 9;
	size_t i;

	(void)state;
	random_toy(&t, &rng, S("ab"), 100, 8, ANY);
	bp_vocabulary_release(&t.u);
	bp_vocabulary_release(&t.u);
	assert_int_equal(bp_vocabulary_init(&t.u, t.v.piece, NULL, t.v.n, NULL), BP_OK);
	for (i = 0; i < t.v.n; i++)
		t.u.piece[i].score = t.score[i];
	random_text(&rng, S("ab"), 5000, &text);
	check_text(&t, &rng, t_slice(&text), part, 2);
	toy_release(&t);
	bp_buf_release(&text);
}

/* One segment after another: nothing of a segment is left for the next. */
static void each_segment_is_a_search_of_its_own(void **state)
{
	struct toy t;
	struct viterbi v;
	struct buf text = { 0 };
	uint64_t rng = 10;
	uint32_t *want;
	size_t i, n;

	(void)state;
	random_toy(&t, &rng, S("ab"), 300, 12, TIES);
	assert_true(bp_viterbi_init(&v, &t.u));
	assert_true(bp_viterbi_end(&v));
	assert_int_equal(v.path.n, 0);
	for (i = 0; i < 300; i++) {
		random_text(&rng, S("ab"), i % 30 == 0 ? 150000 : t_below(&rng, 40), &text);
		naive_path(&t, t_slice(&text), &want, &n);
		v.path.n = 0;
		feed(&v, &rng, t_slice(&text), i % 3 == 0 ? 0 : 4000);
		same_path(&v, want, n);
		free(want);
	}
	bp_viterbi_release(&v);
	bp_viterbi_release(&v);
	toy_release(&t);
	bp_buf_release(&text);
}

/* Settled pieces are appended before the segment ends, so that memory stays bounded. */
static void what_is_certain_is_handed_out_before_the_end(void **state)
{
	struct toy t;
	struct viterbi v;
	struct buf text = { 0 };
	uint64_t rng = 11;
	size_t i, bytes = 0, k, most = 0;

	(void)state;
	random_toy(&t, &rng, S("abc"), 200, 6, ANY);
	assert_true(bp_viterbi_init(&v, &t.u));
	for (i = 0; i < 200; i++) {
		random_text(&rng, S("abc"), 10000, &text);
		assert_true(bp_viterbi_feed(&v, t_slice(&text)));
		for (k = 0; k < v.path.n; k++)
			bytes += t.u.piece[v.path.piece[k]].len;
		v.path.n = 0;	/* the caller takes it */
		most = BP_MAX(most, (i + 1) * 10000 - bytes);
	}
	assert_true(most <= 200000);
	assert_true(bp_viterbi_end(&v));
	for (k = 0; k < v.path.n; k++)
		bytes += t.u.piece[v.path.piece[k]].len;
	assert_int_equal(bytes, 2000000);
	bp_viterbi_release(&v);
	toy_release(&t);
	bp_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_segmentation_is_better),
		cmocka_unit_test(short_texts_give_the_references_path),
		cmocka_unit_test(long_texts_give_the_references_path),
		cmocka_unit_test(periodic_texts_full_of_ties_give_the_references_path),
		cmocka_unit_test(paths_that_never_meet_are_kept_to_the_end),
		cmocka_unit_test(pieces_up_to_the_longest_allowed_are_found),
		cmocka_unit_test(of_equal_scores_the_longest_last_piece_wins),
		cmocka_unit_test(unused_pieces_are_in_no_path),
		cmocka_unit_test(single_bytes_are_left_when_nothing_else_may_be_used),
		cmocka_unit_test(scores_may_come_later),
		cmocka_unit_test(each_segment_is_a_search_of_its_own),
		cmocka_unit_test(what_is_certain_is_handed_out_before_the_end)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
