/* The model that is made of what is required and what was found. */
#include <stdlib.h>
#include <string.h>

#include "train/required.h"

/* Both sides are brought to the larger of their totals, or to this: so that their sum is below 2^63. */
#define MOST_TOTAL ((uint64_t)1 << 61)

/* A model while it is put together: what was found, in order, and the entries. */
struct making {
	const struct required *r;
	struct row *found;
	bool *taken;		/* by place in 'found': it is an entry */
	size_t n_found;
	struct slice *piece;
	uint64_t *count;
	size_t n;
};

static void put(struct making *x, struct slice s, uint64_t count)
{
	x->piece[x->n] = s;
	x->count[x->n++] = count;
}

/* count * to / from */
static uint64_t scale(uint64_t count, uint64_t to, uint64_t from)
{
	return to == from ? count : (uint64_t)((double)count * ((double)to / (double)from) + 0.5);
}

/* Put the entries of the extended model, in the order of their ids. */
static void put_old(struct making *x)
{
	const struct required *r = x->r;
	uint64_t new_total = 0, total, count;
	struct row *f, key;
	size_t i;

	for (i = 0; i < x->n_found; i++)
		new_total += x->found[i].count;
	total = BP_MIN(BP_MAX(r->old_total, new_total), MOST_TOTAL);
	for (i = 0; i < x->n_found; i++)
		x->found[i].count = scale(x->found[i].count, total, new_total);
	for (i = 0; i < r->n_old; i++) {
		key = (struct row){ bp_required_at(r, i), 0 };
		if (r->item[i].is_special) {
			put(x, key.key, 0);
			continue;
		}
		f = bsearch(&key, x->found, x->n_found, sizeof(*x->found), bp_by_length);
		x->taken[f - x->found] = true;
		/* lint: analyzer-null: all old pieces are among those found */
		count = scale(r->item[i].count, total, r->old_total) + f->count;
		put(x, key.key, BP_MAX(count, 1));
	}
}

static void put_new(struct making *x)
{
	size_t i;

	for (i = 0; i < x->n_found; i++)
		if (!x->taken[i])
			put(x, x->found[i].key, BP_MAX(x->found[i].count, 1));
	for (i = x->r->n_old; i < x->r->n; i++)
		if (x->r->item[i].is_special)
			put(x, bp_required_at(x->r, i), 0);
}

bp_status bp_required_model(const struct required *r, const struct row *found, size_t n,
			    bp_normalize normalize, struct model *m, bp_error *err)
{
	struct making x = { .r = r, .found = bp_array(n, sizeof(*x.found)), .n_found = n,
			    .taken = calloc(n, sizeof(*x.taken)),
			    .piece = bp_array(n + r->n_specials, sizeof(*x.piece)),
			    .count = bp_array(n + r->n_specials, sizeof(*x.count)) };
	bp_status st;

	if (x.found == NULL || x.taken == NULL || x.piece == NULL || x.count == NULL) {
		st = bp_fail_memory(err);
	} else {
		memcpy(x.found, found, n * sizeof(*found));
		qsort(x.found, n, sizeof(*x.found), bp_by_length);
		if (r->n_old > 0)
			put_old(&x);
		put_new(&x);
		st = bp_model_init(m, x.piece, x.count, x.n, normalize, err);
	}
	free(x.found);
	free(x.taken);
	free(x.piece);
	free(x.count);
	return st;
}
