/* special_names.h - the names of a model's special tokens, to be found in text (special_matcher.h). */
#ifndef BP_SPECIAL_NAMES_H
#define BP_SPECIAL_NAMES_H

#include "encode/encoder.h"
#include "encode/special_matcher.h"

/* On failure *t stays empty. */
bp_status bp_special_names(struct special_matcher *t, const bp_model *m, bp_error *err);

#endif
