/* outputs.h - checks of outputs: no input is replaced, and no file of another kind. */
#ifndef BP_OUTPUTS_H
#define BP_OUTPUTS_H

#include <stdbool.h>
#include <string.h>

#include "bytepiece_files.h"

/* Does the path of an input or output stand for a standard stream? */
static inline bool bp_is_standard_stream(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

/* As bp_output_check(), for the files of a call. */
static inline bp_status bp_output_check_input(const char *out, const bp_input *in, bp_error *err)
{
	return bp_output_check(out, in->path, in->n_paths, err);
}

#endif
