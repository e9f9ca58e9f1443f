/*
 * copies.h - temporary copies of inputs that can be read only once (bp_input_copy()).
 */
#ifndef BP_COPIES_H
#define BP_COPIES_H

#include <stdio.h>

#include "bytepiece_files.h"

/* The stream of the copy of an input, to be read from its start; NULL if the input has none.  The
 * path is compared as a pointer: "-" may occur twice. */
FILE *bp_copy_of(const bp_input_copies *c, const char *path);

#endif
