/*
 * merge.h - k-way merge of sorted count rows; counts of equal keys are added.
 *
 * The inputs that have a row are in a binary heap, the smallest key at its top.  Each key of the
 * merged source comes once.  If the inputs have rows of kind ROW_SETTINGS, all must be equal.
 */
#ifndef BP_MERGE_H
#define BP_MERGE_H

#include "counts/row.h"

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
