/*
 * reader.h - files and standard input as a sequence of chunks of bounded size.
 *
 * A chunk is cut where no segment (cut.h) and no normalisation crosses, so that chunks can be
 * worked on apart from each other.  Where a segment is longer than a chunk there is no such
 * place; then the chunk is open.  If the caller knows borders inside segments too, the chunk may
 * end at one of these; if not, it and the one that continues it have to be worked on one after the
 * other.  With 'anywhere' none of this holds, but each chunk except a file's last is full.
 */
#ifndef BP_READER_H
#define BP_READER_H

#include <stdio.h>

#include "base/base.h"
#include "bytepiece_files.h"

struct chunk {
	struct buf data;
	bool continues;		/* starts inside a segment */
	bool open;		/* ends inside one */
	bool inside;		/* starts inside a text; so if it continues */
	bool from_border;	/* continues, from a place that reader.border gave */
	bool to_border;		/* is open, and ends at such a place */
	bool ends_file;
	uint64_t before;	/* if it continues: the segment has at most so many bytes before it */
};

/* Does it have to be worked on after the one before it, or before the one after? */
static inline bool bp_in_parts(const struct chunk *c)
{
	return (c->continues && !c->from_border) || (c->open && !c->to_border);
}

/*
 * Find a place in 's', part of a segment, at which it may be cut too; *at stays 0 if there is none.
 * False if memory is out.
 */
typedef bool bp_cut_point_fn(void *ctx, struct slice s, size_t *at);

/*
 * Text that the caller cuts in places of its own, beside those where it is cut anyway.  Called once
 * for what each chunk is made of: *cut is the last such place in 's', or 0; *sure, at least that and
 * more than 0 if 's' is as long as a chunk, is up to where a chunk may reach, because of what may
 * follow; 'ends': nothing does.  False if memory is out.
 */
typedef bool bp_cuts_fn(void *ctx, struct slice s, bool ends, size_t *cut, size_t *sure);

/* Where the next chunk starts. */
struct reader_place {
	size_t file;		/* index of the path */
	uint64_t offset;	/* in it; in bytes */
	bool inside;		/* starts inside a text */
};

struct reader {
	const char *const *path;	/* n_paths of them; borrowed */
	FILE *const *stream;	/* NULL, or for each path NULL or what is read in its place */
	size_t n_paths, at;
	bp_records records;
	size_t size;		/* of a chunk, in bytes; 0: 256 KB */
	bool anywhere;		/* cut where a chunk is full, whatever is there */
	bool prompt;		/* hand out each text when it is there; no effect on BP_WHOLE */
	bp_cut_point_fn *border;	/* for segments longer than a chunk; NULL: they are not cut */
	void *border_ctx;
	bp_cuts_fn *cuts;	/* NULL: there are none */
	void *cuts_ctx;
	FILE *f;		/* NULL between files */
	bool is_borrowed;	/* from 'stream' */
	const char *name;
	struct buf rest;	/* read, but behind the last cut */
	uint64_t offset;	/* in the file, of the next chunk */
	uint64_t bytes;		/* handed out so far */
	bool open, inside, at_border;	/* how the chunk last filled ended */
	uint64_t before;	/* if it was open: bytes of the segment up to there, at most */
};

/* The byte that ends a text; not for BP_WHOLE. */
static inline unsigned char bp_record_end(bp_records r)
{
	return r == BP_NULS ? '\0' : '\n';
}

/* The name of an input in messages. */
const char *bp_input_name(const char *path);
/* Open an input; "-" is standard input. */
bp_status bp_input_open(const char *path, FILE **f, bp_error *err);
/* Close it, unless it is standard input.  NULL is allowed. */
void bp_input_close(FILE *f);

/*
 * Fill 'c' (reused, its old content lost) with what comes next, or clear *more at the end.  An
 * empty file gives one empty chunk.
 */
bp_status bp_reader_fill(struct reader *r, struct chunk *c, bool *more, bp_error *err);

/* Where it is, so that another reader of the same files can go on there; unless r->open. */
struct reader_place bp_reader_place(const struct reader *r);
/* To be called before the first chunk is filled. */
bp_status bp_reader_go(struct reader *r, const struct reader_place *place, bp_error *err);
void bp_reader_release(struct reader *r);

/*
 * Take the next text from a chunk's bytes: returns it, and moves *s behind it and its end mark.
 * *ended is false if there was no mark, so that the text may go on in the next chunk.
 */
struct slice bp_next_text(bp_records r, struct slice *s, bool *ended);

#endif
