/* save.h - writing a model file in either form; builds the automaton if the form needs it. */
#ifndef BP_SAVE_H
#define BP_SAVE_H

#include "bytepiece_files.h"
#include "encode/automaton.h"
#include "model/model.h"

/* Write a model to 'path', if it can be loaded: otherwise the call fails with BP_EFORMAT and the
 * reason, and an old file stays.  'a' is the automaton of its pieces; NULL: it is built if the form
 * needs it. */
bp_status bp_write_model(const struct model *m, const struct automaton *a, const char *path,
			 bp_model_form form, bp_error *err);

#endif
