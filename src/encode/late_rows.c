#include "encode/late_rows.h"

#include <stdlib.h>

/* What is searched without rows in about the time that it takes to make those of a large model. */
enum { WORTH_IT = 64 * 1024 };

struct late_rows *bp_late_rows_new(void)
{
	struct late_rows *l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	l->rows = (struct score_rows){ 0 };
	atomic_init(&l->bytes, 0);
	atomic_init(&l->step, BP_LATE_NONE);
	return l;
}

void bp_late_rows_free(struct late_rows *l)
{
	if (l != NULL)
		bp_score_rows_release(&l->rows);
	free(l);
}

const struct score_rows *bp_late_rows(struct late_rows *l, const struct vocabulary *u, size_t n)
{
	int step = atomic_load_explicit(&l->step, memory_order_acquire);
	size_t before;

	if (step == BP_LATE_READY)
		return &l->rows;
	if (step == BP_LATE_IN_WORK)
		return NULL;
	before = atomic_fetch_add_explicit(&l->bytes, n, memory_order_relaxed);
	if (n < WORTH_IT && before < WORTH_IT)
		return NULL;
	if (!atomic_compare_exchange_strong(&l->step, &step, BP_LATE_IN_WORK))
		return NULL;
	/* Without memory all goes on as it is: another text may have more luck. */
	step = bp_score_rows_init(&l->rows, u) ? BP_LATE_READY : BP_LATE_NONE;
	atomic_store_explicit(&l->step, step, memory_order_release);
	return step == BP_LATE_READY ? &l->rows : NULL;
}
