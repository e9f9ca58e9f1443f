/*
 * In the sorted windows, all windows with one prefix are neighbours.  So the walk keeps one
 * count for each prefix of the last window: a row adds its count to all prefixes of its window,
 * and a prefix ends, with its final count, at the first window that does not begin with it.
 * Longer prefixes end first, so at that time the counts of all strings one byte longer are
 * known ('longer').
 *
 * A frequent string of full width keys windows of the next step; only that step shows how it
 * continues.  So it becomes a seed, or not, one step later (add_level_seeds()).
 */
#include "train/seeds.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "train/ngram.h"

/* Most strings of a level: below LEVEL_MOST, and about as many as training keeps seeds (plan.c). */
enum { LEVEL_STRINGS = 280000 };

/* Are the n lowest bytes of 'tail' one character? */
static bool tail_is_character(uint64_t tail, size_t n)
{
	unsigned char s[8];
	size_t i;

	for (i = n; i > 0; tail >>= 8)
		s[--i] = (unsigned char)tail;
	return bp_utf8_length(s, n) == n;
}

/* Add a seed, if the rules allow it: 'prefix', and behind it the n lowest bytes of 'tail'. */
static bool add_found(struct seeds_walk *w, struct slice prefix, uint64_t tail, size_t n,
		      uint64_t count)
{
	unsigned char text[LEVEL_LONGEST + 8];
	size_t len = prefix.n + n, i;

	if (prefix.n > 0)
		bp_copy(text, prefix.p, prefix.n);
	for (i = len; i > prefix.n; tail >>= 8)
		text[--i] = (unsigned char)tail;
	if (len < 2 || !bp_piece_allowed(w->rules, (struct slice){ text, len }))
		return true;
	return bp_top_strings_add(&w->s->found, (struct slice){ text, len }, count,
				  bp_utf8_length(text, len) == len);
}

/* Raise the count that strings of the next level need, until it has at most LEVEL_STRINGS. */
static bool trim_next(struct seeds_walk *w)
{
	uint64_t min_count = bp_prefix_level_threshold(w->next, LEVEL_STRINGS, w->min_count);

	if (min_count == 0)
		return false;
	bp_prefix_level_trim(w->next, min_count);
	w->min_count = min_count;
	if (w->last == NULL)
		w->s->threshold = min_count;
	return true;
}

/* Add a string of full width to the next level if it is frequent.  Trimming at twice the limit
 * bounds the memory, and one sort serves LEVEL_STRINGS additions. */
static bool add_frequent(struct seeds_walk *w, uint64_t key, uint64_t tail, uint64_t count)
{
	if (count < w->min_count)
		return true;
	return bp_prefix_level_add(w->next, key >> 3, w->prefix, tail, count) &&
	       (w->next->n / 2 < LEVEL_STRINGS || trim_next(w));
}

/* The prefix of d bytes of the last window has its final count. */
static bool end_prefix(struct seeds_walk *w, unsigned d)
{
	uint64_t tail = (w->key & (((uint64_t)1 << (8 * w->width + 3)) - 1)) >>
			(8 * (w->width - d) + 3), count = w->count[d];
	bool ok = true, is_short = w->last == NULL;

	w->longer[d - 1] = BP_MAX(w->longer[d - 1], count);
	if (count >= w->s->threshold) {
		if (d == w->width)
			ok = add_frequent(w, w->key, tail, count);
		/* If the counts are equal, one byte always follows. */
		else if (is_short || w->longer[d] < count)
			ok = add_found(w, w->prefix, tail, d, count);
	} else if (is_short && count >= BP_MAX(w->rules->min_count, 2) &&
		   tail_is_character(tail, d)) {
		ok = add_found(w, w->prefix, tail, d, count);
	}
	w->count[d] = w->longer[d] = 0;
	return ok;
}

/* Number of bytes that two windows behind one string share, counted from their first; padding
 * counts. */
static unsigned common_bytes(const struct seeds_walk *w, uint64_t a, uint64_t b)
{
	uint64_t differ = (a ^ b) >> 3;
	unsigned d = w->width;

	for (; differ != 0; differ >>= 8)
		d--;
	return d;
}

/* End the prefixes of the last window that have more than 'from' bytes, longest first. */
static bool end_prefixes(struct seeds_walk *w, unsigned from)
{
	for (; w->len > from; w->len--)
		if (!end_prefix(w, w->len))
			return false;
	return true;
}

/* End the windows behind the string w->id. */
static bool end_group(struct seeds_walk *w)
{
	if (!end_prefixes(w, 0))
		return false;
	if (w->last != NULL && w->id > 0)
		w->last->longer[w->index] = w->longer[0];
	w->longer[0] = 0;
	return true;
}

/* Begin the windows behind the string 'id'; they are neighbours, as the id leads the key. */
static bool begin_group(struct seeds_walk *w, uint64_t id)
{
	if (!end_group(w))
		return false;
	w->id = id;
	if (w->last != NULL) {
		w->index = bp_prefix_level_find(w->last, id);
		w->prefix = (struct slice){ w->last->text + w->index * w->last->length,
					    w->last->length };
	}
	return true;
}

