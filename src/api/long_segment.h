/*
 * long_segment.h - tokens of one part of a segment that is longer than a chunk.
 *
 * The part lies between two cut points.  No piece crosses them, so any worker can encode the part.
 * But where two paths have nearly equal scores, rounding decides between them, and that depends on
 * the exact score of the segment up to there.  The worker does not know this score: it leaves gaps
 * at these bytes.
 */
#ifndef BP_LONG_SEGMENT_H
#define BP_LONG_SEGMENT_H

#include "encode/encoder.h"
#include "api/format.h"

struct long_segment {
	struct format out;	/* the tokens outside the gaps, for bp_format_append(); the caller
				 * sets it up before the first use */
	/* Private. */
	uint32_t *piece;	/* the pieces outside the gaps, to add up their scores */
	struct long_segment_gap {
		size_t piece_end;	/* number of pieces before the gap, */
		size_t out_end;		/* of bytes of 'out' before it, */
		size_t text_end;	/* and of bytes of 'gap_text' up to its end */
	} *gap;
	size_t n_pieces, n_gaps, cap_piece, cap_gap;
	struct buf gap_text;	/* the text of all gaps, one behind another */
};

void bp_long_segment_release(struct long_segment *t);

/* The functions below are false if memory is out. */

/* Encode the part 's'.  The segment has at most 'before' bytes before it. */
bool bp_long_segment_encode(struct long_segment *t, struct encoder *e, struct slice s,
			    uint64_t before);
/*
 * Append all tokens of the part to 'all'.  *score is the exact score of the segment up to the part,
 * and afterwards up to its end.  If tokens are counted, all->counts gets the tokens in gaps.
 */
bool bp_long_segment_fill(const struct long_segment *t, struct encoder *e, double *score,
			  struct format *all);

#endif
