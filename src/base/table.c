/*
 * Open addressing with linear probing; a slot holds the index of an entry, so that growth moves
 * only slots and entries keep the order in which they came.
 *
 * The order by keys is made by a radix sort of eight bytes at a time, most significant first:
 * items are sorted by the next eight bytes of their keys (the head), then groups of equal heads
 * by the eight bytes after them.  Keys share few long prefixes, so most items need one round,
 * and the key bytes, which lie scattered in memory, are read once per round.
 */
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

enum {
	FIRST_SLOTS = 1024,
	SMALL_GROUP = 16	/* below it, counting 256 buckets costs more than comparing keys */
};

/* Entries do not store the lower half of their hash, so keys are hashed again; the sizes double, so
 * this is one more hash per key on average. */
static bool grow_slots(struct table *t)
{
	size_t n = t->n_slots > 0 ? 2 * t->n_slots : FIRST_SLOTS, i, k;
	struct slice key;
	uint32_t *slot;

	bp_hash_key_draw(&t->secret);
	if (n < t->n_slots || (slot = calloc(n, sizeof(*slot))) == NULL)
		return false;
	for (i = 0; i < t->n; i++) {
		key = bp_table_key(t, i);
		k = (size_t)(bp_keyed_hash(&t->secret, key.p, key.n) & (n - 1));
		while (slot[k] != 0)
			k = (k + 1) & (n - 1);
		slot[k] = (uint32_t)i + 1;
	}
	free(t->slot);
	t->slot = slot;
	t->n_slots = n;
	return true;
}

/* Slots have 32 bits and use 0 for free, so the number of entries is limited. */
static bool append_entry(struct table *t, struct slice key, uint32_t hash, uint64_t n)
{
	if (t->n >= UINT32_MAX - 1 || key.n > UINT32_MAX ||
	    !BP_GROW(t->entry, t->cap, t->n + 1) ||
	    !bp_buf_append(&t->keys, key.p, key.n))
		return false;
	t->entry[t->n++] = (struct table_entry){
		.at = t->keys.len - key.n, .count = n, .len = (uint32_t)key.n, .hash = hash
	};
	return true;
}

/* The entry of a key; or NULL, and *k is the free slot for it. */
static struct table_entry *find_entry(const struct table *t, struct slice key, uint64_t hash,
				      size_t *k)
{
	struct table_entry *e;

	for (*k = (size_t)(hash & (t->n_slots - 1)); t->slot[*k] != 0;
	     *k = (*k + 1) & (t->n_slots - 1)) {
		e = &t->entry[t->slot[*k] - 1];
		if (e->hash == (uint32_t)(hash >> 32) && e->len == key.n &&
		    (key.n == 0 || memcmp(t->keys.data + e->at, key.p, key.n) == 0))
			return e;
	}
	return NULL;
}

bool bp_table_add(struct table *t, struct slice key, uint64_t n)
{
	struct table_entry *e;
	uint64_t h;
	size_t k;

	/* Linear probing gets slow above a load of two thirds. */
	if (t->n >= t->n_slots / 3 * 2 && !grow_slots(t))
		return false;
	h = bp_keyed_hash(&t->secret, key.p, key.n);
	if ((e = find_entry(t, key, h, &k)) != NULL) {
		e->count += n;
		return true;
	}
	if (!append_entry(t, key, (uint32_t)(h >> 32), n))
		return false;
	t->slot[k] = (uint32_t)t->n;
	return true;
}

/* An empty table has no slots to search. */
struct table_entry *bp_table_find(const struct table *t, struct slice key)
{
	size_t k;

	if (t->n == 0)
		return NULL;
	return find_entry(t, key, bp_keyed_hash(&t->secret, key.p, key.n), &k);
}

bool bp_table_has(const struct table *t, struct slice key)
{
	return bp_table_find(t, key) != NULL;
}

uint64_t bp_table_count(const struct table *t, struct slice key)
{
	const struct table_entry *e = bp_table_find(t, key);

	return e != NULL ? e->count : 0;
}

void bp_table_release(struct table *t)
{
	free(t->entry);
	free(t->slot);
	bp_buf_release(&t->keys);
	*t = (struct table){ 0 };
}

uint64_t bp_table_memory(const struct table *t)
{
	return (uint64_t)t->cap * sizeof(*t->entry) + (uint64_t)t->n_slots * sizeof(*t->slot) +
	       t->keys.cap;
}

/* An entry during the sort. */
struct sort_item {
	uint64_t head;	/* the next eight bytes of its key; of an ended key, its length */
	uint32_t entry;
};

