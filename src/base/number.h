/*
 * number.h - conversions of numbers: doubles to integers without undefined behaviour, and to
 * decimal text that does not depend on the locale of the process; decimal text to counts.
 *
 * The rest of src/ but the program (cli, which keeps the locale "C") converts doubles by these
 * functions alone: tests/tree/style.sh holds that.
 */
#ifndef BP_NUMBER_H
#define BP_NUMBER_H

#include "base/base.h"

/*
 * The integer part of x, limited to 0 and 'most'; 0 for NaN.  A cast is undefined for NaN and for
 * values that the integer type cannot hold.
 */
static inline uint64_t bp_integer(double x, uint64_t most)
{
	/* 2^64 or more, and NaN, fail the comparison: (double)most may be rounded up to 2^64. */
	if (!(x >= 1))
		return 0;
	return x < 0x1p64 ? BP_MIN((uint64_t)x, most) : most;
}

/* a / b; 0 if b is 0.  Where a sum is empty, its mean and its shares are 0. */
static inline double bp_ratio(double a, double b)
{
	return b != 0 ? a / b : 0;
}

enum { BP_NUMBER_TEXT = 400 };	/* bytes: the longest double with BP_DIGITS_MAX decimals */
enum { BP_DIGITS_MAX = 17 };	/* with these digits no two doubles have equal text */

/*
 * Write x as decimal text that ends with NUL, with a dot whatever the locale is, and return its
 * length: with 'digits' digits, as printf() does for 'g'; with that number of decimals, as it does
 * for 'f'; or with the fewest digits from 15 on that give x when they are read.
 */
size_t bp_number_digits(char text[BP_NUMBER_TEXT], double x, int digits);
size_t bp_number_decimals(char text[BP_NUMBER_TEXT], double x, int decimals);
size_t bp_number_shortest(char text[BP_NUMBER_TEXT], double x);

/*
 * Read a count, decimal digits alone, from 1 to 2^63 - 1.  Returns NULL, or the fault, for a
 * message.
 */
const char *bp_count_fault(struct slice s, uint64_t *count);

#endif
