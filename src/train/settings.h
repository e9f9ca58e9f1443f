/*
 * settings.h - what counts depend on, as words: "bytepiece=1 recipe=default texts=lines ...".
 *
 * Counts carry them, so that only what was counted alike is added up.
 */
#ifndef BP_SETTINGS_H
#define BP_SETTINGS_H

#include "base/base.h"
#include "bytepiece_files.h"

/* Append the words for the options that counting and all later steps depend on. */
bool bp_settings_write(const bp_train_options *o, bp_records records, struct buf *out);

/* Set what the words say, and move *words behind them to what follows, if anything.  False if a
 * word is not as it is written. */
bool bp_settings_read(struct slice *words, bp_train_options *o, bp_records *records);

/* The size of the sample, in bytes, that settings of counts tell; 0 if they are not readable. */
uint64_t bp_settings_sample(struct slice words);

/* " name=value" of a number, in decimal; and back, from the beginning of *words. */
bool bp_word_write(struct buf *out, const char *name, uint64_t value);
bool bp_word_read(struct slice *words, const char *name, uint64_t *value);

#endif
