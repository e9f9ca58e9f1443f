/*
 * reader.h - input files and standard input as a sequence of chunks of bounded size.
 *
 * Each chunk can be encoded apart from the others: it ends where neither a segment (cut.h) nor a
 * normalisation crosses.  A segment longer than a chunk allows no end inside it.  If the caller
 * knows a cut point in it, the chunk ends there, and can be encoded apart from the others too.  If
 * not, the chunk ends anywhere in the segment and is sequential.  With 'anywhere' set, none of
 * this holds: all chunks but the last one of each file are full.
 */
#ifndef BP_READER_H
#define BP_READER_H

#include <stdio.h>

#include "base/base.h"
#include "bytepiece_files.h"
#include "io/text_lines.h"
#include "io/progress.h"

/* Position of the start or the end of a chunk. */
enum chunk_edge {
	BP_EDGE_TEXT = 0,	/* between texts: behind an end mark, or at the start of a file */
	BP_EDGE_SEGMENT,	/* inside a text, between segments; and, as the end of the last
				 * chunk of a file, the end of a text without an end mark */
	BP_EDGE_CUT_POINT,	/* inside a segment, at a cut point */
	BP_EDGE_INSIDE		/* inside a segment, where no cut point is known */
};

static inline bool bp_edge_in_segment(enum chunk_edge e)
{
	return e == BP_EDGE_CUT_POINT || e == BP_EDGE_INSIDE;
}

struct chunk {
	struct buf data;
	enum chunk_edge start, end;	/* 'start' is the end of the chunk before, except for a
					 * file's first chunk: it starts a text */
	bool ends_file;
	size_t file;		/* index of its path */
	/* With 'weighted', of each text that it has bytes of, the end mark included; then a 1. */
	uint64_t *weight;
	size_t n_weights, cap_weight;
	uint64_t line;		/* with 'weighted': number of the first one's line */
	uint64_t before;	/* if it starts inside a segment: upper bound of the bytes that the
				 * segment has before the chunk */
};

void bp_chunk_release(struct chunk *c);

/*
 * True if the chunk starts or ends inside a segment where no cut point is known, so that it must be
 * encoded in order with its neighbours.
 */
static inline bool bp_chunk_is_sequential(const struct chunk *c)
{
	return c->start == BP_EDGE_INSIDE || c->end == BP_EDGE_INSIDE;
}

/*
 * The caller's search for a cut point in 's', a part of a segment.  Set *at to its offset;
 * it is 0 at the call and stays 0 if there is none.  False if memory is out.
 */
typedef bool bp_cut_point_fn(void *ctx, struct slice s, size_t *at);

/*
 * The caller's own cut points (special tokens), where a chunk may end in addition to the ends of
 * segments.  Called once for the bytes of each chunk and those read behind it, 's'.  Set *cut to
 * the offset of the last cut point in 's', or 0.  Set *sure to the largest offset at which the
 * chunk may end: bytes behind it may belong to a special token that is incomplete in 's'; it is
 * at least *cut, and more than 0 if 's' is as long as a chunk.  'ends' is true if 's' ends with
 * the file.  False if memory is out.
 */
typedef bool bp_cuts_fn(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure);

/*
 * Used by one thread.  The caller sets the first group of members; the rest starts as zero and
 * belongs to the reader.
 */
struct reader {
	const char *const *path;	/* n_paths of them; borrowed */
	size_t n_paths;
	const bp_input_copies *copies;	/* streams to read in place of paths, or NULL; borrowed */
	bp_records records;
	bp_newlines newlines;	/* where segments end in texts */
	bp_json_lines json;	/* for BP_JSONL */
	bool weighted;		/* with BP_LINES: a line is a text, a tab, and its weight */
	size_t size;		/* of a chunk, in bytes; 0: 256 KB */
	bool anywhere;		/* end chunks when they are full, whatever the bytes */
	bool prompt;		/* end a chunk with each text, and read no further before that; no
				 * effect with BP_WHOLE, but with 'anywhere' */
	size_t prompt_size;	/* with 'prompt' and 'anywhere': end a chunk after this number of
				 * bytes; 0: behind the first byte that is no letter or digit */
	bp_cut_point_fn *cut_point;	/* for segments longer than a chunk; NULL: none is known */
	void *cut_point_ctx;
	bp_cuts_fn *cuts;	/* NULL: none */
	void *cuts_ctx;
	void (*note)(void *ctx, const char *line);	/* about files that are no text, or NULL */
	void *note_ctx;

