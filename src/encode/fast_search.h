/*
 * fast_search.h - best segmentation of about 16 KB of text at a time: automaton, integer kernel,
 * and exact search where scores are close.
 *
 * The result equals the result of the exact search (viterbi.h), ties included.  The argument:
 *
 * Terms.  A cut point is a position that no piece crosses: is_cut_point().  Let i be a position
 * that the exact search's path passes; the first is the caller's 'from'.  Let e be the first cut
 * point behind i: cut_after().  Let n = e - i.  All paths pass e, so between i and e each path
 * from i has at most n pieces, and behind e the best continuation costs all of them equally much.
 *
 * 1. Integers.  in_units() (score_rows.c) rounds each score once, to the nearest unit of 1/scale.
 *    So the integer sum of a path from i to e is within n/2 units of the true sum, and the
 *    difference of two paths is within n units of the true difference.  Integer sums are exact:
 *    suffixes.best[i] - suffixes.second[i] (kernel.h) is the difference between the best path
 *    from i and the best path from i with another first piece.
 * 2. Doubles.  The exact search adds scores in order from the start of the segment.  Two paths
 *    through i have one sum there.  From i to e, each path takes at most n additions, each with a
 *    relative error of at most 2^-53.  So the difference of the two sums at e is within
 *    n * most * 2^-52 of the true difference, where 'most' bounds the magnitude of the sums.  It
 *    is the magnitude of the score at 'from', and BP_FAST_SEARCH_MOST for each byte behind.
 * 3. Decision.  tolerance() adds both bounds.  It takes the second one twice, for the rounding of
 *    score * scale in in_units(), and adds 2 units, for the code in the low bits of integer scores
 *    and for its own rounding.  If best[i] leads second[i] by more, each path with another first
 *    piece has a strictly lower sum at e, in doubles too.  Rounded addition is monotonic, so the
 *    exact search finds the path with the highest sum at e; that path therefore begins with the
 *    kernel's piece.  append_certain() appends the piece, and the end of the piece is the next i.
 *    append_between() tries n = widest first, which is a bound for all i (find_widest()), and
 *    then the true n.
 * 4. Exact search.  If the lead is smaller, append_exactly() searches from i to e in doubles.  It
 *    starts with the exact search's own sum at i (score_at() adds the scores of the path in order
 *    from the start of the segment).  It ignores pieces that begin before i.  The full exact
 *    search tries them too, but its path does not contain them, for it passes i.  At each position
 *    of that path it chose the longest of the pieces with the highest sum.  Without the ignored
 *    pieces, sums at positions of the path are equal, all other sums are equal or lower, and the
 *    chosen piece is still the longest with the highest sum.  So both searches find one path.
 *
 * A worker that begins inside a segment does not know the sum at i.  Then step 4 is left to a later
 * call, by leave_gap().
 */
#ifndef BP_FAST_SEARCH_H
#define BP_FAST_SEARCH_H

#include "encode/kernel.h"
#include "encode/viterbi.h"

/* One block of segments after another, on one thread. */
struct fast_search {
	struct path path;	/* result; the caller empties it */
	struct fast_search_gap {	/* bytes of text whose pieces are not decided */
		size_t n_before;	/* number of pieces of the path before the gap */
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
	uint32_t *row;		/* by byte: the number of its row */
	uint64_t *reached;	/* scratch */
	size_t cap_row, cap_reached;
	bool is_dense;		/* more than a third of the positions are cut points */
	size_t widest;		/* upper bound of the distance in bytes between cut points */
	struct suffixes suffixes;
	double *score;		/* scratch of the exact search, as in viterbi.h */
	uint32_t *last;
	size_t cap_score, cap_last;
	struct fast_search_sum {
		double sum;	/* of scores, from the start of the last segment to position 'at' */
		size_t at, n_pieces;	/* n_pieces: number of pieces of the path before 'at' */
	} known;
};

/* A bound of the cost of a byte on any path: scores are logarithms of quotients of integers below
 * 2^63, so none is below -44, and a piece has at least one byte. */
enum { BP_FAST_SEARCH_MOST = 64 };

/* All arguments are borrowed; 'rows' may still be empty, and be set before text is loaded.  False
 * if memory is out. */
bool bp_fast_search_init(struct fast_search *f, const struct vocabulary *u,
			 const struct score_rows *rows, bp_kernel *kernel);
void bp_fast_search_release(struct fast_search *f);

/*
 * A search that allocates nothing, for at most BP_FAST_SEARCH_SMALL bytes; the caller lends its
 * scratch and its path, with room for one piece per byte.  It is not to be released.
 */
enum { BP_FAST_SEARCH_SMALL = 256 };
struct fast_search_scratch {
	uint64_t reached[BP_FAST_SEARCH_SMALL];
	uint32_t row[BP_FAST_SEARCH_SMALL], last[BP_FAST_SEARCH_SMALL];
	double score[BP_FAST_SEARCH_SMALL + 1];
	int32_t suffixes[BP_SUFFIXES_ROOM(BP_FAST_SEARCH_SMALL)];
	uint8_t long_len[BP_FAST_SEARCH_SMALL + 1];
};
void bp_fast_search_borrow(struct fast_search *f, const struct vocabulary *u,
			   const struct score_rows *rows, bp_kernel *kernel,
			   struct fast_search_scratch *scratch, uint32_t *path);

/* Functions below that return bool return false if memory is out; then the search can only be
 * released. */

/* Load n_segments segments that follow each other in 'text', less than 2^31 bytes in total.  The
 * text is borrowed until the next call. */
bool bp_fast_search_load(struct fast_search *f, const unsigned char *text, const uint32_t *length,
			 size_t n_segments);
/* Declare the byte at 'at' the end mark of a text: no piece holds it. */
void bp_fast_search_mark(struct fast_search *f, size_t at);
/* The last cut point before the end, or 0. */
size_t bp_fast_search_last_cut(const struct fast_search *f);
/* Run the kernel over the first n bytes; n is a cut point or the end. */
void bp_fast_search_run(struct fast_search *f, size_t n);
/*
 * Append the best path between two positions that it passes, within the bytes of the last run and
 * with no end mark between them.  'sum' is the exact score from the start of the segment to
 * 'from'.
 */
bool bp_fast_search_path(struct fast_search *f, size_t from, size_t to, double sum);
/* As bp_fast_search_path() where the exact score at 'from' is unknown, but its magnitude at 'to'
 * is at most 'most': leaves gaps where the score would decide. */
bool bp_fast_search_path_with_gaps(struct fast_search *f, size_t from, size_t to, double most);
/* The exact score from the segment's start to the end of the path appended last, which has no
 * gaps. */
double bp_fast_search_score(struct fast_search *f);

#endif
