/*
 * best.h - the most frequent of the strings that come by, in memory that does not depend on how
 * many there are.
 */
#ifndef BP_BEST_H
#define BP_BEST_H

#include "base/base.h"

struct best_string {
	size_t at;		/* in 'bytes' */
	uint32_t len;
	bool exempt;		/* stays until the end, however rare it is */
	uint64_t count;
};

/* Zero but for 'most' at first. */
struct best {
	size_t most;		/* how many are wanted */
	struct best_string *string;	/* in the end by count, then bytes */
	size_t n, cap, n_exempt;
	uint64_t rarest;	/* others that occur less often are not among the most frequent */
	struct buf bytes;
};

static inline struct slice bp_best_at(const struct best *b, size_t i)
{
	return (struct slice){ b->bytes.data + b->string[i].at, b->string[i].len };
}

/* Each string comes once.  False if memory is out. */
bool bp_best_add(struct best *b, struct slice s, uint64_t count, bool exempt);
/* Drop those that occur less often than 'threshold', but for the exempt ones, and of all that are
 * left keep the most frequent ones, in order.  False if memory is out. */
bool bp_best_finish(struct best *b, uint64_t threshold);
void bp_best_release(struct best *b);
uint64_t bp_best_memory(const struct best *b);

#endif
