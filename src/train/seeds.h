/*
 * seeds.h - frequent-substring mining: all repeated strings of a corpus with exact counts.
 *
 * They are the seeds (candidate pieces) of the default training.
 *
 * Step 1 counts windows of up to six bytes (ngram.h); step k counts windows of up to five bytes
 * behind each frequent string of 6, 11, 16, ... bytes, keyed by the id of that string
 * (prefix_index.h).  One walk over the sorted windows of a step yields the counts of all their
 * prefixes, so each step extends the known strings by up to five bytes.
 *
 * A string is frequent only if each of its substrings is (the principle of Apriori, Agrawal and
 * Srikant 1994), so a window ends before the last byte of an infrequent string of six bytes.
 * Hence the counts of all strings that reach the threshold are exact, after at most MAX_LEVELS
 * passes, in memory that does not grow with the corpus, without a suffix array.  The threshold is
 * the least count at which a level keeps no more strings than its limit; the limit holds for each
 * level, so in highly repetitive text, which has many long frequent strings, some long ones are
 * left out.
 *
 * Two rules make better vocabularies:
 * - A string of over six bytes is left out if each occurrence is followed by one particular byte:
 *   the longer string serves for it.  Shorter strings stay, because other texts may continue them
 *   otherwise; so do strings of the greatest length, as their continuations are unknown.
 * - A single character is a seed even below the threshold, if it occurs at least twice and
 *   min_count times: without a piece of its own it costs one token per byte.
 *
 * A struct seeds belongs to one thread, except that workers may call bp_seeds_keys() at once.
 */
#ifndef BP_SEEDS_H
#define BP_SEEDS_H

#include "counts/counter.h"
#include "train/prefix_index.h"
#include "train/rules.h"
#include "train/top_strings.h"

/* The search.  Initially all zero except found.most. */
struct seeds {
	struct prefix_level level[MAX_LEVELS];	/* frequent strings of 6, 11, 16, ... bytes */
	size_t n_levels;	/* steps done */
	uint64_t threshold;	/* strings of six bytes are frequent from this count on */
	struct top_strings found;	/* exempt are single characters; no single bytes */
	bool is_complete;	/* all steps are done; 'found' is the result, in order */
};

/* The number of bits of a window key of the next step. */
unsigned bp_seeds_bits(const struct seeds *s);
/* Count the windows of a segment, for the next step. */
bp_status bp_seeds_keys(const struct seeds *s, struct prefix_scratch *x, struct slice segment,
			struct counter_worker *counter, bp_error *err);

/* The walk over the windows of a step, sorted by key. */
struct seeds_walk {
	struct seeds *s;
	const struct piece_rules *rules;	/* borrowed */
	struct prefix_level *last;	/* strings that key the windows; NULL in the first step */
	struct prefix_level *next;	/* frequent strings that this step finds */
	unsigned width;			/* bytes of a full window */
	uint64_t id, key;		/* of the last row: id of its string, whole key */
	size_t index;			/* of the string with that id, in 'last' */
	struct slice prefix;		/* that string */
	unsigned len;			/* bytes of the last window */
	/* By d: of the prefix of d bytes of the last window, the count so far, and the largest
	 * count of a string that is one byte longer. */
	uint64_t count[8], longer[8];
	uint64_t min_count;		/* of strings of 'next' */
};
/* Begin a step.  *w borrows from *s and from the rules. */
void bp_seeds_begin(struct seeds_walk *w, struct seeds *s, const struct piece_rules *rules);
/* Take the next row; 'from' is its source, for messages.  BP_EFORMAT if no window can have its
 * key. */
bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, const char *from, bp_error *err);
/* End the step: it yields a level, and the search is complete after the last step. */
bp_status bp_seeds_end(struct seeds_walk *w, bp_error *err);

/* The state between two steps (seeds_rows.c), as rows of kinds ROW_FREQUENT and ROW_REPEAT.  The
 * caller stores n_levels, threshold and is_complete, and sets them before it reads the rows. */
bp_status bp_seeds_write(const struct seeds *s, struct row_writer *w, bp_error *err);
bp_status bp_seeds_read_row(struct seeds *s, const struct row *r, const char *from, bp_error *err);
/* After the last row. */
bp_status bp_seeds_read_end(struct seeds *s, bp_error *err);

/* Memory in use, in bytes. */
uint64_t bp_seeds_memory(const struct seeds *s);
void bp_seeds_release(struct seeds *s);

#endif
