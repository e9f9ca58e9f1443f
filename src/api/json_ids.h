/*
 * json_ids.h - ids in the JSON objects of BP_FORMAT_JSON, read byte by byte.
 *
 * A reader needs no memory for an object: it takes the numbers of the member "ids" and passes over
 * all other members.
 */
#ifndef BP_JSON_IDS_H
#define BP_JSON_IDS_H

#include "base/base.h"

/* Event that a byte completes. */
enum json_ids_event {
	JSON_IDS_NONE = 0,
	JSON_IDS_NUMBER,	/* an id, in 'id' */
	JSON_IDS_END,		/* the end of an object */
	JSON_IDS_WRONG		/* the byte is not part of such an object; 'why' is the reason */
};

enum json_ids_state {
	JSON_IDS_BETWEEN = 0,	/* before an object */
	JSON_IDS_NAME,		/* before the name of a member */
	JSON_IDS_IN_NAME,
	JSON_IDS_COLON,
	JSON_IDS_VALUE,		/* before a value */
	JSON_IDS_LIST,		/* in the array of ids */
	JSON_IDS_SKIP,		/* in a value that is passed over */
	JSON_IDS_BEHIND		/* behind a value */
};

/* Starts as zero. */
struct json_ids {
	enum json_ids_state state;
	uint64_t id;		/* the number; larger ones than 32 bits hold stay larger */
	const char *why;
	char name[4];		/* the first bytes of a member's name */
	size_t n_name, depth;	/* depth: of arrays and objects in the value that is passed over */
	bool in_number, in_string, is_escaped, has_ids;
	bool after_number;	/* in the array of ids: a number is complete, no comma behind it */
	bool after_comma;
};

enum json_ids_event bp_json_ids_byte(struct json_ids *s, unsigned char c);
/* Pass over bytes at the beginning of p[0..n) that complete no event, up to a newline at most;
 * returns their number.  Faster than byte by byte. */
size_t bp_json_ids_skip(struct json_ids *s, const unsigned char *p, size_t n);

#endif
