/*
 * Why not a heap: nearly all strings are refused by their count alone, in constant time, once
 * the list has been trimmed; and a sort of the rest orders equal counts without further
 * bookkeeping.
 */
#include "train/top_strings.h"

#include <stdlib.h>

#include "base/sort.h"

struct ranked {
	struct slice s;
	uint64_t count;
	bool exempt;
};

static int by_count_and_bytes(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* Replace all strings by the n strings in r.  Their bytes are in the old buffer, so a new one
 * is made. */
static bool replace_all(struct top_strings *t, const struct ranked *r, size_t n)
{
	struct buf bytes = { 0 };
	size_t i;

	t->n = t->n_exempt = 0;
	for (i = 0; i < n && bp_buf_append(&bytes, r[i].s.p, r[i].s.n); i++) {
		t->string[t->n++] = (struct top_string){ bytes.len - r[i].s.n,
							  (uint32_t)r[i].s.n, r[i].exempt,
							  r[i].count };
		t->n_exempt += r[i].exempt;
	}
	bp_buf_release(&t->bytes);
	t->bytes = bytes;
	return i == n;
}

/* The strings that are exempt or reach the threshold, in order of count and bytes; for free(). */
static struct ranked *rank_strings(const struct top_strings *t, uint64_t threshold, size_t *n)
{
	struct ranked *r = bp_array(t->n, sizeof(*r));
	const struct top_string *s;
	size_t i;

	if (r == NULL)
		return NULL;
	for (i = *n = 0; i < t->n; i++) {
		s = &t->string[i];
		if (s->exempt || s->count >= threshold)
			r[(*n)++] = (struct ranked){ bp_top_strings_at(t, i), s->count, s->exempt };
	}
	if (bp_sort(r, *n, sizeof(*r), by_count_and_bytes))
		return r;
	free(r);
	return NULL;
}

/*
 * Keep the 'most' most frequent strings and all exempt ones.  The count of the last string kept
 * is the count that others need from then on: a rarer one has 'most' strings before it.
 */
static bool trim_strings(struct top_strings *t)
{
	size_t n, i, kept = 0, others = 0;
	struct ranked *r = rank_strings(t, t->min_count, &n);
	bool ok;

	if (r == NULL)
		return false;
	/* In order of count: the first 'most' strings that are not exempt are the most frequent. */
	for (i = 0; i < n; i++) {
		if (!r[i].exempt && others == t->most)
			continue;
		others += !r[i].exempt;
		if (!r[i].exempt && others == t->most)
			t->min_count = r[i].count;
		r[kept++] = r[i];
	}
	ok = replace_all(t, r, kept);
	free(r);
	return ok;
}

bool bp_top_strings_add(struct top_strings *t, struct slice s, uint64_t count, bool exempt)
{
	/* A string of equal count may precede the kept ones by bytes, so only rarer ones are
	 * refused. */
	if (!exempt && count < t->min_count)
		return true;
	/* At twice the size, so that the sort costs amortised O(log k) per string. */
	if ((t->n - t->n_exempt) / 2 > t->most && !trim_strings(t))
		return false;
	if (!BP_GROW(t->string, t->cap, t->n + 1) ||
	    !bp_buf_append(&t->bytes, s.p, s.n))
		return false;
	t->string[t->n++] = (struct top_string){ t->bytes.len - s.n, (uint32_t)s.n, exempt, count };
	t->n_exempt += exempt;
	return true;
}

/* In the end exempt strings compete by count as all others do. */
bool bp_top_strings_finish(struct top_strings *t, uint64_t threshold)
{
	size_t n;
	struct ranked *r = rank_strings(t, threshold, &n);
	bool ok;

	if (r == NULL)
		return false;
	ok = replace_all(t, r, BP_MIN(n, t->most));
	free(r);
	return ok;
}

void bp_top_strings_release(struct top_strings *t)
{
	free(t->string);
	bp_buf_release(&t->bytes);
	*t = (struct top_strings){ 0 };
}

uint64_t bp_top_strings_memory(const struct top_strings *t)
{
	return t->bytes.cap + (uint64_t)t->cap * sizeof(*t->string);
}
