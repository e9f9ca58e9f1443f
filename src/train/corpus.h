/*
 * corpus.h - the training corpus: its segments, in as many passes as needed, on several threads.
 *
 * A pass reads all inputs in chunks (reader.h), normalises them if requested, cuts them into
 * segments (cut.h), and calls a visitor for each segment.  Inputs that can be read only once
 * (standard input, pipes) are copied to files first.  Each pass must read the same bytes as the
 * first one: a checksum ensures it, since counts of different texts must not be combined.
 */
#ifndef BP_CORPUS_H
#define BP_CORPUS_H

#include <stdio.h>

#include "base/checksum.h"
#include "bytepiece_files.h"
#include "encode/special_matcher.h"
#include "io/reader.h"
#include "io/tempfile.h"
#include "text/cut.h"

/* The state of a pass: where it is, and sums so far.  All zero at its beginning. */
struct corpus_pass {
	struct reader_position at;		/* where the next chunk starts */
	struct checksum raw;		/* of the bytes read; raw.n is their number */
	uint64_t bytes, segments;	/* visited; bytes after normalisation */
	bool ended;			/* all inputs have been read */
};

struct corpus {
	const bp_input *in;		/* borrowed */
	struct cut_rules rules;
	bool normalize;			/* to NFC */
	struct special_matcher names;	/* of special tokens: text up to one, and behind it, is cut
					 * as a text by itself; no segment has a name.  May be set
					 * after bp_corpus_init(); owned */
	unsigned n_workers;		/* threads */
	struct tempfile *copy;		/* per input: its copy, or none */
	FILE **stream;			/* per input: of its copy; NULL: the path is read */
	uint64_t size;			/* of all inputs, in bytes, for progress; 0: unknown */
	struct corpus_pass pass;	/* the current pass */
	struct corpus_pass whole;	/* the last complete pass; all zero before the first */
};

/*
 * Check that all inputs can be opened, and copy those that can be read only once: to temporary
 * files in 'folder', or with 'kept' to files "input.NUMBER" there, which stay.  If a kept copy
 * exists, the input must equal it; else BP_EFORMAT.
 */
bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, const char *folder, bool kept, bp_error *err);
void bp_corpus_release(struct corpus *c);

/* The number of workers of a visitor: one per thread, and one for long segments. */
unsigned bp_corpus_workers(const struct corpus *c);

/* The calls that a pass makes.  Pointers other than visit() may be NULL. */
struct corpus_visitor {
	const char *phase;	/* for progress */
	/* A segment, normalised.  Calls for one worker do not overlap; across workers they have no
	 * order.  Segments of one chunk come in order and have one worker. */
	bp_status (*visit)(void *ctx, unsigned worker, struct slice segment, bp_error *err);
	/* The end of a chunk.  The bounds of chunks depend on the text alone. */
	bp_status (*end_chunk)(void *ctx, unsigned worker, bp_error *err);
	void *ctx;
	/* True to leave the pass for a checkpoint.  Called between chunks, on the caller's
	 * thread. */
	bool (*stop)(void *stop_ctx);
	void *stop_ctx;
};

/*
 * Continue the pass at c->pass until the end or until stop() returns true; c->pass.ended tells.
 * All visits are complete when it returns.  BP_EIO if an input has changed since the previous
 * pass.
 */
bp_status bp_corpus_read(struct corpus *c, const struct corpus_visitor *v, bp_error *err);
/* A complete pass, from the beginning. */
bp_status bp_corpus_read_all(struct corpus *c, const struct corpus_visitor *v, bp_error *err);

#endif
