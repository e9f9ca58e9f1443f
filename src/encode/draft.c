#include "encode/draft.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256, NO_LABEL = 256 };

/* What is known of a slot.  As with the base, the first two are of the slot of that number. */
enum {
	IS_BASE = 0x8000,	/* the base of a state with children: so of no other one */
	IS_STATE = 0x4000,
	IS_DONE = 0x2000,	/* 'longest' and the link used in search are set */
	N_CHILDREN = 0x1FF
};
struct known {
	uint16_t flags;			/* and the number of children */
	unsigned char first, next;	/* bytes that lead to the first child, to the next sibling */
};

/* States whose links are still to be looked at: the memory for that is asked for meanwhile. */
enum { WAITING = 32, AHEAD = 32 };

struct check {
	struct automaton *a;
	const struct model *m;
	struct known *known;	/* by slot */
	uint32_t *path;		/* states from the root on */
	struct waiting {
		uint32_t state, parent;
	} waiting[WAITING];
	size_t n_waited;	/* so far */
	uint64_t steps_left;	/* along links; an automaton needs fewer than its pieces have bytes */
	const char *name;
	bp_error *err;
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

static inline unsigned n_children(const struct known *k)
{
	return k->flags & N_CHILDREN;
}

static bp_status fail_slot(const struct check *c, size_t slot, const char *reason)
{
	return bp_fail_at(c->err, c->name, c->m->draft.pos + 8 * (uint64_t)slot, "slot %zu: %s",
			  slot, reason);
}

/* Everything in a slot lies within bounds, and slots that lead nowhere are alike. */
static bp_status check_bounds(const struct check *c)
{
	const struct automaton *a = c->a;
	uint64_t w;
	size_t i;

	for (i = 0; i < a->n_slots; i++) {
		w = a->slot[i];
		if (base_of(w) >= a->n_slots || fail_of(w) >= a->n_slots ||
		    label_of(w) > NO_LABEL || (label_of(w) == NO_LABEL && i > 0 && w != NO_LABEL))
			return fail_slot(c, i, "out of bounds");
	}
	if (label_of(a->slot[0]) != NO_LABEL || fail_of(a->slot[0]) != 0)
		return fail_slot(c, 0, "the root is not one");
	return BP_OK;
}

/* Is the state t, child of state u, linked to where it has to be? */
static inline bool is_linked(struct check *c, uint32_t t, uint32_t u)
{
	const uint64_t *slot = c->a->slot;
	uint32_t fail = fail_of(slot[t]), byte = label_of(slot[t]), f, v;

	if (u == 0)
		return fail == 0;
	/* Links of shorter states may still turn out to be wrong, but then all of it is refused. */
	for (f = fail_of(slot[u]); ; f = fail_of(slot[f])) {
		v = base_of(slot[f]) ^ byte;
		if (label_of(slot[v]) == byte)
			return v == fail;
		if (f == 0 || c->steps_left-- == 0)
			return false;
	}
}

/* Check the link of the state that has waited longest, and let this one wait in its place. */
static inline bp_status check_link(struct check *c, struct waiting next)
{
	struct waiting *w = &c->waiting[c->n_waited++ % WAITING], now = *w;

	*w = next;
	if (now.state == 0 || is_linked(c, now.state, now.parent))
		return BP_OK;
	return fail_slot(c, now.state, "falls back to another state than it has to");
}

/*
 * Go on from state u to a child by a byte that it has not been left by yet; *child is the one by the
 * byte before that one, if there is one.
 */
static bp_status add_child(struct check *c, uint32_t u, unsigned char byte, uint32_t *child)
{
	struct known *parent = &c->known[u];
	uint32_t base = base_of(c->a->slot[u]), t = base ^ byte;

	if (label_of(c->a->slot[t]) != byte || (c->known[t].flags & IS_STATE))
		return fail_slot(c, u, "does not lead to a state that it has to lead to");
	if (n_children(parent) == 0) {
		if (c->known[base].flags & IS_BASE)
			return fail_slot(c, u, "has the base of another one");
		c->known[base].flags |= IS_BASE;
		parent->first = byte;
	} else {
		c->known[*child].next = byte;
	}
	parent->flags++;
	*child = t;
	c->known[t].flags |= IS_STATE;
	BP_PREFETCH(&c->a->slot[fail_of(c->a->slot[t])]);
	return check_link(c, (struct waiting){ t, u });
}

/* Follow the pieces through the trie; each byte that one does not share with the last is a state. */
static bp_status check_states(struct check *c)
{
	const struct draft *d = &c->m->draft;
	uint32_t *path = c->path;
	size_t i, k, n_states = 1, n_used = 1;
	struct slice s;
	bp_status st;

	c->known[0].flags = IS_BASE | IS_STATE | IS_DONE;	/* no base 0, see below */
	path[0] = 0;
	for (i = 0; i < c->m->n_pieces; i++) {
		s = c->m->piece[d->order[i]];
		for (k = d->shared[i]; k < s.n; k++) {
			st = add_child(c, path[k], s.p[k], &path[k + 1]);
			if (st != BP_OK)
				return st;
		}
		c->a->longest[path[s.n]] = d->order[i];
		n_states += s.n - d->shared[i];
	}
	for (i = 0; i < WAITING; i++)
		if ((st = check_link(c, (struct waiting){ 0 })) != BP_OK)
			return st;
	for (i = 1; i < c->a->n_slots; i++)
		n_used += label_of(c->a->slot[i]) != NO_LABEL;
	if (n_used == n_states)
		return BP_OK;
	for (i = 0; label_of(c->a->slot[i]) == NO_LABEL || (c->known[i].flags & IS_STATE); i++)
		;
	return fail_slot(c, i, "no piece leads there");
}

/* Can state f be left only by bytes by which state t can be left as well? */
static inline bool children_within(const struct check *c, uint32_t f, uint32_t t)
{
	unsigned n = n_children(&c->known[f]);
	const uint64_t *slot = c->a->slot;
	uint32_t base = base_of(slot[t]);
	unsigned char byte = c->known[f].first;

	if (n > n_children(&c->known[t]))
		return false;
	for (; n > 0; n--, byte = c->known[base_of(slot[f]) ^ byte].next)
		if (label_of(slot[base ^ byte]) != byte)
			return false;
	return true;
}

/*
 * Set what is not in the draft for state t, after the same for all of its suffixes: the longest piece
 * that ends there, and the link used in search, which skips states that are of no use (as in
 * automaton.c).
 */
static bool finish_state(struct check *c, uint32_t t)
{
	struct automaton *a = c->a;
	uint64_t w = a->slot[t];
	uint32_t f = fail_of(w), below = a->longest[f];

	if (a->longest[t] == BP_NO_PIECE)
		a->longest[t] = below;
	else
		a->shorter[a->longest[t]] = below;
	while (f != 0 && children_within(c, f, t))
		f = fail_of(a->slot[f]);
	a->slot[t] = (w & ~((uint64_t)BP_SLOT_FAIL_MASK << BP_SLOT_FAIL)) |
		     (uint64_t)f << BP_SLOT_FAIL;
	c->known[t].flags |= IS_DONE;
	/* Else bytes would lead from there to the children of another state. */
	return n_children(&c->known[t]) > 0 || base_of(w) == 0;
}

static bp_status finish_states(struct check *c)
{
	uint32_t *path = c->path, t;
	size_t i, n;

	for (i = 0; i < c->a->n_slots; i++) {
		if (i + AHEAD < c->a->n_slots) {
			t = fail_of(c->a->slot[i + AHEAD]);
			BP_PREFETCH(&c->a->slot[t]);
			BP_PREFETCH(&c->known[t]);
			BP_PREFETCH(&c->a->longest[t]);
		}
		if ((c->known[i].flags & (IS_STATE | IS_DONE)) != IS_STATE)
			continue;
		/* Links have been checked: so they lead to the root, over shorter and shorter ones. */
		for (n = 0, t = (uint32_t)i; !(c->known[t].flags & IS_DONE); n++) {
			path[n] = t;
			t = fail_of(c->a->slot[t]);
		}
		while (n-- > 0)
			if (!finish_state(c, path[n]))
				return fail_slot(c, path[n], "leads to the children of another one");
	}
	return BP_OK;
}

static size_t longest_piece(const struct model *m)
{
	return m->piece[m->n_pieces - 1].n;	/* they go by length */
}

static bool allocate(struct check *c)
{
	struct automaton *a = c->a;

	a->longest = bp_array(a->n_slots, sizeof(*a->longest));
	a->shorter = bp_array(a->n_pieces, sizeof(*a->shorter));
	c->known = calloc(a->n_slots, sizeof(*c->known));
	c->path = bp_array(longest_piece(c->m) + 1, sizeof(*c->path));
	if (a->longest == NULL || a->shorter == NULL || c->known == NULL || c->path == NULL)
		return false;
	memset(a->longest, 0xFF, a->n_slots * sizeof(*a->longest));	/* BP_NO_PIECE */
	return true;
}

bp_status bp_automaton_from_draft(struct automaton *a, struct model *m, const char *name,
				  bp_error *err)
{
	struct check c = { .a = a, .m = m, .name = name, .err = err };
	bp_status st;
	size_t i;

	*a = (struct automaton){ .slot = m->draft.slot, .n_slots = m->draft.n_slots,
				 .n_pieces = m->n_pieces };
	m->draft.slot = NULL;
	for (i = 0; i < m->n_pieces; i++)
		c.steps_left += m->piece[i].n;
	if (!allocate(&c))
		st = bp_fail_memory(err);
	else if ((st = check_bounds(&c)) == BP_OK && (st = check_states(&c)) == BP_OK)
		st = finish_states(&c);
	free(c.known);
	free(c.path);
	bp_draft_release(&m->draft);
	if (st != BP_OK)
		bp_automaton_release(a);
	return st;
}

/* Link the children of state u, which is linked, and add them to the queue. */
static size_t link_children(struct draft *d, const struct automaton *a, uint32_t u, uint32_t *queue)
{
	uint32_t t, fail;
	size_t n = 0;
	unsigned i;

	if (u != 0 && base_of(a->slot[u]) == 0)
		return 0;
	for (i = 0; i < BLOCK; i++) {
		t = base_of(a->slot[u]) ^ i;
		if (label_of(a->slot[t]) != i)
			continue;
		fail = u == 0 ? 0 : bp_automaton_next(a, fail_of(d->slot[u]), (unsigned char)i);
		d->slot[t] = (a->slot[t] & ~((uint64_t)BP_SLOT_FAIL_MASK << BP_SLOT_FAIL)) |
			     (uint64_t)fail << BP_SLOT_FAIL;
		queue[n++] = t;
	}
	return n;
}

bp_status bp_draft_make(struct draft *d, const struct automaton *a, bp_error *err)
{
	uint32_t *queue = bp_array(a->n_slots, sizeof(*queue));
	size_t at, n = 1;

	*d = (struct draft){ .slot = bp_array(a->n_slots, sizeof(*d->slot)),
			     .n_slots = a->n_slots };
	if (queue == NULL || d->slot == NULL) {
		free(queue);
		bp_draft_release(d);
		return bp_fail_memory(err);
	}
	memcpy(d->slot, a->slot, a->n_slots * sizeof(*d->slot));
	queue[0] = 0;
	for (at = 0; at < n; at++)
		n += link_children(d, a, queue[at], queue + n);
	free(queue);
	return BP_OK;
}
