/*
 * The kernels for x86-64: with AVX2, and with AVX-512.
 *
 * Registers hold the best scores so far of the eight positions from the current one down, in the
 * order of a row.  In each step the first of them is final: its score is added to the row of the
 * piece that ends there, and the others move up by one.
 *
 * A step depends on the result of the step before it, so that most of the processor is unused.  So
 * if there is a cut point near the middle, the two halves are searched side by side: with AVX2 in
 * the two halves of each register, so that all moves stay within 128 bits.  Moves across them are
 * slow: on Zen 3 a permutation of a whole register takes longer than all else of a step.
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
	size_t reach;		/* length of the longest piece, rounded up to a multiple of 8 */
};

/* Scores of eight positions in falling order: four in the lower half of each register, or those of
 * two searches in both halves. */
struct lanes {
	__m256i near, far;
};
struct scores {
	struct lanes best, second;	/* the first is that of position 'at' */
};

/* The search of one half of a text, or of all. */
struct half {
	struct scores scores;
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

INLINE_AVX2 __m128i load_four(const int32_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* Four numbers from each of two addresses. */
INLINE_AVX2 __m256i load_both(const int32_t *lower, const int32_t *upper)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(load_four(lower)), load_four(upper),
				       1);
}

/* In each half of a register: move up by a lane, and fill the last one with the first of 'next'. */
INLINE_AVX2 __m256i move_up(__m256i v, __m256i next)
{
	return _mm256_alignr_epi8(next, v, 4);
}

/* In each half of a register: the order of the lanes turned round. */
INLINE_AVX2 __m256i reverse(__m256i v)
{
	return _mm256_shuffle_epi32(v, 0x1B);
}

INLINE_AVX2 void offer(__m256i *best, __m256i *second, __m256i offered)
{
	*second = _mm256_max_epi32(*second, _mm256_min_epi32(*best, offered));
	*best = _mm256_max_epi32(*best, offered);
}

/* Offer the score of position at_a, or of at_a and at_b in both halves, to the starts of the pieces
 * that end there; then the next position is the first. */
INLINE_AVX2 void step(const struct x86_pass *p, struct scores *s, size_t at_a, size_t at_b)
{
	const __m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	const int32_t *a = p->rows->row[p->row[at_a - 1]].score;
	const int32_t *b = p->rows->row[p->row[at_b - 1]].score;
	__m256i score = _mm256_and_si256(_mm256_shuffle_epi32(s->best.near, 0),
					 _mm256_set1_epi32(~BP_ROW_CODE));

	s->best.near = move_up(s->best.near, s->best.far);
	s->best.far = move_up(s->best.far, none);
	s->second.near = move_up(s->second.near, s->second.far);
	s->second.far = move_up(s->second.far, none);
	offer(&s->best.near, &s->second.near, _mm256_add_epi32(score, load_both(a, b)));
	offer(&s->best.far, &s->second.far, _mm256_add_epi32(score, load_both(a + 4, b + 4)));
}

/* Write the first score, which is final. */
INLINE_AVX2 void write_one(const struct x86_pass *p, const struct half *h)
{
	p->best[h->at] = _mm_cvtsi128_si32(_mm256_castsi256_si128(h->scores.best.near));
	p->second[h->at] = _mm_cvtsi128_si32(_mm256_castsi256_si128(h->scores.second.near));
}

/* The first lanes of four registers, the last register first, in each half. */
INLINE_AVX2 __m256i first_lanes(__m256i s0, __m256i s1, __m256i s2, __m256i s3)
{
	return _mm256_unpacklo_epi64(_mm256_unpacklo_epi32(s3, s2), _mm256_unpacklo_epi32(s1, s0));
}

/* Write the lower half of a register at one address, and then the upper half at another one. */
INLINE_AVX2 void store_halves(int32_t *lower, int32_t *upper, __m256i v)
{
	_mm_storeu_si128((__m128i *)(void *)lower, _mm256_castsi256_si128(v));
	if (upper != NULL)
		_mm_storeu_si128((__m128i *)(void *)upper, _mm256_extracti128_si256(v, 1));
}

