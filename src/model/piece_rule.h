/*
 * piece_rule.h - validity of a byte string as a piece of any vocabulary.
 *
 * Training (which adds rules of its own, train/rules.h), required pieces, word lists and edits ask
 * this rule; a message quotes its reason, so that one fault has one message.
 */
#ifndef BP_PIECE_RULE_H
#define BP_PIECE_RULE_H

#include "base/base.h"

/*
 * Returns true if encoding some text can give the piece 's', which is normalised: 's' is not empty,
 * has at most BP_PIECE_MAX bytes, and no segment ends inside it by the model's setting 'rule'
 * (text/cut.h).  Otherwise *why is the reason, as a constant string that continues "a piece
 * that ..."; 'why' may be NULL.
 */
bool bp_piece_possible(bp_newlines rule, struct slice s, const char **why);

/*
 * The part of the rule that concerns the length n in bytes: NULL, or the reason.  Model files are
 * held to this part only: a model made by another program may hold pieces that no text gives.
 */
const char *bp_piece_length_fault(size_t n);

/* The string of the single byte c, 0 to 255: a piece of every vocabulary, so that every text has a
 * path.  It is constant. */
struct slice bp_single_byte(size_t c);

#endif
