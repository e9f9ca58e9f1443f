/* model_file.h - models from files and to them, in either form. */
#ifndef BP_MODEL_FILE_H
#define BP_MODEL_FILE_H

#include "model/model.h"

/* Read a model from a file, or from memory under a name for messages. */
bp_status bp_model_read(struct model *m, const char *path, bp_error *err);
bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err);

/*
 * Write it to a file, which appears whole or not at all: as JSON, or in the binary form with the
 * automaton of its pieces.
 */
bp_status bp_model_write(const struct model *m, const char *path, bp_error *err);
bp_status bp_model_write_binary(const struct model *m, const struct stored_automaton *r, const char *path,
				bp_error *err);

#endif