/* Scores less 'low'; scores of no path stay. */
INLINE_AVX2 __m256i raise_lanes(__m256i score, __m256i low)
{
	__m256i any = _mm256_cmpgt_epi32(score, _mm256_set1_epi32(BP_ROW_NONE / 2));

	return _mm256_sub_epi32(score, _mm256_and_si256(low, any));
}

/* Raise n scores in memory, a multiple of 8, by the lower half of 'low'. */
AVX2 static void raise_half(int32_t *score, size_t n, __m256i low)
{
	size_t i;

	low = _mm256_permute2x128_si256(low, low, 0);
	for (i = 0; i < n; i += BP_ROW)
		store(score + i, raise_lanes(load(score + i), low));
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

/* The bits of 'mask' stand for the bytes from h->at on: offer the pieces of their long rows, from
 * right to left. */
INLINE_AVX2 void offer_long_rows(const struct x86_pass *p, const struct half *h,
				 unsigned mask)
{
	const struct score_row *row;
	unsigned bit;
	size_t end;

	for (; mask != 0; mask ^= 1u << bit) {
		bit = 31 - (unsigned)__builtin_clz(mask);
		end = h->at + bit + 1;
		row = &p->rows->row[p->row[end - 1]];
		/* The score at the end of the half, 0, is not in memory. */
		if (bp_score_row_is_long(row))
			offer_list(p, row, end,
				   end == h->end ? 0 : p->best[end] & ~BP_ROW_CODE);
	}
}

/* The bits of the bytes, of eight from h->at on, with rows that may be long: their numbers are from
 * first_long on, but below that of end marks. */
INLINE_AVX2 unsigned maybe_long(const struct x86_pass *p, const struct half *h)
{
	const uint32_t first = (uint32_t)p->rows->first_long, sign = UINT32_C(1) << 31;
	const uint32_t n = bp_score_rows_mark(p->rows) - first;
	/* An unsigned comparison of row - first and n: AVX2 has only that of signed numbers. */
	__m256i row = load((const int32_t *)(const void *)(p->row + h->at));
	__m256i signed_row = _mm256_sub_epi32(row, _mm256_set1_epi32((int32_t)(first + sign)));
	__m256i found = _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)(n + sign)), signed_row);

	return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(found));
}

/* Pieces are offered in memory to positions before h->at: fill the eight that are the first to be
 * reached from there. */
INLINE_AVX2 void fill_next(const struct x86_pass *p, const struct half *h)
{
	const __m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	size_t to = h->at - p->reach - BP_ROW;

	if (h->at - h->begin < p->reach + BP_ROW)
		return;
	store(p->best + to, none);
	store(p->second + to, none);
}

/*
 * The functions below take one half, as 'a' and 'b', or two, whose scores are together in 's'.
 *
 * Before positions a->at and b->at are processed: raise all scores of a half if the score there is
 * low.  In memory, that is all positions that pieces may have reached, up to seven more without a
 * path, and eight behind them, for offer_long_rows().
 */
INLINE_AVX2 void raise_low(const struct x86_pass *p, struct scores *s, const struct half *a,
			   const struct half *b)
{
	__m256i low = _mm256_cmpgt_epi32(_mm256_set1_epi32(BP_ROW_LOW), s->best.near);
	const struct half *h;
	size_t n;

	if (__builtin_expect((_mm256_movemask_ps(_mm256_castsi256_ps(low)) & 0x11) == 0, 1))
		return;
	low = _mm256_and_si256(low, _mm256_andnot_si256(_mm256_set1_epi32(BP_ROW_CODE),
							s->best.near));
	low = _mm256_shuffle_epi32(low, 0);
	s->best.near = raise_lanes(s->best.near, low);
	s->best.far = raise_lanes(s->best.far, low);
	s->second.near = raise_lanes(s->second.near, low);
	s->second.far = raise_lanes(s->second.far, low);
	for (h = a; ; h = b, low = _mm256_permute2x128_si256(low, low, 0x11)) {
		n = BP_MIN(h->at - h->begin, p->reach);
		raise_half(p->best + h->at - n, n + BP_ROW, low);
		raise_half(p->second + h->at - n, n + BP_ROW, low);
		if (h == b)
			break;
	}
}

