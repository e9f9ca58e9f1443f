/*
 * text_lines.h - a file of JSON lines, or of texts with weights, as a stream of texts, each with an
 * end mark behind it.
 *
 * JSON: the end mark is the byte FF: a line with it is refused as damaged, so that it is in no
 * text.  Blank lines give no text; U+FEFF at the start of a file is skipped.
 *
 * Weights: each line is a text, a tab (the last one of the line), and the weight, a decimal integer
 * from 1 on; a carriage return behind it is skipped.  The end mark is a newline.
 *
 * One line at a time is in memory.
 */
#ifndef BP_TEXT_LINES_H
#define BP_TEXT_LINES_H

#include <stdio.h>

#include "base/base.h"
#include "bytepiece_files.h"

/*
 * One line (json_line.c): a string member of an object (RFC 8259) as a text.
 *
 * The whole line is checked, and other members are passed over.  Beyond the RFC,
 * numbers may be NaN, Infinity and -Infinity, which Python's module json writes, and bytes that
 * are no UTF-8 stay as they are; only FF is refused, so that it can serve as an end mark.
 */

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

/* A file of lines (text_lines.c). */

enum { BP_JSON_LINES_MARK = 0xFF };

/* A line of the file. */
struct line_place {
	uint64_t offset;	/* of the line in the file */
	uint64_t line;		/* its index */
};

/* Used by one thread.  The caller sets the first group of members; the rest starts as zero. */
struct text_lines {
	FILE *f;
	const char *name;	/* for messages */
	size_t file;		/* index of its path */
	bp_json_lines options;
	bool weighted;		/* the lines are texts with weights, not JSON */
	bool prompt;		/* read no byte behind the newline of a line, and end a read with
				 * each text */

	/* Private. */
	struct buf raw;		/* bytes of the file; those from 'used' on are not decoded yet */
	size_t used;
	bool at_end;		/* no bytes of the file follow 'raw' */
	struct buf text;	/* of the current line, with its end mark; from 'given' on it is */
	size_t given;		/* not read yet */
	uint64_t *weight;	/* of the texts that were begun, in order; the reader of the stream
				 * takes them out */
	size_t n_weights, cap_weight;
	struct line_place here, next;	/* the current line, and the one behind it */
};

/* Start with the first line, where the file stands. */
void bp_text_lines_start(struct text_lines *j);

/*
 * Read up to 'room' bytes of the stream; *n is less only at the end of the file, or of a text with
 * 'prompt'.  *ended: no bytes follow.  BP_EFORMAT for a line without a text, unless such lines are
 * skipped, or without a weight.
 */
bp_status bp_text_lines_read(struct text_lines *j, unsigned char *to, size_t room, size_t *n,
			     bool *ended, bp_error *err);

void bp_text_lines_release(struct text_lines *j);

#endif
