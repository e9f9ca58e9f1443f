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

#define BYTES_4(c) (c), (c) + 1, (c) + 2, (c) + 3
#define BYTES_16(c) BYTES_4(c), BYTES_4((c) + 4), BYTES_4((c) + 8), BYTES_4((c) + 12)
#define BYTES_64(c) BYTES_16(c), BYTES_16((c) + 16), BYTES_16((c) + 32), BYTES_16((c) + 48)

struct slice bp_single_byte(size_t c)
{
	static const unsigned char byte[] = {
		BYTES_64(0), BYTES_64(64), BYTES_64(128), BYTES_64(192)
	};

	return (struct slice){ &byte[c], 1 };
}
