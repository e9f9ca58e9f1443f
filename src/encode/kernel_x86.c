/*
 * The kernel for x86-64 with AVX2, chosen when the program runs.
 *
 * One register holds the best scores so far of eight neighbouring places, a place always in the lane
 * of its number modulo 8.  At each step the highest place is final: it is written out, and its lane
 * is given to the place eight before it.  A row is turned to fit the lanes while it is loaded.
 */
#include "encode/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(BP_C11)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 static inline __attribute__((target("avx2"), always_inline))

/* What is in registers: of the eight places that are open, and of the eight that are written. */
struct lanes {
	__m256i best, second, done_best, done_second;
};

INLINE_AVX2 __m256i load(const int32_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

INLINE_AVX2 void store(int32_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

#define LANES(x) { x, x, x, x, x, x, x, x }
static const int32_t lane_number[BP_ROW][BP_ROW] = {
	LANES(0), LANES(1), LANES(2), LANES(3), LANES(4), LANES(5), LANES(6), LANES(7)
};
/* From where in the row the lanes take their scores at a place in lane 0, 1, ... */
static const int32_t turned[BP_ROW][BP_ROW] = {
	{ 7, 6, 5, 4, 3, 2, 1, 0 }, { 0, 7, 6, 5, 4, 3, 2, 1 }, { 1, 0, 7, 6, 5, 4, 3, 2 },
	{ 2, 1, 0, 7, 6, 5, 4, 3 }, { 3, 2, 1, 0, 7, 6, 5, 4 }, { 4, 3, 2, 1, 0, 7, 6, 5 },
	{ 5, 4, 3, 2, 1, 0, 7, 6 }, { 6, 5, 4, 3, 2, 1, 0, 7 }
};

struct pass {
	const struct score_rows *rows;
	const struct unigram *u;
	const uint32_t *row;
	struct suffixes *out;
};

INLINE_AVX2 __m256i score_of(const struct lanes *l, int lane)
{
	__m256i score = _mm256_permutevar8x32_epi32(l->best, load(lane_number[lane]));

	return _mm256_and_si256(score, _mm256_set1_epi32(~BP_ROW_CODE));
}

/* Hand the score of the place 'at', which is in lane 'lane', on to where pieces begin. */
INLINE_AVX2 void offer(const struct pass *p, struct lanes *l, size_t at, int lane, __m256i score)
{
	uint32_t row = p->row[at - 1];
	const int32_t *add = p->rows->score[row];
	__m256i offered = _mm256_permutevar8x32_epi32(load(add), load(turned[lane]));

	offered = _mm256_add_epi32(score, offered);
	l->second = _mm256_max_epi32(l->second, _mm256_min_epi32(l->best, offered));
	l->best = _mm256_max_epi32(l->best, offered);
	if (add[0] & BP_ROW_ONE_LONG)
		bp_kernel_long(p->rows, p->u, row, at,
			       _mm_cvtsi128_si32(_mm256_castsi256_si128(score)), p->out);
}

/*
 * One step, at the place 'at' in lane 'lane'.  A macro because the lane has to be a constant: the
 * finished scores leave it, and those that longer pieces have brought to the place eight before
 * enter it.
 */
#define STEP(p, l, at, lane) do {								\
	__m256i score_ = score_of(l, lane);							\
	const ptrdiff_t entering_ = (ptrdiff_t)(at) - BP_ROW;					\
												\
	(l)->done_best = _mm256_blend_epi32((l)->done_best, (l)->best, 1 << (lane));		\
	(l)->done_second = _mm256_blend_epi32((l)->done_second, (l)->second, 1 << (lane));	\
	(l)->best = _mm256_blend_epi32((l)->best,						\
		_mm256_set1_epi32((p)->out->best[entering_]), 1 << (lane));			\
	(l)->second = _mm256_blend_epi32((l)->second,						\
		_mm256_set1_epi32((p)->out->second[entering_]), 1 << (lane));			\
	offer(p, l, at, lane, score_);								\
} while (0)

/* Before the place 'at' in lane 0 hands its score on: move all up if it is low. */
INLINE_AVX2 void raise_low(const struct pass *p, struct lanes *l, size_t at)
{
	int32_t low = _mm_cvtsi128_si32(_mm256_castsi256_si128(l->best)) & ~BP_ROW_CODE;
	__m256i all = _mm256_set1_epi32(low), none = _mm256_set1_epi32(BP_ROW_NONE / 2);

	if (low >= BP_ROW_LOW)
		return;
	l->best = _mm256_sub_epi32(l->best, _mm256_and_si256(all, _mm256_cmpgt_epi32(l->best, none)));
	l->second = _mm256_sub_epi32(l->second,
				     _mm256_and_si256(all, _mm256_cmpgt_epi32(l->second, none)));
	bp_kernel_raise(p->u, at, low, p->out);
}

/* Steps at places not yet in line with the lanes: there are less than eight. */
AVX2 static size_t first_steps(const struct pass *p, struct lanes *l, size_t at)
{
	switch (at % BP_ROW) {
	case 7:
		STEP(p, l, at, 7);
		at--;
		/* fall through */
	case 6:
		STEP(p, l, at, 6);
		at--;
		/* fall through */
	case 5:
		STEP(p, l, at, 5);
		at--;
		/* fall through */
	case 4:
		STEP(p, l, at, 4);
		at--;
		/* fall through */
	case 3:
		STEP(p, l, at, 3);
		at--;
		/* fall through */
	case 2:
		STEP(p, l, at, 2);
		at--;
		/* fall through */
	case 1:
		STEP(p, l, at, 1);
		at--;
	}
	return at;
}

AVX2 static void run_avx2(const struct score_rows *r, const struct unigram *u, const uint32_t *row,
			  size_t n, struct suffixes *s)
{
	struct pass p = { r, u, row, s };
	__m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	struct lanes l = { none, none, none, none };
	ptrdiff_t i;
	size_t at;

	for (i = -BP_ROW; i < (ptrdiff_t)n; i += BP_ROW) {
		store(s->best + i, none);
		store(s->second + i, none);
	}
	store(s->best + n / BP_ROW * BP_ROW, none);
	s->best[n] = 0;
	l.best = load(s->best + n / BP_ROW * BP_ROW);
	s->best[n] = BP_ROW_NONE;
	for (at = first_steps(&p, &l, n);; ) {
		l.done_best = _mm256_blend_epi32(l.done_best, l.best, 1);
		l.done_second = _mm256_blend_epi32(l.done_second, l.second, 1);
		store(s->best + at, l.done_best);
		store(s->second + at, l.done_second);
		if (at == 0)
			break;
		raise_low(&p, &l, at);
		STEP(&p, &l, at, 0);
		STEP(&p, &l, at - 1, 7);
		STEP(&p, &l, at - 2, 6);
		STEP(&p, &l, at - 3, 5);
		STEP(&p, &l, at - 4, 4);
		STEP(&p, &l, at - 5, 3);
		STEP(&p, &l, at - 6, 2);
		STEP(&p, &l, at - 7, 1);
		at -= BP_ROW;
	}
}

bp_kernel *bp_kernel_if_avx2(void)
{
	return __builtin_cpu_supports("avx2") ? run_avx2 : NULL;
}

#else

bp_kernel *bp_kernel_if_avx2(void)
{
	return NULL;
}

#endif
