/*
 * json.h - a pull reader of JSON (RFC 8259) from memory or a stream, with byte offsets.
 *
 * It holds one block of input and one string, so that neither the length of a file nor the depth
 * of its values needs memory.  The caller asks for what should come; anything else is an error.
 */
#ifndef BP_JSON_H
#define BP_JSON_H

#include <stdio.h>

#include "base/base.h"

struct json {
	const char *name;	/* for messages */
	const unsigned char *p, *end;
	uint64_t offset;	/* of 'end' in the input */
	FILE *f;		/* NULL: all is in memory */
	unsigned char *block;
	struct buf string;
	bp_error *err;
	bp_status status;	/* of the first failure */
};

/* From 'f' (borrowed) if it is not NULL, else from 'text'. */
bp_status bp_json_init(struct json *j, FILE *f, struct slice text, const char *name,
		       bp_error *err);
void bp_json_release(struct json *j);

/* Byte offset of what comes next. */
uint64_t bp_json_offset(const struct json *j);

/* Skip blanks and look at the next byte; -1 at the end or after a failure. */
int bp_json_peek(struct json *j);

/* Skip blanks, then expect this byte; 'what' names it in the message. */
bool bp_json_expect(struct json *j, unsigned char c, const char *what);

/*
 * Between values of an object or array that ends with 'close': true after a comma, or at once if
 * 'first' (then clears it) and the thing is not empty; false at its end, or after a failure.
 */
bool bp_json_next(struct json *j, unsigned char close, bool *first);

/* A string into j->string, as UTF-8; lone surrogates, which have no UTF-8, are an error. */
bool bp_json_string(struct json *j);

/* A whole number from 0 to 2^63 - 1; 'what' names it in messages. */
bool bp_json_number(struct json *j, const char *what, uint64_t *value);

/* Blanks up to the end of the input. */
bool bp_json_end(struct json *j);

/* Fail at an offset; returns false. */
bool bp_json_fail(struct json *j, uint64_t pos, const char *reason);

#endif
