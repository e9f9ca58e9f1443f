/*
 * score_rows.h - integer scores of pieces in rows that vector instructions can add, made at once
 * or on demand.
 *
 * The row of a piece holds, side by side and by length, the scores of the pieces of 1 to BP_ROW
 * bytes that are suffixes of it or the piece itself: all that a kernel (kernel.h) adds at the last
 * byte of an occurrence.  Scores are integers in units of 1/scale, so that a sum does not depend
 * on the order of its terms and one 256-bit register holds eight of them.  Each is rounded to the
 * nearest unit, so the sum of n scores is within n/2 units of the exact sum; fast_search.h
 * says when that is enough, and what decides otherwise.
 */
#ifndef BP_SCORE_ROWS_H
#define BP_SCORE_ROWS_H

#include "encode/vocabulary.h"

enum {
	BP_ROW = 8,		/* lengths in a row, in bytes */
	BP_ROW_MORE = 5,	/* longer pieces in a row */
	/* The low bits of a score are a code: its piece's length - 1, or one of the next two. */
	BP_ROW_CODE_BITS = 4, BP_ROW_CODE = (1 << BP_ROW_CODE_BITS) - 1,
	BP_ROW_ONE_LONG = 8,	/* length 1, and pieces of more than BP_ROW bytes end here too */
	BP_ROW_LONG = 15,	/* length above BP_ROW */
	BP_ROW_NONE = -(1 << 30),	/* no piece of this length; below all scores of paths */
	BP_ROW_LOW = -(1 << 28)	/* a kernel raises all scores when one falls below this */
};

/* One cache line: a single access brings the scores for the kernel and, soon after, the numbers of
 * the pieces for the path. */
struct score_row {
	int32_t score[BP_ROW];	/* by length - 1 */
	union {
		uint32_t piece[BP_ROW];	/* by length - 1; in rows of pieces of up to BP_ROW bytes */
		/* In rows of longer pieces: the piece itself and its suffixes that are longer than
		 * BP_ROW, by falling length. */
		struct long_pieces {
			int32_t score[BP_ROW_MORE];
			uint32_t next;	/* next shorter piece; long too if the list is full */
			uint8_t len[BP_ROW_MORE];	/* 0: end of the list */
		} more;
	};
};

/* Read-only once made, so any number of threads may use them. */
struct score_rows {
	/* By piece; row[n] is the row of end marks, and 256 rows behind it, by byte, are those of
	 * states of the byte alone: copies of the rows of pieces, which tell cut points. */
	struct score_row *row;
	size_t n;		/* 0: there are no rows */
	size_t first_long;	/* no row before this one is long; n if no row is */
	double scale;		/* units in 1 of log-probability */
	struct state_numbers states;	/* their numbers are those of rows */
};

/*
 * Make the rows of a vocabulary.  If the range of its scores is too wide for the kernel, or its
 * pieces are too long, the rows stay empty (n is 0), which is no error.  False if memory is out.
 */
bool bp_score_rows_init(struct score_rows *r, const struct vocabulary *u);
void bp_score_rows_release(struct score_rows *r);

/* True for the row of a piece of more than BP_ROW bytes. */
static inline bool bp_score_row_is_long(const struct score_row *row)
{
	/* All 256 bytes are pieces: so score[0] is set, and its code is 0 or BP_ROW_ONE_LONG. */
	return (row->score[0] & BP_ROW_ONE_LONG) != 0;
}

/* The row of an end mark: a step of one byte that costs nothing. */
static inline uint32_t bp_score_rows_mark(const struct score_rows *r)
{
	return (uint32_t)r->n;
}

/* Is there a cut point before the byte with this row: the state after it is that of the byte alone,
 * so that no piece that goes on behind the byte began before it, or the byte is an end mark? */
static inline bool bp_score_rows_is_cut(const struct score_rows *r, uint32_t row)
{
	return row >= r->n;
}

/* The longest piece that ends at a byte with this row, which is no end mark. */
static inline uint32_t bp_score_rows_piece(const struct score_rows *r, uint32_t row)
{
	return row < r->n ? row : r->row[row].piece[0];
}

/*
 * Rows made on demand, for a model that loads faster than its rows can be made: the first texts are
 * searched in double precision, with equal results.
 */
struct rows_on_demand;
struct rows_on_demand *bp_rows_on_demand_new(void);	/* NULL if memory is out */
void bp_rows_on_demand_free(struct rows_on_demand *d);	/* NULL is allowed */

/*
 * Rows, maybe empty, for a search of n bytes with the vocabulary u, which is one for all calls.
 * NULL if the search has to do without: few bytes were searched so far, another thread is making
 * the rows, or memory is out.  Any number of threads may call it at once; none waits for another.
 */
const struct score_rows *bp_rows_on_demand(struct rows_on_demand *d, const struct vocabulary *u,
					   size_t n);

#endif
