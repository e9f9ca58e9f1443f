/*
 * The automaton over many segments.  One walk is a chain of loads, each of which needs the one
 * before; with several of them interleaved, and no branch that depends on the text, most of the
 * waiting disappears.
 */
#include "encode/automaton.h"

enum { WALKS = 8 };	/* 12 are no faster, 16 slower */

/* A walk over neighbouring segments. */
struct walk {
	const unsigned char *p, *end, *border;	/* border: where the next segment starts */
	uint32_t *state;
	const uint32_t *length;			/* of that segment */
	uint64_t slot;				/* of the present state */
};

/* At the border of a segment, start anew. */
static inline void cross_border(struct walk *w, uint64_t root)
{
	while (w->p == w->border && w->p < w->end) {
		w->slot = root;
		w->border += *w->length++;
	}
}

/*
 * One attempt: with the next byte to the state that follows, or without it to the one to fall back
 * to.  Which of the two is as good as random, so that it is chosen by arithmetic.
 */
static inline void attempt(const struct automaton *a, struct walk *w)
{
	unsigned char c = *w->p;
	uint32_t t = (uint32_t)(w->slot >> BP_SLOT_BASE) ^ c;
	uint32_t back = (uint32_t)(w->slot >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
	uint32_t moves = (a->slot[t] & BP_SLOT_LABEL_MASK) == c;

	*w->state = t;		/* stands only if the walk moves on */
	w->slot = a->slot[back ^ ((back ^ t) & (0 - moves))];
	w->p += moves;
	w->state += moves;
}

/* Share the segments out, to each walk about as many bytes. */
static void share(struct walk *w, const unsigned char *text, size_t n, const uint32_t *length,
		  size_t n_segments, uint32_t *state)
{
	size_t i, k = 0, at = 0;

	for (i = 0; i < WALKS; i++) {
		w[i] = (struct walk){ .p = text + at, .border = text + at, .state = state + at,
				      .length = length + k };
		while (k < n_segments && at < n / WALKS * (i + 1) + n % WALKS)
			at += length[k++];
		w[i].end = text + at;
	}
}

void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state)
{
	struct walk w[WALKS];
	uint64_t root = a->slot[0];
	size_t n = 0, i, steps;

	for (i = 0; i < n_segments; i++)
		n += length[i];
	share(w, text, n, length, n_segments, state);
	/* As many steps as no walk can pass its end in, until one is at its end. */
	for (;;) {
		for (steps = n, i = 0; i < WALKS; i++)
			steps = BP_MIN(steps, (size_t)(w[i].end - w[i].p));
		if (steps == 0)
			break;
		for (; steps > 0; steps--)
			for (i = 0; i < WALKS; i++) {
				cross_border(&w[i], root);
				attempt(a, &w[i]);
			}
	}
	for (i = 0; i < WALKS; i++)
		while (w[i].p < w[i].end) {
			cross_border(&w[i], root);
			attempt(a, &w[i]);
		}
}
