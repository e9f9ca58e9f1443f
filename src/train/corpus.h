/*
 * corpus.h - the training text: its segments, on several threads, as often as needed.
 */
#ifndef BP_CORPUS_H
#define BP_CORPUS_H

#include <stdio.h>

#include "base/base.h"
#include "bytepiece_files.h"
#include "text/cut.h"

struct corpus {
	const bp_input *in;		/* borrowed */
	struct cut_rules rules;
	bool normalize;
	unsigned n_workers;
	FILE **spool;			/* per path: a copy of what can be read only once, or NULL */
	uint64_t raw_bytes;		/* of one pass; 0 before the first */
	uint64_t bytes, segments;	/* after normalisation; likewise */
};

/* Copies to temporary files what cannot be read twice. */
bp_status bp_corpus_init(struct corpus *c, const bp_input *in, const struct cut_rules *rules,
			 bool normalize, bp_error *err);
void bp_corpus_release(struct corpus *c);

/* Workers are numbered from 0 to below this. */
unsigned bp_corpus_workers(const struct corpus *c);

/*
 * Read it all and call visit(ctx, worker, segment) for each segment, in no certain order, at any
 * time at most once for a worker; and, if it is not NULL, pause(ctx, worker) where what the worker
 * is given next need not be what follows in the corpus: in the same places every time.  They
 * return false if memory is out.  'phase' is for progress.
 */
typedef bool bp_visit(void *ctx, unsigned worker, struct slice segment);
typedef bool bp_pause(void *ctx, unsigned worker);
bp_status bp_corpus_each(struct corpus *c, const char *phase, bp_visit *visit, bp_pause *pause,
			 void *ctx, bp_error *err);

#endif
