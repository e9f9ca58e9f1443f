/* json_files.h - texts as objects of JSON, one a line. */
#ifndef BP_JSON_FILES_H
#define BP_JSON_FILES_H

#include "encode/loaded_model.h"
#include "bytepiece_files.h"

/* 'unprepared': NULL, or the model if it is not prepared yet. */
bp_status bp_encode_json(const bp_model *m, const struct unprepared_model *unprepared,
			 const bp_input *in, const char *out, bp_error *err);

#endif
