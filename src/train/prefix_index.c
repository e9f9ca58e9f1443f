#include "train/prefix_index.h"

#include <stdlib.h>
#include <string.h>

enum {
	AHEAD = 12,	/* bytes between the request for a slot and its use */
	AT_A_TIME = 32	/* strings that are looked up together, for the same reason */
};
#define FREE_KEY UINT64_MAX

bool bp_prefix_level_add(struct prefix_level *l, uint64_t key, struct slice prefix, uint64_t tail,
		  uint64_t count)
{
	unsigned char *text;
	size_t i;

	if (!BP_GROW(l->text, l->cap_text, (l->n + 1) * l->length) ||
	    !BP_GROW(l->count, l->cap_count, l->n + 1) ||
	    !BP_GROW(l->longer, l->cap_longer, l->n + 1) ||
	    !BP_GROW(l->key, l->cap_key, l->n + 1))
		return false;
	text = l->text + l->n * l->length;
	if (prefix.n > 0)
		memcpy(text, prefix.p, prefix.n);
	for (i = l->length; i > prefix.n; tail >>= 8)
		text[--i] = (unsigned char)tail;
	l->count[l->n] = count;
	l->longer[l->n] = 0;
	l->key[l->n++] = key;
	return true;
}

void bp_prefix_level_trim(struct prefix_level *l, uint64_t rarest)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		if (l->count[i] < rarest)
			continue;
		memmove(l->text + n * l->length, l->text + i * l->length, l->length);
		l->count[n] = l->count[i];
		l->longer[n] = l->longer[i];
		l->key[n++] = l->key[i];
	}
	l->n = n;
}

