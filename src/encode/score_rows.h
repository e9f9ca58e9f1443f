/*
 * score_rows.h - what the kernel adds to the scores at a byte: for each piece, the scores of the pieces
 * of up to eight bytes that it ends with, side by side.
 *
 * They are whole numbers of 1/scale, so that sums are exact in any order and eight of them fit in
 * one register.  A sum of n of them is within n/2 units of the true one; where that does not tell
 * which of two paths is better, the search in double precision decides (fast_search.h).
 */
#ifndef BP_SCORE_ROWS_H
#define BP_SCORE_ROWS_H

#include "encode/viterbi.h"

enum {
	BP_ROW = 8,		/* lengths in a row, in bytes */
	BP_ROW_MORE = 5,	/* longer pieces in a row */
	/* The low bits of a score say how long its piece is: length - 1, or one of these. */
	BP_ROW_CODE_BITS = 4, BP_ROW_CODE = (1 << BP_ROW_CODE_BITS) - 1,
	BP_ROW_ONE_LONG = 8,	/* one byte; and longer pieces than the row holds end here too */
	BP_ROW_LONG = 15,	/* longer than the row */
	BP_ROW_NONE = -(1 << 30),	/* no such piece; below all scores */
	BP_ROW_LOW = -(1 << 28)	/* scores are moved up where they fall below this */
};

/*
 * A cache line, so that one request for memory brings all that is needed for a piece, in the kernel
 * and soon after for the path.
 */
struct score_row {
	int32_t score[BP_ROW];
	union {
		uint32_t piece[BP_ROW];		/* of a piece of up to eight bytes: by length */
		/* Of a longer one: it, and those longer than a row that it ends with. */
		struct long_pieces {
			int32_t score[BP_ROW_MORE];	/* the longest first */
			uint32_t next;	/* the piece below; long too if there are more than fit */
			uint8_t len[BP_ROW_MORE];	/* 0: no more */
		} more;
	};
};

/* Read-only once it is made, so any number of threads may use it. */
struct score_rows {
	struct score_row *row;	/* by piece, and a last one for the end marks of texts */
	size_t n;
	double scale;		/* units in 1 of log-probability */
};

/*
 * Rows for a vocabulary.  Where its scores have too wide a range for the kernel, or its pieces are
 * too long, rows stay empty (n is 0), which is no error.  False if memory is out.
 */
bool bp_score_rows_init(struct score_rows *r, const struct vocabulary *u);
void bp_score_rows_release(struct score_rows *r);

/* Is it that of a piece that is longer than a row? */
static inline bool bp_score_row_is_long(const struct score_row *row)
{
	/* Each row has a piece of one byte, whose code is 0 or this. */
	return (row->score[0] & BP_ROW_ONE_LONG) != 0;
}

/* The row of an end mark: a step of one byte that costs nothing. */
static inline uint32_t bp_score_rows_mark(const struct score_rows *r)
{
	return (uint32_t)r->n;
}

#endif
