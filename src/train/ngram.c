#include "train/ngram.h"

#include <stdlib.h>

static uint64_t load_bytes(const unsigned char *p, size_t n)
{
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < n; i++)
		x = x << 8 | p[i];
	return x;
}

bool bp_ngram_add(struct runs *r, unsigned order, struct slice segment)
{
	uint64_t mask = ((uint64_t)1 << 8 * order) - 1, w;
	unsigned n;
	size_t i;

	/* w holds the window's bytes; behind the segment's end zeros come in. */
	w = load_bytes(segment.p, BP_MIN(order, segment.n));
	if (segment.n < order)
		w <<= 8 * (order - segment.n);
	for (i = 0; i < segment.n; i++) {
		n = (unsigned)BP_MIN(order, segment.n - i);
		if (!bp_runs_add(r, w << 3 | n))
			return false;
		w = w << 8 & mask;
		if (i + order < segment.n)
			w |= segment.p[i + order];
	}
	return true;
}

static bool append(struct run *run, size_t *cap, uint64_t key, uint64_t count)
{
	if (!bp_grow(&run->row, cap, run->n + 1, sizeof(*run->row)))
		return false;
	run->row[run->n++] = (struct key_count){ key, count };
	return true;
}

bool bp_ngram_of_length(const struct run *windows, unsigned order, unsigned n,
			uint64_t min_count, struct run *out)
{
	uint64_t mask = ~(((uint64_t)1 << (8 * (order - n) + 3)) - 1), count = 0;
	uint64_t key = 0, this;
	bool ok = true;
	size_t cap = 0, i;

	*out = (struct run){ 0 };
	for (i = 0; i < windows->n && ok; i++) {
		this = (windows->row[i].key & mask) | n;
		/* A window that is too short begins with no n-gram, though zeros pad it. */
		if ((windows->row[i].key & 7) < n)
			continue;
		if (this != key && count > 0) {
			ok = count < min_count || append(out, &cap, key, count);
			count = 0;
		}
		key = this;
		count += windows->row[i].count;
	}
	if (ok && count > 0 && count >= min_count)
		ok = append(out, &cap, key, count);
	if (!ok)
		free(out->row);
	return ok;
}
