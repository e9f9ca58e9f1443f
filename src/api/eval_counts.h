/*
 * eval_counts.h - token counts of an evaluation: by id, and texts by bytes per token; parts of the
 * text by id.
 *
 * Each worker counts in a struct eval_counts of its own; in the end all are added up.  A text can
 * lie in several chunks, encoded by different workers, so its bytes per token are known only when
 * the sums of the chunks are added in order: each chunk yields a struct text_sums for this purpose.
 */
#ifndef BP_EVAL_COUNTS_H
#define BP_EVAL_COUNTS_H

#include "base/base.h"
#include "bytepiece_files.h"
#include "model/model.h"

/* Sums over a text, or a part of it. */
struct text_sum {
	uint64_t bytes, tokens;
};

/*
 * Sums over the texts of a chunk that are incomplete in it: 'first', up to the first end of a text,
 * and 'last', since the last end of a text.  Without an end of a text all is in 'last'.
 */
struct text_sums {
	struct text_sum first, last;
	bool has_end;		/* a text has ended */
};

struct eval_counts {
	const struct model *model;
	uint64_t *count;	/* of tokens, by entry of the model */
	uint64_t texts, words, specials;
	uint64_t *by_ratio;	/* 'texts' of bp_eval_spread; NULL: not counted */
	uint64_t *parts;	/* of bp_eval_spread, by entry; NULL: not counted */
	unsigned scale;		/* a part is 2^scale blocks */
	uint64_t part;		/* the bit of the current one */
};

/*
 * 'spread': count its histograms and, if it has an array for them, parts too; may be NULL.  False
 * if memory is out.
 */
bool bp_eval_counts_init(struct eval_counts *t, const struct model *m,
			 const bp_eval_spread *spread);
void bp_eval_counts_release(struct eval_counts *t);

/* The tokens that follow belong to the block with this index. */
void bp_eval_counts_block(struct eval_counts *t, uint64_t index);
/* Count tokens of a text, given as entries of the model. */
void bp_eval_counts_tokens(struct eval_counts *t, const uint32_t *piece, size_t n,
			   struct text_sums *sums);
/* Count the end of a text. */
void bp_eval_counts_text(struct eval_counts *t, struct text_sums *sums);
/*
 * Count the words that begin in the bytes of a chunk, which follow the byte 'before'; 'mark' ends a
 * text.
 */
void bp_eval_counts_words(struct eval_counts *t, struct slice s, unsigned char before,
			  unsigned char mark);
/*
 * Add a chunk's sums.  *text holds the sums of the text that was unfinished when the chunk began,
 * and afterwards the sums of the one unfinished at its end.
 */
void bp_eval_add_chunk(struct eval_counts *t, const struct text_sums *sums, struct text_sum *text);
/* Count the end of a text without an end mark, with its sums. */
void bp_eval_counts_end(struct eval_counts *t, struct text_sum *text);

/* Add up the counts t[0..n); 'spread' may be NULL, and 'blocks' is the number of blocks so far. */
void bp_eval_counts_report(struct eval_counts *t, unsigned n, bp_eval_report *r,
			   uint64_t blocks, bp_eval_spread *spread);

#endif
