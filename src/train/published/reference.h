/*
 * reference.h - the published BytePiece training algorithm.
 *
 * Its models equal the models of the reference implementation.
 *
 * Step 1 counts byte n-grams and makes a language model of them (lm.h).  Step 2 cuts the corpus
 * with the model and counts the pieces, the candidates.  Then the candidates are pruned to the
 * requested size (prune.h).  Each step counts the whole corpus once, with the calls below, in
 * their order: prepare, count (by workers, each segment), begin, row (each row of the counts),
 * end.
 *
 * Source: Su Jianlin, "BytePiece", 2023 (https://github.com/bojone/bytepiece).
 */
#ifndef BP_REFERENCE_H
#define BP_REFERENCE_H

#include "counts/counter.h"
#include "io/progress.h"
#include "train/ngram.h"
#include "train/published/lm.h"
#include "train/published/prune.h"

struct reference {
	unsigned order;		/* bytes of the longest n-gram */
	bool ensure_unicode;
	struct piece_rules rules;
	const bp_input *in;	/* borrowed, as 'ws' */
	struct workspace *ws;
	unsigned step;		/* steps done: 0, 1 (has a model) or 2 (has candidates) */
	struct lm lm;		/* between begin of step 1 and begin of step 2 */
	bool is_ready;		/* the model has scores in place of counts */
	struct prune prune;	/* from step 2 on */
	struct ngram_walk walk;	/* of step 1 */
};

/* NULL if memory is out.  bp_reference_free(NULL) is allowed. */
struct reference *bp_reference_new(const bp_train_options *o, const bp_input *in,
				   struct workspace *ws);
void bp_reference_free(struct reference *r);

/* The number of bits of a key of the next step; 0: it counts strings. */
unsigned bp_reference_bits(const struct reference *r);
/* Before the step counts.  Afterwards the state can no longer be written. */
bp_status bp_reference_prepare(struct reference *r, bp_error *err);
/* Count a segment.  Any number of workers at once, each with its scratch and counter. */
bp_status bp_reference_count(const struct reference *r, struct lm_scratch *x, struct slice segment,
			     struct counter_worker *counter, bp_error *err);

/* Take the rows of a step; 'from' is their source, for messages.  'required' is borrowed until
 * bp_reference_free(). */
bp_status bp_reference_begin(struct reference *r, const struct required *required, bp_error *err);
bp_status bp_reference_row(struct reference *r, const struct row *row, const char *from,
			   bp_error *err);
bp_status bp_reference_end(struct reference *r, bp_error *err);

/* The state after step 1, as rows of kind ROW_NGRAM; before bp_reference_prepare(). */
bp_status bp_reference_write(const struct reference *r, struct row_writer *w, bp_error *err);
bp_status bp_reference_read_row(struct reference *r, const struct row *row, const char *from,
				bp_error *err);
/* After the last row. */
bp_status bp_reference_read_end(struct reference *r, bp_error *err);

/* Memory of the language model, in bytes. */
uint64_t bp_reference_memory(const struct reference *r);

#endif
