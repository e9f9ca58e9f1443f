/*
 * automaton.h - Aho-Corasick automaton: finds all pieces that end at a byte of text, longest first.
 *
 * The automaton (Aho and Corasick 1975) is stored as a double array (Aoe 1989) with transitions
 * base XOR byte.  A state is the index of its slot, a slot is one 64-bit word: so the automaton of
 * a large vocabulary fits in the processor's caches.  Read-only once built; any number of threads
 * may use it.
 */
#ifndef BP_AUTOMATON_H
#define BP_AUTOMATON_H

#include "base/base.h"

#define BP_NO_PIECE UINT32_MAX

struct automaton {
	/*
	 * By state: bits 0-8 the label, the byte that leads to the state (256: unused slot); bits
	 * 9-35 the failure link; bit 36 the leaf mark; bits 37-63 the base of the children, which
	 * is XORed with a byte to give the slot of the child.  The root is state 0.
	 *
	 * A leaf, a state without children, has two encodings.  Stored in a file: its failure
	 * link, and base 0, to which nothing leads.  In memory: a copy of the base and link of its
	 * failure state, marked BP_SLOT_LEAF, which saves a lookup.
	 */
	uint64_t *slot;
	uint32_t *longest;	/* by state: the longest suffix that is a piece; behind the slots */
	uint32_t *shorter;	/* by piece: longest proper suffix that is one, or BP_NO_PIECE */
	size_t n_slots, n_pieces;
	bool borrowed;		/* the arrays belong to a model (automaton_verify.h) */
};

enum { BP_SLOT_FAIL = 9, BP_SLOT_BASE = 37, BP_SLOT_LABEL_MASK = 0x1FF };
#define BP_SLOT_FAIL_MASK 0x7FFFFFFu
#define BP_SLOT_LEAF ((uint64_t)1 << 36)

/*
 * Build the automaton of n distinct pieces, which are not kept.  All 256 single bytes have to be
 * among them, so that the root has a child for every byte.  An empty slice piece[i] means that the
 * number i stands for no piece.  Errors: BP_ENOMEM; BP_ERANGE if the pieces need more states than
 * fit (about 130 million); BP_EFORMAT if two pieces are equal.  Then *a is empty.
 */
bp_status bp_automaton_init(struct automaton *a, const struct slice *piece, size_t n,
			    bp_error *err);
void bp_automaton_release(struct automaton *a);

/* Convert slots in place from the stored encoding of leaves to the encoding in memory. */
void bp_automaton_link_leaves(uint64_t *slot, size_t n_slots);
/* A copy of the slots in the stored encoding, for free(); NULL if memory is out. */
uint64_t *bp_automaton_stored_slots(const struct automaton *a);

/* The state after reading byte c in state s: the longest suffix of s and c that is a state. */
static inline uint32_t bp_automaton_next(const struct automaton *a, uint32_t s, unsigned char c)
{
	uint64_t w = a->slot[s], next;
	uint32_t t;

	for (;;) {
		t = (uint32_t)(w >> BP_SLOT_BASE) ^ c;
		next = a->slot[t];
		if ((next & BP_SLOT_LABEL_MASK) == c)
			return t;
		w = a->slot[(w >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK];
	}
}

/* The child of state s by byte c, or 0 if no piece begins with its bytes. */
static inline uint32_t bp_automaton_child(const struct automaton *a, uint32_t s, unsigned char c)
{
	uint64_t w = a->slot[s];
	uint32_t t = (uint32_t)(w >> BP_SLOT_BASE) ^ c;

	return (w & BP_SLOT_LEAF) == 0 && (a->slot[t] & BP_SLOT_LABEL_MASK) == c ? t : 0;
}

/* Is s, the state after reading byte c, the state of c alone?  Then no piece that continues behind
 * c began before it. */
static inline bool bp_automaton_is_single_byte(const struct automaton *a, uint32_t s,
					       unsigned char c)
{
	return s == ((uint32_t)(a->slot[0] >> BP_SLOT_BASE) ^ c);
}

/*
 * Set state[i] to the state after byte i of 'text', which is n_segments segments one after the
 * other; each segment starts at the root.
 */
void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state);

/*
 * Numbers of states: single + c for the state of a byte c alone, else the longest piece.  Where the
 * automaton is not too large, they are in a copy of its slots, which saves a look-up for each byte.
 */
struct state_numbers {
	const struct automaton *a;	/* borrowed */
	uint32_t single;
	uint64_t *packed;	/* private; NULL if the automaton is too large */
};
/* False if memory is out; then *s is empty. */
bool bp_state_numbers_init(struct state_numbers *s, const struct automaton *a, uint32_t single);
void bp_state_numbers_release(struct state_numbers *s);

/* As bp_automaton_walk(), for numbers of states.  'reached' is scratch of as many elements. */
void bp_state_numbers_walk(const struct state_numbers *s, const unsigned char *text,
			   const uint32_t *length, size_t n_segments, uint64_t *reached,
			   uint32_t *number);

/* The number of the piece with the bytes of s, or BP_NO_PIECE; piece[] are the pieces it was built
 * from. */
uint32_t bp_automaton_find(const struct automaton *a, struct slice s, const struct slice *piece);

#endif
