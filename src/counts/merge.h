/*
 * merge.h - several sources as one, counts of equal keys added (a k-way merge over a heap).
 */
#ifndef BP_MERGE_H
#define BP_MERGE_H

#include "counts/row.h"

struct merge_input {
	struct source *source;	/* borrowed */
	struct row row;
	uint64_t head;		/* the first eight bytes of the key, as a number in their order */
};

struct merge {
	struct source source;
	struct merge_input *heap;	/* those that have a row, the smallest first */
	size_t n, n_inputs;
	struct buf key;
	struct buf settings;	/* the settings seen; others are refused */
	bool started;
	unsigned calls;
	const char *settings_from;
};

/* The array is not needed afterwards, what it points to is.  Keys come out once each. */
bp_status bp_merge_init(struct merge *m, struct source *const *in, size_t n, bp_error *err);
void bp_merge_release(struct merge *m);

#endif
