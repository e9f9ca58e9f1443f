/*
 * How an automaton is built: the pieces are sorted; a depth-first walk over the sorted pieces
 * gives each state a base, and so builds the trie (build_trie()); a breadth-first walk sets the
 * failure links (link_states()); then the slots are copied out (set_result()).
 *
 * The 256 possible children of a base are the slots of one block of 256, for XOR with a byte
 * changes the low 8 bits only.  So a base is found within one block, by its bit set of empty
 * slots.
 */
#include "encode/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
	BLOCK = 256,		/* slots that one base can lead to */
	OPEN_BLOCKS = 16,	/* blocks searched for room; more: fewer empty slots, but slower */
	AHEAD = 16,		/* states between a prefetch and its use */
	LEAF_BASE = 0		/* of stored leaves; never given to a state with children */
};
#define MAX_SLOTS ((size_t)1 << 27)
#define UNUSED_SLOT ((uint64_t)256)

/* A state while the automaton is built; one array of structs, because each visit of a state waits
 * for memory once. */
struct state {
	uint64_t slot;			/* as in the result */
	uint32_t longest;		/* before links are set: the piece with exactly its bytes */
	uint16_t n_children;
	unsigned char first, next;	/* labels of the first child and of the next sibling */
};

/* A state with children, and its failure link (its longest proper suffix that is a state); the
 * link used in search is not set yet. */
struct unlinked {
	uint32_t state, fail;
};

/* A state to be expanded; keys [lo, hi) begin with its bytes, 'depth' of them. */
struct trie_task {
	uint32_t state, depth;
	size_t lo, hi;
};

/* A piece with a copy of its first bytes: most comparisons end there, and pieces lie far apart. */
struct piece_key {
	uint64_t head;		/* the first HEAD bytes, big-endian, padded with zeros */
	uint32_t piece, len;
};
enum { HEAD = 8 };

struct bits_256 {
	uint64_t w[4];
};

struct slot_block {
	struct bits_256 empty;	/* slots without a state */
	struct bits_256 base;	/* bases that no state has yet */
	unsigned n_empty;
};

struct builder {
	struct automaton *a;
	const struct slice *piece;
	struct piece_key *key, *spare;	/* spare: scratch of the merge */
	struct state *state;
	struct trie_task *task;
	size_t n_tasks, cap_tasks;
	struct slot_block *block;
	size_t n_blocks, cap_blocks, cap_states;
	size_t open[OPEN_BLOCKS];	/* blocks searched for room, oldest first */
	unsigned n_open;
	struct unlinked *queue;
	size_t n_queue, n_parents;	/* n_parents: states with children */
};

