/* huggingface.h - export as tokenizer.json of the library Hugging Face tokenizers. */
#ifndef BP_HUGGINGFACE_H
#define BP_HUGGINGFACE_H

#include "export/alphabet.h"

/*
 * Append the JSON: a Unigram model over the characters of alphabet.h.  name[] is as of
 * bp_export_names(); all ids stay.  That library's search adds doubles and breaks ties as this one
 * does, so that its ids are equal.
 */
bp_status bp_to_huggingface(const struct model *m, const struct buf *name,
			    struct buf *out, bp_error *err);

#endif
