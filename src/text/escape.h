/*
 * escape.h - the escape \xNN: byte strings as printable text, and back; hexadecimal digits.
 *
 * Printable text is valid UTF-8 without blanks, so that byte strings can stand in lines and between
 * blanks: well-formed characters are copied, but each byte of a blank, of a control or format
 * character (BP_HIDDEN in unicode.h), the backslash and malformed bytes become \xNN with two
 * upper-case digits.  The public call bp_piece_bytes() (bytepiece.h) reverses it and is defined
 * here too.
 *
 * Messages and other output for people, where blanks divide words, use the public call
 * bp_printable() of this file: it copies the ASCII blank and the backslash, so that printable text
 * passes unchanged.
 */
#ifndef BP_ESCAPE_H
#define BP_ESCAPE_H

#include "base/base.h"

/* The longest text of one byte. */
enum { BP_ESCAPE_MAX = 4 };

/* Write the text of 's' to 'out' (room for BP_ESCAPE_MAX * s.n bytes) and return the end
 * of the text.  No NUL is added. */
unsigned char *bp_escape(unsigned char *out, struct slice s);

/* Append the text of 's'.  False if memory is out. */
bool bp_escape_append(struct buf *out, struct slice s);

/* Write the first cap - 1 bytes of the text of 's', and a NUL, if cap is not 0.  Returns the
 * length of the whole text without the NUL. */
size_t bp_escape_bounded(struct slice s, char *text, size_t cap);

/* Fail with BP_ERANGE and the message "WHAT 'TEXT' WHY", where TEXT is that of the first 40 bytes
 * of 's', and "..." if there are more. */
bp_status bp_fail_bytes(bp_error *err, const char *what, struct slice s, const char *why);

/* The value of a hexadecimal digit of either case, or -1. */
int bp_hex_digit(unsigned char c);

#endif
