#include "encode/automaton.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 256,		/* slots that one base can lead to */
	OPEN_BLOCKS = 16,	/* blocks in which room is looked for; more fill better, slower */
	AHEAD = 16,		/* states between the request for memory and its use */
	LEAF_BASE = 0		/* given to no state with children, so that it leads nowhere */
};
#define MAX_SLOTS ((size_t)1 << 27)
#define UNUSED_SLOT ((uint64_t)256)

/* A state while the automaton is built.  Children stand side by side in the list of nodes. */
struct node {
	uint32_t slot, children, piece;
	uint32_t fail;		/* slot of the longest proper suffix that is a state */
	uint16_t n_children;
	unsigned char label;
};

/* What is left to be expanded: the keys [lo, hi), which share their first 'depth' bytes. */
struct task {
	uint32_t node, depth;
	size_t lo, hi;
};

/* A piece, with its first bytes at hand: they are looked at most, and pieces lie far apart. */
struct key {
	uint64_t head;		/* eight bytes, the first one on top, zeros where there are fewer */
	uint32_t piece, len;
};
enum { HEAD = 8 };

/* 256 bits. */
struct set {
	uint64_t w[4];
};

struct block {
	struct set empty;	/* slots without a state */
	struct set base;	/* bases not given away */
	unsigned n_empty;
};

struct builder {
	struct automaton *a;
	const struct slice *piece;
	struct key *key, *spare;	/* spare: while they are sorted */
	struct node *node;
	size_t n_nodes, cap_nodes;
	struct task *task;
	size_t n_tasks, cap_tasks;
	struct block *block;
	size_t n_blocks, cap_blocks, cap_slots;
	size_t open[OPEN_BLOCKS];	/* oldest first */
	unsigned n_open;
	uint16_t *n_children;		/* by slot */
};

