#include "encode/automaton.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 256,		/* slots that one base can lead to */
	OPEN_BLOCKS = 16,	/* blocks in which room is looked for; more fill better, slower */
	LEAF_BASE = 0		/* given to no state with children, so that it leads nowhere */
};
#define MAX_SLOTS ((size_t)1 << 27)
#define UNUSED_SLOT ((uint64_t)256)

/* A state while the automaton is built.  Children stand side by side in the list of nodes. */
struct node {
	uint32_t slot, parent, children, piece;
	uint32_t fail;		/* slot of the longest proper suffix that is a state */
	uint16_t n_children;
	unsigned char label;
};

/* What is left to be expanded: the keys [lo, hi), which share their first 'depth' bytes. */
struct task {
	uint32_t node, depth;
	size_t lo, hi;
};

struct key {
	struct slice s;
	uint32_t piece;
};

/* 256 bits. */
struct set {
	uint64_t w[4];
};

struct block {
	struct set empty;	/* slots without a state */
	struct set base;	/* bases not given away */
};

struct builder {
	struct automaton *a;
	struct key *key;
	struct node *node;
	size_t n_nodes, cap_nodes;
	struct task *task;
	size_t n_tasks, cap_tasks;
	struct block *block;
	size_t n_blocks, cap_blocks, cap_slots;
	size_t open[OPEN_BLOCKS];	/* oldest first */
	unsigned n_open;
	uint32_t *node_at;		/* by slot */
};

static int by_bytes(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return bp_slice_compare(x->s, y->s);
}

/* Word i of the set {b : b XOR c in 'in'}: another word, and ever smaller halves exchanged. */
static uint64_t shifted_word(const struct set *in, unsigned i, unsigned c)
{
	uint64_t w = in->w[i ^ c >> 6];

	if (c & 1)
		w = (w & 0x5555555555555555u) << 1 | (w >> 1 & 0x5555555555555555u);
	if (c & 2)
		w = (w & 0x3333333333333333u) << 2 | (w >> 2 & 0x3333333333333333u);
	if (c & 4)
		w = (w & 0x0F0F0F0F0F0F0F0Fu) << 4 | (w >> 4 & 0x0F0F0F0F0F0F0F0Fu);
	if (c & 8)
		w = (w & 0x00FF00FF00FF00FFu) << 8 | (w >> 8 & 0x00FF00FF00FF00FFu);
	if (c & 16)
		w = (w & 0x0000FFFF0000FFFFu) << 16 | (w >> 16 & 0x0000FFFF0000FFFFu);
	if (c & 32)
		w = w << 32 | w >> 32;
	return w;
}

static void set_remove(struct set *s, unsigned i)
{
	s->w[i >> 6] &= ~((uint64_t)1 << (i & 63));
}

static bool set_is_empty(const struct set *s)
{
	return (s->w[0] | s->w[1] | s->w[2] | s->w[3]) == 0;
}

static int lowest_bit(uint64_t w)
{
	int i = 0, half;

	for (half = 32; half > 0; half /= 2)
		if ((w << (64 - half)) == 0) {
			w >>= half;
			i += half;
		}
	return i;
}

