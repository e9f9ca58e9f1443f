/*
 * Verification in four passes:
 *
 * check_trie() follows all pieces, sorted by their bytes, through the trie.  So it visits each
 * state once, learns the bytes of the state, and finds slots that are missing, shared or out of
 * bounds.  check_states() then verifies for each state that its failure state and its longest
 * piece are suffixes of it, by words (below).  It lists the states for which words are too short;
 * check_deep_states() compares their bytes.  check_pieces() verifies the links between pieces.
 * All links lead to shorter strings, so every search ends.
 */
#include "encode/automaton_verify.h"

#include <stdlib.h>
#include <string.h>

enum {
	NO_LABEL = 256,		/* the label of the root and of unused slots */
	AHEAD = 16,		/* states between a prefetch and its use */
	PART = 4096		/* slots that are checked between questions for a signal */
};

/*
 * A word holds the end of a string: its last seven bytes, the last one on top, and in the lowest
 * bits its length, or DEEP if it has more than seven bytes.  For most pairs of strings, two words
 * tell whether one is a suffix of the other.
 */
enum {
	DEEP = 8,
	NO_STRING = 15,		/* as a length: longer than all strings */
	LENGTH = 15,		/* mask of the length */
	IS_PIECE = 16		/* flag of a state: its bytes are a piece */
};
#define NO_WORD 0x0F0F0F0F0F0F0F0Fu

/* By length: the mask of the bytes that a string of that length has in its word. */
static const uint64_t last_bytes[NO_STRING + 1] = {
	0, 0xFF00000000000000u, 0xFFFF000000000000u, 0xFFFFFF0000000000u, 0xFFFFFFFF00000000u,
	0xFFFFFFFFFF000000u, 0xFFFFFFFFFFFF0000u, 0xFFFFFFFFFFFFFF00u, 0xFFFFFFFFFFFFFF00u
};

struct check {
	struct automaton *a;
	const struct model *m;
	uint64_t *word;			/* by slot; NO_WORD if no piece leads there */
	uint64_t *piece_word;		/* by piece */
	uint64_t *end;			/* by slot: location of the state's bytes, see pack_end() */
	unsigned char *is_base;		/* by base: 1 if a state with children has it */
	uint32_t *path;			/* by depth: base of the state on the piece's path */
	uint32_t *deep;			/* states for which words are too short */
	size_t n_deep;
	const char *name;
	bp_error *err;
};

static inline unsigned slot_label(uint64_t slot)
{
	return slot & BP_SLOT_LABEL_MASK;
}

/* With the leaf mark as its top bit: the stored encoding has no mark, and a link with one is out of
 * bounds. */
static inline uint32_t slot_fail(uint64_t slot)
{
	return (uint32_t)(slot >> BP_SLOT_FAIL) & (BP_SLOT_FAIL_MASK << 1 | 1);
}

static inline uint32_t slot_base(uint64_t slot)
{
	return (uint32_t)(slot >> BP_SLOT_BASE);
}

static bp_status fail_slot(const struct check *c, size_t slot, const char *reason)
{
	return bp_fail_at(c->err, c->name, c->m->stored.pos + 8 * (uint64_t)slot, "slot %zu %s",
			  slot, reason);
}

static bp_status fail_base(const struct check *c, size_t base)
{
	return bp_fail_at(c->err, c->name, c->m->stored.pos, "a state leads to slot %zu, which is "
			  "out of bounds or belongs to another state", base);
}

/* The location of a state's bytes, one of the pieces that begin with them: their end as an offset
 * in m->bytes, and their number. */
static inline uint64_t pack_end(size_t end, size_t depth)
{
	return (uint64_t)end << 16 | depth;
}

static struct slice state_bytes(const struct check *c, uint32_t t)
{
	size_t n = c->end[t] & 0xFFFF;

	return (struct slice){ c->m->bytes + (c->end[t] >> 16) - n, n };
}

/* The length of the longest common prefix of two pieces; eight bytes behind each can be read. */
static inline size_t common_prefix(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i = 0, k;
	uint64_t x;

	while ((x = bp_load64(a.p + i) ^ bp_load64(b.p + i)) == 0 && i + 8 < n)
		i += 8;
	k = x == 0 ? 8 : bp_lowest_bit(x) / 8;
	return BP_MIN(i + k, n);
}