static void set_remove(struct set *s, unsigned i)
{
	s->w[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

static bool set_has(const struct set *s, unsigned i)
{
	return s->w[i >> 6] >> (i & 63) & 1;
}

/* A base in this block whose slots for all these children are empty, or -1. */
static int base_in(const struct block *b, const struct node *child, size_t n)
{
	unsigned i, base;
	uint64_t w;
	size_t k;

	for (i = 0; i < BLOCK / 64; i++)
		for (w = b->empty.w[i]; w != 0; w &= w - 1) {
			base = (64 * i + bp_lowest_bit(w)) ^ child[0].label;
			if (!set_has(&b->base, base))
				continue;
			for (k = 1; k < n && set_has(&b->empty, base ^ child[k].label); k++)
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

static bp_status add_block(struct builder *b, bp_error *err)
{
	size_t i, from = b->n_blocks * BLOCK;

	if (from + BLOCK > MAX_SLOTS)
		return bp_fail(err, BP_ERANGE, "the pieces are too many or too long");
	if (!bp_grow(&b->block, &b->cap_blocks, b->n_blocks + 1, sizeof(*b->block)) ||
	    !bp_grow(&b->a->slot, &b->cap_slots, from + BLOCK, sizeof(*b->a->slot)))
		return bp_fail_memory(err);
	for (i = 0; i < BLOCK; i++)
		b->a->slot[from + i] = UNUSED_SLOT;
	memset(&b->block[b->n_blocks], 0xFF, sizeof(b->block[0]));
	b->block[b->n_blocks].n_empty = BLOCK;
	if (b->n_open == OPEN_BLOCKS)
		close_block(b, 0);
	b->open[b->n_open++] = b->n_blocks++;
	b->a->n_slots = from + BLOCK;
	return BP_OK;
}

/* Find a base for a state with these children. */
static bp_status find_base(struct builder *b, const struct node *child, size_t n, size_t *base,
			   bp_error *err)
{
	unsigned i;
	int found;
	bp_status st;

	for (i = 0; i < b->n_open; i++) {
		if (b->block[b->open[i]].n_empty == 0)
			close_block(b, i--);
		else if (b->block[b->open[i]].n_empty >= n &&
			 (found = base_in(&b->block[b->open[i]], child, n)) >= 0) {
			*base = b->open[i] * BLOCK + (size_t)found;
			return BP_OK;
		}
	}
	if ((st = add_block(b, err)) != BP_OK)
		return st;
	*base = (b->n_blocks - 1) * BLOCK +
		(size_t)base_in(&b->block[b->n_blocks - 1], child, n);
	return BP_OK;
}

/* Byte i of a key, which is longer than that. */
static inline unsigned char key_byte(const struct builder *b, const struct key *k, size_t i)
{
	return i < HEAD ? (unsigned char)(k->head >> (56 - 8 * i)) : b->piece[k->piece].p[i];
}

/* Append the children of a task's node to the lists of nodes and tasks, the first one on top. */
static bool add_children(struct builder *b, const struct task *t)
{
	size_t i, from = t->lo, first_task = b->n_tasks;
	struct task swap;
	unsigned char c;

	b->node[t->node].children = (uint32_t)b->n_nodes;
	while (from < t->hi) {
		c = key_byte(b, &b->key[from], t->depth);
		for (i = from + 1; i < t->hi && key_byte(b, &b->key[i], t->depth) == c; i++)
			;
		if (!bp_grow(&b->node, &b->cap_nodes, b->n_nodes + 1, sizeof(*b->node)) ||
		    !bp_grow(&b->task, &b->cap_tasks, b->n_tasks + 1, sizeof(*b->task)))
			return false;
		b->task[b->n_tasks++] = (struct task){ (uint32_t)b->n_nodes, t->depth + 1, from, i };
		b->node[b->n_nodes++] = (struct node){ .label = c, .piece = BP_NO_PIECE };
		b->node[t->node].n_children++;
		from = i;
	}
	for (i = b->n_tasks; first_task + 1 < i; first_task++) {
		swap = b->task[first_task];
		b->task[first_task] = b->task[--i];
		b->task[i] = swap;
	}
	return true;
}

static bp_status place_children(struct builder *b, uint32_t parent, bp_error *err)
{
	struct node *u = &b->node[parent], *child = &b->node[u->children];
	struct block *block;
	uint64_t *slot;
	size_t base, i;
	bp_status st;

	if ((st = find_base(b, child, u->n_children, &base, err)) != BP_OK)
		return st;
	slot = b->a->slot;
	block = &b->block[base / BLOCK];
	block->n_empty -= u->n_children;
	set_remove(&block->base, base % BLOCK);
	slot[u->slot] |= (uint64_t)base << BP_SLOT_BASE;
	for (i = 0; i < u->n_children; i++) {
		child[i].slot = (uint32_t)base ^ child[i].label;
		slot[child[i].slot] = child[i].label;
		set_remove(&block->empty, child[i].slot % BLOCK);
	}
	return BP_OK;
}

/* Depth first, so that states that follow each other in text lie close to each other. */
static bp_status build_trie(struct builder *b, size_t n_keys, bp_error *err)
{
	struct task t = { .hi = n_keys };
	bp_status st;

	if ((st = add_block(b, err)) != BP_OK)
		return st;
	set_remove(&b->block[0].empty, 0);	/* the root */
	b->block[0].n_empty--;
	set_remove(&b->block[0].base, LEAF_BASE);
	if (!bp_grow(&b->node, &b->cap_nodes, 1, sizeof(*b->node)) ||
	    !bp_grow(&b->task, &b->cap_tasks, 1, sizeof(*b->task)))
		return bp_fail_memory(err);
	b->node[b->n_nodes++] = (struct node){ .piece = BP_NO_PIECE };
	b->task[b->n_tasks++] = t;
	while (b->n_tasks > 0) {
		t = b->task[--b->n_tasks];
		if (b->key[t.lo].len == t.depth)
			b->node[t.node].piece = b->key[t.lo++].piece;
		if (t.lo < t.hi && b->key[t.lo].len == t.depth)
			return bp_fail(err, BP_EFORMAT, "damaged: two pieces are the same");
		if (t.lo == t.hi)
			continue;
		if (!add_children(b, &t))
			return bp_fail_memory(err);
		if ((st = place_children(b, t.node, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

static bool has_child(const struct automaton *a, uint32_t s, unsigned char c)
{
	uint32_t t = (uint32_t)(a->slot[s] >> BP_SLOT_BASE) ^ c;

	return (a->slot[t] & BP_SLOT_LABEL_MASK) == c;
}

static uint32_t fail_link(const struct automaton *a, uint32_t s)
{
	return (uint32_t)(a->slot[s] >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
}

static bool is_leaf(const struct automaton *a, uint32_t s)
{
	return a->slot[s] >> BP_SLOT_BASE == LEAF_BASE;
}

/* Can state f be left only by bytes by which state u can be left as well? */
static bool children_within(const struct builder *b, uint32_t f, const struct node *u)
{
	unsigned i, n = b->n_children[f], shared = 0;

	if (n > u->n_children)
		return false;
	for (i = 0; i < u->n_children; i++)
		shared += has_child(b->a, f, b->node[u->children + i].label);
	return shared == n;
}

/*
 * The link used in search skips suffixes that can be left only by bytes by which this state can be
 * left as well: who falls back from here needs another byte.
 */
static void set_fail_link(struct builder *b, const struct node *u)
{
	struct automaton *a = b->a;
	uint32_t f = u->fail;

	if (u->n_children == 0)
		while (f != 0 && is_leaf(a, f))
			f = fail_link(a, f);
	else
		while (f != 0 && children_within(b, f, u))
			f = fail_link(a, f);
	a->slot[u->slot] |= (uint64_t)f << BP_SLOT_FAIL;
}

/*
 * Link the children of a state.  Those without children of their own are done with that; the others
 * get the link used in search when their own turn comes, before anything longer needs it.
 */
static void link_children(struct builder *b, const struct node *u)
{
	struct automaton *a = b->a;
	struct node *v = &b->node[u->children], *end = v + u->n_children;
	uint32_t below;

	for (; v < end; v++) {
		v->fail = u == b->node ? 0 : bp_automaton_next(a, u->fail, v->label);
		below = a->longest[v->fail];
		a->longest[v->slot] = v->piece != BP_NO_PIECE ? v->piece : below;
		if (v->piece != BP_NO_PIECE)
			a->shorter[v->piece] = below;
		if (v->n_children == 0)
			set_fail_link(b, v);
		else
			b->n_children[v->slot] = v->n_children;
	}
}

/*
 * States of one length are visited in the order of their bytes, and what they need lies in many
 * places: ask for the memory before it is used, in the three steps in which places become known.
 */
static void prefetch(const struct builder *b, const uint32_t *level)
{
	const struct automaton *a = b->a;
	const struct node *u = &b->node[level[AHEAD / 2]], *child;
	uint32_t below;

	BP_PREFETCH(&b->node[level[AHEAD]]);
	BP_PREFETCH(&b->node[u->children]);
	BP_PREFETCH(&b->n_children[u->fail]);
	BP_PREFETCH(&a->slot[u->fail]);
	u = &b->node[level[AHEAD / 4]];
	child = &b->node[u->children];
	below = (uint32_t)(a->slot[u->fail] >> BP_SLOT_BASE) ^ child->label;
	BP_PREFETCH(&a->slot[below]);
	BP_PREFETCH(&a->longest[below]);
	BP_PREFETCH(&a->slot[child->slot]);
	BP_PREFETCH(&a->longest[child->slot]);
}

/* Link all states, shorter strings first; those with children stand in 'level'. */
static bool link_nodes(struct builder *b)
{
	struct automaton *a = b->a;
	uint32_t *level = bp_array(b->n_nodes, sizeof(*level)), i;
	size_t done = 0, end = 0;
	const struct node *u;

	a->longest = bp_array(a->n_slots, sizeof(*a->longest));
	a->shorter = bp_array(a->n_pieces, sizeof(*a->shorter));
	b->n_children = calloc(a->n_slots, sizeof(*b->n_children));
	if (level == NULL || a->longest == NULL || a->shorter == NULL || b->n_children == NULL) {
		free(level);
		return false;
	}
	memset(a->longest, 0xFF, a->n_slots * sizeof(*a->longest));	/* BP_NO_PIECE */
	for (level[end++] = 0; done < end; done++) {
		u = &b->node[level[done]];
		if (done + AHEAD < end)
			prefetch(b, level + done);
		if (done > 0)
			set_fail_link(b, u);
		link_children(b, u);
		for (i = u->children; i < u->children + u->n_children; i++)
			if (b->node[i].n_children > 0)
				level[end++] = i;
	}
	free(level);
	return true;
}

static bool is_before(const struct builder *b, const struct key *x, const struct key *y)
{
	if (x->head != y->head)
		return x->head < y->head;
	/* One of the two is what the other begins with, but for zeros that stand for no bytes. */
	if (x->len <= HEAD || y->len <= HEAD)
		return x->len < y->len;
	return bp_slice_compare(b->piece[x->piece], b->piece[y->piece]) < 0;
}

/* Merge the sorted keys [lo, mid) and [mid, hi) into 'to'. */
static void merge_keys(const struct builder *b, size_t lo, size_t mid, size_t hi, struct key *to)
{
	const struct key *key = b->key;
	size_t i = lo, k = mid;

	while (i < mid && k < hi)
		*to++ = is_before(b, &key[k], &key[i]) ? key[k++] : key[i++];
	memcpy(to, key + i, (mid - i) * sizeof(*to));
	memcpy(to + (mid - i), key + k, (hi - k) * sizeof(*to));
}

/*
 * Sort n keys.  Pieces mostly come by length and bytes: then the keys are a few dozen sorted runs,
 * and merging them is quicker than sorting anew.  start[0..n] is for the runs.
 */
static void merge_runs(struct builder *b, size_t n, size_t *start)
{
	struct key *swap;
	size_t i, k, hi, runs = 0;

	start[runs++] = 0;
	for (i = 1; i < n; i++)
		if (is_before(b, &b->key[i], &b->key[i - 1]))
			start[runs++] = i;
	for (start[runs] = n; runs > 1; start[runs = k] = n) {
		for (i = k = 0; i < runs; i += 2) {
			hi = i + 1 < runs ? start[i + 2] : n;
			merge_keys(b, start[i], start[i + 1], hi, b->spare + start[i]);
			start[k++] = start[i];
		}
		swap = b->key;
		b->key = b->spare;
		b->spare = swap;
	}
}

static uint64_t head_of(struct slice s)
{
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < HEAD; i++)
		x = x << 8 | (i < s.n ? s.p[i] : 0u);
	return x;
}

static bool sort_keys(struct builder *b, size_t n)
{
	size_t *start = bp_array(n + 1, sizeof(*start)), i;

	b->key = bp_array(n, sizeof(*b->key));
	b->spare = bp_array(n, sizeof(*b->spare));
	if (start == NULL || b->key == NULL || b->spare == NULL) {
		free(start);
		return false;
	}
	for (i = 0; i < n; i++)
		b->key[i] = (struct key){ head_of(b->piece[i]), (uint32_t)i,
					  (uint32_t)b->piece[i].n };
	merge_runs(b, n, start);
	free(start);
	free(b->spare);
	b->spare = NULL;
	return true;
}

bp_status bp_automaton_init(struct automaton *a, const struct slice *piece, size_t n,
			    bp_error *err)
{
	struct builder b = { .a = a, .piece = piece };
	bp_status st;

	*a = (struct automaton){ .n_pieces = n };
	if (!sort_keys(&b, n))
		st = bp_fail_memory(err);
	else if ((st = build_trie(&b, n, err)) == BP_OK && !link_nodes(&b))
		st = bp_fail_memory(err);
	free(b.key);
	free(b.spare);
	free(b.node);
	free(b.task);
	free(b.block);
	free(b.n_children);
	if (st != BP_OK)
		bp_automaton_release(a);
	return st;
}

void bp_automaton_release(struct automaton *a)
{
	free(a->slot);
	free(a->longest);
	free(a->shorter);
	*a = (struct automaton){ 0 };
}

uint32_t bp_automaton_find(const struct automaton *a, struct slice s, const struct slice *piece)
{
	uint32_t state = 0, found;
	size_t i;

	for (i = 0; i < s.n; i++) {
		if (!has_child(a, state, s.p[i]))
			return BP_NO_PIECE;
		state = (uint32_t)(a->slot[state] >> BP_SLOT_BASE) ^ s.p[i];
	}
	found = s.n > 0 ? a->longest[state] : BP_NO_PIECE;
	return found != BP_NO_PIECE && piece[found].n == s.n ? found : BP_NO_PIECE;
}
