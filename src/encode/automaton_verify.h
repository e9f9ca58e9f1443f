/*
 * automaton_verify.h - the automaton that a binary model holds, checked, in a fraction of the time that it
 * takes to build one.
 *
 * Whatever is in a file, an automaton that passes keeps within its arrays, comes to an end, and
 * finds at each byte only pieces that the text has there, a single byte among them: so decoding
 * gives the text back.  That a link is the longest possible is not checked, which would take twice
 * as long: it can be wrong only in a file that was made to be, as could its counts.
 */
#ifndef BP_AUTOMATON_VERIFY_H
#define BP_AUTOMATON_VERIFY_H

#include "encode/automaton.h"
#include "model/model.h"

/*
 * Make the automaton of m->piece out of m->stored, of which it is a part from now on, in another
 * form: so it is made once, and has to be released before the model.  Takes time in proportion to the
 * file, but that strings of more than seven bytes may be compared whole for each state.  Also checks
 * that the pieces are distinct and in order, and that special tokens are in no link.  BP_EFORMAT,
 * naming the byte in the file 'name', if something is wrong; then, as without memory, *a stays empty.
 */
bp_status bp_automaton_verify(struct automaton *a, const struct model *m, const char *name,
			    bp_error *err);

/*
 * The other way: what a binary model holds of an automaton, borrowed from it, but for r->slot, which is
 * for free().  False if memory is out.
 */
bool bp_automaton_store(const struct automaton *a, struct stored_automaton *r);

#endif
