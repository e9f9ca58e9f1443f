/* counter.h: counts in memory and in spills, by one hand or several, against sorting all keys. */

/* Folders are POSIX, not C11. */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define HAS_POSIX 1
#define _XOPEN_SOURCE 700
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAS_POSIX
#include <dirent.h>
#include <unistd.h>
#endif

#include "support.h"
#include "base/parallel.h"
#include "counts/counter.h"

enum {
	NO_CEILING = 0,
	TINY = 1,		/* memory in bytes: every table and every full chunk is spilled */
	SMALL_CHUNK = 1 << 14,	/* keys that are sorted at a time then */
	ALIKE = 8,		/* spills that are merged to one */
	MOST_HANDS = 5
};

/* What was counted, in the order of counting. */
struct event {
	uint64_t key;		/* of a counter of keys */
	struct slice s;		/* of one of strings */
	uint64_t n;
};

struct naive {
	struct event *event;
	size_t n, cap;
	uint64_t total;
	unsigned bits;		/* 0: strings */
};

static void naive_add(struct naive *o, uint64_t key, struct slice s, uint64_t n)
{
	assert_true(BP_GROW(o->event, o->cap, o->n + 1));
	o->event[o->n++] = (struct event){ key, s, n };
	o->total += n;
}

static int compare_events(const void *a, const void *b)
{
	const struct event *x = a, *y = b;
	int d = bp_slice_compare(x->s, y->s);

	return d != 0 ? d : (x->key > y->key) - (x->key < y->key);
}

static void naive_release(struct naive *o)
{
	free(o->event);
	*o = (struct naive){ 0 };
}

/* The row is of this event's key, written as it should be. */
static void check_key(const struct row *r, const struct event *e, unsigned bits)
{
	T_OK(bp_row_kind(r) == ROW_COUNT, "kind %d", (int)bp_row_kind(r));
	if (bits == 0) {
		T_SAME(bp_row_body(r), e->s);
		return;
	}
	T_OK(r->key.n == 1 + (bits + 7) / 8, "%zu bytes for %u bits", r->key.n, bits);
	T_OK(bp_row_number(r) == e->key, "key %llx, not %llx",
	     (unsigned long long)bp_row_number(r), (unsigned long long)e->key);
}

/* The rows of all that was counted, to the end, which stays. */
static void check_rows(struct source *s, struct naive *o)
{
	bp_error err = { 0 };
	struct row r = { { NULL, 0 }, 0 };
	uint64_t count;
	bool more;
	size_t i, k;

	if (o->n > 0)
		qsort(o->event, o->n, sizeof(*o->event), compare_events);
	for (i = 0; i < o->n; i = k) {
		for (k = i, count = 0; k < o->n &&
		     compare_events(&o->event[i], &o->event[k]) == 0; k++)
			count += o->event[k].n;
		T_OK(s->next(s, &r, &more, &err) == BP_OK && more, "too few rows: %s", err.msg);
		check_key(&r, &o->event[i], o->bits);
		T_OK(r.count == count, "%llu times, not %llu", (unsigned long long)r.count,
		     (unsigned long long)count);
	}
	for (i = 0; i < 2; i++) {
		T_OK(s->next(s, &r, &more, &err) == BP_OK, "%s", err.msg);
		assert_false(more);
	}
}

/* Open, compare with all that was counted, and release. */
static void check_counter(struct counter *c, struct naive *o)
{
	struct counted all;
	bp_error err = { 0 };

	T_OK(bp_counter_open(c, &all, &err) == BP_OK, "%s", err.msg);
	T_OK(bp_counter_total(c) == o->total, "total %llu, not %llu",
	     (unsigned long long)bp_counter_total(c), (unsigned long long)o->total);
	check_rows(&all.merge.source, o);
	bp_counted_release(&all);
	bp_counter_release(c);
}

