/*
 * sampler.h: draws, against the exact distribution of each method; and that they depend only on
 * seed, file and line.
 */
#include "encode/encoder.h"
#include "encode/sampler.h"
#include "segmentations.h"

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\n"), S_INIT("\xC3\xA9\x80\xFF")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]), DRAWS = 20000 };

/* One outcome of the Viterbi sampler's decisions so far: a path kept for each position. */
struct decisions {
	const struct toy *toy;
	struct slice text;
	const uint32_t *state;
	double alpha, score[T_SHORT + 1];
	uint32_t last[T_SHORT + 1];
	const struct segmentations *all;
	double *p;		/* result, by segmentation */
};

static void decide(struct decisions *d, size_t position, uint32_t candidate, double p);

/* All positions have a path: that of the whole text comes out with probability p. */
static void add_outcome(struct decisions *d, double p)
{
	uint32_t path[T_SHORT];
	size_t i, k = T_SHORT;

	for (i = d->text.n; i > 0; i -= d->toy->v.piece[d->last[i]].n)
		path[--k] = d->last[i];
	d->p[index_of(d->all, path + k, T_SHORT - k)] += p;
}

/* The path kept for 'position' is final. */
static void next_position(struct decisions *d, size_t position, double p)
{
	uint32_t first;

	if (position == d->text.n) {
		add_outcome(d, p);
		return;
	}
	first = d->toy->u.a.longest[d->state[position]];
	position++;
	d->last[position] = first;
	d->score[position] = d->score[position - d->toy->v.piece[first].n] + d->toy->score[first];
	decide(d, position, d->toy->u.a.shorter[first], p);
}

/* Between the path kept for 'position' and the candidate: both outcomes. */
static void decide(struct decisions *d, size_t position, uint32_t candidate, double p)
{
	uint32_t kept = d->last[position], next;
	double score = d->score[position], other, wins;

	if (candidate == BP_NO_PIECE) {
		next_position(d, position, p);
		return;
	}
	next = d->toy->u.a.shorter[candidate];
	other = d->score[position - d->toy->v.piece[candidate].n] + d->toy->score[candidate];
	wins = 1 / (1 + exp(-d->alpha * (other - score)));
	decide(d, position, next, p * (1 - wins));
	d->last[position] = candidate;
	d->score[position] = other;
	decide(d, position, next, p * wins);
	d->last[position] = kept;
	d->score[position] = score;
}

/* The exact distribution of the Viterbi sampler, by all outcomes of all its decisions. */
static double *viterbi_probabilities(const struct toy *t, struct slice text,
				     const struct segmentations *all, double alpha)
{
	struct decisions d = { .toy = t, .text = text, .alpha = alpha, .all = all };
	uint32_t *state = states_of(&t->u, text);
	double sum = 0;
	size_t i;

	d.state = state;
	d.p = calloc(all->n, sizeof(*d.p));
	assert_non_null(d.p);
	next_position(&d, 0, 1);
	for (i = 0; i < all->n; i++)
		sum += d.p[i];
	assert_true(fabs(sum - 1) < 1e-9);
	free(state);
	return d.p;
}

/* Append a random path through one segment. */
static bool draw_segment(struct sampler *s, struct viterbi *v, const uint32_t *state, size_t n)
{
	bp_sampler_batch(s);
	return bp_sampler_add(s, state, n) && bp_sampler_segment(s, v, 0);
}

/* Count how often each segmentation is drawn: one draw per line. */
static uint32_t *draw(const struct toy *t, struct slice text, const struct segmentations *all,
		      bp_sampler kind, double alpha, uint64_t seed)
{
	uint32_t *count = calloc(all->n, sizeof(*count)), *state = states_of(&t->u, text);
	struct sampling how;
	struct sampler s;
	struct viterbi v;

	assert_non_null(count);
	assert_true(bp_sampling_init(&how, &t->u, kind, alpha));
	assert_true(bp_sampler_init(&s, &how) && bp_viterbi_init(&v, &t->u));
	s.seed = seed;
	for (s.line = 0; s.line < DRAWS; s.line++) {
		v.path.n = 0;
		assert_true(draw_segment(&s, &v, state, text.n));
		count[index_of(all, v.path.piece, v.path.n)]++;
	}
	bp_sampler_release(&s);
	bp_sampling_release(&how);
	bp_viterbi_release(&v);
	free(state);
	return count;
}

/*
 * Chi-square of draws against probabilities, as the normal deviate of an equal tail (Wilson and
 * Hilferty 1931).  Rare segmentations are counted together, so that each class expects five at
 * least.
 */
