/*
 * segmentations.h - for the tests of code that looks at all segmentations: toy vocabularies, and
 * all segmentations of a short segment, found one by one.
 */
#ifndef BP_TEST_SEGMENTATIONS_H
#define BP_TEST_SEGMENTATIONS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/viterbi.h"
#include "support.h"

enum { T_SHORT = 12, T_MANY = 1 << T_SHORT };

struct toy {
	struct vocab v;
	double *score;
	struct vocabulary u;
};

/* ANY: all different; TIES: sums of halves, so that many are equal, exactly. */
enum t_scores { ANY, TIES };

/* All bytes, and 'n' pieces of 2 to 'max' bytes over an alphabet. */
static inline void toy_init(struct toy *t, uint64_t *rng, struct slice alphabet, size_t n,
			    size_t max, enum t_scores how)
{
	unsigned char piece[64];
	size_t i, k, length;

	*t = (struct toy){ 0 };
	t_vocab_init(&t->v);
	for (i = 0; i < n; i++) {
		length = 2 + t_below(rng, max - 1);
		for (k = 0; k < length; k++)
			piece[k] = alphabet.p[t_below(rng, alphabet.n)];
		t_vocab_add(&t->v, (struct slice){ piece, length }, 1);
	}
	t_vocab_sort(&t->v);
	t->score = bp_array(t->v.n, sizeof(*t->score));
	assert_non_null(t->score);
	for (i = 0; i < t->v.n; i++)
		t->score[i] = how == TIES
			? -(double)t->v.piece[i].n - (t_below(rng, 4) == 0 ? 0.5 : 0)
			: log((double)(1 + t_below(rng, 100000))) - log(2e5);
	assert_int_equal(bp_vocabulary_init(&t->u, t->v.piece, t->score, t->v.n, NULL), BP_OK);
}

static inline void toy_release(struct toy *t)
{
	bp_vocabulary_release(&t->u);
	t_vocab_release(&t->v);
	free(t->score);
}

static inline void random_text(uint64_t *rng, struct slice alphabet, size_t n, struct buf *out)
{
	for (out->len = 0; n > 0; n--)
		assert_true(bp_buf_byte(out, alphabet.p[t_below(rng, alphabet.n)]));
}

/* The automaton's states over a segment, for free(). */
static inline uint32_t *states_of(const struct vocabulary *u, struct slice s)
{
	uint32_t *state = bp_array(s.n, sizeof(*state)), at = 0;
	size_t i;

	assert_non_null(state);
	for (i = 0; i < s.n; i++)
		state[i] = at = bp_automaton_next(&u->a, at, s.p[i]);
	return state;
}

struct segmentation {
	uint32_t piece[T_SHORT];
	double score[T_SHORT + 1];	/* of its first pieces, added up from the first */
	size_t n;
};

struct segmentations {
	struct segmentation *all;	/* room for T_MANY */
	size_t n;
};

static inline void find_rest(const struct toy *t, struct slice rest, struct segmentation *now,
			     struct segmentations *out)
{
	struct slice p;
	size_t i;

	if (rest.n == 0) {
		assert_true(out->n < T_MANY);
		out->all[out->n++] = *now;
		return;
	}
	for (i = 0; i < t->v.n; i++) {
		p = t->v.piece[i];
		if (p.n > rest.n || memcmp(p.p, rest.p, p.n) != 0)
			continue;
		now->piece[now->n] = (uint32_t)i;
		now->score[now->n + 1] = now->score[now->n] + t->score[i];
		now->n++;
		find_rest(t, (struct slice){ rest.p + p.n, rest.n - p.n }, now, out);
		now->n--;
	}
}

/* All segmentations of at most T_SHORT bytes; all[] is for free(). */
static inline void find_all(const struct toy *t, struct slice text, struct segmentations *out)
{
	struct segmentation now = { .n = 0 };

	assert_true(text.n <= T_SHORT);
	*out = (struct segmentations){ .all = bp_array(T_MANY, sizeof(*out->all)) };
	assert_non_null(out->all);
	find_rest(t, text, &now, out);
}

static inline double whole_score(const struct segmentation *s)
{
	return s->score[s->n];
}

/* Their probabilities proportional to exp(alpha * score), for free(); and the logarithm of the sum. */
static inline double *probabilities(const struct segmentations *s, double alpha, double *log_sum)
{
	double *p = bp_array(s->n, sizeof(*p)), best = -INFINITY, sum = 0;
	size_t i;

	assert_non_null(p);
	for (i = 0; i < s->n; i++)
		best = fmax(best, whole_score(&s->all[i]));
	for (i = 0; i < s->n; i++)
		sum += p[i] = exp(alpha * (whole_score(&s->all[i]) - best));
	for (i = 0; i < s->n; i++)
		p[i] /= sum;
	*log_sum = alpha * best + log(sum);
	return p;
}

/* Which of them a path is. */
static inline size_t index_of(const struct segmentations *s, const uint32_t *piece, size_t n)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->all[i].n == n &&
		    (n == 0 || memcmp(s->all[i].piece, piece, n * sizeof(*piece)) == 0))
			return i;
	T_OK(false, "a path of %zu pieces is no segmentation of the text", n);
	return 0;
}

#endif
