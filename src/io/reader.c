#include "io/reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* Large enough that handing chunks to threads costs nothing, small enough for the cache. */
enum { CHUNK = 256 * 1024 };

const char *bp_input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

bp_status bp_input_open(const char *path, FILE **f, bp_error *err)
{
	*f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	return *f != NULL ? BP_OK : bp_fail_errno(err, path);
}

void bp_input_close(FILE *f)
{
	/* Nothing was written, so that closing cannot lose anything. */
	if (f != NULL && f != stdin)
		fclose(f);
}

static bool is_cut(const struct reader *r, const unsigned char *p, size_t i)
{
	if (r->records == BP_LINES)
		return p[i - 1] == '\n';
	if (r->records == BP_NULS && p[i - 1] == '\0')
		return true;
	/* Between the newlines that end a segment and what follows them. */
	return p[i - 1] == '\n' && p[i] != '\n' && !(r->records == BP_NULS && p[i] == '\0');
}

/* Is there a byte behind which a chunk may be cut? */
static bool has_ends(const struct reader *r, const unsigned char *p, size_t n)
{
	return n > 0 && (memchr(p, '\n', n) != NULL ||
			 (r->records == BP_NULS && memchr(p, '\0', n) != NULL));
}

/* The last place behind 'from' and not behind 'to' at which the chunk may be cut, or 'from'. */
static size_t last_cut(const struct reader *r, const struct buf *b, size_t from, size_t to)
{
	size_t i;

	if (!has_ends(r, b->data + from, to - from))	/* soon told of a long line */
		return from;
	if (r->records != BP_WHOLE && b->data[to - 1] == bp_record_end(r->records))
		return to;
	for (i = to < b->len ? to : b->len - 1; i > from; i--)
		if (is_cut(r, b->data, i))
			return i;
	return from;
}

/* Read up to the end of a text and no further, so that nothing is waited for but the text. */
static size_t read_text(const struct reader *r, size_t size, struct chunk *c)
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

/* Read until the chunk is full or the file ends. */
static bp_status top_up(struct reader *r, struct chunk *c, bp_error *err)
{
	bool prompt = r->prompt && r->records != BP_WHOLE;
	size_t size = r->size > 0 ? r->size : CHUNK, got;

	if (!bp_buf_reserve(&c->data, size))
		return bp_fail_memory(err);
	while (c->data.len < size) {
		errno = 0;
		got = prompt ? read_text(r, size, c)
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

static bp_status open_next(struct reader *r, bp_error *err)
{
	FILE *stream = r->stream != NULL ? r->stream[r->at] : NULL;
	bp_status st;

	r->name = bp_input_name(r->path[r->at]);
	if (stream != NULL) {
		errno = 0;
		if (fseek(stream, 0, SEEK_SET) != 0)
			return bp_fail_errno(err, r->name);
		r->f = stream;
	} else if ((st = bp_input_open(r->path[r->at], &r->f, err)) != BP_OK) {
		return st;
	}
	r->is_borrowed = stream != NULL;
	r->at++;
	r->offset = 0;
	r->open = r->inside = r->at_border = false;
	return BP_OK;
}

struct reader_place bp_reader_place(const struct reader *r)
{
	if (r->f == NULL)
		return (struct reader_place){ .file = r->at };
	return (struct reader_place){ r->at - 1, r->offset, r->inside };
}

/* Go to a place in a file, also where an offset of 64 bits does not fit in a long. */
static bool seek(FILE *f, uint64_t offset)
{
	long step;

	for (; offset > 0; offset -= (uint64_t)step) {
		step = (long)BP_MIN(offset, (uint64_t)LONG_MAX);
		if (fseek(f, step, SEEK_CUR) != 0)
			return false;
	}
	return true;
}

bp_status bp_reader_go(struct reader *r, const struct reader_place *place, bp_error *err)
{
	bp_status st;

	r->at = place->file;
	if (place->offset == 0)
		return BP_OK;
	if ((st = open_next(r, err)) != BP_OK)
		return st;
	if (!seek(r->f, place->offset))
		return bp_fail_errno(err, r->name);
	r->offset = place->offset;
	r->inside = place->inside;
	return BP_OK;
}

static void close_input(struct reader *r)
{
	if (!r->is_borrowed)
		bp_input_close(r->f);
	r->f = NULL;
}

/* Where the chunk, which is full, is to end.  False if memory is out. */
static bool find_cut(struct reader *r, const struct buf *b, size_t *cut)
{
	struct slice s = { b->data, b->len };

	*cut = 0;
	if (r->cuts != NULL && !r->cuts(r->cuts_ctx, s, false, cut, &s.n))
		return false;
	*cut = last_cut(r, b, *cut, s.n);
	r->open = *cut == 0;
	r->at_border = false;
	if (!r->open)
		return true;
	if (r->border != NULL && !r->border(r->border_ctx, s, cut))
		return false;
	r->at_border = *cut > 0;
	if (*cut == 0)
		*cut = s.n;
	return true;
}

/* All that is left of the file is a chunk, in which the caller may want to know its own places. */
static bool take_all(struct reader *r, const struct buf *b, size_t *cut)
{
	struct slice s = { b->data, b->len };
	size_t own;

	*cut = b->len;
	r->open = false;
	return r->cuts == NULL || r->cuts(r->cuts_ctx, s, true, &own, &s.n);
}

/* How a chunk begins, which is how the one before it ended. */
static void begin(const struct reader *r, struct chunk *c)
{
	c->continues = r->open;
	c->from_border = r->open && r->at_border;
	c->before = r->open ? r->before : 0;
	c->inside = r->inside;
	c->ends_file = false;
}

bp_status bp_reader_fill(struct reader *r, struct chunk *c, bool *more, bp_error *err)
{
	size_t cut;
	bp_status st;

	c->data.len = 0;
	*more = r->f != NULL || r->at < r->n_paths;
	if (!*more)
		return BP_OK;
	if (r->f == NULL && (st = open_next(r, err)) != BP_OK)
		return st;
	begin(r, c);
	if (!bp_buf_append(&c->data, r->rest.data, r->rest.len))
		return bp_fail_memory(err);
	r->rest.len = 0;
	if ((st = top_up(r, c, err)) != BP_OK)
		return st;
	if (!(c->ends_file || r->anywhere ? take_all : find_cut)(r, &c->data, &cut))
		return bp_fail_memory(err);
	if (c->ends_file)
		close_input(r);
	c->open = r->open;
	c->to_border = r->open && r->at_border;
	r->before = c->before + cut;
	if (!bp_buf_append(&r->rest, c->data.data + cut, c->data.len - cut))
		return bp_fail_memory(err);
	c->data.len = cut;
	r->inside = r->records == BP_WHOLE || cut == 0 ||
		    c->data.data[cut - 1] != bp_record_end(r->records);
	r->bytes += cut;
	r->offset += cut;
	return BP_OK;
}

void bp_reader_release(struct reader *r)
{
	close_input(r);
	bp_buf_release(&r->rest);
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
