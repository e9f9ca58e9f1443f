/*
 * The kernels for x86-64: with AVX2, and with AVX-512.
 *
 * One register holds the best scores so far of eight neighbouring positions; position p is always
 * in lane p % 8.  In each step the highest position becomes final: its score is saved, and its
 * lane is reused for the position eight before it.  A permutation turns each loaded row to fit the
 * lanes.
 *
 * A step depends on the result of the step before it, so that about half of the processor is
 * unused.  So if there is a cut point near the middle, the two halves are searched side by side:
 * with AVX2 in turn, with AVX-512 in the two halves of one register.
 *
 * Positions are processed in blocks of eight.  Pieces longer than a row reach at least nine
 * positions back, so it is early enough to offer them at the end of a block, in memory, and to take
 * the scores from there before the next eight positions become final.  Calls and branches inside
 * of a block would cost more than the long pieces themselves.
 */
#include "encode/kernel.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(BP_C11)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE_AVX2 static inline __attribute__((target("avx2"), always_inline))
#define AVX512 __attribute__((target("avx2,avx512f")))
#define INLINE_AVX512 static inline __attribute__((target("avx2,avx512f"), always_inline))

struct x86_pass {
	const struct score_rows *rows;
	const uint32_t *row;
	int32_t *best, *second;	/* of struct suffixes */
	uint8_t *long_len;
	const struct lane_tables *table;
	size_t reach;		/* length of the longest piece, rounded up to a multiple of 8 */
};

/* The search of one half of a text, or of all. */
struct lane_search {
	__m256i best, second;	/* of the eight positions at and before 'at' */
	__m256i done_best, done_second;	/* final scores that are not written to memory yet */
	size_t begin, end, at;	/* positions: of the half; next to be processed */
};

INLINE_AVX2 __m256i load(const int32_t *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

INLINE_AVX2 void store(int32_t *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)(void *)p, v);
}

#define LANES(x) x, x, x, x, x, x, x, x
#define ROTATION(a, b, c, d, e, f, g, h)							\
	{ a, b, c, d, e, f, g, h, 8 + (a), 8 + (b), 8 + (c), 8 + (d),			\
	  8 + (e), 8 + (f), 8 + (g), 8 + (h) }
/*
 * index[l] is l in every lane.
 * rotation[l][j]: for a position in lane l, the index in the row of the score for lane j.
 * The piece of length k has the index k - 1, and starts k positions before, in lane (l - k) % 8.
 * A register of AVX-512 has both in each of its halves.
 */
static const struct lane_tables {
	int32_t index[BP_ROW][2 * BP_ROW], rotation[BP_ROW][2 * BP_ROW];
} lane_tables = {
	{
		{ LANES(0), LANES(8) }, { LANES(1), LANES(9) }, { LANES(2), LANES(10) },
		{ LANES(3), LANES(11) }, { LANES(4), LANES(12) }, { LANES(5), LANES(13) },
		{ LANES(6), LANES(14) }, { LANES(7), LANES(15) }
	}, {
		ROTATION(7, 6, 5, 4, 3, 2, 1, 0), ROTATION(0, 7, 6, 5, 4, 3, 2, 1),
		ROTATION(1, 0, 7, 6, 5, 4, 3, 2), ROTATION(2, 1, 0, 7, 6, 5, 4, 3),
		ROTATION(3, 2, 1, 0, 7, 6, 5, 4), ROTATION(4, 3, 2, 1, 0, 7, 6, 5),
		ROTATION(5, 4, 3, 2, 1, 0, 7, 6), ROTATION(6, 5, 4, 3, 2, 1, 0, 7)
	}
};
/* Volatile hides the values: clang replaces a permutation by known indices by two slower ones. */
static const struct lane_tables *const volatile hidden_tables = &lane_tables;

/* The score in a lane, without its code, in all lanes. */
INLINE_AVX2 __m256i score_of(const struct x86_pass *p, const struct lane_search *l, int lane)
{
	__m256i score = _mm256_permutevar8x32_epi32(l->best, load(p->table->index[lane]));

	return _mm256_and_si256(score, _mm256_set1_epi32(~BP_ROW_CODE));
}

