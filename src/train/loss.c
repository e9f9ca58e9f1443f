#include "train/loss.h"

#include <math.h>
#include <stdlib.h>

/*
 * Bytes between the prefetch of a table entry and its use.  The tables of a large vocabulary do
 * not fit into the caches, and the addresses are known far ahead, because the automaton has
 * already run.
 */
enum { AHEAD = 16 };

static bool reserve_zone(struct loss *l, size_t n)
{
	return BP_GROW(l->first, l->cap_first, n + 2) &&
	       BP_GROW(l->forward, l->cap_forward, n + 1) &&
	       BP_GROW(l->backward, l->cap_backward, n + 1);
}

/* The larger one; without a branch, for a processor cannot predict the outcome. */
static inline double larger(double a, double b)
{
	return a > b ? a : b;
}

/* Set the forward scores of all positions, and list the pieces that end behind position 'from'. */
static bool score_forward(struct loss *l, const struct vocabulary *u, const uint32_t *state,
			  size_t from, size_t n)
{
	const uint32_t *longest = u->a.longest;
	const struct vocabulary_piece *row;
	size_t i, n_edges = 0;
	uint32_t p;
	double best;

	l->forward[0] = 0;
	for (i = 1; i <= n; i++) {
		if (i + AHEAD < n) {
			BP_PREFETCH(&longest[state[i + AHEAD]]);
			BP_PREFETCH(&u->piece[longest[state[i + AHEAD / 2]]]);
		}
		if (!BP_GROW(l->edge, l->cap_edge, n_edges + u->max_len))
			return false;
		l->first[i] = n_edges;
		best = -INFINITY;
		for (p = longest[state[i - 1]]; p != BP_NO_PIECE; p = row->shorter) {
			row = &u->piece[p];
			best = larger(best, l->forward[i - row->len] + row->score);
			l->edge[n_edges] = (struct loss_edge){ row->score, i - row->len };
			n_edges += i > from;
		}
		l->forward[i] = best;
	}
	l->first[n + 1] = n_edges;
	return true;
}

/*
 * The edges into a position are done before any edge out of an earlier one: backward[i] is final
 * then.  Positions up to 'from' get no final score.
 */
static void score_backward(struct loss *l, size_t from, size_t n)
{
	const struct loss_edge *e;
	size_t i, k;

	for (i = 0; i < n; i++)
		l->backward[i] = -INFINITY;
	l->backward[n] = 0;
	for (i = n; i > from; i--)
		for (k = l->first[i]; k < l->first[i + 1]; k++) {
			e = &l->edge[k];
			l->backward[e->from] = larger(l->backward[e->from],
						      e->score + l->backward[i]);
		}
}

/* The best score of a path that covers byte 'at' by another piece than that of bytes [at, to). */
static double score_without(const struct loss *l, size_t at, size_t to, size_t end)
{
	const struct loss_edge *e;
	double best = -INFINITY;
	size_t i, k;

	for (i = at + 1; i <= end; i++)
		for (k = l->first[i]; k < l->first[i + 1] && l->edge[k].from <= at; k++) {
			e = &l->edge[k];
			if (e->from == at && i == to)
				continue;
			best = larger(best, l->forward[e->from] + e->score + l->backward[i]);
		}
	return best;
}

bool bp_loss_of_uses(struct loss *l, const struct vocabulary *u, const uint32_t *state, size_t n,
		     struct loss_use *use, size_t n_uses)
{
	const struct vocabulary_piece *piece;
	size_t i, at, to;

	if (!reserve_zone(l, n) || !score_forward(l, u, state, use[0].start, n))
		return false;
	score_backward(l, use[0].start, n);
	for (i = 0; i < n_uses; i++) {
		piece = &u->piece[use[i].piece];
		at = use[i].start;
		to = at + piece->len;
		use[i].loss = l->forward[at] + piece->score + l->backward[to] -
			      score_without(l, at, to, BP_MIN(n, at + u->max_len));
	}
	return true;
}

bool bp_loss_score(struct loss *l, const struct vocabulary *u, struct slice s, uint32_t except,
		   double *score)
{
	const struct vocabulary_piece *row;
	uint32_t state = 0, p;
	double best = 0;
	size_t i;

	if (!BP_GROW(l->forward, l->cap_forward, s.n + 1))
		return false;
	l->forward[0] = 0;
	for (i = 1; i <= s.n; i++) {
		state = bp_automaton_next(&u->a, state, s.p[i - 1]);
		best = -INFINITY;
		for (p = u->a.longest[state]; p != BP_NO_PIECE; p = row->shorter) {
			row = &u->piece[p];
			if (p != except)
				best = larger(best, l->forward[i - row->len] + row->score);
		}
		l->forward[i] = best;
	}
	*score = best;
	return true;
}

void bp_loss_release(struct loss *l)
{
	free(l->edge);
	free(l->first);
	free(l->forward);
	free(l->backward);
	*l = (struct loss){ 0 };
}
