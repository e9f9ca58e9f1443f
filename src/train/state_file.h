/*
 * state_file.h - small files of a folder that outlive the process: named numbers, lists of numbers, rows.
 *
 * Each appears whole or not at all.
 */
#ifndef BP_STATE_FILE_H
#define BP_STATE_FILE_H

#include "counts/rowfile.h"
#include "io/outfile.h"

/* The path of a file in the folder, for free(). */
char *bp_state_path(const char *folder, const char *name);
/* Remove it if it is there. */
void bp_state_remove(const char *folder, const char *name);

/* A file that is being written; rows in ascending order of their keys. */
struct state_writer {
	char *path;
	struct outfile out;
	struct row_writer w;
};
bp_status bp_state_begin(struct state_writer *k, const char *folder, const char *name, bp_error *err);
/* After 'st', the status of the writing. */
bp_status bp_state_end(struct state_writer *k, bp_status st, bp_error *err);

/* Call take(ctx, row) for each row of a file; *found is false if there is none. */
typedef bp_status bp_state_row(void *ctx, const struct row *row, const char *from, bp_error *err);
bp_status bp_state_read(const char *folder, const char *name, bool *found, bp_state_row *take,
		       void *ctx, bp_error *err);

/* Numbers by name, the names in byte-wise order and without a tilde. */
struct state_number {
	const char *name;
	uint64_t value;
};
bp_status bp_state_write_numbers(struct row_writer *w, const struct state_number *number, size_t n,
				bp_error *err);
/* Is the row one of them?  Then its value is set. */
bool bp_state_read_number(const struct row *row, struct state_number *number, size_t n);

/* Items of one list, behind the numbers, with three values each. */
struct state_item {
	size_t i;
	uint64_t a, b, value;
};
bp_status bp_state_write_item(struct row_writer *w, struct state_item x, bp_error *err);
bool bp_state_read_item(const struct row *row, struct state_item *x);

#endif