/* Offer the score of position 'at', in lane 'lane', to the starts of the pieces that end there. */
INLINE_AVX2 void offer_lanes(const struct x86_pass *p, struct lane_search *l, size_t at, int lane,
			     __m256i score)
{
	const struct score_row *row = &p->rows->row[p->row[at - 1]];
	__m256i offered = _mm256_permutevar8x32_epi32(load(row->score),
						      load(p->table->rotation[lane]));

	offered = _mm256_add_epi32(score, offered);
	l->second = _mm256_max_epi32(l->second, _mm256_min_epi32(l->best, offered));
	l->best = _mm256_max_epi32(l->best, offered);
}

/* Save the final score of a lane; write_done() writes eight of them at once. */
#define FINISH(l, lane) do {									\
	(l)->done_best = _mm256_blend_epi32((l)->done_best, (l)->best, 1 << (lane));		\
	(l)->done_second = _mm256_blend_epi32((l)->done_second, (l)->second, 1 << (lane));	\
} while (0)

/*
 * Process text position 'at', in lane 'lane' == at % 8.  Its score is final: save it, then reuse
 * the lane for position at - 8.  A macro, because blend needs a constant lane.
 */
#define STEP(p, l, at, lane) do {								\
	const __m256i none_ = _mm256_set1_epi32(BP_ROW_NONE);					\
	__m256i score_ = score_of(p, l, lane);							\
												\
	FINISH(l, lane);									\
	(l)->best = _mm256_blend_epi32((l)->best, none_, 1 << (lane));				\
	(l)->second = _mm256_blend_epi32((l)->second, none_, 1 << (lane));			\
	offer_lanes(p, l, at, lane, score_);							\
} while (0)

/* Scores less 'low'; scores of no path stay. */
INLINE_AVX2 __m256i raise_lanes(__m256i score, __m256i low)
{
	__m256i any = _mm256_cmpgt_epi32(score, _mm256_set1_epi32(BP_ROW_NONE / 2));

	return _mm256_sub_epi32(score, _mm256_and_si256(low, any));
}

/* Raise n scores in memory, a multiple of 8. */
AVX2 static void raise_memory(int32_t *score, size_t n, __m256i low)
{
	size_t i;

	for (i = 0; i < n; i += BP_ROW)
		store(score + i, raise_lanes(load(score + i), low));
}

/*
 * Before position 'at', in lane 0, is processed: raise all scores if its score is low.  In memory,
 * that is all positions that pieces may have reached, up to seven more without a path, and 'at'
 * itself, for offer_long_rows().
 */
INLINE_AVX2 void raise_low(const struct x86_pass *p, struct lane_search *l)
{
	int32_t score = _mm_cvtsi128_si32(_mm256_castsi256_si128(l->best)) & ~BP_ROW_CODE;
	__m256i low = _mm256_set1_epi32(score);
	size_t n;

	if (__builtin_expect(score >= BP_ROW_LOW, 1))
		return;
	l->best = raise_lanes(l->best, low);
	l->second = raise_lanes(l->second, low);
	n = BP_MIN(l->at - l->begin, p->reach);
	raise_memory(p->best + l->at - n, n + BP_ROW, low);
	raise_memory(p->second + l->at - n, n + BP_ROW, low);
}

/* Process up to seven positions, down to a multiple of 8. */
AVX2 static void first_steps(const struct x86_pass *p, struct lane_search *l)
{
	switch (l->at % BP_ROW) {
	case 7:
		STEP(p, l, l->at, 7);
		l->at--;
		/* fall through */
	case 6:
		STEP(p, l, l->at, 6);
		l->at--;
		/* fall through */
	case 5:
		STEP(p, l, l->at, 5);
		l->at--;
		/* fall through */
	case 4:
		STEP(p, l, l->at, 4);
		l->at--;
		/* fall through */
	case 3:
		STEP(p, l, l->at, 3);
		l->at--;
		/* fall through */
	case 2:
		STEP(p, l, l->at, 2);
		l->at--;
		/* fall through */
	case 1:
		STEP(p, l, l->at, 1);
		l->at--;
	}
}

