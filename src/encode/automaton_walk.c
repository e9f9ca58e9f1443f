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

#include <stdlib.h>

enum {
	WALKS = 8,		/* 12 are no faster, 16 slower */
	FEW = 4,		/* walks over at most MEDIUM bytes: more take longer to set up */
	SHARED = 96,		/* bytes that two walks share once one of them has nothing to do */
	MOST_PARTS = 128,
	/* Lengths of text in bytes: most for one walk, for FEW walks, and for walk_short(). */
	SHORT = 15, MEDIUM = 95, LONG = 256,
	TOGETHER = 16,		/* so that compilers use vectors */
	BLOCK = 256		/* slots that one base can lead to */
};

/*
 * Packed slots have the numbers of their states in them.  A slot has, from the lowest bit on: the
 * label, 8 bits; the low bits of the number; the failure link; the high bits of the number; the
 * base.  The shifts give a link and a base without a mask.  The label of an unused slot is a byte
 * that leads there from no state.
 */
enum {
	LOW_BITS = 5, LOW = 8,		/* of the number */
	PACKED_FAIL = 13,
	HIGH_BITS = 13, HIGH = 32,	/* of the number */
	PACKED_BASE = 45
};
#define PACKED_SLOTS ((size_t)1 << (64 - PACKED_BASE))
#define PACKED_NUMBERS ((size_t)1 << (LOW_BITS + HIGH_BITS))

/* What walks go over, and what they write for each byte of text: the state reached or, if the slots
 * are packed, its slot, which determines all that follows as well. */
struct ground {
	const uint64_t *slot;
	const unsigned char *text;
	uint32_t *state;	/* NULL if the slots are packed */
	uint64_t *reached;	/* else NULL */
	bool packed;
};

struct walk {
	size_t at, end;		/* index of the next byte, and of the first byte behind the part */
	uint64_t slot;		/* of the state reached */
};

static inline uint32_t child_by(const struct ground *g, uint64_t from, uint32_t c)
{
	return (uint32_t)(from >> (g->packed ? (int)PACKED_BASE : (int)BP_SLOT_BASE)) ^ c;
}

