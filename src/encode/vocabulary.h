/* vocabulary.h - the pieces of a model made ready to search with; special tokens are left out. */
#ifndef BP_VOCABULARY_H
#define BP_VOCABULARY_H

#include "encode/viterbi.h"
#include "model/model.h"

/* Their automaton; entries are numbered as in the model.  On failure *a stays empty. */
bp_status bp_vocabulary_automaton(struct automaton *a, const struct model *m, bp_error *err);

/*
 * The same with lengths and log-probabilities; from m->ready (encode/automaton_verify.h) if there is that.
 * 'name' is that of the model's file, for messages.  On failure *u stays empty.
 */
bp_status bp_vocabulary_from_model(struct vocabulary *u, const struct model *m, const char *name,
			     bp_error *err);

#endif
