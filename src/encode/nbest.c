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
	free(b->top);
	free(b->pair);
	free(b->trial);
	free(b->segment);
	free(b->pool);
	free(b->start);
	*b = (struct nbest){ 0 };
}

/* List the pieces that end at a position, longest first, each with the best path to its start;
 * *paths is the number of paths to all the starts. */
static bool list_heads(struct nbest *b, uint32_t p, size_t position, size_t *n, size_t *paths)
{
	const struct vocabulary_piece *row;
	size_t first, end;

	for (*n = *paths = 0; p != BP_NO_PIECE; p = row->shorter) {
		row = &b->u->piece[p];
		first = b->first[position - row->len];
		end = b->first[position - row->len + 1];
		if (row->score == -INFINITY || first == end)
			continue;
		if (!BP_GROW(b->head, b->cap_head, *n + 1))
			return false;
		b->head[(*n)++] = (struct nbest_head){
			.score = b->partial[first].score + row->score, .piece_score = row->score,
			.piece = p, .next = first, .end = end
		};
		*paths += end - first;
	}
	return true;
}

/* Take the best path that the heads offer, from the first of equal ones. */
static inline struct nbest_partial take_best(struct nbest_head *head, size_t n_heads,
					     const struct nbest_partial *partial)
{
	struct nbest_head *best = head, *h;
	struct nbest_partial taken;

	for (h = head + 1; h < head + n_heads; h++)
		best = h->score > best->score ? h : best;
	taken = (struct nbest_partial){ best->score, best->piece, best->rank++ };
	best->score = ++best->next < best->end ?
		      partial[best->next].score + best->piece_score : -INFINITY;
	return taken;
}

/* Look up the longest pieces that end in a segment: memory serves many requests at a time. */
static bool look_up_longest(struct nbest *b, struct slice s)
{
	uint32_t state = 0;
	size_t i;

	if (!BP_GROW(b->top, b->cap_top, s.n))
		return false;
	for (i = 0; i < s.n; i++) {
		state = bp_automaton_next(&b->u->a, state, s.p[i]);
		b->top[i] = b->u->a.longest[state];
		BP_PREFETCH(&b->u->piece[b->top[i]]);
	}
	return true;
}

/* Fill b->partial and b->first for a segment. */
static bool search_segment(struct nbest *b, struct slice s)
{
	size_t i, k, n_heads, paths, n = 1;

	if (s.n > SIZE_MAX - 2 || !look_up_longest(b, s) ||
	    !BP_GROW(b->first, b->cap_first, s.n + 2) ||
	    !BP_GROW(b->partial, b->cap_partial, 1))
		return false;
	b->partial[0] = (struct nbest_partial){ 0, BP_NO_PIECE, 0 };
	b->first[0] = 0;
	b->first[1] = 1;
	for (i = 1; i <= s.n; i++) {
		if (bp_must_stop() || !list_heads(b, b->top[i - 1], i, &n_heads, &paths))
			return false;
		paths = BP_MIN(paths, b->want);
		if (!BP_GROW(b->partial, b->cap_partial, n + paths))
			return false;
		for (k = 0; k < paths; k++)
			b->partial[n++] = take_best(b->head, n_heads, b->partial);
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

/* Append the pieces of a path through the segment of n bytes to the pool; they are found from the
 * last one on, and are no more than the bytes. */
static bool keep_path(struct nbest *b, size_t n, size_t rank)
{
	size_t end = b->start[b->n_start - 1], position, k = n;
	const struct nbest_partial *w;
	uint32_t *piece;

	if (n > SIZE_MAX - end ||
	    !BP_GROW(b->pool, b->cap_pool, end + n) ||
	    !BP_GROW(b->start, b->cap_start, b->n_start + 1))
		return false;
	piece = BP_AT(b->pool, end);
	for (position = n; position > 0; position -= b->u->piece[w->piece].len) {
		w = &b->partial[b->first[position] + rank];
		rank = w->rank;
		piece[--k] = w->piece;
	}
	memmove(piece, piece + k, (n - k) * sizeof(*piece));
	b->start[b->n_start++] = end + n - k;
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
