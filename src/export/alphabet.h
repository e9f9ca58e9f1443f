/*
 * alphabet.h - byte-level alphabet: bytes as printable characters, for formats whose pieces must
 * be UTF-8.
 *
 * The alphabet is that of GPT-2 (Radford et al. 2019), which other tokenizers call byte level.
 * The printable characters of Latin-1 stand for their own bytes; the other bytes, in ascending
 * order, are U+0100, U+0101 and so on.  A blank is U+0120.
 */
#ifndef BP_ALPHABET_H
#define BP_ALPHABET_H

#include "base/base.h"
#include "model/model.h"

/* The character of a byte. */
uint32_t bp_alphabet(unsigned char c);

/* Append bytes as characters in UTF-8.  False if memory is out. */
bool bp_alphabet_append(struct buf *out, struct slice s);

/*
 * True if a text of valid UTF-8 is one of the alphabet for other bytes: all its characters are
 * letters of the alphabet, and not all of them ASCII.  A decoder of such bytes changes it.
 */
bool bp_alphabet_changes(struct slice s);

/* Special tokens that every export names: the first three of a model, and the unknown token that
 * some formats require. */
enum common_special { SPECIAL_PAD, SPECIAL_BOS, SPECIAL_EOS, SPECIAL_UNK, N_COMMON_SPECIALS };

/* The texts of pieces in an export: characters of the alphabet; or their bytes, but "<0xNN>" for a
 * byte that is no text by itself. */
enum piece_texts { TEXTS_IN_ALPHABET, TEXTS_IN_BYTES };

/* Write "<0xNN>", the text of a byte in upper-case hexadecimal digits. */
enum { BYTE_TEXT = 6 };
void bp_byte_text(unsigned char c, char text[BYTE_TEXT + 1]);

/*
 * Names of special tokens in an export: name[0] to name[N_COMMON_SPECIALS - 1], then one for each
 * element of m->special.  A name that is also the text of a piece, or another token's name, gets
 * underscores at its end until it is unique; of TEXTS_IN_BYTES, "<0x01>" to "<0x7F>" are free, and
 * the other bytes' texts are taken.  The buffers must be empty; the caller releases them.  False if
 * memory is out.
 */
bool bp_export_names(const struct model *m, enum piece_texts texts, struct buf *name);

#endif