static void init(struct counter *c, struct workspace *ws, unsigned n_hands, unsigned bits,
		 uint64_t memory)
{
	bp_error err = { 0 };

	T_OK(bp_counter_init(c, ws, n_hands, bits, memory, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(bp_counter_total(c), 0);
}

static size_t spills_of(const struct counter *c)
{
	size_t n = c->done.n;
	unsigned i;

	for (i = 0; i < c->n_workers; i++)
		n += c->workers[i].spills.n;
	return n;
}

/* Few of each level, the higher ones first: so many are merged to one. */
static void check_levels(const struct spill_list *l)
{
	size_t i, same = 0;

	for (i = 0; i < l->n; i++) {
		T_OK(i == 0 || l->spill[i].level <= l->spill[i - 1].level, "spill %zu: level", i);
		same = i > 0 && l->spill[i].level == l->spill[i - 1].level ? same + 1 : 1;
		T_OK(same < ALIKE, "spill %zu: level %u", i, l->spill[i].level);
	}
}

static unsigned highest_level(const struct spill_list *l)
{
	unsigned level = 0;
	size_t i;

	for (i = 0; i < l->n; i++)
		level = BP_MAX(level, l->spill[i].level);
	return level;
}

static void count_key(struct counter *c, unsigned hand, uint64_t key, struct naive *o)
{
	bp_error err = { 0 };

	T_OK(bp_counter_key(&c->workers[hand], key, 1, &err) == BP_OK, "%s", err.msg);
	naive_add(o, key, S(""), 1);
}

static void count_string(struct counter *c, unsigned hand, struct slice s, uint64_t n,
			 struct naive *o)
{
	bp_error err = { 0 };

	T_OK(bp_counter_string(&c->workers[hand], s, n, &err) == BP_OK, "%s", err.msg);
	naive_add(o, 0, s, n);
}

/* Some often, most seldom; 0 and the largest among them. */
static uint64_t random_key(uint64_t *rng, unsigned bits)
{
	uint64_t mask = UINT64_MAX >> (64 - bits);

	switch (t_below(rng, 4)) {
	case 0:
		return bp_mix(t_below(rng, 1 + t_below(rng, 5000))) & mask;
	case 1:
		return t_below(rng, 50) == 0 ? mask : t_below(rng, 100) & mask;
	default:
		return t_next(rng) & mask;
	}
}

static void count_random_keys(struct counter *c, uint64_t *rng, size_t n, struct naive *o)
{
	for (; n > 0; n--)
		count_key(c, (unsigned)t_below(rng, c->n_workers), random_key(rng, c->bits), o);
}

/* Text of which strings to count are cut, so that many begin others. */
static void random_text(uint64_t *rng, size_t n, struct buf *text)
{
	static const unsigned char letter[] = { 'a', 'b', 0, 0xFF };

	for (text->len = 0; n > 0; n--)
		assert_true(bp_buf_byte(text, letter[t_below(rng, sizeof(letter))]));
}

/* The empty string among them. */
static struct slice random_string(uint64_t *rng, const struct buf *text)
{
	size_t n = t_below(rng, t_below(rng, 3) == 0 ? 40 : 6);

	return (struct slice){ text->data + t_below(rng, text->len - n), n };
}

static void count_random_strings(struct counter *c, uint64_t *rng, const struct buf *text,
				 size_t n, struct naive *o)
{
	for (; n > 0; n--)
		count_string(c, (unsigned)t_below(rng, c->n_workers), random_string(rng, text),
			     1 + t_below(rng, 3), o);
}

static void keys_in_memory_are_counted(void **state)
{
	static const unsigned bits[] = { 1, 8, 9, 11, 43, 51, 59, 63, 64 };
	struct workspace ws = { .folder = "/nonexistent" };	/* which nobody asks for */
	struct naive o = { 0 };
	struct counter c;
	uint64_t rng = 1;
	unsigned hands;
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		for (hands = 1; hands <= MOST_HANDS; hands += 2) {
			o.bits = bits[i];
			init(&c, &ws, hands, bits[i], NO_CEILING);
			count_random_keys(&c, &rng, 1 + t_below(&rng, 2000), &o);
			assert_int_equal(spills_of(&c), 0);
			check_counter(&c, &o);
			naive_release(&o);
		}
	(void)state;
}

static void strings_in_memory_are_counted(void **state)
{
	struct workspace ws = { .folder = "/nonexistent" };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 2;
	unsigned hands;

	random_text(&rng, 300, &text);
	for (hands = 1; hands <= MOST_HANDS; hands++) {
		init(&c, &ws, hands, 0, NO_CEILING);
		count_random_strings(&c, &rng, &text, 3000, &o);
		/* As many as 32 bits hold need not be enough. */
		count_string(&c, 0, S("a"), (uint64_t)1 << 40, &o);
		assert_int_equal(spills_of(&c), 0);
		check_counter(&c, &o);
		naive_release(&o);
	}
	bp_buf_release(&text);
	(void)state;
}

static void nothing_counted_gives_no_rows(void **state)
{
	struct workspace ws = { .folder = "/nonexistent" };
	static const unsigned bits[] = { 0, 1, 64 };
	struct naive o = { 0 };
	struct counter c;
	size_t i;

	for (i = 0; i < 3; i++) {
		o.bits = bits[i];
		init(&c, &ws, 3, bits[i], NO_CEILING);
		check_counter(&c, &o);
		init(&c, &ws, 3, bits[i], TINY);
		check_counter(&c, &o);
	}
	(void)state;
}

/* With so little memory every full chunk is spilled. */
static void keys_in_spills_are_counted(void **state)
{
	static const struct {
		unsigned bits, hands;
		size_t chunks, level;
	} of[] = { { 64, 1, 2, 0 }, { 51, 2, 5, 0 }, { 30, 1, 9, 1 } };
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct counter c;
	uint64_t rng = 3;
	size_t i;

	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		o.bits = of[i].bits;
		init(&c, &ws, of[i].hands, of[i].bits, TINY);
		/* And some that are left. */
		count_random_keys(&c, &rng, of[i].chunks * SMALL_CHUNK + 12345, &o);
		assert_true(spills_of(&c) > 0 && atomic_load(&c.spilled));
		check_levels(&c.workers[0].spills);
		assert_int_equal(highest_level(&c.workers[0].spills), of[i].level);
		check_counter(&c, &o);
		naive_release(&o);
	}
	(void)state;
}

/* With so little memory every single string is spilled, so that there are many levels. */
static void strings_in_spills_are_counted(void **state)
{
	static const struct {
		unsigned hands;
		size_t n;
	} of[] = { { 1, 1 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 1, 64 }, { 3, 100 }, { 1, 600 } };
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 4;
	size_t i;

	random_text(&rng, 60, &text);
	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		init(&c, &ws, of[i].hands, 0, TINY);
		count_random_strings(&c, &rng, &text, of[i].n, &o);
		assert_true(spills_of(&c) > 0 && atomic_load(&c.spilled));
		check_levels(&c.workers[0].spills);
		assert_int_equal(c.workers[0].table.n, 0);
		check_counter(&c, &o);
		naive_release(&o);
	}
	bp_buf_release(&text);
	(void)state;
}

