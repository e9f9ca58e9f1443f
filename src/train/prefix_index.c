/*
 * Each lookup of a key is a cache miss, for the tables of a large corpus have some MB each.  So
 * slots are requested ahead of their use: on the first level a fixed number of bytes ahead; on
 * later levels, where a key is known only when the id of its prefix is, in batches of
 * independent strings.
 */
#include "train/prefix_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/sort.h"

enum {
	AHEAD = 12,	/* bytes between the request for a slot and its use: a memory latency */
	BATCH = 32	/* strings that are looked up together */
};
#define FREE_KEY UINT64_MAX

bool bp_prefix_level_add(struct prefix_level *l, uint64_t key, struct slice prefix, uint64_t tail,
			 uint64_t count)
{
	unsigned char *text;

	if (!BP_GROW(l->text, l->cap_text, (l->n + 1) * l->length) ||
	    !BP_GROW(l->count, l->cap_count, l->n + 1) ||
	    !BP_GROW(l->longer, l->cap_longer, l->n + 1) ||
	    !BP_GROW(l->key, l->cap_key, l->n + 1))
		return false;
	text = l->text + l->n * l->length;
	bp_copy(text, prefix.p, prefix.n);
	bp_store_be(text + prefix.n, tail, (unsigned)(l->length - prefix.n));
	l->count[l->n] = count;
	l->longer[l->n] = 0;
	l->key[l->n++] = key;
	return true;
}

/* Before bp_prefix_level_build() only: the indices of strings change. */
void bp_prefix_level_trim(struct prefix_level *l, uint64_t min_count)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (l->count[i] < min_count)
			continue;
		memmove(l->text + n * l->length, l->text + i * l->length, l->length);
		l->count[n] = l->count[i];
		l->longer[n] = l->longer[i];
		l->key[n++] = l->key[i];
	}
	l->n = n;
}

static int counts_descending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

/* All strings of one count are kept or none: to choose among them would depend on the order of
 * addition.  So the threshold is above the count of the first string beyond the limit. */
uint64_t bp_prefix_level_threshold(const struct prefix_level *l, size_t most, uint64_t min_count)
{
	uint64_t *count, threshold;

	if (l->n <= most)
		return min_count;
	if ((count = bp_array(l->n, sizeof(*count))) == NULL)
		return 0;
	memcpy(count, l->count, l->n * sizeof(*count));
	threshold = bp_sort(count, l->n, sizeof(*count), counts_descending)
		    ? BP_MAX(min_count, count[most] + 1) : 0;
	free(count);
	return threshold;
}

/* bp_mix() is a bijection of good quality: text has far from random keys. */
static size_t home_slot(const struct prefix_level *l, uint64_t key)
{
	return (size_t)(bp_mix(key ^ l->seed) & (l->n_slots - 1));
}

/* The longest run of used slots; a run may go on from the last slot to the first one. */
static size_t longest_run(const struct prefix_level *l)
{
	size_t i, run = 0, most = 0;

	for (i = 0; i < l->n_slots + RUN_MOST; i++) {
		run = l->slot[i & (l->n_slots - 1)] == FREE_KEY ? 0 : run + 1;
		most = BP_MAX(most, run);
	}
	return most;
}

/*
 * Give each key its slot, by the hash with the level's seed.  False as soon as a key is more than
 * RUN_MOST slots away from its own, unless 'any' is good enough; or if a run is longer than that.
 */
static bool fill_slots(struct prefix_level *l, bool any)
{
	size_t i, k, steps;

	for (i = 0; i < l->n_slots; i++)
		l->slot[i] = FREE_KEY;
	for (i = 0; i < l->n; i++) {
		k = home_slot(l, l->key[i]);
		for (steps = 0; l->slot[k] != FREE_KEY; steps++)
			k = (k + 1) & (l->n_slots - 1);
		if (steps > RUN_MOST && !any)
			return false;
		l->slot[k] = l->key[i];
		l->index[k] = (uint32_t)i;
	}
	return any || longest_run(l) <= RUN_MOST;
}

/* The next seed: of all keys in their order, equal on all machines, and the seed before. */
static uint64_t next_seed(const struct prefix_level *l)
{
	uint64_t seed = bp_mix(l->seed + 1);
	size_t i;

	for (i = 0; i < l->n; i++)
		seed = bp_mix(seed ^ l->key[i]) + BP_GOLDEN;
	return bp_mix(seed);
}

/* If no seed is good, which no one has seen, the last one stays: it is slower, not wrong. */
bool bp_prefix_level_build(struct prefix_level *l)
{
	unsigned i;

	/* At most half full: most lookups, found or not, end at their first slot. */
	for (l->n_slots = 1024; l->n_slots < 2 * l->n; l->n_slots *= 2)
		;
	l->slot = bp_array(l->n_slots, sizeof(*l->slot));
	l->index = bp_array(l->n_slots, sizeof(*l->index));
	if (l->slot == NULL || l->index == NULL)
		return false;
	l->seed = 0;
	for (i = 1; !fill_slots(l, i == SEEDS_MOST) && i < SEEDS_MOST; i++)
		l->seed = next_seed(l);
	return true;
}

