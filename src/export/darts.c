/*
 * Nodes are placed depth first, each set of siblings at the first base where all of them fit.
 * Bases and siblings stay in one block of 256 units, because index and base differ in the low byte
 * only.
 */
#include "export/darts.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

/* MAX_UNITS: an offset has 21 bits. */
enum { BLOCK = 256, HAS_VALUE = 1 << 8, OFFSET = 10, MAX_UNITS = 1 << 21 };
#define IS_VALUE 0x80000000u

struct darts_unit {
	uint32_t unit;
	bool used;
	bool based;	/* the index is the base of a node; two nodes cannot have one base */
};

struct darts {
	const struct darts_key *key;
	struct darts_unit *at;
	size_t n, cap;
	size_t first_free;	/* all units before it are used */
	bp_error *err;
};

/* The bytes of a node's children. */
struct labels {
	unsigned char label[256];
	size_t n;
};

/* A total order: the result must not depend on how the C library's qsort() treats equal keys. */
static int by_key_and_value(const void *a, const void *b)
{
	const struct darts_key *x = a, *y = b;
	int order = bp_slice_compare(x->key, y->key);

	return order != 0 ? order : (x->value > y->value) - (x->value < y->value);
}

/* Append a block of unused units. */
static bp_status add_units(struct darts *d)
{
	if (d->n + BLOCK > MAX_UNITS)
		return bp_fail(d->err, BP_ERANGE, "too many rules of normalisation");
	if (!BP_GROW(d->at, d->cap, d->n + BLOCK))
		return bp_fail_memory(d->err);
	memset(d->at + d->n, 0, BLOCK * sizeof(*d->at));
	d->n += BLOCK;
	return BP_OK;
}

/* True if children with these labels can have this base. */
static bool fits(const struct darts *d, size_t base, const struct labels *l)
{
	size_t i;

	if (d->at[base].based)
		return false;
	for (i = 0; i < l->n; i++)
		if (d->at[base ^ l->label[i]].used)
			return false;
	return true;
}

/* Find a base for a node's children, mark their units as used, and set *base. */
static bp_status place_children(struct darts *d, const struct labels *l, size_t *base)
{
	size_t s, i;
	bp_status st;

	for (s = d->first_free;; s++) {
		if (s == d->n && (st = add_units(d)) != BP_OK)
			return st;
		/* A base and its children are in one block: no index is beyond the array. */
		if (!d->at[s].used && fits(d, s ^ l->label[0], l))
			break;
	}
	*base = s ^ l->label[0];
	d->at[*base].based = true;
	for (i = 0; i < l->n; i++)
		d->at[*base ^ l->label[i]].used = true;
	while (d->first_free < d->n && d->at[d->first_free].used)
		d->first_free++;
	return BP_OK;
}

/* The end of the run of keys from lo on, below hi, that agree with key lo in the byte at
 * 'depth'. */
static size_t run_end(const struct darts *d, size_t lo, size_t hi, size_t depth)
{
	size_t i = lo;

	while (i < hi && d->key[i].key.p[depth] == d->key[lo].key.p[depth])
		i++;
	return i;
}

/* Build the subtrie of 'node', for the keys lo to hi, which agree in their first 'depth' bytes. */
static bp_status build_subtrie(struct darts *d, size_t lo, size_t hi, size_t depth, size_t node)
{
	bool ends = d->key[lo].key.n == depth;
	struct labels l = { .n = 0 };
	uint32_t value = d->key[lo].value;
	size_t base, i, end;
	bp_status st;

	if (ends)
		l.label[l.n++] = 0;
	while (lo < hi && d->key[lo].key.n == depth)
		lo++;
	for (i = lo; i < hi; i = run_end(d, i, hi, depth))
		l.label[l.n++] = d->key[i].key.p[depth];
	if ((st = place_children(d, &l, &base)) != BP_OK)
		return st;
	d->at[node].unit |= (uint32_t)(node ^ base) << OFFSET | (ends ? HAS_VALUE : 0);
	if (ends)
		d->at[base].unit = value | IS_VALUE;
	for (i = lo; i < hi; i = end) {
		end = run_end(d, i, hi, depth);
		d->at[base ^ d->key[i].key.p[depth]].unit = d->key[i].key.p[depth];
		st = build_subtrie(d, i, end, depth + 1, base ^ d->key[i].key.p[depth]);
		if (st != BP_OK)
			return st;
	}
	return BP_OK;
}

bp_status bp_darts_build(struct darts_key *key, size_t n, struct buf *out, bp_error *err)
{
	struct darts d = { .key = key, .err = err };
	bp_status st;
	size_t i;

	qsort(key, n, sizeof(*key), by_key_and_value);
	if ((st = add_units(&d)) == BP_OK) {
		d.at[0].used = true;
		st = build_subtrie(&d, 0, n, 0, 0);
	}
	if (st == BP_OK && !bp_buf_reserve(out, 4 * d.n))
		st = bp_fail_memory(err);
	for (i = 0; st == BP_OK && i < d.n; i++) {
		/* An unused unit of 0 would look like a child for the byte 0. */
		bp_store32(out->data + out->len, d.at[i].used ? d.at[i].unit : IS_VALUE);
		out->len += 4;
	}
	free(d.at);
	return st;
}
