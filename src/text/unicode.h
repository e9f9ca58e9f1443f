/*
 * unicode.h - the properties of characters that tokenizing needs, from the Unicode Character
 * Database (unicode_tables.inc; its first line names the version).
 */
#ifndef BP_UNICODE_H
#define BP_UNICODE_H

#include "base/base.h"

enum {
	BP_NOT_BORDER = 1,	/* may change with what stands before it: ccc > 0 or NFC_QC not Yes */
	BP_DIGIT = 2,		/* decimal digit, general category Nd */
	BP_MAY_CHANGE = 4	/* NFC_QC is not Yes: marks in order before it or not, it may change */
};

struct unicode_class {
	unsigned char ccc;	/* canonical combining class */
	unsigned char flags;
};

struct unicode_class bp_unicode_class(uint32_t code);

/* First bytes of UTF-8 under which there is any digit: most text is passed over by these. */
extern const unsigned char bp_lead_digit[256];

/*
 * By the bits that stand in UTF-8 of two and of three bytes before the last byte: a bit for each
 * last byte with which a character is not a border.  None is where that is not well-formed.
 */
extern const uint64_t bp_not_border_2[32], bp_not_border_3[1024];

/* Write the full canonical decomposition (at most 4 characters) and return its length. */
size_t bp_unicode_decompose(uint32_t code, uint32_t out[4]);

/* The primary composite of two characters, or 0 if there is none. */
uint32_t bp_unicode_compose(uint32_t first, uint32_t second);

/* Is there any primary composite that it is the first character of? */
bool bp_unicode_composes(uint32_t first);

#endif
