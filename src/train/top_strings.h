/*
 * top_strings.h - the k most frequent strings of a stream, in O(k) memory.
 *
 * Strings are added to a list; when it has twice as many as wanted, it is trimmed to the k most
 * frequent ones, and rarer strings are refused from then on.  Exempt strings are kept
 * whatever their count, until bp_top_strings_finish(), and do not count towards k before it.  Equal
 * counts are ordered by bytes, so the result does not depend on the order of addition.
 *
 * Belongs to one thread.  Functions that return bool return false if memory is out.
 */
#ifndef BP_TOP_STRINGS_H
#define BP_TOP_STRINGS_H

#include "base/base.h"

struct top_string {
	size_t at;		/* offset in 'bytes' */
	uint32_t len;		/* in bytes */
	bool exempt;
	uint64_t count;
};

/* Initially all zero except 'most'. */
struct top_strings {
	size_t most;			/* k */
	struct top_string *string;	/* n of them; when finished, by count, then bytes */
	size_t n, cap, n_exempt;
	uint64_t min_count;		/* strings below it are not among the k most frequent */
	struct buf bytes;		/* of all strings */
};

static inline struct slice bp_top_strings_at(const struct top_strings *t, size_t i)
{
	return (struct slice){ t->bytes.data + t->string[i].at, t->string[i].len };
}

/* Add a string, by copy, with its final count.  The stream must not repeat a string. */
bool bp_top_strings_add(struct top_strings *t, struct slice s, uint64_t count, bool exempt);
/* Drop strings below 'threshold' that are not exempt; then keep the k most frequent, exempt ones
 * included, in order. */
bool bp_top_strings_finish(struct top_strings *t, uint64_t threshold);
void bp_top_strings_release(struct top_strings *t);
/* Memory in use, in bytes. */
uint64_t bp_top_strings_memory(const struct top_strings *t);

#endif
