/*
 * formats.h - choices and help of the option -f of encode and decode, from the library's formats.
 */
#ifndef BP_CLI_FORMATS_H
#define BP_CLI_FORMATS_H

#include "bytepiece_files.h"

enum { FORMATS_MAX = 16 };

struct formats {
	char choices[200];		/* names, separated by "|", for OPT_TO_CHOICE() */
	char help[600];
	bp_format format[FORMATS_MAX];	/* of each choice */
	unsigned n;
};

/* List all formats, or only the decodable ones.  The first one is the default. */
void formats_list(struct formats *f, bool decodable);

#endif
