/*
 * Files are written to a temporary beside them and renamed (io/outfile.h), so that a process that
 * is killed leaves the old file or the new one.  Kinds of rows: numbers and items have the kind
 * ROW_TOTAL, below the kinds that callers write after them.
 */
#include "train/state_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/host.h"

char *bp_state_path(const char *folder, const char *name)
{
	size_t room = strlen(folder) + strlen(name) + 2;
	char *path = malloc(room);

	if (path != NULL)
		snprintf(path, room, "%s/%s", folder, name);
	return path;
}

bool bp_state_remove(const char *folder, const char *name)
{
	char *path = bp_state_path(folder, name);
	bool removed = path != NULL && bp_host_remove(path);

	free(path);
	return removed;
}

bp_status bp_state_begin(struct state_writer *k, const char *folder, const char *name,
			 bp_error *err)
{
	bp_status st;

	*k = (struct state_writer){ .path = bp_state_path(folder, name) };
	if (k->path == NULL)
		return bp_fail_memory(err);
	if ((st = bp_out_open(&k->out, k->path, err)) == BP_OK)
		st = bp_rows_begin(&k->w, k->out.f, k->path, ROWS_BINARY, err);
	return st;
}

bp_status bp_state_end(struct state_writer *k, bp_status st, bp_error *err)
{
	st = bp_rows_commit(&k->w, &k->out, st, err);
	free(k->path);
	return st;
}

/*
 * A file that does not exist is no error: each state is written only when there is something to
 * keep.  Text is refused although the reader knows it, because text has no checksum.
 */
bp_status bp_state_read(const char *folder, const char *name, bool *found, bp_state_row *take,
		       void *ctx, bp_error *err)
{
	char *path = bp_state_path(folder, name);
	struct row_reader reader;
	bool more = true;
	struct row row;
	bp_status st;
	FILE *f;

	if (path == NULL)
		return bp_fail_memory(err);
	f = bp_open_file(path, "rb");
	*found = f != NULL;
	st = f != NULL || errno == ENOENT ? BP_OK : bp_fail_errno(err, path);
	/* lint: redundantAssignment: the other value is for a file that is not open */
	if (f != NULL && (st = bp_row_reader_init(&reader, f, path, err)) == BP_OK) {
		/*
		 * A file that was truncated to nothing would pass for the text format without a
		 * line.
		 */
		if (reader.format != ROWS_BINARY)
			st = bp_fail(err, BP_EFORMAT, "%s: damaged", path);
		while (st == BP_OK &&
		       (st = reader.source.next(&reader.source, &row, &more, err)) == BP_OK && more)
			st = take(ctx, &row, path, err);
		bp_row_reader_release(&reader);
	}
	if (f != NULL)
		fclose(f);
	free(path);
	return st;
}

bp_status bp_state_write_numbers(struct row_writer *w, const char *const *name,
				 const uint64_t *number, size_t n, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < n && st == BP_OK; i++)
		st = bp_rows_put(w, ROW_TOTAL, bp_string(name[i]), number[i], err);
	return st;
}

/* A number of an unknown name is no number: callers refuse the row, and with it the file. */
bool bp_state_read_number(const struct row *row, const char *const *name, uint64_t *number,
			  size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (bp_slice_is(bp_row_body(row), name[i])) {
			number[i] = row->count;
			return true;
		}
	return false;
}

/*
 * The key of an item: the kind, a tilde, to sort it behind all names, the index, and two
 * numbers.
 */
enum { LIST_KEY = 1 + 1 + 4 + 8 + 8 };

bp_status bp_state_write_item(struct row_writer *w, struct state_item x, bp_error *err)
{
	unsigned char key[LIST_KEY] = { ROW_TOTAL, '~' };
	struct row row = { { key, LIST_KEY }, x.value };

	bp_store_be(key + 2, x.i, 4);
	bp_store_be(key + 6, x.a, 8);
	bp_store_be(key + 14, x.b, 8);
	return bp_rows_write(w, &row, err);
}

bool bp_state_read_item(const struct row *row, struct state_item *x)
{
	const unsigned char *p = row->key.p;

	if (row->key.n != LIST_KEY || p[1] != '~')
		return false;
	*x = (struct state_item){ (size_t)bp_load_be(p + 2, 4), bp_load_be(p + 6, 8),
			    bp_load_be(p + 14, 8), row->count };
	return true;
}
