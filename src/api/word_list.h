/* word_list.h - words with their counts, read from files of lines "word<TAB>count". */
#ifndef BP_WORD_LIST_H
#define BP_WORD_LIST_H

#include "base/base.h"
#include "counts/table.h"

struct word_list {
	struct table words;
	uint64_t total;		/* of all counts, below 2^63 */
	bool normalize;		/* bring words into Normalization Form C */
	/* Private. */
	struct buf line, scratch;
};

/*
 * Add the words of a file.  A word is all before the line's last tab, with \xNN, \t, \n and \\ for
 * bytes.  Errors name the line.
 */
bp_status bp_word_list_read(struct word_list *w, const char *path, bp_error *err);
void bp_word_list_release(struct word_list *w);

#endif
