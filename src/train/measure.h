/*
 * measure.h - number of tokens that a model makes of a sample or a corpus.
 */
#ifndef BP_MEASURE_H
#define BP_MEASURE_H

#include "model/model.h"
#include "train/corpus.h"
#include "train/sample.h"

/* Both set *tokens to the sum over all segments; on failure *tokens is not to be used. */
bp_status bp_measure_sample(const struct model *m, const struct sample *s, unsigned n_workers,
			    uint64_t *tokens, bp_error *err);
/* Reads the whole corpus once more. */
bp_status bp_measure_corpus(const struct model *m, struct corpus *c, uint64_t *tokens,
			    bp_error *err);

#endif