/* The word of the n bytes before 'end'; eight bytes can be read there. */
static inline uint64_t make_word(const unsigned char *end, size_t n)
{
	size_t length = BP_MIN(n, DEEP);

	return (bp_load64(end - 8) & last_bytes[length]) + length;
}

/*
 * Follow piece s, with the number 'id', through the trie.  Its first 'shared' bytes lead along the
 * path of the piece before it, of 'last' bytes; each further byte leads to a new state.  Only the
 * first new state may have siblings visited before, if the piece before went on from its parent;
 * all other bases must be new.
 */
static inline bp_status add_states(struct check *c, struct slice s, uint32_t id, size_t shared,
				   size_t last)
{
	/* Local copies: the compiler has to assume that writing a byte changes the structs. */
	const uint64_t *slot = c->a->slot;
	const size_t n_slots = c->a->n_slots;
	unsigned char *is_base = c->is_base;
	uint64_t *words = c->word, *ends = c->end;
	uint32_t *path = c->path, base = path[shared], t = 0;
	const uint64_t begin = pack_end((size_t)(s.p - c->m->bytes), 0);
	bool claimed = shared < last;
	size_t k;

	for (k = shared; k < s.n; k++, claimed = false) {
		if (base == 0 || base >= n_slots || is_base[base] > claimed)
			return fail_base(c, base);
		is_base[base] = 1;
		t = base ^ s.p[k];
		if (slot_label(slot[t]) != s.p[k] || words[t] != NO_WORD)
			return fail_slot(c, t, "has another label than the piece that leads to it, "
					 "or belongs to another state");
		words[t] = make_word(s.p + k + 1, k + 1);
		ends[t] = begin + pack_end(k + 1, k + 1);
		path[k + 1] = base = slot_base(slot[t]);
	}
	if (c->a->longest[t] != id)
		return fail_slot(c, t, "does not find the piece that ends there");
	words[t] |= IS_PIECE;
	c->piece_word[id] = words[t];
	return BP_OK;
}

/* Set next[k] to the first piece of k or more bytes, if pieces are numbered by length. */
static void set_first_ids(const struct model *m, uint32_t *next)
{
	size_t i, k = 0;

	for (i = 0; m->stored.entry == NULL && i < m->n_pieces; i++)
		while (k <= m->piece[i].n)
			next[k++] = (uint32_t)i;
}

/* Follow all pieces, sorted by their bytes: so each state is reached once as a new one. */
static bp_status check_trie(struct check *c, uint32_t *next)
{
	const struct model *m = c->m;
	const uint32_t *entry = m->stored.entry;
	struct slice s = { m->bytes, 0 }, last = { m->bytes, 0 };
	size_t n = m->n_pieces - m->n_specials, i, shared;
	bp_status st;

	for (i = 0; i < m->n_specials; i++)
		c->piece_word[m->special[i]] = NO_WORD;
	for (i = 0; i < n; i++, last = s, s.p += s.n) {
		if (bp_must_stop_at(i))
			return bp_interrupted(c->err);
		s.n = m->stored.length[i];
		shared = i > 0 ? common_prefix(last, s) : 0;
		/* No short circuits: a processor cannot predict how pieces follow each other. */
		if ((shared == s.n) | ((shared < last.n) & (last.p[shared] > s.p[shared])))
			return bp_fail_at(c->err, c->name,
					  m->stored.bytes_pos + (uint64_t)(s.p - m->bytes),
					  "a piece that is out of order");
		if ((c->path[last.n] != 0) & (shared < last.n))
			return fail_base(c, c->path[last.n]);
		st = add_states(c, s, entry != NULL ? entry[i] : next[s.n]++, shared, last.n);
		if (st != BP_OK)
			return st;
	}
	return c->path[last.n] == 0 ? BP_OK : fail_base(c, c->path[last.n]);
}

static bool is_suffix(struct slice s, struct slice of)
{
	return s.n < of.n && memcmp(s.p, of.p + of.n - s.n, s.n) == 0;
}

