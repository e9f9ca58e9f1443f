/* words.h - the words of a sample: what stands between spaces, newlines and the ends of segments. */
#ifndef BP_WORDS_H
#define BP_WORDS_H

#include "counts/table.h"
#include "train/sample.h"

/* Words of more bytes than 'longest' are left out; 'isolate_digits': segments were
 * also cut before and after digits, maybe inside words. */
bp_status bp_words_collect(struct table *words, const struct sample *s, size_t longest,
			   bool isolate_digits, bp_error *err);

#endif
