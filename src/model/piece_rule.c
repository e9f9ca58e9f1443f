#include "model/piece_rule.h"

#include "bytepiece_files.h"

/* The message below spells the number. */
_Static_assert(BP_PIECE_MAX == 65535, "the longest piece");

const char *bp_piece_length_fault(size_t n)
{
	/* The binary form of a model stores a length in two bytes. */
	return n == 0 ? "is empty" : n > BP_PIECE_MAX ? "is over 65535 bytes" : NULL;
}

/*
 * A segment (text/cut.h) ends with its newlines, and no piece crosses the end of a segment: a piece
 * with another byte after a newline would take part of the counts' sum and never be used.
 */
static bool has_inner_newline(struct slice s)
{
	size_t i;

	for (i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\n' && s.p[i + 1] != '\n')
			return true;
	return false;
}

bool bp_piece_possible(struct slice s, const char **why)
{
	const char *fault = bp_piece_length_fault(s.n);

	if (fault == NULL && has_inner_newline(s))
		fault = "has other bytes after a newline, where every text is cut";
	if (why != NULL)
		*why = fault;
	return fault == NULL;
}
