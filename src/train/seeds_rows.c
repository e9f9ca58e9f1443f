/*
 * The state of a seed search between two steps, as rows of a plan.
 *
 * A row of kind ROW_FREQUENT is a string of a level: the index keeps the order, which fixes the
 * ids that windows of the next step are keyed by, on whatever machine they are counted.  Only
 * the newest level has texts and counts; of the levels before it, the keys suffice.  A row of
 * kind ROW_REPEAT is a string of 'found'.
 */
#include "train/seeds.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "text/utf8.h"

enum { HEAD = 1 + 1 + 4 + 8 };	/* bytes: kind, level, index in it, key of the string */

static bp_status write_level(const struct seeds *s, size_t k, struct row_writer *w, bp_error *err)
{
	const struct prefix_level *l = &s->level[k];
	unsigned char key[HEAD + LEVEL_LONGEST] = { ROW_FREQUENT, (unsigned char)k };
	struct row r = { { key, HEAD }, 0 };
	bp_status st;
	size_t i;

	for (i = 0; i < l->n; i++) {
		bp_store_be(key + 2, i, 4);
		bp_store_be(key + 6, l->key[i], 8);
		if (l->text != NULL) {
			memcpy(key + HEAD, l->text + i * l->length, l->length);
			r = (struct row){ { key, HEAD + l->length }, l->count[i] };
		}
		if ((st = bp_rows_write(w, &r, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

/* Rows must ascend; 'found' has the order of addition. */
static bp_status write_found(const struct seeds *s, struct row_writer *w, bp_error *err)
{
	const struct top_strings *b = &s->found;
	struct row *r = bp_array(b->n, sizeof(*r));
	bp_status st = BP_OK;
	size_t i;

	if (r == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < b->n; i++)
		r[i] = (struct row){ bp_top_strings_at(b, i), b->string[i].count };
	qsort(r, b->n, sizeof(*r), bp_by_bytes);
	for (i = 0; i < b->n && st == BP_OK; i++)
		st = bp_rows_put(w, ROW_REPEAT, r[i].key, r[i].count, err);
	free(r);
	return st;
}

/* When the search is complete no step follows, so levels are not needed. */
bp_status bp_seeds_write(const struct seeds *s, struct row_writer *w, bp_error *err)
{
	bp_status st = BP_OK;
	size_t k;

	for (k = 0; k < s->n_levels && !s->is_complete && st == BP_OK; k++)
		st = write_level(s, k, w, err);
	return st == BP_OK ? write_found(s, w, err) : st;
}

/* Rows of a level must come complete and in order, or ids would differ between machines. */
static bp_status read_frequent(struct seeds *s, const struct row *r, const char *from,
			       bp_error *err)
{
	const unsigned char *p = r->key.p;
	size_t k = r->key.n >= HEAD ? p[1] : MAX_LEVELS;
	struct prefix_level *l;
	uint64_t key;

	if (k >= s->n_levels || k >= MAX_LEVELS || s->level[k].n == LEVEL_MOST ||
	    bp_load_be(p + 2, 4) != s->level[k].n ||
	    r->key.n != HEAD + (k + 1 == s->n_levels ? LEVEL_FIRST + k * LEVEL_STEP : 0))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: frequent strings are not in order",
			       from);
	l = &s->level[k];
	l->length = LEVEL_FIRST + k * LEVEL_STEP;
	key = bp_load_be(p + 6, 8);
	if (r->key.n > HEAD)
		return bp_prefix_level_add(l, key, (struct slice){ p + HEAD, l->length }, 0,
					   r->count) ? BP_OK : bp_fail_memory(err);
	/* Of an older level: only its keys are needed. */
	if (!BP_GROW(l->key, l->cap_key, l->n + 1))
		return bp_fail_memory(err);
	l->key[l->n++] = key;
	return BP_OK;
}

bp_status bp_seeds_read_row(struct seeds *s, const struct row *r, const char *from, bp_error *err)
{
	struct slice text = bp_row_body(r);

	if (bp_row_kind(r) == ROW_FREQUENT)
		return read_frequent(s, r, from, err);
	if (text.n < 2 || text.n > LEVEL_LONGEST)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: a string cannot be a seed",
			       from);
	/* Only single characters are exempt, so rows need no mark for that. */
	if (!bp_top_strings_add(&s->found, text, r->count,
				bp_utf8_length(text.p, text.n) == text.n))
		return bp_fail_memory(err);
	return BP_OK;
}

/* Hash tables are not stored: they follow from the keys and their order. */
bp_status bp_seeds_read_end(struct seeds *s, bp_error *err)
{
	size_t k;

	if (s->is_complete)
		return bp_top_strings_finish(&s->found, s->threshold) ? BP_OK : bp_fail_memory(err);
	for (k = 0; k < s->n_levels; k++) {
		s->level[k].length = LEVEL_FIRST + k * LEVEL_STEP;
		if (!bp_prefix_level_build(&s->level[k]))
			return bp_fail_memory(err);
	}
	return BP_OK;
}
