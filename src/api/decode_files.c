/*
 * Decoding of files of ids, as text or of fixed width, in one pass and in memory that does not
 * depend on their length.  Nearly all ids are plain: in decimal with few digits, and a single
 * separator behind them.  A fast loop decodes them without branches on lengths, because the
 * processor would mispredict them; where it stops, the general decoder takes the text byte by byte.
 *
 * Chunks end between ids, so that each worker decodes one by itself, as far as it gets without
 * knowledge of the output before: up to a fault, or as much text as it has room for.  The writer,
 * the decoder of the job, takes the result of each chunk in order, adds what it counted, and goes
 * on from there; so messages, and the texts that are written before a fault, do not depend on the
 * number of threads.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/decimal_ids.h"
#include "api/outputs.h"
#include "base/endian.h"
#include "base/parallel.h"
#include "encode/encoder.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "io/progress.h"
#include "model/model_file.h"
#include "api/format.h"
#include "api/json_ids.h"
#include "text/utf8.h"

enum {
	SHORT = 15,			/* longest piece that is held in a struct short_piece */
	LONG = SHORT + 1,		/* in place of a length: longer */
	NOT_PLAIN = LONG + 1,		/* in place of a length: an id for end_id() */
	CHUNK = 128 * 1024,		/* bytes read at once, of text */
	CHUNK_IDS = 32 * 1024,		/* raw ids read at once */
	/* Text of a chunk, written at once; more than the longest piece.  Where pieces are so long
	 * that it is too little, the writer has to decode the rest of each chunk. */
	TEXT_ROOM = 512 * 1024,
	UNKNOWN_ROOM = 96,		/* for the message of unknown_id() */
	BLOCK = BP_DIGITS_BLOCK,
	/* Bytes that the short pieces of the ids that end in a block may take, each with an end
	 * mark, and what is written beyond them. */
	BLOCK_ROOM = (BLOCK / 2 + 1) * (SHORT + 1) + SHORT + 1
};

/* The bytes of an id.  16 bytes in all, so that it is copied by one load and one store. */
struct short_piece {
	unsigned char bytes[SHORT], n;
};

struct decoder {
	const struct decode_job *job;
	struct outfile *out;		/* NULL: a worker's, which only fills its text */
	unsigned char *text;		/* TEXT_ROOM bytes, n_text of them not written yet */
	size_t n_text, n_good;		/* n_good: of them, those of complete texts */
	uint64_t line, position;	/* of the current id, from 1; a worker's: in its chunk */
	uint64_t id;			/* the number read so far */
	bool in_id, in_line;		/* in_line: a byte of this line has been read */
	bool owes_mark;			/* BP_ID_EOS has ended a text; see end_id() */
	uint64_t offset;		/* in the file, of the next chunk of raw ids */
	struct json_ids json;
};

struct decode_job {
	const bp_model *model;
	const struct format_row *row;
	bool specials, eos, characters;	/* as in bp_decode_options */
	bp_records records;
	struct short_piece *short_piece;	/* by id */
	uint32_t n_ids;
	struct reader reader;
	struct progress progress;
	struct outfile out;
	struct decoder writer;
	bool in_file;			/* the last chunk did not end its file */
};

struct decode_chunk {
	struct chunk in;
	struct decoder d;
	size_t done;			/* bytes of the chunk that it has decoded */
};

/* The bytes of an id that is in the vocabulary; none for special tokens without their names. */
static struct slice bytes_of_id(const struct decode_job *j, uint32_t id)
{
	struct slice s;

	if (j->specials)
		return bp_token_bytes(j->model, id);
	s.p = (const unsigned char *)bp_piece(j->model, id, &s.n);
	return s;
}

static bool has_raw_ids(const struct decode_job *j)
{
	return j->row->width > 0;
}

/*
 * BP_ID_EOS as the end of a text.  Raw ids have it as a short piece; lines leave it to end_id() by
 * a length that the fast loop does not take.
 */
