/*
 * kernel.h - the best score of every suffix of a text, in whole numbers (score_rows.h).
 *
 * Dynamic programming from right to left: the score of the best path from a byte to the end is
 * final when all pieces that start there have been added, and is then handed on to the places
 * where pieces that end there start.  Scores on their way to the eight places before a byte stay in
 * registers; so a step is one broadcast, one addition and one comparison deep.
 */
#ifndef BP_KERNEL_H
#define BP_KERNEL_H

#include "encode/score_rows.h"

/*
 * By place in the text, 0 to n.  The scores' low bits are the code of the length of the first piece
 * on that path (score_rows.h).  Scores at different places do not compare: they are moved up now and then.
 */
struct suffixes {
	int32_t *best, *second;	/* the best path's, and the next best one's that begins otherwise */
	uint8_t *long_len;	/* length of that piece, where the code is BP_ROW_LONG */
	size_t cap;
	int32_t *room;		/* private */
};

/* Room for a text of n bytes.  False if memory is out. */
bool bp_suffixes_reserve(struct suffixes *s, size_t n);
void bp_suffixes_release(struct suffixes *s);
/* The same in memory of the caller's, for at most n bytes; not to be released. */
enum { BP_SUFFIXES_MARGIN = 2 * BP_ROW };	/* places before the first and after the last */
#define BP_SUFFIXES_ROOM(n) (2 * ((n) + 1 + 2 * BP_SUFFIXES_MARGIN))
void bp_suffixes_borrow(struct suffixes *s, size_t n, int32_t *room, uint8_t *long_len);

/*
 * Find them for n > 0 bytes, after each of which the longest piece that ends there is row[i] (or that
 * is the row of a mark).  No piece may begin before the first byte, nor before the place 'middle',
 * a multiple of BP_ROW, and reach over it: so the two halves may be searched apart.  It is 0 where
 * none is known.  All kernels give the same scores but for what they are moved up by.
 */
void bp_kernel_c11(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row, size_t n,
		   size_t middle, struct suffixes *s);
typedef void bp_kernel(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row, size_t n,
		       size_t middle, struct suffixes *s);
/* The fastest that this processor can run. */
bp_kernel *bp_kernel_choose(void);

/* What there is to choose from beside C11's: NULL where the processor or the build has it not. */
bp_kernel *bp_kernel_if_avx2(void);
bp_kernel *bp_kernel_if_neon(void);

/*
 * For kernels, at a place with eight or more before it: ask for the memory of the eight rows whose
 * turn comes BP_KERNEL_AHEAD steps later, when it is here.
 */
enum { BP_KERNEL_AHEAD = 48 };
static inline void bp_kernel_ask(const struct score_rows *r, const uint32_t *row, size_t at)
{
	const uint32_t *ask = row + (at > BP_KERNEL_AHEAD + 8 ? at - BP_KERNEL_AHEAD - 8 : 0);

	BP_PREFETCH(&r->row[ask[7]]);
	BP_PREFETCH(&r->row[ask[6]]);
	BP_PREFETCH(&r->row[ask[5]]);
	BP_PREFETCH(&r->row[ask[4]]);
	BP_PREFETCH(&r->row[ask[3]]);
	BP_PREFETCH(&r->row[ask[2]]);
	BP_PREFETCH(&r->row[ask[1]]);
	BP_PREFETCH(&r->row[ask[0]]);
}
/* The same for those that come first, before the place 'end'. */
void bp_kernel_ask_first(const struct score_rows *r, const uint32_t *row, size_t end);

/* For kernels: hand a score on to where pieces longer than a row start, of a row that has some. */
void bp_kernel_long(const struct score_rows *r, const struct score_row *row, size_t at, int32_t score,
		    struct suffixes *s);
/* For kernels: move the scores of the places before 'at', as far as they may be in use, up by 'low'. */
void bp_kernel_raise(const struct vocabulary *u, size_t at, int32_t low, struct suffixes *s);

#endif
