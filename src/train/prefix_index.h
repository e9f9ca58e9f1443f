/*
 * prefix_index.h - index of frequent strings of 6, 11, 16, ... bytes; their ids key longer windows.
 *
 * A level holds the frequent strings of one length.  Each string has an id, unique within its
 * level.  The key of a string is, on the first level, its six bytes; on a later level, the id of
 * its prefix on the level before and its last five bytes.  So a key has 64 bits however long
 * its string is, and so has the key of a window (up to five bytes) behind a frequent string.
 *
 * The id of a string is the index of its key's slot in a hash table (open addressing), plus
 * one.  A lookup by key therefore costs one access to memory, and yields the id without a table
 * of ids.
 *
 * Texts choose the keys.  Keys that were chosen for one slot are met by another hash: the hash has
 * a seed, which is 0 as long as no run of used slots is longer than RUN_MOST.  If there is one, the
 * next seed is made from all keys, and so on.  A seed that comes from the keys cannot be known
 * before all of them are chosen; and as it comes from nothing else, equal texts give equal ids.
 *
 * A level is built by one thread; afterwards any number of threads may look strings up.
 */
#ifndef BP_PREFIX_INDEX_H
#define BP_PREFIX_INDEX_H

#include "base/base.h"

enum {
	LEVEL_FIRST = 6,	/* bytes of a string of the first level */
	LEVEL_STEP = 5,		/* additional bytes on each later level */
	LEVEL_LONGEST = 36,	/* bytes of a string of the last level */
	MAX_LEVELS = 1 + (LEVEL_LONGEST - LEVEL_FIRST) / LEVEL_STEP,
	LEVEL_ID_BITS = 21,	/* of an id: as many as a key of a window leaves */
	RUN_MOST = 512,		/* used slots in a row: the most steps of a lookup */
	SEEDS_MOST = 16,	/* seeds that are tried */
	LEVEL_MOST = 1 << 19,	/* strings of a level; its table has at most twice as many slots */
	LEVEL_KEY_BITS = LEVEL_ID_BITS + 8 * LEVEL_STEP + 3	/* of the key of a window */
};

struct prefix_level {
	size_t length;		/* of its strings, in bytes */
	uint64_t *slot;		/* hash table of keys; UINT64_MAX: free */
	size_t n_slots;		/* a power of two; 0 before bp_prefix_level_build() */
	uint64_t seed;		/* of the hash */
	size_t n;		/* strings */
	/* Of the newest level only, until bp_prefix_level_strip(), in order of addition: */
	uint64_t *key;
	uint32_t *index;	/* by id - 1: index of the string in key, text, count, longer */
	unsigned char *text;	/* 'length' bytes per string */
	uint64_t *count;
	uint64_t *longer;	/* count of the most frequent string that is one byte longer */
	size_t cap_key, cap_text, cap_count, cap_longer;
};

/* Add a string: 'prefix', and behind it the lowest bytes of 'tail'.  False if memory is out. */
bool bp_prefix_level_add(struct prefix_level *l, uint64_t key, struct slice prefix, uint64_t tail,
			 uint64_t count);
/* Drop the strings with counts below min_count. */
void bp_prefix_level_trim(struct prefix_level *l, uint64_t min_count);
/* The smallest count, at least min_count, that at most 'most' strings reach; 0 if memory is out. */
uint64_t bp_prefix_level_threshold(const struct prefix_level *l, size_t most, uint64_t min_count);
/* Build the hash table of its strings, LEVEL_MOST at most.  False if memory is out. */
bool bp_prefix_level_build(struct prefix_level *l);
/* Free everything but the hash table of the keys. */
void bp_prefix_level_strip(struct prefix_level *l);
void bp_prefix_level_release(struct prefix_level *l);
/* Memory in use, in bytes. */
uint64_t bp_prefix_level_memory(const struct prefix_level *l);

/* The index of the string with that id, or SIZE_MAX if there is none.  Newest level only. */
static inline size_t bp_prefix_level_find(const struct prefix_level *l, uint64_t id)
{
	return id >= 1 && id <= l->n_slots && l->slot[id - 1] != UINT64_MAX ? l->index[id - 1]
									    : SIZE_MAX;
}

/* Results of a lookup; one per thread, all zero at first. */
struct prefix_scratch {
	uint32_t *id, *limit;	/* per byte of a segment */
	size_t cap_id, cap_limit;
};
void bp_prefix_scratch_release(struct prefix_scratch *x);

/*
 * Look up all strings of a segment on the last of n levels.  For each byte i of the segment,
 * x->id[i] is the id of the string that begins there, or 0; and x->limit[i] is the offset at
 * which a string that begins there must end, its window included.  A string is frequent only if
 * each of its substrings is, so it ends before the last byte of the first infrequent string of
 * six bytes.
 *
 * The segment must be longer than the strings of the last level.  False if memory is out.
 */
bool bp_prefix_index_lookup(const struct prefix_level *level, size_t n, struct slice segment,
			    struct prefix_scratch *x);

/* The key of the window [from, end) of s, up to five bytes, behind the string with that id: the id,
 * the bytes padded with zeros to five, and in the lowest three bits the number of bytes. */
static inline uint64_t bp_prefix_window_key(uint64_t id, struct slice s, size_t from, size_t end)
{
	size_t k;

	for (k = from; k < from + LEVEL_STEP; k++)
		id = id << 8 | (k < end ? s.p[k] : 0);
	return id << 3 | (end - from);
}

#endif
