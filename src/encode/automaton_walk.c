/*
 * The automaton over many segments.  One walk is a chain of loads, and each load needs the result
 * of the load before, so its time is the latency of memory.  WALKS interleaved walks, without a
 * branch that depends on the text, overlap their latencies.
 *
 * So the text is walked in WALKS equal parts, each from the root, as if it were one segment; a walk
 * that has reached the end of its part takes half of the rest of another one.  That sets wrong
 * states at the beginning of each part, where the state of the part before was lost, and of each
 * segment that was not entered at the root.  There walk_again() repeats the walk from the right
 * state until the states agree, for the state and the next bytes determine all that follow; that is
 * seldom more than a few bytes later.
 */
#include "encode/automaton.h"

#include <string.h>

enum {
	WALKS = 8,		/* 12 are no faster, 16 slower */
	SHARED = 96,		/* bytes that two walks share once one of them has nothing to do */
	MOST_PARTS = 128,
	SHORT = 44,		/* bytes: fewer are faster with one walk and no repetition */
	/* walk_short(): bytes of text, at most; attempts at a time; bytes that a walk may go beyond
	 * the end of its part, which is at most FEW / WALKS + WALKS bytes long and takes at most
	 * twice as many attempts; elements between the states of two walks. */
	FEW = 256, STEPS = 4,
	BEYOND = FEW / WALKS + WALKS + STEPS,
	APART = BEYOND
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

/*
 * Define a function for n attempts of each walk; walk k writes its states 'apart' * k elements
 * further on.  It has a variable for each walk, so that compilers keep the walks in registers, and
 * nothing else.
 */
#define ATTEMPTS_OF_EACH(name, apart) \
BP_NOINLINE static void name(const uint64_t *slot, const unsigned char *text, uint32_t *state, \
			     struct walk w[WALKS], size_t n) \
{ \
	struct walk a = w[0], b = w[1], c = w[2], d = w[3], \
		    e = w[4], f = w[5], g = w[6], h = w[7]; \
 \
	for (; n > 0; n--) { \
		attempt(slot, text, state, &a); \
		attempt(slot, text, state + (apart), &b); \
		attempt(slot, text, state + 2 * (apart), &c); \
		attempt(slot, text, state + 3 * (apart), &d); \
		attempt(slot, text, state + 4 * (apart), &e); \
		attempt(slot, text, state + 5 * (apart), &f); \
		attempt(slot, text, state + 6 * (apart), &g); \
		attempt(slot, text, state + 7 * (apart), &h); \
	} \
	w[0] = a, w[1] = b, w[2] = c, w[3] = d, w[4] = e, w[5] = f, w[6] = g, w[7] = h; \
}
ATTEMPTS_OF_EACH(attempt_all, 0)
ATTEMPTS_OF_EACH(attempt_apart, APART)

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

/*
 * A short text: no walk waits for the others, and those that have reached their end go on into the
 * next part.  So each has states of its own.  The states of a part are those of its walk, but the
 * first ones those of the walk before, until both agree.
 */
static void walk_short(const struct automaton *a, const unsigned char *text, size_t n,
		       uint32_t *state)
{
	unsigned char padded[FEW + BEYOND] = { 0 };
	uint32_t own[FEW + BEYOND + WALKS * APART];
	const uint32_t *before;
	struct walk w[WALKS];
	size_t part = n / WALKS, i, at, steps;
	bool more = true;

	memcpy(padded, text, n);
	for (i = 0; i < WALKS; i++)
		w[i] = (struct walk){ part * i, part * (i + 1), a->slot[0] };
	w[WALKS - 1].end = n;
	for (steps = part; more; steps = STEPS) {
		attempt_apart(a->slot, padded, own, w, steps);
		for (more = false, i = 0; i < WALKS; i++)
			more |= w[i].at < w[i].end;
	}
	for (i = 0; i < WALKS; i++)
		memcpy(state + part * i, own + part * i + APART * i,
		       (w[i].end - part * i) * sizeof(*state));
	for (i = 1; i < WALKS; i++) {
		at = part * i;
		before = own + APART * (i - 1);
		if (state[at - 1] == before[at - 1])
			for (; at < n && at < w[i - 1].at && state[at] != before[at]; at++)
				state[at] = before[at];
		if (at == part * i || at == w[i - 1].at)
			walk_again(a, text, at, n, state[at - 1], state);
	}
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
	if (n <= FEW)
		walk_short(a, text, n, state);
	else
		walk_parts(a, text, n, state);
	for (i = 0, at = 0; i < n_segments; at += length[i++])
		walk_again(a, text, at, at + length[i], 0, state);
}