static void eight_spills_are_merged_to_one(void **state)
{
	struct workspace ws = { .folder = bp_temp_folder() };
	const struct spill_list *l;
	struct naive o = { 0 };
	struct counter c;
	size_t n, rest, digits, level;

	init(&c, &ws, 1, 0, TINY);
	l = &c.workers[0].spills;
	for (n = 1; n <= 2 * ALIKE * ALIKE + 3; n++) {
		count_string(&c, 0, S("a"), 1, &o);
		/* The digits of n in base 8, the highest first. */
		for (digits = 0, rest = n; rest > 0; rest /= ALIKE)
			digits += rest % ALIKE;
		assert_int_equal(l->n, digits);
		for (level = 0, rest = n; rest >= ALIKE; rest /= ALIKE)
			level++;
		assert_int_equal(l->spill[0].level, level);
		check_levels(l);
	}
	check_counter(&c, &o);
	naive_release(&o);
	(void)state;
}

/* Enough for a few hundred strings: tables of some size are spilled, others are not. */
static void a_ceiling_leaves_room_for_some(void **state)
{
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 5, memory, before = SIZE_MAX;

	random_text(&rng, 1000, &text);
	for (memory = 1 << 16; memory <= 1 << 20; memory *= 4) {
		init(&c, &ws, 2, 0, memory);
		count_random_strings(&c, &rng, &text, 8000, &o);
		assert_true(spills_of(&c) < before && (spills_of(&c) > 0) == (memory < 1 << 20));
		before = spills_of(&c);
		check_counter(&c, &o);
		naive_release(&o);
	}
	bp_buf_release(&text);
	(void)state;
}

