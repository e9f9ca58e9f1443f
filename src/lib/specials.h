/* specials.h - the names of a model's special tokens, to be found in text (names.h). */
#ifndef BP_SPECIALS_H
#define BP_SPECIALS_H

#include "encode/encoder.h"
#include "encode/names.h"

/* On failure *t stays empty. */
bp_status bp_special_names(struct names *t, const bp_model *m, bp_error *err);

#endif
