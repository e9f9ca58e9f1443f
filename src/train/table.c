#include "train/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

static bool grow_slots(struct table *t)
{
	size_t n = t->n_slots > 0 ? 2 * t->n_slots : FIRST_SLOTS, i, k;
	struct slice key;
	uint32_t *slot;

	if (n < t->n_slots || (slot = calloc(n, sizeof(*slot))) == NULL)
		return false;
	for (i = 0; i < t->n; i++) {
		key = bp_table_key(t, i);
		k = bp_hash(key.p, key.n) & (n - 1);
		while (slot[k] != 0)
			k = (k + 1) & (n - 1);
		slot[k] = (uint32_t)i + 1;
	}
	free(t->slot);
	t->slot = slot;
	t->n_slots = n;
	return true;
}

static bool append(struct table *t, struct slice key, uint32_t hash, uint64_t n)
{
	if (t->n >= UINT32_MAX - 1 || key.n > UINT32_MAX ||
	    !bp_grow(&t->entry, &t->cap, t->n + 1, sizeof(*t->entry)) ||
	    !bp_buf_append(&t->keys, key.p, key.n))
		return false;
	t->entry[t->n++] = (struct table_entry){
		.at = t->keys.len - key.n, .count = n, .len = (uint32_t)key.n, .hash = hash
	};
	return true;
}

bool bp_table_add(struct table *t, struct slice key, uint64_t n)
{
	uint64_t h = bp_hash(key.p, key.n);
	uint32_t high = (uint32_t)(h >> 32);
	struct table_entry *e;
	size_t k;

	/* At most two thirds full. */
	if (t->n >= t->n_slots / 3 * 2 && !grow_slots(t))
		return false;
	for (k = h & (t->n_slots - 1); t->slot[k] != 0; k = (k + 1) & (t->n_slots - 1)) {
		e = &t->entry[t->slot[k] - 1];
		if (e->hash == high && e->len == key.n &&
		    (key.n == 0 || memcmp(t->keys.data + e->at, key.p, key.n) == 0)) {
			e->count += n;
			return true;
		}
	}
	if (!append(t, key, high, n))
		return false;
	t->slot[k] = (uint32_t)t->n;
	return true;
}

bool bp_table_merge(struct table *t, const struct table *other)
{
	size_t i;

	for (i = 0; i < other->n; i++)
		if (!bp_table_add(t, bp_table_key(other, i), other->entry[i].count))
			return false;
	return true;
}

void bp_table_release(struct table *t)
{
	free(t->entry);
	free(t->slot);
	bp_buf_release(&t->keys);
	*t = (struct table){ 0 };
}
