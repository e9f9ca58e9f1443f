/* lattice.h, marginals.h: sums and probabilities against all segmentations, one by one. */
#include "encode/marginals.h"
#include "segmentations.h"

static const double alphas[] = { 0, 1e-9, 0.2, 0.5, 1, 3, 10, 200 };
enum { N_ALPHAS = sizeof(alphas) / sizeof(alphas[0]) };

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\n"), S_INIT("\xC3\xA9\x80\xFF"), S_INIT("abc")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

static bool near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance * (1 + fabs(a));
}

/* Probabilities by position and length. */
struct table {
	double p[T_SHORT][T_SHORT + 1];
	size_t last_end, last_len;
	double least;
};

static int enter(void *ctx, size_t start, size_t len, uint32_t piece, double probability)
{
	struct table *t = ctx;

	(void)piece;
	assert_true(probability >= t->least);
	assert_true(start + len > t->last_end || (start + len == t->last_end && len < t->last_len));
	t->last_end = start + len;
	t->last_len = len;
	t->p[start][len] = probability;
	return 0;
}

static void expected_table(const struct toy *t, const struct segmentations *all, const double *p,
			   struct table *out)
{
	size_t i, k, at, n;

	*out = (struct table){ 0 };
	for (i = 0; i < all->n; i++)
		for (k = 0, at = 0; k < all->all[i].n; k++, at += n) {
			n = t->v.piece[all->all[i].piece[k]].n;
			out->p[at][n] += p[i];
		}
}

static void check_marginals(struct marginals *m, const struct toy *t, struct slice text,
			    const struct segmentations *all, double alpha)
{
	struct table want, got = { .least = 0 };
	double log_sum, entropy, expected = 0, *p = probabilities(all, alpha, &log_sum), now;
	size_t i, k;

	assert_true(bp_marginals_segment(m, text));
	now = bp_lattice_log_sum(&m->lattice);
	T_OK(near(now, log_sum, 1e-12), "alpha %g: sum %.17g, not %.17g", alpha, now, log_sum);
	assert_true(bp_marginals_flow(m, &entropy));
	for (i = 0; i < all->n; i++)
		expected -= p[i] > 0 ? p[i] * log(p[i]) : 0;
	T_OK(near(entropy, expected, 1e-10), "alpha %g: entropy %g, not %g", alpha,
	     entropy, expected);
	expected_table(t, all, p, &want);
	assert_int_equal(bp_marginals_pieces(m, 0, enter, &got), 0);
	for (i = 0; i < T_SHORT; i++)
		for (k = 0; k <= T_SHORT; k++)
			T_OK(near(got.p[i][k], want.p[i][k], 1e-11),
			     "alpha %g: %g at %zu, %zu, not %g", alpha, got.p[i][k], i, k,
			     want.p[i][k]);
	got = (struct table){ .least = 0.3 };
	assert_int_equal(bp_marginals_pieces(m, 0.3, enter, &got), 0);
	free(p);
}

static void probabilities_are_those_of_all_segmentations(void **state)
{
	struct segmentations all;
	struct marginals m;
	struct weights w;
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 1;
	size_t round, a, i, by_rows = 0, by_pieces = 0;

	(void)state;
	for (round = 0; round < 60; round++) {
		struct slice alphabet = alphabets[round % N_ALPHABETS];

		toy_init(&t, &rng, alphabet, 1 + t_below(&rng, 60), T_SHORT,
				 round % 2 ? ANY : TIES);
		for (a = 0; a < N_ALPHAS; a++) {
			assert_true(bp_weights_init(&w, &t.u, alphas[a]));
			by_rows += w.shift == NULL;
			by_pieces += w.shift != NULL;
			assert_true(bp_marginals_init(&m, &w));
			for (i = 0; i < 3; i++) {
				random_text(&rng, alphabet, t_below(&rng, T_SHORT + 1), &text);
				find_all(&t, t_slice(&text), &all);
				check_marginals(&m, &t, t_slice(&text), &all, alphas[a]);
				free(all.all);
			}
			bp_marginals_release(&m);
			bp_weights_release(&w);
		}
		toy_release(&t);
	}
	assert_true(by_rows > 100 && by_pieces > 50);
	bp_buf_release(&text);
}

