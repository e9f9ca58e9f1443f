/*
 * model_json.h - the JSON form of a model.
 *
 * A model that has nothing to say beyond it is written in the layout of the Python package
 * bytepiece 0.6.3, byte for byte as that writes it:
 *	{ "BASE64": [ID, "TEXT", COUNT], ... }
 * in the order of the ids, which may be any.  One with other settings or with more special tokens has
 * the same object as its member "pieces", beside a member "bytepiece" with the settings, so that the
 * Python package refuses it:
 *	{ "bytepiece": { "version": 1, "normalize": "nfc" or "none", "specials": ["<pad>", ...] },
 *	  "pieces": { ... } }
 * "specials" are the names of all special tokens in the order of their ids: of the first three these
 * are 0 to 2, of the others those that no piece has.  Reading takes any valid JSON with that content,
 * its members in any order.
 */
#ifndef BP_MODEL_JSON_H
#define BP_MODEL_JSON_H

#include <stdio.h>

#include "model/model.h"

/* From 'f' (borrowed) if it is not NULL, else from 'text'; 'name' is for messages. */
bp_status bp_model_from_json(struct model *m, FILE *f, struct slice text, const char *name,
			     bp_error *err);
/* Append the model to 'out'. */
bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err);

#endif
