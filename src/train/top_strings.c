#include "train/top_strings.h"

#include <stdlib.h>

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

/* Make the n strings in r all that there are. */
static bool take(struct top_strings *b, const struct ranked *r, size_t n)
{
	struct buf bytes = { 0 };
	size_t i;

	b->n = b->n_exempt = 0;
	for (i = 0; i < n && bp_buf_append(&bytes, r[i].s.p, r[i].s.n); i++) {
		b->string[b->n++] = (struct top_string){ bytes.len - r[i].s.n,
							  (uint32_t)r[i].s.n, r[i].exempt,
							  r[i].count };
		b->n_exempt += r[i].exempt;
	}
	bp_buf_release(&b->bytes);
	b->bytes = bytes;
	return i == n;
}

/* The strings that are exempt or occur at least so often, by count. */
static struct ranked *rank(const struct top_strings *b, uint64_t threshold, size_t *n)
{
	struct ranked *r = bp_array(b->n, sizeof(*r));
	const struct top_string *s;
	size_t i;

	if (r == NULL)
		return NULL;
	for (i = *n = 0; i < b->n; i++) {
		s = &b->string[i];
		if (s->exempt || s->count >= threshold)
			r[(*n)++] = (struct ranked){ bp_top_strings_at(b, i), s->count, s->exempt };
	}
	qsort(r, *n, sizeof(*r), by_count_and_bytes);
	return r;
}

/* Keep as many as are wanted, and all that are exempt. */
static bool trim(struct top_strings *b)
{
	size_t n, i, kept = 0, others = 0;
	struct ranked *r = rank(b, b->rarest, &n);
	bool ok;

	if (r == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (!r[i].exempt && others == b->most)
			continue;
		others += !r[i].exempt;
		if (!r[i].exempt && others == b->most)
			b->rarest = r[i].count;
		r[kept++] = r[i];
	}
	ok = take(b, r, kept);
	free(r);
	return ok;
}

bool bp_top_strings_add(struct top_strings *b, struct slice s, uint64_t count, bool exempt)
{
	if (!exempt && count < b->rarest)
		return true;
	if ((b->n - b->n_exempt) / 2 > b->most && !trim(b))
		return false;
	if (!BP_GROW(b->string, b->cap, b->n + 1) ||
	    !bp_buf_append(&b->bytes, s.p, s.n))
		return false;
	b->string[b->n++] = (struct top_string){ b->bytes.len - s.n, (uint32_t)s.n, exempt, count };
	b->n_exempt += exempt;
	return true;
}

bool bp_top_strings_finish(struct top_strings *b, uint64_t threshold)
{
	size_t n;
	struct ranked *r = rank(b, threshold, &n);
	bool ok;

	if (r == NULL)
		return false;
	ok = take(b, r, BP_MIN(n, b->most));
	free(r);
	return ok;
}

void bp_top_strings_release(struct top_strings *b)
{
	free(b->string);
	bp_buf_release(&b->bytes);
	*b = (struct top_strings){ 0 };
}

uint64_t bp_top_strings_memory(const struct top_strings *b)
{
	return b->bytes.cap + (uint64_t)b->cap * sizeof(*b->string);
}
