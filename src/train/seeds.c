#include "train/seeds.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "train/ngram.h"

/* Strings of a level that are gone on with. */
enum { MOST_FREQUENT = 280000 };

/* Are the last n bytes of 'tail' one character? */
static bool is_character(uint64_t tail, size_t n)
{
	unsigned char s[8];
	size_t i;

	for (i = n; i > 0; tail >>= 8)
		s[--i] = (unsigned char)tail;
	return bp_utf8_length(s, n) == n;
}

/* Note a string: prefix, and the last n bytes of 'tail'. */
static bool note(struct seeds *s, struct slice prefix, uint64_t tail, size_t n, uint64_t count)
{
	unsigned char text[LEVEL_LONGEST + 8];
	size_t len = prefix.n + n, i;

	if (prefix.n > 0)
		memcpy(text, prefix.p, prefix.n);
	for (i = len; i > prefix.n; tail >>= 8)
		text[--i] = (unsigned char)tail;
	if (len < 2 || !bp_may_be_piece(s->rules, (struct slice){ text, len }))
		return true;
	return bp_top_strings_add(&s->found, (struct slice){ text, len }, count,
			   bp_utf8_length(text, len) == len);
}

/* Have the next level keep no more strings than it may. */
static bool trim_next(struct seeds_walk *w)
{
	uint64_t rarest = bp_prefix_level_threshold(w->next, MOST_FREQUENT, w->rarest);

	if (rarest == 0)
		return false;
	bp_prefix_level_trim(w->next, rarest);
	w->rarest = rarest;
	if (w->last == NULL)
		w->s->threshold = rarest;
	return true;
}

/* A frequent string of full width goes on. */
static bool go_on(struct seeds_walk *w, uint64_t key, uint64_t tail, uint64_t count)
{
	if (count < w->rarest)
		return true;
	return bp_prefix_level_add(w->next, key >> 3, w->prefix, tail, count) &&
	       (w->next->n / 2 < MOST_FREQUENT || trim_next(w));
}

/* The beginning of d bytes of the last window has ended. */
static bool end_beginning(struct seeds_walk *w, unsigned d)
{
	uint64_t tail = (w->key & (((uint64_t)1 << (8 * w->width + 3)) - 1)) >>
			(8 * (w->width - d) + 3), count = w->count[d];
	bool ok = true, is_short = w->last == NULL;

	w->longer[d - 1] = BP_MAX(w->longer[d - 1], count);
	if (count >= w->s->threshold) {
		if (d == w->width)
			ok = go_on(w, w->key, tail, count);
		else if (is_short || w->longer[d] < count)
			ok = note(w->s, w->prefix, tail, d, count);
	} else if (is_short && count >= BP_MAX(w->s->rules->min_count, 2) && is_character(tail, d)) {
		ok = note(w->s, w->prefix, tail, d, count);
	}
	w->count[d] = w->longer[d] = 0;
	return ok;
}

/* How many bytes two windows behind the same string have in common, at most the width. */
static unsigned common(const struct seeds_walk *w, uint64_t a, uint64_t b)
{
	uint64_t differ = (a ^ b) >> 3;
	unsigned d = w->width;

	for (; differ != 0; differ >>= 8)
		d--;
	return d;
}

static bool end_beginnings(struct seeds_walk *w, unsigned from)
{
	for (; w->len > from; w->len--)
		if (!end_beginning(w, w->len))
			return false;
	return true;
}

/* All windows behind the string w->id have been seen. */
static bool end_group(struct seeds_walk *w)
{
	if (!end_beginnings(w, 0))
		return false;
	if (w->last != NULL && w->id > 0)
		w->last->longer[w->place] = w->longer[0];
	w->longer[0] = 0;
	return true;
}

static bool begin_group(struct seeds_walk *w, uint64_t id)
{
	if (!end_group(w))
		return false;
	w->id = id;
	if (w->last != NULL) {
		w->place = bp_prefix_level_place(w->last, id);
		w->prefix = (struct slice){ w->last->text + w->place * w->last->length,
					    w->last->length };
	}
	return true;
}

