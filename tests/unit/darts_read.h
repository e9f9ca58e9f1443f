/*
 * darts_read.h - looking up keys in a double array as Darts-clone does, for tests of what writes
 * such arrays.
 */
#ifndef BP_TEST_DARTS_READ_H
#define BP_TEST_DARTS_READ_H

#include "base/endian.h"
#include "support.h"

/* The longest key that 's' begins with: its length, 0 if there is none, and its value. */
static inline size_t darts_longest(struct slice array, struct slice s, uint32_t *value)
{
	size_t n_units = array.n / 4, at = 0, longest = 0, i;
	uint32_t unit = bp_load32(array.p);

	at ^= unit >> 10;
	for (i = 0; i < s.n; i++) {
		at ^= s.p[i];
		T_OK(at < n_units, "unit %zu of %zu", at, n_units);
		unit = bp_load32(array.p + 4 * at);
		if ((unit & 0x800000FFu) != s.p[i])
			break;
		/* Bit 9 would say that the offset is in units of 256: it is not used. */
		T_OK((unit & 0x200) == 0, "unit %zu has bit 9", at);
		at ^= (unit & 0x7FFFFFFF) >> 10;
		if ((unit & 0x100) != 0) {
			T_OK(at < n_units, "unit %zu of %zu", at, n_units);
			*value = bp_load32(array.p + 4 * at) & 0x7FFFFFFF;
			longest = i + 1;
		}
	}
	return longest;
}

#endif
