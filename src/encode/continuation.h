/*
 * continuation.h - how much of a segment's best path stays, however the segment goes on.
 *
 * The best path of any continuation has a piece that starts at or before the segment's end and
 * ends behind it, or a border there.  The best path to where that piece starts does not depend on
 * what follows.  So what stays is what the best paths to all these places have in common.
 *
 * A place counts if some continuation's best path has a piece from there over the end, which is
 * found out by search: all pieces that begin with the segment's last bytes are continuations to
 * try.  Most places need no trial, for their paths would take nothing away.
 */
#ifndef BP_CONTINUATION_H
#define BP_CONTINUATION_H

#include "encode/viterbi.h"

/* Scratch, for one thread. */
struct continuation {
	const struct vocabulary *u;
	double *score;		/* of the last places of the segment, then of a continuation */
	struct continuation_level {
		uint32_t node;		/* the trie's: bytes from where the piece starts */
		uint32_t state;		/* the search's: after the same bytes of the segment */
		unsigned next;		/* byte to try next; behind 255: none */
		bool newline;		/* the last byte was one, so that only more can follow */
	} *level;
};

bool bp_continuation_init(struct continuation *k, const struct vocabulary *u);
void bp_continuation_release(struct continuation *k);

/*
 * The place up to which every continuation keeps the best path, counted like v->last from what is
 * settled.  'segment' is all of it, as v was fed with it.  A continuation is empty, or begins with
 * a byte of at least 'least' and has no newline before another byte, nor after the segment's
 * newlines anything but newlines: what else follows is another segment.
 *
 * Time: for each end of the segment with which longer pieces begin, a walk back along two paths
 * until they meet; where that would take something away, up to a step of search for each byte of
 * these pieces.
 */
size_t bp_continuation_place(struct continuation *k, const struct viterbi *v, struct slice segment,
		     unsigned least);

/* The last place that the best paths to two places have in common, counted in the same way. */
size_t bp_continuation_common(const struct viterbi *v, size_t a, size_t b);

#endif
