#include "train/seeds.h"

#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "train/count.h"
#include "train/ngram.h"

enum {
	FIRST = 6,		/* bytes of a window in the first pass */
	STEP = 5,		/* and more in each later one */
	LONGEST = 36,		/* then it ends */
	MAX_LEVELS = 1 + (LONGEST - FIRST) / STEP,
	ID_BITS = 21,
	MOST_NUMBERS = (1 << ID_BITS) - 1,
	AHEAD = 12,		/* bytes between the request for a slot and its use */
	MAX_FREQUENT = 280000	/* strings of FIRST bytes that are gone on with */
};
#define NO_ID 0u
static const char phase[] = "find repeats";

/*
 * The frequent strings of one length: numbers from 1, found by a key - the bytes in the first
 * pass, later the number of the string without its last five bytes, and those.
 */
struct level {
	size_t length;
	struct level_slot {
		uint64_t key;	/* UINT64_MAX: free */
		uint32_t id;
	} *slot;
	size_t n_slots;		/* a power of two */
	unsigned char *text;	/* by number less 1, 'length' bytes each */
	uint64_t *count, *longer;	/* longer: the count of its most frequent extension */
	size_t n, cap_text, cap_count, cap_longer, cap_key;
	uint64_t *key_of;	/* by number less 1 */
};

/* A string found, before the best are chosen. */
struct found {
	size_t at;
	uint32_t len;
	uint64_t count;
};

struct finder {
	struct corpus *c;
	const struct piece_rules *rules;
	struct level level[MAX_LEVELS];
	size_t n_levels;
	uint64_t rarest, threshold;
	struct found *found;
	size_t n_found, cap_found;
	struct buf bytes;
	/* Of a pass, per worker. */
	struct scratch {
		uint32_t *id, *limit;	/* by byte of a segment */
		size_t cap, cap_limit;
	} *scratch;
};

static void release_level(struct level *l)
{
	free(l->slot);
	free(l->text);
	free(l->count);
	free(l->longer);
	free(l->key_of);
	*l = (struct level){ 0 };
}

static bool add_frequent(struct level *l, uint64_t key, const unsigned char *prefix, size_t n_prefix,
			 uint64_t tail, uint64_t count)
{
	unsigned char *text;
	size_t i;

	/* So many strings are far more than a vocabulary needs; a number has no more bits. */
	if (l->n == MOST_NUMBERS)
		return true;
	if (!bp_grow(&l->text, &l->cap_text, (l->n + 1) * l->length, 1) ||
	    !bp_grow(&l->count, &l->cap_count, l->n + 1, sizeof(*l->count)) ||
	    !bp_grow(&l->longer, &l->cap_longer, l->n + 1, sizeof(*l->longer)) ||
	    !bp_grow(&l->key_of, &l->cap_key, l->n + 1, sizeof(*l->key_of)))
		return false;
	text = l->text + l->n * l->length;
	if (n_prefix > 0)
		memcpy(text, prefix, n_prefix);
	for (i = l->length; i > n_prefix; tail >>= 8)
		text[--i] = (unsigned char)tail;
	l->count[l->n] = count;
	l->longer[l->n] = 0;
	l->key_of[l->n++] = key;
	return true;
}

static bool index_level(struct level *l)
{
	size_t i, k;

	for (l->n_slots = 1024; l->n_slots < 2 * l->n; l->n_slots *= 2)
		;
	if ((l->slot = bp_array(l->n_slots, sizeof(*l->slot))) == NULL)
		return false;
	for (i = 0; i < l->n_slots; i++)
		l->slot[i].key = UINT64_MAX;
	for (i = 0; i < l->n; i++) {
		for (k = bp_mix(l->key_of[i]) & (l->n_slots - 1); l->slot[k].key != UINT64_MAX; )
			k = (k + 1) & (l->n_slots - 1);
		l->slot[k] = (struct level_slot){ l->key_of[i], (uint32_t)i + 1 };
	}
	return true;
}