/* Write the final scores of the eight positions from 'at' on. */
INLINE_AVX2 void write_done(const struct x86_pass *p, struct lane_search *l)
{
	FINISH(l, 0);
	store(p->best + l->at, l->done_best);
	store(p->second + l->at, l->done_second);
}

/* Offer a score to a position in memory, whole registers at a time, as they are read again: a read
 * of eight scores has to wait for a late write of one of them. */
INLINE_AVX2 void offer_in_memory(const struct x86_pass *p, size_t to, int32_t score)
{
	const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	int32_t *at_best = p->best + to / BP_ROW * BP_ROW;
	int32_t *at_second = p->second + to / BP_ROW * BP_ROW;
	__m256i best = load(at_best), second = load(at_second), here, offered;

	here = _mm256_cmpeq_epi32(lanes, _mm256_set1_epi32((int)(to % BP_ROW)));
	offered = _mm256_blendv_epi8(_mm256_set1_epi32(BP_ROW_NONE), _mm256_set1_epi32(score),
				     here);
	store(at_best, _mm256_max_epi32(best, offered));
	store(at_second, _mm256_max_epi32(second, _mm256_min_epi32(best, offered)));
}

/* bp_kernel_offer_long() */
INLINE_AVX2 void offer_list(const struct x86_pass *p, const struct score_row *row, size_t at,
			    int32_t score)
{
	const struct long_pieces *more = &row->more;
	int32_t *best = p->best;
	uint8_t *long_len = p->long_len;
	size_t to;
	int k;

	for (k = 0; more->len[k] != 0; ) {
		to = at - more->len[k];
		/* No branch: it would be hard to predict. */
		long_len[to] = score + more->score[k] > best[to] ? more->len[k] : long_len[to];
		offer_in_memory(p, to, score + more->score[k]);
		if (++k < BP_ROW_MORE)
			continue;
		row = &p->rows->row[more->next];
		if (!bp_score_row_is_long(row))
			break;
		more = &row->more;
		k = 0;
	}
}

/* The bits of 'mask' stand for the bytes from l->at on: offer the pieces of their long rows, from
 * right to left. */
INLINE_AVX2 void offer_long_rows(const struct x86_pass *p, const struct lane_search *l,
				 unsigned mask)
{
	const struct score_row *row;
	unsigned bit;
	size_t end;

	for (; mask != 0; mask ^= 1u << bit) {
		bit = 31 - (unsigned)__builtin_clz(mask);
		end = l->at + bit + 1;
		row = &p->rows->row[p->row[end - 1]];
		/* The score at the end of the half, 0, is not in memory. */
		if (bp_score_row_is_long(row))
			offer_list(p, row, end,
				   end == l->end ? 0 : p->best[end] & ~BP_ROW_CODE);
	}
}

/* The bits of the bytes, of eight from l->at on, with rows that may be long: their numbers are from
 * first_long on, but below that of end marks. */
INLINE_AVX2 unsigned maybe_long(const struct x86_pass *p, const struct lane_search *l)
{
	const uint32_t first = (uint32_t)p->rows->first_long, sign = UINT32_C(1) << 31;
	const uint32_t n = bp_score_rows_mark(p->rows) - first;
	/* An unsigned comparison of row - first and n: AVX2 has only that of signed numbers. */
	__m256i row = load((const int32_t *)(const void *)(p->row + l->at));
	__m256i signed_row = _mm256_sub_epi32(row, _mm256_set1_epi32((int32_t)(first + sign)));
	__m256i found = _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)(n + sign)), signed_row);

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(found));
}

/* Pieces are offered in memory to positions before l->at: fill the eight that are the first to be
 * reached from there. */
INLINE_AVX2 void fill_next(const struct x86_pass *p, const struct lane_search *l)
{
	const __m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	size_t to = l->at - p->reach - BP_ROW;

	if (l->at - l->begin < p->reach + BP_ROW)
		return;
	store(p->best + to, none);
	store(p->second + to, none);
}

