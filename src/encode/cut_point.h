/*
 * cut_point.h - offsets inside a segment that no piece crosses, found from the text nearby.
 *
 * The bytes on the two sides of a cut point can be searched apart, and the two best paths together
 * are the best path of the segment.  The automaton tells where one is: its state after a byte
 * stands for the longest suffix of the text so far that is the beginning of a piece.  If that
 * suffix is the byte alone, no piece contains both the byte and the one before it.
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

/* False if memory is out; then *f must still be released. */
bool bp_cut_point_init(struct cut_point_finder *f, const bp_model *m);
void bp_cut_point_release(struct cut_point_finder *f);

/*
 * Set *at to the offset of a cut point near the end of 's', or to 0 if none is found.  's' is a
 * part of a segment, with any bytes before and behind it, not normalised.  Normalisation does not
 * cross the cut point either.  'finder' is a struct cut_point_finder.  False if memory is out.
 */
bool bp_cut_point_find(void *finder, struct slice s, size_t *at);

#endif