	/* Private, except that callers may read 'name' and 'bytes'. */
	const char *name;	/* of the current file, for messages */
	uint64_t bytes;		/* in all chunks so far; with BP_JSONL or weights, of the lines
				 * read */
	size_t next;		/* index of the next path to open */
	FILE *f;		/* current file; NULL between files */
	bool is_borrowed;	/* f is from 'copies' */
	struct buf rest;	/* bytes read that belong to the next chunk */
	uint64_t offset;	/* of the next chunk in the file, or in its texts */
	enum chunk_edge edge;	/* start of the next chunk */
	uint64_t before;	/* of the next chunk, see struct chunk */
	struct text_lines lines;	/* for BP_JSONL or weights: the current file */
};

/* The byte that ends a text; not for BP_WHOLE. */
static inline unsigned char bp_record_end(bp_records r)
{
	return r == BP_LINES ? '\n' : r == BP_NULS ? '\0' : BP_JSON_LINES_MARK;
}

/* The byte that ends a text, or BP_NO_MARK. */
static inline int bp_record_mark(bp_records r)
{
	return r == BP_WHOLE ? BP_NO_MARK : bp_record_end(r);
}

/* True if texts end with another byte than a newline. */
static inline bool bp_record_has_own_mark(bp_records r)
{
	return r != BP_WHOLE && bp_record_end(r) != '\n';
}

/* The name of an input in messages; 'path' itself unless it is "-". */
const char *bp_input_name(const char *path);
/* Open an input; "-" is standard input. */
bp_status bp_input_open(const char *path, FILE **f, bp_error *err);
/* Close it, unless it is standard input.  NULL is allowed. */
void bp_input_close(FILE *f);

/*
 * Fill 'c' with the next chunk; its buffer is reused, its old content is lost.  Behind the last
 * chunk *more is set to false instead.  An empty file gives one empty chunk.
 */
bp_status bp_reader_fill(struct reader *r, struct chunk *c, bool *more, bp_error *err);

/* True if the last chunk ended inside a segment. */
static inline bool bp_reader_in_segment(const struct reader *r)
{
	return bp_edge_in_segment(r->edge);
}

/* True if the last chunk was the last one of all. */
static inline bool bp_reader_is_done(const struct reader *r)
{
	return r->f == NULL && r->next == r->n_paths;
}

/* Close the current file and free memory; allowed at any time, also on a zero reader. */
void bp_reader_release(struct reader *r);

/*
 * Return the next text of the bytes *s of a chunk, and move *s behind the text and its end mark.
 * *ended is false if there was no end mark; then the text may continue in the next chunk.
 */
struct slice bp_next_text(bp_records r, struct slice *s, bool *ended);

/* Inputs that can be read only once, as open streams or as temporary copies (copies.c). */

/*
 * Open all inputs, and copy those that can be read only once to nameless files in 'folder'; with
 * 'folder' NULL keep them open in place of a copy, to be read once.  *size is the sum of their
 * sizes, 0 if that is not known.  It may wait for the end of an input long, so a signal ends it.
 * On failure *copies is NULL.
 */
bp_status bp_copies_new(const bp_input *in, const char *folder, bp_input_copies **copies,
			uint64_t *size, bp_error *err);

/*
 * Set *f to the stream that is to be read in place of an input, a copy from its start; NULL if
 * there is none.  The path is compared as a pointer.
 */
bp_status bp_copies_find(const bp_input_copies *c, const char *path, FILE **f, bp_error *err);

#endif
