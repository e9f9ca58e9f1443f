#include "encode/viterbi_backlog.h"

#include <stdlib.h>
#include <string.h>

/*
 * A word is a back-pointer, or with the bit COPY set a copy of earlier back-pointers: distance - 1
 * in bits 24-30, length in bits 0-23.  Distances of more than 64 bytes are not tried: periods of
 * repetitive text are short, and text without a period seldom reaches the backlog.
 */
#define COPY 0x80000000u
enum {
	LENGTH_BITS = 24, LENGTH = (1 << LENGTH_BITS) - 1,
	FARTHEST = 64,
	LEAST_COPY = 3,			/* shorter copies save less than they cost to find */
	LONG_ENOUGH = 2 * FARTHEST	/* with a copy of this length no other distance is tried */
};

void bp_backlog_release(struct backlog *b)
{
	bp_backlog_drop(b, b->n);
	free(b->block);
	free(b->unpacked);
	*b = (struct backlog){ 0 };
}

/* How many back-pointers from the i-th on equal their predecessors at this distance. */
static size_t match_length(const uint32_t *back, size_t i, size_t n, size_t distance)
{
	size_t at = i;

	while (at < n && back[at] == back[at - distance])
		at++;
	return at - i;
}

/*
 * The length of the longest copy for the i-th back-pointer and its successors, with its distance
 * in *distance.  On entry that is the distance of the last copy.  It is tried first: a period that
 * continues is found without a search.
 */
static size_t find_copy(const uint32_t *back, size_t i, size_t n, size_t *distance)
{
	size_t best = *distance <= i ? match_length(back, i, n, *distance) : 0, k, d;

	for (d = 1; d <= FARTHEST && d <= i && best < LONG_ENOUGH; d++)
		if ((k = match_length(back, i, n, d)) > best) {
			best = k;
			*distance = d;
		}
	return best;
}

static size_t pack_block(const uint32_t *back, size_t n, uint32_t *word)
{
	size_t i, k, distance = 1, n_words = 0;

	for (i = 0; i < n; i += k) {
		k = BP_MIN(find_copy(back, i, n, &distance), LENGTH);
		if (k >= LEAST_COPY) {
			word[n_words++] = COPY | (uint32_t)(distance - 1) << LENGTH_BITS |
					  (uint32_t)k;
		} else {
			word[n_words++] = back[i];
			k = 1;
		}
	}
	return n_words;
}

bool bp_backlog_push(struct backlog *b, const uint32_t *back, size_t n)
{
	uint32_t *word = bp_array(n, sizeof(*word)), *less;
	size_t n_words;

	if (word == NULL || !BP_GROW(b->block, b->cap, b->n + 1)) {
		free(word);
		return false;
	}
	n_words = pack_block(back, n, word);
	if (n_words > 0 && (less = realloc(word, n_words * sizeof(*word))) != NULL)
		word = less;
	b->block[b->n++] = (struct backlog_block){ .word = word, .n_words = n_words, .n = n };
	return true;
}

uint32_t *bp_backlog_unpack(struct backlog *b, size_t i)
{
	const struct backlog_block *block = &b->block[i];
	size_t k, n, distance, at = 0;

	if (!BP_GROW(b->unpacked, b->cap_unpacked, block->n))
		return NULL;
	for (k = 0; k < block->n_words; k++) {
		if (!(block->word[k] & COPY)) {
			b->unpacked[at++] = block->word[k];
			continue;
		}
		distance = ((block->word[k] & ~COPY) >> LENGTH_BITS) + 1;
		/* One by one: a copy may overlap its own source, as a run of equal ones does. */
		for (n = block->word[k] & LENGTH; n > 0; n--, at++)
			b->unpacked[at] = b->unpacked[at - distance];
	}
	return b->unpacked;
}

void bp_backlog_drop(struct backlog *b, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(b->block[i].word);
	if (n > 0)
		memmove(b->block, b->block + n, (b->n - n) * sizeof(*b->block));
	b->n -= n;
}
