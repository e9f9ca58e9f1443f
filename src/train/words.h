/* words.h - the words of a sample: strings between spaces, newlines and ends of segments. */
#ifndef BP_WORDS_H
#define BP_WORDS_H

#include "counts/table.h"
#include "train/sample.h"

/*
 * Count the words of up to 'longest' bytes of a sample in the table 'words'.  Words that
 * training may have cut into several segments are left out, since only a part of them is known:
 * at the bounds of blocks, in very long lines, and with 'isolate_digits' before and after
 * digits.
 */
bp_status bp_words_collect(struct table *words, const struct sample *s, size_t longest,
			   bool isolate_digits, bp_error *err);

#endif
