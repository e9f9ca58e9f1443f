/*
 * loss.h - loss in context: the score that a segment loses if one use of a piece is forbidden.
 *
 * The loss of one use on the best path is the score of the best path less the score of the best
 * path that avoids this use.  Algorithm: forward-backward with maxima in place of sums.  Every
 * path covers the first byte of the use by exactly one piece; so the best path that avoids the
 * use goes through the best other piece over that byte, and its score is forward score + score of
 * that piece + backward score.  All uses of a segment take one pass over its edges, because an
 * edge only concerns the uses that begin inside it.
 *
 * An edge is a piece at a position of the segment, from its first byte to the byte after it.
 */
#ifndef BP_LOSS_H
#define BP_LOSS_H

#include "encode/viterbi.h"

struct loss_edge {
	double score;
	uint32_t piece, from;	/* from: position of the first byte */
};

/* One use of a piece on the best path. */
struct loss_use {
	uint32_t piece, start;	/* start: position of the first byte */
	double loss;		/* INFINITY if no other piece covers that byte */
};

/* Buffers of one thread, reused for each segment; zero at first. */
struct loss {
	struct loss_use *use;	/* the result: the pieces of the best path, from left to right */
	size_t n_use;
	/* Private.  All but 'edge' have an element for each position of the segment. */
	struct loss_edge *edge;	/* by end, of one end the longest piece first */
	uint32_t *first;	/* first[i]: index of the first edge that ends at i */
	uint32_t *best;		/* best[i]: index of the edge that ends the best path to i */
	uint32_t *rank;		/* rank[i]: number of uses that begin before i */
	double *forward, *backward;	/* score of the best path from the start, or to the end */
	size_t cap_use, cap_edge, cap_first, cap_best, cap_rank, cap_forward, cap_backward;
};

/*
 * Fill in l->use for a segment of n bytes, fewer than 2^32.  'state' has the state of the
 * vocabulary's automaton after each byte (bp_automaton_walk()).  False if memory is out.
 */
bool bp_loss_of_segment(struct loss *l, const struct vocabulary *u, const uint32_t *state,
			size_t n);
void bp_loss_release(struct loss *l);

#endif
