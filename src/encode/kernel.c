/*
 * The list of kernels, the kernel in C11, and functions that all kernels share.
 *
 * Scores stay between BP_ROW_NONE / 2 and -BP_ROW_NONE / 2.  A kernel looks at least at every
 * eighth position for a score below BP_ROW_LOW and raises all scores by it; the scale of the rows
 * (score_rows.c) is chosen so that eight further positions, and the start of the longest piece,
 * stay within these bounds.  "No path" is BP_ROW_NONE plus a score, so it stays at or below
 * BP_ROW_NONE / 2, and it is never raised.
 */
#include "encode/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bp_suffixes_borrow(struct suffixes *s, size_t n, int32_t *room, uint8_t *long_len)
{
	*s = (struct suffixes){
		.best = room + BP_SUFFIXES_MARGIN, .second = room + BP_SUFFIXES_ROOM(n) / 2 +
		BP_SUFFIXES_MARGIN, .long_len = long_len, .room = room, .cap = n
	};
}

bool bp_suffixes_reserve(struct suffixes *s, size_t n)
{
	int32_t *room;
	uint8_t *long_len;

	if (s->room != NULL && n <= s->cap)
		return true;
	bp_suffixes_release(s);
	if (n > SIZE_MAX / 32)	/* BP_SUFFIXES_ROOM(n) must not overflow */
		return false;
	room = bp_array(BP_SUFFIXES_ROOM(n), sizeof(*room));
	long_len = bp_array(n + 1, sizeof(*long_len));
	if (room == NULL || long_len == NULL) {
		free(room);
		free(long_len);
		return false;
	}
	bp_suffixes_borrow(s, n, room, long_len);
	return true;
}

void bp_suffixes_release(struct suffixes *s)
{
	free(s->room);
	free(s->long_len);
	*s = (struct suffixes){ 0 };
}

void bp_kernel_prefetch_first(const struct score_rows *r, const uint32_t *row, size_t end)
{
	size_t i = end, first = end > BP_KERNEL_AHEAD + 8 ? end - BP_KERNEL_AHEAD - 8 : 0;

	for (; i >= first + 8; i -= 8)
		bp_kernel_prefetch_eight(r, row + (i - 8));
	while (i-- > first)
		BP_PREFETCH(&r->row[row[i]]);
}

/* Keep the two highest scores of the scores offered to a position. */
static inline void keep_two(int32_t *best, int32_t *second, int32_t score)
{
	int32_t lower = BP_MIN(*best, score);

	*second = BP_MAX(*second, lower);
	*best = BP_MAX(*best, score);
}

void bp_kernel_offer_long(const struct score_rows *r, const struct score_row *row, size_t at,
			  int32_t score, struct suffixes *s)
{
	const struct long_pieces *more = &row->more;
	size_t to;
	int k;

	for (k = 0; more->len[k] != 0; ) {
		to = at - more->len[k];
		if (score + more->score[k] > s->best[to])
			s->long_len[to] = more->len[k];
		keep_two(&s->best[to], &s->second[to], score + more->score[k]);
		if (++k < BP_ROW_MORE)
			continue;
		/* The list is full: the row of the next shorter piece continues it. */
		row = &r->row[more->next];
		if (!bp_score_row_is_long(row))
			break;
		more = &row->more;
		k = 0;
	}
}

/* Pieces that end behind 'at' begin less than max_len before it: scores further left are unset. */
void bp_kernel_raise(const struct vocabulary *u, size_t at, int32_t low, struct suffixes *s)
{
	size_t i, first = at > u->max_len ? at - u->max_len : 0;

	for (i = first; i < at; i++) {
		if (s->best[i] > BP_ROW_NONE / 2)
			s->best[i] -= low;
		if (s->second[i] > BP_ROW_NONE / 2)
			s->second[i] -= low;
	}
}

static void run_c11(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		    size_t n, size_t middle, struct suffixes *s)
{
	const struct score_row *add;
	int32_t score;
	size_t i;
	int k;

	(void)middle;	/* without vectors, two halves side by side are no faster */
	for (i = 0; i < n; i++)
		s->best[i] = s->second[i] = BP_ROW_NONE;
	/* Rows reach up to eight positions beyond the beginning, where no piece starts. */
	for (k = 1; k <= BP_ROW; k++)
		s->best[-k] = s->second[-k] = BP_ROW_NONE;
	s->best[n] = 0;
	s->second[n] = BP_ROW_NONE;
	bp_kernel_prefetch_first(r, row, n);
	for (i = n; i > 0; i--) {
		if (i % 8 == 0)
			bp_kernel_prefetch(r, row, i);
		add = &r->row[row[i - 1]];
		score = s->best[i] & ~BP_ROW_CODE;
		if (score < BP_ROW_LOW) {
			bp_kernel_raise(u, i, score, s);
			score = 0;
		}
		for (k = 1; k <= BP_ROW; k++)
			keep_two(&s->best[(ptrdiff_t)i - k], &s->second[(ptrdiff_t)i - k],
				 score + add->score[k - 1]);
		if (bp_score_row_is_long(add))
			bp_kernel_offer_long(r, add, i, score, s);
	}
}

static bp_kernel *find_c11(void)
{
	return run_c11;
}

const struct kernel_entry bp_kernels[] = {
	{ "avx512", bp_kernel_find_avx512 },
	{ "avx2", bp_kernel_find_avx2 },
	{ "neon", bp_kernel_find_neon },
	{ "c11", find_c11 },
	{ NULL, NULL }
};

/* A message that lists the names to choose from. */
static bp_status fail_name(const char *name, bp_error *err)
{
	char names[80] = "";
	const struct kernel_entry *k;
	size_t n = 0;

	for (k = bp_kernels; k->name != NULL; k++)
		if (k->find() != NULL && n < sizeof(names))
			n += (size_t)snprintf(names + n, sizeof(names) - n, " %s", k->name);
	return bp_fail(err, BP_ERANGE, "BP_KERNEL=%.40s: no kernel of this name can run here; "
		       "available:%s", name, names);
}

bp_status bp_kernel_choose(bp_kernel **kernel, bp_error *err)
{
	const char *name = getenv("BP_KERNEL");
	const struct kernel_entry *k;
	bool any = name == NULL || name[0] == '\0';

	*kernel = NULL;
	for (k = bp_kernels; k->name != NULL; k++)
		if ((any || strcmp(k->name, name) == 0) && (*kernel = k->find()) != NULL)
			return BP_OK;
	return fail_name(name, err);
}
