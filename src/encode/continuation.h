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
 * Time, behind the search itself: for each suffix of the segment that is the beginning of a longer
 * piece, a walk back along two paths until they meet; where that would shorten the prefix, at most
 * one step of the search for each byte of these pieces.
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
};

/* False if memory is out; then *c must still be released.  'm' is borrowed. */
bool bp_continuation_init(struct continuation *c, const bp_model *m);
void bp_continuation_release(struct continuation *c);

/*
 * Append to the encoder's path the settled pieces of 's': the best path of every continuation of
 * 's' begins with them.  Without normalisation no longer sequence has this property.  *left is
 * set to the rest of the normalised text, borrowed from 's' or from *c until the next call.  False
 * if memory is out; then only bp_continuation_release() may follow.
 */
bool bp_continuation_encode(struct continuation *c, struct slice s, struct slice *left);

#endif