static void set_remove(struct bits_256 *s, unsigned i)
{
	s->w[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

static bool set_has(const struct bits_256 *s, unsigned i)
{
	return s->w[i >> 6] >> (i & 63) & 1;
}

/* A free base in this block that leads to an empty slot by each of n bytes, or -1. */
static int base_in(const struct slot_block *b, const unsigned char *label, size_t n)
{
	unsigned i, base;
	uint64_t w;
	size_t k;

	for (i = 0; i < BLOCK / 64; i++)
		for (w = b->empty.w[i]; w != 0; w &= w - 1) {
			base = (64 * i + bp_lowest_bit(w)) ^ label[0];
			if (!set_has(&b->base, base))
				continue;
			for (k = 1; k < n && set_has(&b->empty, base ^ label[k]); k++)
				;
			if (k == n)
				return (int)base;
		}
	return -1;
}

static void close_block(struct builder *b, unsigned i)
{
	memmove(b->open + i, b->open + i + 1, (b->n_open - i - 1) * sizeof(b->open[0]));
	b->n_open--;
}

static bp_status add_slot_block(struct builder *b, bp_error *err)
{
	size_t i, from = b->n_blocks * BLOCK;

	if (from + BLOCK > MAX_SLOTS)
		return bp_fail(err, BP_ERANGE, "the pieces are too many or too long");
	if (!BP_GROW(b->block, b->cap_blocks, b->n_blocks + 1) ||
	    !BP_GROW(b->state, b->cap_states, from + BLOCK))
		return bp_fail_memory(err);
	for (i = 0; i < BLOCK; i++)
		b->state[from + i] = (struct state){ UNUSED_SLOT, .longest = BP_NO_PIECE };
	memset(&b->block[b->n_blocks], 0xFF, sizeof(b->block[0]));
	b->block[b->n_blocks].n_empty = BLOCK;
	if (b->n_open == OPEN_BLOCKS)
		close_block(b, 0);
	b->open[b->n_open++] = b->n_blocks++;
	b->a->n_slots = from + BLOCK;
	return BP_OK;
}

/* Find a base for a state with children by n given bytes. */
static bp_status find_any_base(struct builder *b, const unsigned char *label, size_t n,
			       size_t *base, bp_error *err)
{
	unsigned i;
	int found;
	bp_status st;

	for (i = 0; i < b->n_open; i++) {
		if (b->block[b->open[i]].n_empty == 0)
			close_block(b, i--);
		else if (b->block[b->open[i]].n_empty >= n &&
			 (found = base_in(&b->block[b->open[i]], label, n)) >= 0) {
			*base = b->open[i] * BLOCK + (size_t)found;
			return BP_OK;
		}
	}
	if ((st = add_slot_block(b, err)) != BP_OK)
		return st;
	*base = (b->n_blocks - 1) * BLOCK +
		(size_t)base_in(&b->block[b->n_blocks - 1], label, n);
	return BP_OK;
}

/* Byte i of a key; i is less than its length. */
static inline unsigned char key_byte(const struct builder *b, const struct piece_key *k, size_t i)
{
	return (unsigned char)(i < HEAD ? k->head >> (56 - 8 * i) : b->piece[k->piece].p[i]);
}

/* Give slots to the n children of a state, by ascending bytes, and add a task for each: keys
 * [from[i], from[i + 1]) lead to child i. */
static bp_status add_children(struct builder *b, const struct trie_task *t,
			      const unsigned char *label, const size_t *from, unsigned n,
			      bp_error *err)
{
	struct slot_block *block;
	struct state *u;
	size_t base;
	uint32_t child;
	unsigned i;
	bp_status st;

	if (!BP_GROW(b->task, b->cap_tasks, b->n_tasks + n))
		return bp_fail_memory(err);
	if ((st = find_any_base(b, label, n, &base, err)) != BP_OK)
		return st;
	block = &b->block[base / BLOCK];
	block->n_empty -= n;
	set_remove(&block->base, base % BLOCK);
	u = &b->state[t->state];
	u->slot |= (uint64_t)base << BP_SLOT_BASE;
	u->n_children = (uint16_t)n;
	b->n_parents++;
	/* lint: uninitialized.Assign: label has n of them */
	u->first = label[0];
	/* In reverse, so that the task of the first child is on top of the stack. */
	for (i = n; i-- > 0; ) {
		child = (uint32_t)base ^ label[i];
		b->state[child].slot = label[i];
		b->state[child].next = i + 1 < n ? label[i + 1] : 0;
		set_remove(&block->empty, child % BLOCK);
		b->task[b->n_tasks++] = (struct trie_task){
			child, t->depth + 1, from[i], from[i + 1]
		};
	}
	return BP_OK;
}

static bp_status expand(struct builder *b, const struct trie_task *t, bp_error *err)
{
	unsigned char label[256];
	size_t from[257], i;
	unsigned n = 0;

	for (i = t->lo; i < t->hi; i++) {
		label[n] = key_byte(b, &b->key[i], t->depth);
		from[n] = i;
		for (n++; i + 1 < t->hi &&
			  key_byte(b, &b->key[i + 1], t->depth) == label[n - 1]; i++)
			;
	}
	from[n] = t->hi;
	return add_children(b, t, label, from, n, err);
}

/* Depth first, so that states that follow each other in text get slots close to each other. */
static bp_status build_trie(struct builder *b, size_t n_keys, bp_error *err)
{
	struct trie_task t = { .hi = n_keys };
	uint64_t steps = 0;
	bp_status st;

	if ((st = add_slot_block(b, err)) != BP_OK)
		return st;
	set_remove(&b->block[0].empty, 0);	/* the root's own slot */
	b->block[0].n_empty--;
	set_remove(&b->block[0].base, LEAF_BASE);
	if (!BP_GROW(b->task, b->cap_tasks, 1))
		return bp_fail_memory(err);
	b->task[b->n_tasks++] = t;
	while (b->n_tasks > 0) {
		t = b->task[--b->n_tasks];
		if (bp_must_stop_at(steps++))
			return bp_interrupted(err);
		if (b->key[t.lo].len == t.depth)
			b->state[t.state].longest = b->key[t.lo++].piece;
		if (t.lo < t.hi && b->key[t.lo].len == t.depth)
			return bp_fail(err, BP_EFORMAT, "damaged: two pieces are the same");
		if (t.lo < t.hi && (st = expand(b, &t, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

static inline uint32_t child_by(const struct state *s, unsigned char c)
{
	return (uint32_t)(s->slot >> BP_SLOT_BASE) ^ c;
}

static inline uint32_t fail_link(const struct state *s)
{
	return (uint32_t)(s->slot >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
}

static inline bool is_led_to_by(const struct state *s, unsigned char c)
{
	return (s->slot & BP_SLOT_LABEL_MASK) == c;
}

/* As bp_automaton_next(), during construction. */
static uint32_t next_state(const struct state *all, uint32_t s, unsigned char c)
{
	uint32_t t;

	for (;;) {
		t = child_by(&all[s], c);
		if (is_led_to_by(&all[t], c))
			return t;
		s = fail_link(&all[s]);
	}
}

/* Does state u have a child by every byte that has one from state f? */
static bool children_within(const struct state *all, const struct state *f, const struct state *u)
{
	unsigned i, shared = 0;
	unsigned char c = u->first;

	if (f->n_children > u->n_children)
		return false;
	for (i = 0; i < u->n_children; i++, c = all[child_by(u, c)].next)
		shared += is_led_to_by(&all[child_by(f, c)], c);
	return shared == f->n_children;
}

/*
 * Set the failure link used in search, given the longest proper suffix that is a state.  The link
 * skips a state if u has a child by every byte that has one from it: a search follows the link
 * because u has no child by the next byte, so the skipped state has none either.
 */
static void set_fail_link(struct state *all, struct state *u, uint32_t fail)
{
	while (fail != 0 && children_within(all, &all[fail], u))
		fail = fail_link(&all[fail]);
	u->slot |= (uint64_t)fail << BP_SLOT_FAIL;
}

/*
 * Find the failure links of a state's children.  Leaves get the link used in search at once.
 * Children with children of their own are queued: their link used in search is set when they leave
 * the queue, still before any longer state reads it.
 */
static void link_children(struct builder *b, const struct unlinked *parent)
{
	struct state *all = b->state, *u = &all[parent->state], *v;
	uint32_t child, fail, below;
	unsigned char c = u->first;
	unsigned i;

	for (i = 0; i < u->n_children; i++, c = v->next) {
		child = child_by(u, c);
		v = &all[child];
		fail = parent->state == 0 ? 0 : next_state(all, parent->fail, c);
		below = all[fail].longest;
		if (v->longest == BP_NO_PIECE)
			v->longest = below;
		else
			b->a->shorter[v->longest] = below;
		if (v->n_children == 0)
			set_fail_link(all, v, fail);
		else
			b->queue[b->n_queue++] = (struct unlinked){ child, fail };
	}
}

/* Prefetch in two steps, for the addresses of children are in the states: first the queued states,
 * then their children.  Both are scattered over memory. */
static void prefetch_states(const struct builder *b, size_t at)
{
	const struct state *all = b->state, *u = &all[b->queue[at + AHEAD / 2].state];

	BP_PREFETCH(&all[b->queue[at + AHEAD].state]);
	BP_PREFETCH(&all[b->queue[at + AHEAD].fail]);
	BP_PREFETCH(&all[child_by(u, u->first)]);
	BP_PREFETCH(&all[child_by(&all[b->queue[at + AHEAD / 2].fail], u->first)]);
}

/* Link all states, shorter strings first. */
static bool link_states(struct builder *b)
{
	struct unlinked u = { 0 };
	size_t done;

	b->queue = bp_array(b->n_parents, sizeof(*b->queue));
	b->a->shorter = bp_array(b->a->n_pieces, sizeof(*b->a->shorter));
	if (b->queue == NULL || b->a->shorter == NULL)
		return false;
	for (done = 0; done < b->a->n_pieces; done++)
		if (b->piece[done].n == 0)
			b->a->shorter[done] = BP_NO_PIECE;
	b->queue[b->n_queue++] = u;
	for (done = 0; done < b->n_queue; done++) {
		u = b->queue[done];
		if (bp_must_stop_at(done))
			return false;
		if (done + AHEAD < b->n_queue)
			prefetch_states(b, done);
		if (done > 0)
			set_fail_link(b->state, &b->state[u.state], u.fail);
		link_children(b, &u);
	}
	return true;
}

void bp_automaton_link_leaves(uint64_t *slot, size_t n_slots)
{
	uint64_t label, back;
	size_t i;

	for (i = 1; i < n_slots; i++) {
		if (slot[i] >> BP_SLOT_BASE != LEAF_BASE || slot[i] == UNUSED_SLOT)
			continue;
		label = slot[i] & BP_SLOT_LABEL_MASK;
		back = slot[slot[i] >> BP_SLOT_FAIL & BP_SLOT_FAIL_MASK];
		/* A leaf built here falls back to a state with children.  In a damaged file it may
		 * fall back to a leaf; then it keeps base 0, which leads nowhere. */
		if (back >> BP_SLOT_BASE != LEAF_BASE)
			slot[i] = (back & ~(uint64_t)BP_SLOT_LABEL_MASK) | BP_SLOT_LEAF | label;
	}
}

uint64_t *bp_automaton_stored_slots(const struct automaton *a)
{
	uint64_t *slot = bp_array(a->n_slots, sizeof(*slot));
	uint32_t *parent = bp_array(a->n_slots, sizeof(*parent));	/* by base: its state */
	size_t i, n = slot != NULL && parent != NULL ? a->n_slots : 0;
	uint64_t w;

	for (i = 0; i < n; i++)
		if ((a->slot[i] & BP_SLOT_LEAF) == 0)
			parent[a->slot[i] >> BP_SLOT_BASE] = (uint32_t)i;
	for (i = 0; i < n; i++) {
		w = a->slot[i];
		if ((w & BP_SLOT_LEAF) != 0)
			w = (uint64_t)parent[w >> BP_SLOT_BASE] << BP_SLOT_FAIL |
			    (w & BP_SLOT_LABEL_MASK);
		slot[i] = w;
	}
	if (parent == NULL) {
		free(slot);
		slot = NULL;
	}
	free(parent);
	return slot;
}

/* Copy the parts of the states that search needs into the automaton. */
static bool set_result(struct builder *b)
{
	struct automaton *a = b->a;
	size_t i;

	a->slot = bp_array_large(a->n_slots * (sizeof(*a->slot) + sizeof(*a->longest)));
	if (a->slot == NULL)
		return false;
	a->longest = (uint32_t *)(a->slot + a->n_slots);
	for (i = 0; i < a->n_slots; i++) {
		a->slot[i] = b->state[i].slot;
		a->longest[i] = b->state[i].longest;
	}
	bp_automaton_link_leaves(a->slot, a->n_slots);
	return true;
}

static bool is_key_before(const struct builder *b, const struct piece_key *x,
			  const struct piece_key *y)
{
	if (x->head != y->head)
		return x->head < y->head;
	/* Equal heads: if one key ends within the head, it is a prefix of the other, apart from
	 * padding. */
	if (x->len <= HEAD || y->len <= HEAD)
		return x->len < y->len;
	return bp_slice_compare(b->piece[x->piece], b->piece[y->piece]) < 0;
}

/* Merge the sorted keys [lo, mid) and [mid, hi) into 'to'. */
static void merge_keys(const struct builder *b, size_t lo, size_t mid, size_t hi,
		       struct piece_key *to)
{
	const struct piece_key *key = b->key;
	size_t i = lo, k = mid;

	while (i < mid && k < hi)
		*to++ = is_key_before(b, &key[k], &key[i]) ? key[k++] : key[i++];
	memcpy(to, key + i, (mid - i) * sizeof(*to));
	memcpy(to + (mid - i), key + k, (hi - k) * sizeof(*to));
}

/*
 * Natural merge sort of n keys.  Pieces mostly come in the order of (length, bytes): then the keys
 * are a few dozen sorted runs, and a merge of them is faster than a sort.  start[0..n] is scratch
 * for the beginnings of runs.
 */
static bool merge_runs(struct builder *b, size_t n, size_t *start)
{
	struct piece_key *swap;
	size_t i, k, hi, runs = 0;

	start[runs++] = 0;
	for (i = 1; i < n; i++)
		if (is_key_before(b, &b->key[i], &b->key[i - 1]))
			start[runs++] = i;
	for (start[runs] = n; runs > 1; start[runs = k] = n) {
		for (i = k = 0; i < runs; i += 2) {
			if (bp_must_stop_at(start[i]) || (runs < 1024 && bp_must_stop()))
				return false;
			hi = i + 1 < runs ? start[i + 2] : n;
			merge_keys(b, start[i], start[i + 1], hi, b->spare + start[i]);
			start[k++] = start[i];
		}
		swap = b->key;
		b->key = b->spare;
		b->spare = swap;
	}
	return true;
}

/* Set b->key to the sorted pieces that are not empty, and *n to their number. */
static bool sort_pieces(struct builder *b, size_t *n)
{
	size_t n_given = *n, *start, i, k = 0;
	bool ok;

	if (n_given > SIZE_MAX / sizeof(*b->key))
		return false;
	start = bp_array(n_given + 1, sizeof(*start));
	b->key = bp_array_large(n_given * sizeof(*b->key));
	b->spare = bp_array_large(n_given * sizeof(*b->spare));
	if (start == NULL || b->key == NULL || b->spare == NULL) {
		free(start);
		return false;
	}
	for (i = 0; i < n_given; i++)
		if (b->piece[i].n > 0)
			b->key[k++] = (struct piece_key){ bp_load_head(b->piece[i]), (uint32_t)i,
						    (uint32_t)b->piece[i].n };
	*n = k;
	ok = merge_runs(b, k, start);
	free(start);
	free(b->spare);
	b->spare = NULL;
	return ok;
}

bp_status bp_automaton_init(struct automaton *a, const struct slice *piece, size_t n,
			    bp_error *err)
{
	struct builder b = { .a = a, .piece = piece };
	bp_status st;

	*a = (struct automaton){ .n_pieces = n };
	if (!sort_pieces(&b, &n))
		st = bp_fail_memory(err);
	else if ((st = build_trie(&b, n, err)) == BP_OK && (!link_states(&b) || !set_result(&b)))
		st = bp_fail_memory(err);
	free(b.key);
	free(b.spare);
	free(b.state);
	free(b.task);
	free(b.block);
	free(b.queue);
	if (st != BP_OK)
		bp_automaton_release(a);
	return st;
}

void bp_automaton_release(struct automaton *a)
{
	if (!a->borrowed) {
		free(a->slot);
		free(a->shorter);
	}
	*a = (struct automaton){ 0 };
}

uint32_t bp_automaton_find(const struct automaton *a, struct slice s, const struct slice *piece)
{
	uint32_t state = 0, found;
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((state = bp_automaton_child(a, state, s.p[i])) == 0)
			return BP_NO_PIECE;
	found = s.n > 0 ? a->longest[state] : BP_NO_PIECE;
	return found != BP_NO_PIECE && piece[found].n == s.n ? found : BP_NO_PIECE;
}
