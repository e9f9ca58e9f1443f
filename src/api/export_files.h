/* export_files.h - folders of exports: how they are recognised, and the files in them. */
#ifndef BP_EXPORT_FILES_H
#define BP_EXPORT_FILES_H

#include "bytepiece_files.h"

/* Does a path name a folder: one that is there, or any name with a slash at its end? */
bool bp_is_folder(const char *path);

/* The path of a file of the export in a folder, for free(); NULL if memory is out. */
enum folder_file { FOLDER_CONFIG, FOLDER_TOKENIZER, N_FOLDER_FILES };
char *bp_folder_file(const char *folder, enum folder_file file);

#endif
