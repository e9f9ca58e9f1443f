/*
 * A segment's lists are merged position by position: the pieces that end at a position each offer
 * the paths to their start in order of score, and the n best offers are taken (take_best()).  For
 * the text, each segment adds a list of pairs of ranks: one of a combination up to the segment, one
 * of a path through the segment.  bp_nbest_path() follows the ranks back to the text's start.
 */
#include "encode/nbest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text/cut.h"

void bp_nbest_init(struct nbest *b, const struct vocabulary *u, size_t n)
{
	*b = (struct nbest){ .u = u, .want = n };
}

void bp_nbest_release(struct nbest *b)
{
	free(b->path.piece);
	free(b->partial);
	free(b->first);
	free(b->head);
	free(b->pair);
	free(b->trial);
	free(b->segment);
	free(b->pool);
	free(b->start);
	*b = (struct nbest){ 0 };
}

/* List the pieces that end at a position, longest first, each with the best path to its start. */
static bool list_heads(struct nbest *b, uint32_t p, size_t position, size_t *n)
{
	const struct vocabulary_piece *row;
	size_t start;

	for (*n = 0; p != BP_NO_PIECE; p = row->shorter) {
		row = &b->u->piece[p];
		if (row->score == -INFINITY)
			continue;
		if (!BP_GROW(b->head, b->cap_head, *n + 1))
			return false;
		start = position - row->len;
		b->head[(*n)++] = (struct nbest_head){
			.score = b->partial[b->first[start]].score + row->score, .piece = p,
			.next = b->first[start], .end = b->first[start + 1]
		};
	}
	return true;
}

/* Take the best path that the heads offer, from the first of equal ones; false if there is none. */
static bool take_best(struct nbest *b, size_t n_heads, struct nbest_partial *out)
{
	struct nbest_head *best = NULL, *h;

	for (h = b->head; h < BP_AT(b->head, n_heads); h++)
		if (h->next < h->end && (best == NULL || h->score > best->score))
			best = h;
	if (best == NULL)
		return false;
	*out = (struct nbest_partial){ best->score, best->piece, best->rank };
	best->rank++;
	if (++best->next < best->end)
		best->score = b->partial[best->next].score + b->u->piece[best->piece].score;
	return true;
}

/* Fill b->partial and b->first for a segment. */
static bool search_segment(struct nbest *b, struct slice s)
{
	uint32_t state = 0;
	size_t i, k, n_heads, n = 1;

	if (s.n > SIZE_MAX - 2 ||
	    !BP_GROW(b->first, b->cap_first, s.n + 2) ||
	    !BP_GROW(b->partial, b->cap_partial, 1))
		return false;
	b->partial[0] = (struct nbest_partial){ 0, BP_NO_PIECE, 0 };
	b->first[0] = 0;
	b->first[1] = 1;
	for (i = 1; i <= s.n; i++) {
		if (bp_must_stop())
			return false;
		state = bp_automaton_next(&b->u->a, state, s.p[i - 1]);
		if (!list_heads(b, b->u->a.longest[state], i, &n_heads))
			return false;
		for (k = 0; k < b->want; k++, n++) {
			if (!BP_GROW(b->partial, b->cap_partial, n + 1))
				return false;
			if (!take_best(b, n_heads, &b->partial[n]))
				break;
		}
		b->first[i + 1] = n;
	}
	return true;
}

/* The order of combinations; here before 'before', since the last segment with different ranks
 * decides ties. */
static int better_first(const void *a, const void *b)
{
	const struct nbest_pair *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->here != y->here)
		return x->here < y->here ? -1 : 1;
	return x->before < y->before ? -1 : x->before > y->before;
}

/*
 * Combine the paths through the segment of n bytes with the combinations before it.  For ranks
 * i and k, counted from 0, (i + 1) * (k + 1) - 1 other pairs are at least as good: all pairs of
 * ranks up to i and k.  So only pairs with (i + 1) * (k + 1) <= n can be among the n best.
 */