void bp_seeds_begin(struct seeds_walk *w, struct seeds *s)
{
	*w = (struct seeds_walk){ .s = s, .width = s->n_levels == 0 ? LEVEL_FIRST : LEVEL_STEP };
	if (s->n_levels == 0)
		s->threshold = BP_MAX(s->rules->min_count, 2);
	else
		w->last = &s->level[s->n_levels - 1];
	w->rarest = s->threshold;
	w->next = &s->level[s->n_levels];
	w->next->length = LEVEL_FIRST + LEVEL_STEP * s->n_levels;
}

bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, const char *from, bp_error *err)
{
	uint64_t key = bp_row_number(r), id = key >> (8 * w->width + 3);
	unsigned n = key & 7, same = 0, d;

	if (r->key.n != 1 + (bp_seeds_bits(w->s) + 7) / 8 || n < 1 || n > w->width ||
	    !bp_ngram_is_padded(key, w->width) || (w->last == NULL ? id != 0 :
	     id == 0 || (id != w->id && bp_prefix_level_place(w->last, id) == SIZE_MAX)))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: an impossible window", from);
	if (id != w->id && !begin_group(w, id))
		return bp_fail_memory(err);
	if (w->len > 0)
		same = BP_MIN(common(w, w->key, key), n);
	if (!end_beginnings(w, BP_MIN(same, w->len)))
		return bp_fail_memory(err);
	for (d = 1; d <= n; d++)
		w->count[d] += r->count;
	w->key = key;
	w->len = n;
	return BP_OK;
}

/* The strings of the last level itself can be noted once it is known what follows them. */
static bool note_level(struct seeds *s, const struct prefix_level *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if ((l->length == LEVEL_FIRST || l->longer[i] < l->count[i]) &&
		    !note(s, (struct slice){ l->text + i * l->length, l->length }, 0, 0,
			  l->count[i]))
			return false;
	return true;
}

bp_status bp_seeds_end(struct seeds_walk *w, bp_error *err)
{
	struct seeds *s = w->s;
	size_t i;

	if (!end_group(w) || !trim_next(w) || (w->last != NULL && !note_level(s, w->last)) ||
	    !bp_prefix_level_index(w->next))
		return bp_fail_memory(err);
	if (w->last != NULL)
		bp_prefix_level_strip(w->last);
	s->n_levels++;
	/* A step for which no frequent string is left would find nothing. */
	if (w->next->n > 0 && w->next->length < BP_MIN(LEVEL_LONGEST, s->rules->max_length))
		return BP_OK;
	s->is_complete = true;
	if (!note_level(s, w->next) || !bp_top_strings_finish(&s->found, s->threshold))
		return bp_fail_memory(err);
	for (i = 0; i < MAX_LEVELS; i++)
		bp_prefix_level_release(&s->level[i]);
	return BP_OK;
}

unsigned bp_seeds_bits(const struct seeds *s)
{
	return s->n_levels == 0 ? bp_ngram_bits(LEVEL_FIRST) : LEVEL_KEY_BITS;
}

bp_status bp_seeds_keys(const struct seeds *s, struct prefix_scratch *x, struct slice segment,
			struct counter_worker *hand, bp_error *err)
{
	size_t length, i, from, end;
	bp_status st;

	if (s->n_levels == 0)
		return bp_ngram_add(hand, LEVEL_FIRST, segment, err);
	length = s->level[s->n_levels - 1].length;
	if (segment.n <= length)
		return BP_OK;
	if (!bp_prefix_index_number(s->level, s->n_levels, segment, x))
		return bp_fail_memory(err);
	for (i = 0; i + length < segment.n; i++) {
		from = i + length;
		end = BP_MIN(from + LEVEL_STEP, x->limit[i]);
		if (x->id[i] != 0 && end > from &&
		    (st = bp_counter_key(hand, bp_prefix_level_window(x->id[i], segment, from, end),
					 err)) != BP_OK)
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
