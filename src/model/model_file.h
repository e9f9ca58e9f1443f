/* model_file.h - reading and writing of model files, in JSON or in the binary form. */
#ifndef BP_MODEL_FILE_H
#define BP_MODEL_FILE_H

#include <stdio.h>

#include "model/model.h"

/* Read a model from the file 'path' ("-": standard input), or from memory, where 'name' stands for
 * the file in messages.  The first byte tells the form.  On failure *m is empty. */
bp_status bp_model_read(struct model *m, const char *path, bp_error *err);
bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err);

/* The two forms in memory; the layouts are described in model_json.c and model_binary.c. */

/* Read a model from 'f' (borrowed) if it is not NULL, else from 'text'; 'name' is for messages.  On
 * failure *m is empty. */
bp_status bp_model_from_json(struct model *m, FILE *f, struct slice text, const char *name,
			     bp_error *err);
/* Append the JSON form of the model to 'out'. */
bp_status bp_model_to_json(const struct model *m, struct buf *out, bp_error *err);

/* The first byte of the file; no JSON begins with it. */
enum { BP_BINARY_FIRST = 0x89 };

/*
 * Read a model from 'f' (borrowed) if it is not NULL, else from 'data'; 'name' is for messages.
 * On failure *m is empty.
 *
 * The input is not trusted: nothing is read or written out of bounds, and memory beyond a first
 * part is taken only as the input turns out to be long enough.  Two properties are left to the
 * verification of m->stored (encode/automaton_verify.h): the order of the pieces' bytes, and that
 * no two pieces are equal.
 */
bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err);
/* Append the binary form of the model to 'out', with the arrays of the automaton of its pieces. */
bp_status bp_model_to_binary(const struct model *m, const struct stored_automaton *r,
			     struct buf *out, bp_error *err);

#endif
