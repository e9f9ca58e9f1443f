/*
 * A kept spill is written, flushed to the disk (bp_host_sync()) and only then named in a
 * checkpoint, so each spill that a checkpoint names is complete, even after a power failure.
 * The opposite order applies to removal: the checkpoint without a spill is written first.
 */
#include "counts/spill.h"

#include <errno.h>
#include <stdlib.h>

#include "base/host.h"

/* For messages. */
static const char *spill_name(const struct spill *s)
{
	return s->kept && s->file.path != NULL ? s->file.path : "temporary file";
}

/* Open the file of a kept spill, by its number. */
static bp_status open_kept(struct spill *s, const struct workspace *ws, const char *mode,
			   bp_error *err)
{
	bp_status st = BP_OK;

	if ((s->file.path = bp_temp_path(ws->folder, "spill", s->number)) == NULL)
		return bp_fail_memory(err);
	s->kept = true;
	if ((s->file.f = bp_open_file(s->file.path, mode)) == NULL) {
		st = bp_fail_errno(err, s->file.path);
		bp_spill_close(s);
	}
	return st;
}

bp_status bp_spill_begin(struct spill *s, struct workspace *ws, struct row_writer *w,
			 bp_error *err)
{
	bp_status st;

	*s = (struct spill){ .number = atomic_fetch_add(&ws->next, 1) };
	/* A file of this name may exist: from a process that was killed before its checkpoint named
	 * the spill.  It is overwritten. */
	st = ws->keep ? open_kept(s, ws, "wb+", err) : bp_temp_open(&s->file, ws->folder, err);
	if (st == BP_OK &&
	    (st = bp_rows_begin(w, s->file.f, spill_name(s), ROWS_BINARY, err)) != BP_OK)
		bp_spill_drop(s);
	return st;
}

bp_status bp_spill_end(struct spill *s, struct row_writer *w, bp_status st, bp_error *err)
{
	if (st == BP_OK)
		st = bp_rows_end(w, err);
	s->checksum = bp_rows_checksum(w);
	bp_rows_release(w);
	/* A checkpoint must not name a file that a power failure can still empty. */
	errno = 0;
	if (st == BP_OK && (fflush(s->file.f) != 0 || (s->kept && !bp_host_sync(s->file.f))))
		st = bp_fail_errno(err, spill_name(s));
	if (st != BP_OK)
		bp_spill_drop(s);
	return st;
}

bp_status bp_spill_reopen(struct spill *s, struct workspace *ws, bp_error *err)
{
	return open_kept(s, ws, "rb", err);
}

/* The stream is shared by successive readers, hence the seek. */
bp_status bp_spill_read(const struct spill *s, struct row_reader *r, bp_error *err)
{
	const char *name = spill_name(s);
	bp_status st;

	*r = (struct row_reader){ 0 };
	errno = 0;
	if (fseek(s->file.f, 0, SEEK_SET) != 0)
		return bp_fail_errno(err, name);
	if ((st = bp_row_reader_init(r, s->file.f, name, err)) != BP_OK)
		return st;
	r->expected = &s->checksum;
	/* An empty file, all that is left of a truncated one, is a valid text file without rows. */
	if (r->format == ROWS_BINARY)
		return BP_OK;
	bp_row_reader_release(r);
	return bp_fail(err, BP_EFORMAT, "%s: damaged", name);
}

/* An ordinary spill is gone when its file is closed; a kept one is removed by its path. */
void bp_spill_drop(struct spill *s)
{
	bp_temp_close(&s->file);
}

void bp_spill_close(struct spill *s)
{
	if (s->file.f != NULL)
		fclose(s->file.f);
	free(s->file.path);
	s->file = (struct tempfile){ 0 };
}

bp_status bp_spill_list_add(struct spill_list *l, const struct spill *s, bp_error *err)
{
	struct spill lost = *s;

	if (BP_GROW(l->spill, l->cap, l->n + 1)) {
		l->spill[l->n++] = *s;
		return BP_OK;
	}
	/* A checkpoint may name a kept spill, so its file must stay. */
	if (lost.kept)
		bp_spill_close(&lost);
	else
		bp_spill_drop(&lost);
	return bp_fail_memory(err);
}

void bp_spill_list_release(struct spill_list *l, bool keep)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (keep)
			bp_spill_close(&l->spill[i]);
		else
			bp_spill_drop(&l->spill[i]);
	free(l->spill);
	*l = (struct spill_list){ 0 };
}
