/*
 * npy.h - the format "npy": one array of all ids in a file that NumPy opens.
 *
 * Version 1.0 of NumPy's format (numpy.lib.format): a header of fixed length, which tells the type
 * and the number of the ids, and then the ids as in the formats of raw ids.  The number is known
 * last, so the header is written again at the end.
 */
#ifndef BP_NPY_H
#define BP_NPY_H

#include "base/base.h"

enum { BP_NPY_HEADER = 128 };	/* bytes; a multiple of 64, so that ids in memory are aligned */

/* The header of an array of n ids of 'width' bytes each. */
void bp_npy_header(unsigned char out[BP_NPY_HEADER], unsigned width, uint64_t n);

#endif
