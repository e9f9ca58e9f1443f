/* huggingface.h - a model as the library "tokenizers" of Hugging Face reads it: tokenizer.json. */
#ifndef BP_HUGGINGFACE_H
#define BP_HUGGINGFACE_H

#include "export/alphabet.h"

/*
 * Append the JSON, names as of bp_export_names().  A Unigram model over the characters of alphabet.h, with all ids as they are;
 * its search adds doubles and breaks ties as this library does, so that ids are the same.
 */
bp_status bp_to_huggingface(const struct model *m, const struct buf *name,
			    struct buf *out, bp_error *err);

#endif