/* By the words of a state, its failure state and its longest piece: may both be suffixes of it? */
static inline bool may_end_with(uint64_t word, uint64_t to_word, uint64_t piece_word)
{
	unsigned depth = word & LENGTH, to = to_word & LENGTH, len = piece_word & LENGTH;

	/* lint: arrayIndexThenCheck: there is an element for each length */
	return (((word ^ to_word) & last_bytes[to]) |
		((word ^ piece_word) & last_bytes[len])) == 0 && to <= depth && len <= depth;
}

/* Prefetch the two words that state i needs; they are scattered over memory. */
static inline void prefetch_words(const struct check *c, size_t i)
{
	uint32_t f, p;

	if (i < c->a->n_slots) {
		f = slot_fail(c->a->slot[i]);
		p = c->a->longest[i];
		BP_PREFETCH(&c->word[f < c->a->n_slots ? f : 0]);
		BP_PREFETCH(&c->piece_word[p < c->a->n_pieces ? p : 0]);
	}
}

/* Is the failure state of each state a proper suffix of it, and its longest piece a suffix?
 * Unused slots must have one value, so that every automaton has one stored form.  For the slots
 * from 'from' up to 'to'; deep states are added to the list. */
static bp_status check_slots(struct check *c, size_t from, size_t to)
{
	const uint64_t *slot = c->a->slot, *word = c->word, *piece_word = c->piece_word;
	const uint32_t *longest = c->a->longest;
	const size_t n_slots = c->a->n_slots, n_pieces = c->a->n_pieces;
	uint32_t *deep = c->deep, f, p;
	size_t i, n_deep = c->n_deep;

	for (i = from; i < to; i++) {
		prefetch_words(c, i + AHEAD);
		if (word[i] == NO_WORD) {
			if (slot[i] != NO_LABEL)
				return fail_slot(c, i, "is a state to which no piece leads");
			continue;
		}
		f = slot_fail(slot[i]);
		p = longest[i];
		/* States are distinct strings: another state that is a suffix is a shorter one. */
		if (f >= n_slots || p >= n_pieces || f == i ||
		    !may_end_with(word[i], word[f], piece_word[p]))
			return fail_slot(c, i, "does not end with what it falls back to or finds");
		/* The longest piece of a state that is a piece is that piece, by add_states(): no
		 * bytes to compare.  IS_PIECE / 2 == DEEP, so the flag masks its length. */
		deep[n_deep] = (uint32_t)i;
		n_deep += ((word[f] | (piece_word[p] & ~(word[i] / 2))) & DEEP) != 0;
	}
	c->n_deep = n_deep;
	return BP_OK;
}

/* In parts, between which a signal can end it: a question for each slot would cost time. */
static bp_status check_states(struct check *c)
{
	size_t i, end, n_slots = c->a->n_slots;
	bp_status st = BP_OK;

	if (slot_label(c->a->slot[0]) != NO_LABEL || slot_fail(c->a->slot[0]) != 0)
		return fail_slot(c, 0, "is not a root");
	for (i = 1; i < n_slots && st == BP_OK; i = end) {
		end = i + BP_MIN(PART, n_slots - i);
		if ((st = bp_interrupted(c->err)) == BP_OK)
			st = check_slots(c, i, end);
	}
	return st;
}

/* Prefetch in two steps, for the address of a state's bytes is in end[]. */
static inline void prefetch_bytes(const struct check *c, size_t i)
{
	if (i + 2 * AHEAD < c->n_deep) {
		BP_PREFETCH(&c->end[slot_fail(c->a->slot[c->deep[i + 2 * AHEAD]])]);
		BP_PREFETCH(state_bytes(c, slot_fail(c->a->slot[c->deep[i + AHEAD]])).p);
		BP_PREFETCH(state_bytes(c, c->deep[i + AHEAD]).p);
	}
}

/* As check_states(), by bytes, for states whose strings do not fit in words. */
static bp_status check_deep_states(const struct check *c)
{
	struct slice own;
	uint32_t t, f, p;
	size_t i;

	for (i = 0; i < c->n_deep; i++) {
		if (bp_must_stop_at(i))
			return bp_interrupted(c->err);
		prefetch_bytes(c, i);
		t = c->deep[i];
		f = slot_fail(c->a->slot[t]);
		p = c->a->longest[t];
		own = state_bytes(c, t);
		if (!is_suffix(state_bytes(c, f), own) ||
		    ((c->word[t] & IS_PIECE) == 0 && !is_suffix(c->m->piece[p], own)))
			return fail_slot(c, t, "does not end with what it falls back to or finds");
	}
	return BP_OK;
}

