/*
 * The kernel for 64-bit Arm, where NEON is always present.
 *
 * Two registers hold the best scores so far of the eight positions before the current one, in the
 * order of a row, so that a row is added as it is.  In each step the first lane becomes final: it
 * is written out, and the lanes move up by one.
 *
 * Each score depends on the score before it, so this chain of instructions is kept short: the code
 * bits are cleared in the score so far, before the last offer is known, and not in the maximum of
 * both.
 */
#include "encode/kernel.h"

#if defined(__aarch64__) && defined(__GNUC__) && !defined(BP_C11)

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 4 };

/* The scores of eight positions: the four next to the current one, and the four before. */
struct lanes {
	int32x4_t near, far;
};

/* The search, in registers. */
struct neon_search {
	struct lanes best, second;
	int32x4_t score;	/* of the current position, without its code, in every lane */
};

struct neon_pass {
	const struct score_rows *rows;
	const struct vocabulary *u;
	const uint32_t *row;
	struct suffixes *out;
	int32_t *best, *second;	/* copies from 'out', which would be read again after each call */
	int32x4_t code;		/* BP_ROW_CODE in every lane */
};

INLINE void offer_four(int32x4_t *best, int32x4_t *second, int32x4_t score)
{
	*second = vmaxq_s32(*second, vminq_s32(*best, score));
	*best = vmaxq_s32(*best, score);
}

/*
 * Drop the first lane, and append a score from memory, to which pieces longer than a row were
 * offered.  The load reads three scores more than needed: for a load of one lane compilers use two
 * instructions.
 */
INLINE void move_up(struct lanes *l, const int32_t *entering)
{
	l->near = vextq_s32(l->near, l->far, 1);
	l->far = vextq_s32(l->far, vld1q_s32(entering), 1);
}

/* Offer the score of position 'at' to the starts of the pieces that end there; after that, position
 * at - 1 is final. */
INLINE void step_down(const struct neon_pass *p, struct neon_search *s, size_t at)
{
	const struct score_row *row = &p->rows->row[p->row[at - 1]];
	const ptrdiff_t entering = (ptrdiff_t)at - 1 - BP_ROW;
	int32x4_t near = vaddq_s32(s->score, vld1q_s32(row->score));
	int32x4_t far = vaddq_s32(s->score, vld1q_s32(row->score + LANES));
	int32x4_t next = vmaxq_s32(vbicq_s32(s->best.near, p->code), near);

	offer_four(&s->best.near, &s->second.near, near);
	offer_four(&s->best.far, &s->second.far, far);
	/* Without the hint, clang keeps all lanes in memory because of the call. */
	if (__builtin_expect(bp_score_row_is_long(row), 0)) {
		bp_kernel_offer_long(p->rows, row, at, vgetq_lane_s32(s->score, 0), p->out);
		next = vbicq_s32(next, p->code);	/* other rows have code 0 for one byte */
	}
	s->score = vdupq_laneq_s32(next, 0);
	p->best[at - 1] = vgetq_lane_s32(s->best.near, 0);
	p->second[at - 1] = vgetq_lane_s32(s->second.near, 0);
	move_up(&s->best, p->best + entering);
	move_up(&s->second, p->second + entering);
}

/* Scores less 'low'; scores of no path stay. */
INLINE int32x4_t raise_four(int32x4_t score, int32x4_t low)
{
	uint32x4_t any = vcgtq_s32(score, vdupq_n_s32(BP_ROW_NONE / 2));

	return vsubq_s32(score, vandq_s32(low, vreinterpretq_s32_u32(any)));
}

/* Before position 'at' is processed: raise all scores if its score is low. */
INLINE void raise_low(const struct neon_pass *p, struct neon_search *s, size_t at)
{
	int32x4_t low = s->score;

	if (vgetq_lane_s32(low, 0) >= BP_ROW_LOW)
		return;
	s->best.near = raise_four(s->best.near, low);
	s->best.far = raise_four(s->best.far, low);
	s->second.near = raise_four(s->second.near, low);
	s->second.far = raise_four(s->second.far, low);
	s->score = vdupq_n_s32(0);
	bp_kernel_raise(p->u, at, vgetq_lane_s32(low, 0), p->out);
}

/* Fill n positions, and the eight before the text that rows reach, with the score of no path. */
static void fill_none(int32_t *score, size_t n)
{
	ptrdiff_t i;

	for (i = -BP_ROW; i < (ptrdiff_t)n; i += LANES)
		vst1q_s32(score + i, vdupq_n_s32(BP_ROW_NONE));
}

static void run_neon(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		     size_t n, size_t middle, struct suffixes *out)
{
	/* Volatile hides the value: with a constant, compilers use an instruction that overwrites
	 * its operand, and need a copy. */
	volatile int32_t code = BP_ROW_CODE;
	const struct neon_pass p = { r, u, row, out, out->best, out->second, vdupq_n_s32(code) };
	const int32x4_t none = vdupq_n_s32(BP_ROW_NONE);
	struct neon_search s = { { none, none }, { none, none }, vdupq_n_s32(0) };
	size_t at;

	(void)middle;	/* one search at a time */
	fill_none(out->best, n);
	fill_none(out->second, n);
	out->best[n] = 0;
	out->second[n] = BP_ROW_NONE;
	bp_kernel_prefetch_first(r, row, n);
	for (at = n; at % BP_ROW > 0; at--)
		step_down(&p, &s, at);
	for (; at > 0; at -= BP_ROW) {
		bp_kernel_prefetch(r, row, at);
		raise_low(&p, &s, at);
		step_down(&p, &s, at);
		step_down(&p, &s, at - 1);
		step_down(&p, &s, at - 2);
		step_down(&p, &s, at - 3);
		step_down(&p, &s, at - 4);
		step_down(&p, &s, at - 5);
		step_down(&p, &s, at - 6);
		step_down(&p, &s, at - 7);
	}
}

bp_kernel *bp_kernel_find_neon(void)
{
	return run_neon;
}

#else

bp_kernel *bp_kernel_find_neon(void)
{
	return NULL;
}

#endif
