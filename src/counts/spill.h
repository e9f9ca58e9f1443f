/*
 * spill.h - files of rows that do not fit in memory.
 *
 * They are temporary, and gone however the process ends; or, for a training that can be resumed,
 * they have names and are kept until they are dropped.
 */
#ifndef BP_SPILL_H
#define BP_SPILL_H

#include <stdatomic.h>

#include "counts/rowfile.h"
#include "io/tempfile.h"

/* Where temporary files go and how much memory may be used: one per training. */
struct workspace {
	const char *folder;	/* borrowed */
	uint64_t memory;	/* in bytes, for the whole process; 0: no ceiling */
	bool keep;		/* spills are kept, under numbers */
	atomic_ulong next;	/* the number of the next one */
};

struct spill {
	struct tempfile file;
	unsigned long number;	/* its name, if spills are kept */
	unsigned level;		/* how many times its rows have been merged */
	uint64_t checksum;
	bool kept;
};

struct spill_list {
	struct spill *spill;
	size_t n, cap;
};
/* If memory is out the spill is closed, and unless it is kept removed. */
bp_status bp_spill_list_add(struct spill_list *l, const struct spill *s, bp_error *err);
/* All are dropped, or only closed if they are to be kept. */
void bp_spill_list_release(struct spill_list *l, bool keep);

/* Begin one; then rows are written to w, which bp_spill_end() releases. */
bp_status bp_spill_begin(struct spill *s, struct workspace *ws, struct row_writer *w,
			 bp_error *err);
/* End it, after 'st', the status of the writing; on failure it is dropped. */
bp_status bp_spill_end(struct spill *s, struct row_writer *w, bp_status st, bp_error *err);
/* Open again a spill that was kept, of which number, level and checksum are set. */
bp_status bp_spill_reopen(struct spill *s, struct workspace *ws, bp_error *err);
/* Its rows from the first; the spill has to stay where it is meanwhile. */
bp_status bp_spill_read(const struct spill *s, struct row_reader *r, bp_error *err);
/* Close it and, unless it is to be kept for another process, remove it. */
void bp_spill_drop(struct spill *s);
void bp_spill_close(struct spill *s);

#endif