static void set_eos_piece(struct decode_job *j, struct short_piece *p)
{
	*p = (struct short_piece){ .n = NOT_PLAIN };
	if (!has_raw_ids(j))
		return;
	p->bytes[0] = j->records != BP_WHOLE ? bp_record_end(j->records) : 0;
	p->n = j->records != BP_WHOLE;
}

static bool init_short_pieces(struct decode_job *j)
{
	struct slice s;
	uint32_t id;

	j->n_ids = bp_vocab_size(j->model);
	if ((j->short_piece = calloc(j->n_ids, sizeof(*j->short_piece))) == NULL)
		return false;
	for (id = 0; id < j->n_ids; id++) {
		s = bytes_of_id(j, id);
		j->short_piece[id].n = (unsigned char)(s.n <= SHORT ? s.n : LONG);
		if (s.n > 0)
			memcpy(j->short_piece[id].bytes, s.p, BP_MIN(s.n, SHORT));
	}
	if (j->eos)
		set_eos_piece(j, &j->short_piece[BP_ID_EOS]);
	return true;
}

static bp_status fail_at_position(const struct decoder *d, const char *name, const char *what,
			    bp_error *err)
{
	return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ", position %" PRIu64 ": %s", name,
		       d->line, d->position, what);
}

/* Number of bytes at the end of s[0..n) that may be the beginning of a character. */
static size_t incomplete_end(const unsigned char *s, size_t n)
{
	size_t k, need;

	for (k = 1; k <= 3 && k <= n && bp_utf8_tail(s[n - k]); k++)
		;
	if (k > 3 || k > n || s[n - k] < 0xC2 || s[n - k] > 0xF4)
		return 0;
	need = s[n - k] < 0xE0 ? 2 : s[n - k] < 0xF0 ? 3 : 4;
	return k < need ? k : 0;
}

/* 'ends': no further bytes come, so that nothing is held back.  A worker's decoder fails. */
static bp_status write_pending(struct decoder *d, bool ends, bp_error *err)
{
	size_t keep = d->job->characters && !ends ? incomplete_end(d->text, d->n_text) : 0;
	size_t n = d->n_text - keep;
	bp_status st;

	if (d->out == NULL)
		return BP_ERANGE;
	st = bp_out_write(d->out, d->text, n, err);
	memmove(d->text, d->text + n, keep);
	d->n_text = keep;
	d->n_good = 0;
	return st;
}

static bp_status append_decoded(struct decoder *d, const void *data, size_t n, bp_error *err)
{
	bp_status st;

	/* A chunk of ids can stand for gigabytes of text, so signals are checked here as well. */
	if (n > TEXT_ROOM - d->n_text &&
	    ((st = bp_interrupted(err)) != BP_OK || (st = write_pending(d, false, err)) != BP_OK))
		return st;
	if (n > 0)
		memcpy(d->text + d->n_text, data, n);
	d->n_text += n;
	return BP_OK;
}

/* Append the bytes of an id that is in the vocabulary. */
static bp_status append_piece(struct decoder *d, uint32_t id, bp_error *err)
{
	const struct short_piece *e = &d->job->short_piece[id];
	struct slice s;

	if (e->n <= SHORT && TEXT_ROOM - d->n_text >= sizeof(*e)) {
		memcpy(d->text + d->n_text, e, sizeof(*e));
		d->n_text += e->n;
		return BP_OK;
	}
	s = bytes_of_id(d->job, id);
	return append_decoded(d, s.p, s.n, err);
}

/* "an id that is not in the vocabulary: 70000 (ids end at 6001)"; ids have at most 32 bits. */
static const char *unknown_id(const struct decoder *d, uint64_t id, char text[UNKNOWN_ROOM])
{
	snprintf(text, UNKNOWN_ROOM, "an id that is not in the vocabulary: %s%" PRIu64
		 " (ids end at %" PRIu32 ")", id > UINT32_MAX ? "more than " : "",
		 BP_MIN(id, UINT32_MAX), d->job->n_ids - 1);
	return text;
}