/* Take the scores that long pieces have offered in memory to the eight positions before at_a and
 * at_b, which are the next ones. */
INLINE_AVX2 void take_long(const struct x86_pass *p, struct scores *s, size_t at_a, size_t at_b)
{
	const int32_t *best_a = p->best + at_a, *second_a = p->second + at_a;
	const int32_t *best_b = p->best + at_b, *second_b = p->second + at_b;
	__m256i near = reverse(load_both(best_a - 4, best_b - 4));
	__m256i far = reverse(load_both(best_a - 8, best_b - 8));

	offer(&s->best.near, &s->second.near, near);
	offer(&s->best.far, &s->second.far, far);
	near = reverse(load_both(second_a - 4, second_b - 4));
	far = reverse(load_both(second_a - 8, second_b - 8));
	s->second.near = _mm256_max_epi32(s->second.near, near);
	s->second.far = _mm256_max_epi32(s->second.far, far);
}

/* Process four positions, k to k + 3 before a->at and b->at; write the scores of the four behind
 * them, which are final then. */
INLINE_AVX2 void four_steps(const struct x86_pass *p, struct scores *s, const struct half *a,
			    const struct half *b, size_t k)
{
	size_t at_a = a->at - k, at_b = b->at - k;
	struct scores s1, s2, s3;
	__m256i best, second;

	step(p, s, at_a, at_b);
	if (k == 0)
		take_long(p, s, at_a, at_b);
	s1 = *s;
	step(p, s, at_a - 1, at_b - 1);
	s2 = *s;
	step(p, s, at_a - 2, at_b - 2);
	s3 = *s;
	step(p, s, at_a - 3, at_b - 3);
	best = first_lanes(s1.best.near, s2.best.near, s3.best.near, s->best.near);
	second = first_lanes(s1.second.near, s2.second.near, s3.second.near, s->second.near);
	store_halves(p->best + at_a - 4, a != b ? p->best + at_b - 4 : NULL, best);
	store_halves(p->second + at_a - 4, a != b ? p->second + at_b - 4 : NULL, second);
}

/* The scores of the eight positions before h->at are final. */
INLINE_AVX2 void end_block(const struct x86_pass *p, struct half *h)
{
	unsigned mask;

	h->at -= BP_ROW;
	fill_next(p, h);
	mask = maybe_long(p, h);
	if (__builtin_expect(mask != 0, 0))
		offer_long_rows(p, h, mask);
}

/* Process eight positions. */
INLINE_AVX2 void search_block(const struct x86_pass *p, struct scores *s, struct half *a,
			      struct half *b)
{
	bp_kernel_prefetch(p->rows, p->row, a->at);
	if (a != b)
		bp_kernel_prefetch(p->rows, p->row, b->at);
	raise_low(p, s, a, b);
	four_steps(p, s, a, b, 0);
	four_steps(p, s, a, b, 4);
	end_block(p, a);
	if (a != b)
		end_block(p, b);
}

/* Process 8 * n positions.  The copies let compilers keep all in registers. */
AVX2 static void search_alone(const struct x86_pass *p, struct half *h, size_t n)
{
	const struct x86_pass q = *p;
	struct half a = *h;
	struct scores s = a.scores;

	for (; n > 0; n--)
		search_block(&q, &s, &a, &a);
	*h = a;
	h->scores = s;
}

INLINE_AVX2 struct lanes join_halves(const struct lanes *a, const struct lanes *b)
{
	return (struct lanes){ _mm256_permute2x128_si256(a->near, b->near, 0x20),
			       _mm256_permute2x128_si256(a->far, b->far, 0x20) };
}

INLINE_AVX2 struct lanes upper_half(const struct lanes *l)
{
	return (struct lanes){ _mm256_permute2x128_si256(l->near, l->near, 0x11),
			       _mm256_permute2x128_si256(l->far, l->far, 0x11) };
}

/* Process 8 * n positions of two halves. */
AVX2 static void search_both(const struct x86_pass *p, struct half *first, struct half *second,
			     size_t n)
{
	const struct x86_pass q = *p;
	struct half a = *first, b = *second;
	struct scores s = { join_halves(&a.scores.best, &b.scores.best),
			    join_halves(&a.scores.second, &b.scores.second) };

	for (; n > 0; n--)
		search_block(&q, &s, &a, &b);
	*first = a;
	*second = b;
	first->scores = s;
	second->scores = (struct scores){ upper_half(&s.best), upper_half(&s.second) };
}

