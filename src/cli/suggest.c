#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 31 };	/* longer words get no hint */

/* Case, and which of the two dashes, is no difference worth a mention. */
static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Letters to insert, drop, replace, or swap with the next, to make one word of the other (optimal
 * string alignment).  d[i] is for the first i letters of a; the rows are those of b.
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
	/* What begins like it may be longer by any number of letters. */
	if (n->len >= 2 && n->len < len && memcmp(n->word, candidate, n->len) == 0)
		d = 1;
	/* A third of the letters may be wrong, and one in any case but that it is the only one. */
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
