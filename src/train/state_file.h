/*
 * state_file.h - small files of a resume folder: named numbers, lists of numbers, rows.
 *
 * A file is a sequence of rows in binary form, with a checksum; it appears complete or not at all,
 * and outlives the process.  Its rows ascend: first the numbers, by name; then the items of one
 * list, by index; then rows of other kinds.
 */
#ifndef BP_STATE_FILE_H
#define BP_STATE_FILE_H

#include "counts/rowfile.h"
#include "io/outfile.h"

/* The path of a file in the folder, for free(); NULL if memory is out. */
char *bp_state_path(const char *folder, const char *name);
/* Remove a file.  False if there is none, or it cannot be removed. */
bool bp_state_remove(const char *folder, const char *name);

/* A file that is being written, by rows written to 'w' in ascending order of their keys. */
struct state_writer {
	char *path;
	struct outfile out;
	struct row_writer w;
};
/* Whatever this returns, bp_state_end() has to follow. */
bp_status bp_state_begin(struct state_writer *k, const char *folder, const char *name,
			 bp_error *err);
/* 'st' is the status of the writing; unless it is BP_OK, the file stays as it was. */
bp_status bp_state_end(struct state_writer *k, bp_status st, bp_error *err);

/*
 * Call take(ctx, row) for each row of a file, until it fails; 'from' is the path, for messages.
 * *found is false if there is no file.  BP_EFORMAT if the file is damaged; that may be known only
 * after the last row.
 */
typedef bp_status bp_state_row(void *ctx, const struct row *row, const char *from, bp_error *err);
bp_status bp_state_read(const char *folder, const char *name, bool *found, bp_state_row *take,
			void *ctx, bp_error *err);

/*
 * Numbers by name, as rows of kind ROW_TOTAL: n names in byte-wise order, without a tilde.  Files
 * of counts have their totals in this form, too (plan.c).
 */
bp_status bp_state_write_numbers(struct row_writer *w, const char *const *name,
				 const uint64_t *number, size_t n, bp_error *err);
/* If the row has one of the names, set its number and return true. */
bool bp_state_read_number(const struct row *row, const char *const *name, uint64_t *number,
			  size_t n);

/* Item i of the list, with three values; write the items in order, after the numbers. */
struct state_item {
	size_t i;
	uint64_t a, b, value;
};
bp_status bp_state_write_item(struct row_writer *w, struct state_item x, bp_error *err);
/* If the row is an item, set *x and return true. */
bool bp_state_read_item(const struct row *row, struct state_item *x);

#endif
