/*
 * kept.h - small files of a folder that outlive the process: named numbers, lists of numbers, rows.
 *
 * Each appears whole or not at all.
 */
#ifndef BP_KEPT_H
#define BP_KEPT_H

#include "counts/rowfile.h"
#include "io/outfile.h"

/* The path of a file in the folder, for free(). */
char *bp_kept_path(const char *folder, const char *name);
/* Remove it if it is there. */
void bp_kept_remove(const char *folder, const char *name);

/* A file that is being written; rows in ascending order of their keys. */
struct keeping {
	char *path;
	struct outfile out;
	struct row_writer w;
};
bp_status bp_kept_begin(struct keeping *k, const char *folder, const char *name, bp_error *err);
/* After 'st', the status of the writing. */
bp_status bp_kept_end(struct keeping *k, bp_status st, bp_error *err);

/* Call take(ctx, row) for each row of a file; *found is false if there is none. */
typedef bp_status bp_kept_row(void *ctx, const struct row *row, const char *from, bp_error *err);
bp_status bp_kept_read(const char *folder, const char *name, bool *found, bp_kept_row *take,
		       void *ctx, bp_error *err);

/* Numbers by name, the names in byte-wise order and without a tilde. */
struct kept_number {
	const char *name;
	uint64_t value;
};
bp_status bp_kept_write_numbers(struct row_writer *w, const struct kept_number *number, size_t n,
				bp_error *err);
/* Is the row one of them?  Then its value is set. */
bool bp_kept_read_number(const struct row *row, struct kept_number *number, size_t n);

/* Items of one list, behind the numbers, with three values each. */
struct kept_item {
	size_t i;
	uint64_t a, b, value;
};
bp_status bp_kept_write_item(struct row_writer *w, struct kept_item x, bp_error *err);
bool bp_kept_read_item(const struct row *row, struct kept_item *x);

#endif
