/*
 * sort.h - sorting of large arrays, with an end by signals.
 */
#ifndef BP_SORT_H
#define BP_SORT_H

#include "base/base.h"

/*
 * As qsort(): sort n elements of 'size' bytes.  The order of equal elements is not defined, so
 * output may only depend on a total order.  Above a few thousand elements it takes memory for
 * another n.  False if memory is out or a signal was caught (bp_fail_memory()); then the elements
 * are all there or not, and in any order: the array can only be released.
 */
bool bp_sort(void *array, size_t n, size_t size, int (*compare)(const void *, const void *));

#endif
