/*
 * row.h - counts of byte strings in the order of the strings: what counters spill, what is merged,
 * and what processes and machines hand to each other.
 *
 * The first byte of a key says what the row is about, so that rows of all kinds travel together
 * and sort by kind first.  Adding counts of equal keys is all that merging ever does.
 */
#ifndef BP_ROW_H
#define BP_ROW_H

#include "base/base.h"

enum row_kind {
	ROW_SETTINGS,	/* text: how it was counted; the count is the number of parts */
	ROW_TOTAL,	/* name: an amount, such as bytes */
	ROW_BLOCK,	/* a block of the sample */
	ROW_COUNT,	/* an n-gram window or a piece: what the step counts */
	/* Of plans only: what was made of the counts of the steps before. */
	ROW_FREQUENT,	/* a frequent string that windows are keyed by */
	ROW_REPEAT,	/* a string that may become a seed */
	ROW_NGRAM,	/* of the language model */
	ROW_PIECE,	/* of the vocabulary that is being fitted */
	ROW_REQUIRED,	/* what the vocabulary has to hold; of counts too */
	ROW_KINDS
};
enum { ROW_KEY_MAX = 1 << 20 };	/* bytes; a piece of the reference has up to 40100 */

struct row {
	struct slice key;
	uint64_t count;
};

/* Rows in byte-wise order of their keys; only text has several of one key.  To embed. */
struct source {
	const char *name;	/* for messages; borrowed */
	/* The next row, whose key lasts until the next call; *more is cleared at the end. */
	bp_status (*next)(struct source *s, struct row *r, bool *more, bp_error *err);
};

static inline enum row_kind bp_row_kind(const struct row *r)
{
	return (enum row_kind)r->key.p[0];
}

/* The key without the byte that says what it is about. */
static inline struct slice bp_row_body(const struct row *r)
{
	return (struct slice){ r->key.p + 1, r->key.n - 1 };
}

#endif
