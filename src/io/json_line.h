/*
 * json_line.h - the text of a line of JSON: a string member of an object (RFC 8259).
 *
 * The whole line is checked, and members that are not asked for are passed over.  Beyond the RFC,
 * numbers may be NaN, Infinity and -Infinity, which Python's module json writes, and bytes that
 * are no UTF-8 stay as they are; only FF is refused, so that it can serve as an end mark.
 */
#ifndef BP_JSON_LINE_H
#define BP_JSON_LINE_H

#include "base/base.h"

enum json_line {
	BP_JSON_LINE_TEXT,	/* the text has been appended */
	BP_JSON_LINE_BLANK,	/* no byte but spaces, tabs and carriage returns */
	BP_JSON_LINE_WITHOUT,	/* an object without the member, or the member is no string */
	BP_JSON_LINE_DAMAGED,
	BP_JSON_LINE_MEMORY	/* memory is out */
};

/* Where a line is damaged, as an offset in it, and the reason. */
struct json_line_fault {
	size_t at;
	const char *why;
};

/*
 * Append the value of the member 'field' of the object that 'line' holds, which has no newline, to
 * 'out'.  If the member occurs several times, the last one counts, as in Python and JavaScript.
 * Unless the result is BP_JSON_LINE_TEXT, 'out' keeps its length; *fault is set for
 * BP_JSON_LINE_DAMAGED alone.
 */
enum json_line bp_json_line_text(struct slice line, struct slice field, struct buf *out,
				 struct json_line_fault *fault);

/* Set *err to the message of a line without a text: BP_JSON_LINE_WITHOUT, _DAMAGED or _MEMORY. */
bp_status bp_json_line_fail(bp_error *err, const char *name, uint64_t number, enum json_line result,
			    const char *field, const struct json_line_fault *fault);

#endif
