/*
 * Shares are computed again for each use, from the sums of the lattice: storing them would take
 * memory for each piece at each position.
 */
#include "encode/marginals.h"

#include <stdlib.h>

#include "base/log.h"

bool bp_marginals_init(struct marginals *m, const struct weights *w)
{
	*m = (struct marginals){ 0 };
	return bp_lattice_init(&m->lattice, w);
}

void bp_marginals_release(struct marginals *m)
{
	bp_lattice_release(&m->lattice);
	free(m->reach);
	free(m->state);
	*m = (struct marginals){ 0 };
}

bool bp_marginals_segment(struct marginals *m, struct slice s)
{
	const struct automaton *a = &m->lattice.w->u->a;
	uint32_t state = 0;
	size_t i;

	if (!BP_GROW(m->state, m->cap_state, s.n))
		return false;
	for (i = 0; i < s.n; i++)
		m->state[i] = state = bp_automaton_next(a, state, s.p[i]);
	bp_lattice_begin(&m->lattice);
	return bp_lattice_advance(&m->lattice, m->state, s.n);
}

bool bp_marginals_flow(struct marginals *m, double *entropy)
{
	const struct lattice *l = &m->lattice;
	const struct weight *piece = l->w->piece;
	double share, flow, gain;
	size_t position;
	uint32_t p;

	if (!BP_GROW(m->reach, m->cap_reach, l->at + 1))
		return false;
	for (position = 0; position < l->at; position++)
		m->reach[position] = 0;
	m->reach[l->at] = 1;
	*entropy = 0;
	/* A position gets flow only from later ones, so that its own is complete when its turn
	 * comes. */
	for (position = l->at; position > 0; position--) {
		if (bp_must_stop_at(position))
			return false;
		if (m->reach[position] == 0)
			continue;	/* the sum there may be 0: no shares */
		for (p = l->top[position]; p != BP_NO_PIECE; p = piece[p].shorter) {
			share = bp_lattice_part(l, position, p) / l->f[position];
			if (share == 0)
				continue;	/* 0 * log(0) counts as 0 */
			flow = m->reach[position] * share;
			gain = flow * -bp_log(share);
			m->reach[position - piece[p].len] += flow;
			*entropy += gain;
		}
	}
	return true;
}

int bp_marginals_pieces(const struct marginals *m, double least, bp_marginals_visit *visit,
			void *ctx)
{
	const struct lattice *l = &m->lattice;
	const struct weight *piece = l->w->piece;
	double probability;
	size_t position;
	uint32_t p;
	int end;

	for (position = 1; position <= l->at; position++)
		for (p = l->top[position]; p != BP_NO_PIECE; p = piece[p].shorter) {
			probability = m->reach[position] *
				      (bp_lattice_part(l, position, p) / l->f[position]);
			if (probability < least || probability == 0)
				continue;
			end = visit(ctx, position - piece[p].len, piece[p].len, p, probability);
			if (end != 0)
				return end;
		}
	return 0;
}
