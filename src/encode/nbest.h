/*
 * nbest.h - the n segmentations of highest score of a text, in order of score.
 *
 * In each segment the search is that for the best path (viterbi.h), with a list of up to n paths to
 * each position instead of one (Chow and Schwartz 1989).  Then the lists of the text's segments are
 * combined from left to right, with the n best combinations kept.  A segment's score is added up
 * from its start, and the text's score from its first segment, in double precision.  The order by
 * scores is exact.
 *
 * Ties are broken as follows.  Between two segmentations of the text, the last segment where
 * their paths have different ranks decides.  Within a segment, the path with the longer last piece
 * comes first; if the last pieces are equal, the order of the paths before them decides.  So the
 * first segmentation is always the result of the search for the best path.
 *
 * Memory: up to 32 n bytes per byte of the longest segment, plus 8 bytes per piece of the paths
 * kept, at most n paths per segment of the text.
 */
#ifndef BP_NBEST_H
#define BP_NBEST_H

#include "encode/viterbi.h"

/* For one text after another, on one thread. */
struct nbest {
	const struct vocabulary *u;	/* borrowed */
	size_t want;		/* n */
	struct path path;	/* result of bp_nbest_path() */
	/* Private.  Of the segment: */
	struct nbest_partial {	/* a path to a position */
		double score;
		uint32_t piece;	/* the last one */
		uint32_t rank;	/* of the path before it, among the paths to the piece's start */
	} *partial;
	size_t *first;		/* paths to i, best first: partial[first[i]..first[i + 1]) */
	struct nbest_head {	/* of the paths that end with one piece, the next one to take */
		double score, piece_score;
		size_t next, end;	/* in 'partial': the paths to the piece's start */
		uint32_t piece, rank;
	} *head;
	uint32_t *top;		/* the longest piece that ends with each byte */
	/* Of the text: for each segment, the best combinations up to its end. */
	struct nbest_pair {
		double score;
		uint32_t before, here;	/* ranks: of the combination before the segment; in it */
	} *pair, *trial;
	struct nbest_segment {
		size_t pair, path;	/* the first ones of the segment in 'pair' and in 'start' */
	} *segment;
	size_t n_pairs, n_segments;
	uint32_t *pool;		/* pieces of the paths through all segments */
	size_t *start;		/* start of each path in 'pool', and the end of the last one */
	size_t n_start;
	size_t cap_partial, cap_first, cap_head, cap_top, cap_pair, cap_trial, cap_segment;
	size_t cap_pool, cap_start;
};

void bp_nbest_init(struct nbest *b, const struct vocabulary *u, size_t n);
void bp_nbest_release(struct nbest *b);

/* Find the best segmentations of a text in normal form.  False if memory is out. */
bool bp_nbest_text(struct nbest *b, struct slice text);
/* The number of segmentations found: n, or less if the text has less. */
size_t bp_nbest_found(const struct nbest *b);
/* Set 'path' to segmentation number 'rank', 0 being the best, and *score to its score.  False if
 * memory is out. */
bool bp_nbest_path(struct nbest *b, size_t rank, double *score);

#endif
