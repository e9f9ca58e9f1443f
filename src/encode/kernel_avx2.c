/*
 * The kernel for x86-64 with AVX2.
 *
 * One register holds the best scores so far of eight neighbouring positions; position p is always
 * in lane p % 8.  In each step the highest position becomes final: its score is saved, and its
 * lane is reused for the position eight before it.  A permutation turns each loaded row to fit the
 * lanes.
 *
 * A step depends on the result of the step before it, which leaves about half of the processor
 * unused.  So if there is a cut point near the middle, the two halves are searched side by side.
 */
#include "encode/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(BP_C11)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 static inline __attribute__((target("avx2"), always_inline))

struct avx2_pass {
	const struct score_rows *rows;
	const struct vocabulary *u;
	const uint32_t *row;
	struct suffixes *out;
	const struct lane_tables *table;
};

/* The search of one half of a text, or of all. */
struct lane_search {
	__m256i best, second;	/* of the eight positions at and before 'at' */
	__m256i done_best, done_second;	/* final scores that are not written to memory yet */
	size_t begin, at;	/* positions: lowest of the half; next to be processed */
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
/*
 * index[l] is l in every lane.
 * rotation[l][j]: for a position in lane l, the index in the row of the score for lane j.
 * The piece of length k has the index k - 1, and starts k positions before, in lane (l - k) % 8.
 */
static const struct lane_tables {
	int32_t index[BP_ROW][BP_ROW], rotation[BP_ROW][BP_ROW];
} lane_tables = {
	{ LANES(0), LANES(1), LANES(2), LANES(3), LANES(4), LANES(5), LANES(6), LANES(7) },
	{
		{ 7, 6, 5, 4, 3, 2, 1, 0 }, { 0, 7, 6, 5, 4, 3, 2, 1 },
		{ 1, 0, 7, 6, 5, 4, 3, 2 }, { 2, 1, 0, 7, 6, 5, 4, 3 },
		{ 3, 2, 1, 0, 7, 6, 5, 4 }, { 4, 3, 2, 1, 0, 7, 6, 5 },
		{ 5, 4, 3, 2, 1, 0, 7, 6 }, { 6, 5, 4, 3, 2, 1, 0, 7 }
	}
};
/* Volatile hides the values: clang replaces a permutation by known indices by two, which take
 * longer. */
static const struct lane_tables *const volatile hidden_tables = &lane_tables;

/* The score in a lane, without its code, in all lanes. */
INLINE_AVX2 __m256i score_of(const struct avx2_pass *p, const struct lane_search *l, int lane)
{
	__m256i score = _mm256_permutevar8x32_epi32(l->best, load(p->table->index[lane]));

	return _mm256_and_si256(score, _mm256_set1_epi32(~BP_ROW_CODE));
}

/* Offer the score of position 'at', in lane 'lane', to the starts of the pieces that end there. */
INLINE_AVX2 void offer_lanes(const struct avx2_pass *p, struct lane_search *l, size_t at, int lane,
			     __m256i score)
{
	const struct score_row *row = &p->rows->row[p->row[at - 1]];
	__m256i offered = _mm256_permutevar8x32_epi32(load(row->score),
						      load(p->table->rotation[lane]));

	offered = _mm256_add_epi32(score, offered);
	l->second = _mm256_max_epi32(l->second, _mm256_min_epi32(l->best, offered));
	l->best = _mm256_max_epi32(l->best, offered);
	/* Without the hint, clang keeps all lanes in memory because of the call. */
	if (__builtin_expect(bp_score_row_is_long(row), 0))
		bp_kernel_offer_long(p->rows, row, at,
				     _mm_cvtsi128_si32(_mm256_castsi256_si128(score)), p->out);
}

/* Save the final score of a lane; write_done() writes eight of them at once. */
#define FINISH(l, lane) do {									\
	(l)->done_best = _mm256_blend_epi32((l)->done_best, (l)->best, 1 << (lane));		\
	(l)->done_second = _mm256_blend_epi32((l)->done_second, (l)->second, 1 << (lane));	\
} while (0)

