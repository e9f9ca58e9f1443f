/*
 * seeds.h - frequent-substring mining: all repeated strings of up to 36 bytes with exact counts.
 *
 * They are the seeds (candidate pieces) of the default training.  Each five bytes of length take a
 * step, so in much text the seeds have up to 16 bytes; longer pieces come from joined neighbours
 * (em.h).  Measured, the longer seeds are worth 0 to 0.4 % in 8 MB of text, and 0 to 0.3 % in
 * 60 MB.
 *
 * Step 1 counts windows of up to six bytes (ngram.h); step k counts windows of up to five bytes
 * behind each frequent string of 6, 11, 16, ... bytes, keyed by the id of that string
 * (prefix_index.h).  One walk over the sorted windows of a step yields the counts of all their
 * prefixes, so each step extends the known strings by up to five bytes.
 *
 * A string is frequent only if each of its substrings is (the principle of Apriori, Agrawal and
 * Srikant 1994), so a window ends before the last byte of an infrequent string of six bytes.
 * Hence the counts of all strings that reach the threshold are exact, after at most MAX_LEVELS
 * steps, without a suffix array.  The threshold is the least count at which a level keeps no more
 * strings than its limit; the limit holds for each level, so in highly repetitive text, which has
 * many long frequent strings, some long ones are left out.
 *
 * Two rules make better vocabularies:
 * - A string of over six bytes is left out if each occurrence is followed by one particular byte:
 *   the longer string serves for it.  Shorter strings stay, because other texts may continue them
 *   otherwise; so do strings of the greatest length, as their continuations are unknown.
 * - A single character is a seed even below the threshold, if it occurs at least twice and
 *   min_count times: without a piece of its own it costs one token per byte.
 *
 * A struct seeds belongs to one thread; the counting itself uses several.
 */
#ifndef BP_SEEDS_H
#define BP_SEEDS_H

#include "bytepiece_files.h"
#include "counts/counter.h"
#include "train/prefix_index.h"
#include "train/rules.h"
#include "train/sample.h"
#include "train/top_strings.h"

/* The search.  Initially all zero; found.most may be set to keep fewer seeds. */
struct seeds {
	struct progress_steps *steps;	/* of the reports of the search; borrowed, or NULL */
	struct prefix_level level[MAX_LEVELS];	/* frequent strings of 6, 11, 16, ... bytes */
	size_t n_levels;	/* steps done */
	size_t longest;		/* bytes of the longest seeds */
	uint64_t threshold;	/* strings of six bytes are frequent from this count on */
	struct top_strings found;	/* exempt are single characters; no single bytes */
	bool is_complete;	/* all steps are done; 'found' is the result, in order */
};

/* The number of seeds to find; a small text has fewer. */
size_t bp_seeds_wanted(const bp_train_options *o);
/*
 * Find the seeds of the blocks.  Each block counts once, however often it occurs in the corpus.
 * 'in' is for the number of threads and for progress, 'o' for the sizes and for notes.  If the
 * workspace has a ceiling, 'memory' is the part of it, in bytes, that the search may use; counts
 * that do not fit are spilled.
 */
bp_status bp_seeds_find(struct seeds *s, const struct sample *blocks,
			const struct piece_rules *rules, const bp_input *in,
			const struct workspace *ws, uint64_t memory, const bp_train_options *o,
			bp_error *err);

/* The parts of bp_seeds_find(), for each step: */

/* The number of bits of a window key of the next step. */
unsigned bp_seeds_bits(const struct seeds *s);
/*
 * Count the windows of a segment, for the next step; *any is false if it has none.  Several workers
 * may call it at once.
 */
bp_status bp_seeds_keys(const struct seeds *s, struct prefix_scratch *x, struct slice segment,
			uint64_t times, struct counter_worker *counter, bool *any, bp_error *err);

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
/* Take the next row, of a window that bp_seeds_keys() has counted. */
bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, bp_error *err);
/* End the step: it yields a level, and the search is complete after the last step. */
bp_status bp_seeds_end(struct seeds_walk *w, bp_error *err);

void bp_seeds_release(struct seeds *s);

#endif