/* Append the end mark of a text, which is complete. */
static bp_status append_end_mark(struct decoder *d, bp_error *err)
{
	unsigned char mark = d->job->records != BP_WHOLE ? bp_record_end(d->job->records) : 0;
	bp_status st = append_decoded(d, &mark, d->job->records != BP_WHOLE, err);

	d->owes_mark = false;
	d->n_good = d->n_text;
	return st;
}

/*
 * The id is complete: append its bytes.  BP_ID_EOS ends a text if that is requested.  Its mark is
 * owed until the next id, because the end of the line, if that follows, is the mark of the same
 * text; and the end of the file means a last text without a mark.
 */
static bp_status end_id(struct decoder *d, const char *name, bp_error *err)
{
	char text[UNKNOWN_ROOM];
	bp_status st;

	if (!d->in_id)
		return BP_OK;
	d->in_id = false;
	if (d->id >= d->job->n_ids)
		return fail_at_position(d, name, unknown_id(d, d->id, text), err);
	if (d->owes_mark && (st = append_end_mark(d, err)) != BP_OK)
		return st;
	d->owes_mark = d->job->eos && d->id == BP_ID_EOS;
	return d->owes_mark ? BP_OK : append_piece(d, (uint32_t)d->id, err);
}

/* A line is complete: append the end mark of its text. */
static bp_status end_text(struct decoder *d, bp_error *err)
{
	d->line++;
	d->position = 0;
	d->in_line = false;
	return append_end_mark(d, err);
}

/* The value of a digit, or a number of at least 16 if the byte is none. */
static unsigned digit_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

static bp_status decode_byte(struct decoder *d, unsigned char c, const char *name,
			     bp_error *err)
{
	unsigned char separator = (unsigned char)d->job->row->separator;
	unsigned char terminator = (unsigned char)d->job->row->terminator;
	unsigned digit = digit_value(c);
	bp_status st;

	if (digit < d->job->row->base) {
		d->position += !d->in_id;
		/* A number that is too large stays so: ids have at most 32 bits. */
		d->id = (d->in_id ? BP_MIN(d->id, UINT32_MAX) * d->job->row->base : 0) + digit;
		d->in_id = d->in_line = true;
		return BP_OK;
	}
	if (c != separator && c != terminator && c != ' ' && c != '\n' && c != '\t' && c != '\r') {
		d->position += !d->in_id;
		return fail_at_position(d, name, "something that is not an id", err);
	}
	if ((st = end_id(d, name, err)) != BP_OK)
		return st;
	d->in_line = true;
	return c == terminator ? end_text(d, err) : BP_OK;
}

/* True if decode_plain_ids() can decode the format: it has base and separators as constants. */
static bool is_plain(const struct format_row *row)
{
	return row->base == 10 && row->separator == ' ' && row->terminator == '\n';
}

/* A text ends in the fast loop, at 'out'; returns the end of its mark. */
static unsigned char *end_plain_text(struct decoder *d, unsigned char *out)
{
	d->line++;
	d->position = 0;
	if (d->job->records != BP_WHOLE)
		*out++ = bp_record_end(d->job->records);
	d->n_good = (size_t)(out - d->text);
	return out;
}

/* Append a long piece in the fast loop; returns its end, or NULL if there is too little room for
 * it and the rest of the block. */
static unsigned char *append_long_plain(const struct decoder *d, uint32_t id,
					unsigned char *out)
{
	struct slice s = bytes_of_id(d->job, id);

	if (s.n + BLOCK_ROOM > (size_t)(d->text + TEXT_ROOM - out))
		return NULL;
	memcpy(out, s.p, s.n);
	return out + s.n;
}

/*
 * Decode the plain ids from *p on that end in a block, and move *p behind them.  'mask' has the
 * bytes of the block that are no digits: the ends of all ids are known before the first one is
 * decoded, so that no id has to wait for the length of the id before.  False if *p stands at an id
 * that is not plain.
 */
