/*
 * cut_point.h - places inside a segment that no piece crosses, so that what stands on their two sides
 * can be searched apart.
 *
 * The automaton tells: its state after a byte is the longest end of the text so far that some piece
 * begins with.  If that is the byte alone, no piece goes over from the bytes before it.
 */
#ifndef BP_CUT_POINT_H
#define BP_CUT_POINT_H

#include "encode/encoder.h"

/* For one thread. */
struct cut_point_finder {
	const bp_model *model;	/* borrowed */
	/* Private. */
	uint32_t *state;
	struct buf scratch;
};

/* False if memory is out; then it is still to be released. */
bool bp_cut_point_init(struct cut_point_finder *b, const bp_model *m);
void bp_cut_point_release(struct cut_point_finder *b);

/*
 * A border near the end of 's', part of a segment with anything before it and behind it; *at is
 * its offset, not 0, or is set to 0 if none was found.  Normalisation does not cross it either.
 * 'finder' is a struct cut_point_finder.  False if memory is out.
 */
bool bp_cut_point_find(void *finder, struct slice s, size_t *at);

#endif
