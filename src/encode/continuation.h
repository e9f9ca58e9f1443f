/*
 * continuation.h - the longest prefix of a text's best path that no continuation can change.
 *
 * For texts to be continued, as prompts are ("encode --open").  Only the last segment of a text is
 * in question.  Let e be its end.  In the best path of a continued segment either a piece ends at
 * e, or one piece starts at a position s before e and ends behind e.  The part before s is the best
 * path to s and does not depend on the bytes behind e.  So the settled prefix is the common prefix
 * of the best path to e and of the best paths to all possible s.
 *
 * A position s is possible if the best path of at least one continuation has a piece that starts
 * at s and ends behind e.  That is found out by trial: all pieces that begin with the bytes from s
 * to e are tried as continuations, by exact search.  A position needs no trial if its best path
 * would not shorten the prefix, as is the case for most positions.
 *
 * Time, behind the search itself: the positions are tried one by one, for a text of n bytes and an
 * automaton of m slots up to n + m steps.  Ordinary texts need a fraction of that.  If it is not
 * enough, as with pieces that contain themselves many times, all positions are tried together: the
 * bytes behind e are gone through once for all s, in up to 64 m steps.  The time for a text is thus
 * linear in n + m, whatever model and text are.  If 64 m steps do not suffice either (a model of
 * some KB can ask for millions), every position is taken for possible: the prefix is right, but may
 * be shorter than it could be.
 */
#ifndef BP_CONTINUATION_H
#define BP_CONTINUATION_H

#include "encode/encoder.h"

/* For one text after another, on one thread. */
struct continuation {
	struct encoder encoder;	/* bp_encoder_path(&encoder) is the result; the caller empties it */
	/* Private. */
	struct buf text, rest;	/* normalised */
	double *score;		/* of the segment's last positions, then of a continuation's */
	struct continuation_level *level;
	const bp_model *model;
	uint32_t *depth;	/* by state: the length of its bytes; made at first need */
	unsigned char inner[256];	/* the n_inner bytes of pieces, their first ones left out,
					 * ascending; made with depth[] */
	unsigned n_inner;
	bool *possible, *live;	/* by position: from the end back; from the start */
	size_t cap_live;
	bool together;		/* for tests: positions are not tried one by one */
	uint64_t steps, limit;	/* of the trials of a text: done so far, allowed */
};

/* False if memory is out; then *c must still be released.  'm' is borrowed. */
bool bp_continuation_init(struct continuation *c, const bp_model *m);
void bp_continuation_release(struct continuation *c);

/*
 * Append to the encoder's path the settled pieces of 's': the best path of every continuation of
 * 's' begins with them.  Without normalisation no longer sequence has this property, unless the
 * steps did not suffice (above).  *left is
 * set to the rest of the normalised text, borrowed from 's' or from *c until the next call.  False
 * if memory is out; then only bp_continuation_release() may follow.
 */
bool bp_continuation_encode(struct continuation *c, struct slice s, struct slice *left);

#endif
