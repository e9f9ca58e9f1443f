#include "encode/automaton_verify.h"

#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = 256, AHEAD = 16 };

/*
 * The end of a string, in a word: its last bytes, the very last one on top, and in the lowest bits
 * its length, or DEEP if it is longer than that.  Two words tell of most pairs of strings whether
 * one ends with the other.
 */
enum {
	DEEP = 8,
	NO_STRING = 15,		/* in place of the length: longer than all */
	LENGTH = 15,
	IS_PIECE = 16		/* of a state: a piece ends in it, and is the longest one there */
};
#define NO_WORD 0x0F0F0F0F0F0F0F0Fu

/* By length: of a word, the bytes that a string of so many has in it. */
static const uint64_t last_bytes[NO_STRING + 1] = {
	0, 0xFF00000000000000u, 0xFFFF000000000000u, 0xFFFFFF0000000000u, 0xFFFFFFFF00000000u,
	0xFFFFFFFFFF000000u, 0xFFFFFFFFFFFF0000u, 0xFFFFFFFFFFFFFF00u, 0xFFFFFFFFFFFFFF00u
};

struct check {
	struct automaton *a;
	const struct model *m;
	uint64_t *word, *piece_word;	/* by slot, NO_WORD if no piece leads there; by piece */
	uint64_t *place;		/* by slot, see place_of() */
	unsigned char *is_base;		/* by slot: that of a state with children has its number */
	uint32_t *path;			/* bases of the states from the root on */
	uint32_t *deep;			/* states of which words do not tell enough */
	size_t n_deep;
	const char *name;
	bp_error *err;
};

static inline unsigned label_of(uint64_t slot)
{
	return slot & BP_SLOT_LABEL_MASK;
}

/* With the mark that no slot in plain form has: where it stands, that is out of bounds. */
static inline uint32_t fail_of(uint64_t slot)
{
	return (uint32_t)(slot >> BP_SLOT_FAIL) & (BP_SLOT_FAIL_MASK << 1 | 1);
}

static inline uint32_t base_of(uint64_t slot)
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
	return bp_fail_at(c->err, c->name, c->m->stored.pos, "a state leads to slot %zu, out of bounds "
			  "or where another one does", base);
}

/* Where the bytes of a state end, among those of all pieces, and their number. */
static inline uint64_t place_of(size_t end, size_t depth)
{
	return (uint64_t)end << 16 | depth;
}

static struct slice bytes_of(const struct check *c, uint32_t t)
{
	uint64_t place = c->place[t];
	size_t n = place & 0xFFFF;

	return (struct slice){ c->m->bytes + (place >> 16) - n, n };
}

/* How many bytes at their beginning two pieces share; after both there are eight bytes more. */
static inline size_t shared_bytes(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i = 0, k;
	uint64_t x;

	while ((x = bp_load64(a.p + i) ^ bp_load64(b.p + i)) == 0 && i + 8 < n)
		i += 8;
	k = x == 0 ? 8 : bp_lowest_bit(x) / 8;
	return BP_MIN(i + k, n);
}

/* Of the n bytes that end before 'end'; eight can be read there. */
static inline uint64_t word_of(const unsigned char *end, size_t n)
{
	size_t length = BP_MIN(n, DEEP);

	return (bp_load64(end - 8) & last_bytes[length]) + length;
}

/*
 * Follow the bytes of piece s from the 'shared'th on, in each of which it comes to a new state; the
 * last one is that of the piece 'id'.  All before lie on the path already; the first new one is the
 * only one whose parent may have other children, and has if the piece before it, of 'last' bytes,
 * went on from there.
 */
