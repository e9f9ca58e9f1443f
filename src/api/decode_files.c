/*
 * Decoding of files with lines of decimal ids, or with raw ids, in one pass, however long they are.
 * Nearly all ids are plain: short pieces, in decimal with few digits and one blank behind them.
 * These are decoded without branches on what they are; all else goes byte by byte.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/endian.h"
#include "encode/encoder.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "io/progress.h"
#include "api/format.h"

enum {
	SHORT = 15,			/* bytes of a piece that is kept in an entry */
	LONG = SHORT + 1,		/* in place of a length: more */
	TEXT_ROOM = 256 * 1024,		/* written at once; more than the longest piece */
	DIGITS = 8			/* read at once, with what ends them */
};

/* What an id stands for, in one place, and copied as a whole. */
struct entry {
	unsigned char bytes[SHORT], n;
};

struct decode_job {
	const bp_model *model;
	struct entry *entry;		/* by id */
	uint32_t n_ids;
	bool specials;			/* give their names */
	bp_records records;
	struct outfile out;
	unsigned char *text;		/* TEXT_ROOM bytes, n_text of them not written yet */
	size_t n_text;
	uint64_t line, position;	/* of the id being read, from 1 */
	uint64_t id;
	bool in_id, in_line;		/* in_line: something of this line has been read */
	unsigned width;			/* bytes of a raw id; 0: decimal */
	uint64_t offset;		/* in the file, of what is read next */
};

/* What an id that is in the vocabulary stands for. */
static struct slice bytes_of(const struct decode_job *j, uint32_t id)
{
	struct slice s;

	if (j->specials)
		return bp_token_bytes(j->model, id);
	s.p = (const unsigned char *)bp_piece(j->model, id, &s.n);
	return s;
}

static bool init_entries(struct decode_job *j)
{
	struct slice s;
	uint32_t id;

	j->n_ids = bp_vocab_size(j->model);
	if ((j->entry = calloc(j->n_ids, sizeof(*j->entry))) == NULL)
		return false;
	for (id = 0; id < j->n_ids; id++) {
		s = bytes_of(j, id);
		j->entry[id].n = (unsigned char)(s.n <= SHORT ? s.n : LONG);
		if (s.n > 0)
			memcpy(j->entry[id].bytes, s.p, BP_MIN(s.n, SHORT));
	}
	return true;
}

static bp_status fail_place(const struct decode_job *j, const char *name, const char *what,
			    bp_error *err)
{
	return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ", position %" PRIu64 ": %s", name,
		       j->line, j->position, what);
}

static bp_status check_signal(bp_error *err)
{
	return bp_caught_signal() != 0 ? bp_fail(err, BP_EINTR, "interrupted") : BP_OK;
}

static bp_status write_text(struct decode_job *j, bp_error *err)
{
	size_t n = j->n_text;

	j->n_text = 0;
	return bp_out_write(&j->out, j->text, n, err);
}

static bp_status append(struct decode_job *j, const void *data, size_t n, bp_error *err)
{
	bp_status st;

	/* A chunk of ids can give gigabytes. */
	if (n > TEXT_ROOM - j->n_text &&
	    ((st = check_signal(err)) != BP_OK || (st = write_text(j, err)) != BP_OK))
		return st;
	if (n > 0)
		memcpy(j->text + j->n_text, data, n);
	j->n_text += n;
	return BP_OK;
}

/* An id that is in the vocabulary. */
static bp_status append_piece(struct decode_job *j, uint32_t id, bp_error *err)
{
	struct slice s = bytes_of(j, id);

	return append(j, s.p, s.n, err);
}

static bp_status end_id(struct decode_job *j, const char *name, bp_error *err)
{
	if (!j->in_id)
		return BP_OK;
	j->in_id = false;
	if (j->id >= j->n_ids)
		return fail_place(j, name, "an id that is not in the vocabulary", err);
	return append_piece(j, (uint32_t)j->id, err);
}