static void flush(struct counter *c)
{
	struct spill_list old = { 0 };
	bp_error err = { 0 };
	unsigned i;

	T_OK(bp_counter_flush(c, &old, &err) == BP_OK, "%s", err.msg);
	bp_spill_list_release(&old, false);
	assert_false(atomic_load(&c->spilled));
	for (i = 0; i < c->n_workers; i++) {
		assert_int_equal(c->workers[i].spills.n, 0);
		assert_int_equal(bp_sorted_runs_rows(&c->workers[i].runs) + c->workers[i].runs.n, 0);
		assert_int_equal(c->workers[i].table.n, 0);
	}
}

/* Now and then, with and without anything to flush, so often that flushed ones are merged too. */
static void flushing_changes_nothing(void **state)
{
	static const unsigned bits[] = { 0, 64 };
	static const uint64_t memory[] = { NO_CEILING, TINY };
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 6;
	size_t i, k;

	random_text(&rng, 100, &text);
	for (i = 0; i < 4; i++) {
		o.bits = bits[i % 2];
		init(&c, &ws, 3, o.bits, memory[i / 2]);
		for (k = 0; k < 25; k++) {
			if (o.bits == 0)
				count_random_strings(&c, &rng, &text, t_below(&rng, 12), &o);
			else
				count_random_keys(&c, &rng, t_below(&rng, 3000), &o);
			flush(&c);
			assert_int_equal(bp_counter_total(&c), o.total);
		}
		/* The last ones in memory, if there is room. */
		if (o.bits == 0)
			count_random_strings(&c, &rng, &text, 20, &o);
		else
			count_random_keys(&c, &rng, 100, &o);
		check_counter(&c, &o);
		naive_release(&o);
	}
	bp_buf_release(&text);
	(void)state;
}

/* Each is an open file, so that they must not become more and more; whatever the hands' own have
 * been merged from. */
static void flushed_spills_stay_few_with_any_number_of_hands(void **state)
{
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct counter c;
	unsigned hands, i, k;

	for (hands = 1; hands <= 10; hands += 3) {
		init(&c, &ws, hands, 0, hands == 4 ? TINY : NO_CEILING);
		for (i = 0; i < 20; i++) {
			for (k = 0; k < hands + 10; k++)
				count_string(&c, k < 10 ? 0 : k - 10, S("a"), 1, &o);
			flush(&c);
			check_levels(&c.done);
		}
		check_counter(&c, &o);
		naive_release(&o);
	}
	(void)state;
}

/* Counting on several threads: the worker's number is that of its hand. */
struct job {
	struct counter *c;
	const struct buf *text;
};
enum { JOBS = 50, KEYS_OF_JOB = 2500, STRINGS_OF_JOB = 12 };

