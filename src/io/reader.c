/*
 * A chunk is filled with the bytes left over from the one before and with new ones up to its full
 * size; then its end is chosen, and the bytes behind that are left over for the next chunk.
 *
 * The bytes come from the file or, with BP_JSONL or weights, from the texts of its lines with an
 * end mark behind each (text_lines.h).
 */
#include "io/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/content_kind.h"
#include "text/cut.h"

/*
 * Large enough that the cost of handing chunks to threads does not count, small enough for the
 * cache.
 */
enum { CHUNK = 256 * 1024 };

const char *bp_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

bp_status bp_input_open(const char *path, FILE **f, bp_error *err)
{
	*f = strcmp(path, "-") == 0 ? stdin : bp_open_file(path, "rb");
	return *f != NULL ? BP_OK : bp_fail_errno(err, path);
}

void bp_input_close(FILE *f)
{
	/* Nothing was written, so that closing cannot lose anything. */
	if (f != NULL && f != stdin)
		fclose(f);
}

/* True if a chunk may end before p[i], with i > 0. */
static bool can_end_at(const struct reader *r, const unsigned char *p, size_t i)
{
	bool own = bp_record_has_own_mark(r->records);

	if (r->records == BP_LINES)
		return p[i - 1] == '\n';
	if (own && p[i - 1] == bp_record_end(r->records))
		return true;
	return bp_segment_ends(r->newlines, p[i - 1], p[i]) &&
	       !(own && p[i] == bp_record_end(r->records));
}

/*
 * Quick test that can only exclude: false if no byte is one that a chunk may end at.  It makes the
 * search for ends fast in long lines, where it would look at each byte in vain.
 */
static bool may_have_end(const struct reader *r, const unsigned char *p, size_t n)
{
	bool at_newlines = r->records == BP_LINES || r->newlines != BP_NEWLINES_TEXT;

	return n > 0 && ((at_newlines && memchr(p, '\n', n) != NULL) ||
			 (bp_record_has_own_mark(r->records) &&
			  memchr(p, bp_record_end(r->records), n) != NULL));
}

/* The last offset in (from, to] at which the chunk may end, or 'from'. */
static size_t last_end(const struct reader *r, const struct buf *b, size_t from, size_t to)
{
	size_t i;

	if (!may_have_end(r, BP_AT(b->data, from), to - from))
		return from;
	if (r->records != BP_WHOLE && b->data[to - 1] == bp_record_end(r->records))
		return to;
	for (i = to < b->len ? to : b->len - 1; i > from; i--)
		if (can_end_at(r, b->data, i))
			return i;
	return from;
}