static int by_count(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

uint64_t bp_prefix_level_threshold(const struct prefix_level *l, size_t most, uint64_t rarest)
{
	uint64_t *count, threshold;

	if (l->n <= most)
		return rarest;
	if ((count = bp_array(l->n, sizeof(*count))) == NULL)
		return 0;
	memcpy(count, l->count, l->n * sizeof(*count));
	qsort(count, l->n, sizeof(*count), by_count);
	threshold = BP_MAX(rarest, count[most] + 1);
	free(count);
	return threshold;
}

bool bp_prefix_level_build(struct prefix_level *l)
{
	size_t i, k;

	for (l->n_slots = 1024; l->n_slots < 2 * l->n; l->n_slots *= 2)
		;
	l->slot = bp_array(l->n_slots, sizeof(*l->slot));
	l->place = bp_array(l->n_slots, sizeof(*l->place));
	if (l->slot == NULL || l->place == NULL)
		return false;
	for (i = 0; i < l->n_slots; i++)
		l->slot[i] = FREE_KEY;
	for (i = 0; i < l->n; i++) {
		for (k = (size_t)(bp_mix(l->key[i]) & (l->n_slots - 1)); l->slot[k] != FREE_KEY; )
			k = (k + 1) & (l->n_slots - 1);
		l->slot[k] = l->key[i];
		l->place[k] = (uint32_t)i;
	}
	return true;
}

void bp_prefix_level_strip(struct prefix_level *l)
{
	free(l->place);
	free(l->text);
	free(l->count);
	free(l->longer);
	l->place = NULL;
	l->text = NULL;
	l->count = l->longer = NULL;
	l->cap_text = l->cap_count = l->cap_longer = 0;
}

void bp_prefix_level_release(struct prefix_level *l)
{
	bp_prefix_level_strip(l);
	free(l->slot);
	free(l->key);
	*l = (struct prefix_level){ 0 };
}

uint64_t bp_prefix_level_memory(const struct prefix_level *l)
{
	return (uint64_t)l->n_slots * (sizeof(*l->slot) + (l->place != NULL ? sizeof(*l->place) : 0)) +
	       l->cap_text +
	       (uint64_t)(l->cap_key + l->cap_count + l->cap_longer) * sizeof(uint64_t);
}

void bp_prefix_scratch_release(struct prefix_scratch *x)
{
	free(x->id);
	free(x->limit);
	*x = (struct prefix_scratch){ 0 };
}

static size_t home(const struct prefix_level *l, uint64_t key)
{
	return (size_t)(bp_mix(key) & (l->n_slots - 1));
}

/* The number of the string with that key, which is looked for from slot k on; 0 if there is none. */
static uint32_t find(const struct prefix_level *l, uint64_t key, size_t k)
{
	for (; l->slot[k] != key; k = (k + 1) & (l->n_slots - 1))
		if (l->slot[k] == FREE_KEY)
			return 0;
	return (uint32_t)k + 1;
}

/* Numbers of the strings of the first level that begin at each byte. */
static void number_firsts(const struct prefix_level *l, struct slice s, uint32_t *id)
{
	const uint64_t mask = ((uint64_t)1 << 8 * LEVEL_FIRST) - 1;
	uint64_t ahead = 0, w = 0;
	size_t i;

	for (i = 0; i < s.n + AHEAD; i++) {
		if (i < s.n) {
			ahead = (ahead << 8 | s.p[i]) & mask;
			BP_PREFETCH(&l->slot[home(l, ahead)]);
		}
		if (i < AHEAD)
			continue;
		w = (w << 8 | s.p[i - AHEAD]) & mask;
		id[i - AHEAD] = 0;
		if (i - AHEAD + 1 >= LEVEL_FIRST)
			id[i - AHEAD + 1 - LEVEL_FIRST] = find(l, w, home(l, w));
	}
}

/* A window ends before the last byte of the next string of six bytes that is not frequent. */
static void limit_windows(const uint32_t *id, size_t n, uint32_t *limit)
{
	size_t i, end = n;

	for (i = n - LEVEL_FIRST + 1; i-- > 0; ) {
		if (id[i] == 0)
			end = i + LEVEL_FIRST - 1;
		limit[i] = (uint32_t)end;
	}
}

/* Replace the numbers of the n strings that begin at these bytes by those of five bytes longer. */
static void number_some(const struct prefix_level *l, struct slice s, const size_t *at, size_t n,
			uint32_t *id)
{
	uint64_t key[AT_A_TIME];
	size_t slot[AT_A_TIME], i, end;

	for (i = 0; i < n; i++) {
		end = at[i] + l->length;
		key[i] = bp_prefix_window_key(id[at[i]], s, end - LEVEL_STEP, end) >> 3;
		slot[i] = home(l, key[i]);
		BP_PREFETCH(&l->slot[slot[i]]);
	}
	for (i = 0; i < n; i++)
		id[at[i]] = find(l, key[i], slot[i]);
}

/* Replace the numbers of strings by those of the strings five bytes longer. */
static void number_longer(const struct prefix_level *l, struct slice s, const uint32_t *limit,
			  uint32_t *id)
{
	size_t at[AT_A_TIME], n = 0, i;

	for (i = 0; i + LEVEL_FIRST <= s.n; i++) {
		if (id[i] == 0)
			continue;
		if (i + l->length > limit[i]) {
			id[i] = 0;
			continue;
		}
		at[n++] = i;
		if (n == AT_A_TIME) {
			number_some(l, s, at, n, id);
			n = 0;
		}
	}
	number_some(l, s, at, n, id);
}

bool bp_prefix_index_number(const struct prefix_level *level, size_t n, struct slice segment,
		      struct prefix_scratch *x)
{
	size_t k;

	if (!BP_GROW(x->id, x->cap_id, segment.n) ||
	    !BP_GROW(x->limit, x->cap_limit, segment.n))
		return false;
	number_firsts(&level[0], segment, x->id);
	limit_windows(x->id, segment.n, x->limit);
	for (k = 1; k < n; k++)
		number_longer(&level[k], segment, x->limit, x->id);
	return true;
}