/*
 * Process text position 'at', in lane 'lane' == at % 8.  Its score is final: save it, then reuse
 * the lane for position at - 8, starting with the scores that pieces longer than a row have
 * offered to it in memory.  'entering' is the multiple of 8 at or below at - 8.  A macro, because
 * blend needs a constant lane.
 */
#define STEP(p, l, at, lane, entering) do {							\
	__m256i score_ = score_of(p, l, lane);							\
												\
	FINISH(l, lane);									\
	(l)->best = _mm256_blend_epi32((l)->best, load((p)->out->best + (entering)), 1 << (lane)); \
	(l)->second = _mm256_blend_epi32((l)->second, load((p)->out->second + (entering)),	\
					 1 << (lane));						\
	offer_lanes(p, l, at, lane, score_);							\
} while (0)

/* Scores less 'low'; scores of no path stay. */
INLINE_AVX2 __m256i raise_lanes(__m256i score, __m256i low)
{
	__m256i any = _mm256_cmpgt_epi32(score, _mm256_set1_epi32(BP_ROW_NONE / 2));

	return _mm256_sub_epi32(score, _mm256_and_si256(low, any));
}

/* bp_kernel_raise() for eight positions at a time; 'begin' and 'at' are multiples of 8.  It may
 * include up to seven positions too many, to which nothing was offered: scores of no path stay. */
AVX2 static void raise_memory(const struct avx2_pass *p, const struct lane_search *l, __m256i low)
{
	int32_t *best = p->out->best, *second = p->out->second;
	size_t i, n = (BP_MIN(l->at - l->begin, p->u->max_len) + BP_ROW - 1) / BP_ROW * BP_ROW;

	for (i = l->at - n; i < l->at; i += BP_ROW) {
		store(best + i, raise_lanes(load(best + i), low));
		store(second + i, raise_lanes(load(second + i), low));
	}
}

/* Before position 'at', which is in lane 0, is processed: raise all scores if its score is low. */
INLINE_AVX2 void raise_low(const struct avx2_pass *p, struct lane_search *l)
{
	int32_t score = _mm_cvtsi128_si32(_mm256_castsi256_si128(l->best)) & ~BP_ROW_CODE;
	__m256i low = _mm256_set1_epi32(score);

	if (score >= BP_ROW_LOW)
		return;
	l->best = raise_lanes(l->best, low);
	l->second = raise_lanes(l->second, low);
	raise_memory(p, l, low);
}

/* Process up to seven positions, down to a multiple of 8. */
AVX2 static void first_steps(const struct avx2_pass *p, struct lane_search *l)
{
	const ptrdiff_t entering = (ptrdiff_t)(l->at / BP_ROW * BP_ROW) - BP_ROW;

	switch (l->at % BP_ROW) {
	case 7:
		STEP(p, l, l->at, 7, entering);
		l->at--;
		/* fall through */
	case 6:
		STEP(p, l, l->at, 6, entering);
		l->at--;
		/* fall through */
	case 5:
		STEP(p, l, l->at, 5, entering);
		l->at--;
		/* fall through */
	case 4:
		STEP(p, l, l->at, 4, entering);
		l->at--;
		/* fall through */
	case 3:
		STEP(p, l, l->at, 3, entering);
		l->at--;
		/* fall through */
	case 2:
		STEP(p, l, l->at, 2, entering);
		l->at--;
		/* fall through */
	case 1:
		STEP(p, l, l->at, 1, entering);
		l->at--;
	}
}

/* Start at position 'end', and stop at a multiple of 8. */
AVX2 static void begin_lanes(const struct avx2_pass *p, struct lane_search *l, size_t begin,
			     size_t end)
{
	__m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	int32_t best[BP_ROW] = LANES(BP_ROW_NONE);

	best[end % BP_ROW] = 0;
	*l = (struct lane_search){ load(best), none, none, none, begin, end };
	bp_kernel_prefetch_first(p->rows, p->row, end);
	first_steps(p, l);
}

