#include "encode/continuation.h"

#include <stdlib.h>
#include <string.h>

bool bp_continuation_init(struct continuation *k, const struct vocabulary *u)
{
	size_t most = u->max_len;

	*k = (struct continuation){ .u = u };
	k->score = bp_array(2 * most + 1, sizeof(*k->score));
	k->level = bp_array(most, sizeof(*k->level));
	return k->score != NULL && k->level != NULL;
}

void bp_continuation_release(struct continuation *k)
{
	free(k->score);
	free(k->level);
	*k = (struct continuation){ 0 };
}

size_t bp_continuation_common(const struct viterbi *v, size_t a, size_t b)
{
	const struct vocabulary_piece *piece = v->u->piece;

	while (a != b) {
		if (a > b)
			a -= piece[v->back[a - 1]].len;
		else
			b -= piece[v->back[b - 1]].len;
	}
	return a;
}

/* The trie's node for these bytes, or 0 if no piece begins so. */
static uint32_t find_node(const struct automaton *a, struct slice s)
{
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((node = bp_automaton_child(a, node, s.p[i])) == 0)
			break;
	return node;
}

/* The next byte by which a piece goes on, in l->next - 1; its node, or 0 if there is none left. */
static uint32_t next_child(const struct automaton *a, struct continuation_level *l)
{
	uint32_t node = 0;

	if (l->newline && l->next <= '\n') {
		node = bp_automaton_child(a, l->node, '\n');
		l->next = '\n' + 1;
	}
	while (!l->newline && node == 0 && l->next < 256)
		node = bp_automaton_child(a, l->node, (unsigned char)l->next++);
	return node;
}

/*
 * Is there a continuation whose best path has a piece over the segment's end that starts 'before'
 * bytes before it?  All pieces that begin like level[0] are tried, and the search goes along.
 */
static bool is_start(struct continuation *k, double *end, size_t before)
{
	const struct vocabulary *u = k->u;
	struct continuation_level *l = k->level;
	uint32_t node, state, piece;
	size_t depth = 0;	/* bytes of the continuation */

	for (;;) {
		if ((node = next_child(&u->a, l)) == 0) {
			if (depth-- == 0)
				return false;
			l--;
			continue;
		}
		state = bp_automaton_next(&u->a, l->state, (unsigned char)(l->next - 1));
		depth++;
		piece = bp_viterbi_step(u->piece, u->a.longest[state], &end[depth]);
		if (u->piece[piece].len == before + depth)
			return true;
		l[1] = (struct continuation_level){ .node = node, .state = state,
					    .newline = l->next - 1 == '\n' };
		l++;
	}
}

size_t bp_continuation_place(struct continuation *k, const struct viterbi *v, struct slice segment, unsigned least)
{
	size_t n = v->n_back, kept = n, known = BP_MIN(v->at, k->u->max_len), before, at;
	struct slice end;

	memcpy(k->score, v->score + v->at - known, (known + 1) * sizeof(*k->score));
	/* From the longest on: few pieces begin so, and the paths to these places take most away. */
	for (before = BP_MIN(n, k->u->max_len - 1); before > 0 && kept > 0; before--) {
		end = (struct slice){ segment.p + segment.n - before, before };
		k->level[0] = (struct continuation_level){
			.node = find_node(&k->u->a, end), .state = v->state, .next = least,
			.newline = end.p[before - 1] == '\n'
		};
		if (k->level[0].node == 0)
			continue;
		at = bp_continuation_common(v, kept, n - before);
		if (at < kept && is_start(k, k->score + known, before))
			kept = at;
	}
	return kept;
}
