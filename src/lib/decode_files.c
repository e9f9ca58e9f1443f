/* Decoding of files with lines of decimal ids, or with raw ids, in one pass, however long they are. */
#include <inttypes.h>

#include "base/host.h"
#include "encode/encoder.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "io/progress.h"
#include "lib/format.h"

struct decode_job {
	const bp_model *model;
	bp_records records;
	struct outfile out;
	struct buf text;
	uint64_t line, position;	/* of the id being read, from 1 */
	uint64_t id;
	bool in_id, in_line;		/* in_line: something of this line has been read */
	unsigned width;			/* bytes of a raw id; 0: decimal */
	unsigned n_bytes;		/* of a raw id that is not complete */
	uint64_t offset;		/* in the file, of what is read next */
};

static bp_status fail_place(const struct decode_job *j, const char *name, const char *what,
			    bp_error *err)
{
	return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ", position %" PRIu64 ": %s", name,
		       j->line, j->position, what);
}

static bp_status end_id(struct decode_job *j, const char *name, bp_error *err)
{
	const char *piece;
	size_t n;

	if (!j->in_id)
		return BP_OK;
	j->in_id = false;
	piece = bp_piece(j->model, j->id > UINT32_MAX ? BP_NO_ID : (uint32_t)j->id, &n);
	if (piece == NULL && j->id >= BP_FIRST_PIECE)
		return fail_place(j, name, "an id that is not in the vocabulary", err);
	return bp_buf_append(&j->text, piece, n) ? BP_OK : bp_fail_memory(err);
}

static bp_status end_text(struct decode_job *j, bp_error *err)
{
	j->line++;
	j->position = 0;
	j->in_line = false;
	if (j->records != BP_WHOLE && !bp_buf_byte(&j->text, bp_record_end(j->records)))
		return bp_fail_memory(err);
	return BP_OK;
}

static bp_status decode_byte(struct decode_job *j, unsigned char c, const char *name,
			     bp_error *err)
{
	bp_status st;

	if (c >= '0' && c <= '9') {
		j->position += !j->in_id;
		j->id = j->in_id ? BP_MIN(j->id, UINT32_MAX) * 10 + (c - '0') : (uint64_t)(c - '0');
		j->in_id = j->in_line = true;
		return BP_OK;
	}
	if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
		j->position += !j->in_id;
		return fail_place(j, name, "something that is not an id", err);
	}
	if ((st = end_id(j, name, err)) != BP_OK)
		return st;
	j->in_line = true;
	return c == '\n' ? end_text(j, err) : BP_OK;
}

/* Raw ids, of which one may be cut by the end of a chunk. */
static bp_status decode_raw(struct decode_job *j, const struct chunk *c, const char *name,
			    bp_error *err)
{
	const char *piece;
	size_t i, n;

	for (i = 0; i < c->data.len; i++, j->offset++) {
		j->id |= (uint64_t)c->data.data[i] << 8 * j->n_bytes++;
		if (j->n_bytes < j->width)
			continue;
		piece = bp_piece(j->model, (uint32_t)j->id, &n);
		if (piece == NULL && j->id >= BP_FIRST_PIECE)
			return bp_fail_at(err, name, j->offset + 1 - j->width,
					  "an id that is not in the vocabulary");
		if (!bp_buf_append(&j->text, piece, n))
			return bp_fail_memory(err);
		j->id = j->n_bytes = 0;
	}
	if (!c->ends_file)
		return BP_OK;
	if (j->n_bytes > 0)
		return bp_fail_at(err, name, j->offset - j->n_bytes, "the file ends inside an id");
	j->offset = 0;
	return BP_OK;
}

static bp_status decode_text(struct decode_job *j, const struct chunk *c, const char *name,
			     bp_error *err)
{
	bp_status st;
	size_t i;

	for (i = 0; i < c->data.len; i++)
		if ((st = decode_byte(j, c->data.data[i], name, err)) != BP_OK)
			return st;
	return c->ends_file ? end_id(j, name, err) : BP_OK;
}

static bp_status decode_chunk(struct decode_job *j, const struct chunk *c, const char *name,
			      bp_error *err)
{
	bp_status st;

	j->text.len = 0;
	st = j->width > 0 ? decode_raw(j, c, name, err) : decode_text(j, c, name, err);
	return st == BP_OK ? bp_out_write(&j->out, j->text.data, j->text.len, err) : st;
}

static bp_status decode_all(struct decode_job *j, struct reader *r, struct progress *p,
			    bp_error *err)
{
	struct chunk c = { 0 };
	bool more = true, was_end = true;
	bp_status st = BP_OK;

	while (st == BP_OK) {
		bp_progress_step(p, r->bytes);
		if (bp_host_signal() != 0)
			st = bp_fail(err, BP_EINTR, "interrupted");
		else
			st = bp_reader_fill(r, &c, &more, err);
		if (st != BP_OK || !more)
			break;
		/* A last line without a newline is a text of its own if another file follows. */
		if (was_end && c.data.len > 0 && j->in_line) {
			j->text.len = 0;
			if ((st = end_text(j, err)) != BP_OK ||
			    (st = bp_out_write(&j->out, j->text.data, j->text.len, err)) != BP_OK)
				break;
		}
		if (was_end)
			j->line = 1;
		was_end = c.ends_file;
		st = decode_chunk(j, &c, r->name, err);
	}
	bp_buf_release(&c.data);
	return st;
}

bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  bp_format format, bp_error *err)
{
	struct decode_job j = { .model = m, .records = in->records,
				.width = bp_format_width(format) };
	struct reader r = { .path = in->path, .n_paths = in->n_paths, .records = BP_LINES };
	struct progress p;
	bp_status st;

	if (format == BP_FORMAT_PIECES)
		return bp_fail(err, BP_ERANGE, "pieces as text are not decoded, only ids");

	bp_progress_start(&p, in, "decode", "bytes", bp_input_size(in));
	if ((st = bp_out_open(&j.out, out, err)) == BP_OK &&
	    (st = decode_all(&j, &r, &p, err)) == BP_OK)
		st = bp_out_commit(&j.out, err);
	bp_out_abort(&j.out);
	bp_buf_release(&j.text);
	bp_reader_release(&r);
	return st;
}