/* Write the final scores of the eight positions from 'at' on. */
INLINE_AVX2 void write_done(const struct avx2_pass *p, struct lane_search *l)
{
	FINISH(l, 0);
	store(p->out->best + l->at, l->done_best);
	store(p->out->second + l->at, l->done_second);
}

/* Steps at positions at - 0, at - 1, ... at - 7, where 'at' is a multiple of 8. */
#define STEP_0(p, l) STEP(p, l, (l)->at, 0, (ptrdiff_t)(l)->at - BP_ROW)
#define STEP_BELOW(p, l, k) STEP(p, l, (l)->at - (k), BP_ROW - (k), (ptrdiff_t)(l)->at - 2 * BP_ROW)

/* Process 8 * n positions.  The copy of *l lets compilers keep it in registers. */
AVX2 static void search_alone(const struct avx2_pass *p, struct lane_search *l, size_t n)
{
	struct lane_search a = *l;

	for (; n > 0; n--) {
		bp_kernel_prefetch(p->rows, p->row, a.at);
		raise_low(p, &a);
		STEP_0(p, &a);
		STEP_BELOW(p, &a, 1);
		STEP_BELOW(p, &a, 2);
		STEP_BELOW(p, &a, 3);
		STEP_BELOW(p, &a, 4);
		STEP_BELOW(p, &a, 5);
		STEP_BELOW(p, &a, 6);
		STEP_BELOW(p, &a, 7);
		a.at -= BP_ROW;
		write_done(p, &a);
	}
	*l = a;
}

/* Process 8 * n positions of two searches in turn, so that the latencies of their steps overlap. */
AVX2 static void search_both(const struct avx2_pass *p, struct lane_search *first,
			     struct lane_search *second, size_t n)
{
	struct lane_search a = *first, b = *second;

	for (; n > 0; n--) {
		bp_kernel_prefetch(p->rows, p->row, a.at);
		bp_kernel_prefetch(p->rows, p->row, b.at);
		raise_low(p, &a);
		raise_low(p, &b);
		STEP_0(p, &a);
		STEP_0(p, &b);
		STEP_BELOW(p, &a, 1);
		STEP_BELOW(p, &b, 1);
		STEP_BELOW(p, &a, 2);
		STEP_BELOW(p, &b, 2);
		STEP_BELOW(p, &a, 3);
		STEP_BELOW(p, &b, 3);
		STEP_BELOW(p, &a, 4);
		STEP_BELOW(p, &b, 4);
		STEP_BELOW(p, &a, 5);
		STEP_BELOW(p, &b, 5);
		STEP_BELOW(p, &a, 6);
		STEP_BELOW(p, &b, 6);
		STEP_BELOW(p, &a, 7);
		STEP_BELOW(p, &b, 7);
		a.at -= BP_ROW;
		b.at -= BP_ROW;
		write_done(p, &a);
		write_done(p, &b);
	}
	*first = a;
	*second = b;
}

AVX2 static void run_avx2(const struct score_rows *r, const struct vocabulary *u,
			  const uint32_t *row, size_t n, size_t middle, struct suffixes *s)
{
	struct avx2_pass p = { r, u, row, s, hidden_tables };
	__m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	size_t steps;
	struct lane_search a, b;
	ptrdiff_t i;

	for (i = -BP_ROW; i <= (ptrdiff_t)n; i += BP_ROW) {
		store(s->best + i, none);
		store(s->second + i, none);
	}
	begin_lanes(&p, &a, middle, n);
	write_done(&p, &a);
	if (middle > 0) {
		begin_lanes(&p, &b, 0, middle);
		steps = BP_MIN(a.at - middle, middle) / BP_ROW;
		search_both(&p, &a, &b, steps);
		search_alone(&p, &b, b.at / BP_ROW);
	}
	search_alone(&p, &a, (a.at - middle) / BP_ROW);
}

bp_kernel *bp_kernel_find_avx2(void)
{
	return __builtin_cpu_supports("avx2") ? run_avx2 : NULL;
}

#else

bp_kernel *bp_kernel_find_avx2(void)
{
	return NULL;
}

#endif
