/* The kernel in plain C11, what all kernels share, and the choice among them. */
#include "encode/kernel.h"

#include <stdlib.h>

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
	if (n > SIZE_MAX / 32)
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

void bp_kernel_ask_first(const struct score_rows *r, const uint32_t *row, size_t end)
{
	size_t i = end, first = end > BP_KERNEL_AHEAD + 8 ? end - BP_KERNEL_AHEAD - 8 : 0;

	while (i-- > first)
		BP_PREFETCH(&r->row[row[i]]);
}

static inline void offer(int32_t *best, int32_t *second, int32_t score)
{
	int32_t lower = BP_MIN(*best, score);

	*second = BP_MAX(*second, lower);
	*best = BP_MAX(*best, score);
}

void bp_kernel_long(const struct score_rows *r, const struct score_row *row, size_t at, int32_t score,
		    struct suffixes *s)
{
	const struct long_pieces *more = &row->more;
	size_t to;
	int k;

	for (k = 0; more->len[k] != 0; ) {
		to = at - more->len[k];
		if (score + more->score[k] > s->best[to])
			s->long_len[to] = more->len[k];
		offer(&s->best[to], &s->second[to], score + more->score[k]);
		if (++k < BP_ROW_MORE)
			continue;
		row = &r->row[more->next];
		if (!bp_score_row_is_long(row))
			break;
		more = &row->more;
		k = 0;
	}
}

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

void bp_kernel_c11(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row, size_t n,
		   size_t middle, struct suffixes *s)
{
	const struct score_row *add;
	int32_t score;
	size_t i;
	int k;

	(void)middle;	/* two at a time are no faster without vectors */
	for (i = 0; i < n; i++)
		s->best[i] = s->second[i] = BP_ROW_NONE;
	for (k = 1; k <= BP_ROW; k++)	/* rows reach over the beginning, with no pieces there */
		s->best[-k] = s->second[-k] = BP_ROW_NONE;
	s->best[n] = 0;
	s->second[n] = BP_ROW_NONE;
	bp_kernel_ask_first(r, row, n);
	for (i = n; i > 0; i--) {
		if (i % 8 == 0)
			bp_kernel_ask(r, row, i);
		add = &r->row[row[i - 1]];
		score = s->best[i] & ~BP_ROW_CODE;
		if (score < BP_ROW_LOW) {
			bp_kernel_raise(u, i, score, s);
			score = 0;
		}
		for (k = 1; k <= BP_ROW; k++)
			offer(&s->best[(ptrdiff_t)i - k], &s->second[(ptrdiff_t)i - k], score + add->score[k - 1]);
		if (bp_score_row_is_long(add))
			bp_kernel_long(r, add, i, score, s);
	}
}

bp_kernel *bp_kernel_choose(void)
{
	bp_kernel *kernel = bp_kernel_if_avx2();

	if (kernel == NULL)
		kernel = bp_kernel_if_neon();
	return kernel != NULL ? kernel : bp_kernel_c11;
}
