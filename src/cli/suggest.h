/* suggest.h - which word was meant by a mistyped one? */
#ifndef BP_CLI_SUGGEST_H
#define BP_CLI_SUGGEST_H

#include <stddef.h>

/* Zero but for 'word' to begin with; then each word that it may be goes to suggest_try(). */
struct suggestion {
	const char *word;		/* as it was typed */
	size_t len;
	const char *best;		/* the nearest so far, or NULL if none is near */
	size_t best_len;
	size_t distance;		/* of 'best' */
};

void suggest_try(struct suggestion *n, const char *candidate, size_t len);

/* For the end of a message: "; did you mean 'BEST'?", with 'prefix' before BEST; or nothing. */
const char *suggest_hint(const struct suggestion *n, const char *prefix, char text[80]);

#endif