/* Start at position 'end', and stop at a multiple of 8. */
AVX2 static void begin_lanes(const struct x86_pass *p, struct lane_search *l, size_t begin,
			     size_t end)
{
	__m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	int32_t best[BP_ROW] = { LANES(BP_ROW_NONE) };
	size_t last = end / BP_ROW * BP_ROW, i;

	best[end % BP_ROW] = 0;
	*l = (struct lane_search){ load(best), none, none, none, begin, end, end };
	bp_kernel_prefetch_first(p->rows, p->row, end);
	for (i = last - BP_MIN(last - begin, p->reach + BP_ROW); i < last; i += BP_ROW) {
		store(p->best + i, none);
		store(p->second + i, none);
	}
	first_steps(p, l);
	if (l->at == end)
		return;
	write_done(p, l);
	offer_long_rows(p, l, (1u << (end - l->at)) - 1);
}

/* Steps at positions at - 0, at - 1, ... at - 7, where 'at' is a multiple of 8. */
#define STEP_BELOW(p, l, k) STEP(p, l, (l)->at - (k), (BP_ROW - (k)) % BP_ROW)

/* Take the scores that long pieces have offered in memory to the eight positions before 'at'. */
INLINE_AVX2 void take_long(const struct x86_pass *p, struct lane_search *l)
{
	__m256i best = load(p->best + l->at - BP_ROW);
	__m256i second = load(p->second + l->at - BP_ROW);
	__m256i lower = _mm256_min_epi32(l->best, best);

	l->second = _mm256_max_epi32(_mm256_max_epi32(l->second, second), lower);
	l->best = _mm256_max_epi32(l->best, best);
}

/* The eight positions below 'at' are final. */
INLINE_AVX2 void end_block(const struct x86_pass *p, struct lane_search *l)
{
	unsigned mask;

	l->at -= BP_ROW;
	write_done(p, l);
	fill_next(p, l);
	mask = maybe_long(p, l);
	if (__builtin_expect(mask != 0, 0))
		offer_long_rows(p, l, mask);
}

/* Process 8 * n positions.  The copies let compilers keep all in registers. */
AVX2 static void search_alone(const struct x86_pass *p, struct lane_search *l, size_t n)
{
	const struct x86_pass q = *p;
	struct lane_search a = *l;

	for (; n > 0; n--) {
		bp_kernel_prefetch(q.rows, q.row, a.at);
		raise_low(&q, &a);
		STEP_BELOW(&q, &a, 0);
		take_long(&q, &a);
		STEP_BELOW(&q, &a, 1);
		STEP_BELOW(&q, &a, 2);
		STEP_BELOW(&q, &a, 3);
		STEP_BELOW(&q, &a, 4);
		STEP_BELOW(&q, &a, 5);
		STEP_BELOW(&q, &a, 6);
		STEP_BELOW(&q, &a, 7);
		end_block(&q, &a);
	}
	*l = a;
}

/* Process 8 * n positions of two searches in turn, so that the latencies of their steps overlap. */
AVX2 static void search_both(const struct x86_pass *p, struct lane_search *first,
			     struct lane_search *second, size_t n)
{
	const struct x86_pass q = *p;
	struct lane_search a = *first, b = *second;

	for (; n > 0; n--) {
		bp_kernel_prefetch(q.rows, q.row, a.at);
		bp_kernel_prefetch(q.rows, q.row, b.at);
		raise_low(&q, &a);
		raise_low(&q, &b);
		STEP_BELOW(&q, &a, 0);
		STEP_BELOW(&q, &b, 0);
		take_long(&q, &a);
		take_long(&q, &b);
		STEP_BELOW(&q, &a, 1);
		STEP_BELOW(&q, &b, 1);
		STEP_BELOW(&q, &a, 2);
		STEP_BELOW(&q, &b, 2);
		STEP_BELOW(&q, &a, 3);
		STEP_BELOW(&q, &b, 3);
		STEP_BELOW(&q, &a, 4);
		STEP_BELOW(&q, &b, 4);
		STEP_BELOW(&q, &a, 5);
		STEP_BELOW(&q, &b, 5);
		STEP_BELOW(&q, &a, 6);
		STEP_BELOW(&q, &b, 6);
		STEP_BELOW(&q, &a, 7);
		STEP_BELOW(&q, &b, 7);
		end_block(&q, &a);
		end_block(&q, &b);
	}
	*first = a;
	*second = b;
}

