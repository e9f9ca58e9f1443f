#include "encode/ready.h"

#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = 256, AHEAD = 32 };

/* The last bytes of a string, in a word with the last one on top: all of it, if it has so few. */
enum { WORD = 8, DEEP = WORD + 1, NO_LENGTH = DEEP + 1 };

/* About a slot, so small that those of all slots stay near the processor. */
enum {
	DEPTH = 15,	/* of the state in it; DEEP: over WORD; 0: there is none (or the root) */
	IS_BASE = 16,	/* its number is the base of a state with children, so of no other */
	IS_PIECE = 32	/* a piece ends in it, and is the longest one there */
};

/* All but the last bytes of a word are left out by these.  Of longer strings it tells the end. */
static const uint64_t last_bytes[NO_LENGTH + 1] = {
	0, 0xFF00000000000000u, 0xFFFF000000000000u, 0xFFFFFF0000000000u, 0xFFFFFFFF00000000u,
	0xFFFFFFFFFF000000u, 0xFFFFFFFFFFFF0000u, 0xFFFFFFFFFFFFFF00u, UINT64_MAX, UINT64_MAX,
	0
};

struct check {
	struct automaton *a;
	const struct model *m;
	unsigned char *known;		/* by slot */
	uint64_t *word, *piece_word;	/* by slot, by piece */
	uint64_t *place;		/* by slot, see place_of() */
	unsigned char *piece_len;	/* by piece, DEEP if it is longer than a word; NO_LENGTH of what
					 * is none and so may end nowhere */
	uint32_t *path;			/* states from the root on */
	const char *name;
	bp_error *err;
	size_t n_parents;
};

static inline unsigned label_of(uint64_t slot)
{
	return slot & BP_SLOT_LABEL_MASK;
}

