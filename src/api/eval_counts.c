/*
 * Counts by entry say all but the texts: bytes and characters are counts times the lengths of
 * pieces.  So the work for each token is one addition, unless texts are counted by their ratio
 * too.
 */
#include "api/eval_counts.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

/*
 * Each worker has counts of its own, 8 bytes for each entry, so that workers never wait for
 * another.
 */
bool bp_eval_counts_init(struct eval_counts *t, const struct model *m,
			 const bp_eval_spread *spread)
{
	bool parts = spread != NULL && spread->parts != NULL;

	*t = (struct eval_counts){ .model = m };
	t->count = calloc(m->n_pieces, sizeof(*t->count));
	if (spread != NULL)
		t->by_ratio = calloc(BP_RATIOS, sizeof(*t->by_ratio));
	if (parts)
		t->parts = calloc(m->n_pieces, sizeof(*t->parts));
	return t->count != NULL && (spread == NULL || t->by_ratio != NULL) &&
	       (!parts || t->parts != NULL);
}

void bp_eval_counts_release(struct eval_counts *t)
{
	free(t->count);
	free(t->by_ratio);
	free(t->parts);
	*t = (struct eval_counts){ 0 };
}

/* The smallest scale at which the blocks are no more than BP_EVAL_PARTS parts. */
static unsigned scale_of(uint64_t blocks)
{
	unsigned scale = 0;

	while (blocks > 0 && (blocks - 1) >> scale >= BP_EVAL_PARTS)
		scale++;
	return scale;
}

unsigned bp_eval_parts(uint64_t blocks)
{
	return blocks == 0 ? 0 : (unsigned)((blocks - 1) >> scale_of(blocks)) + 1;
}

unsigned bp_eval_parts_of(const bp_eval_spread *spread, uint32_t id)
{
	return spread->parts == NULL ? 0 : bp_count_bits(spread->parts[id]);
}

/* Join each two neighbouring parts: bits 2i and 2i + 1 of the mask become bit i. */
static uint64_t join_parts(uint64_t mask)
{
	uint64_t joined = 0;
	unsigned i;

	for (i = 0; mask != 0; i++, mask >>= 2)
		joined |= (uint64_t)((mask & 3) != 0) << i;
	return joined;
}

static void join_all(uint64_t *parts, size_t n, unsigned from, unsigned to)
{
	size_t k;

	for (; from < to; from++)
		for (k = 0; k < n; k++)
			parts[k] = join_parts(parts[k]);
}

/*
 * The length of the text is not known before its end, so parts begin as single blocks and are
 * joined when they become too many.  Neither the order of blocks nor their worker changes the
 * result, since joining and the union of masks can be swapped.
 */
void bp_eval_counts_block(struct eval_counts *t, uint64_t index)
{
	unsigned scale = scale_of(index + 1);

	if (t->parts == NULL)
		return;
	if (scale > t->scale) {
		join_all(t->parts, t->model->n_pieces, t->scale, scale);
		t->scale = scale;
	}
	t->part = (uint64_t)1 << (index >> t->scale);
}

void bp_eval_counts_tokens(struct eval_counts *t, const uint32_t *piece, size_t n,
			   struct text_sums *sums)
{
	size_t i;

	for (i = 0; i < n; i++)
		t->count[piece[i]]++;
	if (t->parts != NULL)
		for (i = 0; i < n; i++)
			t->parts[piece[i]] |= t->part;
	if (t->by_ratio == NULL)
		return;
	for (i = 0; i < n; i++)
		sums->last.bytes += t->model->piece[piece[i]].n;
	sums->last.tokens += n;
}

/* Count a text by its bytes per token; a text without tokens has no ratio. */
static void count_ratio(struct eval_counts *t, const struct text_sum *s)
{
	uint64_t step;

	if (t->by_ratio == NULL || s->tokens == 0)
		return;
	/* Rounded down: the element i stands for ratios from i / BP_RATIO_STEPS on. */
	step = s->bytes * BP_RATIO_STEPS / s->tokens;
	t->by_ratio[BP_MIN(step, BP_RATIOS - 1)]++;
}

/* The first end of a text in a chunk may end a text of earlier chunks: its sums are kept apart. */
void bp_eval_counts_text(struct eval_counts *t, struct text_sums *sums)
{
	t->texts++;
	if (sums->has_end)
		count_ratio(t, &sums->last);
	else
		sums->first = sums->last;
	sums->has_end = true;
	sums->last = (struct text_sum){ 0 };
}