static bool decode_block(struct decoder *d, const unsigned char *block, uint64_t mask,
			 const unsigned char **p)
{
	const struct short_piece *short_piece = d->job->short_piece, *e;
	const unsigned char *start = *p, *end;
	unsigned char *out = d->text + d->n_text, *after;
	uint64_t position = d->position;
	uint32_t id, n_ids = d->job->n_ids;
	size_t n;

	for (; mask != 0; mask &= mask - 1) {
		end = block + bp_lowest_bit(mask);
		n = (size_t)(end - start);
		if (n - 1 >= BP_DIGITS)
			break;
		id = bp_number_of_digits(start, n);
		if (id >= n_ids)
			break;
		e = &short_piece[id];
		after = out + e->n;
		if (e->n < LONG)
			memcpy(out, e, sizeof(*e));
		else if (e->n > LONG || (after = append_long_plain(d, id, out)) == NULL)
			break;
		if (*end != ' ') {
			if (*end != '\n')
				break;
			after = end_plain_text(d, after);
			position = (uint64_t)-1;
		}
		out = after;
		position++;
		start = end + 1;
	}
	d->position = position;
	d->n_text = (size_t)(out - d->text);
	*p = start;
	return mask == 0;
}

/*
 * Decode plain decimal ids from p on, where an id starts.  Returns the start of the first id that
 * is not plain, or that is too near to the end of the input or of the room for text.
 */
static const unsigned char *decode_plain_ids(struct decoder *d, const unsigned char *p,
					     const unsigned char *end)
{
	const unsigned char *start = p, *block = p;
	uint64_t mask, next = end - p >= BLOCK ? bp_find_non_digits(p) : 0;
	bool plain = true;

	/* A block's mask is made before the block in front of it is decoded, so that nothing waits
	 * for it. */
	while (plain && end - block >= 2 * BLOCK && TEXT_ROOM - d->n_text >= BLOCK_ROOM) {
		mask = next;
		next = bp_find_non_digits(block + BLOCK);
		plain = decode_block(d, block, mask, &start);
		block += BLOCK;
	}
	if (start > p)
		d->in_line = start[-1] != '\n';
	return start;
}

/* Decode the ids of a chunk from *at on; on failure *at is set to the start of the id. */
static bp_status decode_text(struct decoder *d, const struct chunk *c, size_t *at,
			     const char *name, bp_error *err)
{
	const unsigned char *p = c->data.data + *at, *end = c->data.data + c->data.len;
	bool plain = is_plain(d->job->row);
	bp_status st = BP_OK;

	while (p < end && st == BP_OK) {
		if (!d->in_id && plain && !d->owes_mark)
			p = decode_plain_ids(d, p, end);
		*at = (size_t)(p - c->data.data);
		/* At least one byte, or the loop would not end; then to the end of the id. */
		do
			st = p < end ? decode_byte(d, *p++, name, err) : BP_OK;
		while (st == BP_OK && d->in_id && p < end);
	}
	if (st == BP_OK && c->ends_file)
		st = end_id(d, name, err);
	if (st == BP_OK)
		*at = c->data.len;
	return st;
}

static bp_status decode_object_byte(struct decoder *d, unsigned char c, const char *name,
				    bp_error *err)
{
	switch (bp_json_ids_byte(&d->json, c)) {
	case JSON_IDS_NUMBER:
		d->position++;
		d->in_id = true;
		d->id = d->json.id;
		return end_id(d, name, err);
	case JSON_IDS_END:
		return append_end_mark(d, err);
	case JSON_IDS_WRONG:
		d->position++;
		return fail_at_position(d, name, d->json.why, err);
	default:
		return BP_OK;
	}
}

