/*
 * path.h - growing array of the pieces that a search has chosen, in the order of the text.
 *
 * Each kind of search appends its result to a path, and the caller empties the path by setting n
 * to 0.  The array belongs to the path and is freed with free(), except where a search borrows an
 * array that is large enough for its texts (bp_viterbi_borrow(), bp_fast_search_borrow()): that
 * path never grows and is never freed.
 */
#ifndef BP_PATH_H
#define BP_PATH_H

#include "base/base.h"

struct path {
	uint32_t *piece;
	size_t n, cap;
};

/* Make room for 'more' pieces.  False if memory is out; then the path is unchanged. */
static inline bool bp_path_reserve(struct path *p, size_t more)
{
	return more <= SIZE_MAX - p->n && BP_GROW(p->piece, p->cap, p->n + more);
}

/* Append n pieces.  False if memory is out; then the path is unchanged. */
static inline bool bp_path_append(struct path *p, const uint32_t *piece, size_t n)
{
	if (!bp_path_reserve(p, n))
		return false;
	bp_copy(p->piece + p->n, piece, n * sizeof(*piece));
	p->n += n;
	return true;
}

/* Append all pieces of 'from' and empty it.  False if memory is out; then both are unchanged. */
static inline bool bp_path_move(struct path *to, struct path *from)
{
	if (!bp_path_append(to, from->piece, from->n))
		return false;
	from->n = 0;
	return true;
}

#endif