/* The search of two halves; the second has the upper lanes. */
struct both_lanes {
	__m512i best, second, done_best, done_second;
};

INLINE_AVX512 __m512i join(__m256i lower, __m256i upper)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
}

INLINE_AVX512 __m256i lower_half(__m512i v)
{
	return _mm512_castsi512_si256(v);
}

INLINE_AVX512 __m256i upper_half(__m512i v)
{
	return _mm512_extracti64x4_epi64(v, 1);
}

INLINE_AVX512 __m512i load_both(const int32_t *lower, const int32_t *upper)
{
	return join(load(lower), load(upper));
}

INLINE_AVX512 void join_lanes(struct both_lanes *l, const struct lane_search *a,
			      const struct lane_search *b)
{
	*l = (struct both_lanes){ join(a->best, b->best), join(a->second, b->second),
				  join(a->done_best, b->done_best),
				  join(a->done_second, b->done_second) };
}

INLINE_AVX512 void divide_lanes(const struct both_lanes *l, struct lane_search *a,
				struct lane_search *b)
{
	a->best = lower_half(l->best);
	a->second = lower_half(l->second);
	a->done_best = lower_half(l->done_best);
	a->done_second = lower_half(l->done_second);
	b->best = upper_half(l->best);
	b->second = upper_half(l->second);
	b->done_best = upper_half(l->done_best);
	b->done_second = upper_half(l->done_second);
}

/* STEP() for positions 'at_a' and 'at_b', both in lane 'lane' of their halves. */
INLINE_AVX512 void step_both(const struct x86_pass *p, struct both_lanes *l, size_t at_a,
			     size_t at_b, int lane)
{
	const struct score_row *a = &p->rows->row[p->row[at_a - 1]];
	const struct score_row *b = &p->rows->row[p->row[at_b - 1]];
	const __mmask16 others = (__mmask16)~(0x101 << lane);
	const __m512i none = _mm512_set1_epi32(BP_ROW_NONE);
	__m512i score, offered;

	score = _mm512_permutexvar_epi32(_mm512_loadu_si512(lane_tables.index[lane]), l->best);
	score = _mm512_and_si512(score, _mm512_set1_epi32(~BP_ROW_CODE));
	l->done_best = _mm512_mask_blend_epi32(others, l->best, l->done_best);
	l->done_second = _mm512_mask_blend_epi32(others, l->second, l->done_second);
	offered = _mm512_permutexvar_epi32(_mm512_loadu_si512(lane_tables.rotation[lane]),
					   join(load(a->score), load(b->score)));
	offered = _mm512_add_epi32(score, offered);
	l->second = _mm512_mask_max_epi32(none, others, l->second,
					  _mm512_min_epi32(l->best, offered));
	l->best = _mm512_mask_max_epi32(offered, others, l->best, offered);
}

/* raise_low() for both; seldom needed, so no matter that it divides them. */
INLINE_AVX512 void raise_both(const struct x86_pass *p, struct both_lanes *l,
			      struct lane_search *a, struct lane_search *b)
{
	const __m512i least = _mm512_set1_epi32(BP_ROW_LOW);

	if (__builtin_expect(_mm512_mask_cmplt_epi32_mask(0x101, l->best, least) == 0, 1))
		return;
	divide_lanes(l, a, b);
	raise_low(p, a);
	raise_low(p, b);
	join_lanes(l, a, b);
}

/* take_long() for both. */
INLINE_AVX512 void take_long_both(const struct x86_pass *p, struct both_lanes *l, size_t at_a,
				  size_t at_b)
{
	__m512i best = load_both(p->best + at_a - BP_ROW, p->best + at_b - BP_ROW);
	__m512i second = load_both(p->second + at_a - BP_ROW, p->second + at_b - BP_ROW);
	__m512i lower = _mm512_min_epi32(l->best, best);

	l->second = _mm512_max_epi32(_mm512_max_epi32(l->second, second), lower);
	l->best = _mm512_max_epi32(l->best, best);
}

