/* suggest.h - suggestion for a mistyped command, option or value: the known word nearest to it. */
#ifndef BP_CLI_SUGGEST_H
#define BP_CLI_SUGGEST_H

#include <stddef.h>

/* Start with 'word' and 'len' set and all else zero; pass every known word to suggest_try(). */
struct suggestion {
	const char *word;		/* the mistyped word */
	size_t len;			/* of 'word' */
	const char *best;		/* the nearest known word so far, or NULL if none is near */
	size_t best_len;
	size_t distance;		/* edits between 'word' and 'best' */
};

void suggest_try(struct suggestion *n, const char *candidate, size_t len);

/*
 * Format the end of a message in 'text' and return it: "; did you mean 'BEST'?" with 'prefix'
 * before BEST, or the empty string.
 */
const char *suggest_hint(const struct suggestion *n, const char *prefix, char text[80]);

#endif
