/*
 * row.h - count rows: pairs of a byte string (the key) and a 64-bit count, sources of rows, and
 * the merge of several sources.
 *
 * Counters spill rows, merges add them, and files carry them between processes and machines.  The
 * first byte of a key is the kind of the row, so one stream can hold rows of all kinds, sorted by
 * kind first.  To merge rows is to add the counts of equal keys, whatever their kind.
 */
#ifndef BP_ROW_H
#define BP_ROW_H

#include "base/base.h"

/* The values are part of the file format (rowfile.h).  The body is the key without the kind. */
enum row_kind {
	ROW_SETTINGS,	/* body: the settings as text; count: number of files merged */
	ROW_TOTAL,	/* body: a name; count: an amount, in bytes for example */
	ROW_BLOCK,	/* body: a drawn block (train/sample.h); count: occurrences */
	ROW_COUNT,	/* body: an n-gram window or a piece, as the counting step defines */
	ROW_NGRAM,	/* body: an n-gram of the language model; in plans alone */
	/* In the state file of a fit alone (train/resume.h). */
	ROW_PIECE,	/* body: a piece of the vocabulary during the fit */
	/* In counts and in plans. */
	ROW_REQUIRED,	/* body: a required piece or special token */
	ROW_KINDS
};
enum { ROW_KEY_MAX = 1 << 20 };	/* bytes; the longest piece of the reference has 40100 */

struct row {
	struct slice key;
	uint64_t count;
};

/*
 * A stream of rows in byte-wise order of their keys.  Each key comes once, except from text files,
 * where equal keys may follow each other.  Embedded as the first member of the struct that
 * implements it; used by one thread.
 */
struct source {
	const char *name;	/* for messages; borrowed */
	/* Set *r to the next row, or clear *more at the end.  The key is valid until the next
	 * call. */
	bp_status (*next)(struct source *s, struct row *r, bool *more, bp_error *err);
};

static inline enum row_kind bp_row_kind(const struct row *r)
{
	return (enum row_kind)r->key.p[0];
}

static inline struct slice bp_row_body(const struct row *r)
{
	return (struct slice){ r->key.p + 1, r->key.n - 1 };
}

/* Make *r a row of a kind, a body and a count.  Its key is built in *key, which the caller owns and
 * reuses.  False if memory is out. */
static inline bool bp_row_set(struct row *r, struct buf *key, enum row_kind kind,
			      struct slice body, uint64_t count)
{
	key->len = 0;
	if (!bp_buf_byte(key, (unsigned char)kind) || !bp_buf_append(key, body.p, body.n))
		return false;
	*r = (struct row){ bp_buf_slice(key), count };
	return true;
}

/*
 * K-way merge of sorted sources (merge.c); counts of equal keys are added.  The inputs that have a
 * row are in a binary heap, the smallest key at its top.  Each key of the merged source comes once.
 * If the inputs have rows of kind ROW_SETTINGS, all must be equal.
 */
struct merge_input {
	struct source *source;	/* borrowed */
	struct row row;		/* its next row */
	uint64_t head;		/* first eight bytes of its key, big-endian, zero-padded */
};

struct merge {
	struct source source;
	struct merge_input *heap;	/* n inputs that have a row; before the start, all */
	size_t n, n_inputs;
	struct buf key;			/* of the current row */
	struct buf settings;		/* of the first ROW_SETTINGS row */
	const char *settings_from;	/* name of its source; NULL before it */
	bool started;
	unsigned calls;
};

/* Merge n sources.  The array is copied; the sources are borrowed, and used by the merge alone. */
bp_status bp_merge_init(struct merge *m, struct source *const *in, size_t n, bp_error *err);
void bp_merge_release(struct merge *m);

#endif
