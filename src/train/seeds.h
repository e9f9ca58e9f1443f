/*
 * seeds.h - the repeated strings of a corpus, with their exact counts.
 *
 * The n-gram counter finds the frequent strings of up to six bytes.  It is applied again at its
 * own frontier: windows of the next five bytes after each frequent string of 6, 11, 16, ... bytes,
 * keyed by that string's number, so that a key still has 64 bits.  A window ends where a string
 * of six bytes in it is not frequent, for nothing that contains it can be.  So the counts of all
 * strings at or above the threshold are exact, in a bounded number of passes and without a suffix
 * array.
 *
 * Two more things make better vocabularies.  A string of over six bytes that is always followed by
 * the same byte is left out: the longer one does its work.  (Shorter ones stay: in other text they
 * may be followed by something else.  So do those of the greatest length that was looked for.)  And
 * a single character is a seed even below the threshold, from two occurrences on or as many as the
 * rules ask for: without a piece of its own it takes as many tokens as it has bytes.
 */
#ifndef BP_SEEDS_H
#define BP_SEEDS_H

#include "train/corpus.h"
#include "train/rules.h"

struct seeds {
	struct slice *piece;	/* n of them, by count, then bytes; none of a single byte */
	uint64_t *count;
	size_t n;
	uint64_t threshold;	/* rarer strings were not looked for */
	struct buf bytes;
};

/* At most 'most' strings that may be pieces, the most frequent ones. */
bp_status bp_seeds_find(struct seeds *s, struct corpus *c, const struct piece_rules *rules,
			size_t most, bp_error *err);
void bp_seeds_release(struct seeds *s);

#endif
