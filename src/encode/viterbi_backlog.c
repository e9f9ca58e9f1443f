#include "encode/viterbi_backlog.h"

#include <stdlib.h>
#include <string.h>

/* A word is a choice, or a copy: how far back, less one, and how many choices. */
#define COPY 0x80000000u
enum { LENGTH_BITS = 24, LENGTH = (1 << LENGTH_BITS) - 1, FARTHEST = 64, WORTH_IT = 3 };

void bp_backlog_release(struct backlog *f)
{
	bp_backlog_drop(f, f->n);
	free(f->block);
	free(f->choice);
	*f = (struct backlog){ 0 };
}

/* How many choices from the i-th on are those 'back' places before. */
static size_t repeats(const uint32_t *choice, size_t i, size_t n, size_t back)
{
	size_t at = i;

	while (at < n && choice[at] == choice[at - back])
		at++;
	return at - i;
}

/* The longest copy that there is from the i-th choice on; *back is where the last one was from. */
static size_t find_copy(const uint32_t *choice, size_t i, size_t n, size_t *back)
{
	size_t best = *back <= i ? repeats(choice, i, n, *back) : 0, k, d;

	for (d = 1; d <= FARTHEST && d <= i && best < 2 * FARTHEST; d++)
		if ((k = repeats(choice, i, n, d)) > best) {
			best = k;
			*back = d;
		}
	return best;
}

static size_t pack(const uint32_t *choice, size_t n, uint32_t *word)
{
	size_t i, k, back = 1, n_words = 0;

	for (i = 0; i < n; i += k) {
		k = find_copy(choice, i, n, &back);
		if (k >= WORTH_IT) {
			word[n_words++] = COPY | (uint32_t)(back - 1) << LENGTH_BITS | (uint32_t)k;
		} else {
			word[n_words++] = choice[i];
			k = 1;
		}
	}
	return n_words;
}

bool bp_backlog_push(struct backlog *f, const uint32_t *choice, size_t n)
{
	uint32_t *word = bp_array(n, sizeof(*word)), *less;
	size_t n_words;

	if (word == NULL || !BP_GROW(f->block, f->cap, f->n + 1)) {
		free(word);
		return false;
	}
	n_words = pack(choice, n, word);
	if (n_words > 0 && (less = realloc(word, n_words * sizeof(*word))) != NULL)
		word = less;
	f->block[f->n++] = (struct backlog_block){ .word = word, .n_words = n_words, .n = n };
	return true;
}

uint32_t *bp_backlog_unpack(struct backlog *f, size_t block)
{
	const struct backlog_block *b = &f->block[block];
	size_t i, k, back, at = 0;

	if (!BP_GROW(f->choice, f->cap_choice, b->n))
		return NULL;
	for (i = 0; i < b->n_words; i++) {
		if (!(b->word[i] & COPY)) {
			f->choice[at++] = b->word[i];
			continue;
		}
		back = ((b->word[i] & ~COPY) >> LENGTH_BITS) + 1;
		for (k = b->word[i] & LENGTH; k > 0; k--, at++)
			f->choice[at] = f->choice[at - back];
	}
	return f->choice;
}

void bp_backlog_drop(struct backlog *f, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(f->block[i].word);
	if (n > 0)
		memmove(f->block, f->block + n, (f->n - n) * sizeof(*f->block));
	f->n -= n;
}