static bp_status count_job(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct job *j = ctx;
	struct counter_worker *h = &j->c->workers[worker];
	uint64_t rng = i;
	bp_status st = BP_OK;
	size_t k;

	for (k = 0; k < KEYS_OF_JOB && st == BP_OK && j->c->bits > 0; k++)
		st = bp_counter_key(h, random_key(&rng, j->c->bits), 1, err);
	for (k = 0; k < STRINGS_OF_JOB && st == BP_OK && j->c->bits == 0; k++)
		st = bp_counter_string(h, random_string(&rng, j->text), 1, err);
	return st;
}

static void note_job(uint64_t rng, const struct buf *text, struct naive *o)
{
	size_t k;

	for (k = 0; k < KEYS_OF_JOB && o->bits > 0; k++)
		naive_add(o, random_key(&rng, o->bits), S(""), 1);
	for (k = 0; k < STRINGS_OF_JOB && o->bits == 0; k++)
		naive_add(o, 0, random_string(&rng, text), 1);
}

static void threads_count_side_by_side(void **state)
{
	static const unsigned bits[] = { 0, 64 };
	struct workspace ws = { .folder = bp_temp_folder() };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	struct job job = { &c, &text };
	bp_error err = { 0 };
	uint64_t rng = 7;
	size_t i, k;

	random_text(&rng, 200, &text);
	for (i = 0; i < 4; i++) {
		o.bits = bits[i % 2];
		init(&c, &ws, 4, o.bits, i < 2 ? NO_CEILING : TINY);
		T_OK(bp_parallel_for(4, JOBS, count_job, NULL, &job, &err) == BP_OK, "%s",
		     err.msg);
		for (k = 0; k < JOBS; k++)
			note_job(k, &text, &o);
		check_counter(&c, &o);
		naive_release(&o);
	}
	bp_buf_release(&text);
	(void)state;
}

/* Counting fails, or flushing or opening does, and everything is released all the same. */
static void check_folder_is_named(const char *folder, bool keep, unsigned bits)
{
	struct workspace ws = { .folder = folder, .keep = keep };
	struct spill_list old = { 0 };
	struct counter c;
	bp_error err = { 0 };
	bp_status st = BP_OK;
	size_t i;

	init(&c, &ws, 2, bits, TINY);
	for (i = 0; i <= SMALL_CHUNK && st == BP_OK; i++)
		st = bits == 0 ? bp_counter_string(&c.workers[1], S("a"), 1, &err)
			       : bp_counter_key(&c.workers[1], i, 1, &err);
	assert_int_equal(st, BP_EIO);
	assert_int_equal(i, bits == 0 ? 1 : SMALL_CHUNK);
	T_OK(err.code == BP_EIO && strstr(err.msg, folder) == err.msg, "%s", err.msg);
	bp_counter_release(&c);
	init(&c, &ws, 2, bits, NO_CEILING);
	err = (bp_error){ 0 };
	st = bits == 0 ? bp_counter_string(&c.workers[1], S("a"), 1, &err)
		       : bp_counter_key(&c.workers[1], 1, 1, &err);
	assert_int_equal(st, BP_OK);
	assert_int_equal(bp_counter_flush(&c, &old, &err), BP_EIO);
	T_OK(err.code == BP_EIO && strstr(err.msg, folder) == err.msg, "%s", err.msg);
	assert_int_equal(c.done.n + old.n, 0);
	bp_counter_release(&c);
}

static void a_folder_that_is_none_is_named(void **state)
{
	struct t_file file;
	unsigned i;

	t_file_make(&file, S("no folder"));
	for (i = 0; i < 4; i++) {
		check_folder_is_named(file.path, i % 2 == 1, i / 2 * 43);
		check_folder_is_named("/nonexistent/folder", i % 2 == 1, i / 2 * 43);
	}
	t_file_remove(&file);
	(void)state;
}

#ifdef HAS_POSIX

struct folder {
	char path[1024];
};

