/*
 * draft.h - the automaton as a binary model holds it, and from that the automaton in a fraction of
 * the time that it takes to build one.
 *
 * A draft is the automaton's slots (automaton.h) with each state's link to the longest proper
 * suffix that is a state, rather than the one used in search.  All of it can be checked against the
 * pieces state by state in the order of their bytes, and what is not in it follows from it.  So
 * whatever a draft holds, it is either refused or gives exactly the automaton of the pieces.
 */
#ifndef BP_DRAFT_H
#define BP_DRAFT_H

#include "encode/automaton.h"
#include "model/model.h"

/* Make the slots of a draft of an automaton; the rest of *d stays empty. */
bp_status bp_draft_make(struct draft *d, const struct automaton *a, bp_error *err);

/*
 * Make the automaton of m->piece out of m->draft, which is empty afterwards.  Takes time in
 * proportion to the file whatever is in it.  BP_EFORMAT, naming the byte in the file 'name', if it
 * is not right; then, as without memory, *a stays empty.
 */
bp_status bp_automaton_from_draft(struct automaton *a, struct model *m, const char *name,
				  bp_error *err);

#endif
