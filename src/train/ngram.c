#include "train/ngram.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHUNK = 1 << 20,	/* windows sorted at a time */
	DIGIT = 11,		/* bits per pass of the radix sort: its counters stay in the L1 cache */
	DIGITS = 1 << DIGIT,
	MAX_PASSES = 6		/* for 59 bits */
};

bool bp_ngram_init(struct ngram_counter *c, unsigned order)
{
	*c = (struct ngram_counter){ .order = order };
	c->window = bp_array(CHUNK, sizeof(*c->window));
	c->spare = bp_array(CHUNK, sizeof(*c->spare));
	if (c->window != NULL && c->spare != NULL)
		return true;
	bp_ngram_release(c);
	return false;
}

void bp_ngram_release(struct ngram_counter *c)
{
	size_t i;

	free(c->window);
	free(c->spare);
	for (i = 0; i < NGRAM_LEVELS; i++)
		free(c->run[i].row);
	*c = (struct ngram_counter){ 0 };
}

/* Sort c->window by the bits that keys of this order have, lowest digit first (Hollerith). */
static void sort_windows(struct ngram_counter *c)
{
	static const size_t none[DIGITS];
	size_t at[MAX_PASSES][DIGITS], sum, k, i;
	unsigned passes = (8 * c->order + 3 + DIGIT - 1) / DIGIT, p;
	ngram_key *swap;

	for (p = 0; p < passes; p++)
		memcpy(at[p], none, sizeof(none));
	for (i = 0; i < c->n; i++)
		for (p = 0; p < passes; p++)
			at[p][c->window[i] >> p * DIGIT & (DIGITS - 1)]++;
	for (p = 0; p < passes; p++) {
		for (i = 0, sum = 0; i < DIGITS; i++) {
			k = at[p][i];
			at[p][i] = sum;
			sum += k;
		}
		for (i = 0; i < c->n; i++)
			c->spare[at[p][c->window[i] >> p * DIGIT & (DIGITS - 1)]++] = c->window[i];
		swap = c->window;
		c->window = c->spare;
		c->spare = swap;
	}
}

/* Count equal neighbours. */
static bool count_sorted(const ngram_key *key, size_t n, struct ngram_run *out)
{
	size_t i, distinct = n > 0;

	for (i = 1; i < n; i++)
		distinct += key[i] != key[i - 1];
	*out = (struct ngram_run){ .row = bp_array(distinct, sizeof(*out->row)) };
	if (out->row == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if (i == 0 || key[i] != key[i - 1])
			out->row[out->n++] = (struct ngram_count){ key[i], 0 };
		out->row[out->n - 1].count++;
	}
	return true;
}

/* Merge b into a; b is released. */
static bool merge_runs(struct ngram_run *a, struct ngram_run *b)
{
	struct ngram_run out = { 0 };
	size_t i = 0, j = 0;

	if (a->n <= SIZE_MAX - b->n)
		out.row = bp_array(a->n + b->n, sizeof(*out.row));
	if (out.row == NULL)
		return false;
	while (i < a->n && j < b->n) {
		if (a->row[i].key < b->row[j].key) {
			out.row[out.n++] = a->row[i++];
		} else if (a->row[i].key > b->row[j].key) {
			out.row[out.n++] = b->row[j++];
		} else {
			out.row[out.n] = a->row[i++];
			out.row[out.n++].count += b->row[j++].count;
		}
	}
	if (i < a->n)
		memcpy(out.row + out.n, a->row + i, (a->n - i) * sizeof(*out.row));
	out.n += a->n - i;
	if (j < b->n)
		memcpy(out.row + out.n, b->row + j, (b->n - j) * sizeof(*out.row));
	out.n += b->n - j;
	free(a->row);
	free(b->row);
	*a = out;
	*b = (struct ngram_run){ 0 };
	return true;
}

/* Turn the windows into a run, and merge runs of equal level as in a binary counter. */
static bool flush(struct ngram_counter *c)
{
	struct ngram_run run;
	size_t i;

	sort_windows(c);
	if (!count_sorted(c->window, c->n, &run))
		return false;
	c->n = 0;
	for (i = 0; i + 1 < NGRAM_LEVELS && c->run[i].row != NULL; i++)
		if (!merge_runs(&run, &c->run[i])) {
			free(run.row);
			return false;
		}
	c->run[i] = run;
	return true;
}

static uint64_t load_bytes(const unsigned char *p, size_t n)
{
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < n; i++)
		x = x << 8 | p[i];
	return x;
}

bool bp_ngram_add(struct ngram_counter *c, struct slice segment)
{
	uint64_t mask = ((uint64_t)1 << 8 * c->order) - 1, w;
	unsigned order = c->order, n;
	size_t i;

	/* w holds the window's bytes; behind the segment's end zeros come in. */
	w = load_bytes(segment.p, BP_MIN(order, segment.n));
	if (segment.n < order)
		w <<= 8 * (order - segment.n);
	for (i = 0; i < segment.n; i++) {
		n = (unsigned)BP_MIN(order, segment.n - i);
		c->window[c->n++] = w << 3 | n;
		if (c->n == CHUNK && !flush(c))
			return false;
		w = w << 8 & mask;
		if (i + order < segment.n)
			w |= segment.p[i + order];
	}
	return true;
}

bool bp_ngram_merge(struct ngram_counter *c, unsigned n, struct ngram_run *out)
{
	bool ok = true;
	unsigned i;
	size_t k;

	*out = (struct ngram_run){ 0 };
	for (i = 0; i < n; i++) {
		ok = ok && flush(&c[i]);
		for (k = 0; k < NGRAM_LEVELS && ok; k++)
			if (c[i].run[k].row != NULL)
				ok = merge_runs(out, &c[i].run[k]);
		bp_ngram_release(&c[i]);
	}
	if (!ok)
		free(out->row);
	return ok;
}

static bool append(struct ngram_run *run, size_t *cap, ngram_key key, uint64_t count)
{
	if (!bp_grow(&run->row, cap, run->n + 1, sizeof(*run->row)))
		return false;
	run->row[run->n++] = (struct ngram_count){ key, count };
	return true;
}

bool bp_ngram_of_length(const struct ngram_run *windows, unsigned order, unsigned n,
			uint64_t min_count, struct ngram_run *out)
{
	uint64_t mask = ~(((uint64_t)1 << (8 * (order - n) + 3)) - 1), count = 0;
	ngram_key key = 0, this;
	bool ok = true;
	size_t cap = 0, i;

	*out = (struct ngram_run){ 0 };
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
