/*
 * charsmap.h - normalisation rules of a SentencePiece model ("precompiled_charsmap").
 *
 * SentencePiece applies the rules from left to right: it replaces the longest key that the rest of
 * the text begins with by the key's value, and copies a character without a key.  Layout: the
 * length of a double array in bytes (4 bytes, little-endian), the array (darts.h), and the values,
 * each with a NUL at its end; the array maps keys to offsets of values.
 */
#ifndef BP_CHARSMAP_H
#define BP_CHARSMAP_H

#include "base/base.h"

/*
 * Append the rules that map bytes to the characters of alphabet.h.  With 'nfc' the rules also
 * replace each character and each sequence that Normalization Form C composes or replaces.  They
 * lack one part of normal form C: the order of combining marks that do not become part of a
 * character.
 */
bp_status bp_charsmap_bytes(bool nfc, struct buf *out, bp_error *err);

/* Append the rules that map characters back to bytes.  A value cannot hold a NUL: the rule for NUL
 * gives U+2400, the symbol for NUL. */
bp_status bp_charsmap_text(struct buf *out, bp_error *err);

#endif
