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

/* Folders of exports: how they are recognised, and the files in them (export_files.c). */

/* Does a path name a folder: one that is there, or any name with a slash at its end? */
bool bp_is_folder(const char *path);

/* The path of a file of the export in a folder, for free(); NULL if memory is out. */
enum folder_file { FOLDER_CONFIG, FOLDER_TOKENIZER, N_FOLDER_FILES };
char *bp_folder_file(const char *folder, enum folder_file file);

#endif
