/*
 * charsmap.h - rules of normalisation as SentencePiece has them in a model.
 *
 * Going through the text, the longest key that matches is replaced by its value; what matches none
 * stays.  The form: the length of a double array (four bytes, lowest first), the array (darts.h),
 * and the values, each with a NUL behind it, at the offsets that the array gives.
 */
#ifndef BP_CHARSMAP_H
#define BP_CHARSMAP_H

#include "base/base.h"

/*
 * From bytes to the characters of alphabet.h.  With 'nfc' each character and each sequence that
 * Normalization Form C makes another character of is replaced by that: all of NFC but the
 * order of combining marks that do not become part of one character.
 */
bp_status bp_charsmap_bytes(bool nfc, struct buf *out, bp_error *err);

/* Back again.  NUL, which a value cannot hold, becomes U+2400, the symbol for it. */
bp_status bp_charsmap_text(struct buf *out, bp_error *err);

#endif