/*
 * A word begins at a byte of it behind a byte between words.  Compilers count with vector
 * instructions, for there are no branches, and the sum over a block of constant length fits a byte.
 */
enum { WORD_BLOCK = 64 };

static inline unsigned char between_words(unsigned char c, unsigned char mark)
{
	return (unsigned char)((c == ' ') | ((unsigned char)(c - '\t') <= '\r' - '\t') |
			       (c == mark));
}

/* The words that begin in s[1..n], behind s[0]. */
static inline unsigned char words_behind(const unsigned char *s, size_t n, unsigned char mark)
{
	unsigned char sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum = (unsigned char)(sum + (between_words(s[i], mark) &
					     (!between_words(s[i + 1], mark))));
	return sum;
}

void bp_eval_counts_words(struct eval_counts *t, struct slice s, unsigned char before,
			  unsigned char mark)
{
	size_t i;

	if (s.n == 0)
		return;
	t->words += between_words(before, mark) && !between_words(s.p[0], mark);
	for (i = 0; s.n - i > WORD_BLOCK; i += WORD_BLOCK)
		t->words += words_behind(s.p + i, WORD_BLOCK, mark);
	t->words += words_behind(s.p + i, s.n - i - 1, mark);
}

static void add_sum(struct text_sum *to, const struct text_sum *s)
{
	to->bytes += s->bytes;
	to->tokens += s->tokens;
}

void bp_eval_add_chunk(struct eval_counts *t, const struct text_sums *sums, struct text_sum *text)
{
	if (sums->has_end) {
		add_sum(text, &sums->first);
		count_ratio(t, text);
		*text = (struct text_sum){ 0 };
	}
	add_sum(text, &sums->last);
}

void bp_eval_counts_end(struct eval_counts *t, struct text_sum *text)
{
	t->texts++;
	count_ratio(t, text);
	*text = (struct text_sum){ 0 };
}

/* Number of characters that begin in a piece: of bytes that are no UTF-8 continuation bytes. */
static uint64_t count_characters(struct slice piece)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < piece.n; i++)
		sum += !bp_utf8_tail(piece.p[i]);
	return sum;
}

/* Add up the histogram.  The ids below BP_FIRST_PIECE have no entries in the model. */
static void report_texts(const struct eval_counts *t, unsigned n, bp_eval_spread *spread)
{
	unsigned i;
	size_t k;

	memset(spread->texts, 0, sizeof(spread->texts));
	memset(spread->count, 0, BP_FIRST_PIECE * sizeof(*spread->count));
	for (k = 0; k < BP_RATIOS; k++)
		for (i = 0; i < n; i++)
			spread->texts[k] += t[i].by_ratio[k];
}

/* Add to spread->parts, which have the scale of the blocks before. */
static void report_parts(struct eval_counts *t, unsigned n, uint64_t blocks,
			 bp_eval_spread *spread)
{
	size_t n_pieces = t->model->n_pieces, k;
	unsigned scale = scale_of(blocks), i;

	join_all(spread->parts, bp_model_n_ids(t->model), scale_of(spread->blocks), scale);
	for (i = 0; i < n; i++) {
		join_all(t[i].parts, n_pieces, t[i].scale, scale);
		for (k = 0; k < n_pieces; k++)
			spread->parts[bp_id_of_entry(k)] |= t[i].parts[k];
		t[i].scale = scale;
	}
	spread->blocks = blocks;
}

void bp_eval_counts_report(struct eval_counts *t, unsigned n, bp_eval_report *r,
			   uint64_t blocks, bp_eval_spread *spread)
{
	const struct model *m = t->model;
	uint64_t count;
	unsigned i;
	size_t k;

	*r = (bp_eval_report){ 0 };
	for (i = 0; i < n; i++) {
		r->texts += t[i].texts;
		r->words += t[i].words;
		r->specials += t[i].specials;
	}
	for (k = 0; k < m->n_pieces; k++) {
		for (count = i = 0; i < n; i++)
			count += t[i].count[k];
		r->tokens += count;
		r->bytes += count * m->piece[k].n;
		r->characters += count * count_characters(m->piece[k]);
		r->byte_tokens += m->piece[k].n == 1 ? count : 0;
		r->vocab_used += count > 0;
		if (spread != NULL)
			spread->count[bp_id_of_entry(k)] = count;
	}
	if (spread != NULL)
		report_texts(t, n, spread);
	if (spread != NULL && spread->parts != NULL)
		report_parts(t, n, blocks, spread);
}