static inline bp_status add_states(struct check *c, struct slice s, uint32_t id, size_t shared,
				   size_t last)
{
	/* Copies: as far as the compiler can tell, a byte that is written may change the others. */
	const uint64_t *slot = c->a->slot;
	const size_t n_slots = c->a->n_slots;
	unsigned char *is_base = c->is_base;
	uint64_t *words = c->word, *places = c->place;
	uint32_t *path = c->path, base = path[shared], t = 0;
	uint64_t place = place_of((size_t)(s.p - c->m->bytes), 0);
	bool claimed = shared < last;
	size_t k;

	for (k = shared; k < s.n; k++, claimed = false) {
		if (base == 0 || base >= n_slots || is_base[base] > claimed)
			return fail_base(c, base);
		is_base[base] = 1;
		t = base ^ s.p[k];
		if (label_of(slot[t]) != s.p[k] || words[t] != NO_WORD)
			return fail_slot(c, t, "is not that of a state to which a piece leads");
		words[t] = word_of(s.p + k + 1, k + 1);
		places[t] = place + place_of(k + 1, k + 1);
		path[k + 1] = base = base_of(slot[t]);
	}
	if (c->a->longest[t] != id)
		return fail_slot(c, t, "is not the end of the piece that ends there");
	words[t] |= IS_PIECE;
	c->piece_word[id] = words[t];
	return BP_OK;
}

/* Set next[k] to the first piece of k bytes, where they go by length. */
static void set_first_ids(const struct model *m, uint32_t *next)
{
	size_t i, k = 0;

	for (i = 0; m->stored.place == NULL && i < m->n_pieces; i++)
		while (k <= m->piece[i].n)
			next[k++] = (uint32_t)i;
}

/* Follow all pieces, in the order of their bytes: so each state is come to once. */
static bp_status check_trie(struct check *c, uint32_t *next)
{
	const struct model *m = c->m;
	const uint32_t *place = m->stored.place;
	struct slice s = { m->bytes, 0 }, last = { m->bytes, 0 };
	size_t n = m->n_pieces - m->n_specials, i, shared;
	bp_status st;

	for (i = 0; i < m->n_specials; i++)
		c->piece_word[m->special[i]] = NO_WORD;
	for (i = 0; i < n; i++, last = s, s.p += s.n) {
		s.n = m->stored.length[i];
		shared = i > 0 ? shared_bytes(last, s) : 0;
		/* Not in steps: how the pieces follow each other cannot be foreseen. */
		if ((shared == s.n) | ((shared < last.n) & (last.p[shared] > s.p[shared])))
			return bp_fail_at(c->err, c->name,
					  m->stored.bytes_pos + (uint64_t)(s.p - m->bytes),
					  "a piece that is out of order");
		if ((c->path[last.n] != 0) & (shared < last.n))
			return fail_base(c, c->path[last.n]);
		st = add_states(c, s, place != NULL ? place[i] : next[s.n]++, shared, last.n);
		if (st != BP_OK)
			return st;
	}
	return c->path[last.n] == 0 ? BP_OK : fail_base(c, c->path[last.n]);
}

static bool is_suffix(struct slice s, struct slice of)
{
	return s.n < of.n && memcmp(s.p, of.p + of.n - s.n, s.n) == 0;
}

/*
 * By the words of a state, of what it falls back to and of the piece to be found there: may the
 * state end with both?
 */
static inline bool may_end_with(uint64_t word, uint64_t to_word, uint64_t piece_word)
{
	unsigned depth = word & LENGTH, to = to_word & LENGTH, len = piece_word & LENGTH;

	/* lint: arrayIndexThenCheck: there is a row for each length */
	return (((word ^ to_word) & last_bytes[to]) | ((word ^ piece_word) & last_bytes[len])) == 0 &&
	       to <= depth && len <= depth;
}

/* What is needed for a state lies anywhere: ask for it some states before. */
static inline void ask_for_words(const struct check *c, size_t i)
{
	uint32_t f, p;

	if (i < c->a->n_slots) {
		f = fail_of(c->a->slot[i]);
		p = c->a->longest[i];
		BP_PREFETCH(&c->word[f < c->a->n_slots ? f : 0]);
		BP_PREFETCH(&c->piece_word[p < c->a->n_pieces ? p : 0]);
	}
}

/*
 * Does each state fall back to one that is shorter and that it ends with, and does it end with the
 * piece that is to be found there?  Slots without a state have to be alike.
 */
