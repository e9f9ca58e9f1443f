/*
 * corpus.h - the training corpus: its segments, in one pass or several, on several threads.
 *
 * A pass reads all inputs in chunks (reader.h), normalises them if requested, cuts them into
 * segments (cut.h), and calls a visitor for each segment.  For several passes, inputs that can be
 * read only once (standard input, pipes) are copied to files first.  Each pass must read the same
 * bytes as the first one, and a process that resumes a pass the bytes that the pass had read
 * before: a checksum ensures it, since counts of different texts must not be combined.
 *
 * A segment of a text of weight w, the weight of its line times that of its file, counts w times.
 */
#ifndef BP_CORPUS_H
#define BP_CORPUS_H

#include "base/checksum.h"
#include "bytepiece_files.h"
#include "encode/special_matcher.h"
#include "text/cut.h"

/* The state of a pass: its position, and sums so far.  All zero at its beginning. */
struct corpus_pass {
	struct checksum raw;		/* of the bytes read; raw.n is the position */
	uint64_t bytes, segments;	/* visited, each as often as it counts; bytes after
					 * normalisation */
	bool ended;			/* all inputs have been read */
};

struct corpus {
	const bp_input *in;		/* borrowed */
	struct cut_rules rules;
	bool normalize;			/* to NFC */
	struct special_matcher names;	/* of special tokens: text up to one, and behind it, is cut
					 * as a text by itself; no segment has a name.  May be set
					 * after bp_corpus_init(); owned */
	const uint64_t *weight;		/* of each input; NULL: 1 each; borrowed */
	bool weighted;			/* lines are a text, a tab and its weight.  May be set after
					 * bp_corpus_init(), as 'weight' */
	unsigned n_workers;		/* threads */
	bool compares;			/* a later pass, or process, compares what it reads: only
					 * then is the text hashed */
	const char *resumed;		/* folder of a training that is resumed, to be named in
					 * messages; NULL: none; borrowed */
	bp_input_copies *copies;	/* of inputs that can be read only once */
	uint64_t size;			/* of all inputs, in bytes, for progress; 0: unknown */
	struct corpus_pass pass;	/* the current pass */
	struct corpus_pass whole;	/* the last complete pass; all zero before the first */
};

/*
 * Check that all inputs can be opened.  Copy those that can be read only once to temporary files in
 * 'folder'; with 'folder' NULL nothing is copied, for one pass.
 */
bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, const char *folder, bp_error *err);
void bp_corpus_release(struct corpus *c);

/* The number of workers of a visitor: one per thread, and one for long segments. */
unsigned bp_corpus_workers(const struct corpus *c);

/*
 * Where a pass may be interrupted: due() is asked between chunks, on the caller's thread.  When it
 * returns true, all workers stop, and save() writes all that is needed to resume; then the pass
 * continues.
 */
struct checkpoint {
	bool (*due)(void *ctx);
	bp_status (*save)(void *ctx, bp_error *err);
	void *ctx;
};

/* The calls that a pass makes.  Pointers other than visit() may be NULL. */
struct corpus_visitor {
	const char *phase;	/* for progress */
	/* A segment, normalised, that counts 'times' times.  Calls for one worker do not overlap;
	 * across workers they have no order.  Segments of one chunk come in order and have one
	 * worker. */
	bp_status (*visit)(void *ctx, unsigned worker, struct slice segment, uint64_t times,
			   bp_error *err);
	/* The end of a chunk.  The bounds of chunks depend on the text alone. */
	bp_status (*end_chunk)(void *ctx, unsigned worker, bp_error *err);
	void *ctx;
	const struct checkpoint *checkpoint;
};

/*
 * Read to the end.  If c->pass is not zero, it is the state of a pass at a checkpoint, of another
 * process: the bytes before its position are read and compared, but not visited.  BP_EIO if an
 * input has changed since then, or since the previous pass; BP_EFORMAT if the bytes, as often as
 * they count, are not below 2^63.
 */
bp_status bp_corpus_read(struct corpus *c, const struct corpus_visitor *v, bp_error *err);

#endif
