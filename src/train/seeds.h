/*
 * seeds.h - the repeated strings of a corpus, with their exact counts.
 *
 * The n-gram counter finds the frequent strings of up to six bytes.  It is applied again at its
 * own frontier: windows of the next five bytes after each frequent string of 6, 11, 16, ... bytes,
 * keyed by that string's number (prefix_index.h).  A window ends where a string of six bytes in it is
 * not frequent, for nothing that contains it can be.  So the counts of all strings at or above the
 * threshold are exact, in a bounded number of passes, without a suffix array, and in memory that
 * does not grow with the corpus.  (No more strings of any one of these lengths are gone on with than
 * are of six bytes; in text that repeats itself at length that may leave out long ones.)
 *
 * Two more things make better vocabularies.  A string of over six bytes that is always followed by
 * the same byte is left out: the longer one does its work.  (Shorter ones stay: in other text they
 * may be followed by something else.  So do those of the greatest length that was looked for.)  And
 * a single character is a seed even below the threshold, from two occurrences on or as many as the
 * rules ask for: without a piece of its own it takes as many tokens as it has bytes.
 */
#ifndef BP_SEEDS_H
#define BP_SEEDS_H

#include "counts/counter.h"
#include "train/top_strings.h"
#include "train/prefix_index.h"
#include "train/rules.h"

/* Zero but for found.most at first. */
struct seeds {
	struct prefix_level level[MAX_LEVELS];
	size_t n_levels;	/* = steps done */
	uint64_t threshold;	/* rarer strings of six bytes are not gone on with */
	struct top_strings found;	/* exempt: single characters; no single bytes */
	bool is_complete;	/* all steps are done: 'found' is the result, in order */
};

/* The bits of a key of the next step; and the keys of a segment, once it is begun. */
unsigned bp_seeds_bits(const struct seeds *s);
bp_status bp_seeds_keys(const struct seeds *s, struct prefix_scratch *x, struct slice segment,
			struct counter_worker *hand, bp_error *err);

/*
 * The walk over the sorted windows of a step: one walk gives the counts of all their beginnings.
 * count[d] is that of the beginning of d bytes that is being read, longer[d] the largest count of
 * one that is a byte longer.
 */
struct seeds_walk {
	struct seeds *s;
	const struct piece_rules *rules;	/* borrowed */
	struct prefix_level *last, *next;	/* the strings that windows stand behind; that go on */
	unsigned width;
	struct slice prefix;
	uint64_t id, key;	/* of the last row */
	size_t place;		/* of the string with that number, in 'last' */
	unsigned len;
	uint64_t count[8], longer[8];
	uint64_t rarest;	/* rarer ones do not go on */
};
/* Begin a step; take its rows, each with the source's name for messages; end it. */
void bp_seeds_begin(struct seeds_walk *w, struct seeds *s, const struct piece_rules *rules);
bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, const char *from, bp_error *err);
bp_status bp_seeds_end(struct seeds_walk *w, bp_error *err);

/* The state between two steps, as rows; to read it, n_levels, threshold and is_complete are set. */
bp_status bp_seeds_write(const struct seeds *s, struct row_writer *w, bp_error *err);
bp_status bp_seeds_read_row(struct seeds *s, const struct row *r, const char *from, bp_error *err);
bp_status bp_seeds_read_end(struct seeds *s, bp_error *err);

uint64_t bp_seeds_memory(const struct seeds *s);
void bp_seeds_release(struct seeds *s);

#endif