static double deviation(const uint32_t *count, const double *p, size_t n)
{
	double x = 0, rare_p = 0, rare = 0, want, df = -1;
	size_t i;

	for (i = 0; i <= n; i++) {
		want = DRAWS * (i < n ? p[i] : rare_p);
		if (i < n && want < 5) {
			rare_p += p[i];
			rare += count[i];
			continue;
		}
		if (i == n && want < 5)		/* rare even together: hardly ever drawn */
			return rare > 30 ? INFINITY
			       : df < 1 ? 0
			       : (cbrt(x / df) - (1 - 2 / (9 * df))) / sqrt(2 / (9 * df));
		x += ((i < n ? count[i] : rare) - want) * ((i < n ? count[i] : rare) - want) / want;
		df++;
	}
	return df < 1 ? 0 : (cbrt(x / df) - (1 - 2 / (9 * df))) / sqrt(2 / (9 * df));
}

/* Draws of one method fit its distribution, and do not fit the other one's if the two differ. */
static void check_draws(const struct toy *t, struct slice text, double alpha, uint64_t seed,
			size_t *told_apart)
{
	struct segmentations all;
	double *p[2], log_sum, x, apart = 0;
	uint32_t *count;
	size_t i;
	int kind;

	find_all(t, text, &all);
	p[BP_SAMPLER_PERFECT] = probabilities(&all, alpha, &log_sum);
	p[BP_SAMPLER_VITERBI] = viterbi_probabilities(t, text, &all, alpha);
	for (i = 0; i < all.n; i++)
		apart += fabs(p[0][i] - p[1][i]);
	for (kind = 0; kind < 2; kind++) {
		count = draw(t, text, &all, (bp_sampler)kind, alpha, seed);
		x = deviation(count, p[kind], all.n);
		T_OK(x < 5, "sampler %d, alpha %g: %.1f deviations from its distribution", kind,
		     alpha, x);
		x = deviation(count, p[!kind], all.n);
		if (apart > 0.2) {
			T_OK(x > 10, "sampler %d, alpha %g: only %.1f deviations from the other's "
			     "distribution", kind, alpha, x);
			++*told_apart;
		}
		free(count);
	}
	free(p[0]);
	free(p[1]);
	free(all.all);
}

static void each_method_draws_from_its_distribution(void **state)
{
	static const double alphas[] = { 0, 0.2, 0.7, 1, 3 };
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 1;
	size_t round, a, told_apart = 0;

	(void)state;
	for (round = 0; round < 12; round++) {
		toy_init(&t, &rng, alphabets[round % N_ALPHABETS], 2 + t_below(&rng, 20), 5,
			 round % 3 == 0 ? TIES : ANY);
		for (a = 0; a < sizeof(alphas) / sizeof(alphas[0]); a++) {
			random_text(&rng, alphabets[round % N_ALPHABETS],
				    1 + t_below(&rng, 7), &text);
			check_draws(&t, t_slice(&text), alphas[a], t_next(&rng), &told_apart);
		}
		toy_release(&t);
	}
	T_OK(told_apart >= 20, "only %zu cases tell the methods apart", told_apart);
	bp_buf_release(&text);
}

/* Weights with exponents of their own (a large alpha), and ties that stay ties at any alpha. */
static void a_large_alpha_draws_among_the_best(void **state)
{
	static const double alphas[] = { 30, 1e5, 1e100, 1.7e308 };
	struct segmentations all;
	struct toy t;
	uint64_t rng = 2;
	uint32_t *count;
	size_t a, i, n;
	double best, x, p[T_MANY];

	(void)state;
	toy_init(&t, &rng, S("a"), 30, 4, TIES);
	for (i = 0; i < t.v.n; i++)	/* "a" and "aa" cost by the byte, longer ones more */
		t.score[i] = t.u.piece[i].score = -(double)t.v.piece[i].n * (i < 257 ? 1 : 2);
	find_all(&t, S("aaaaaa"), &all);
	for (n = 0, best = -6, i = 0; i < all.n; i++)
		n += whole_score(&all.all[i]) == best;
	assert_int_equal(n, 13);	/* a Fibonacci number: ways to add 1 and 2 up to 6 */
	for (i = 0; i < all.n; i++)
		p[i] = whole_score(&all.all[i]) == best ? 1.0 / (double)n : 0;
	for (a = 0; a < sizeof(alphas) / sizeof(alphas[0]); a++) {
		count = draw(&t, S("aaaaaa"), &all, BP_SAMPLER_PERFECT, alphas[a], 1);
		x = deviation(count, p, all.n);
		T_OK(x < 5, "alpha %g: %.1f deviations", alphas[a], x);
		for (i = 0; i < all.n; i++)
			assert_true(p[i] > 0 || count[i] == 0);
		free(count);
	}
	free(all.all);
	toy_release(&t);
}

/* One of two segmentations has probability 0.0006: the first bits of a random number cannot tell it
 * from 0. */
