/*
 * top_strings.h - the most frequent of the strings that come by, in memory that does not depend on how
 * many there are.
 */
#ifndef BP_TOP_STRINGS_H
#define BP_TOP_STRINGS_H

#include "base/base.h"

struct top_string {
	size_t at;		/* in 'bytes' */
	uint32_t len;
	bool exempt;		/* stays until the end, however rare it is */
	uint64_t count;
};

/* Zero but for 'most' at first. */
struct top_strings {
	size_t most;		/* how many are wanted */
	struct top_string *string;	/* in the end by count, then bytes */
	size_t n, cap, n_exempt;
	uint64_t rarest;	/* others that occur less often are not among the most frequent */
	struct buf bytes;
};

static inline struct slice bp_top_strings_at(const struct top_strings *b, size_t i)
{
	return (struct slice){ b->bytes.data + b->string[i].at, b->string[i].len };
}

/* Each string comes once.  False if memory is out. */
bool bp_top_strings_add(struct top_strings *b, struct slice s, uint64_t count, bool exempt);
/* Drop those that occur less often than 'threshold', but for the exempt ones, and of all that are
 * left keep the most frequent ones, in order.  False if memory is out. */
bool bp_top_strings_finish(struct top_strings *b, uint64_t threshold);
void bp_top_strings_release(struct top_strings *b);
uint64_t bp_top_strings_memory(const struct top_strings *b);

#endif
