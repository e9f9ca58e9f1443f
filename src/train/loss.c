#include "train/em.h"

#include <math.h>
#include <stdlib.h>

/*
 * Bytes between the prefetch of a table entry and its use.  The tables of a large vocabulary do
 * not fit into the caches, and the addresses are known far ahead, because the automaton has
 * already run.
 */
enum { AHEAD = 16 };

static bool reserve_positions(struct loss *l, size_t n)
{
	return BP_GROW(l->first, l->cap_first, n + 2) &&
	       BP_GROW(l->best, l->cap_best, n + 1) &&
	       BP_GROW(l->rank, l->cap_rank, n + 1) &&
	       BP_GROW(l->forward, l->cap_forward, n + 1) &&
	       BP_GROW(l->backward, l->cap_backward, n + 1) &&
	       BP_GROW(l->use, l->cap_use, n + 1);
}

/*
 * List all pieces in the segment by their ends, with the forward score of each position.  Of
 * equal scores the longest piece wins, as in viterbi.h, so that training counts the pieces that
 * encoding will give.
 */
static bool list_edges(struct loss *l, const struct vocabulary *u, const uint32_t *state, size_t n)
{
	const uint32_t *longest = u->a.longest;
	const struct vocabulary_piece *row;
	uint32_t p, n_edges = 0;
	double score;
	size_t i;

	l->forward[0] = 0;
	l->first[0] = l->first[1] = 0;
	for (i = 1; i <= n; i++) {
		if (i + AHEAD < n) {
			BP_PREFETCH(&longest[state[i + AHEAD]]);
			BP_PREFETCH(&u->piece[longest[state[i + AHEAD / 2]]]);
		}
		l->forward[i] = -INFINITY;
		if (!BP_GROW(l->edge, l->cap_edge, (size_t)n_edges + u->max_len))
			return false;
		for (p = longest[state[i - 1]]; p != BP_NO_PIECE; p = row->shorter) {
			row = &u->piece[p];
			score = l->forward[i - row->len] + row->score;
			if (score > l->forward[i]) {
				l->forward[i] = score;
				l->best[i] = n_edges;
			}
			l->edge[n_edges++] = (struct loss_edge){ row->score, p,
								 (uint32_t)(i - row->len) };
		}
		l->first[i + 1] = n_edges;
	}
	return true;
}

/*
 * The edges into a position are done before any edge out of an earlier one: backward[i] is final
 * then.
 */
static void score_backward(struct loss *l, size_t n)
{
	const struct loss_edge *e;
	double score;
	size_t i, k;

	for (i = 0; i < n; i++)
		l->backward[i] = -INFINITY;
	l->backward[n] = 0;
	for (i = n; i > 0; i--)
		for (k = l->first[i]; k < l->first[i + 1]; k++) {
			e = &l->edge[k];
			score = e->score + l->backward[i];
			if (score > l->backward[e->from])
				l->backward[e->from] = score;
		}
}

/* Follow the best path backward, reverse it, and fill in the ranks of all positions. */
static void list_uses(struct loss *l, size_t n)
{
	const struct loss_edge *e;
	size_t i, k, position;

	l->n_use = 0;
	for (i = n; i > 0; i = e->from) {
		e = &l->edge[l->best[i]];
		l->use[l->n_use++] = (struct loss_use){ e->piece, e->from, 0 };
	}
	for (i = 0, k = l->n_use; i + 1 < k; i++) {
		struct loss_use swap = l->use[i];

		l->use[i] = l->use[--k];
		l->use[k] = swap;
	}
	for (k = 0, position = 0; k < l->n_use; k++)
		while (position <= l->use[k].start)
			l->rank[position++] = (uint32_t)k;
	while (position <= n)
		l->rank[position++] = (uint32_t)l->n_use;
}

/*
 * For each edge, offer the score of the best path through it to all uses that begin inside it.
 * The rank of the edge's start gives the first use that may; most edges have only a few uses
 * under them.
 */
static void find_losses(struct loss *l, size_t n)
{
	const struct loss_edge *e;
	double total = l->forward[n], through;
	size_t i, k, u;

	for (u = 0; u < l->n_use; u++)
		l->use[u].loss = -INFINITY;
	for (i = 1; i <= n; i++)
		for (k = l->first[i]; k < l->first[i + 1]; k++) {
			e = &l->edge[k];
			u = l->rank[e->from];
			if (u == l->n_use || l->use[u].start >= i)
				continue;
			/* This edge is the use itself, and the path has to avoid it. */
			if (l->use[u].start == e->from && l->use[u].piece == e->piece)
				continue;
			through = l->forward[e->from] + e->score + l->backward[i];
			for (; u < l->n_use && l->use[u].start < i; u++)
				if (through > l->use[u].loss)
					l->use[u].loss = through;
		}
	for (u = 0; u < l->n_use; u++)
		l->use[u].loss = total - l->use[u].loss;
}

bool bp_loss_of_segment(struct loss *l, const struct vocabulary *u, const uint32_t *state,
			size_t n)
{
	if (!reserve_positions(l, n) || !list_edges(l, u, state, n))
		return false;
	score_backward(l, n);
	list_uses(l, n);
	find_losses(l, n);
	return true;
}

void bp_loss_release(struct loss *l)
{
	free(l->use);
	free(l->edge);
	free(l->first);
	free(l->best);
	free(l->rank);
	free(l->forward);
	free(l->backward);
	*l = (struct loss){ 0 };
}