static void what_is_rare_is_drawn_now_and_then(void **state)
{
	struct segmentations all;
	struct toy t;
	uint64_t rng = 5;
	uint32_t *count;
	double p[2], x;
	int kind, which;

	(void)state;
	toy_init(&t, &rng, S("a"), 20, 2, TIES);
	for (which = 0; which < 2; which++) {
		t.score[256] = t.u.piece[256].score = 2 * t.score['a'] + (which ? 7.5 : -7.5);
		find_all(&t, S("aa"), &all);
		assert_int_equal(all.n, 2);
		for (kind = 0; kind < 2; kind++) {
			x = 1 / (1 + exp(which ? -7.5 : 7.5));	/* of the one piece */
			p[0] = all.all[0].n == 1 ? x : 1 - x;
			p[1] = 1 - p[0];
			count = draw(&t, S("aa"), &all, (bp_sampler)kind, 1, 9);
			x = deviation(count, p, 2);
			T_OK(fabs(x) < 4, "sampler %d, %d: %.1f deviations", kind, which, x);
			assert_true(count[0] > 2 && count[1] > 2);
			free(count);
		}
		free(all.all);
	}
	toy_release(&t);
}

/* "aa" has two segmentations: draws for neighbouring lines, files and seeds are independent. */
static void lines_files_and_seeds_are_independent(void **state)
{
	static const double even[] = { 0.25, 0.25, 0.25, 0.25 };
	struct sampling how;
	struct sampler s;
	struct viterbi v;
	struct toy t;
	uint64_t rng = 3;
	uint32_t *states, count[4], before, now;
	int way, kind;
	size_t i;
	double x;

	(void)state;
	toy_init(&t, &rng, S("a"), 20, 2, TIES);
	states = states_of(&t.u, S("aa"));
	for (kind = 0; kind < 2; kind++) {
		assert_true(bp_sampling_init(&how, &t.u, (bp_sampler)kind, 0));
		assert_true(bp_sampler_init(&s, &how) && bp_viterbi_init(&v, &t.u));
		for (way = 0; way < 3; way++) {
			memset(count, 0, sizeof(count));
			s.seed = s.file = s.line = 0;
			for (i = 0, before = 0; i <= DRAWS; i++, before = now) {
				v.path.n = 0;
				assert_true(draw_segment(&s, &v, states, 2));
				now = (uint32_t)v.path.n - 1;
				count[before * 2 + now] += i > 0;
				++*(way == 0 ? &s.line : way == 1 ? &s.file : &s.seed);
			}
			x = deviation(count, even, 4);
			T_OK(x < 5, "sampler %d, way %d: %.1f deviations", kind, way, x);
		}
		bp_sampler_release(&s);
		bp_sampling_release(&how);
		bp_viterbi_release(&v);
	}
	free(states);
	toy_release(&t);
}

static void parts_give_what_the_whole_gives(void **state)
{
	static const double alphas[] = { 0, 0.2, 1, 100 };
	static const size_t length[] = { 0, 1, 300, 9000, 64 * 1024, 64 * 1024 + 1, 150000 };
	struct sampling how;
	struct sampler s;
	struct viterbi whole, parts;
	struct buf text = { 0 };
	struct toy t;
	uint64_t rng = 4;
	uint32_t *states;
	size_t a, i, k, n, longest = 0;
	int kind;

	(void)state;
	toy_init(&t, &rng, S("ab"), 200, 30, ANY);
	assert_true(bp_viterbi_init(&whole, &t.u) && bp_viterbi_init(&parts, &t.u));
	for (a = 0; a < 8; a++) {
		kind = a % 2 ? BP_SAMPLER_VITERBI : BP_SAMPLER_PERFECT;
		assert_true(bp_sampling_init(&how, &t.u, (bp_sampler)kind, alphas[a / 2]));
		assert_true(bp_sampler_init(&s, &how));
		for (k = 0; k < sizeof(length) / sizeof(length[0]); k++) {
			random_text(&rng, S("ab"), length[k], &text);
			states = states_of(&t.u, t_slice(&text));
			whole.path.n = parts.path.n = 0;
			s.line = k;
			assert_true(draw_segment(&s, &whole, states, text.len));
			for (i = 0; i < text.len; i += n) {
				n = 1 + t_below(&rng, 9000);
				n = BP_MIN(n, text.len - i);
				s.line = i == 0 ? k : 77;	/* counts at the start only */
				assert_true(bp_sampler_feed(&s, &parts,
							    (struct slice){ text.data + i, n }));
				longest = BP_MAX(longest, parts.n_back);
			}
			assert_true(bp_sampler_end(&s, &parts));
			assert_int_equal(whole.path.n, parts.path.n);
			assert_true(text.len == 0 || memcmp(whole.path.piece, parts.path.piece,
				    parts.path.n * sizeof(*parts.path.piece)) == 0);
			free(states);
		}
		bp_sampler_release(&s);
		bp_sampling_release(&how);
	}
	/* With parts too, the settled pieces are appended before the end. */
	T_OK(longest < 100000, "%zu bytes are kept", longest);
	bp_viterbi_release(&whole);
	bp_viterbi_release(&parts);
	toy_release(&t);
	bp_buf_release(&text);
}

