/*
 * late_model.h - a model that is made ready to search with when it is known how much text there is.
 *
 * Of a short text it is only those pieces that the text can hold (encode/excerpt.h).
 */
#ifndef BP_LATE_MODEL_H
#define BP_LATE_MODEL_H

#include "encode/encoder.h"
#include "io/reader.h"

struct late_model {
	bp_model *model;	/* read, and not ready */
	const char *name;	/* of its file, for messages */
};

/*
 * Make it ready for texts that begin with 'first', which are the first chunk that r has filled; with
 * 'more' false there was none.  In a text with the names of special tokens the parts between them are
 * normalised, and these normal forms are not parts of that of the whole: then all pieces are made ready.
 */
bp_status bp_late_model_ready(const struct late_model *l, const struct reader *r,
			      const struct chunk *first, bool more, bool specials, bp_error *err);

#endif
