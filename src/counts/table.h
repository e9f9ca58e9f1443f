/* table.h - a hash table from byte strings to counts. */
#ifndef BP_TABLE_H
#define BP_TABLE_H

#include "base/base.h"

struct table_entry {
	size_t at;		/* in 'keys' */
	uint64_t count;
	uint32_t len, hash;	/* hash: the half that tells keys in one slot apart */
};

struct table {
	struct table_entry *entry;	/* in order of first addition */
	size_t n, cap;
	struct buf keys;
	uint32_t *slot;			/* index of an entry + 1; 0: free */
	size_t n_slots;			/* a power of two */
};

/* Add n to the count of a key.  False if memory is out, or with 2^32 - 1 keys. */
bool bp_table_add(struct table *t, struct slice key, uint64_t n);
bool bp_table_has(const struct table *t, struct slice key);
/* The count of a key; 0 if there is none. */
uint64_t bp_table_count(const struct table *t, struct slice key);
void bp_table_release(struct table *t);

/* The memory that it takes, in bytes. */
uint64_t bp_table_memory(const struct table *t);

/*
 * The indices of its entries in byte-wise order of their keys, for free(); NULL if memory is out.
 */
uint32_t *bp_table_order(const struct table *t);

static inline struct slice bp_table_key(const struct table *t, size_t i)
{
	return (struct slice){ t->keys.data + t->entry[i].at, t->entry[i].len };
}

#endif