/* end_block() for both. */
INLINE_AVX512 void end_both(const struct x86_pass *p, struct both_lanes *l,
			    struct lane_search *a, struct lane_search *b)
{
	unsigned mask_a, mask_b;

	a->at -= BP_ROW;
	b->at -= BP_ROW;
	l->done_best = _mm512_mask_blend_epi32(0x101, l->done_best, l->best);
	l->done_second = _mm512_mask_blend_epi32(0x101, l->done_second, l->second);
	store(p->best + a->at, lower_half(l->done_best));
	store(p->second + a->at, lower_half(l->done_second));
	store(p->best + b->at, upper_half(l->done_best));
	store(p->second + b->at, upper_half(l->done_second));
	fill_next(p, a);
	fill_next(p, b);
	mask_a = maybe_long(p, a);
	mask_b = maybe_long(p, b);
	if (__builtin_expect((mask_a | mask_b) != 0, 0)) {
		offer_long_rows(p, a, mask_a);
		offer_long_rows(p, b, mask_b);
	}
}

/* As search_both(). */
AVX512 static void search_both_at_once(const struct x86_pass *p, struct lane_search *first,
				       struct lane_search *second, size_t n)
{
	const struct x86_pass q = *p;
	struct lane_search a = *first, b = *second;
	struct both_lanes l;

	for (join_lanes(&l, &a, &b); n > 0; n--) {
		bp_kernel_prefetch(q.rows, q.row, a.at);
		bp_kernel_prefetch(q.rows, q.row, b.at);
		raise_both(&q, &l, &a, &b);
		step_both(&q, &l, a.at, b.at, 0);
		take_long_both(&q, &l, a.at, b.at);
		step_both(&q, &l, a.at - 1, b.at - 1, 7);
		step_both(&q, &l, a.at - 2, b.at - 2, 6);
		step_both(&q, &l, a.at - 3, b.at - 3, 5);
		step_both(&q, &l, a.at - 4, b.at - 4, 4);
		step_both(&q, &l, a.at - 5, b.at - 5, 3);
		step_both(&q, &l, a.at - 6, b.at - 6, 2);
		step_both(&q, &l, a.at - 7, b.at - 7, 1);
		end_both(&q, &l, &a, &b);
	}
	divide_lanes(&l, &a, &b);
	*first = a;
	*second = b;
}

typedef void search_both_halves(const struct x86_pass *p, struct lane_search *first,
				struct lane_search *second, size_t n);

AVX2 static void run_halves(const struct x86_pass *p, size_t n, size_t middle,
			    search_both_halves *both)
{
	struct lane_search a, b;

	begin_lanes(p, &a, middle, n);
	if (middle > 0) {
		begin_lanes(p, &b, 0, middle);
		both(p, &a, &b, BP_MIN(a.at - middle, middle) / BP_ROW);
		search_alone(p, &b, b.at / BP_ROW);
	}
	search_alone(p, &a, (a.at - middle) / BP_ROW);
}

static struct x86_pass pass_of(const struct score_rows *r, const struct vocabulary *u,
			       const uint32_t *row, struct suffixes *s)
{
	return (struct x86_pass){ r, row, s->best, s->second, s->long_len, hidden_tables,
				  (u->max_len + BP_ROW - 1) / BP_ROW * BP_ROW };
}

static void run_avx2(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		     size_t n, size_t middle, struct suffixes *s)
{
	const struct x86_pass p = pass_of(r, u, row, s);

	run_halves(&p, n, middle, search_both);
}

static void run_avx512(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		       size_t n, size_t middle, struct suffixes *s)
{
	const struct x86_pass p = pass_of(r, u, row, s);

	run_halves(&p, n, middle, search_both_at_once);
}

bp_kernel *bp_kernel_find_avx2(void)
{
	return __builtin_cpu_supports("avx2") ? run_avx2 : NULL;
}

bp_kernel *bp_kernel_find_avx512(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") ?
	       run_avx512 : NULL;
}

#else

bp_kernel *bp_kernel_find_avx2(void)
{
	return NULL;
}

bp_kernel *bp_kernel_find_avx512(void)
{
	return NULL;
}

#endif