/* A base in this block whose slots for all these children are empty, or -1. */
static int base_in(const struct block *b, const struct node *child, size_t n)
{
	uint64_t fit;
	unsigned i;
	size_t k;

	for (i = 0; i < 4; i++) {
		fit = b->base.w[i];
		for (k = 0; k < n && fit != 0; k++)
			fit &= shifted_word(&b->empty, i, child[k].label);
		if (fit != 0)
			return (int)(64 * i) + lowest_bit(fit);
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
		if (set_is_empty(&b->block[b->open[i]].empty)) {
			close_block(b, i--);
			continue;
		}
		if ((found = base_in(&b->block[b->open[i]], child, n)) >= 0) {
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

/* Append the children of a task's node to the lists of nodes and tasks, the first one on top. */
static bool add_children(struct builder *b, const struct task *t)
{
	size_t i, from = t->lo, first_task = b->n_tasks;
	struct task swap;
	unsigned char c;

	b->node[t->node].children = (uint32_t)b->n_nodes;
	while (from < t->hi) {
		c = b->key[from].s.p[t->depth];
		for (i = from + 1; i < t->hi && b->key[i].s.p[t->depth] == c; i++)
			;
		if (!bp_grow(&b->node, &b->cap_nodes, b->n_nodes + 1, sizeof(*b->node)) ||
		    !bp_grow(&b->task, &b->cap_tasks, b->n_tasks + 1, sizeof(*b->task)))
			return false;
		b->task[b->n_tasks++] = (struct task){ (uint32_t)b->n_nodes, t->depth + 1, from, i };
		b->node[b->n_nodes++] = (struct node){ .parent = t->node, .label = c,
						       .piece = BP_NO_PIECE };
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
	set_remove(&b->block[0].base, LEAF_BASE);
	if (!bp_grow(&b->node, &b->cap_nodes, 1, sizeof(*b->node)) ||
	    !bp_grow(&b->task, &b->cap_tasks, 1, sizeof(*b->task)))
		return bp_fail_memory(err);
	b->node[b->n_nodes++] = (struct node){ .piece = BP_NO_PIECE };
	b->task[b->n_tasks++] = t;
	while (b->n_tasks > 0) {
		t = b->task[--b->n_tasks];
		if (b->key[t.lo].s.n == t.depth)
			b->node[t.node].piece = b->key[t.lo++].piece;
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

static bool children_within(const struct builder *b, const struct node *f, const struct node *v)
{
	size_t i;

	if (f->n_children > v->n_children)
		return false;
	for (i = 0; i < f->n_children; i++)
		if (!has_child(b->a, v->slot, b->node[f->children + i].label))
			return false;
	return true;
}

/*
 * Set the links of one state; those of all shorter ones are set.  The link used in search skips
 * suffixes that can be left only by bytes by which this state can be left as well: who falls back
 * from here needs another byte.
 */
static void link_node(struct builder *b, struct node *v)
{
	struct automaton *a = b->a;
	uint32_t f;

	v->fail = v->parent == 0 ? 0 :
		  bp_automaton_next(a, b->node[v->parent].fail, v->label);
	a->longest[v->slot] = v->piece != BP_NO_PIECE ? v->piece : a->longest[v->fail];
	if (v->piece != BP_NO_PIECE)
		a->shorter[v->piece] = a->longest[v->fail];
	for (f = v->fail; f != 0 && children_within(b, &b->node[b->node_at[f]], v); )
		f = (uint32_t)(a->slot[f] >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
	a->slot[v->slot] |= (uint64_t)f << BP_SLOT_FAIL;
}

/* Link all states, shorter strings first. */
static bool link_nodes(struct builder *b)
{
	struct automaton *a = b->a;
	uint32_t *level = bp_array(b->n_nodes, sizeof(*level));
	size_t i, j, done = 0, end = 0;
	const struct node *u;

	a->longest = bp_array(a->n_slots, sizeof(*a->longest));
	a->shorter = bp_array(a->n_pieces, sizeof(*a->shorter));
	b->node_at = bp_array(a->n_slots, sizeof(*b->node_at));
	if (level == NULL || a->longest == NULL || a->shorter == NULL || b->node_at == NULL) {
		free(level);
		return false;
	}
	for (i = 0; i < a->n_slots; i++)
		a->longest[i] = BP_NO_PIECE;
	for (i = 0; i < b->n_nodes; i++)
		b->node_at[b->node[i].slot] = (uint32_t)i;
	for (level[end++] = 0; done < end; done++) {
		u = &b->node[level[done]];
		for (j = 0; j < u->n_children; j++)
			level[end++] = u->children + (uint32_t)j;
		if (level[done] != 0)
			link_node(b, &b->node[level[done]]);
	}
	free(level);
	return true;
}

static bool sort_keys(struct builder *b, const struct slice *piece, size_t n)
{
	bool sorted = true;
	size_t i;

	if ((b->key = bp_array(n, sizeof(*b->key))) == NULL)
		return false;
	for (i = 0; i < n; i++) {
		b->key[i] = (struct key){ piece[i], (uint32_t)i };
		sorted = sorted && (i == 0 || bp_slice_compare(piece[i - 1], piece[i]) < 0);
	}
	if (!sorted)
		qsort(b->key, n, sizeof(*b->key), by_bytes);
	return true;
}

static bool has_equal_keys(const struct builder *b, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (bp_slice_compare(b->key[i - 1].s, b->key[i].s) == 0)
			return true;
	return false;
}

bp_status bp_automaton_init(struct automaton *a, const struct slice *piece, size_t n,
			    bp_error *err)
{
	struct builder b = { .a = a };
	bp_status st;

	*a = (struct automaton){ .n_pieces = n };
	if (!sort_keys(&b, piece, n))
		st = bp_fail_memory(err);
	else if (has_equal_keys(&b, n))
		st = bp_fail(err, BP_EFORMAT, "damaged: two pieces are the same");
	else if ((st = build_trie(&b, n, err)) == BP_OK && !link_nodes(&b))
		st = bp_fail_memory(err);
	free(b.key);
	free(b.node);
	free(b.task);
	free(b.block);
	free(b.node_at);
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
