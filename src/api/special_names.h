/* special_names.h - matcher for the names of all special tokens of a model
 * (encode/special_matcher.h). */
#ifndef BP_SPECIAL_NAMES_H
#define BP_SPECIAL_NAMES_H

#include "encode/encoder.h"
#include "encode/special_matcher.h"

/* The public header declares it as bp_specials. */
struct bp_specials {
	const bp_model *model;
	struct special_matcher names;
};

/* Make the matcher; the caller releases it.  On failure *t is empty. */
bp_status bp_special_names(struct special_matcher *t, const bp_model *m, bp_error *err);

#endif
