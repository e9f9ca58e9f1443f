/*
 * eval_counts.h - tokens counted instead of written, by each of several workers, and added up.
 */
#ifndef BP_EVAL_COUNTS_H
#define BP_EVAL_COUNTS_H

#include "base/base.h"
#include "bytepiece_files.h"
#include "model/model.h"

/* Of a text or a part of it. */
struct text_sum {
	uint64_t bytes, tokens;
};

/* Of the texts in a part of the input, whose first and last one may go on before and behind it. */
struct text_sums {
	struct text_sum first, last;	/* 'first' if a text has ended, 'last' since one has */
	bool ended;
};

struct eval_counts {
	const struct model *model;
	uint64_t *count;	/* by entry of the model */
	uint64_t texts;
	uint64_t *by_ratio;	/* as in bp_eval_spread; NULL: not wanted */
};

/* 'spread': is by_ratio wanted?  False if memory is out. */
bool bp_eval_counts_init(struct eval_counts *t, const struct model *m, bool spread);
void bp_eval_counts_release(struct eval_counts *t);

void bp_eval_counts_tokens(struct eval_counts *t, const uint32_t *piece, size_t n, struct text_sums *sums);
/* A text has ended. */
void bp_eval_counts_text(struct eval_counts *t, struct text_sums *sums);
/* The sums of a part that follows on *now, the sum of a text so far. */
void bp_eval_add_chunk(struct eval_counts *t, const struct text_sums *sums, struct text_sum *now);
/* A text that has no end mark has ended. */
void bp_eval_counts_end(struct eval_counts *t, struct text_sum *now);

/* What n of them have counted; 'spread' may be NULL. */
void bp_eval_counts_report(const struct eval_counts *t, unsigned n, bp_eval_report *r, bp_eval_spread *spread);

#endif