void bp_seeds_begin(struct seeds_walk *w, struct seeds *s, const struct piece_rules *rules)
{
	*w = (struct seeds_walk){ .s = s, .rules = rules,
				  .width = s->n_levels == 0 ? LEVEL_FIRST : LEVEL_STEP };
	if (s->n_levels == 0)
		s->threshold = BP_MAX(rules->min_count, 2);
	else
		w->last = &s->level[s->n_levels - 1];
	w->min_count = s->threshold;
	w->next = &s->level[s->n_levels];
	w->next->length = LEVEL_FIRST + LEVEL_STEP * s->n_levels;
}

/* Rows may come from files, so each key is checked: its size, its padding, and its id, an id
 * of a string of the last level. */
bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, const char *from, bp_error *err)
{
	uint64_t key = bp_row_number(r), id = key >> (8 * w->width + 3);
	unsigned n = key & 7, same = 0, d;

	if (r->key.n != 1 + (bp_seeds_bits(w->s) + 7) / 8 || n < 1 || n > w->width ||
	    !bp_ngram_is_padded(key, w->width) || (w->last == NULL ? id != 0 :
	     id == 0 || (id != w->id && bp_prefix_level_find(w->last, id) == SIZE_MAX)))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: an impossible window", from);
	if (id != w->id && !begin_group(w, id))
		return bp_fail_memory(err);
	/* Padding equals zero bytes, so a shorter window could seem to continue: its length
	 * limits the comparison. */
	if (w->len > 0)
		same = BP_MIN(common_bytes(w, w->key, key), n);
	if (!end_prefixes(w, BP_MIN(same, w->len)))
		return bp_fail_memory(err);
	for (d = 1; d <= n; d++)
		w->count[d] += r->count;
	w->key = key;
	w->len = n;
	return BP_OK;
}

/* Add the strings of a level as seeds, after the step that has counted their continuations. */
static bool add_level_seeds(struct seeds_walk *w, const struct prefix_level *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if ((l->length == LEVEL_FIRST || l->longer[i] < l->count[i]) &&
		    !add_found(w, (struct slice){ l->text + i * l->length, l->length }, 0, 0,
			       l->count[i]))
			return false;
	return true;
}

bp_status bp_seeds_end(struct seeds_walk *w, bp_error *err)
{
	struct seeds *s = w->s;
	size_t i;

	if (!end_group(w) || !trim_next(w) || (w->last != NULL && !add_level_seeds(w, w->last)) ||
	    !bp_prefix_level_build(w->next))
		return bp_fail_memory(err);
	/* Only lookups in that level are left to do. */
	if (w->last != NULL)
		bp_prefix_level_strip(w->last);
	s->n_levels++;
	/* Without frequent strings the next step would have no windows. */
	if (w->next->n > 0 && w->next->length < BP_MIN(LEVEL_LONGEST, w->rules->max_length))
		return BP_OK;
	s->is_complete = true;
	if (!add_level_seeds(w, w->next) || !bp_top_strings_finish(&s->found, s->threshold))
		return bp_fail_memory(err);
	for (i = 0; i < MAX_LEVELS; i++)
		bp_prefix_level_release(&s->level[i]);
	return BP_OK;
}

/* In the first step a key has no id. */
unsigned bp_seeds_bits(const struct seeds *s)
{
	return s->n_levels == 0 ? bp_ngram_bits(LEVEL_FIRST) : LEVEL_KEY_BITS;
}

/* A window is counted only behind a frequent string, and only up to its limit: that keeps the
 * number of distinct windows, and so the memory of the step, small. */
bp_status bp_seeds_keys(const struct seeds *s, struct prefix_scratch *x, struct slice segment,
			struct counter_worker *counter, bp_error *err)
{
	size_t length, i, from, end;
	uint64_t key;
	bp_status st;

	if (s->n_levels == 0)
		return bp_ngram_add(counter, LEVEL_FIRST, segment, err);
	length = s->level[s->n_levels - 1].length;
	if (segment.n <= length)
		return BP_OK;
	if (!bp_prefix_index_lookup(s->level, s->n_levels, segment, x))
		return bp_fail_memory(err);
	for (i = 0; i + length < segment.n; i++) {
		from = i + length;
		end = BP_MIN(from + LEVEL_STEP, x->limit[i]);
		/* Not frequent, or no byte can follow within the limit. */
		if (x->id[i] == 0 || end <= from)
			continue;
		key = bp_prefix_window_key(x->id[i], segment, from, end);
		if ((st = bp_counter_key(counter, key, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

uint64_t bp_seeds_memory(const struct seeds *s)
{
	uint64_t sum = bp_top_strings_memory(&s->found);
	size_t i;

	for (i = 0; i < MAX_LEVELS; i++)
		sum += bp_prefix_level_memory(&s->level[i]);
	return sum;
}

void bp_seeds_release(struct seeds *s)
{
	size_t i;

	for (i = 0; i < MAX_LEVELS; i++)
		bp_prefix_level_release(&s->level[i]);
	bp_top_strings_release(&s->found);
	*s = (struct seeds){ 0 };
}