/* Is the next shorter piece of each piece a proper suffix of it, and is there one unless it is a
 * single byte? */
static bp_status check_pieces(const struct check *c)
{
	const struct slice *piece = c->m->piece;
	uint64_t word, below;
	size_t i;
	uint32_t q;
	bool ok;

	for (i = 0; i < c->a->n_pieces; i++) {
		if (bp_must_stop_at(i))
			return bp_interrupted(c->err);
		q = c->a->shorter[i];
		word = c->piece_word[i];
		if (q >= c->a->n_pieces) {
			ok = q == BP_NO_PIECE && ((word & LENGTH) == 1 || word == NO_WORD);
		} else {
			below = c->piece_word[q];
			ok = q != i && (below & LENGTH) <= (word & LENGTH) && word != NO_WORD &&
			     ((word ^ below) & last_bytes[below & LENGTH]) == 0 &&
			     ((below & LENGTH) < DEEP || is_suffix(piece[q], piece[i]));
		}
		if (!ok)
			return bp_fail_at(c->err, c->name,
					  c->m->stored.shorter_pos + 4 * (uint64_t)i, "piece %zu "
					  "does not end with the one below it", i);
	}
	return BP_OK;
}

static size_t longest_piece(const struct model *m)
{
	size_t longest = m->piece[m->n_pieces - 1].n, i;

	for (i = 0; m->stored.entry != NULL && i < m->n_pieces; i++)
		longest = BP_MAX(longest, m->piece[i].n);
	return longest;
}

/* Allocate all scratch as one block, arrays of wide elements first, for alignment.  NULL if memory
 * is out; else the block, for free(). */
static void *divide_scratch(struct check *c, uint32_t **next)
{
	size_t n = c->a->n_pieces, slots = c->a->n_slots, longest = longest_piece(c->m);
	size_t wide = 8 * (2 * slots + n), middle = 4 * (slots + 2 * (longest + 1));
	unsigned char *block = bp_array_large(wide + middle + slots);

	if (block == NULL)
		return NULL;
	c->word = (void *)block;
	c->end = c->word + slots;
	c->piece_word = c->end + slots;
	c->deep = (void *)(block + wide);
	c->path = c->deep + slots;
	*next = c->path + longest + 1;
	c->is_base = block + wide + middle;
	memset(c->word, NO_STRING, 8 * slots);
	memset(c->is_base, 0, slots);
	c->word[0] = 0;
	c->end[0] = 0;
	c->path[0] = slot_base(c->a->slot[0]);
	return block;
}

bp_status bp_automaton_verify(struct automaton *a, const struct model *m, const char *name,
			      bp_error *err)
{
	const struct stored_automaton *r = &m->stored;
	struct check c = { .a = a, .m = m, .name = name, .err = err };
	bp_status st;
	uint32_t *next;
	void *block;

	*a = (struct automaton){ .slot = r->slot, .longest = r->longest, .shorter = r->shorter,
				 .n_slots = r->n_slots, .n_pieces = m->n_pieces, .borrowed = true };
	if ((block = divide_scratch(&c, &next)) == NULL) {
		st = bp_fail_memory(err);
	} else {
		set_first_ids(m, next);
		if ((st = check_trie(&c, next)) == BP_OK &&
		    (st = check_states(&c)) == BP_OK && (st = check_deep_states(&c)) == BP_OK)
			st = check_pieces(&c);
	}
	free(block);
	if (st != BP_OK)
		*a = (struct automaton){ 0 };
	else
		bp_automaton_link_leaves(a->slot, a->n_slots);
	return st;
}

bool bp_automaton_store(const struct automaton *a, struct stored_automaton *r)
{
	*r = (struct stored_automaton){ .slot = bp_automaton_stored_slots(a), .longest = a->longest,
					.shorter = a->shorter, .n_slots = a->n_slots };
	return r->slot != NULL;
}