static bp_status end_text(struct decode_job *j, bp_error *err)
{
	unsigned char mark;

	j->line++;
	j->position = 0;
	j->in_line = false;
	if (j->records == BP_WHOLE)
		return BP_OK;
	mark = bp_record_end(j->records);
	return append(j, &mark, 1, err);
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

/*
 * The number in the lowest bytes of 'w', which are digits less '0', the highest digit first.  There
 * are n of them, 1 to 8.  Neighbouring digits are put together, then pairs, then fours.
 */
static inline uint32_t number_of(uint64_t w, unsigned n)
{
	w <<= 64 - 8 * n;
	w = (w * 10 + (w >> 8)) & 0x00FF00FF00FF00FFu;
	w = (w * 100 + (w >> 16)) & 0x0000FFFF0000FFFFu;
	return (uint32_t)w * 10000 + (uint32_t)(w >> 32);
}

/*
 * Decode plain ids from p on, where one starts.  Returns where something else stands, or the room
 * for text or the input is about to end.
 */
static const unsigned char *plain_ids(struct decode_job *j, const unsigned char *p,
				      const unsigned char *end)
{
	const unsigned char *start = p, *last = j->text + TEXT_ROOM - sizeof(struct entry) - 1;
	unsigned char *out = j->text + j->n_text, c;
	const struct entry *e;
	uint64_t w;
	uint32_t id;
	unsigned n;

	while (end - p >= DIGITS && out <= last) {
		w = bp_load64(p) ^ 0x3030303030303030u;
		/* The top bits of bytes that are no digits; above the lowest one they may be wrong. */
		n = bp_first_byte(((w + 0x7676767676767676u) | w) & 0x8080808080808080u);
		if (n == 0)
			break;
		c = p[n];
		id = number_of(w, n);
		if (id >= j->n_ids || j->entry[id].n == LONG || (c != ' ' && c != '\n'))
			break;
		e = &j->entry[id];
		memcpy(out, e, sizeof(*e));
		out += e->n;
		p += n + 1;
		j->position++;
		if (c == ' ')
			continue;
		j->line++;
		j->position = 0;
		if (j->records != BP_WHOLE)
			*out++ = bp_record_end(j->records);
	}
	if (p > start)
		j->in_line = p[-1] != '\n';
	j->n_text = (size_t)(out - j->text);
	return p;
}

static bp_status decode_text(struct decode_job *j, const struct chunk *c, const char *name,
			     bp_error *err)
{
	const unsigned char *p = c->data.data, *end = p + c->data.len;
	bp_status st = BP_OK;

	while (p < end && st == BP_OK) {
		if (!j->in_id)
			p = plain_ids(j, p, end);
		/* At least one byte, and to the end of an id. */
		do
			st = p < end ? decode_byte(j, *p++, name, err) : BP_OK;
		while (st == BP_OK && j->in_id && p < end);
	}
	return st == BP_OK && c->ends_file ? end_id(j, name, err) : st;
}

static inline uint32_t raw_id(const unsigned char *p, unsigned width)
{
	return width == 2 ? bp_load16(p) : bp_load32(p);
}

/* Decode ids of short pieces, at most n; returns how many. */
static inline size_t short_pieces(struct decode_job *j, const unsigned char *p, size_t n,
				  unsigned width)
{
	const unsigned char *last = j->text + TEXT_ROOM - sizeof(struct entry);
	const struct entry *entry = j->entry;
	unsigned char *out = j->text + j->n_text;
	uint32_t id, n_ids = j->n_ids;
	size_t i;

	for (i = 0; i < n && out <= last; i++) {
		id = raw_id(p + i * width, width);
		if (id >= n_ids || entry[id].n == LONG)
			break;
		memcpy(out, &entry[id], sizeof(*entry));
		out += entry[id].n;
	}
	j->n_text = (size_t)(out - j->text);
	return i;
}

/* Raw ids; only the end of a file can cut one. */
static bp_status decode_raw(struct decode_job *j, const struct chunk *c, const char *name,
			    bp_error *err)
{
	const unsigned char *p = c->data.data;
	size_t n = c->data.len / j->width, i;
	bp_status st;
	uint32_t id;

	for (i = 0; i < n; i++) {
		i += j->width == 2 ? short_pieces(j, p + 2 * i, n - i, 2)
				   : short_pieces(j, p + 4 * i, n - i, 4);
		if (i == n)
			break;
		id = raw_id(p + i * j->width, j->width);
		if (id >= j->n_ids)
			return bp_fail_at(err, name, j->offset + i * j->width,
					  "an id that is not in the vocabulary");
		if ((st = append_piece(j, id, err)) != BP_OK)
			return st;
	}
	if (c->data.len % j->width != 0)
		return bp_fail_at(err, name, j->offset + n * j->width, "the file ends inside an id");
	j->offset = c->ends_file ? 0 : j->offset + c->data.len;
	return BP_OK;
}

static bp_status decode_chunk(struct decode_job *j, const struct chunk *c, const char *name,
			      bp_error *err)
{
	bp_status st = j->width > 0 ? decode_raw(j, c, name, err) : decode_text(j, c, name, err);

	return st == BP_OK ? write_text(j, err) : st;
}

static bp_status decode_all(struct decode_job *j, struct reader *r, struct progress *p,
			    bp_error *err)
{
	struct chunk c = { 0 };
	bool more = true, was_end = true;
	bp_status st = BP_OK;

	j->out.prompt = r->prompt;
	while (st == BP_OK) {
		bp_progress_step(p, r->bytes);
		if ((st = check_signal(err)) == BP_OK)
			st = bp_reader_fill(r, &c, &more, err);
		if (st != BP_OK || !more)
			break;
		/* A last line without a newline is a text of its own if another file follows. */
		if (was_end && c.data.len > 0 && j->in_line &&
		    ((st = end_text(j, err)) != BP_OK || (st = write_text(j, err)) != BP_OK))
			break;
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
	struct decode_job j = { .model = m, .records = in->records, .specials = in->specials,
				.width = bp_format_width(format) };
	struct reader r = { .path = in->path, .n_paths = in->n_paths, .anywhere = true,
			    .prompt = in->flush };
	struct progress p;
	bp_status st;

	if (format == BP_FORMAT_PIECES || format == BP_FORMAT_JSON)
		return bp_fail(err, BP_ERANGE, "only ids are decoded");

	bp_progress_start(&p, in, "decode", "bytes", bp_input_size(in));
	j.text = malloc(TEXT_ROOM);
	if (j.text == NULL || !init_entries(&j))
		st = bp_fail_memory(err);
	else if ((st = bp_out_open(&j.out, out, err)) == BP_OK &&
		 (st = decode_all(&j, &r, &p, err)) == BP_OK)
		st = bp_out_commit(&j.out, err);
	bp_out_abort(&j.out);
	free(j.text);
	free(j.entry);
	bp_reader_release(&r);
	return st;
}