/* Start at position 'end', and stop at a multiple of 8. */
AVX2 static void begin_half(const struct x86_pass *p, struct half *h, size_t begin, size_t end)
{
	const __m256i none = _mm256_set1_epi32(BP_ROW_NONE);
	size_t last = end / BP_ROW * BP_ROW, i;

	*h = (struct half){
		{ { _mm256_insert_epi32(none, 0, 0), none }, { none, none } }, begin, end, end
	};
	bp_kernel_prefetch_first(p->rows, p->row, end);
	for (i = last - BP_MIN(last - begin, p->reach + BP_ROW); i < last; i += BP_ROW) {
		store(p->best + i, none);
		store(p->second + i, none);
	}
	while (h->at > last) {
		step(p, &h->scores, h->at, h->at);
		h->at--;
		write_one(p, h);
	}
	offer_long_rows(p, h, (1u << (end - last)) - 1);
}

/*
 * With AVX-512 one register has the scores of eight positions of both halves, of the second in the
 * upper lanes; position p is always in lane p % 8.  In each step the lane of the position that is
 * final is reused for the position eight before it.
 */
struct both_lanes {
	__m512i best, second, done_best, done_second;
};

#define LANES(x) x, x, x, x, x, x, x, x
#define ROTATION(a, b, c, d, e, f, g, h)							\
	{ a, b, c, d, e, f, g, h, 8 + (a), 8 + (b), 8 + (c), 8 + (d),			\
	  8 + (e), 8 + (f), 8 + (g), 8 + (h) }
/*
 * index[l] is l in every lane.
 * rotation[l][j]: for a position in lane l, the index in the row of the score for lane j.
 * The piece of length k has the index k - 1, and starts k positions before, in lane (l - k) % 8.
 * A register has both in each of its halves.
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

INLINE_AVX512 __m512i join(__m256i lower, __m256i upper)
{
	return _mm512_inserti64x4(_mm512_castsi256_si512(lower), upper, 1);
}

/* Eight scores in the order of lanes, where position 'at' is in lane 0, and in falling order. */
INLINE_AVX512 __m256i in_lanes(const struct lanes *l)
{
	return _mm256_permutevar8x32_epi32(_mm256_permute2x128_si256(l->near, l->far, 0x20),
					   _mm256_setr_epi32(0, 7, 6, 5, 4, 3, 2, 1));
}

INLINE_AVX512 struct lanes in_falling_order(__m256i v)
{
	v = _mm256_permutevar8x32_epi32(v, _mm256_setr_epi32(0, 7, 6, 5, 4, 3, 2, 1));
	return (struct lanes){ v, _mm256_permute2x128_si256(v, v, 0x11) };
}

INLINE_AVX512 void join_lanes(struct both_lanes *l, const struct half *a, const struct half *b)
{
	const __m512i none = _mm512_set1_epi32(BP_ROW_NONE);

	*l = (struct both_lanes){
		join(in_lanes(&a->scores.best), in_lanes(&b->scores.best)),
		join(in_lanes(&a->scores.second), in_lanes(&b->scores.second)), none, none
	};
}

INLINE_AVX512 void divide_lanes(const struct both_lanes *l, struct half *a, struct half *b)
{
	a->scores.best = in_falling_order(_mm512_castsi512_si256(l->best));
	a->scores.second = in_falling_order(_mm512_castsi512_si256(l->second));
	b->scores.best = in_falling_order(_mm512_extracti64x4_epi64(l->best, 1));
	b->scores.second = in_falling_order(_mm512_extracti64x4_epi64(l->second, 1));
}

