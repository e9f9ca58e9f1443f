/*
 * viterbi_backlog.h - compressed back-pointers of a Viterbi search.
 *
 * A search keeps one back-pointer per byte, the last piece of the best path to the byte's end,
 * until all paths that can still win agree.  In repetitive text, like one character repeated
 * for megabytes, that may take the whole file.  There the back-pointers repeat as the text does, so
 * old ones are kept in blocks compressed by copies of earlier ones (LZ77: Ziv and Lempel 1977).
 */
#ifndef BP_VITERBI_BACKLOG_H
#define BP_VITERBI_BACKLOG_H

#include "base/base.h"

/* Stands for a back-pointer that lies on no path that can still win.  All others are below it. */
#define BP_BACKLOG_DEAD 0x7FFFFFFFu

/* Blocks of back-pointers, the oldest first.  All zero is a valid empty backlog. */
struct backlog {
	struct backlog_block {
		uint32_t *word;		/* compressed */
		size_t n_words;
		size_t n;		/* number of back-pointers */
		size_t leave;		/* scratch of the user */
	} *block;
	size_t n, cap;
	uint32_t *unpacked;		/* back-pointers of the block unpacked last */
	size_t cap_unpacked;
};

void bp_backlog_release(struct backlog *b);

/* Append a block of n > 0 back-pointers.  False if memory is out; then the backlog is unchanged. */
bool bp_backlog_push(struct backlog *b, const uint32_t *back, size_t n);
/* The back-pointers of block i, which the caller may change; valid until the next call.  NULL if
 * memory is out. */
uint32_t *bp_backlog_unpack(struct backlog *b, size_t i);
/* Release the first n blocks. */
void bp_backlog_drop(struct backlog *b, size_t n);

#endif
