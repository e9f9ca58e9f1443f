/*
 * A vocabulary is short of its size when too few strings are used often enough on the best paths.
 * It is filled with the most frequent candidates that are no pieces.  They are seldom used in the
 * sample, and often in other text: of one megabyte of text, the tokens of unseen text get 4 to 9 %
 * longer.  Other orders (by the score that a candidate gains, in all or for each occurrence) gain
 * less.
 *
 * If all seeds are in, strings that begin a seed follow: seeds.h leaves out a string of over
 * LEVEL_FIRST bytes if each occurrence is followed by one particular byte, and it occurs as often
 * as the most frequent seed that it begins.
 */
#include "train/em_round.h"

#include "base/table.h"

/* Add a string unless it is a piece or must not be one.  False if memory is out. */
static bool add_filler(struct em *e, struct table *pieces, struct slice s, uint64_t count)
{
	return e->n >= e->size || s.n < 2 || !bp_count_allowed(e->rules, count) ||
	       !bp_piece_allowed(e->rules, s) || bp_table_has(pieces, s) ||
	       (bp_table_add(pieces, s, 1) && bp_em_add(e, s, count));
}

static bool add_starts(struct em *e, struct table *pieces, const struct row *seed)
{
	size_t n;

	for (n = LEVEL_FIRST + 1; n < seed->key.n; n++)
		if (!add_filler(e, pieces, (struct slice){ seed->key.p, n }, seed->count))
			return false;
	return true;
}

bp_status bp_em_fill(struct em *e, bp_error *err)
{
	struct table pieces = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; i < e->n && ok; i++)
		ok = bp_table_add(&pieces, e->piece[i].key, 1);
	for (i = 0; i < e->n_spare && ok; i++)
		ok = add_filler(e, &pieces, e->spare[i].key, e->spare[i].count);
	for (i = 0; i < e->n_spare && e->n < e->size && ok; i++)
		ok = add_starts(e, &pieces, &e->spare[i]);
	bp_table_release(&pieces);
	return ok ? BP_OK : bp_fail_memory(err);
}
