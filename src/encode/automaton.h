/*
 * automaton.h - all pieces that end at a byte of text, longest first.
 *
 * An Aho-Corasick automaton (Aho and Corasick 1975) over a trie in a double array (Aoe 1989) whose
 * transitions are base XOR byte.  A slot is one 64-bit word, so that the automaton of a large
 * vocabulary stays near the processor.
 */
#ifndef BP_AUTOMATON_H
#define BP_AUTOMATON_H

#include "base/base.h"

#define BP_NO_PIECE UINT32_MAX

struct automaton {
	/*
	 * Per state, bits 0-8 the byte that leads here (256: unused), bits 9-35 the state to fall
	 * back to, bits 37-63 the base of its children.  The root is state 0.  A state without
	 * children has bit 36 set, and both from the state that it falls back to, which would be
	 * tried next anyway.
	 */
	uint64_t *slot;
	uint32_t *longest;	/* per state, behind the slots: the longest piece that is its suffix */
	uint32_t *shorter;	/* per piece: the longest other piece that is a suffix of it */
	size_t n_slots, n_pieces;
	bool borrowed;		/* the arrays are not its own */
};

enum { BP_SLOT_FAIL = 9, BP_SLOT_BASE = 37, BP_SLOT_LABEL_MASK = 0x1FF };
#define BP_SLOT_FAIL_MASK 0x7FFFFFFu
#define BP_SLOT_LEAF ((uint64_t)1 << 36)

/*
 * Build it for n distinct pieces, all 256 single bytes among them: so the root has a transition for
 * every byte.  Where piece[i] is empty, there is no piece i.  On failure *a stays empty: out of
 * memory, BP_ERANGE if the pieces need more states than fit (about 130 million), or BP_EFORMAT if two
 * are the same.
 */
bp_status bp_automaton_init(struct automaton *a, const struct slice *piece, size_t n,
			    bp_error *err);
void bp_automaton_release(struct automaton *a);

/*
 * Slots in plain form: those of states without children have the state to fall back to, and base 0,
 * to which nothing leads.  To make search's form of it, in place; and the other way, for free(),
 * NULL if memory is out.
 */
void bp_automaton_link_leaves(uint64_t *slot, size_t n_slots);
uint64_t *bp_automaton_stored_slots(const struct automaton *a);

/* The state after reading byte c in state s. */
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

/* The state of a state's bytes and byte c, or 0 if no piece begins so. */
static inline uint32_t bp_automaton_child(const struct automaton *a, uint32_t s, unsigned char c)
{
	uint64_t w = a->slot[s];
	uint32_t t = (uint32_t)(w >> BP_SLOT_BASE) ^ c;

	return (w & BP_SLOT_LEAF) == 0 && (a->slot[t] & BP_SLOT_LABEL_MASK) == c ? t : 0;
}

/* Is 's', the state after reading byte c, that of c alone: does nothing go over from before it? */
static inline bool bp_automaton_is_single_byte(const struct automaton *a, uint32_t s, unsigned char c)
{
	return s == ((uint32_t)(a->slot[0] >> BP_SLOT_BASE) ^ c);
}

/*
 * Write to state[i] the state after byte i of segments that stand one behind the other, each of
 * which starts from the root.  Several are walked side by side, so that the processor waits for
 * the memory of one while it works on another.
 */
void bp_automaton_walk(const struct automaton *a, const unsigned char *text,
		       const uint32_t *length, size_t n_segments, uint32_t *state);

/* The piece with exactly these bytes, or BP_NO_PIECE. */
uint32_t bp_automaton_find(const struct automaton *a, struct slice s, const struct slice *piece);

#endif
