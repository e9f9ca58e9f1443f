/*
 * A word may be cut by training where a text has no space: before and after digits, with
 * isolated digits, and in a line of BP_CUT_TRAINING_CHARS characters.  Its parts are not words,
 * and a vocabulary made of whole words must not contain them; so a word is counted only if both
 * of its ends are known.
 */
#include "train/words.h"

static bool ends_word(unsigned char c)
{
	return c == ' ' || c == '\n';
}

/* Add the words of a segment, except the first if a cut may lie before it, and the last if a
 * cut may lie behind it. */
static bool add_segment_words(struct table *words, struct slice segment, bool cut_before,
			      bool cut_after, size_t longest)
{
	size_t from, i;

	for (from = i = 0; i <= segment.n; i++) {
		if (i < segment.n && !ends_word(segment.p[i]))
			continue;
		if (i > from && i - from <= longest && !(cut_before && from == 0) &&
		    !(cut_after && i == segment.n) &&
		    !bp_table_add(words, (struct slice){ segment.p + from, i - from }, 1))
			return false;
		from = i + 1;
	}
	return true;
}

static bool add_block_words(struct table *words, const struct sample_block *b, size_t longest,
			    bool isolate_digits)
{
	struct slice segment = { b->bytes, b->length[0] }, next;
	/* The bytes before and behind a block are unknown. */
	bool cut_before = true, cut_after;
	size_t k;

	for (k = 0; k < b->n; k++, segment = next) {
		next = (struct slice){ segment.p + segment.n, k + 1 < b->n ? b->length[k + 1] : 0 };
		/* A segment of fewer bytes than the limit of characters was not cut for its
		 * length. */
		cut_after = segment.n >= BP_CUT_TRAINING_CHARS ||
			    (isolate_digits && (k + 1 == b->n || bp_is_digit(next)));
		if (isolate_digits && bp_is_digit(segment))
			cut_before = cut_after = true;
		if (!add_segment_words(words, segment, cut_before, cut_after, longest))
			return false;
		cut_before = cut_after;
	}
	return true;
}

bp_status bp_words_collect(struct table *words, const struct sample *s, size_t longest,
			   bool isolate_digits, bp_error *err)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!add_block_words(words, &s->block[i], longest, isolate_digits))
			return bp_fail_memory(err);
	return BP_OK;
}