static inline uint32_t fail_of(uint64_t slot)
{
	return (uint32_t)(slot >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
}

static inline uint32_t base_of(uint64_t slot)
{
	return (uint32_t)(slot >> BP_SLOT_BASE);
}

static bp_status fail_slot(const struct check *c, size_t slot, const char *reason)
{
	return bp_fail_at(c->err, c->name, c->m->ready.pos + 8 * (uint64_t)slot, "slot %zu %s",
			  slot, reason);
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

/* How many bytes at their beginning two pieces share; after both there are WORD bytes more. */
static inline size_t shared_bytes(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i = 0, k;
	uint64_t x;

	while ((x = bp_load64(a.p + i) ^ bp_load64(b.p + i)) == 0 && i + WORD < n)
		i += WORD;
	k = x == 0 ? WORD : bp_lowest_bit(x) / 8;
	return BP_MIN(i + k, n);
}

/* The base of a state with children: check that it is that of no other one. */
static inline bool claim_base(struct check *c, uint32_t base)
{
	if (base == 0 || base >= c->a->n_slots || (c->known[base] & IS_BASE))
		return false;
	c->known[base] |= IS_BASE;
	c->n_parents++;
	return true;
}

/*
 * Follow the bytes of piece s from the 'shared'th on, in each of which it comes to a new state.
 * All before lie on the path already; the first new one is the only one whose parent may have other
 * children, and has if the piece before it, of 'last' bytes, went on from there.
 */
static bp_status add_states(struct check *c, struct slice s, size_t shared, size_t last)
{
	/* Copies: as far as the compiler can tell, a byte that is written may change the others. */
	const uint64_t *slot = c->a->slot;
	unsigned char *known = c->known;
	uint64_t *words = c->word, *places = c->place;
	uint32_t *path = c->path;
	uint32_t u = path[shared], t;
	uint64_t word = words[u], place = place_of((size_t)(s.p - c->m->bytes), 0);
	size_t k;

	for (k = shared; k < s.n; k++, u = t) {
		if ((k > shared || shared == last) && !claim_base(c, base_of(slot[u])))
			return fail_slot(c, u, "leads out of bounds or where another one does");
		t = base_of(slot[u]) ^ s.p[k];
		if (label_of(slot[t]) != s.p[k] || (known[t] & DEPTH) != 0)
			return fail_slot(c, u, "does not lead on where a piece goes on");
		word = word >> 8 | (uint64_t)s.p[k] << 56;
		known[t] |= (unsigned char)BP_MIN(k + 1, DEEP);
		words[t] = word;
		places[t] = place + place_of(k + 1, k + 1);
		path[k + 1] = t;
	}
	return BP_OK;
}

/* What is known of a piece that has been followed to its last state. */
static bp_status end_piece(struct check *c, struct slice s, uint32_t id)
{
	uint32_t t = c->path[s.n];

	if (c->a->longest[t] != id)
		return fail_slot(c, t, "is not the end of the piece that ends there");
	c->known[t] |= IS_PIECE;
	c->piece_len[id] = (unsigned char)BP_MIN(s.n, DEEP);
	c->piece_word[id] = c->word[t];
	return BP_OK;
}

/* Set next[k] to the first piece of k bytes, where they go by length. */
static void set_first_ids(const struct model *m, uint32_t *next)
{
	size_t i, k = 0;

	for (i = 0; m->ready.place == NULL && i < m->n_pieces; i++)
		while (k <= m->piece[i].n)
			next[k++] = (uint32_t)i;
}

/* Follow all pieces, in the order of their bytes: so each state is come to once. */
static bp_status check_trie(struct check *c, uint32_t *next)
{
	const struct model *m = c->m;
	const uint32_t *place = m->ready.place;
	struct slice s = { m->bytes, 0 }, last = { m->bytes, 0 };
	size_t n = m->n_pieces - m->n_specials, i, shared;
	bp_status st;

	for (i = 0; i < m->n_specials; i++) {
		c->piece_len[m->special[i]] = NO_LENGTH;
		c->piece_word[m->special[i]] = 0;
	}
	for (i = 0; i < n; i++, last = s, s.p += s.n) {
		s.n = m->ready.length[i];
		shared = i > 0 ? shared_bytes(last, s) : 0;
		if (shared == s.n || (shared < last.n && last.p[shared] > s.p[shared]))
			return bp_fail_at(c->err, c->name,
					  m->ready.bytes_pos + (uint64_t)(s.p - m->bytes),
					  "a piece that is out of order");
		if ((st = add_states(c, s, shared, last.n)) != BP_OK ||
		    (st = end_piece(c, s, place != NULL ? place[i] : next[s.n]++)) != BP_OK)
			return st;
	}
	return BP_OK;
}

/* For the strings that a word does not hold. */
static bool is_suffix(struct slice s, struct slice of)
{
	return s.n <= of.n && memcmp(s.p, of.p + of.n - s.n, s.n) == 0;
}

/*
 * Does the state t fall back to one that is shorter and that it ends with, and does it end with the
 * piece that is to be found there?
 */
static inline bool check_state(const struct check *c, uint32_t t)
{
	uint32_t f = fail_of(c->a->slot[t]), p = c->a->longest[t];
	uint64_t word = c->word[t], differ;
	unsigned depth = c->known[t] & DEPTH, to, len;
	bool own;

	if (f >= c->a->n_slots || p >= c->a->n_pieces)
		return false;
	/* A piece that ends there has been followed to it: there is nothing to be asked for. */
	own = (c->known[t] & IS_PIECE) != 0;
	p = own ? 0 : p;
	len = own ? 0 : c->piece_len[p];
	if (len == DEEP && !is_suffix(c->m->piece[p], bytes_of(c, t)))
		return false;
	to = c->known[f] & DEPTH;
	if (to == DEEP) {
		if (bytes_of(c, f).n >= bytes_of(c, t).n ||
		    !is_suffix(bytes_of(c, f), bytes_of(c, t)))
			return false;
		to--;
	}
	differ = ((word ^ c->word[f]) & last_bytes[to]) |
		 ((word ^ c->piece_word[p]) & last_bytes[len]);
	return differ == 0 && to < depth && len <= depth && (to > 0) == (f > 0);
}

/* What is needed for a state lies anywhere: ask for it some states before. */
static inline void prefetch(const struct check *c, size_t at)
{
	uint32_t f = fail_of(c->a->slot[at]), p = c->a->longest[at];

	if (f < c->a->n_slots && p < c->a->n_pieces) {
		BP_PREFETCH(&c->word[f]);
		BP_PREFETCH(&c->piece_word[p]);
	}
}

/* Slots without a state have to be alike, and only states with children may have a base. */
static bp_status check_states(const struct check *c)
{
	const uint64_t *slot = c->a->slot;
	size_t i, n_bases = base_of(slot[0]) != 0;

	if (label_of(slot[0]) != NO_LABEL || fail_of(slot[0]) != 0)
		return fail_slot(c, 0, "is not that of a root");
	for (i = 1; i < c->a->n_slots; i++) {
		if (i + AHEAD < c->a->n_slots)
			prefetch(c, i + AHEAD);
		if (slot[i] == NO_LABEL)
			continue;
		n_bases += base_of(slot[i]) != 0;
		if ((c->known[i] & DEPTH) == 0)
			return fail_slot(c, i, "is that of a state to which no piece leads");
		if (!check_state(c, (uint32_t)i))
			return fail_slot(c, i, "does not end with what it falls back to or finds");
	}
	if (n_bases != c->n_parents)
		return bp_fail_at(c->err, c->name, c->m->ready.pos, "a state leads where another "
				  "one does");
	return BP_OK;
}

/* The next shorter piece of each is shorter, ends it, and is there unless it is a single byte. */
static bp_status check_pieces(const struct check *c)
{
	const struct automaton *a = c->a;
	const struct slice *piece = c->m->piece;
	uint32_t i, q;
	unsigned len;
	bool ok;

	for (i = 0; i < a->n_pieces; i++) {
		q = a->shorter[i];
		if (c->piece_len[i] == NO_LENGTH)
			ok = q == BP_NO_PIECE;
		else if (q >= a->n_pieces)
			ok = q == BP_NO_PIECE && c->piece_len[i] == 1;
		else if ((len = c->piece_len[q]) == DEEP)
			ok = piece[q].n < piece[i].n && is_suffix(piece[q], piece[i]);
		else
			ok = len < c->piece_len[i] &&
			     ((c->piece_word[q] ^ c->piece_word[i]) & last_bytes[len]) == 0;
		if (!ok)
			return bp_fail_at(c->err, c->name,
					  c->m->ready.shorter_pos + 4 * (uint64_t)i, "piece %zu "
					  "does not end with the one below it", (size_t)i);
	}
	return BP_OK;
}

static size_t longest_of(const struct model *m)
{
	size_t longest = m->piece[m->n_pieces - 1].n, i;

	for (i = 0; m->ready.place != NULL && i < m->n_pieces; i++)
		longest = BP_MAX(longest, m->piece[i].n);
	return longest;
}

/* All scratch in one block, the wide things first. */
static void *divide_scratch(struct check *c, uint32_t **next)
{
	size_t n = c->a->n_pieces, slots = c->a->n_slots, longest = longest_of(c->m);
	size_t wide = 8 * (2 * slots + n), middle = 4 * 2 * (longest + 1);
	unsigned char *block = bp_big(wide + middle + slots + n);

	if (block == NULL)
		return NULL;
	memset(block + wide + middle, 0, slots);
	c->word = (void *)block;
	c->place = c->word + slots;
	c->piece_word = c->place + slots;
	c->path = (void *)(block + wide);
	*next = c->path + longest + 1;
	c->known = block + wide + middle;
	c->piece_len = c->known + slots;
	c->word[0] = 0;
	c->path[0] = 0;
	return block;
}

bp_status bp_automaton_take(struct automaton *a, const struct model *m, const char *name,
			    bp_error *err)
{
	const struct ready *r = &m->ready;
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
		if ((st = check_trie(&c, next)) == BP_OK && (st = check_states(&c)) == BP_OK)
			st = check_pieces(&c);
	}
	free(block);
	if (st != BP_OK)
		*a = (struct automaton){ 0 };
	return st;
}
