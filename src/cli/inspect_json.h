/* inspect_json.h - the output of inspect -f json: one object, or for the vocabulary a line each. */
#ifndef BP_CLI_INSPECT_JSON_H
#define BP_CLI_INSPECT_JSON_H

#include "bytepiece_files.h"

/* The functions are false without memory. */

/* The model: size, special tokens, normalization, longest piece, counts. */
bool inspect_json_facts(const char *name, const bp_model *m);
/* An id as an object on a line: a piece, or a special token. */
bool inspect_json_id(const bp_model *m, uint32_t id);

#endif
