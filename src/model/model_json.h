/*
 * model_json.h - JSON form of a model file, compatible with the Python package bytepiece.
 *
 * A model whose settings are the Python package's (normal form C, no further special tokens) is
 * written in the layout of version 0.6.3 of that package, byte for byte as the package writes it:
 *	{ "BASE64": [ID, "TEXT", COUNT], ... }
 * in the order of the ids, which may be any.  For other models this object is the member "pieces"
 * of an object whose member "bytepiece" has the settings, so that the Python package refuses the
 * file:
 *	{ "bytepiece": { "version": 1, "normalize": "nfc" or "none", "specials": ["<pad>", ...] },
 *	  "pieces": { ... } }
 * "specials" lists the names of all special tokens in the order of their ids: the first three have
 * the ids 0 to 2, the others the ids that no piece has.  The reader accepts every valid JSON text
 * with such a content, with members in any order.
 */
#ifndef BP_MODEL_JSON_H
#define BP_MODEL_JSON_H

#include <stdio.h>

#include "model/model.h"

/* Read a model from 'f' (borrowed) if it is not NULL, else from 'text'; 'name' is for messages.  On
 * failure *m is empty. */
bp_status bp_model_from_json(struct model *m, FILE *f, struct slice text, const char *name,
			     bp_error *err);
/* Append the JSON form of the model to 'out'. */
bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err);

#endif