/* Sums by logarithms, safe from overflow: at each position, from -INFINITY on. */
static double *log_sums(const struct toy *t, struct slice text, double alpha)
{
	uint32_t *state = states_of(&t->u, text), p;
	double *f = bp_array(text.n + 1, sizeof(*f)), x, high;
	size_t i;

	assert_non_null(f);
	f[0] = 0;
	for (i = 1; i <= text.n; i++) {
		f[i] = -INFINITY;
		for (p = t->u.a.longest[state[i - 1]]; p != BP_NO_PIECE; p = t->u.a.shorter[p]) {
			if (t->score[p] == -INFINITY)
				continue;
			x = f[i - t->v.piece[p].n] + alpha * t->score[p];
			high = fmax(f[i], x);
			f[i] = high + log1p(exp(fmin(f[i], x) - high));
		}
	}
	free(state);
	return f;
}

static void check_sums(const struct toy *t, struct slice text, double alpha)
{
	double *want = log_sums(t, text, alpha), got;
	uint32_t *state = states_of(&t->u, text);
	struct weights w;
	struct lattice l;
	size_t i;

	assert_true(bp_weights_init(&w, &t->u, alpha));
	assert_true(bp_lattice_init(&l, &w));
	assert_true(bp_lattice_advance(&l, state, text.n));
	for (i = 0; i <= text.n; i++) {
		got = log(l.f[i]) + (l.e[i] + (w.shift != NULL ? l.growth[i] : 0)) * log(2);
		T_OK(isfinite(got) && near(got, want[i], 1e-10),
		     "alpha %g: %.17g at %zu of %zu, not %.17g", alpha, got, i, text.n, want[i]);
	}
	bp_lattice_release(&l);
	bp_weights_release(&w);
	free(state);
	free(want);
}

