/*
 * nbest.h - the n segmentations of a text of highest score, in order.
 *
 * As in the search for the best one (viterbi.h), but with a list of up to n ways to each place
 * instead of one (Chow and Schwartz 1989); then the lists of the text's segments are put together,
 * n at a time.  The score of a segment is added up from its start and that of the text from its
 * first segment, in double precision, and the order by these scores is exact.
 *
 * Equal scores: the last segment in which two texts' ways differ in rank decides, and in a segment
 * the longer last piece comes first; where that is the same, the order of the ways before it
 * decides.  So the first is always the one that the search gives.
 *
 * Memory: up to 32 n bytes for each byte of the longest segment, and 8 for each piece of the ways
 * kept, at most n ways for each segment of the text.
 */
#ifndef BP_NBEST_H
#define BP_NBEST_H

#include "encode/viterbi.h"

/* One text after another, on one thread. */
struct nbest {
	const struct vocabulary *u;
	size_t want;		/* n */
	struct path path;	/* result of bp_nbest_path() */
	/* Private: of the segment. */
	struct nbest_way {
		double score;
		uint32_t piece, rank;	/* the last piece, and which of the ways to its start */
	} *way;
	size_t *first;		/* by place: its best way; what follows the last is its end */
	struct nbest_head {
		double score;		/* of the next way by this piece */
		size_t next, end;	/* among the ways to where the piece starts */
		uint32_t piece, rank;
	} *head;
	/* Of the text: for each segment what the text's best ways so far are made of. */
	struct nbest_pair {
		double score;
		uint32_t before, here;	/* ranks: of the ways up to the segment, and in it */
	} *pair, *trial;
	struct nbest_segment {
		size_t pair, path;	/* its first ones */
	} *segment;
	size_t n_pairs, n_segments;	/* pairs up to the last segment's */
	uint32_t *pool;		/* pieces of the ways through all segments */
	size_t *start;		/* of each of these in 'pool', and the end of the last */
	size_t n_start;
	size_t cap_way, cap_first, cap_head, cap_pair, cap_trial, cap_segment, cap_pool,
	       cap_start;
};

void bp_nbest_init(struct nbest *b, const struct vocabulary *u, size_t n);
void bp_nbest_release(struct nbest *b);

/* Find the best segmentations of a text, already normalised.  False if memory is out. */
bool bp_nbest_text(struct nbest *b, struct slice text);
/* How many were found: n, or all there are. */
size_t bp_nbest_found(const struct nbest *b);
/* Put number 'rank' of them (0 is the best) into 'path', and its score into *score. */
bool bp_nbest_path(struct nbest *b, size_t rank, double *score);

#endif
