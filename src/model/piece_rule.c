#include "model/piece_rule.h"

#include "bytepiece_files.h"
#include "text/cut.h"

/* The message below spells the number. */
_Static_assert(BP_PIECE_MAX == 65535, "the longest piece");

const char *bp_piece_length_fault(size_t n)
{
	/* The binary form of a model stores a length in two bytes. */
	return n == 0 ? "is empty" : n > BP_PIECE_MAX ? "is over 65535 bytes" : NULL;
}

/*
 * No piece crosses the end of a segment: one that does would take part of the counts' sum and never
 * be used.
 */
bool bp_piece_possible(bp_newlines rule, struct slice s, const char **why)
{
	const char *fault = bp_piece_length_fault(s.n);

	if (fault == NULL && bp_last_segment_end(rule, s) > 0)
		fault = rule == BP_NEWLINES_END
		      ? "has other bytes after a newline, where every text is cut"
		      : "has other bytes before a newline, where every text is cut";
	if (why != NULL)
		*why = fault;
	return fault == NULL;
}
