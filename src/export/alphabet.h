/*
 * alphabet.h - bytes as characters, for formats whose pieces have to be valid UTF-8.
 *
 * The alphabet is that of GPT-2 (Radford et al. 2019), which other tokenizers call byte level: the
 * printable characters of Latin-1 stand for themselves, the other bytes in ascending order are
 * U+0100, U+0101 and so on.  A blank is U+0120.
 */
#ifndef BP_ALPHABET_H
#define BP_ALPHABET_H

#include "base/base.h"
#include "model/model.h"

/* The character of a byte. */
uint32_t bp_alphabet(unsigned char c);

/* Append bytes as characters in UTF-8.  False if memory is out, as below. */
bool bp_alphabet_append(struct buf *out, struct slice s);

/* The tokens that stand for no bytes: those of a model, and one that some formats need as well. */
enum common_special { SPECIAL_PAD, SPECIAL_BOS, SPECIAL_EOS, SPECIAL_UNK, N_COMMON_SPECIALS };

/*
 * Set N_COMMON_SPECIALS names and one for each special token in m->special, all of which were empty and are
 * to be released by the caller: "<pad>" and so on, with as many underscores behind it as make it
 * the text of no other token.  False if memory is out.
 */
bool bp_export_names(const struct model *m, struct buf *name);

#endif