static inline const uint64_t *fail_slot(const struct ground *g, uint64_t from)
{
	return &g->slot[g->packed ? (uint32_t)from >> PACKED_FAIL :
				    (from >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK];
}

/* Not 0 if the byte c does not lead to this slot. */
static inline uint32_t differs(const struct ground *g, uint64_t slot, uint32_t c)
{
	return g->packed ? (unsigned char)(slot ^ c) : ((uint32_t)slot ^ c) & BP_SLOT_LABEL_MASK;
}

/* Write state t, with the slot 'slot', for byte i. */
static inline void put(const struct ground *g, size_t i, uint32_t t, uint64_t slot)
{
	if (g->packed)
		g->reached[i] = slot;
	else
		g->state[i] = t;
}

/* Is it written already? */
static inline bool is_there(const struct ground *g, size_t i, uint32_t t, uint64_t slot)
{
	return g->packed ? g->reached[i] == slot : g->state[i] == t;
}

/* The slot of the state after byte i. */
static inline uint64_t slot_after(const struct ground *g, size_t i)
{
	return g->packed ? g->reached[i] : g->slot[g->state[i]];
}

/*
 * One attempt: move to the child by the next byte, or, if there is none, follow the failure link
 * and stay at the byte.  A processor cannot predict the outcome, so both slots are loaded and one
 * is selected.  What is written for the byte is overwritten by the next attempt unless the walk
 * moves.
 */
BP_INLINE void attempt(const struct ground *g, struct walk *w)
{
	size_t at = w->at;
	uint64_t from = w->slot, next, back;
	uint32_t c = g->text[at], t = child_by(g, from, c), moves;

	if (!g->packed)
		g->state[at] = t;
	next = g->slot[t];
	if (g->packed)
		g->reached[at] = next;
#if defined(__x86_64__) && defined(__GNUC__) && !defined(BP_C11)
	/* One comparison decides both, by the carry; compilers make two, or a branch. */
	if (g->packed) {
		__asm__("cmpb $1, %[differs]\n\t"
			"cmovaeq %[back], %[next]\n\t"
			"adcq $0, %[at]"
			: [next] "+r" (next), [at] "+r" (at)
			: [differs] "q" ((unsigned char)(next ^ c)),
			  [back] "m" (*fail_slot(g, from))
			: "cc");
		w->slot = next;
		w->at = at;
		return;
	}
#endif
	back = *fail_slot(g, from);
	moves = bp_is_zero(differs(g, next, c));
	w->slot = bp_select(moves, next, back);
	w->at = at + moves;
}

/* n attempts of each walk, of FEW or of all.  A variable for each, so that compilers keep the walks
 * in registers, and nothing else. */
BP_INLINE void attempts(const struct ground g, struct walk w[WALKS], size_t n, bool all)
{
	struct walk a = w[0], b = w[1], c = w[2], d = w[3],
		    e = w[4], f = w[5], i = w[6], k = w[7];

	for (; n > 0; n--) {
		attempt(&g, &a);
		attempt(&g, &b);
		attempt(&g, &c);
		attempt(&g, &d);
		if (!all)
			continue;
		attempt(&g, &e);
		attempt(&g, &f);
		attempt(&g, &i);
		attempt(&g, &k);
	}
	w[0] = a, w[1] = b, w[2] = c, w[3] = d, w[4] = e, w[5] = f, w[6] = i, w[7] = k;
}

/* Each case by itself. */
BP_NOINLINE static void attempt_all(const struct ground *g, struct walk *w, size_t n)
{
	attempts((struct ground){ g->slot, g->text, g->state, NULL, false }, w, n, true);
}

BP_NOINLINE static void attempt_few(const struct ground *g, struct walk *w, size_t n)
{
	attempts((struct ground){ g->slot, g->text, g->state, NULL, false }, w, n, false);
}

BP_NOINLINE static void attempt_all_packed(const struct ground *g, struct walk *w, size_t n)
{
	attempts((struct ground){ g->slot, g->text, NULL, g->reached, true }, w, n, true);
}

BP_NOINLINE static void attempt_few_packed(const struct ground *g, struct walk *w, size_t n)
{
	attempts((struct ground){ g->slot, g->text, NULL, g->reached, true }, w, n, false);
}

static void attempt_each(const struct ground *g, struct walk *w, size_t n, bool all)
{
	if (g->packed)
		(all ? attempt_all_packed : attempt_few_packed)(g, w, n);
	else
		(all ? attempt_all : attempt_few)(g, w, n);
}

/* The state after byte c in the state with the slot *slot, which is set to its slot. */
static inline uint32_t next_state(const struct ground *g, uint64_t *slot, uint32_t c)
{
	uint32_t t;

	for (;; *slot = *fail_slot(g, *slot)) {
		t = child_by(g, *slot, c);
		if (differs(g, g->slot[t], c) == 0)
			break;
	}
	*slot = g->slot[t];
	return t;
}

/* Walk from position 'at' and the state with this slot to 'end', or until the state is the one
 * that is there. */
static void walk_again(const struct ground *g, size_t at, size_t end, uint64_t slot)
{
	uint32_t t;

	for (; at < end; at++) {
		t = next_state(g, &slot, g->text[at]);
		if (is_there(g, at, t, slot))
			break;
		put(g, at, t, slot);
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
static void walk_shared(struct parts *p, const struct ground *g)
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
			attempt_each(g, w, steps, true);
	} while (steps > 0 || share_part(p, least, g->slot[0]));
	do {
		for (more = false, i = 0; i < WALKS; i++) {
			if (w[i].at == w[i].end)
				continue;
			attempt(g, &w[i]);
			more = true;
		}
	} while (more);
}

static void walk_parts(const struct ground *g, size_t n)
{
	struct parts p = { .n = WALKS };
	size_t i;

	for (i = 0; i < WALKS; i++) {
		p.begin[i] = n / WALKS * i;
		p.w[i] = (struct walk){ p.begin[i], n / WALKS * (i + 1), g->slot[0] };
	}
	p.w[WALKS - 1].end = n;
	walk_shared(&p, g);
	for (i = 1; i < p.n; i++)
		walk_again(g, p.begin[i], n, slot_after(g, p.begin[i] - 1));
}

/* Walk from position 'at' and the state with this slot to 'end'. */
static void walk_on(const struct ground *g, size_t at, size_t end, uint64_t slot)
{
	uint32_t t;

	for (; at < end; at++) {
		t = next_state(g, &slot, g->text[at]);
		put(g, at, t, slot);
	}
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
static void walk_short(const struct ground *g, size_t n)
{
	size_t walks = n <= MEDIUM ? FEW : WALKS;
	size_t part = (n + 1) / (walks + 1), i, at;
	struct walk w[WALKS];

	for (i = 0; i < WALKS; i++)
		w[i] = (struct walk){ .at = part * i, .slot = g->slot[0] };
	attempt_each(g, w, 2 * part - 1, walks == WALKS);
	for (i = 0; i + 1 < walks; i++) {
		at = w[i].at;
		walk_again(g, at, w[i + 1].at, slot_after(g, at - 1));
	}
	at = w[i].at;
	walk_on(g, at, n, slot_after(g, at - 1));
}

static void walk(const struct ground *g, const uint32_t *length, size_t n_segments, size_t n)
{
	size_t i, at;

	if (n <= SHORT) {
		for (i = 0, at = 0; i < n_segments; at += length[i++])
			walk_on(g, at, at + length[i], g->slot[0]);
		return;
	}
	if (n <= LONG)
		walk_short(g, n);
	else
		walk_parts(g, n);
	for (i = 1, at = length[0]; i < n_segments; at += length[i++])
		walk_again(g, at, at + length[i], g->slot[0]);
}

static size_t sum(const uint32_t *length, size_t n_segments)
{
	size_t n = 0, i;

	for (i = 0; i < n_segments; i++)
		n += length[i];
	return n;
}

void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state)
{
	const struct ground g = { a->slot, text, state, NULL, false };

	walk(&g, length, n_segments, sum(length, n_segments));
}

/* A base in a block of slots that no state has: as there are no more bases than states, there is
 * one if there is an unused slot. */
static uint32_t unused_base(const uint64_t *block)
{
	bool used[BLOCK] = { false };
	uint32_t i;

	for (i = 0; i < BLOCK; i++)
		if ((block[i] & BP_SLOT_LABEL_MASK) < 256)
			used[i ^ (block[i] & 0xFF)] = true;
	for (i = 0; used[i]; )
		i++;
	return i;
}

static uint64_t pack_slot(uint64_t slot, uint32_t number)
{
	return (slot & 0xFF) | (slot >> BP_SLOT_FAIL & BP_SLOT_FAIL_MASK) << PACKED_FAIL |
	       (uint64_t)(number & ((1 << LOW_BITS) - 1)) << LOW |
	       (uint64_t)(number >> LOW_BITS) << HIGH | slot >> BP_SLOT_BASE << PACKED_BASE;
}

static inline uint32_t number_of(uint64_t packed)
{
	return (uint32_t)(packed >> HIGH & ((1 << HIGH_BITS) - 1)) << LOW_BITS |
	       (uint32_t)(packed >> LOW & ((1 << LOW_BITS) - 1));
}

static void pack_block(const struct automaton *a, size_t from, uint64_t *packed)
{
	const uint64_t *slot = a->slot + from;
	uint32_t unused = UINT32_MAX, i;

	for (i = 0; i < BLOCK; i++) {
		if ((slot[i] & BP_SLOT_LABEL_MASK) < 256) {
			packed[from + i] = pack_slot(slot[i], a->longest[from + i]);
			continue;
		}
		if (unused == UINT32_MAX)
			unused = unused_base(slot);
		packed[from + i] = i ^ unused;
	}
}

bool bp_state_numbers_init(struct state_numbers *s, const struct automaton *a, uint32_t single)
{
	const uint32_t root = (uint32_t)(a->slot[0] >> BP_SLOT_BASE);
	uint32_t i;

	*s = (struct state_numbers){ .a = a, .single = single };
	if (a->n_slots > PACKED_SLOTS || single + (size_t)256 > PACKED_NUMBERS)
		return true;
	s->packed = bp_array_large(a->n_slots * sizeof(*s->packed));
	if (s->packed == NULL)
		return false;
	for (i = 0; i < a->n_slots; i += BLOCK)
		pack_block(a, i, s->packed);
	s->packed[0] |= (uint64_t)root << PACKED_BASE;
	for (i = 0; i < 256; i++)
		s->packed[root ^ i] = pack_slot(a->slot[root ^ i], single + i);
	return true;
}

void bp_state_numbers_release(struct state_numbers *s)
{
	free(s->packed);
	*s = (struct state_numbers){ 0 };
}

static uint32_t number_of_state(const struct state_numbers *s, uint32_t state)
{
	uint32_t c = (uint32_t)(s->a->slot[0] >> BP_SLOT_BASE) ^ state;

	return c < 256 ? s->single + c : s->a->longest[state];
}

void bp_state_numbers_walk(const struct state_numbers *s, const unsigned char *text,
			   const uint32_t *length, size_t n_segments, uint64_t *reached,
			   uint32_t *number)
{
	const struct ground g = { s->packed, text, NULL, reached, true };
	size_t n = sum(length, n_segments), i = 0, k;

	if (s->packed == NULL) {
		bp_automaton_walk(s->a, text, length, n_segments, number);
		for (; i < n; i++)
			number[i] = number_of_state(s, number[i]);
		return;
	}
	walk(&g, length, n_segments, n);
	for (; i + TOGETHER <= n; i += TOGETHER)
		for (k = 0; k < TOGETHER; k++)
			number[i + k] = number_of(reached[i + k]);
	for (; i < n; i++)
		number[i] = number_of(reached[i]);
}