/* Objects may have newlines between their parts; 'position' counts ids of a line, as in text. */
static bp_status decode_objects(struct decoder *d, const struct chunk *c, size_t *at,
				const char *name, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	for (i = *at; i < c->data.len && st == BP_OK; i++) {
		i += bp_json_ids_skip(&d->json, c->data.data + i, c->data.len - i);
		if (i == c->data.len)
			break;
		st = decode_object_byte(d, c->data.data[i], name, err);
		if (st == BP_OK && c->data.data[i] == '\n') {
			d->line++;
			d->position = 0;
		}
	}
	*at = i;
	if (st == BP_OK && c->ends_file && d->json.state != JSON_IDS_BETWEEN)
		return bp_fail(err, BP_EFORMAT, "%s: the file ends inside an object", name);
	return st;
}

static inline uint32_t raw_id(const unsigned char *p, unsigned width)
{
	uint32_t id = 0;

	if (width == 2)
		return bp_load16(p);
	if (width == 4)
		return bp_load32(p);
	while (width-- > 0)
		id = id << 8 | p[width];
	return id;
}

/* Decode up to n raw ids, up to the first one of a long piece; returns their number. */
static inline size_t decode_short_pieces(struct decoder *d, const unsigned char *p, size_t n,
				  unsigned width)
{
	const unsigned char *last = d->text + TEXT_ROOM - sizeof(struct short_piece);
	const struct short_piece *e = d->job->short_piece;
	unsigned char *out = d->text + d->n_text;
	uint32_t id, n_ids = d->job->n_ids;
	size_t i;

	for (i = 0; i < n && out <= last; i++) {
		id = raw_id(p + i * width, width);
		if (id >= n_ids || e[id].n >= LONG)
			break;
		memcpy(out, &e[id], sizeof(*e));
		out += e[id].n;
	}
	d->n_text = (size_t)(out - d->text);
	return i;
}

/*
 * Decode raw ids from *at on, and set *at to the end of the last good one.  The size of a chunk is
 * a multiple of their width: only a file's end can divide one.
 */
static bp_status decode_raw(struct decoder *d, const struct chunk *c, size_t *at, const char *name,
			    bp_error *err)
{
	const unsigned char *p = c->data.data;
	unsigned width = d->job->row->width;
	size_t n = c->data.len / width, i;
	char text[UNKNOWN_ROOM];
	bp_status st;
	uint32_t id;

	for (i = *at / width; i < n; i++) {
		/* Constant widths, so that the loop of each is compiled by itself. */
		i += width == 2 ? decode_short_pieces(d, p + 2 * i, n - i, 2) :
		     width == 4 ? decode_short_pieces(d, p + 4 * i, n - i, 4) :
				  decode_short_pieces(d, p + width * i, n - i, width);
		*at = i * width;
		if (i == n)
			break;
		id = raw_id(p + i * width, width);
		if (id >= d->job->n_ids)
			return bp_fail_at(err, name, d->offset + i * width, "%s",
					  unknown_id(d, id, text));
		if ((st = append_piece(d, id, err)) != BP_OK)
			return st;
		*at += width;
	}
	if (c->data.len % width != 0)
		return bp_fail_at(err, name, d->offset + n * width, "the file ends inside an id");
	d->offset = c->ends_file ? 0 : d->offset + c->data.len;
	return BP_OK;
}

static bp_status decode_from(struct decoder *d, const struct chunk *c, size_t *at, const char *name,
			     bp_error *err)
{
	return (has_raw_ids(d->job) ? decode_raw :
		d->job->row->has_objects ? decode_objects : decode_text)(d, c, at, name, err);
}

/*
 * True if all is left to the writer: objects may be nested over chunks, and of characters the first
 * bytes are held back.
 */
static bool is_sequential(const struct decode_job *j)
{
	return j->row->has_objects || j->characters;
}

/* Ids in text are divided behind the last byte that is neither a digit nor a letter. */
static bool find_last_id(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure)
{
	(void)ctx;
	(void)ends;
	*sure = *cut = s.n;
	while (*cut > 0 && digit_value(s.p[*cut - 1]) < 16)
		--*cut;
	return true;
}

static bp_status fill_chunk(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct decode_job *j = ctx;
	struct decode_chunk *c = chunk;

	bp_progress_step(&j->progress, j->reader.bytes);
	return bp_reader_fill(&j->reader, &c->in, more, err);
}

