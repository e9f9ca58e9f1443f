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

/* Seeds are sorted by count. */
static bool add_seeds(struct em *e, struct table *pieces)
{
	const struct top_strings *seeds = &e->seeds->found;
	size_t i;

	for (i = 0; i < seeds->n; i++)
		if (!add_filler(e, pieces, bp_top_strings_at(seeds, i), seeds->string[i].count))
			return false;
	return true;
}

static bool add_starts_of_seeds(struct em *e, struct table *pieces)
{
	const struct top_strings *seeds = &e->seeds->found;
	struct slice s;
	size_t i, n;

	for (i = 0; i < seeds->n && e->n < e->size; i++) {
		s = bp_top_strings_at(seeds, i);
		for (n = LEVEL_FIRST + 1; n < s.n; n++)
			if (!add_filler(e, pieces, (struct slice){ s.p, n },
					seeds->string[i].count))
				return false;
	}
	return true;
}

bp_status bp_em_fill(struct em *e, bp_error *err)
{
	struct table pieces = { 0 };
	bool ok = true;
	size_t i;

	for (i = 0; i < e->n && ok; i++)
		ok = bp_table_add(&pieces, e->piece[i].s, 1);
	ok = ok && add_seeds(e, &pieces) && add_starts_of_seeds(e, &pieces);
	bp_table_release(&pieces);
	return ok ? BP_OK : bp_fail_memory(err);
}
