/* count.h - a pass over the corpus that counts 64-bit keys, each worker in runs of its own. */
#ifndef BP_COUNT_H
#define BP_COUNT_H

#include "train/corpus.h"
#include "train/runs.h"

/*
 * For each segment call keys(ctx, worker, segment, runs), which adds the segment's keys, of 'bits'
 * bits, to the runs; then merge all into *out, for free(out->row).  It returns false if memory is
 * out.  'phase' is for progress.
 */
typedef bool bp_keys(void *ctx, unsigned worker, struct slice segment, struct runs *runs);
bp_status bp_count_keys(struct corpus *c, const char *phase, unsigned bits, bp_keys *keys,
			void *ctx, struct run *out, bp_error *err);

#endif
