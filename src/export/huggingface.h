/* huggingface.h - a model as the library "tokenizers" of Hugging Face reads it: tokenizer.json. */
#ifndef BP_HUGGINGFACE_H
#define BP_HUGGINGFACE_H

#include "export/alphabet.h"

/*
 * Append the JSON, names as of bp_control_names().  A Unigram model over the characters of alphabet.h, with all ids as they are;
 * its search adds doubles and breaks ties as this library does, so that ids are the same.
 */
bp_status bp_to_huggingface(const struct model *m, const struct buf *name,
			    struct buf *out, bp_error *err);

/*
 * Append x, finite, so that readers of JSON get just this number: also those that take all digits
 * as a whole number, round it to a double and divide that by a power of ten, which rounds twice.
 * (Rust's serde_json does, unless it is built otherwise.)  For some three numbers in a thousand
 * there is no such text; these are written for readers that round correctly.  False if memory is
 * out.
 */
bool bp_put_double(struct buf *out, double x);

#endif
