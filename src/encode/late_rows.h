/*
 * late_rows.h - score rows made when they are first worth it.
 *
 * They take about as long to make as some thousand lines take to be searched without them, and a
 * model that is ready takes to be loaded.  The result is the same with and without.
 */
#ifndef BP_LATE_ROWS_H
#define BP_LATE_ROWS_H

#include <stdatomic.h>

#include "encode/score_rows.h"

/* Any number of threads may ask for them at the same time. */
struct late_rows {
	struct score_rows rows;
	atomic_size_t bytes;	/* searched without them, by all threads */
	atomic_int step;	/* enum late_step */
};
enum late_step { BP_LATE_NONE, BP_LATE_IN_WORK, BP_LATE_READY };

/* NULL if memory is out. */
struct late_rows *bp_late_rows_new(void);
void bp_late_rows_free(struct late_rows *l);	/* NULL is allowed */

/*
 * Rows for a search of n bytes with this vocabulary; NULL if it had better do without: few bytes
 * have been searched yet, another thread is making them, or there is no memory for them.
 */
const struct score_rows *bp_late_rows(struct late_rows *l, const struct vocabulary *u, size_t n);

#endif
