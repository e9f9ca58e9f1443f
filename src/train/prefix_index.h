/*
 * prefix_index.h - the frequent strings of 6, 11, 16, ... bytes, by which later windows are keyed.
 *
 * A string of a level has a number.  It is found by a key: the string's bytes on the first level, on
 * a later one the number of the string without its last five bytes, and those.  So a window of up to
 * five bytes behind a frequent string of any length is a key of 64 bits.  The number is where the key
 * stands in a hash table, plus one, so that looking it up takes one access to memory.
 */
#ifndef BP_PREFIX_INDEX_H
#define BP_PREFIX_INDEX_H

#include "base/base.h"

enum {
	LEVEL_FIRST = 6,	/* bytes of a string of the first level */
	LEVEL_STEP = 5,		/* and more on each later one */
	LEVEL_LONGEST = 36,	/* then it ends */
	MAX_LEVELS = 1 + (LEVEL_LONGEST - LEVEL_FIRST) / LEVEL_STEP,
	LEVEL_ID_BITS = 21,	/* of a number */
	LEVEL_MOST = 1 << 19,	/* strings of a level: twice as many slots have numbers */
	LEVEL_KEY_BITS = LEVEL_ID_BITS + 8 * LEVEL_STEP + 3
};

struct prefix_level {
	size_t length;
	uint64_t *slot;		/* keys; UINT64_MAX: free */
	size_t n_slots;		/* a power of two */
	uint64_t *key;		/* n of them, in order */
	size_t n, cap_key;
	/* Of the last level only, in the order of the keys: */
	uint32_t *place;	/* by number less 1: place in that order */
	unsigned char *text;	/* 'length' bytes each */
	uint64_t *count, *longer;	/* longer: the count of its most frequent extension */
	size_t cap_text, cap_count, cap_longer;
};

/* A string is its prefix and the lowest bytes of 'tail'.  False if memory is out. */
bool bp_prefix_level_add(struct prefix_level *l, uint64_t key, struct slice prefix, uint64_t tail,
		  uint64_t count);
/* Keep those that occur at least 'rarest' times. */
void bp_prefix_level_trim(struct prefix_level *l, uint64_t rarest);
/* The smallest count, 'rarest' or more, that no more than 'most' of its strings reach; 0 if memory
 * is out. */
uint64_t bp_prefix_level_threshold(const struct prefix_level *l, size_t most, uint64_t rarest);
/* Make its strings ready to be found, LEVEL_MOST at most.  False if memory is out. */
bool bp_prefix_level_build(struct prefix_level *l);
/* Forget all but what finds the strings. */
void bp_prefix_level_strip(struct prefix_level *l);
void bp_prefix_level_release(struct prefix_level *l);
uint64_t bp_prefix_level_memory(const struct prefix_level *l);

/* The place of the string of a number, or SIZE_MAX if there is none; of the last level only. */
static inline size_t bp_prefix_level_find(const struct prefix_level *l, uint64_t number)
{
	return number >= 1 && number <= l->n_slots && l->slot[number - 1] != UINT64_MAX
		? l->place[number - 1] : SIZE_MAX;
}

/* Room for one thread; zero at first. */
struct prefix_scratch {
	uint32_t *id, *limit;	/* by byte of a segment */
	size_t cap_id, cap_limit;
};
void bp_prefix_scratch_release(struct prefix_scratch *x);

/*
 * For each byte of a segment, of more bytes than the strings of the last of n levels: in x->id the
 * number of the string of that level that begins there, or 0, and in x->limit where a window that
 * begins there ends: no string of six bytes in it is infrequent.  False if memory is out.
 */
bool bp_prefix_index_number(const struct prefix_level *level, size_t n, struct slice segment,
		      struct prefix_scratch *x);

/* The key of a window: up to five bytes, from..end, behind the string of that number. */
static inline uint64_t bp_prefix_window_key(uint64_t id, struct slice s, size_t from, size_t end)
{
	size_t k;

	for (k = from; k < from + LEVEL_STEP; k++)
		id = id << 8 | (k < end ? s.p[k] : 0);
	return id << 3 | (end - from);
}

#endif
