/*
 * automaton_verify.h - verification of the automaton stored in a binary model file.
 *
 * Verifying takes a fraction of the time of building.  Whatever a file holds, with a verified
 * automaton a search stays within the arrays, ends, and finds at each byte only pieces that the
 * text has there, a single byte among them: so decoding gives the text back.  It is not verified
 * that links are the longest possible, which would take twice the time: a wrong link can only be
 * in a file that somebody made so, and a search with it finds another segmentation, as with wrong
 * counts.
 */
#ifndef BP_AUTOMATON_VERIFY_H
#define BP_AUTOMATON_VERIFY_H

#include "encode/automaton.h"
#include "model/model.h"

/*
 * Verify the automaton stored in m->stored and convert it in place to the encoding that searches
 * use (automaton.h).  Call once per model; *a borrows the model's arrays, so release it before the
 * model.
 *
 * Also verifies that the pieces are distinct and in order, and that no link leads to a special
 * token.  Takes linear time, except that strings of more than seven bytes may be compared in full
 * for each state.  On BP_EFORMAT the message names the file, 'name', and the offset of the fault.
 * On BP_EFORMAT and BP_ENOMEM *a is empty.
 */
bp_status bp_automaton_verify(struct automaton *a, const struct model *m, const char *name,
			      bp_error *err);

/*
 * Set *r to the content that a binary model stores of an automaton: slot is a converted copy, for
 * free(); the other arrays are borrowed from *a.  False if memory is out.
 */
bool bp_automaton_store(const struct automaton *a, struct stored_automaton *r);

#endif
