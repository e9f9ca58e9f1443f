/*
 * loss.h - loss in context: the score that a text loses if one use of a piece is forbidden.
 *
 * The loss of one use on the best path is the score of the best path less the score of the best
 * path that avoids this use.  Algorithm: forward-backward with maxima in place of sums.  Every
 * path covers the first byte of the use by exactly one piece; so the best path that avoids the
 * use goes through the best other piece over that byte, and its score is forward score + score of
 * that piece + backward score.
 *
 * All paths meet at a cut point, so the text between two of them, a zone, is enough.  Forward
 * scores are needed up to the last use in question, backward scores down to the first.
 */
#ifndef BP_LOSS_H
#define BP_LOSS_H

#include "encode/vocabulary.h"

/* One use of a piece on the best path. */
struct loss_use {
	uint32_t piece;
	size_t start;		/* position of the first byte */
	double loss;		/* INFINITY if no other piece covers that byte */
};

/* An edge is a piece at a position of the zone, from its first byte to the byte after it. */
struct loss_edge {
	double score;
	size_t from;		/* position of the first byte */
};

/* Buffers of one thread, reused for each zone; zero at first. */
struct loss {
	struct loss_edge *edge;	/* by end, of one end the longest piece first */
	size_t *first;		/* first[i]: index of the first edge that ends at i */
	double *forward, *backward;	/* score of the best path from the start, or to the end */
	size_t cap_edge, cap_first, cap_forward, cap_backward;
};

/*
 * Set the losses of n_uses uses, one or more, in the order of the text, on the best path of a zone
 * of n bytes.  'state' has the state of the vocabulary's automaton after each byte
 * (bp_automaton_walk()).  False if memory is out.
 */
bool bp_loss_of_uses(struct loss *l, const struct vocabulary *u, const uint32_t *state, size_t n,
		     struct loss_use *use, size_t n_uses);
void bp_loss_release(struct loss *l);

/*
 * The best score of the bytes 's' by pieces other than 'except', BP_NO_PIECE for none; -INFINITY if
 * there are none.  The score of a piece less that of its bytes without it is the largest loss
 * that a use can have, in any text.  False if memory is out.
 */
bool bp_loss_score(struct loss *l, const struct vocabulary *u, struct slice s, uint32_t except,
		   double *score);

#endif
