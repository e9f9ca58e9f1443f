/*
 * rules.h - which strings may be pieces of a vocabulary: the one place that decides.
 *
 * Single bytes always are pieces and are not asked for.
 */
#ifndef BP_RULES_H
#define BP_RULES_H

#include "base/base.h"
#include "bytepiece_files.h"
#include "counts/table.h"

struct piece_rules {
	uint32_t max_length;	/* in bytes */
	uint64_t min_count;	/* of occurrences, and of uses */
	bool whole_characters;	/* nothing but whole characters of UTF-8 */
	bp_across_spaces across_spaces;
	bool isolate_digits;	/* no digit beside anything else */
	const struct table *words;	/* of the text; NULL while they are not known; borrowed */
};

/* May this string of two bytes or more be a piece?  Nothing but newlines may follow a newline, so
 * that no piece reaches over the end of a segment. */
bool bp_may_be_piece(const struct piece_rules *r, struct slice s);

#endif