static void long_segments_neither_vanish_nor_overflow(void **state)
{
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 2;
	size_t round, a;

	(void)state;
	for (round = 0; round < N_ALPHABETS; round++) {
		toy_init(&t, &rng, alphabets[round], 100, 30, ANY);
		random_text(&rng, alphabets[round], 20000, &text);
		for (a = 0; a < N_ALPHAS; a++)
			check_sums(&t, t_slice(&text), alphas[a]);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* A vocabulary with one long piece that weighs much more than its bytes. */
static void long_piece_toy(struct toy *t, size_t n, double score_of_bytes)
{
	unsigned char *p = malloc(n);
	size_t i;

	assert_non_null(p);
	memset(p, 'x', n);
	*t = (struct toy){ 0 };
	t_vocab_init(&t->v);
	t_vocab_add(&t->v, (struct slice){ p, n }, 1);
	t_vocab_add(&t->v, S("ax"), 1);
	t_vocab_add(&t->v, S("xxb"), 1);
	t_vocab_sort(&t->v);
	t->score = bp_array(t->v.n, sizeof(*t->score));
	assert_non_null(t->score);
	for (i = 0; i < t->v.n; i++)
		t->score[i] = i < 256 ? score_of_bytes : -1;
	assert_int_equal(bp_vocabulary_init(&t->u, t->v.piece, t->score, t->v.n, NULL), BP_OK);
	free(p);
}

static void a_long_piece_weighs_past_bytes_that_hardly_do(void **state)
{
	static const size_t length[] = { 9, 20, 300, 5000, 65535 };
	struct buf text = { 0 };
	struct toy t;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		long_piece_toy(&t, length[i], -43.6);
		text.len = 0;
		for (k = 0; k < 3; k++) {
			t_append(&text, S("a"));
			while (text.len < (k + 1) * (length[i] + 3))
				t_append(&text, S("x"));
			t_append(&text, S("bba"));
		}
		check_sums(&t, t_slice(&text), 0.2);
		check_sums(&t, t_slice(&text), 1);	/* by rows */
		check_sums(&t, t_slice(&text), 1.58);
		check_sums(&t, t_slice(&text), 1.6);	/* no more */
		check_sums(&t, t_slice(&text), 30);
		toy_release(&t);
	}
	bp_buf_release(&text);
}

/* The expected score of a segmentation. */
struct expected {
	const struct toy *toy;
	double score;
};

static int add_score(void *ctx, size_t start, size_t len, uint32_t piece, double probability)
{
	struct expected *e = ctx;

	(void)start;
	(void)len;
	assert_true(probability <= 1 + 1e-9);
	e->score += probability * e->toy->score[piece];
	return 0;
}

/* Several may have the best score. */
static void a_large_alpha_leaves_the_best(void **state)
{
	static const double large[] = { 1e4, 1e5, 1e9, 1e100, 1e300, 1.7e308 };
	struct marginals m;
	struct viterbi v;
	struct weights w;
	struct buf text = { 0 };
	struct toy t;
	struct expected found;
	uint64_t rng = 3;
	double entropy, best = 0;
	size_t i;

	(void)state;
	toy_init(&t, &rng, S("ab"), 60, 9, ANY);
	random_text(&rng, S("ab"), 3000, &text);
	assert_true(bp_viterbi_init(&v, &t.u));
	assert_true(bp_viterbi_feed(&v, t_slice(&text)) && bp_viterbi_end(&v));
	for (i = 0; i < v.path.n; i++)
		best += t.score[v.path.piece[i]];
	for (i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		assert_true(bp_weights_init(&w, &t.u, large[i]));
		assert_true(bp_marginals_init(&m, &w));
		assert_true(bp_marginals_segment(&m, t_slice(&text)));
		assert_true(bp_marginals_flow(&m, &entropy));
		assert_true(entropy >= 0 && entropy < 3000);
		found = (struct expected){ &t, 0 };
		assert_int_equal(bp_marginals_pieces(&m, 0, add_score, &found), 0);
		T_OK(fabs(found.score - best) < 3000 / large[i] + 1e-8,
		     "alpha %g: %.17g, not %.17g", large[i], found.score, best);
		bp_marginals_release(&m);
		bp_weights_release(&w);
	}
	bp_viterbi_release(&v);
	toy_release(&t);
	bp_buf_release(&text);
}

static void unused_pieces_weigh_nothing(void **state)
{
	struct buf text = { 0 };
	struct toy t, without;
	uint64_t rng = 4, again;
	size_t i, a, n = 0;
	double *x, *y;

	(void)state;
	again = rng;
	toy_init(&t, &rng, S("ab"), 50, 12, ANY);
	toy_init(&without, &again, S("ab"), 50, 12, ANY);
	random_text(&rng, S("ab"), 500, &text);
	for (i = 256; i < t.v.n; i++, n++)
		t.score[i] = t.u.piece[i].score = i % 2 ? -INFINITY : t.score[i];
	assert_true(n > 20);
	for (a = 2; a < N_ALPHAS; a++) {
		check_sums(&t, t_slice(&text), alphas[a]);
		x = log_sums(&t, t_slice(&text), alphas[a]);
		y = log_sums(&without, t_slice(&text), alphas[a]);
		assert_true(x[text.len] < y[text.len]);
		free(x);
		free(y);
	}
	toy_release(&t);
	toy_release(&without);
	bp_buf_release(&text);
}

static void what_is_forgotten_changes_nothing(void **state)
{
	struct weights w;
	struct lattice one, parts;
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 5;
	uint32_t *states;
	size_t a, i, n;

	(void)state;
	toy_init(&t, &rng, S("ab"), 100, 30, ANY);
	random_text(&rng, S("ab"), 9000, &text);
	states = states_of(&t.u, t_slice(&text));
	for (a = 0; a < N_ALPHAS; a++) {
		assert_true(bp_weights_init(&w, &t.u, alphas[a]));
		assert_true(bp_lattice_init(&one, &w) && bp_lattice_init(&parts, &w));
		assert_true(bp_lattice_advance(&one, states, text.len));
		for (i = 0; i < text.len; i += n) {
			n = 1 + t_below(&rng, 600);
			n = BP_MIN(n, text.len - i);
			bp_lattice_forget(&parts);
			assert_true(parts.at <= t.u.max_len);
			assert_true(bp_lattice_advance(&parts, states + i, n));
			assert_true(parts.f[parts.at] == one.f[i + n]);
			assert_true(parts.e[parts.at] == one.e[i + n]);
			assert_true(w.shift == NULL ||
				    parts.growth[parts.at] == one.growth[i + n]);
		}
		bp_lattice_release(&one);
		bp_lattice_release(&parts);
		bp_weights_release(&w);
	}
	free(states);
	toy_release(&t);
	bp_buf_release(&text);
}

/* The piece whose share of the sum holds a number in [0, 1), longest first; NO_PIECE: too near a
 * bound to tell. */
static uint32_t expected_choice(const struct lattice *l, size_t position, double random)
{
	double sum = 0;
	uint32_t p;

	for (p = l->top[position]; p != BP_NO_PIECE; p = l->w->piece[p].shorter) {
		sum += bp_lattice_part(l, position, p) / l->f[position];
		if (fabs(sum - random) < 1e-12)
			return BP_NO_PIECE;
		if (sum > random)
			return p;
	}
	T_OK(false, "at %zu parts add up to %g", position, sum);
	return BP_NO_PIECE;
}

static void check_choices(const struct toy *t, struct slice text, double alpha)
{
	uint32_t *states = states_of(&t->u, text), want, got;
	struct weights w;
	struct lattice l;
	size_t position;
	double x;

	assert_true(bp_weights_init(&w, &t->u, alpha));
	assert_true(bp_lattice_init(&l, &w));
	assert_true(bp_lattice_advance(&l, states, text.n));
	for (position = 1; position <= text.n; position++)
		for (x = 1.0 / 128; x < 1; x += 1.0 / 64) {
			want = expected_choice(&l, position, x);
			got = bp_lattice_choose(&l, position, x);
			T_OK(want == BP_NO_PIECE || want == got,
			     "alpha %g, position %zu, %g: piece %u, not %u", alpha, position, x,
			     got, want);
		}
	/* Rounding never makes the choice fail. */
	for (position = 1; position <= text.n; position++)
		assert_true(bp_lattice_choose(&l, position, 1 - 0x1p-53) != BP_NO_PIECE);
	bp_lattice_release(&l);
	bp_weights_release(&w);
	free(states);
}

static void choices_follow_the_parts(void **state)
{
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 6;
	size_t round, a, i;

	(void)state;
	for (round = 0; round < N_ALPHABETS; round++) {
		toy_init(&t, &rng, alphabets[round], 100, 20, ANY);
		random_text(&rng, alphabets[round], 3000, &text);
		for (a = 0; a < N_ALPHAS; a++)
			check_choices(&t, t_slice(&text), alphas[a]);
		for (i = 0; i < t.v.n; i++)	/* sums that fall fast */
			t.score[i] = t.u.piece[i].score -= 40;
		check_choices(&t, t_slice(&text), 1.2);
		toy_release(&t);
	}
	long_piece_toy(&t, 300, -43);
	text.len = 0;
	for (i = 0; i < 10; i++) {
		t_append(&text, S("ab"));
		while (text.len < i * 350 + 330)
			t_append(&text, S("x"));
		t_append(&text, S("xbxxbax"));
	}
	check_choices(&t, t_slice(&text), 1);
	toy_release(&t);
	bp_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(probabilities_are_those_of_all_segmentations),
		cmocka_unit_test(long_segments_neither_vanish_nor_overflow),
		cmocka_unit_test(a_long_piece_weighs_past_bytes_that_hardly_do),
		cmocka_unit_test(a_large_alpha_leaves_the_best),
		cmocka_unit_test(unused_pieces_weigh_nothing),
		cmocka_unit_test(what_is_forgotten_changes_nothing),
		cmocka_unit_test(choices_follow_the_parts)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
