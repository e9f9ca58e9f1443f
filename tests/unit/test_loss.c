/* loss.h: the loss of uses on the best path, against all segmentations. */
#include <math.h>
#include <stdlib.h>

#include "support.h"
#include "encode/viterbi.h"
#include "train/loss.h"

enum { MOST_BYTES = 12 };

/* How scores come about: any number; one of few, so that sums tie; or some pieces not used. */
enum scores { ANY, TIES, SOME_UNUSED };

struct toy {
	struct vocab v;
	double *score;
	struct vocabulary u;
};

static double random_score(uint64_t *rng, size_t length, enum scores how)
{
	switch (how) {
	case ANY:
		return log((double)(1 + t_below(rng, 100000))) - log(1e9);
	case TIES:
		return -(double)(1 + t_below(rng, 3));
	default:
		return length > 1 && t_below(rng, 2) == 0 ? -INFINITY : -(double)t_below(rng, 5);
	}
}

static void toy_init(struct toy *t, uint64_t *rng, struct slice alphabet, size_t n, enum scores how)
{
	unsigned char piece[MOST_BYTES];
	bp_error err;
	size_t k, i;

	*t = (struct toy){ 0 };
	t_vocab_init(&t->v);
	for (; n > 0; n--) {
		k = 2 + t_below(rng, t_below(rng, 4) == 0 ? MOST_BYTES - 1 : 4);
		for (i = 0; i < k; i++)
			piece[i] = alphabet.p[t_below(rng, alphabet.n)];
		t_vocab_add(&t->v, (struct slice){ piece, k }, 1);
	}
	t_vocab_sort(&t->v);
	t->score = bp_array(t->v.n, sizeof(*t->score));
	assert_non_null(t->score);
	for (i = 0; i < t->v.n; i++)
		t->score[i] = random_score(rng, t->v.piece[i].n, how);
	T_OK(bp_vocabulary_init(&t->u, t->v.piece, t->score, t->v.n, &err) == BP_OK, "%s", err.msg);
}

static void toy_release(struct toy *t)
{
	bp_vocabulary_release(&t->u);
	t_vocab_release(&t->v);
	free(t->score);
}

/* A text, and by its start and end each piece in it that may be used, or SIZE_MAX. */
struct text {
	const struct toy *t;
	unsigned char byte[MOST_BYTES];
	size_t n, piece[MOST_BYTES][MOST_BYTES + 1];
};

static void random_text(struct text *x, const struct toy *t, uint64_t *rng, struct slice alphabet)
{
	size_t i, k, p;

	x->t = t;
	x->n = 1 + t_below(rng, MOST_BYTES);
	for (i = 0; i < x->n; i++)
		x->byte[i] = alphabet.p[t_below(rng, alphabet.n)];
	for (i = 0; i < x->n; i++)
		for (k = i + 1; k <= x->n; k++) {
			p = t_vocab_find(&t->v, (struct slice){ x->byte + i, k - i });
			x->piece[i][k] = p == SIZE_MAX || t->score[p] == -INFINITY ? SIZE_MAX : p;
		}
}

/*
 * The best score of all segmentations from byte 'at' on that avoid the piece of bytes [from, to),
 * by trying one after another; -INFINITY if there is none.
 */
static double best_without(const struct text *x, size_t at, size_t from, size_t to)
{
	double best = -INFINITY, score;
	size_t k;

	if (at == x->n)
		return 0;
	for (k = at + 1; k <= x->n; k++) {
		if (x->piece[at][k] == SIZE_MAX || (at == from && k == to))
			continue;
		score = x->t->score[x->piece[at][k]] + best_without(x, k, from, to);
		if (score > best)
			best = score;
	}
	return best;
}

static bool is_close(double a, double b)
{
	return a == b || fabs(a - b) < 1e-9;
}

static void find_states(const struct text *x, uint64_t *rng, uint32_t *state)
{
	const uint32_t length = (uint32_t)x->n;
	uint32_t s = 0;
	size_t i;

	if (t_below(rng, 2) == 0)
		bp_automaton_walk(&x->t->u.a, x->byte, &length, 1, state);
	else
		for (i = 0; i < x->n; i++)
			state[i] = s = bp_automaton_next(&x->t->u.a, s, x->byte[i]);
}

/* Set use[] to a random choice, of one at least, of the uses on the best path. */
static size_t choose_uses(const struct text *x, uint64_t *rng, struct loss_use *use)
{
	struct viterbi v;
	size_t at = 0, i, n = 0, must;

	assert_true(bp_viterbi_init(&v, &x->t->u));
	assert_true(bp_viterbi_feed(&v, (struct slice){ x->byte, x->n }) && bp_viterbi_end(&v));
	must = t_below(rng, v.path.n);
	for (i = 0; i < v.path.n; at += x->t->u.piece[v.path.piece[i++]].len)
		if (i == must || t_below(rng, 2) == 0)
			use[n++] = (struct loss_use){ v.path.piece[i], at, 0 };
	bp_viterbi_release(&v);
	return n;
}