static uint32_t look_up(const struct level *l, uint64_t key)
{
	size_t k = bp_mix(key) & (l->n_slots - 1);

	for (; l->slot[k].key != key; k = (k + 1) & (l->n_slots - 1))
		if (l->slot[k].key == UINT64_MAX)
			return NO_ID;
	return l->slot[k].id;
}

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
static bool note(struct finder *f, const unsigned char *prefix, size_t n_prefix, uint64_t tail,
		 size_t n, uint64_t count)
{
	unsigned char s[LONGEST];
	size_t len = n_prefix + n, i;

	if (n_prefix > 0)
		memcpy(s, prefix, n_prefix);
	for (i = len; i > n_prefix; tail >>= 8)
		s[--i] = (unsigned char)tail;
	if (len < 2 || !bp_may_be_piece(f->rules, (struct slice){ s, len }))
		return true;
	if (!bp_grow(&f->found, &f->cap_found, f->n_found + 1, sizeof(*f->found)) ||
	    !bp_buf_append(&f->bytes, s, len))
		return false;
	f->found[f->n_found++] = (struct found){ f->bytes.len - len, (uint32_t)len, count };
	return true;
}

/*
 * Sorted windows of up to 'width' bytes behind a prefix: one walk gives the counts of all their
 * beginnings.  count[d] is that of the beginning of d bytes that is being read, longer[d] the
 * largest count of one that is a byte longer.
 */
struct walk {
	struct finder *f;
	unsigned width;
	const unsigned char *prefix;
	size_t n_prefix;
	uint64_t count[8], longer[8];
	struct level *next;	/* where frequent strings of full width go */
};

/* The beginning of d bytes of the window 'key' has ended. */
static bool end_beginning(struct walk *w, uint64_t key, unsigned d)
{
	uint64_t tail = (key & (((uint64_t)1 << (8 * w->width + 3)) - 1)) >>
			(8 * (w->width - d) + 3), count = w->count[d];
	bool ok = true, short_one = w->n_prefix == 0;

	w->longer[d - 1] = BP_MAX(w->longer[d - 1], count);
	if (count >= w->f->threshold) {
		if (d == w->width && w->next != NULL)
			ok = add_frequent(w->next, key >> 3, w->prefix, w->n_prefix, tail, count);
		else if (short_one || w->longer[d] < count)
			ok = note(w->f, w->prefix, w->n_prefix, tail, d, count);
	} else if (short_one && count >= w->f->rarest && is_character(tail, d)) {
		ok = note(w->f, w->prefix, w->n_prefix, tail, d, count);
	}
	w->count[d] = w->longer[d] = 0;
	return ok;
}

/* How many bytes of two windows of the same prefix agree, at most the width. */
static unsigned common(const struct walk *w, uint64_t a, uint64_t b)
{
	uint64_t differ = (a ^ b) >> 3;
	unsigned d = w->width;

	for (; differ != 0; differ >>= 8)
		d--;
	return d;
}

/* All windows of one prefix. */
static bool walk_group(struct walk *w, const struct key_count *row, size_t n)
{
	unsigned d, same, len = 0;
	size_t i;

	for (i = 0; i <= n; i++) {
		same = i > 0 && i < n ? common(w, row[i - 1].key, row[i].key) : 0;
		if (i < n)
			same = BP_MIN(same, (unsigned)(row[i].key & 7));
		for (d = len; d > same; d--)
			if (!end_beginning(w, row[i - 1].key, d))
				return false;
		len = BP_MIN(len, same);
		if (i == n)
			break;
		len = (unsigned)(row[i].key & 7);
		for (d = 1; d <= len; d++)
			w->count[d] += row[i].count;
	}
	return true;
}

