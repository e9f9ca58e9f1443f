/*
 * fast_search.h - best segmentation of about 16 KB of text at a time: automaton, integer kernel, exact
 * search where scores are close.
 *
 * The result is the path that the search in double precision (viterbi.h) gives, to the last tie.
 *
 * Terms.  A cut point is a position that no piece crosses: the automaton's state after the next byte is
 * that of the byte alone (is_cut()).  Let the best path pass position i, let e be the first cut point
 * behind i (cut_after()), and n = e - i.  All paths pass e, so the paths from i differ over at most n
 * bytes, by at most n pieces each.
 *
 * 1. Integers.  Each piece's score is rounded once to the nearest unit (in_units() of score_rows.c), so the
 *    integer sum of a path from i to e is within n/2 units of the exact sum; the difference between two
 *    paths is within n units of the exact difference.  Sums of integers are exact, and behind e both
 *    paths cost the same, so suffixes.best[i] - suffixes.second[i] (kernel.h) is the difference between
 *    the best path from i and the best path with another first piece, over these n bytes.
 * 2. Double precision.  The exact search adds scores from the start of the segment.  Up to i both paths have
 *    one and the same sum.  Behind i, each of at most n additions is rounded by at most 2^-53 of the sum's
 *    magnitude, which 'most' bounds (BP_FAST_SEARCH_MOST per byte): so the difference of two sums is
 *    within n * most * 2^-52 of the exact difference.
 * 3. tolerance() adds both bounds, with factor 2 in the second and 2 units to spare, for the code in the low
 *    bits of scores and for its own rounding.  If best leads second by more, then in double precision,
 *    too, every path with another first piece has a strictly lower sum at e; rounded addition is
 *    monotonic, so the exact search finds the maximum of these sums.  Hence its path has this first piece:
 *    append_certain() appends it, and i moves to the end of the piece.  append_path() first tries with the
 *    largest distance of cut points for n (find_rows()), then with the true distance.
 * 4. Otherwise the exact search decides, from i to e: append_exactly().  It starts with the sum that the
 *    reference has at i (score_at(): scores of the path, added in order from the segment's start) and
 *    leaves out pieces that begin before i.  The reference considers these too, but its path passes i
 *    and e; along it, each last piece is the first, by falling length, that gives the highest sum, and
 *    remains the first of the fewer pieces.  So the pieces are the reference's, ties included.
 *
 * Where the sum at i is not known, because the segment before is being encoded by another worker, step 4 is
 * left to a later call: leave_gap().
 */
#ifndef BP_FAST_SEARCH_H
#define BP_FAST_SEARCH_H

#include "encode/kernel.h"
#include "encode/viterbi.h"

/* One block of segments after another, on one thread. */
struct fast_search {
	uint32_t *path;		/* result: pieces since the caller last set n_path to 0 */
	size_t n_path, cap_path;
	struct fast_search_gap {	/* bytes of text whose pieces are not decided */
		size_t n_path;	/* the gap follows after this number of pieces of the path */
		size_t n;	/* length in bytes */
	} *gap;			/* since the caller last set n_gaps to 0 */
	size_t n_gaps, cap_gap;
	struct buf undecided;	/* the bytes of all gaps, one after the other */
	/* Private. */
	const struct score_rows *rows;
	bp_kernel *kernel;
	struct viterbi exact;
	const unsigned char *text;
	size_t n;		/* bytes of text */
	uint32_t *state, *row;	/* by byte: the automaton's state after it; the number of its row */
	size_t cap_state, cap_row;
	size_t widest;		/* upper bound of the distance in bytes between cut points */
	struct suffixes suffixes;
	double *score;		/* scratch of the exact search, as in viterbi.h */
	uint32_t *last;
	size_t cap_score, cap_last;
	struct fast_search_sum {	/* of the path's scores, since the start of its last segment */
		double sum;
		size_t at, n_path;	/* the sum is that at this position, of this number of pieces */
	} known;
};

/* A bound of the cost of a byte on any path: scores are logarithms of quotients of integers below 2^63,
 * so none is below -44, and a piece has at least one byte. */
enum { BP_FAST_SEARCH_MOST = 64 };

/* All arguments are borrowed; 'rows' may still be empty, and be set before text is loaded.  False if
 * memory is out. */
bool bp_fast_search_init(struct fast_search *f, const struct vocabulary *u, const struct score_rows *rows,
			 bp_kernel *kernel);
void bp_fast_search_release(struct fast_search *f);

/*
 * A search that allocates nothing, for at most BP_FAST_SEARCH_SMALL bytes; the caller lends its scratch and
 * its path, with room for one piece per byte.  It is not to be released.
 */
enum { BP_FAST_SEARCH_SMALL = 256 };
struct fast_search_scratch {
	uint32_t state[BP_FAST_SEARCH_SMALL], row[BP_FAST_SEARCH_SMALL], last[BP_FAST_SEARCH_SMALL];
	double score[BP_FAST_SEARCH_SMALL + 1];
	int32_t suffixes[BP_SUFFIXES_ROOM(BP_FAST_SEARCH_SMALL)];
	uint8_t long_len[BP_FAST_SEARCH_SMALL + 1];
};
void bp_fast_search_borrow(struct fast_search *f, const struct vocabulary *u, const struct score_rows *rows,
			   bp_kernel *kernel, struct fast_search_scratch *scratch, uint32_t *path);

/* Functions below that return bool return false if memory is out; then the search can only be released. */

/* Load n_segments segments that follow each other in 'text', less than 2^31 bytes in total.  The text is
 * borrowed until the next call. */
bool bp_fast_search_load(struct fast_search *f, const unsigned char *text, const uint32_t *length,
			 size_t n_segments);
/* Declare the byte at 'at' the end mark of a text: no piece holds it. */
void bp_fast_search_mark(struct fast_search *f, size_t at);
/* The last cut point before the end, or 0. */
size_t bp_fast_search_last_cut(const struct fast_search *f);
/* Run the kernel over the first n bytes; n is a cut point or the end. */
void bp_fast_search_run(struct fast_search *f, size_t n);
/*
 * Append the best path between two positions that it passes, within the bytes of the last run and with
 * no end mark between them.  'sum' is the exact score from the start of the segment to 'from'.
 */
bool bp_fast_search_path(struct fast_search *f, size_t from, size_t to, double sum);
/* As bp_fast_search_path() where the exact score at 'from' is unknown, but its magnitude at 'to' is at
 * most 'most': leaves gaps where the score would decide. */
bool bp_fast_search_path_with_gaps(struct fast_search *f, size_t from, size_t to, double most);
/* The exact score from the segment's start to the end of the path appended last, which has no gaps. */
double bp_fast_search_score(struct fast_search *f);

#endif
