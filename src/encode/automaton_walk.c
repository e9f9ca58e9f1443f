/*
 * The automaton over many segments.  One walk is a chain of loads, and each load needs the result
 * of the load before, so its time is the latency of memory.  WALKS interleaved walks, without a
 * branch that depends on the text, overlap their latencies.
 *
 * So the text is walked in WALKS parts, each from the root, as if it were one segment.  In long
 * text, a walk that has reached the end of its part takes half of the rest of another one; in short
 * text, walks go on into the next part.  That sets wrong states at the beginning of each part,
 * where the state of the part before was lost, and of each segment that was not entered at the
 * root.  There walk_again() repeats the walk from the right state until the states agree, for the
 * state and the next bytes determine all that follow; that is seldom more than a few bytes later.
 */
#include "encode/automaton.h"

enum {
	WALKS = 8,		/* 12 are no faster, 16 slower */
	FEW = 4,		/* walks over at most MEDIUM bytes: more take longer to set up */
	SHARED = 96,		/* bytes that two walks share once one of them has nothing to do */
	MOST_PARTS = 128,
	/* Lengths of text in bytes: most for one walk, for FEW walks, and for walk_short(). */
	SHORT = 15, MEDIUM = 95, LONG = 256
};

struct walk {
	size_t at, end;		/* index of the next byte, and of the first byte behind the part */
	uint64_t slot;		/* of the state reached */
};

/*
 * One attempt: move to the child by the next byte, or, if there is none, follow the failure link
 * and stay at the byte.  A processor cannot predict the outcome, so both slots are loaded and one
 * is selected.
 */
static inline void attempt(const uint64_t *slot, const unsigned char *text, uint32_t *state,
			   struct walk *w)
{
	size_t at = w->at;
	uint64_t from = w->slot, next, back;
	uint32_t c = text[at], t = (uint32_t)(from >> BP_SLOT_BASE) ^ c, moves;

