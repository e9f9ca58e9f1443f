/*
 * fast_search.h - the pieces of some ten thousand bytes of text at a time: automaton, kernel, path.
 *
 * The kernel's whole numbers tell which path is best, unless another one is so near that their
 * rounding, or that of the reference's sums, may decide.  There, up to the next border that no piece
 * crosses, the search in double precision (viterbi.h) goes on from the exact score so far.  So the
 * result is the reference's to the last tie.  Where that score is not known yet, what it decides is
 * left open.
 */
#ifndef BP_FAST_SEARCH_H
#define BP_FAST_SEARCH_H

#include "encode/kernel.h"
#include "encode/viterbi.h"

struct fast_search {
	struct path path;	/* result; the caller empties it */
	struct fast_search_gap {	/* in the path: pieces that are not decided */
		size_t n_before;	/* so many pieces of the path come before it */
		size_t n;	/* bytes that it stands for */
	} *gap;			/* since the caller last set n_gaps to 0 */
	size_t n_gaps, cap_gap;
	struct buf undecided;	/* the bytes of all of them */
	/* Private. */
	const struct score_rows *rows;
	bp_kernel *kernel;
	struct viterbi exact;
	const unsigned char *text;
	size_t n;		/* bytes of text */
	uint32_t *state, *row;	/* by byte: of the automaton after it; the number of the row */
	size_t cap_state, cap_row;
	size_t widest;		/* at most so many bytes lie from one border to the next */
	struct suffixes suffixes;
	double *score;		/* of the search in double precision, and the last pieces it finds */
	uint32_t *last;
	size_t cap_score, cap_last;
	struct fast_search_sum {	/* of the scores of the path, from the start of its last segment */
		double sum;
		size_t at, n_pieces;	/* to this place, and to this piece of the path */
	} known;
};

/* No byte of a best path costs as much: a score is a logarithm of a quotient of numbers below 2^63. */
enum { BP_FAST_SEARCH_MOST = 64 };

bool bp_fast_search_init(struct fast_search *b, const struct vocabulary *u, const struct score_rows *rows);
void bp_fast_search_release(struct fast_search *b);

/*
 * A batch that allocates nothing, for at most BP_FAST_SEARCH_SMALL bytes: its scratch and its path, of as
 * many pieces as there are bytes, are the caller's.  It is not to be released.
 */
enum { BP_FAST_SEARCH_SMALL = 256 };
struct fast_search_scratch {
	uint32_t state[BP_FAST_SEARCH_SMALL], row[BP_FAST_SEARCH_SMALL], last[BP_FAST_SEARCH_SMALL];
	double score[BP_FAST_SEARCH_SMALL + 1];
	int32_t suffixes[BP_SUFFIXES_ROOM(BP_FAST_SEARCH_SMALL)];
	uint8_t long_len[BP_FAST_SEARCH_SMALL + 1];
};
void bp_fast_search_borrow(struct fast_search *b, const struct vocabulary *u, const struct score_rows *rows,
		     struct fast_search_scratch *scratch, uint32_t *path);

/* The functions below are false if memory is out; then the batch is of no more use. */

/* Take up segments that stand one behind the other (borrowed until the next call), less than 2^31
 * bytes. */
bool bp_fast_search_load(struct fast_search *b, const unsigned char *text, const uint32_t *length,
		   size_t n_segments);
/* Say that the byte at this place is the end mark of a text: no piece holds it. */
void bp_fast_search_mark(struct fast_search *b, size_t at);
/* The last border before the end, or 0. */
size_t bp_fast_search_last_border(const struct fast_search *b);
/* Search the first n bytes, n being a border. */
void bp_fast_search_search(struct fast_search *b, size_t n);
/*
 * Append the best path from one certain place to another, within what was searched and with no
 * mark between.  'sum' is the exact score from its segment's start to the first place.
 */
bool bp_fast_search_path(struct fast_search *b, size_t from, size_t to, double sum);
/*
 * The same where that score is not known, but that its magnitude at the second place is 'most' or
 * less: leaves gaps where it decides.
 */
bool bp_fast_search_path_open(struct fast_search *b, size_t from, size_t to, double most);
/* The exact score from the segment's start to the end of the path appended last, which has no gaps. */
double bp_fast_search_score(struct fast_search *b);

#endif
