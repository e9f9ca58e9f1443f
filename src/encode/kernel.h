/*
 * kernel.h - best integer score of each suffix of a text: the list of kernels, and the choice.
 *
 * Dynamic programming from right to left: once all pieces that start at a position have been
 * offered, the score of the best path from there to the end is final.  The kernel adds it to the
 * row of the piece that ends at the position (score_rows.h), and offers the sums to the eight
 * positions before.  Their scores stay in registers, so that one position depends on the next
 * through one broadcast, one addition and one maximum.
 */
#ifndef BP_KERNEL_H
#define BP_KERNEL_H

#include "encode/score_rows.h"

/*
 * By position in the text, 0 to n.  The low bits of a score are the code of the length of the
 * first piece on its path (score_rows.h).  Differences between best and second at one position are
 * exact; scores of different positions do not compare, for scores are raised now and then, to keep
 * them in 32 bits.
 */
struct suffixes {
	int32_t *best;		/* of the best path */
	int32_t *second;	/* best path with another first piece; none: <= BP_ROW_NONE / 2 */
	uint8_t *long_len;	/* first piece's length in bytes, where its code is BP_ROW_LONG */
	size_t cap;
	int32_t *room;		/* private */
};

/* Room for a text of n bytes; earlier content is lost.  False if memory is out. */
bool bp_suffixes_reserve(struct suffixes *s, size_t n);
void bp_suffixes_release(struct suffixes *s);
/* As bp_suffixes_reserve(), in memory of the caller for at most n bytes; not to be released. */
enum { BP_SUFFIXES_MARGIN = 2 * BP_ROW };	/* kernels reach this far beyond both ends */
#define BP_SUFFIXES_ROOM(n) (2 * ((n) + 1 + 2 * BP_SUFFIXES_MARGIN))
void bp_suffixes_borrow(struct suffixes *s, size_t n, int32_t *room, uint8_t *long_len);

/*
 * A kernel computes *s for a text of n > 0 bytes; row[i] is the number of the row of the longest
 * piece that ends after byte i, or of the row of an end mark.  No piece may begin before byte 0.
 * 'middle' is 0 or a multiple of BP_ROW that no piece crosses, so that a kernel may search both
 * halves side by side.  All kernels give equal lengths and equal differences of best and second.
 */
typedef void bp_kernel(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		       size_t n, size_t middle, struct suffixes *s);

/* The list of kernels, fastest first, the one in C11 last; an entry with the name NULL ends it. */
struct kernel_entry {
	const char *name;
	bp_kernel *(*find)(void);	/* NULL if the build or the processor cannot run it */
};
extern const struct kernel_entry bp_kernels[];

/*
 * Set *kernel to the first kernel of the list that can run, or to the kernel that the environment
 * variable BP_KERNEL names (for tests and reports; empty is as not set).  BP_ERANGE if BP_KERNEL
 * is no name in the list, or the name of a kernel that cannot run here: then *kernel is NULL.
 */
bp_status bp_kernel_choose(bp_kernel **kernel, bp_error *err);

/* For the list: the kernels, each NULL where it cannot run. */
bp_kernel *bp_kernel_find_avx512(void);
bp_kernel *bp_kernel_find_avx2(void);
bp_kernel *bp_kernel_find_neon(void);

enum { BP_KERNEL_AHEAD = 48 };	/* positions from the prefetch of a row to its use */
static inline void bp_kernel_prefetch_eight(const struct score_rows *r, const uint32_t *next)
{
	BP_PREFETCH(&r->row[next[7]]);
	BP_PREFETCH(&r->row[next[6]]);
	BP_PREFETCH(&r->row[next[5]]);
	BP_PREFETCH(&r->row[next[4]]);
	BP_PREFETCH(&r->row[next[3]]);
	BP_PREFETCH(&r->row[next[2]]);
	BP_PREFETCH(&r->row[next[1]]);
	BP_PREFETCH(&r->row[next[0]]);
}
/* For kernels, at position 'at': prefetch eight rows, BP_KERNEL_AHEAD positions before their use,
 * if there are so many. */
static inline void bp_kernel_prefetch(const struct score_rows *r, const uint32_t *row, size_t at)
{
	if (at >= BP_KERNEL_AHEAD + 8)
		bp_kernel_prefetch_eight(r, row + (at - BP_KERNEL_AHEAD - 8));
}
/* For kernels, before they start at 'end': prefetch the rows that bp_kernel_prefetch() will not
 * reach. */
void bp_kernel_prefetch_first(const struct score_rows *r, const uint32_t *row, size_t end);

/* For kernels: offer the score of position 'at' to the starts of the pieces in the list of a long
 * row. */
void bp_kernel_offer_long(const struct score_rows *r, const struct score_row *row, size_t at,
			  int32_t score, struct suffixes *s);
/* For kernels: subtract 'low', a negative number, from all scores in memory before 'at' that
 * pieces may have reached. */
void bp_kernel_raise(const struct vocabulary *u, size_t at, int32_t low, struct suffixes *s);

#endif
