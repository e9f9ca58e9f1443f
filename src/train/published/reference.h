/*
 * reference.h - the published algorithm: a byte n-gram language model cuts the corpus into
 * candidates, which are pruned to the size asked for (Su Jianlin, "BytePiece", 2023).
 */
#ifndef BP_REFERENCE_H
#define BP_REFERENCE_H

#include "counts/counter.h"
#include "io/progress.h"
#include "train/published/lm.h"
#include "train/ngram.h"
#include "train/published/prune.h"

struct reference {
	unsigned order;		/* bytes of the longest n-gram */
	bool ensure_unicode;
	struct piece_rules rules;
	const bp_input *in;	/* borrowed, as 'ws' */
	struct workspace *ws;
	unsigned step;		/* 0: n-grams are counted; 1: candidates; 2: all is */
	struct lm lm;
	bool is_ready;		/* the model may be used, and changes no more */
	struct prune prune;
	struct ngram_walk walk;
};

/* NULL if memory is out.  bp_reference_free(NULL) is allowed. */
struct reference *bp_reference_new(const bp_train_options *o, const bp_input *in,
				   struct workspace *ws);
void bp_reference_free(struct reference *r);

/* Bits of a key of the step; 0: strings are counted. */
unsigned bp_reference_bits(const struct reference *r);
/* Before the step is counted. */
bp_status bp_reference_prepare(struct reference *r, bp_error *err);
bp_status bp_reference_count(const struct reference *r, struct lm_scratch *x, struct slice segment,
			     struct counter_worker *hand, bp_error *err);

/* Take the rows of the step.  'required' is borrowed while *r lives. */
bp_status bp_reference_begin(struct reference *r, const struct required *required, bp_error *err);
bp_status bp_reference_row(struct reference *r, const struct row *row, const char *from,
			   bp_error *err);
bp_status bp_reference_end(struct reference *r, bp_error *err);

/* The state after the first step as rows; only before it is prepared. */
bp_status bp_reference_write(const struct reference *r, struct row_writer *w, bp_error *err);
bp_status bp_reference_read_row(struct reference *r, const struct row *row, const char *from,
				bp_error *err);
bp_status bp_reference_read_end(struct reference *r, bp_error *err);

uint64_t bp_reference_memory(const struct reference *r);

#endif
