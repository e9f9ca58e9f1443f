/*
 * spill.h - temporary files of sorted count rows that do not fit in memory.
 *
 * A spill of an ordinary training is a file without a name, gone however the process ends.  A
 * spill of a training that can be resumed is the file "spill.NUMBER" of the resume folder, and
 * stays until bp_spill_drop(); its checksum, noted in the checkpoint, ties the checkpoint to
 * this very file.
 *
 * A spill that is written has an open file, which one reader at a time may read.
 */
#ifndef BP_SPILL_H
#define BP_SPILL_H

#include <stdatomic.h>

#include "counts/rowfile.h"
#include "io/tempfile.h"

/* Folder and memory limit of one training; shared by its workers. */
struct workspace {
	const char *folder;	/* of temporary files; borrowed */
	uint64_t memory;	/* limit of the whole process, in bytes; 0: none */
	bool keep;		/* make spills with names, for a training that can be resumed */
	atomic_ulong next;	/* number of the next spill */
};

struct spill {
	struct tempfile file;	/* open while the spill is in use */
	unsigned long number;	/* in the name of a kept spill */
	unsigned level;		/* times that its rows were merged (counter.c) */
	uint64_t checksum;	/* of its rows; set by bp_spill_end() */
	bool kept;		/* has a name */
};

/* Owns its spills. */
struct spill_list {
	struct spill *spill;
	size_t n, cap;
};
/* Takes over the spill.  If memory is out, it is closed if it is kept, else dropped. */
bp_status bp_spill_list_add(struct spill_list *l, const struct spill *s, bp_error *err);
/* Drop all spills, or with 'keep' only close their files. */
void bp_spill_list_release(struct spill_list *l, bool keep);

/* Begin a spill.  The caller writes rows to *w and calls bp_spill_end(), which releases *w. */
bp_status bp_spill_begin(struct spill *s, struct workspace *ws, struct row_writer *w,
			 bp_error *err);
/* 'st' is the status of the writing.  The spill is dropped if that or the end fails. */
bp_status bp_spill_end(struct spill *s, struct row_writer *w, bp_status st, bp_error *err);
/* Open the file of a kept spill; the caller has set number, level and checksum. */
bp_status bp_spill_reopen(struct spill *s, struct workspace *ws, bp_error *err);
/* Read its rows from the first one.  *r borrows from the spill, which must not move or be
 * closed. */
bp_status bp_spill_read(const struct spill *s, struct row_reader *r, bp_error *err);
/* Close and remove the file. */
void bp_spill_drop(struct spill *s);
/* Close the file, and leave it in its folder. */
void bp_spill_close(struct spill *s);

#endif
