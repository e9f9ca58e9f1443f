/*
 * unicode.h - character properties and canonical (de)composition, from the Unicode Character
 * Database.
 *
 * The tables are in unicode_tables.inc, which src/text/gen/unicode_tables.c writes; its first line
 * names the version of Unicode.  All functions may be called from any thread.
 */
#ifndef BP_UNICODE_H
#define BP_UNICODE_H

#include "base/base.h"

enum {
	BP_NOT_BOUNDARY = 1,	/* may interact with the text before: ccc > 0, or NFC_QC not Yes */
	BP_DIGIT = 2,		/* a decimal digit: general category Nd */
	BP_MAY_CHANGE = 4,	/* NFC_QC not Yes: may change even if the marks before it are in
				 * order */
	BP_HIDDEN = 8,		/* control or format character (bidirectional and zero-width marks
				 * among them) or blank: general category Cc, Cf, Zs, Zl or Zp */
	BP_WORD = 16,		/* letter, mark or number: general category L*, M* or N* */
	BP_SYMBOL = 32		/* punctuation or symbol: general category P* or S* */
};

struct unicode_class {
	unsigned char ccc;	/* canonical combining class */
	unsigned char flags;
};

struct unicode_class bp_unicode_class(uint32_t code);

/* The flags of the unit of UTF-8 (utf8.h) with k bytes at 's'; 0 of a malformed byte. */
unsigned bp_unit_flags(const unsigned char *s, size_t k);

/*
 * Bit maps for the quick check, by the bits of a character of two or three bytes before its last
 * byte: bit i is set if the character with last byte 0x80 + i is no normalisation boundary.  An
 * index that no well-formed character has gives 0.
 */
extern const uint64_t bp_not_boundary_2[32], bp_not_boundary_3[1024];

/* Write the full canonical decomposition, 1 to 4 characters, and return its length. */
size_t bp_unicode_decompose(uint32_t code, uint32_t out[4]);

/* The primary composite of two characters, or 0 if there is none. */
uint32_t bp_unicode_compose(uint32_t first, uint32_t second);

/* True if any primary composite begins with the character. */
bool bp_unicode_composes(uint32_t first);

#endif