static bool is_letter_or_digit(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Read one id and no further: see prompt_size. */
static size_t read_one_id(const struct reader *r, size_t size, struct chunk *c)
{
	unsigned char *p = c->data.data + c->data.len;
	size_t room = size - c->data.len, n = 0;
	int byte;

	if (r->prompt_size > 0)
		room = BP_MIN(room, r->prompt_size);
	while (n < room && (byte = getc(r->f)) != EOF) {
		p[n++] = (unsigned char)byte;
		if (r->prompt_size == 0 && !is_letter_or_digit(byte))
			break;
	}
	return n;
}

/* Read up to the end of a text and no further, so that the caller never waits for a second text. */
static size_t read_one_text(const struct reader *r, size_t size, struct chunk *c)
{
	unsigned char *p = c->data.data + c->data.len;
	size_t n = 0;
	int byte = EOF;

	while (n < size - c->data.len && byte != bp_record_end(r->records)) {
		if ((byte = getc(r->f)) == EOF)
			break;
		p[n++] = (unsigned char)byte;
	}
	return n;
}

static bool has_text_lines(const struct reader *r)
{
	return r->records == BP_JSONL || r->weighted;
}

/*
 * Read texts of lines until the chunk is full, with 'prompt' a text ends, or the file ends.
 */
static bp_status fill_from_lines(struct reader *r, size_t size, struct chunk *c, bp_error *err)
{
	uint64_t offset = r->lines.next.offset;
	bp_status st;
	size_t got;

	st = bp_text_lines_read(&r->lines, c->data.data + c->data.len, size - c->data.len, &got,
				&c->ends_file, err);
	c->data.len += got;
	r->bytes += r->lines.next.offset - offset;
	return st;
}

/*
 * Read until the chunk is full or the file ends.  A short read from a pipe is not the end;
 * without the loop, chunks of a pipe would be as small as the writes into it.
 */
static bp_status fill_chunk_buffer(struct reader *r, struct chunk *c, bp_error *err)
{
	bool prompt = r->prompt && (r->anywhere || r->records != BP_WHOLE);
	size_t size = r->size > 0 ? r->size : CHUNK, got;

	if (!bp_buf_reserve(&c->data, size))
		return bp_fail_memory(err);
	if (has_text_lines(r))
		return fill_from_lines(r, size, c, err);
	while (c->data.len < size) {
		errno = 0;
		got = prompt && r->anywhere ? read_one_id(r, size, c) :
		      prompt ? read_one_text(r, size, c)
				: fread(c->data.data + c->data.len, 1, size - c->data.len, r->f);
		c->data.len += got;
		if (ferror(r->f))
			return bp_fail_errno(err, r->name);
		c->ends_file = feof(r->f) != 0;
		if (c->ends_file || prompt)
			break;
	}
	return BP_OK;
}

static void start_lines(struct reader *r)
{
	r->lines.f = r->f;
	r->lines.name = r->name;
	r->lines.file = r->next - 1;
	r->lines.options = r->json;
	r->lines.weighted = r->weighted;
	r->lines.prompt = r->prompt;
	bp_text_lines_start(&r->lines);
}

/* Open the next file, or take its stream; a file starts a text. */
static bp_status open_next_file(struct reader *r, bp_error *err)
{
	const char *path = r->path[r->next];
	bp_status st;

	r->name = bp_input_name(path);
	if ((st = bp_copies_find(r->copies, path, &r->f, err)) != BP_OK)
		return st;
	r->is_borrowed = r->f != NULL;
	if (!r->is_borrowed && (st = bp_input_open(path, &r->f, err)) != BP_OK)
		return st;
	r->next++;
	r->offset = 0;
	r->edge = BP_EDGE_TEXT;
	if (has_text_lines(r))
		start_lines(r);
	return BP_OK;
}

/* A borrowed stream stays open, because the caller reads it again. */
static void close_input(struct reader *r)
{
	if (!r->is_borrowed)
		bp_input_close(r->f);
	r->f = NULL;
}

/* The edge behind the first 'n' bytes of a chunk, if that is not inside a segment. */
static enum chunk_edge edge_behind(const struct reader *r, const struct chunk *c, size_t n)
{
	if (r->records == BP_WHOLE)
		return BP_EDGE_SEGMENT;
	if (n == 0)
		return c->start == BP_EDGE_TEXT ? BP_EDGE_TEXT : BP_EDGE_SEGMENT;
	return c->data.data[n - 1] == bp_record_end(r->records) ? BP_EDGE_TEXT : BP_EDGE_SEGMENT;
}

/* Choose where the full chunk ends: its length *n, and c->end.  False if memory is out. */
static bool choose_end(const struct reader *r, struct chunk *c, size_t *n)
{
	struct slice s = bp_buf_slice(&c->data);

	*n = 0;
	if (r->cuts != NULL && !r->cuts(r->cuts_ctx, s, false, n, &s.n))
		return false;
	*n = last_end(r, &c->data, *n, s.n);
	if (*n > 0) {
		c->end = edge_behind(r, c, *n);
		return true;
	}
	if (r->cut_point != NULL && !r->cut_point(r->cut_point_ctx, s, n))
		return false;
	c->end = *n > 0 ? BP_EDGE_CUT_POINT : BP_EDGE_INSIDE;
	if (*n == 0)
		*n = s.n;
	return true;
}

/*
 * The chunk has all its bytes.  The caller gets its cut points in them nevertheless, to use them.
 */
static bool keep_all(const struct reader *r, struct chunk *c, size_t *n)
{
	struct slice s = bp_buf_slice(&c->data);
	size_t cut;

	*n = c->data.len;
	c->end = edge_behind(r, c, *n);
	return r->cuts == NULL || r->cuts(r->cuts_ctx, s, true, &cut, &s.n);
}

/* Start a chunk at the end of the one before it, with the bytes left over from that. */
static bool start_chunk(struct reader *r, struct chunk *c)
{
	c->start = r->edge;
	c->before = bp_edge_in_segment(r->edge) ? r->before : 0;
	c->file = r->next - 1;
	c->ends_file = false;
	if (!bp_buf_append(&c->data, r->rest.data, r->rest.len))
		return false;
	r->rest.len = 0;
	return true;
}

void bp_note_kind(const bp_input *in, size_t i, const void *start, size_t n)
{
	const struct content_kind *k = bp_content_kind(bp_slice(start, n), in->records == BP_NULS);
	const char *path = in->path[i];
	char line[512];

	if (k == NULL || in->note == NULL)
		return;
	snprintf(line, sizeof(line), "%s looks like %s, and is read as text nevertheless; to read "
		 "the text in it: %s%s%s | bytepiece ...", bp_input_name(path), k->name, k->before,
		 path, k->behind);
	in->note(in->note_ctx, line);
}

/* Tell the kind of the current file, if its first bytes show that it is no text. */
static void note_kind(const struct reader *r, const struct chunk *c)
{
	struct slice start = has_text_lines(r) ?
			     (struct slice){ r->lines.start, r->lines.n_start } :
			     bp_buf_slice(&c->data);
	bp_input in = { .path = r->path, .records = r->records, .note = r->note,
			.note_ctx = r->note_ctx };

	bp_note_kind(&in, r->next - 1, start.p, start.n);
}

/* Give the chunk the weights of its texts, and drop those of the texts that end in it. */
static bool take_weights(struct reader *r, struct chunk *c)
{
	struct text_lines *l = &r->lines;
	unsigned char mark = bp_record_end(r->records);
	size_t ended = (size_t)bp_count_byte(bp_buf_slice(&c->data), mark);

	c->n_weights = ended + (c->data.len > 0 && c->data.data[c->data.len - 1] != mark);
	if (!BP_GROW(c->weight, c->cap_weight, c->n_weights + 1))
		return false;
	if (c->n_weights > 0)
		memcpy(c->weight, l->weight, c->n_weights * sizeof(*l->weight));
	c->weight[c->n_weights] = 1;
	c->line = l->next.line - l->n_weights + 1;
	l->n_weights -= ended;
	if (l->n_weights > 0)
		memmove(l->weight, l->weight + ended, l->n_weights * sizeof(*l->weight));
	return true;
}

bp_status bp_reader_fill(struct reader *r, struct chunk *c, bool *more, bp_error *err)
{
	size_t n;
	bp_status st;

	c->data.len = 0;
	*more = r->f != NULL || r->next < r->n_paths;
	if (!*more)
		return BP_OK;
	if (r->f == NULL && (st = open_next_file(r, err)) != BP_OK)
		return st;
	/* A signal that came before the read does not interrupt it. */
	if ((st = bp_interrupted(err)) != BP_OK)
		return st;
	if (!start_chunk(r, c))
		return bp_fail_memory(err);
	st = fill_chunk_buffer(r, c, err);
	/* The kind may be the reason of a failure. */
	if (r->offset == 0)
		note_kind(r, c);
	if (st != BP_OK)
		return st;
	if (!(c->ends_file || r->anywhere ? keep_all : choose_end)(r, c, &n))
		return bp_fail_memory(err);
	if (c->ends_file)
		close_input(r);
	if (!bp_buf_append(&r->rest, BP_AT(c->data.data, n), c->data.len - n))
		return bp_fail_memory(err);
	c->data.len = n;
	r->edge = c->end;
	r->before = c->before + n;
	r->bytes += !has_text_lines(r) ? n : 0;
	r->offset += n;
	return !r->weighted || take_weights(r, c) ? BP_OK : bp_fail_memory(err);
}

void bp_chunk_release(struct chunk *c)
{
	bp_buf_release(&c->data);
	free(c->weight);
}

void bp_reader_release(struct reader *r)
{
	close_input(r);
	bp_buf_release(&r->rest);
	bp_text_lines_release(&r->lines);
}

struct slice bp_next_text(bp_records r, struct slice *s, bool *ended)
{
	const unsigned char *mark = r == BP_WHOLE || s->n == 0 ? NULL :
				    memchr(s->p, bp_record_end(r), s->n);
	struct slice text = { s->p, mark != NULL ? (size_t)(mark - s->p) : s->n };
	size_t n = text.n + (mark != NULL);

	*ended = mark != NULL;
	if (n > 0)
		s->p += n;
	s->n -= n;
	return text;
}