/* As step(), for positions in lane 'lane' of their halves. */
INLINE_AVX512 void step_lanes(const struct x86_pass *p, struct both_lanes *l, size_t at_a,
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

/* As raise_low(); seldom needed, so no matter that it divides them. */
INLINE_AVX512 void raise_lanes_low(const struct x86_pass *p, struct both_lanes *l, struct half *a,
				   struct half *b)
{
	const __m512i least = _mm512_set1_epi32(BP_ROW_LOW);

	if (__builtin_expect(_mm512_mask_cmplt_epi32_mask(0x101, l->best, least) == 0, 1))
		return;
	divide_lanes(l, a, b);
	raise_low(p, &a->scores, a, a);
	raise_low(p, &b->scores, b, b);
	join_lanes(l, a, b);
}

/* As take_long(). */
INLINE_AVX512 void take_long_lanes(const struct x86_pass *p, struct both_lanes *l, size_t at_a,
				   size_t at_b)
{
	__m512i best = join(load(p->best + at_a - BP_ROW), load(p->best + at_b - BP_ROW));
	__m512i second = join(load(p->second + at_a - BP_ROW), load(p->second + at_b - BP_ROW));
	__m512i lower = _mm512_min_epi32(l->best, best);

	l->second = _mm512_max_epi32(_mm512_max_epi32(l->second, second), lower);
	l->best = _mm512_max_epi32(l->best, best);
}

/* Write the scores of the eight positions from at_a and at_b on, which are final. */
INLINE_AVX512 void write_lanes(const struct x86_pass *p, struct both_lanes *l, size_t at_a,
			       size_t at_b)
{
	l->done_best = _mm512_mask_blend_epi32(0x101, l->done_best, l->best);
	l->done_second = _mm512_mask_blend_epi32(0x101, l->done_second, l->second);
	store(p->best + at_a, _mm512_castsi512_si256(l->done_best));
	store(p->second + at_a, _mm512_castsi512_si256(l->done_second));
	store(p->best + at_b, _mm512_extracti64x4_epi64(l->done_best, 1));
	store(p->second + at_b, _mm512_extracti64x4_epi64(l->done_second, 1));
}

/* As search_both(). */
AVX512 static void search_both_lanes(const struct x86_pass *p, struct half *first,
				     struct half *second, size_t n)
{
	const struct x86_pass q = *p;
	struct half a = *first, b = *second;
	struct both_lanes l;

	for (join_lanes(&l, &a, &b); n > 0; n--) {
		bp_kernel_prefetch(q.rows, q.row, a.at);
		bp_kernel_prefetch(q.rows, q.row, b.at);
		raise_lanes_low(&q, &l, &a, &b);
		step_lanes(&q, &l, a.at, b.at, 0);
		take_long_lanes(&q, &l, a.at, b.at);
		step_lanes(&q, &l, a.at - 1, b.at - 1, 7);
		step_lanes(&q, &l, a.at - 2, b.at - 2, 6);
		step_lanes(&q, &l, a.at - 3, b.at - 3, 5);
		step_lanes(&q, &l, a.at - 4, b.at - 4, 4);
		step_lanes(&q, &l, a.at - 5, b.at - 5, 3);
		step_lanes(&q, &l, a.at - 6, b.at - 6, 2);
		step_lanes(&q, &l, a.at - 7, b.at - 7, 1);
		write_lanes(&q, &l, a.at - 8, b.at - 8);
		end_block(&q, &a);
		end_block(&q, &b);
	}
	divide_lanes(&l, &a, &b);
	*first = a;
	*second = b;
}

typedef void search_both_halves(const struct x86_pass *p, struct half *first,
				struct half *second, size_t n);

AVX2 static void run_halves(const struct x86_pass *p, size_t n, size_t middle,
			    search_both_halves *both)
{
	struct half a, b;

	begin_half(p, &a, middle, n);
	if (middle > 0) {
		begin_half(p, &b, 0, middle);
		both(p, &a, &b, BP_MIN(a.at - middle, middle) / BP_ROW);
		search_alone(p, &b, b.at / BP_ROW);
	}
	search_alone(p, &a, (a.at - middle) / BP_ROW);
}

static struct x86_pass pass_of(const struct score_rows *r, const struct vocabulary *u,
			       const uint32_t *row, struct suffixes *s)
{
	return (struct x86_pass){ r, row, s->best, s->second, s->long_len,
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

	run_halves(&p, n, middle, search_both_lanes);
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