static int by_count(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

/* The smallest threshold, 'rarest' or more, that leaves no more than MAX_FREQUENT strings. */
static bool choose_threshold(struct finder *f, const struct run *windows)
{
	struct run full;
	uint64_t *count;
	size_t i;

	if (!bp_ngram_of_length(windows, FIRST, FIRST, f->rarest, &full))
		return false;
	f->threshold = f->rarest;
	count = bp_array(full.n, sizeof(*count));
	for (i = 0; i < full.n && count != NULL; i++)
		count[i] = full.row[i].count;
	if (count != NULL && full.n > MAX_FREQUENT) {
		qsort(count, full.n, sizeof(*count), by_count);
		f->threshold = count[MAX_FREQUENT] + 1;
	}
	free(full.row);
	free(count);
	return count != NULL;
}

static bool add_first(void *ctx, unsigned worker, struct slice segment, struct runs *runs)
{
	(void)ctx;
	(void)worker;
	return bp_ngram_add(runs, FIRST, segment);
}

/* Numbers of the frequent strings of six bytes that begin at each byte. */
static void number_firsts(const struct level *l, struct slice s, uint32_t *id)
{
	const uint64_t mask = ((uint64_t)1 << 8 * FIRST) - 1;
	uint64_t ahead = 0, w = 0;
	size_t i;

	for (i = 0; i < s.n + AHEAD; i++) {
		if (i < s.n) {
			ahead = (ahead << 8 | s.p[i]) & mask;
			BP_PREFETCH(&l->slot[bp_mix(ahead) & (l->n_slots - 1)]);
		}
		if (i < AHEAD)
			continue;
		w = (w << 8 | s.p[i - AHEAD]) & mask;
		id[i - AHEAD] = NO_ID;
		if (i - AHEAD + 1 >= FIRST)
			id[i - AHEAD + 1 - FIRST] = look_up(l, w);
	}
}

/* Where windows that begin at each byte end: before the last byte of the next string of six bytes
 * that is not frequent. */
static void limit_windows(const uint32_t *id, size_t n, uint32_t *limit)
{
	size_t i, end = n;

	for (i = n - FIRST + 1; i-- > 0; ) {
		if (id[i] == NO_ID)
			end = i + FIRST - 1;
		limit[i] = (uint32_t)end;
	}
}

static uint64_t five_bytes(uint64_t id, struct slice s, size_t from, size_t end)
{
	size_t k;

	for (k = from; k < from + STEP; k++)
		id = id << 8 | (k < end ? s.p[k] : 0);
	return id;
}

/* Replace the numbers of strings by those of the strings five bytes longer. */
static void number_longer(const struct level *l, struct slice s, const uint32_t *limit,
			  uint32_t *id)
{
	size_t i;

	for (i = 0; i + FIRST <= s.n; i++)
		if (id[i] != NO_ID)
			id[i] = i + l->length > limit[i] ? NO_ID :
				look_up(l, five_bytes(id[i], s, i + l->length - STEP, s.n));
}

static bool add_later(void *ctx, unsigned worker, struct slice s, struct runs *runs)
{
	struct finder *f = ctx;
	struct scratch *x = &f->scratch[worker];
	size_t length = f->level[f->n_levels - 1].length, i, k, from, end;

	if (s.n <= length)
		return true;
	if (!bp_grow(&x->id, &x->cap, s.n, sizeof(*x->id)) ||
	    !bp_grow(&x->limit, &x->cap_limit, s.n, sizeof(*x->limit)))
		return false;
	number_firsts(&f->level[0], s, x->id);
	limit_windows(x->id, s.n, x->limit);
	for (k = 1; k < f->n_levels; k++)
		number_longer(&f->level[k], s, x->limit, x->id);
	for (i = 0; i + length < s.n; i++) {
		from = i + length;
		end = BP_MIN(from + STEP, x->limit[i]);
		if (x->id[i] != NO_ID && end > from &&
		    !bp_runs_add(runs, five_bytes(x->id[i], s, from, end) << 3 | (end - from)))
			return false;
	}
	return true;
}

static bp_status first_pass(struct finder *f, bp_error *err)
{
	struct walk w = { .f = f, .width = FIRST, .next = &f->level[0] };
	struct run windows = { 0 };
	bp_status st;

	f->level[0].length = FIRST;
	st = bp_count_keys(f->c, phase, bp_ngram_bits(FIRST), add_first, f, &windows, err);
	if (st == BP_OK && (!choose_threshold(f, &windows) ||
			    !walk_group(&w, windows.row, windows.n) || !index_level(&f->level[0])))
		st = bp_fail_memory(err);
	free(windows.row);
	f->n_levels = 1;
	return st;
}

/* The strings of a level's own length can be noted once it is known what follows them. */
static bool note_level(struct finder *f, const struct level *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if ((l->length == FIRST || l->longer[i] < l->count[i]) &&
		    !note(f, l->text + i * l->length, l->length, 0, 0, l->count[i]))
			return false;
	return true;
}

static bool walk_later(struct finder *f, const struct run *windows, struct level *last,
		       struct level *next)
{
	struct walk w = { .f = f, .width = STEP, .n_prefix = last->length, .next = next };
	size_t i, from;
	uint64_t id;

	for (from = i = 0; from < windows->n; from = i) {
		id = windows->row[from].key >> (8 * STEP + 3);
		for (; i < windows->n && windows->row[i].key >> (8 * STEP + 3) == id; i++)
			;
		w.prefix = last->text + (id - 1) * last->length;
		w.longer[0] = 0;
		if (!walk_group(&w, windows->row + from, i - from))
			return false;
		last->longer[id - 1] = w.longer[0];
	}
	return note_level(f, last);
}

static bp_status later_pass(struct finder *f, bp_error *err)
{
	struct level *last = &f->level[f->n_levels - 1], *next = NULL;
	struct run windows = { 0 };
	bp_status st;

	if (f->n_levels < MAX_LEVELS) {
		next = last + 1;
		next->length = last->length + STEP;
	}
	st = bp_count_keys(f->c, phase, ID_BITS + 8 * STEP + 3, add_later, f, &windows, err);
	if (st == BP_OK && (!walk_later(f, &windows, last, next) ||
			    (next != NULL && !index_level(next))))
		st = bp_fail_memory(err);
	free(windows.row);
	if (next != NULL)
		f->n_levels++;
	return st;
}

struct ranked {
	struct slice s;
	uint64_t count;
};

static int by_count_and_bytes(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* The most frequent strings found, into *s. */
static bp_status choose(struct finder *f, size_t most, struct seeds *s, bp_error *err)
{
	struct ranked *r = bp_array(f->n_found, sizeof(*r));
	size_t i;

	s->n = BP_MIN(f->n_found, most);
	s->piece = bp_array(s->n, sizeof(*s->piece));
	s->count = bp_array(s->n, sizeof(*s->count));
	if (r == NULL || s->piece == NULL || s->count == NULL) {
		free(r);
		return bp_fail_memory(err);
	}
	s->bytes = f->bytes;
	f->bytes = (struct buf){ 0 };
	for (i = 0; i < f->n_found; i++)
		r[i] = (struct ranked){ { s->bytes.data + f->found[i].at, f->found[i].len },
					f->found[i].count };
	qsort(r, f->n_found, sizeof(*r), by_count_and_bytes);
	for (i = 0; i < s->n; i++) {
		s->piece[i] = r[i].s;
		s->count[i] = r[i].count;
	}
	s->threshold = f->threshold;
	free(r);
	return BP_OK;
}

bp_status bp_seeds_find(struct seeds *s, struct corpus *c, const struct piece_rules *rules,
			size_t most, bp_error *err)
{
	struct finder f = { .c = c, .rules = rules, .rarest = BP_MAX(rules->min_count, 2) };
	unsigned n = bp_corpus_workers(c), i;
	bp_status st;

	*s = (struct seeds){ 0 };
	if ((f.scratch = calloc(n, sizeof(*f.scratch))) == NULL)
		return bp_fail_memory(err);
	st = first_pass(&f, err);
	/* A pass for which no frequent string is left would find nothing. */
	while (st == BP_OK && f.level[f.n_levels - 1].n > 0 &&
	       f.level[f.n_levels - 1].length < BP_MIN(LONGEST, rules->max_length))
		st = later_pass(&f, err);
	if (st == BP_OK && (!note_level(&f, &f.level[f.n_levels - 1])))
		st = bp_fail_memory(err);
	if (st == BP_OK)
		st = choose(&f, most, s, err);
	for (i = 0; i < n; i++) {
		free(f.scratch[i].id);
		free(f.scratch[i].limit);
	}
	free(f.scratch);
	for (i = 0; i < MAX_LEVELS; i++)
		release_level(&f.level[i]);
	free(f.found);
	bp_buf_release(&f.bytes);
	if (st != BP_OK)
		bp_seeds_release(s);
	return st;
}

void bp_seeds_release(struct seeds *s)
{
	free(s->piece);
	free(s->count);
	bp_buf_release(&s->bytes);
	*s = (struct seeds){ 0 };
}