/* Sort n items by head: a radix sort, least significant byte first.  Bytes that all heads share
 * take no pass.  Returns a or b, where the result is; the other one is scratch. */
static struct sort_item *sort_by_head(struct sort_item *a, struct sort_item *b, size_t n)
{
	struct sort_item *swap;
	size_t at[256], i, k, sum;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 8) {
		memset(at, 0, sizeof(at));
		for (i = 0; i < n; i++)
			at[a[i].head >> shift & 0xFF]++;
		/* All items have one byte here: the pass would not change their order. */
		if (at[a[0].head >> shift & 0xFF] == n)
			continue;
		for (i = 0, sum = 0; i < 256; i++) {
			k = at[i];
			at[i] = sum;
			sum += k;
		}
		for (i = 0; i < n; i++)
			b[at[a[i].head >> shift & 0xFF]++] = a[i];
		swap = a;
		a = b;
		b = swap;
	}
	return a;
}

/* Sort a few items by whole keys. */
static void sort_small_group(const struct table *t, struct sort_item *a, size_t n)
{
	struct sort_item x;
	size_t i, k;

	for (i = 1; i < n; i++) {
		x = a[i];
		for (k = i; k > 0 && bp_slice_compare(bp_table_key(t, x.entry),
						      bp_table_key(t, a[k - 1].entry)) < 0; k--)
			a[k] = a[k - 1];
		a[k] = x;
	}
}

/* Move the items with keys that end within 'from' bytes to the front, with their lengths as
 * heads.  Returns their number. */
static size_t move_ended_first(const struct table *t, struct sort_item *a, size_t n, size_t from)
{
	struct sort_item swap;
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (t->entry[a[i].entry].len > from)
			continue;
		swap = a[i];
		swap.head = t->entry[swap.entry].len;
		a[i] = a[k];
		a[k++] = swap;
	}
	return k;
}

/* The largest group of equal heads: its first index in *from; returns its size. */
static size_t largest_group(const struct sort_item *a, size_t n, size_t *from)
{
	size_t i, k, most = 0;

	for (*from = i = 0; i < n; i = k) {
		for (k = i + 1; k < n && a[k].head == a[i].head; k++)
			;
		if (k - i > most) {
			most = k - i;
			*from = i;
		}
	}
	return most;
}

/*
 * Sort n items with keys that agree in the first 'from' bytes, with zeros behind their ends; b
 * is scratch for n items.  Keys that have ended differ from each other only in their number of
 * zeros, and are smaller than all others, so they come first, by length.  The loop continues
 * with the largest group and recursion sorts the others, each at most half of n: so the depth
 * is at most log2(n).
 */
static void sort_items(const struct table *t, struct sort_item *a, struct sort_item *b, size_t n,
		       size_t from)
{
	size_t ended, largest, size, i, k;
	struct sort_item *sorted;
	struct slice key;

	for (;; a += largest, n = size, from += 8) {
		ended = move_ended_first(t, a, n, from);
		if (ended > 1 && (sorted = sort_by_head(a, b, ended)) != a)
			memcpy(a, sorted, ended * sizeof(*a));
		a += ended;
		n -= ended;
		if (n < SMALL_GROUP) {
			sort_small_group(t, a, n);
			return;
		}
		for (i = 0; i < n; i++) {
			key = bp_table_key(t, a[i].entry);	/* of more than 'from' bytes */
			a[i].head = bp_load_head((struct slice){ key.p + from, key.n - from });
		}
		if ((sorted = sort_by_head(a, b, n)) != a)
			memcpy(a, sorted, n * sizeof(*a));
		size = largest_group(a, n, &largest);
		for (i = 0; i < n; i = k) {
			for (k = i + 1; k < n && a[k].head == a[i].head; k++)
				;
			if (k - i > 1 && i != largest)
				sort_items(t, a + i, b, k - i, from + 8);
		}
		if (size == 1)
			return;
	}
}

uint32_t *bp_table_order(const struct table *t)
{
	struct sort_item *a = bp_array(t->n, sizeof(*a)), *b = bp_array(t->n, sizeof(*b));
	uint32_t *order = bp_array(t->n, sizeof(*order));
	size_t i;

	/* bp_array() of no elements is not NULL, so NULL means that memory is out. */
	if (a == NULL || b == NULL || order == NULL) {
		free(order);
		order = NULL;
	} else {
		for (i = 0; i < t->n; i++)
			a[i].entry = (uint32_t)i;
		sort_items(t, a, b, t->n, 0);
		for (i = 0; i < t->n; i++)
			order[i] = a[i].entry;
	}
	free(a);
	free(b);
	return order;
}
