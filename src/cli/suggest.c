#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 31 };	/* longer than any option; longer words get no suggestion */

/* Letters of both cases, and "-" and "_", count as equal: --Vocab_Size means --vocab-size. */
static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The number of edits that turn one word into the other: insert, delete or replace a letter, or
 * swap two neighbours (optimal string alignment distance).  d[j % 3][i] is the distance between the
 * first i letters of a and the first j letters of b; a row depends on the two before it.
 */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[3][LONGEST + 1], i, j, *now, *before, *first;

	for (i = 0; i <= n; i++)
		d[0][i] = i;
	for (j = 1; j <= m; j++) {
		now = d[j % 3];
		before = d[(j + 2) % 3];
		first = d[(j + 1) % 3];
		now[0] = j;
		for (i = 1; i <= n; i++) {
			now[i] = least(least(before[i], now[i - 1]) + 1,
				       before[i - 1] + (fold(a[i - 1]) != fold(b[j - 1])));
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				now[i] = least(now[i], first[i - 2] + 1);
		}
	}
	return d[m % 3][n];
}

void suggest_try(struct suggestion *n, const char *candidate, size_t len)
{
	size_t d;

	if (n->len == 0 || n->len > LONGEST || len > LONGEST)
		return;
	d = distance(n->word, n->len, candidate, len);
	/* A typed prefix of at least two letters is near the whole word, however long that is. */
	if (n->len >= 2 && n->len < len && memcmp(n->word, candidate, n->len) == 0)
		d = 1;
	/* Near: at most a third of the letters, rounded up, are wrong, and not all of them. */
	if (d > (n->len + 2) / 3 || d >= n->len || (n->best != NULL && d >= n->distance))
		return;
	n->best = candidate;
	n->best_len = len;
	n->distance = d;
}

const char *suggest_hint(const struct suggestion *n, const char *prefix, char text[80])
{
	text[0] = '\0';
	if (n->best != NULL)
		snprintf(text, 80, "; did you mean '%s%.*s'?", prefix, (int)n->best_len, n->best);
	return text;
}
