/* remove_list.h - file of pieces to remove: each a line, up to a tab, escaped as in lists. */
#ifndef BP_CLI_REMOVE_LIST_H
#define BP_CLI_REMOVE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "bytepiece_files.h"

struct remove_list {
	bp_bytes *piece;	/* n of them, in 'text' */
	size_t n;
	char *text;
};

/* Read a file, "-" for standard input.  False, with a message, if that fails. */
bool remove_list_read(struct remove_list *l, const char *path);
void remove_list_release(struct remove_list *l);

#endif
