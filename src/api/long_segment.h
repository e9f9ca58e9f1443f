/*
 * long_segment.h - tokens of bytes that belong to a segment which is longer than a chunk.
 *
 * They are encoded by any worker, with gaps where the score of what comes before decides, and the
 * gaps are filled when that is known: in order, on one thread.
 */
#ifndef BP_LONG_SEGMENT_H
#define BP_LONG_SEGMENT_H

#include "encode/encoder.h"
#include "api/format.h"

struct long_segment {
	struct format out;	/* the tokens between gaps, as they go on with a line */
	/* Private. */
	uint32_t *piece;	/* the same, to add up their scores */
	struct long_segment_gap {
		size_t n_piece;	/* so many of these come before it, */
		size_t n_out;	/* so many bytes of 'out', */
		size_t n;	/* and it stands for so many bytes */
	} *gap;
	size_t n_piece, n_gaps, cap_piece, cap_gap;
	struct buf undecided;	/* bytes of the gaps */
};

void bp_long_segment_release(struct long_segment *t);

/* The functions below are false if memory is out. */

/* Encode 's' from border to border, with at most 'before' bytes of the segment before it. */
bool bp_long_segment_encode(struct long_segment *t, struct encoder *e, struct slice s, uint64_t before);
/*
 * Append all its tokens to 'all'.  *sum is the exact score of the segment up to the stretch, and is
 * moved to its end.  If tokens are counted, those of gaps are counted in all->tally.
 */
bool bp_long_segment_fill(const struct long_segment *t, struct encoder *e, double *sum, struct format *all);

#endif