void bp_prefix_level_strip(struct prefix_level *l)
{
	free(l->key);
	free(l->index);
	free(l->text);
	free(l->count);
	free(l->longer);
	l->index = NULL;
	l->text = NULL;
	l->key = l->count = l->longer = NULL;
	l->cap_key = l->cap_text = l->cap_count = l->cap_longer = 0;
}

void bp_prefix_level_release(struct prefix_level *l)
{
	bp_prefix_level_strip(l);
	free(l->slot);
	*l = (struct prefix_level){ 0 };
}

uint64_t bp_prefix_level_memory(const struct prefix_level *l)
{
	size_t per_slot = sizeof(*l->slot) + (l->index != NULL ? sizeof(*l->index) : 0);

	return (uint64_t)l->n_slots * per_slot + l->cap_text +
	       (uint64_t)(l->cap_key + l->cap_count + l->cap_longer) * sizeof(uint64_t);
}

void bp_prefix_scratch_release(struct prefix_scratch *x)
{
	free(x->id);
	free(x->limit);
	*x = (struct prefix_scratch){ 0 };
}

/* The id of the string with that key, by linear probing from slot k; 0 if there is none. */
static uint32_t find_id(const struct prefix_level *l, uint64_t key, size_t k)
{
	for (; l->slot[k] != key; k = (k + 1) & (l->n_slots - 1))
		if (l->slot[k] == FREE_KEY)
			return 0;
	return (uint32_t)k + 1;
}

/* The ids of the strings of the first level that begin at each byte, or 0. */
static void look_up_first(const struct prefix_level *l, struct slice s, uint32_t *id)
{
	const uint64_t mask = ((uint64_t)1 << 8 * LEVEL_FIRST) - 1;
	uint64_t ahead = 0, w = 0;
	size_t i;

	/* Two windows slide over the segment, AHEAD bytes apart: the first requests the slot
	 * that the second reads. */
	for (i = 0; i < s.n + AHEAD; i++) {
		if (i < s.n) {
			ahead = (ahead << 8 | s.p[i]) & mask;
			BP_PREFETCH(&l->slot[home_slot(l, ahead)]);
		}
		if (i < AHEAD)
			continue;
		w = (w << 8 | s.p[i - AHEAD]) & mask;
		id[i - AHEAD] = 0;
		if (i - AHEAD + 1 >= LEVEL_FIRST)
			id[i - AHEAD + 1 - LEVEL_FIRST] = find_id(l, w, home_slot(l, w));
	}
}

/* From the end to the front, because a limit holds for all strings that begin before it. */
static void limit_windows(const uint32_t *id, size_t n, uint32_t *limit)
{
	size_t i, end = n;

	/* No string of six bytes begins in the last five bytes, so they need no limit. */
	for (i = n - LEVEL_FIRST + 1; i-- > 0; ) {
		if (id[i] == 0)
			end = i + LEVEL_FIRST - 1;
		limit[i] = (uint32_t)end;
	}
}

/* Replace the ids of n strings, at these offsets, by the ids of the strings of level l, one
 * step longer, or 0. */
static void extend_batch(const struct prefix_level *l, struct slice s, const size_t *at, size_t n,
			 uint32_t *id)
{
	uint64_t key[BATCH];
	size_t slot[BATCH], i, end;

	for (i = 0; i < n; i++) {
		end = at[i] + l->length;
		key[i] = bp_prefix_window_key(id[at[i]], s, end - LEVEL_STEP, end) >> 3;
		slot[i] = home_slot(l, key[i]);
		BP_PREFETCH(&l->slot[slot[i]]);
	}
	for (i = 0; i < n; i++)
		id[at[i]] = find_id(l, key[i], slot[i]);
}

/* Replace all ids of the level before l by ids of level l, or 0. */
static void look_up_longer(const struct prefix_level *l, struct slice s, const uint32_t *limit,
			   uint32_t *id)
{
	size_t at[BATCH], n = 0, i;

	/* A string beyond its limit contains an infrequent one: no lookup is needed to know
	 * that it is not frequent. */
	for (i = 0; i + LEVEL_FIRST <= s.n; i++) {
		if (id[i] == 0)
			continue;
		if (i + l->length > limit[i]) {
			id[i] = 0;
			continue;
		}
		at[n++] = i;
		if (n == BATCH) {
			extend_batch(l, s, at, n, id);
			n = 0;
		}
	}
	extend_batch(l, s, at, n, id);
}

/* Level by level over the whole segment: an id of level k needs the id of level k - 1 at its
 * offset, and all lookups of one level are independent of each other. */
bool bp_prefix_index_lookup(const struct prefix_level *level, size_t n, struct slice segment,
			    struct prefix_scratch *x)
{
	size_t k;

	if (!BP_GROW(x->id, x->cap_id, segment.n) ||
	    !BP_GROW(x->limit, x->cap_limit, segment.n))
		return false;
	look_up_first(&level[0], segment, x->id);
	limit_windows(x->id, segment.n, x->limit);
	for (k = 1; k < n; k++)
		look_up_longer(&level[k], segment, x->limit, x->id);
	return true;
}
