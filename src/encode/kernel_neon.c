/*
 * The kernel for 64-bit Arm, which always has NEON.
 *
 * Two registers hold the best scores so far of the eight places before one, in the order of a row,
 * so that a row is added as it is.  At each step the first lane becomes final: it is written out,
 * and the lanes move up by one.
 *
 * A score has to wait for the one before it, so what lies between them is kept short: the code is
 * taken out of what a place has before the last score comes to it, not out of the greater of both.
 */
#include "encode/kernel.h"

#if defined(__aarch64__) && defined(__GNUC__) && !defined(BP_C11)

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 4 };

/* The scores of eight places: of the four next to the one that is at work, and of those before. */
struct lanes {
	int32x4_t near, far;
};

/* What is in registers before a step. */
struct state {
	struct lanes best, second;
	int32x4_t score;	/* the one to hand on, without its code, in every lane */
};

struct pass {
	const struct score_rows *rows;
	const struct vocabulary *u;
	const uint32_t *row;
	struct suffixes *out;
	int32_t *best, *second;	/* of out, where they would have to be read again after each call */
	int32x4_t code;		/* BP_ROW_CODE in every lane */
};

INLINE void offer(int32x4_t *best, int32x4_t *second, int32x4_t score)
{
	*second = vmaxq_s32(*second, vminq_s32(*best, score));
	*best = vmaxq_s32(*best, score);
}

/*
 * The first lane leaves, and a score from memory enters at the end.  The three behind it are loaded
 * with it and not used: to load one lane alone takes compilers a second instruction.
 */
INLINE void move_up(struct lanes *l, const int32_t *entering)
{
	l->near = vextq_s32(l->near, l->far, 1);
	l->far = vextq_s32(l->far, vld1q_s32(entering), 1);
}

/* Hand the score of the place 'at' on to where pieces begin; the place before it is final then. */
INLINE void step(const struct pass *p, struct state *s, size_t at)
{
	const struct score_row *row = &p->rows->row[p->row[at - 1]];
	const ptrdiff_t entering = (ptrdiff_t)at - 1 - BP_ROW;
	int32x4_t near = vaddq_s32(s->score, vld1q_s32(row->score));
	int32x4_t far = vaddq_s32(s->score, vld1q_s32(row->score + LANES));
	int32x4_t next = vmaxq_s32(vbicq_s32(s->best.near, p->code), near);

	offer(&s->best.near, &s->second.near, near);
	offer(&s->best.far, &s->second.far, far);
	/* Without this clang keeps all in memory, for the sake of the call. */
	if (__builtin_expect(bp_score_row_is_long(row), 0)) {
		bp_kernel_offer_long(p->rows, row, at, vgetq_lane_s32(s->score, 0), p->out);
		next = vbicq_s32(next, p->code);	/* else the code of one byte is 0 */
	}
	s->score = vdupq_laneq_s32(next, 0);
	p->best[at - 1] = vgetq_lane_s32(s->best.near, 0);
	p->second[at - 1] = vgetq_lane_s32(s->second.near, 0);
	move_up(&s->best, p->best + entering);
	move_up(&s->second, p->second + entering);
}

INLINE int32x4_t raised(int32x4_t score, int32x4_t low)
{
	uint32x4_t any = vcgtq_s32(score, vdupq_n_s32(BP_ROW_NONE / 2));

	return vsubq_s32(score, vandq_s32(low, vreinterpretq_s32_u32(any)));
}

/* Before the place 'at' hands its score on: move all up if it is low. */
INLINE void raise_low(const struct pass *p, struct state *s, size_t at)
{
	int32x4_t low = s->score;

	if (vgetq_lane_s32(low, 0) >= BP_ROW_LOW)
		return;
	s->best.near = raised(s->best.near, low);
	s->best.far = raised(s->best.far, low);
	s->second.near = raised(s->second.near, low);
	s->second.far = raised(s->second.far, low);
	s->score = vdupq_n_s32(0);
	bp_kernel_raise(p->u, at, vgetq_lane_s32(low, 0), p->out);
}

/* For the n places of the text, and those before it that rows reach over to. */
static void fill(int32_t *score, size_t n)
{
	ptrdiff_t i;

	for (i = -BP_ROW; i < (ptrdiff_t)n; i += LANES)
		vst1q_s32(score + i, vdupq_n_s32(BP_ROW_NONE));
}

static void run_neon(const struct score_rows *r, const struct vocabulary *u, const uint32_t *row,
		     size_t n, size_t middle, struct suffixes *out)
{
	/* Hidden from compilers: for a constant they have an instruction that overwrites its operand,
	 * and copy that first. */
	volatile int32_t code = BP_ROW_CODE;
	const struct pass p = { r, u, row, out, out->best, out->second, vdupq_n_s32(code) };
	const int32x4_t none = vdupq_n_s32(BP_ROW_NONE);
	struct state s = { { none, none }, { none, none }, vdupq_n_s32(0) };
	size_t at;

	(void)middle;
	fill(out->best, n);
	fill(out->second, n);
	out->best[n] = 0;
	out->second[n] = BP_ROW_NONE;
	bp_kernel_prefetch_first(r, row, n);
	for (at = n; at % BP_ROW > 0; at--)
		step(&p, &s, at);
	for (; at > 0; at -= BP_ROW) {
		bp_kernel_prefetch(r, row, at);
		raise_low(&p, &s, at);
		step(&p, &s, at);
		step(&p, &s, at - 1);
		step(&p, &s, at - 2);
		step(&p, &s, at - 3);
		step(&p, &s, at - 4);
		step(&p, &s, at - 5);
		step(&p, &s, at - 6);
		step(&p, &s, at - 7);
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
