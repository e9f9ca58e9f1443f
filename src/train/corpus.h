/*
 * corpus.h - the training text: its segments, on several threads, as often as needed.
 */
#ifndef BP_CORPUS_H
#define BP_CORPUS_H

#include <stdio.h>

#include "base/checksum.h"
#include "bytepiece_files.h"
#include "io/reader.h"
#include "io/tempfile.h"
#include "text/cut.h"

/* How far a pass has come, and what it has found so far. */
struct corpus_pass {
	struct reader_place at;
	struct checksum raw;		/* of what was read, and how much that was */
	uint64_t bytes, segments;	/* after normalisation */
	bool ended;
};

struct corpus {
	const bp_input *in;		/* borrowed */
	struct cut_rules rules;
	bool normalize;
	unsigned n_workers;
	struct tempfile *copy;		/* per path: of what can be read only once */
	FILE **stream;			/* of those; NULL: the path itself is read */
	uint64_t size;			/* of all inputs, in bytes; 0: not known */
	struct corpus_pass pass;	/* of the pass under way */
	struct corpus_pass whole;	/* the end of a whole pass; zero before the first */
};

/*
 * Copies what cannot be read twice, to temporary files in 'folder' or, if it is to be 'kept', to
 * files "input.NUMBER" there.  If there is a finished one, it must be the same as what comes now.
 */
bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, const char *folder, bool kept, bp_error *err);
void bp_corpus_release(struct corpus *c);

/* Workers are numbered from 0 to below this. */
unsigned bp_corpus_workers(const struct corpus *c);

/*
 * Who looks at the corpus.  visit() sees each segment, in no certain order, at any time at most
 * once for a worker; pause(), which may be NULL, is called where what the worker is given next need
 * not be what follows in the corpus: in the same places every time.  stop(), on the caller's thread
 * and NULL too if not needed, asks whether the pass is to be left for now.  'phase' is for progress.
 */
struct corpus_visitor {
	const char *phase;
	bp_status (*visit)(void *ctx, unsigned worker, struct slice segment, bp_error *err);
	bp_status (*end_chunk)(void *ctx, unsigned worker, bp_error *err);
	void *ctx;
	bool (*stop)(void *stop_ctx);
	void *stop_ctx;
};

/*
 * Go on from c->pass, which is zero at the beginning of a pass, to the end or until stop().  At
 * the end c->pass.ended is true, and what was read has been found to be what it was before.
 */
bp_status bp_corpus_read(struct corpus *c, const struct corpus_visitor *v, bp_error *err);
/* A whole pass. */
bp_status bp_corpus_read_all(struct corpus *c, const struct corpus_visitor *v, bp_error *err);

#endif