	state[at] = t;		/* overwritten by the next attempt unless the walk moves */
	next = slot[t];
	back = slot[(from >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK];
	moves = bp_is_zero(((uint32_t)next ^ c) & BP_SLOT_LABEL_MASK);
	w->slot = bp_select(moves, next, back);
	w->at = at + moves;
}

/* n attempts of each walk.  A variable for each, so that compilers keep the walks in registers, and
 * nothing else. */
BP_NOINLINE static void attempt_all(const uint64_t *slot, const unsigned char *text,
				    uint32_t *state, struct walk w[WALKS], size_t n)
{
	struct walk a = w[0], b = w[1], c = w[2], d = w[3],
		    e = w[4], f = w[5], g = w[6], h = w[7];

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

/* As attempt_all() for FEW walks. */
BP_NOINLINE static void attempt_few(const uint64_t *slot, const unsigned char *text,
				    uint32_t *state, struct walk w[FEW], size_t n)
{
	struct walk a = w[0], b = w[1], c = w[2], d = w[3];

	for (; n > 0; n--) {
		attempt(slot, text, state, &a);
		attempt(slot, text, state, &b);
		attempt(slot, text, state, &c);
		attempt(slot, text, state, &d);
	}
	w[0] = a, w[1] = b, w[2] = c, w[3] = d;
}

/* Walk from position 'at' and state s to 'end', or until s equals the state that is there. */
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

/* The walks over one text, and the beginnings of their parts, ascending. */
struct parts {
	struct walk w[WALKS];
	size_t begin[MOST_PARTS], n;
};

/* Give the second half of the longest remaining part to a walk that is at its end.  False if no
 * part is worth it. */
static bool share_part(struct parts *p, struct walk *idle, uint64_t root)
{
	struct walk *w = p->w, *most = w;
	size_t i, middle;

	for (i = 1; i < WALKS; i++)
		if (w[i].end - w[i].at > most->end - most->at)
			most = &w[i];
	if (most->end - most->at < SHARED || p->n == MOST_PARTS)
		return false;
	middle = most->at + (most->end - most->at) / 2;
	*idle = (struct walk){ middle, most->end, root };
	most->end = middle;
	for (i = p->n++; p->begin[i - 1] > middle; i--)
		p->begin[i] = p->begin[i - 1];
	p->begin[i] = middle;
	return true;
}

/* Walk all parts: the walks of text with many attempts get fewer bytes than the others. */
static void walk_shared(struct parts *p, const uint64_t *slot, const unsigned char *text,
			uint32_t *state)
{
	struct walk *w = p->w, *least;
	size_t i, steps;
	bool more;

	/* An attempt moves at most one byte: so no walk passes its end. */
	do {
		for (least = w, i = 1; i < WALKS; i++)
			if (w[i].end - w[i].at < least->end - least->at)
				least = &w[i];
		steps = least->end - least->at;
		if (steps > 0)
			attempt_all(slot, text, state, w, steps);
	} while (steps > 0 || share_part(p, least, slot[0]));
	do {
		for (more = false, i = 0; i < WALKS; i++) {
			if (w[i].at == w[i].end)
				continue;
			attempt(slot, text, state, &w[i]);
			more = true;
		}
	} while (more);
}

static void walk_parts(const struct automaton *a, const unsigned char *text, size_t n,
		       uint32_t *state)
{
	struct parts p = { .n = WALKS };
	size_t i;

	for (i = 0; i < WALKS; i++) {
		p.begin[i] = n / WALKS * i;
		p.w[i] = (struct walk){ p.begin[i], n / WALKS * (i + 1), a->slot[0] };
	}
	p.w[WALKS - 1].end = n;
	walk_shared(&p, a->slot, text, state);
	for (i = 1; i < p.n; i++)
		walk_again(a, text, p.begin[i], n, state[p.begin[i] - 1], state);
}

/* Walk from position 'at' and state s to 'end'. */
static void walk_on(const struct automaton *a, const unsigned char *text, size_t at, size_t end,
		    uint32_t s, uint32_t *state)
{
	for (; at < end; at++)
		state[at] = s = bp_automaton_next(a, s, text[at]);
}

/*
 * All walks make one number of attempts, and walks before the last one go on into the next part,
 * where they replace wrong states by right ones while the other walks proceed.  Each failure link
 * undoes at least one move, so of t attempts at least t / 2 move.  With 2 * part - 1 attempts each
 * walk therefore reaches the end of its part, and none reaches the position of the next walk: a
 * state that the next walk wrote is replaced, not the other way round.  The last part is at least
 * as long as the number of attempts.  walk_again() starts at the byte behind the states of a walk,
 * where a failed attempt may have left a state that is none.
 */
static void walk_short(const struct automaton *a, const unsigned char *text, size_t n,
		       uint32_t *state)
{
	size_t walks = n <= MEDIUM ? FEW : WALKS;
	size_t part = (n + 1) / (walks + 1), i, at;
	struct walk w[WALKS];

	for (i = 0; i < WALKS; i++)
		w[i] = (struct walk){ .at = part * i, .slot = a->slot[0] };
	if (walks == FEW)
		attempt_few(a->slot, text, state, w, 2 * part - 1);
	else
		attempt_all(a->slot, text, state, w, 2 * part - 1);
	for (i = 0; i + 1 < walks; i++) {
		at = w[i].at;
		walk_again(a, text, at, w[i + 1].at, state[at - 1], state);
	}
	at = w[i].at;
	walk_on(a, text, at, n, state[at - 1], state);
}

void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state)
{
	size_t n = 0, i, at;

	for (i = 0; i < n_segments; i++)
		n += length[i];
	if (n <= SHORT) {
		for (i = 0, at = 0; i < n_segments; at += length[i++])
			walk_on(a, text, at, at + length[i], 0, state);
		return;
	}
	if (n <= LONG)
		walk_short(a, text, n, state);
	else
		walk_parts(a, text, n, state);
	for (i = 1, at = length[0]; i < n_segments; at += length[i++])
		walk_again(a, text, at, at + length[i], 0, state);
}
