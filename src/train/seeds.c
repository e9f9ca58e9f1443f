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

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/parallel.h"
#include "io/progress.h"
#include "text/utf8.h"
#include "train/ngram.h"

enum {
	MUCH_TEXT = 64 << 20,	/* bytes of blocks beyond which seeds are shorter, */
	MUCH_TEXT_LONGEST = 16,	/* of up to 16 bytes: the length of a level, as LEVEL_LONGEST is */
	SEEDS_PER_ID = 6,	/* of the largest size: the most frequent strings, */
	LEAST_SEEDS = 300000,	/* a number that takes 80 MB in the fit (em.c), or more, */
	MOST_SEEDS = 600000,	/* up to a limit */
	LEVEL_STRINGS = 280000	/* most strings of a level */
};
_Static_assert((int)LEVEL_STRINGS <= (int)LEVEL_MOST, "ids of a level have room in a key");

/* Are the n lowest bytes of 'tail' one character? */
static bool tail_is_character(uint64_t tail, size_t n)
{
	unsigned char s[8];

	bp_store_be(s, tail, (unsigned)n);
	return bp_utf8_length(s, n) == n;
}

/* Add a seed, if the rules allow it: 'prefix', and behind it the n lowest bytes of 'tail'. */
static bool add_found(struct seeds_walk *w, struct slice prefix, uint64_t tail, size_t n,
		      uint64_t count)
{
	unsigned char text[LEVEL_LONGEST + 8];
	size_t len = prefix.n + n;

	bp_copy(text, prefix.p, prefix.n);
	bp_store_be(text + prefix.n, tail, (unsigned)n);
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

bp_status bp_seeds_row(struct seeds_walk *w, const struct row *r, bp_error *err)
{
	uint64_t key = bp_row_number(r), id = key >> (8 * w->width + 3);
	unsigned n = key & 7, same = 0, d;

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
	if (w->next->n > 0 && w->next->length < BP_MIN(s->longest, w->rules->max_length))
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
			uint64_t times, struct counter_worker *counter, bool *any, bp_error *err)
{
	size_t length, i, from, end;
	uint64_t key;
	bp_status st;

	*any = s->n_levels == 0;
	if (*any)
		return bp_ngram_add(counter, LEVEL_FIRST, segment, times, err);
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
		*any = true;
		if ((st = bp_counter_key(counter, key, times, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

/* Of the memory for the search, the bytes that are left for counts: a quarter at least. */
static uint64_t counter_memory(const struct seeds *s, uint64_t memory)
{
	uint64_t held = bp_top_strings_memory(&s->found);
	size_t i;

	for (i = 0; i < MAX_LEVELS; i++)
		held += bp_prefix_level_memory(&s->level[i]);
	return memory > held ? BP_MAX(memory - held, memory / 4) : memory / 4;
}

/* One step of the search. */
struct counting {
	const struct seeds *s;
	const struct sample *blocks;
	bool **done;			/* of each block, of its segments: see bp_seeds_find() */
	struct counter counter;
	struct prefix_scratch *scratch;	/* one per worker */
	struct progress progress;
};

static bp_status count_windows(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	struct counting *c = ctx;
	const struct sample_block *b = &c->blocks->block[i];
	bp_status st = BP_OK;
	size_t k, at = 0;
	bool any;

	for (k = 0; k < b->n && st == BP_OK; at += b->length[k++]) {
		if (c->done[i][k] || bp_sample_times(b, k) == 0)
			continue;
		st = bp_seeds_keys(c->s, &c->scratch[worker],
				   (struct slice){ b->bytes + at, b->length[k] },
				   bp_sample_times(b, k), &c->counter.workers[worker], &any, err);
		c->done[i][k] = !any;
	}
	return st;
}

static void report_counted(void *ctx, size_t i)
{
	bp_progress_step(&((struct counting *)ctx)->progress, i);
}

/* Take the sum of all counts, and so end the step. */
static bp_status walk_windows(struct seeds *s, const struct piece_rules *rules,
			      struct counter *counter, bp_error *err)
{
	struct seeds_walk walk;
	struct counted all;
	struct source *from = &all.merge.source;
	bool more = true;
	struct row r;
	bp_status st;

	if ((st = bp_counter_open(counter, &all, err)) != BP_OK)
		return st;
	bp_seeds_begin(&walk, s, rules);
	while (st == BP_OK && (st = from->next(from, &r, &more, err)) == BP_OK && more)
		st = bp_seeds_row(&walk, &r, err);
	if (st == BP_OK)
		st = bp_seeds_end(&walk, err);
	bp_counted_release(&all);
	return st;
}

static bp_status count_level(struct seeds *s, const struct sample *blocks, bool **done,
			    const struct piece_rules *rules, const bp_input *in,
			    struct workspace *ws, uint64_t memory,
			    const bp_train_options *notes, bp_error *err)
{
	unsigned n = bp_threads(in), i;
	struct counting c = { .s = s, .blocks = blocks, .done = done,
			      .scratch = calloc(n, sizeof(*c.scratch)) };
	uint64_t room = 0;
	bp_status st;

	if (c.scratch == NULL)
		return bp_fail_memory(err);
	bp_progress_start(&c.progress, in, "find repeats", "blocks", blocks->n);
	if (ws->memory > 0)
		room = BP_MAX(counter_memory(s, memory), 1);
	if ((st = bp_counter_init(&c.counter, ws, n, bp_seeds_bits(s), room, err)) == BP_OK) {
		st = bp_parallel_for(n, blocks->n, count_windows, report_counted, &c, err);
		if (st == BP_OK)
			st = walk_windows(s, rules, &c.counter, err);
		bp_train_note(notes, "%" PRIu64 " windows counted, %zu spills",
			      bp_counter_total(&c.counter), bp_counter_spills(&c.counter));
		bp_counter_release(&c.counter);
	}
	for (i = 0; i < n; i++)
		bp_prefix_scratch_release(&c.scratch[i]);
	free(c.scratch);
	return st;
}

static void free_done(bool **done, size_t n)
{
	size_t i;

	for (i = 0; done != NULL && i < n; i++)
		free(done[i]);
	free(done);
}

static bool **allocate_done(const struct sample *blocks)
{
	bool **done = calloc(blocks->n + 1, sizeof(*done));
	size_t i;

	for (i = 0; done != NULL && i < blocks->n; i++)
		if ((done[i] = calloc(blocks->block[i].n, sizeof(**done))) == NULL) {
			free_done(done, i);
			return NULL;
		}
	return done;
}

/*
 * Measured on 32 MB of four domains, 100,000 ids: 6 seeds for an id in place of 3 give 1.4 % more
 * bytes per token in English, 1.1 % in Chinese, 0.5 % in source code; 10 cost 1 % in source code,
 * and for 200,000 ids 1,200,000 seeds in place of MOST_SEEDS cost 1.6 % there.
 */
size_t bp_seeds_wanted(const bp_train_options *o)
{
	uint64_t n = LEAST_SEEDS;
	size_t i;

	for (i = 0; i < o->n_sizes; i++)
		n = BP_MAX(n, (uint64_t)SEEDS_PER_ID * o->vocab_size[i]);
	return (size_t)BP_MIN(n, (uint64_t)MOST_SEEDS);
}

/* The most steps that may be left. */
static unsigned steps_left(const struct seeds *s)
{
	return (unsigned)(1 + (s->longest - LEVEL_FIRST) / LEVEL_STEP - s->n_levels);
}

/*
 * A segment without a window in one step has none in the next, whose windows lie behind longer
 * strings: it is done, and no string of it is looked up again.
 */
bp_status bp_seeds_find(struct seeds *s, const struct sample *blocks,
			const struct piece_rules *rules, const bp_input *in,
			const struct workspace *ws, uint64_t memory, const bp_train_options *o,
			bp_error *err)
{
	/* Spills without a name: counting is not resumed, but done again. */
	struct workspace temporary = { .folder = ws->folder, .memory = ws->memory };
	bool **done = allocate_done(blocks);
	bp_status st = done != NULL ? BP_OK : bp_fail_memory(err);

	s->longest = blocks->bytes > MUCH_TEXT ? MUCH_TEXT_LONGEST : LEVEL_LONGEST;
	if (s->found.most == 0)
		s->found.most = bp_seeds_wanted(o);
	while (st == BP_OK && !s->is_complete) {
		bp_progress_steps_part(s->steps, steps_left(s));
		st = count_level(s, blocks, done, rules, in, &temporary, memory, o, err);
		if (st == BP_OK && !s->is_complete)
			bp_train_note(o, "%zu strings of %zu bytes to be lengthened; rarest of "
				      "six bytes: %" PRIu64 " times; %zu strings found",
				      s->level[s->n_levels - 1].n, s->level[s->n_levels - 1].length,
				      s->threshold, s->found.n);
	}
	free_done(done, blocks->n);
	return st;
}

void bp_seeds_release(struct seeds *s)
{
	size_t i;

	for (i = 0; i < MAX_LEVELS; i++)
		bp_prefix_level_release(&s->level[i]);
	bp_top_strings_release(&s->found);
	*s = (struct seeds){ 0 };
}
