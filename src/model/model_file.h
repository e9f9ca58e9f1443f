/* model_file.h - reading and writing of model files, in JSON or in the binary form. */
#ifndef BP_MODEL_FILE_H
#define BP_MODEL_FILE_H

#include "model/model.h"

/* Read a model from the file 'path' ("-": standard input), or from memory, where 'name' stands for
 * the file in messages.  The first byte tells the form.  On failure *m is empty. */
bp_status bp_model_read(struct model *m, const char *path, bp_error *err);
bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err);

/* Write the bytes of a model (model_json.h, model_binary.h) to a file, which appears whole or not
 * at all.  api/save.h checks first that they load. */
bp_status bp_model_write(struct slice bytes, const char *path, bp_error *err);

#endif
