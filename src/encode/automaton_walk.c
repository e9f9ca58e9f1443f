/*
 * The automaton over many segments.  One walk is a chain of loads, each of which needs the one
 * before; with several of them interleaved, and no branch that depends on the text, most of the
 * waiting disappears.
 *
 * So the text is walked in WALKS equal parts, each from the root, as if it had no borders.  Then
 * what that made wrong is walked again: the first bytes of each part, and of each segment that was
 * not entered from the root.  Such a stretch ends where the states agree, seldom more than a few
 * bytes later.
 */
#include "encode/automaton.h"

enum {
	WALKS = 8,		/* 12 are no faster, 16 slower */
	SHORT = 64		/* bytes: for fewer it is quicker to walk once than to walk again */
};

/* Where a walk is: the number of the byte that comes next, and the slot of its state. */
struct walk {
	size_t at, end;
	uint64_t slot;
};

/*
 * One attempt: with the next byte to the state that follows, or without it to the one to fall back
 * to.  Which of the two is as good as random, so that both are loaded and one is chosen.
 */
static inline void attempt(const uint64_t *slot, const unsigned char *text, uint32_t *state,
			   struct walk *w)
{
	size_t at = w->at;
	uint64_t from = w->slot, next, back;
	uint32_t c = text[at], t = (uint32_t)(from >> BP_SLOT_BASE) ^ c;
	bool moves;

	state[at] = t;		/* stands only if the walk moves on */
	next = slot[t];
	back = slot[(from >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK];
	moves = (((uint32_t)next ^ c) & BP_SLOT_LABEL_MASK) == 0;
	w->slot = bp_select(moves, next, back);
	w->at = at + moves;
}

/*
 * So many attempts of each walk.  A function of its own, with names for all walks: the compiler
 * keeps as much of them in registers as it can, and nothing else.
 */
BP_NOINLINE static void attempts(const uint64_t *slot, const unsigned char *text, uint32_t *state,
		     struct walk w[WALKS], size_t n)
{
	struct walk a = w[0], b = w[1], c = w[2], d = w[3], e = w[4], f = w[5], g = w[6], h = w[7];

	for (; n > 0; n--) {
		attempt(slot, text, state, &a);
		attempt(slot, text, state, &b);
		attempt(slot, text, state, &c);
		attempt(slot, text, state, &d);
		attempt(slot, text, state, &e);
		attempt(slot, text, state, &f);
		attempt(slot, text, state, &g);
		attempt(slot, text, state, &h);
	}
	w[0] = a, w[1] = b, w[2] = c, w[3] = d, w[4] = e, w[5] = f, w[6] = g, w[7] = h;
}

/* Walk on from state s until the states agree with those that are there, or to the end. */
static void walk_again(const struct automaton *a, const unsigned char *text, size_t at, size_t end,
		       uint32_t s, uint32_t *state)
{
	for (; at < end; at++) {
		s = bp_automaton_next(a, s, text[at]);
		if (state[at] == s)
			break;
		state[at] = s;
	}
}

static void walk_parts(const struct automaton *a, const unsigned char *text, size_t n,
		       uint32_t *state)
{
	const uint64_t *slot = a->slot;
	struct walk w[WALKS];
	size_t i, steps;

	for (i = 0; i < WALKS; i++)
		w[i] = (struct walk){ n / WALKS * i, n / WALKS * (i + 1), slot[0] };
	w[WALKS - 1].end = n;
	/* As many steps as no walk can pass its end in, until one is at its end. */
	for (;;) {
		for (steps = n, i = 0; i < WALKS; i++)
			steps = BP_MIN(steps, w[i].end - w[i].at);
		if (steps == 0)
			break;
		attempts(slot, text, state, w, steps);
	}
	for (i = 0; i < WALKS; i++)
		while (w[i].at < w[i].end)
			attempt(slot, text, state, &w[i]);
	for (i = 1; i < WALKS && n >= WALKS; i++)
		walk_again(a, text, n / WALKS * i, n, state[n / WALKS * i - 1], state);
}

static void walk_segment(const struct automaton *a, const unsigned char *text, size_t n,
			 uint32_t *state)
{
	uint32_t s = 0;
	size_t i;

	for (i = 0; i < n; i++)
		state[i] = s = bp_automaton_next(a, s, text[i]);
}

void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state)
{
	size_t n = 0, i, at;

	for (i = 0; i < n_segments; i++)
		n += length[i];
	if (n < SHORT) {
		for (i = 0; i < n_segments; text += length[i], state += length[i], i++)
			walk_segment(a, text, length[i], state);
		return;
	}
	walk_parts(a, text, n, state);
	for (i = 0, at = 0; i < n_segments; at += length[i++])
		walk_again(a, text, at, at + length[i], 0, state);
}
