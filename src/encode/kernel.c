/* The kernel in plain C11, what all kernels share, and the choice among them. */
#include "encode/kernel.h"

#include <stdlib.h>

/* Places before the first one and after the last that kernels may write to. */
enum { MARGIN = 2 * BP_ROW };

bool bp_suffixes_reserve(struct suffixes *s, size_t n)
{
	size_t half;

	if (s->room != NULL && n <= s->cap)
		return true;
	bp_suffixes_release(s);
	if (n > SIZE_MAX / 32)
		return false;
	half = n + 1 + 2 * MARGIN;
	s->room = bp_array(2 * half, sizeof(*s->room));
	s->long_len = bp_array(n + 1, 1);
	if (s->room == NULL || s->long_len == NULL) {
		bp_suffixes_release(s);
		return false;
	}
	s->best = s->room + MARGIN;
	s->second = s->best + half;
	s->cap = n;
	return true;
}

void bp_suffixes_release(struct suffixes *s)
{
	free(s->room);
	free(s->long_len);
	*s = (struct suffixes){ 0 };
}

static inline void offer(int32_t *best, int32_t *second, int32_t score)
{
	int32_t lower = BP_MIN(*best, score);

	*second = BP_MAX(*second, lower);
	*best = BP_MAX(*best, score);
}

void bp_kernel_long(const struct score_rows *r, const struct unigram *u, uint32_t row, size_t at,
		    int32_t score, struct suffixes *s)
{
	const struct unigram_piece *piece = u->piece;
	size_t to;

	for (; piece[row].len > BP_ROW; row = piece[row].shorter) {
		to = at - piece[row].len;
		if (score + r->long_score[row] > s->best[to])
			s->long_len[to] = (uint8_t)piece[row].len;
		offer(&s->best[to], &s->second[to], score + r->long_score[row]);
	}
}

void bp_kernel_raise(const struct unigram *u, size_t at, int32_t low, struct suffixes *s)
{
	size_t i, first = at > u->max_len ? at - u->max_len : 0;

	for (i = first; i < at; i++) {
		if (s->best[i] > BP_ROW_NONE / 2)
			s->best[i] -= low;
		if (s->second[i] > BP_ROW_NONE / 2)
			s->second[i] -= low;
	}
}

void bp_kernel_c11(const struct score_rows *r, const struct unigram *u, const uint32_t *row, size_t n,
		   struct suffixes *s)
{
	const int32_t *add;
	int32_t score;
	size_t i;
	int k;

	for (i = 0; i < n; i++)
		s->best[i] = s->second[i] = BP_ROW_NONE;
	for (k = 1; k <= BP_ROW; k++)	/* rows reach over the beginning, with no pieces there */
		s->best[-k] = s->second[-k] = BP_ROW_NONE;
	s->best[n] = 0;
	s->second[n] = BP_ROW_NONE;
	for (i = n; i > 0; i--) {
		add = r->score[row[i - 1]];
		score = s->best[i] & ~BP_ROW_CODE;
		if (score < BP_ROW_LOW) {
			bp_kernel_raise(u, i, score, s);
			score = 0;
		}
		for (k = 1; k <= BP_ROW; k++)
			offer(&s->best[(ptrdiff_t)i - k], &s->second[(ptrdiff_t)i - k], score + add[k - 1]);
		if ((add[0] & BP_ROW_CODE) == BP_ROW_ONE_LONG)
			bp_kernel_long(r, u, row[i - 1], i, score, s);
	}
}

bp_kernel *bp_kernel_choose(void)
{
	bp_kernel *kernel = bp_kernel_if_avx2();

	if (kernel == NULL)
		kernel = bp_kernel_if_neon();
	return kernel != NULL ? kernel : bp_kernel_c11;
}
