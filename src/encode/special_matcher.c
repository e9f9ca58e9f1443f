/*
 * The automaton is that of pieces (automaton.h), so that single bytes are among its strings; they
 * have no id.  A stop byte takes it back to the root, and so no match contains the byte.
 */
#include "encode/special_matcher.h"

#include <stdlib.h>

/* Set piece i to the reversed name; *used counts the bytes of all pieces. */
static void add_reversed(struct special_matcher *t, size_t i, struct slice name, uint32_t id,
			 size_t *used)
{
	unsigned char *p = t->bytes + *used;
	size_t k;

	for (k = 0; k < name.n; k++)
		p[k] = name.p[name.n - 1 - k];
	t->piece[i] = (struct slice){ p, name.n };
	t->id[i] = id;
	*used += name.n;
}

/* Allocate arrays for the names and all single bytes. */
static bool allocate_pieces(struct special_matcher *t, const struct slice *name, size_t n)
{
	size_t sum = 256, i;

	for (i = 0; i < n; i++) {
		if (name[i].n > SIZE_MAX - sum)
			return false;
		sum += name[i].n;
	}
	if (n > SIZE_MAX - 256)
		return false;
	t->bytes = malloc(sum);
	t->piece = bp_array(n + 256, sizeof(*t->piece));
	t->id = bp_array(n + 256, sizeof(*t->id));
	return t->bytes != NULL && t->piece != NULL && t->id != NULL;
}

bp_status bp_special_matcher_init(struct special_matcher *t, const struct slice *name,
				  const uint32_t *id, size_t n, bp_error *err)
{
	bool single[256] = { false };
	unsigned char byte;
	size_t i, k = n, used = 0;
	bp_status st;
	int c;

	*t = (struct special_matcher){ 0 };
	if (!allocate_pieces(t, name, n)) {
		bp_special_matcher_release(t);
		return bp_fail_memory(err);
	}
	for (i = 0; i < n; i++) {
		add_reversed(t, i, name[i], id[i], &used);
		t->longest = BP_MAX(t->longest, name[i].n);
		t->last[name[i].p[name[i].n - 1]] = true;
		if (name[i].n == 1)
			single[name[i].p[0]] = true;
	}
	/* An automaton needs all single bytes. */
	for (c = 0; c < 256; c++) {
		byte = (unsigned char)c;
		if (!single[c])
			add_reversed(t, k++, (struct slice){ &byte, 1 }, BP_NO_ID, &used);
	}
	if ((st = bp_automaton_init(&t->a, t->piece, k, err)) != BP_OK)
		bp_special_matcher_release(t);
	return st;
}

void bp_special_matcher_release(struct special_matcher *t)
{
	bp_automaton_release(&t->a);
	free(t->piece);
	free(t->id);
	free(t->bytes);
	*t = (struct special_matcher){ 0 };
}

/*
 * List the longest name that begins at each byte, if there is one, from the last byte to the first.
 * At the root, bytes that end no name are skipped without a step of the automaton; in usual text
 * they are the majority.
 */
static bool find_all(const struct special_matcher *t, struct slice s, int stop,
		     struct special_hits *hits)
{
	const struct automaton *a = &t->a;
	uint32_t state = 0, piece;
	unsigned char c;
	size_t i;

	for (i = s.n; i-- > 0; ) {
		c = s.p[i];
		if (c == stop) {
			state = 0;
			continue;
		}
		if (state == 0 && !t->last[c])
			continue;
		state = bp_automaton_next(a, state, c);
		piece = a->longest[state];
		if (t->id[piece] != BP_NO_ID) {
			if (bp_must_stop_at(hits->n) ||
			    !BP_GROW(hits->hit, hits->cap, hits->n + 1))
				return false;
			hits->hit[hits->n++] = (struct special_hit){
				i, t->piece[piece].n, t->id[piece]
			};
		}
		if (!t->last[c] && bp_automaton_is_single_byte(a, state, c))
			state = 0;
	}
	return true;
}

/*
 * The length of the tail of 's' where a name may begin and continue in the next text.  A name that
 * begins earlier ends in 's'.  A match at an earlier offset is final: selection goes from left to
 * right, and no longer name can begin there.
 */
static size_t unsure_tail(const struct special_matcher *t, struct slice s, int stop)
{
	size_t most = BP_MIN(s.n, t->longest > 0 ? t->longest - 1 : 0), n = 0;

	while (n < most && s.p[s.n - 1 - n] != stop)
		n++;
	return n;
}

/* find_all() lists hits backwards. */
static void reverse_hits(struct special_hits *hits)
{
	struct special_hit swap;
	size_t i, k;

	for (i = 0, k = hits->n; i + 1 < k; i++) {
		swap = hits->hit[--k];
		hits->hit[k] = hits->hit[i];
		hits->hit[i] = swap;
	}
}

bool bp_special_matcher_find(const struct special_matcher *t, struct slice s, int stop, bool ends,
			     struct special_hits *hits, size_t *sure)
{
	size_t certain = ends ? s.n : s.n - unsure_tail(t, s, stop), end = 0, i, k = 0;

	hits->n = 0;
	if (!find_all(t, s, stop, hits))
		return false;
	reverse_hits(hits);
	for (i = 0; i < hits->n && hits->hit[i].at < certain; i++) {
		if (hits->hit[i].at < end)
			continue;	/* overlaps the match before */
		hits->hit[k] = hits->hit[i];
		end = hits->hit[k].at + hits->hit[k].n;
		k++;
	}
	hits->n = k;
	*sure = BP_MAX(certain, end);
	return true;
}