/* Decode n bytes of a chunk, or as many as a worker can. */
static bp_status decode_first(const struct decode_job *j, struct decode_chunk *c, size_t n)
{
	struct chunk in = c->in;

	in.data.len = n;
	in.ends_file = in.ends_file && n == c->in.data.len;
	c->d = (struct decoder){ .job = j, .text = c->d.text };
	c->done = 0;
	return decode_from(&c->d, &in, &c->done, "", NULL);
}

/*
 * Faults and missing room are left to the writer, which goes on at the start of the id; in text the
 * decoder has passed that, so the bytes before it are decoded once more.
 */
static bp_status decode_work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct decode_job *j = ctx;
	struct decode_chunk *c = chunk;

	(void)worker;
	c->done = 0;
	if (is_sequential(j))
		return BP_OK;
	if (c->d.text == NULL && (c->d.text = malloc(TEXT_ROOM)) == NULL)
		return bp_fail_memory(err);
	if (decode_first(j, c, c->in.data.len) != BP_OK && !has_raw_ids(j))
		decode_first(j, c, c->done);
	return BP_OK;
}

/*
 * Take the text of a worker's decoder, and add what it counted.  It knew nothing of an id or an end
 * mark that the chunk before left open; then its work is done again.
 */
static void take_result(struct decoder *d, struct decode_chunk *c)
{
	struct decoder *w = &c->d;
	unsigned char *text = d->text;

	if (d->in_id || d->owes_mark)
		c->done = 0;
	if (c->done == 0)
		return;
	d->text = w->text;
	w->text = text;
	d->n_text = w->n_text;
	d->n_good = w->n_good;
	d->position = w->position + (w->line == 0 ? d->position : 0);
	d->line += w->line;
	d->id = w->id;
	d->in_id = w->in_id;
	d->in_line = w->in_line;
	d->owes_mark = w->owes_mark;
}

/* The header of an array of NumPy would pass for ids. */
static bp_status refuse_npy(const struct chunk *c, const char *name, bp_error *err)
{
	static const char magic[] = "\x93NUMPY\1";
	const unsigned char *p = c->data.data;

	if (c->data.len < 10 || memcmp(p, magic, sizeof(magic)) != 0)
		return BP_OK;
	return bp_fail(err, BP_EFORMAT, "%s: is an array of NumPy; the ids behind its header can "
		       "be decoded: tail -c +%d", name, 10 + bp_load16(p + 8) + 1);
}

/*
 * Decode the rest of a chunk and write the result.  A fault does not take the texts before it, and
 * of raw ids the bytes before it.
 */
static bp_status write_chunk(void *ctx, void *chunk, bp_error *err)
{
	struct decode_job *j = ctx;
	struct decode_chunk *c = chunk;
	struct decoder *d = &j->writer;
	const char *name = bp_input_name(j->reader.path[c->in.file]);
	bp_status st;

	if (!j->in_file && has_raw_ids(j) && (st = refuse_npy(&c->in, name, err)) != BP_OK)
		return st;
	/* A last line without a newline is a text of its own if another file follows. */
	if (!j->in_file && c->in.data.len > 0 && d->in_line &&
	    ((st = end_text(d, err)) != BP_OK || (st = write_pending(d, false, err)) != BP_OK))
		return st;
	if (!j->in_file)
		d->line = 1;
	j->in_file = !c->in.ends_file;
	take_result(d, c);
	st = decode_from(d, &c->in, &c->done, name, err);
	if (st == BP_EFORMAT) {
		d->n_text = has_raw_ids(j) ? d->n_text : d->n_good;
		write_pending(d, true, NULL);
	}
	return st == BP_OK ? write_pending(d, false, err) : st;
}

