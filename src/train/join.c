#include "train/join.h"

#include <stdlib.h>
#include <string.h>

#include "encode/automaton.h"

/* The search for the pieces; an automaton needs all single bytes as well. */
struct joining {
	struct automaton a;
	const struct required *r;
	uint32_t *state;	/* by byte of a block */
	size_t cap_state;
};

static bp_status begin(struct joining *j, const struct required *r, bp_error *err)
{
	size_t n = 256 + r->n_pieces, i;
	struct slice *piece = bp_array(n, sizeof(*piece));
	unsigned char byte[256];
	bp_status st;

	*j = (struct joining){ .r = r };
	if (piece == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < 256; i++) {
		byte[i] = (unsigned char)i;
		piece[i] = (struct slice){ &byte[i], 1 };
	}
	for (i = 256; i < n; i++)
		piece[i] = bp_required_piece(r, i - 256);
	st = bp_automaton_init(&j->a, piece, n, err);
	free(piece);
	return st;
}

/* The length of the longest of the pieces that end with this byte. */
static size_t longest_at(const struct joining *j, size_t i)
{
	uint32_t piece = j->a.longest[j->state[i]];

	return piece < 256 ? 1 : bp_required_piece(j->r, piece - 256).n;
}

/* Join segments of a block, from the last one to the first. */
static bp_status join_block(struct joining *j, struct sample_block *b, bp_error *err)
{
	uint32_t whole = (uint32_t)b->n_bytes;
	size_t k, n = b->n, at = b->n_bytes, i = b->n_bytes, least = SIZE_MAX, end = b->n_bytes;

	if (!BP_GROW(j->state, j->cap_state, b->n_bytes))
		return bp_fail_memory(err);
	bp_automaton_walk(&j->a, b->bytes, &whole, 1, j->state);
	/* The lengths of what is left are put at the end of the array.  'least' is where the earliest
	 * of the pieces begins that end behind 'at', 'end' where the segment that begins there ends. */
	for (k = b->n; k-- > 1; ) {
		at -= b->length[k];
		for (; i > at; i--)
			least = BP_MIN(least, i - longest_at(j, i - 1));
		if (least < at && (b->bytes[at - 1] != '\n' || b->bytes[at] == '\n'))
			continue;
		b->length[--n] = (uint32_t)(end - at);
		end = at;
	}
	b->length[--n] = (uint32_t)end;
	memmove(b->length, b->length + n, (b->n - n) * sizeof(*b->length));
	b->n -= n;
	return BP_OK;
}

bp_status bp_sample_join(struct sample *s, const struct required *r, bp_error *err)
{
	struct joining j;
	bp_status st;
	size_t i;

	if (r->n_pieces == 0)
		return BP_OK;
	st = begin(&j, r, err);
	for (i = 0; i < s->n && st == BP_OK; i++)
		st = join_block(&j, &s->block[i], err);
	bp_automaton_release(&j.a);
	free(j.state);
	return st;
}