static bool join_segment(struct nbest *b, size_t n)
{
	const struct nbest_segment *last = &b->segment[b->n_segments - 1];
	const struct nbest_partial *partial = BP_AT(b->partial, b->first[n]);
	size_t n_before = b->n_pairs - last->pair, n_here = b->first[n + 1] - b->first[n];
	size_t i, k, n_trial = 0;

	for (k = 0; k < n_here; k++)
		for (i = 0; i < n_before && (i + 1) * (k + 1) <= b->want; i++) {
			if (!BP_GROW(b->trial, b->cap_trial, n_trial + 1))
				return false;
			b->trial[n_trial++] = (struct nbest_pair){
				b->pair[last->pair + i].score + partial[k].score, (uint32_t)i,
				(uint32_t)k
			};
		}
	if (n_trial > 1)
		qsort(b->trial, n_trial, sizeof(*b->trial), better_first);
	n_trial = BP_MIN(n_trial, b->want);
	if (!BP_GROW(b->pair, b->cap_pair, b->n_pairs + n_trial) ||
	    !BP_GROW(b->segment, b->cap_segment, b->n_segments + 1))
		return false;
	bp_copy(b->pair + b->n_pairs, b->trial, n_trial * sizeof(*b->pair));
	b->segment[b->n_segments++] = (struct nbest_segment){ b->n_pairs, b->n_start - 1 };
	b->n_pairs += n_trial;
	return true;
}

/* Append the pieces of a path through the segment of n bytes to the pool. */
static bool keep_path(struct nbest *b, size_t n, size_t rank)
{
	size_t end = b->start[b->n_start - 1], position, r, k = 0;
	const struct nbest_partial *w;

	for (position = n, r = rank; position > 0; position -= b->u->piece[w->piece].len, k++) {
		w = &b->partial[b->first[position] + r];
		r = w->rank;
	}
	if (!BP_GROW(b->pool, b->cap_pool, end + k) ||
	    !BP_GROW(b->start, b->cap_start, b->n_start + 1))
		return false;
	b->start[b->n_start++] = end += k;
	for (position = n, r = rank; position > 0; position -= b->u->piece[w->piece].len) {
		w = &b->partial[b->first[position] + r];
		r = w->rank;
		b->pool[--end] = w->piece;
	}
	return true;
}

/* Search a segment, combine its paths with the text before, and keep the pieces of the paths that
 * take part in a combination. */
static bool add_segment(struct nbest *b, struct slice s)
{
	const struct nbest_segment *added;
	size_t i, n_paths = 0;

	if (!search_segment(b, s) || !join_segment(b, s.n))
		return false;
	added = &b->segment[b->n_segments - 1];
	for (i = added->pair; i < b->n_pairs; i++)
		n_paths = BP_MAX(n_paths, (size_t)b->pair[i].here + 1);
	for (i = 0; i < n_paths; i++)
		if (bp_must_stop() || !keep_path(b, s.n, i))
			return false;
	return true;
}

bool bp_nbest_text(struct nbest *b, struct slice text)
{
	const struct cut_rules rules = { .newlines = b->u->newlines };
	size_t pos = 0;

	if (!BP_GROW(b->pair, b->cap_pair, 1) ||
	    !BP_GROW(b->start, b->cap_start, 1) ||
	    !BP_GROW(b->segment, b->cap_segment, 1))
		return false;
	/* Before the first segment there is one combination, the empty one. */
	b->pair[0] = (struct nbest_pair){ 0, 0, 0 };
	b->segment[0] = (struct nbest_segment){ 0, 0 };
	b->start[0] = 0;
	b->n_pairs = b->n_segments = b->n_start = 1;
	while (pos < text.n)
		if (!add_segment(b, bp_cut(&rules, text, &pos)))
			return false;
	return true;
}

size_t bp_nbest_found(const struct nbest *b)
{
	return b->n_pairs - b->segment[b->n_segments - 1].pair;
}

/*
 * The pieces, *n of them, of a segment in a combination up to the segment.  *rank is the rank of
 * the combination, and is moved to the rank of the combination before the segment.
 */
static const uint32_t *chosen_path(const struct nbest *b, size_t segment, size_t *rank, size_t *n)
{
	const struct nbest_segment *s = &b->segment[segment];
	const struct nbest_pair *p = &b->pair[s->pair + *rank];
	const size_t *start = &b->start[s->path + p->here];

	*rank = p->before;
	*n = start[1] - start[0];
	return BP_AT(b->pool, start[0]);
}

bool bp_nbest_path(struct nbest *b, size_t rank, double *score)
{
	size_t last = b->n_segments - 1, i, k, r, n = 0;
	const uint32_t *piece;

	*score = b->pair[b->segment[last].pair + rank].score;
	for (i = last, r = rank; i > 0; i--, n += k)
		chosen_path(b, i, &r, &k);
	/* At least 1: an empty text has a path too, which is not NULL. */
	if (bp_must_stop() || !BP_GROW(b->path.piece, b->path.cap, BP_MAX(n, 1)))
		return false;
	b->path.n = n;
	for (i = last, r = rank; i > 0; i--) {
		piece = chosen_path(b, i, &r, &k);
		n -= k;
		bp_copy(b->path.piece + n, piece, k * sizeof(*piece));
	}
	return true;
}