static bp_status decode_all(struct decode_job *j, unsigned n_workers, bp_error *err)
{
	struct parallel p = { .fill = fill_chunk, .work = decode_work, .drain = write_chunk,
			      .ctx = j, .n_workers = is_sequential(j) ? 1 : n_workers };
	unsigned i, n = bp_parallel_chunks(p.n_workers);
	struct decode_chunk *c = calloc(n, sizeof(*c));
	bp_status st;

	if (c == NULL)
		return bp_fail_memory(err);
	st = bp_parallel(&p, c, sizeof(*c), err);
	for (i = 0; i < n; i++) {
		bp_buf_release(&c[i].in.data);
		free(c[i].d.text);
	}
	free(c);
	/* Bytes held back come now.  A BP_ID_EOS without a newline behind it has ended a text that
	 * has no end mark, so no mark is owed. */
	return st == BP_OK ? write_pending(&j->writer, true, err) : st;
}

static void init_reader(struct decode_job *j, const bp_input *in)
{
	j->reader = (struct reader){ .path = in->path, .n_paths = in->n_paths,
				     .prompt = in->flush, .prompt_size = j->row->width };
	/* A multiple of the width, as decode_raw() needs it. */
	j->reader.size = has_raw_ids(j) ? CHUNK_IDS * (size_t)j->row->width : CHUNK;
	j->reader.anywhere = in->flush || has_raw_ids(j) || j->row->has_objects;
	j->reader.cuts = j->reader.anywhere ? NULL : find_last_id;
}

static bp_status decode_with_model(const bp_model *m, const bp_input *in, const char *out,
				   const bp_decode_options *o, bp_error *err)
{
	struct decode_job j = { .model = m, .records = in->records, .specials = o->specials,
				.eos = o->eos, .characters = o->characters,
				.row = bp_format_row((unsigned)o->format) };
	bp_status st;

	init_reader(&j, in);
	bp_progress_start(&j.progress, in, "decode", "bytes", bp_input_size(in));
	j.writer = (struct decoder){ .job = &j, .out = &j.out, .text = malloc(TEXT_ROOM) };
	if (j.writer.text == NULL || !init_short_pieces(&j))
		st = bp_fail_memory(err);
	else if ((st = bp_out_open(&j.out, out, err)) == BP_OK) {
		j.out.prompt = in->flush;
		if ((st = decode_all(&j, bp_threads(in), err)) == BP_OK)
			st = bp_out_commit(&j.out, err);
	}
	bp_out_abort(&j.out);
	free(j.writer.text);
	free(j.short_piece);
	bp_reader_release(&j.reader);
	return st;
}

/* Decode with the model file of the options.  It is read and not prepared: there is no search. */
static bp_status decode_with_path(const bp_input *in, const char *out, const bp_decode_options *o,
				  bp_error *err)
{
	bp_model *m = calloc(1, sizeof(*m));
	bp_status st;

	if (m == NULL)
		return bp_fail_memory(err);
	if ((st = bp_model_read(&m->model, o->model_path, err)) == BP_OK)
		st = decode_with_model(m, in, out, o, err);
	bp_free(m);
	return st;
}

bp_status bp_decode_files(const bp_model *m, const bp_input *in, const char *out,
			  const bp_decode_options *options, bp_error *err)
{
	static const bp_decode_options no_options = { .format = BP_FORMAT_IDS };
	const bp_decode_options *o = options != NULL ? options : &no_options;
	bp_status st;

	if (!bp_format_is_decodable(o->format))
		return bp_fail(err, BP_ERANGE, "'format' is not one that can be decoded");
	if (in->records == BP_JSONL)
		return bp_fail(err, BP_ERANGE, "texts cannot be decoded to JSON lines");
	if (m == NULL && o->model_path == NULL)
		return bp_fail(err, BP_ERANGE, "a model or 'model_path' is needed");
	if ((st = bp_output_check_input(out, in, err)) != BP_OK ||
	    (st = bp_output_check(out, &o->model_path, o->model_path != NULL, err)) != BP_OK)
		return st;
	return m != NULL ? decode_with_model(m, in, out, o, err)
			 : decode_with_path(in, out, o, err);
}
