/*
 * settings.h - options that counts depend on, as words: "bytepiece=1 recipe=default ...".
 *
 * Files of counts and plans begin with them, and counts of two files are added up only if their
 * settings are equal, byte for byte.  So each option that changes counts or the fit is a word,
 * and equal options give equal words.  A constraint on pieces (rules.h) that is not a word would
 * be lost when a training is done in parts.
 */
#ifndef BP_SETTINGS_H
#define BP_SETTINGS_H

#include "base/base.h"
#include "bytepiece_files.h"

/* Append the words of the options.  False if memory is out. */
bool bp_settings_write(const bp_train_options *o, bp_records records, struct buf *out);

/*
 * Set the options that the words at the beginning of *words tell, and move *words behind them, to
 * the words that the caller has appended.  False if a word is missing, or is not written as
 * bp_settings_write() writes it.
 */
bool bp_settings_read(struct slice *words, bp_train_options *o, bp_records *records);

/*
 * Append " name=value" with a decimal number, without the space if *out is empty; and read that
 * word from the beginning of *words, and move *words behind it.  bp_word_write() is false if memory
 * is out, bp_word_read() if *words does not begin with the word; it then moves behind a space at
 * most.
 */
bool bp_word_write(struct buf *out, const char *name, uint64_t value);
bool bp_word_read(struct slice *words, const char *name, uint64_t *value);

#endif