static void make_folder(struct folder *f)
{
	int n = snprintf(f->path, sizeof(f->path), "%s/bytepiece-test-XXXXXX", bp_temp_folder());

	assert_in_range(n, 1, sizeof(f->path) - 1);
	assert_non_null(mkdtemp(f->path));
}

static size_t files_in(const struct folder *f)
{
	DIR *d = opendir(f->path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	assert_int_equal(closedir(d), 0);
	return n;
}

/* This process ends, after its last flush, and another begins, which was told what it left. */
static void begin_anew(struct counter *c, unsigned hands, uint64_t memory, uint64_t total)
{
	struct spill_list kept = { 0 };
	struct workspace *ws = c->ws;
	unsigned bits = c->bits;
	bp_error err = { 0 };
	struct spill s;
	size_t i;

	for (i = 0; i < c->done.n; i++) {
		assert_true(c->done.spill[i].kept);
		s = (struct spill){ .number = c->done.spill[i].number,
				    .level = c->done.spill[i].level,
				    .checksum = c->done.spill[i].checksum };
		assert_int_equal(bp_spill_list_add(&kept, &s, &err), BP_OK);
	}
	bp_counter_release(c);
	init(c, ws, hands, bits, memory);
	c->resumed = total;
	for (i = 0; i < kept.n; i++) {
		s = kept.spill[i];
		T_OK(bp_spill_reopen(&s, ws, &err) == BP_OK, "%s", err.msg);
		assert_int_equal(bp_spill_list_add(&c->done, &s, &err), BP_OK);
	}
	bp_spill_list_release(&kept, true);
}

static void count_some(struct counter *c, uint64_t *rng, const struct buf *text, struct naive *o)
{
	if (c->bits == 0)
		count_random_strings(c, rng, text, t_below(rng, 9), o);
	else
		count_random_keys(c, rng, t_below(rng, c->share == UINT64_MAX ? 2000 : 40000), o);
}

/* Compare, and drop what was kept. */
static void check_and_drop(struct counter *c, const struct folder *f, struct naive *o)
{
	struct counted all;
	bp_error err = { 0 };

	T_OK(bp_counter_open(c, &all, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(bp_counter_total(c), o->total);
	check_rows(&all.merge.source, o);
	bp_counted_release(&all);
	assert_int_equal(files_in(f), spills_of(c));
	bp_spill_list_release(&c->done, false);
	bp_counter_release(c);
	assert_int_equal(files_in(f), 0);
	assert_int_equal(rmdir(f->path), 0);
}

/* What was counted after the last flush is lost, spilled or not; all before is there. */
static void check_resumed(unsigned bits, uint64_t memory)
{
	struct folder f;
	struct workspace ws = { .folder = f.path, .keep = true };
	struct naive o = { .bits = bits }, lost = { .bits = bits };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 8;
	unsigned i;

	make_folder(&f);
	random_text(&rng, 100, &text);
	init(&c, &ws, 3, bits, memory);
	for (i = 0; i < 9; i++) {
		count_some(&c, &rng, &text, &o);
		flush(&c);
		assert_int_equal(files_in(&f), c.done.n);
		if (i % 3 == 0)
			continue;
		count_some(&c, &rng, &text, &lost);
		begin_anew(&c, 1 + i % 4, memory, o.total);
		assert_int_equal(files_in(&f), c.done.n);
		assert_int_equal(bp_counter_total(&c), o.total);
	}
	count_some(&c, &rng, &text, &o);
	check_and_drop(&c, &f, &o);
	naive_release(&o);
	naive_release(&lost);
	bp_buf_release(&text);
}

static void kept_spills_are_gone_on_with(void **state)
{
	(void)state;
	check_resumed(0, NO_CEILING);
	check_resumed(0, TINY);
	check_resumed(64, NO_CEILING);
	check_resumed(64, TINY);
}

/* Until their successor has been noted down, somebody may need them. */
static void merged_spills_stay_until_they_are_dropped(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path, .keep = true };
	struct spill_list old = { 0 };
	struct naive o = { 0 };
	bp_error err = { 0 };
	struct counter c;
	size_t i;

	(void)state;
	make_folder(&f);
	init(&c, &ws, 1, 0, NO_CEILING);
	for (i = 1; i <= ALIKE; i++) {
		count_string(&c, 0, S("ab"), i, &o);
		assert_int_equal(bp_counter_flush(&c, &old, &err), BP_OK);
		assert_int_equal(c.done.n, i < ALIKE ? i : 1);
		assert_int_equal(old.n, i < ALIKE ? 0 : ALIKE);
		assert_int_equal(files_in(&f), c.done.n + old.n);
	}
	assert_int_equal(c.done.spill[0].level, 1);
	bp_spill_list_release(&old, false);
	assert_int_equal(files_in(&f), 1);
	check_and_drop(&c, &f, &o);
	naive_release(&o);
}

/* However it ends, and while it counts too, where the system allows that. */
static void temporary_spills_leave_nothing(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path };
	struct naive o = { 0 };
	struct buf text = { 0 };
	struct counter c;
	uint64_t rng = 9;

	(void)state;
	make_folder(&f);
	random_text(&rng, 100, &text);
	init(&c, &ws, 2, 0, TINY);
	count_random_strings(&c, &rng, &text, 50, &o);
	flush(&c);
	count_random_strings(&c, &rng, &text, 50, &o);
	assert_int_equal(files_in(&f), 0);
	bp_counter_release(&c);
	assert_int_equal(files_in(&f), 0);
	assert_int_equal(rmdir(f.path), 0);
	naive_release(&o);
	bp_buf_release(&text);
}

static void a_damaged_spill_is_named(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path, .keep = true };
	struct naive o = { 0 };
	struct counted all;
	bp_error err = { 0 };
	bp_status st;
	struct counter c;
	struct row r;
	bool more = true;

	(void)state;
	make_folder(&f);
	init(&c, &ws, 1, 0, NO_CEILING);
	count_string(&c, 0, S("ab"), 1, &o);
	flush(&c);
	assert_int_equal(ftruncate(fileno(c.done.spill[0].file.f), 12), 0);
	assert_int_equal(bp_counter_open(&c, &all, &err), BP_OK);
	while ((st = all.merge.source.next(&all.merge.source, &r, &more, &err)) == BP_OK && more)
		;
	assert_int_equal(st, BP_EFORMAT);
	T_OK(strstr(err.msg, f.path) == err.msg, "%s", err.msg);
	bp_counted_release(&all);
	bp_spill_list_release(&c.done, false);
	bp_counter_release(&c);
	assert_int_equal(rmdir(f.path), 0);
	naive_release(&o);
}
#endif

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_in_memory_are_counted),
		cmocka_unit_test(strings_in_memory_are_counted),
		cmocka_unit_test(nothing_counted_gives_no_rows),
		cmocka_unit_test(keys_in_spills_are_counted),
		cmocka_unit_test(strings_in_spills_are_counted),
		cmocka_unit_test(eight_spills_are_merged_to_one),
		cmocka_unit_test(a_ceiling_leaves_room_for_some),
		cmocka_unit_test(flushing_changes_nothing),
		cmocka_unit_test(flushed_spills_stay_few_with_any_number_of_hands),
		cmocka_unit_test(threads_count_side_by_side),
#ifdef HAS_POSIX
		cmocka_unit_test(kept_spills_are_gone_on_with),
		cmocka_unit_test(merged_spills_stay_until_they_are_dropped),
		cmocka_unit_test(temporary_spills_leave_nothing),
		cmocka_unit_test(a_damaged_spill_is_named),
#endif
		cmocka_unit_test(a_folder_that_is_none_is_named)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
