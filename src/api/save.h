/* save.h - models written to files in the form that is asked for. */
#ifndef BP_SAVE_H
#define BP_SAVE_H

#include "bytepiece_files.h"
#include "encode/automaton.h"
#include "model/model.h"

/* 'a' is the automaton of the model's pieces; NULL: it is built if it is needed. */
bp_status bp_write_model(const struct model *m, const struct automaton *a, const char *path,
			 bp_model_form form, bp_error *err);

#endif
