/*
 * json.h - streaming JSON parser (RFC 8259) for files or memory, with byte offsets in its errors;
 * and a writer of strings.
 *
 * The caller asks for the value that must come next; any other value is an error.  The parser
 * holds one block of the input and one string, so that its memory does not grow with the length of
 * a file or with the depth of its values.  After the first failure every call returns false (or
 * -1), and 'status' is the reason.
 */
#ifndef BP_JSON_H
#define BP_JSON_H

#include <stdio.h>

#include "base/base.h"

struct json {
	const char *name;	/* for messages */
	const unsigned char *p, *end;
	uint64_t offset;	/* offset of 'end' in the input, in bytes */
	FILE *f;		/* NULL: the whole input is in memory */
	unsigned char *block;
	struct buf string;	/* the last string that was read */
	bp_error *err;
	bp_status status;	/* of the first failure */
};

/* Begin to read from 'f' (borrowed) if it is not NULL, else from 'text'. */
bp_status bp_json_init(struct json *j, FILE *f, struct slice text, const char *name,
		       bp_error *err);
void bp_json_release(struct json *j);

/* Byte offset of the next byte of the input. */
uint64_t bp_json_offset(const struct json *j);

/* Skip blanks and return the next byte without reading it; -1 at the end or after a failure. */
int bp_json_peek(struct json *j);

/* Skip blanks, then read the byte c; 'what' names it in the message of the failure. */
bool bp_json_expect(struct json *j, unsigned char c, const char *what);

/*
 * Begin the next value of an object or array that ends with 'close'.  True if there is a value:
 * *first, which is true before the first value, is cleared, and before later values a comma is
 * read.  False after the end, which is read, or after a failure.
 */
bool bp_json_next(struct json *j, unsigned char close, bool *first);

/* Read a string into j->string, as UTF-8.  Half of a surrogate pair is an error: UTF-8 cannot hold
 * it. */
bool bp_json_string(struct json *j);

/* Read an integer from 0 to 2^63 - 1; 'what' names it in messages. */
bool bp_json_number(struct json *j, const char *what, uint64_t *value);

/* Skip blanks; fail unless the input ends there. */
bool bp_json_end(struct json *j);

/* Fail with a reason at an offset of the input, or for lack of memory, unless there was a failure
 * before.  Return false. */
bool bp_json_fail(struct json *j, uint64_t pos, const char *fmt, ...) BP_PRINTF(3, 4);
bool bp_json_fail_memory(struct json *j);

/*
 * Append a string in quotation marks, as Python's json.dumps(ensure_ascii=False) writes
 * bytes.decode(errors="ignore"): malformed bytes are dropped.  False if memory is out.
 */
bool bp_json_put(struct buf *out, struct slice s);

#endif
