/*
 * table.h - hash table from byte strings to 64-bit counts.
 *
 * The table owns copies of its keys.  Entries keep their indices until the table is released;
 * keys may move when the table grows.  An all-zero table is empty.  Any number of threads may
 * read it while none adds.
 *
 * Slots are chosen by a hash with a random key (keyed_hash.h): the time for n keys is linear
 * whoever has chosen them.  What a caller sees - indices, counts, order - does not depend on it.
 */
#ifndef BP_TABLE_H
#define BP_TABLE_H

#include "base/keyed_hash.h"

struct table_entry {
	size_t at;		/* offset of the key in 'keys' */
	uint64_t count;
	uint32_t len;		/* of the key, in bytes */
	uint32_t hash;		/* upper half of the hash; the lower half selects the slot */
};

struct table {
	struct table_entry *entry;	/* n of them, in order of first addition */
	size_t n, cap;
	struct buf keys;
	uint32_t *slot;			/* index of an entry + 1; 0: free */
	size_t n_slots;			/* a power of two */
	struct hash_key secret;		/* drawn with the first slots */
};

/* Add n to the count of a key.  False if memory is out, or the table has 2^32 - 2 keys. */
bool bp_table_add(struct table *t, struct slice key, uint64_t n);
bool bp_table_has(const struct table *t, struct slice key);
/* The count of a key; 0 if the table does not have it. */
uint64_t bp_table_count(const struct table *t, struct slice key);
/* The entry of a key, whose count the caller may change; NULL if the table does not have it. */
struct table_entry *bp_table_find(const struct table *t, struct slice key);
void bp_table_release(struct table *t);

/* Memory in use, in bytes. */
uint64_t bp_table_memory(const struct table *t);

/* The indices of all entries in byte-wise order of their keys; for free().  NULL if memory is
 * out. */
uint32_t *bp_table_order(const struct table *t);

/* The key of entry i; valid until the next bp_table_add(). */
static inline struct slice bp_table_key(const struct table *t, size_t i)
{
	return (struct slice){ t->keys.data + t->entry[i].at, t->entry[i].len };
}

#endif
