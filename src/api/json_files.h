/* json_files.h - texts as objects of JSON, one a line. */
#ifndef BP_JSON_FILES_H
#define BP_JSON_FILES_H

#include "api/late_model.h"

/* 'late': NULL, or the model if it is not ready yet. */
bp_status bp_encode_json(const bp_model *m, const struct late_model *late, const bp_input *in,
			 const char *out, bp_error *err);

#endif
