/*
 * loss.h - what a segment would lose without a piece, in the place where it uses it.
 *
 * The loss of one use is the score of the best path less that of the best path that avoids just
 * this use.  Every path covers the use's first byte by exactly one piece, so that the best other
 * piece over that byte, with the best ways to it and from it (forward and backward scores),
 * gives the second path.
 */
#ifndef BP_LOSS_H
#define BP_LOSS_H

#include "encode/viterbi.h"

struct loss_edge {
	double score;
	uint32_t piece, from;
};

/* One use of a piece on the best path. */
struct loss_use {
	uint32_t piece, start;
	double loss;		/* INFINITY where nothing else covers the byte */
};

/* Room for one thread; zero at first. */
struct loss {
	struct loss_use *use;	/* result: the best path, from left to right */
	size_t n_use;
	/* Private: by place in the segment, but for the edges. */
	struct loss_edge *edge;
	uint32_t *first, *best, *rank;
	double *forward, *backward;
	size_t cap_use, cap_edge, cap_first, cap_best, cap_rank, cap_forward, cap_backward;
};

/* 'state' is the automaton's after each of the segment's n bytes.  False if memory is out. */
bool bp_loss_of_segment(struct loss *l, const struct vocabulary *u, const uint32_t *state, size_t n);
void bp_loss_release(struct loss *l);

#endif
