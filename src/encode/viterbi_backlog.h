/*
 * viterbi_backlog.h - the choices of a search that lie far back and are still open, packed.
 *
 * A search writes down for each byte which piece ends the best path to there.  Where paths do not
 * meet for long, as in one character repeated for megabytes, these choices repeat as the text does:
 * so they are kept as copies of those some places before, in the manner of Ziv and Lempel (1977).
 */
#ifndef BP_VITERBI_BACKLOG_H
#define BP_VITERBI_BACKLOG_H

#include "base/base.h"

/* In place of a choice, which is below it: on no path that may still win. */
#define BP_BACKLOG_DEAD 0x7FFFFFFFu

/* Blocks of choices, the oldest first.  All zero is an empty one. */
struct backlog {
	struct backlog_block {
		uint32_t *word;
		size_t n_words, n;	/* n: choices */
		size_t leave;		/* for who goes through them */
	} *block;
	size_t n, cap;
	uint32_t *choice;		/* of the block unpacked last */
	size_t cap_choice;
};

void bp_backlog_release(struct backlog *f);

/* Append a block of n > 0 choices, less than 2^24.  False if memory is out; then nothing has changed. */
bool bp_backlog_push(struct backlog *f, const uint32_t *choice, size_t n);
/* The choices of a block, which the caller may change, until the next call.  NULL if memory is out. */
uint32_t *bp_backlog_unpack(struct backlog *f, size_t block);
/* Forget the first n blocks. */
void bp_backlog_drop(struct backlog *f, size_t n);

#endif