/* Counts in *n_uses and returns how many uses nothing can replace. */
static size_t check(struct loss *l, const struct text *x, uint64_t *rng, size_t *n_uses)
{
	double best = best_without(x, 0, SIZE_MAX, 0), other;
	size_t end, i, n, n_needed = 0;
	struct loss_use use[MOST_BYTES];
	uint32_t state[MOST_BYTES];

	n = choose_uses(x, rng, use);
	find_states(x, rng, state);
	assert_true(bp_loss_of_uses(l, &x->t->u, state, x->n, use, n));
	for (i = 0; i < n; i++) {
		end = use[i].start + x->t->v.piece[use[i].piece].n;
		other = best_without(x, 0, use[i].start, end);
		if (other == -INFINITY) {
			n_needed++;
			T_OK(use[i].loss == INFINITY, "use %zu: %g, not infinity", i, use[i].loss);
		} else {
			T_OK(is_close(use[i].loss, best - other), "use %zu: %.17g, not %.17g", i,
			     use[i].loss, best - other);
		}
	}
	*n_uses += n;
	return n_needed;
}

/* The score of the whole text without one piece, or without none. */
static void check_score(struct loss *l, const struct text *x, uint64_t *rng)
{
	size_t whole = x->piece[0][x->n];
	bool without = whole != SIZE_MAX && t_below(rng, 2) == 0;
	double score, best = without ? best_without(x, 0, 0, x->n)
				     : best_without(x, 0, SIZE_MAX, 0);

	assert_true(bp_loss_score(l, &x->t->u, (struct slice){ x->byte, x->n },
				  without ? (uint32_t)whole : BP_NO_PIECE, &score));
	T_OK(is_close(score, best), "the text scores %.17g, not %.17g", score, best);
}

static void check_random(uint64_t *rng, enum scores how)
{
	static const struct slice alphabet[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("abc"), S_INIT("\0\xFF")
	};
	struct loss l = { 0 };
	size_t i, k, n_needed = 0, n_uses = 0;
	struct slice letters;
	struct text x;
	struct toy t;

	for (i = 0; i < 300; i++) {
		letters = alphabet[i % 4];
		toy_init(&t, rng, letters, 1 + t_below(rng, 60), how);
		for (k = 0; k < 8; k++) {
			random_text(&x, &t, rng, letters);
			n_needed += check(&l, &x, rng, &n_uses);
			check_score(&l, &x, rng);
		}
		toy_release(&t);
	}
	/* Both kinds of uses were there. */
	assert_true(n_needed > 0 && n_needed < n_uses);
	bp_loss_release(&l);
}

static void losses_are_those_of_all_segmentations(void **state)
{
	uint64_t rng = 1;

	check_random(&rng, ANY);
	(void)state;
}

static void losses_with_many_ties_are_those_of_all_segmentations(void **state)
{
	uint64_t rng = 2;

	check_random(&rng, TIES);
	(void)state;
}

static void unused_pieces_are_no_way_out(void **state)
{
	uint64_t rng = 3;

	check_random(&rng, SOME_UNUSED);
	(void)state;
}

static void a_lone_byte_has_no_other_way(void **state)
{
	struct loss_use use;
	struct loss l = { 0 };
	uint64_t rng = 4;
	uint32_t s;
	struct toy t;

	toy_init(&t, &rng, S("ab"), 5, ANY);
	s = bp_automaton_next(&t.u.a, 0, 'a');
	use = (struct loss_use){ t.u.a.longest[s], 0, 0 };
	assert_true(bp_loss_of_uses(&l, &t.u, &s, 1, &use, 1));
	assert_true(use.loss == INFINITY);
	bp_loss_release(&l);
	toy_release(&t);
	(void)state;
}

/* The pair costs 1, its two bytes 2 each. */
static void a_loss_is_the_difference_to_the_second_path(void **state)
{
	struct loss_use use = { 256, 0, 0 };
	struct loss l = { 0 };
	uint32_t s[2];
	bp_error err;
	struct vocab v;
	double score[257];
	struct vocabulary u;
	size_t i;

	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 1);
	for (i = 0; i < 257; i++)
		score[i] = -2;
	score[256] = -1;
	T_OK(bp_vocabulary_init(&u, v.piece, score, v.n, &err) == BP_OK, "%s", err.msg);
	s[0] = bp_automaton_next(&u.a, 0, 'a');
	s[1] = bp_automaton_next(&u.a, s[0], 'b');
	assert_true(bp_loss_of_uses(&l, &u, s, 2, &use, 1));
	assert_true(use.loss == 3);
	bp_loss_release(&l);
	bp_vocabulary_release(&u);
	t_vocab_release(&v);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(losses_are_those_of_all_segmentations),
		cmocka_unit_test(losses_with_many_ties_are_those_of_all_segmentations),
		cmocka_unit_test(unused_pieces_are_no_way_out),
		cmocka_unit_test(a_lone_byte_has_no_other_way),
		cmocka_unit_test(a_loss_is_the_difference_to_the_second_path)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
