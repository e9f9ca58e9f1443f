/* json_files.h - texts as objects of JSON, one a line. */
#ifndef BP_JSON_FILES_H
#define BP_JSON_FILES_H

#include "bytepiece_files.h"

bp_status bp_encode_json(const bp_model *m, const bp_input *in, const char *out, bp_error *err);

#endif
