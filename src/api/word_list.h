/* word_list.h - word lists: words with counts, from files of lines "word<TAB>count". */
#ifndef BP_WORD_LIST_H
#define BP_WORD_LIST_H

#include "base/base.h"
#include "base/table.h"

struct word_list {
	struct table words;
	uint64_t total;		/* of all counts, below 2^63 */
	bool normalize;		/* bring words into Normalization Form C */
	bp_newlines newlines;	/* of the model: words that it cannot use are refused */
	/* Private. */
	struct buf line, scratch;
};

/*
 * Add the words of a file ("-": standard input).  A word ends at the line's last tab, and may
 * contain \xNN, \t, \n and \\ for bytes.  The counts of equal words are added.  Errors name file
 * and line.
 */
bp_status bp_word_list_read(struct word_list *w, const char *path, bp_error *err);
void bp_word_list_release(struct word_list *w);

#endif
