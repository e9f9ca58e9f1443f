/*
 * excerpt.h - the pieces of a vocabulary that a short text can hold.
 *
 * Of a large vocabulary a line of text can hold some hundred pieces.  To find these takes a fraction
 * of the time that it takes to make all of them ready to search with, and what they give is the same.
 */
#ifndef BP_EXCERPT_H
#define BP_EXCERPT_H

#include "encode/viterbi.h"
#include "model/model.h"

/*
 * Make *u of those pieces of m that occur in a text, which is in the model's normal form, and of the
 * single bytes, with numbers of its own; *entry, for free(), has that of each in the model.  Of a
 * model whose pieces do not go by (length, bytes) nothing is made: *entry is NULL.  m->ready is neither
 * used nor checked.  On failure both stay empty: as bp_automaton_init().
 */
bp_status bp_vocabulary_subset(struct vocabulary *u, uint32_t **entry, const struct model *m,
			  struct slice text, bp_error *err);

#endif