/* Draw all texts of 's' one by one by bp_sample(), each with the number of its first line. */
static void expected_ids(const bp_distribution *d, bp_sampler kind, struct slice s, int mark,
			 struct buf *out)
{
	bp_draw which = { .seed = 5, .file = 6, .line = 0 };
	const unsigned char *end;
	uint32_t *ids;
	size_t n, k, i;

	out->len = 0;
	for (; s.n > 0; s.p += n, s.n -= n) {
		end = mark == BP_NO_MARK ? NULL : memchr(s.p, mark, s.n);
		n = end != NULL ? (size_t)(end - s.p) : s.n;
		ids = bp_array(bp_encode_bound(n), sizeof(*ids));
		assert_non_null(ids);
		assert_int_equal(bp_sample(d, kind, &which, (const char *)s.p, n, ids, &k), BP_OK);
		t_append(out, (struct slice){ (unsigned char *)ids, k * sizeof(*ids) });
		free(ids);
		n += end != NULL;
		for (i = 0; i < n; i++)
			which.line += s.p[i] == '\n' || (mark == '\0' && s.p[i] == '\0');
	}
}

static bool collect(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	uint32_t id;
	size_t i;

	(void)ended;
	for (i = 0; i < n; i++) {
		id = piece[i] + BP_FIRST_PIECE;
		t_append(ctx, (struct slice){ (unsigned char *)&id, sizeof(id) });
	}
	return true;
}

/* Many texts at a time, and a text in parts, are drawn as each text alone. */
static void texts_give_what_each_gives(void **state)
{
	static const int marks[] = { '\n', '\0', BP_NO_MARK };
	struct vocab vocab;
	bp_model *m;
	bp_distribution *d;
	struct sampling how;
	struct sampler s;
	struct encoder e;
	struct buf text = { 0 }, want = { 0 }, got = { 0 };
	uint64_t rng = 6;
	size_t round, i, n;
	double alpha;
	int kind;

	(void)state;
	t_vocab_init(&vocab);
	t_vocab_add_mixed(&vocab, &rng, 3000, 6);
	m = t_vocab_model(&vocab, BP_NORMALIZE_NFC);
	for (round = 0; round < 24; round++) {
		alpha = round % 4 < 2 ? 0.3 : 100;	/* by rows; by pieces */
		assert_non_null(d = bp_distribution_new(m, alpha, NULL));
		kind = round % 2 ? BP_SAMPLER_VITERBI : BP_SAMPLER_PERFECT;
		text.len = want.len = got.len = 0;
		t_mixed_text(&rng, 1 + t_below(&rng, 20000), &text);
		assert_true(bp_sampling_init(&how, &m->vocabulary, (bp_sampler)kind, alpha));
		assert_true(bp_sampler_init(&s, &how) && bp_encoder_init(&e, m));
		e.sampler = &s;
		s.seed = 5;
		s.file = 6;
		expected_ids(d, (bp_sampler)kind, t_slice(&text), marks[round % 3], &want);
		assert_true(bp_encoder_texts(&e, t_slice(&text), marks[round % 3], collect, &got));
		T_SAME(t_slice(&got), t_slice(&want));
		got.len = bp_encoder_path(&e)->n = 0;
		s.line = 0;
		expected_ids(d, (bp_sampler)kind, t_slice(&text), BP_NO_MARK, &want);
		for (i = 0; i < text.len; i += n) {
			n = 1 + t_below(&rng, 3000);
			n = BP_MIN(n, text.len - i);
			assert_true(bp_encoder_feed(&e, (struct slice){ text.data + i, n }));
		}
		assert_true(bp_encoder_end(&e));
		collect(&got, bp_encoder_path(&e)->piece, bp_encoder_path(&e)->n, true);
		T_SAME(t_slice(&got), t_slice(&want));
		bp_encoder_release(&e);
		bp_sampler_release(&s);
		bp_sampling_release(&how);
		bp_distribution_free(d);
	}
	bp_free(m);
	t_vocab_release(&vocab);
	bp_buf_release(&text);
	bp_buf_release(&want);
	bp_buf_release(&got);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_method_draws_from_its_distribution),
		cmocka_unit_test(a_large_alpha_draws_among_the_best),
		cmocka_unit_test(what_is_rare_is_drawn_now_and_then),
		cmocka_unit_test(lines_files_and_seeds_are_independent),
		cmocka_unit_test(parts_give_what_the_whole_gives),
		cmocka_unit_test(texts_give_what_each_gives)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