static bp_status check_states(struct check *c)
{
	const uint64_t *slot = c->a->slot, *word = c->word, *piece_word = c->piece_word;
	const uint32_t *longest = c->a->longest;
	const size_t n_slots = c->a->n_slots, n_pieces = c->a->n_pieces;
	uint32_t *deep = c->deep, f, p;
	size_t i, n_deep = 0;

	if (label_of(slot[0]) != NO_LABEL || fail_of(slot[0]) != 0)
		return fail_slot(c, 0, "is not that of a root");
	for (i = 1; i < n_slots; i++) {
		ask_for_words(c, i + AHEAD);
		if (word[i] == NO_WORD) {
			if (slot[i] != NO_LABEL)
				return fail_slot(c, i, "is that of a state to which no piece leads");
			continue;
		}
		f = fail_of(slot[i]);
		p = longest[i];
		/* Another string of at most the length, with which it ends, is a shorter one. */
		if (f >= n_slots || p >= n_pieces || f == i ||
		    !may_end_with(word[i], word[f], piece_word[p]))
			return fail_slot(c, i, "does not end with what it falls back to or finds");
		deep[n_deep] = (uint32_t)i;
		n_deep += ((word[f] | (piece_word[p] & ~(word[i] / 2))) & DEEP) != 0;
	}
	c->n_deep = n_deep;
	return BP_OK;
}

/* The same, in the two steps in which places become known. */
static inline void ask_for_bytes(const struct check *c, size_t i)
{
	if (i + 2 * AHEAD < c->n_deep) {
		BP_PREFETCH(&c->place[fail_of(c->a->slot[c->deep[i + 2 * AHEAD]])]);
		BP_PREFETCH(bytes_of(c, fail_of(c->a->slot[c->deep[i + AHEAD]])).p);
		BP_PREFETCH(bytes_of(c, c->deep[i + AHEAD]).p);
	}
}

/* The same for strings that a word does not hold. */
static bp_status check_deep_states(const struct check *c)
{
	struct slice own;
	uint32_t t, f, p;
	size_t i;

	for (i = 0; i < c->n_deep; i++) {
		ask_for_bytes(c, i);
		t = c->deep[i];
		f = fail_of(c->a->slot[t]);
		p = c->a->longest[t];
		own = bytes_of(c, t);
		if (!is_suffix(bytes_of(c, f), own) ||
		    ((c->word[t] & IS_PIECE) == 0 && !is_suffix(c->m->piece[p], own)))
			return fail_slot(c, t, "does not end with what it falls back to or finds");
	}
	return BP_OK;
}

/* The next shorter piece of each is shorter, ends it, and is there unless it is a single byte. */
static bp_status check_pieces(const struct check *c)
{
	const struct slice *piece = c->m->piece;
	uint64_t word, below;
	size_t i;
	uint32_t q;
	bool ok;

	for (i = 0; i < c->a->n_pieces; i++) {
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

static size_t longest_of(const struct model *m)
{
	size_t longest = m->piece[m->n_pieces - 1].n, i;

	for (i = 0; m->stored.place != NULL && i < m->n_pieces; i++)
		longest = BP_MAX(longest, m->piece[i].n);
	return longest;
}

/* All scratch in one block, the wide things first. */
static void *divide_scratch(struct check *c, uint32_t **next)
{
	size_t n = c->a->n_pieces, slots = c->a->n_slots, longest = longest_of(c->m);
	size_t wide = 8 * (2 * slots + n), middle = 4 * (slots + 2 * (longest + 1));
	unsigned char *block = bp_array_large(wide + middle + slots);

	if (block == NULL)
		return NULL;
	c->word = (void *)block;
	c->place = c->word + slots;
	c->piece_word = c->place + slots;
	c->deep = (void *)(block + wide);
	c->path = c->deep + slots;
	*next = c->path + longest + 1;
	c->is_base = block + wide + middle;
	memset(c->word, NO_STRING, 8 * slots);
	memset(c->is_base, 0, slots);
	c->word[0] = 0;
	c->place[0] = 0;
	c->path[0] = base_of(c->a->slot[0]);
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
