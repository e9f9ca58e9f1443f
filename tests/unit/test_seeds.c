/* seeds.h: the repeated strings of a corpus against counting all of its substrings. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "text/utf8.h"
#include "train/plan.h"

enum { LONGEST = 36, ANY_LENGTH = 1000, MOST_FILES = 8, ALL = 1000000, SAMPLE = 50000 };

/* The distinct substrings of one length, in order. */
struct grams {
	struct slice *s;
	uint64_t *count, *longer;	/* longer: of the most frequent string a byte longer */
	size_t n;
};

struct naive {
	struct slice *segment;
	size_t n, cap;
	struct grams of[LONGEST + 2];	/* by length, from 2 on */
};

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

/* A segment is a run of other bytes and, but for lines, the newlines after it. */
static void cut(struct naive *o, struct slice text, bp_records records)
{
	size_t at = 0, end, next;

	while (at < text.n) {
		for (end = at; end < text.n && text.p[end] != '\n'; end++)
			;
		for (next = end; next < text.n && text.p[next] == '\n'; next++)
			;
		assert_true(end - at < 10000 && next - end <= 100);
		if (records == BP_WHOLE)
			end = next;
		assert_true(BP_GROW(o->segment, o->cap, o->n + 1));
		if (end > at)
			o->segment[o->n++] = (struct slice){ text.p + at, end - at };
		at = next;
	}
}

/* What begins at each byte of a segment, up to 'longest' bytes of it, in order. */
static struct slice *sort_all(const struct naive *o, size_t longest, size_t *n)
{
	struct slice *all;
	size_t i, k;

	for (*n = i = 0; i < o->n; i++)
		*n += o->segment[i].n;
	assert_non_null(all = bp_array(*n, sizeof(*all)));
	for (*n = i = 0; i < o->n; i++)
		for (k = 0; k < o->segment[i].n; k++)
			all[(*n)++] = (struct slice){ o->segment[i].p + k,
						      BP_MIN(longest, o->segment[i].n - k) };
	qsort(all, *n, sizeof(*all), by_bytes);
	return all;
}

/* Of those that are long enough, equal beginnings stand side by side. */
static void count_length(const struct slice *all, size_t n, size_t length, struct grams *g)
{
	size_t i;

	g->s = bp_array(n, sizeof(*g->s));
	g->count = bp_array(n, sizeof(*g->count));
	g->longer = calloc(n + 1, sizeof(*g->longer));
	assert_true(g->s != NULL && g->count != NULL && g->longer != NULL);
	for (g->n = i = 0; i < n; i++) {
		if (all[i].n < length)
			continue;
		if (g->n == 0 || memcmp(g->s[g->n - 1].p, all[i].p, length) != 0) {
			g->s[g->n] = (struct slice){ all[i].p, length };
			g->count[g->n++] = 0;
		}
		g->count[g->n - 1]++;
	}
}

/* The place of a string among those of its length, or SIZE_MAX. */
static size_t find(const struct grams *g, struct slice s)
{
	const struct slice *at = g->n == 0 ? NULL :
				 bsearch(&s, g->s, g->n, sizeof(*g->s), by_bytes);

	return at == NULL ? SIZE_MAX : (size_t)(at - g->s);
}

static void count_all(struct naive *o, size_t longest)
{
	size_t length, i, k, n;
	struct slice *all = sort_all(o, longest, &n);

	for (length = 2; length <= longest; length++)
		count_length(all, n, length, &o->of[length]);
	free(all);
	for (length = 3; length <= longest; length++)
		for (i = 0; i < o->of[length].n; i++) {
			k = find(&o->of[length - 1], (struct slice){ o->of[length].s[i].p,
								     length - 1 });
			o->of[length - 1].longer[k] = BP_MAX(o->of[length - 1].longer[k],
							     o->of[length].count[i]);
		}
}

static void naive_release(struct naive *o)
{
	size_t i;

	for (i = 0; i < LONGEST + 2; i++) {
		free(o->of[i].s);
		free(o->of[i].count);
		free(o->of[i].longer);
	}
	free(o->segment);
	*o = (struct naive){ 0 };
}

/* Texts in files. */
struct toy {
	struct t_file file[MOST_FILES];
	const char *path[MOST_FILES];
	size_t n;
};

static void add_file(struct toy *t, struct slice text)
{
	assert_true(t->n < MOST_FILES);
	t_file_make(&t->file[t->n], text);
	t->path[t->n] = t->file[t->n].path;
	t->n++;
}

static void toy_release(struct toy *t)
{
	while (t->n > 0)
		t_file_remove(&t->file[--t->n]);
}

/* How a search is done: what is drawn and counted where makes no difference. */
enum way {
	IN_MEMORY,		/* as in training without a ceiling */
	SHORT_OF_MEMORY,	/* every full chunk of keys is spilled */
	STOPPED,		/* reading is left and gone on with wherever that is possible */
	IN_PARTS,		/* each file by itself, the blocks merged */
	WAYS
};

/* A search under way; its plan is the result. */
struct search {
	enum way way;
	struct workspace ws;
	bp_input in;
	struct plan plan;
	size_t most, stops;
	bool spilled;
};

static void init_plan(struct plan *p, struct search *x, const struct piece_rules *rules)
{
	const bp_train_options o = {
		.order = 6, .min_count = rules->min_count, .max_piece_length = rules->max_length,
		.ensure_unicode = rules->characters == CHARACTERS_WHOLE, .count_size = ALL,
		.sample_size = SAMPLE, .across_spaces = rules->across_spaces,
		.normalize = BP_NORMALIZE_NONE
	};
	bp_error err = { 0 };

	T_OK(bp_plan_init(p, &o, x->in.records, &x->in, &x->ws, &err) == BP_OK, "%s", err.msg);
	p->seeds.found.most = x->most;
}

static bool always_due(void *ctx)
{
	(void)ctx;
	return true;
}

static bp_status count_stop(void *ctx, bp_error *err)
{
	(void)err;
	++*(size_t *)ctx;
	return BP_OK;
}

/* Draw the blocks of these files. */
static void draw(struct search *x, struct plan *p, const bp_input *in, struct corpus *corpus)
{
	static const struct cut_rules rules = BP_CUT_TRAINING;
	const struct checkpoint stops = { always_due, count_stop, &x->stops };
	bp_error err = { 0 };

	T_OK(bp_corpus_init(corpus, in, &rules, false, NULL, &err) == BP_OK, "%s", err.msg);
	T_OK(bp_plan_count(p, corpus, NULL, x->way == STOPPED ? &stops : NULL, &err) == BP_OK,
	     "%s", err.msg);
	assert_true(corpus->pass.ended);
}

static void draw_at_once(struct search *x)
{
	struct corpus corpus;
	bp_error err = { 0 };

	draw(x, &x->plan, &x->in, &corpus);
	assert_int_equal(bp_plan_finish_step(&x->plan, &corpus, NULL, &err), BP_OK);
	bp_corpus_release(&corpus);
}

/* The blocks of one file as rows. */
static FILE *draw_part(struct search *x, size_t i)
{
	const bp_input in = { .path = x->in.path + i, .n_paths = 1, .records = x->in.records,
			      .threads = x->in.threads };
	struct counter counter = { .n_workers = 0 };
	struct corpus corpus;
	struct row_writer w;
	bp_error err = { 0 };
	struct plan p;
	FILE *f = tmpfile();

	assert_non_null(f);
	init_plan(&p, x, &x->plan.rules);
	draw(x, &p, &in, &corpus);
	assert_int_equal(bp_rows_begin(&w, f, "part", i % 2 == 0 ? ROWS_BINARY : ROWS_TEXT, &err),
			 BP_OK);
	T_OK(bp_plan_write_counts(&p, &corpus, &counter, &w, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(bp_rows_end(&w, &err), BP_OK);
	bp_rows_release(&w);
	bp_corpus_release(&corpus);
	bp_plan_release(&p);
	rewind(f);
	return f;
}

static void draw_in_parts(struct search *x)
{
	struct row_reader reader[MOST_FILES];
	struct source *source[MOST_FILES];
	FILE *f[MOST_FILES];
	bp_error err = { 0 };
	struct merge m;
	size_t i;

	for (i = 0; i < x->in.n_paths; i++) {
		f[i] = draw_part(x, i);
		assert_int_equal(bp_row_reader_init(&reader[i], f[i], "part", NULL), BP_OK);
		source[i] = &reader[i].source;
	}
	assert_int_equal(bp_merge_init(&m, source, i, NULL), BP_OK);
	T_OK(bp_plan_read_counts(&x->plan, &m.source, "all", &err) == BP_OK, "%s", err.msg);
	bp_merge_release(&m);
	while (i-- > 0) {
		bp_row_reader_release(&reader[i]);
		assert_int_equal(fclose(f[i]), 0);
	}
}

static void notice_spills(void *ctx, const char *line)
{
	struct search *x = ctx;

	if (strstr(line, " spills") != NULL && strstr(line, ", 0 spills") == NULL)
		x->spilled = true;
}

static void search_in(struct search *x, enum way way, const struct toy *t, bp_records records,
		      unsigned threads, const struct piece_rules *rules, size_t most)
{
	const bp_train_options notes = { .note = notice_spills, .note_ctx = x };
	bp_error err = { 0 };
	struct plan *p = &x->plan;

	*x = (struct search){
		.way = way, .ws = { .folder = bp_temp_folder() }, .most = most,
		.in = { .path = t->path, .n_paths = t->n, .records = records, .threads = threads }
	};
	init_plan(p, x, rules);
	if (way == IN_PARTS)
		draw_in_parts(x);
	else
		draw_at_once(x);
	assert_true(!bp_plan_has_step(p) && p->step == 1);
	x->ws.memory = way == SHORT_OF_MEMORY;
	if (way == SHORT_OF_MEMORY)
		T_OK(bp_seeds_find(&p->seeds, &p->sample, &p->rules, &x->in, &x->ws, 1, &notes,
				   &err) == BP_OK, "%s", err.msg);
	T_OK(bp_plan_end_steps(p, way == SHORT_OF_MEMORY, &notes, &err) == BP_OK, "%s", err.msg);
	assert_true(p->seeds.is_complete && p->sample.bytes < SAMPLE + 40000);
}

static bool is_character(struct slice s)
{
	return bp_utf8_length(s.p, s.n) == s.n;
}

/* In order of count and bytes, none twice; all may be pieces and are frequent. */
static void check_order(const struct seeds *s, const struct piece_rules *rules)
{
	struct slice a, b;
	uint64_t n;
	size_t i;

	for (i = 0; i < s->found.n; i++) {
		b = bp_top_strings_at(&s->found, i);
		n = s->found.string[i].count;
		assert_true(b.n >= 2 && bp_piece_allowed(rules, b));
		assert_true(n >= s->threshold || (is_character(b) && n >= 2));
		if (i == 0)
			continue;
		a = bp_top_strings_at(&s->found, i - 1);
		T_OK(n <= s->found.string[i - 1].count, "seed %zu: more frequent", i);
		T_OK(n < s->found.string[i - 1].count || bp_slice_compare(a, b) < 0, "seed %zu", i);
	}
}

/*
 * Of strings of this length, those are seeds that should be.  Of over six bytes, one that is always
 * followed by the same byte is left out; at the greatest length either will do.
 */
static void check_length(const struct seeds *s, const struct slice *sorted, size_t longest,
			 const struct piece_rules *rules, const struct grams *g, size_t length)
{
	struct slice gram;
	bool is_there, may_be;
	size_t i;

	for (i = 0; i < g->n; i++) {
		gram = g->s[i];
		is_there = s->found.n > 0 &&
			   bsearch(&gram, sorted, s->found.n, sizeof(*sorted), by_bytes);
		/* Of single characters so rare there is a test of its own. */
		if (is_character(gram) && g->count[i] < rules->min_count)
			continue;
		may_be = bp_piece_allowed(rules, gram) &&
			 (g->count[i] >= s->threshold || (is_character(gram) && g->count[i] >= 2));
		if (length > 6 && g->longer[i] == g->count[i]) {
			if (length == longest)
				continue;
			may_be = false;
		}
		T_OK(is_there == may_be, "%.*s (%zu bytes, %llu times): is %sthere",
		     (int)length, (const char *)gram.p, length, (unsigned long long)g->count[i],
		     is_there ? "" : "not ");
	}
}

static void check(const struct seeds *s, const struct piece_rules *rules, const struct naive *o)
{
	size_t longest = BP_MIN(rules->max_length, LONGEST), i, k;
	struct slice *sorted = bp_array(s->found.n, sizeof(*sorted));
	uint64_t want;

	assert_non_null(sorted);
	assert_true(s->threshold >= 2);
	check_order(s, rules);
	for (i = 0; i < s->found.n; i++) {
		sorted[i] = bp_top_strings_at(&s->found, i);
		T_OK(sorted[i].n <= longest, "seed %zu: %zu bytes", i, sorted[i].n);
		k = find(&o->of[sorted[i].n], sorted[i]);
		T_OK(k != SIZE_MAX, "seed %zu: not in the text", i);
		want = o->of[sorted[i].n].count[k];
		T_OK(s->found.string[i].count == want, "seed %zu: %llu, not %llu", i,
		     (unsigned long long)s->found.string[i].count, (unsigned long long)want);
	}
	qsort(sorted, s->found.n, sizeof(*sorted), by_bytes);
	for (i = 2; i <= longest; i++)
		check_length(s, sorted, longest, rules, &o->of[i], i);
	free(sorted);
}

static void check_same(const struct seeds *a, const struct seeds *b, size_t n)
{
	size_t i;

	assert_int_equal(a->threshold, b->threshold);
	assert_int_equal(a->found.n, n);
	assert_true(b->found.n >= n);
	for (i = 0; i < n; i++) {
		T_SAME(bp_top_strings_at(&a->found, i), bp_top_strings_at(&b->found, i));
		T_OK(a->found.string[i].count == b->found.string[i].count, "count of seed %zu", i);
	}
}

/* Two searches have come to the same, sample included. */
static void check_same_plan(const struct search *a, const struct search *b)
{
	const struct sample *x = &a->plan.sample, *y = &b->plan.sample;
	size_t i;

	check_same(&a->plan.seeds, &b->plan.seeds, b->plan.seeds.found.n);
	assert_int_equal(a->plan.step, b->plan.step);
	assert_int_equal(x->bytes, y->bytes);
	assert_int_equal(x->n, y->n);
	for (i = 0; i < x->n; i++)
		assert_true(x->block[i].rank == y->block[i].rank &&
			    x->block[i].n_bytes == y->block[i].n_bytes);
}

static void check_file(struct slice text, bp_records records, const struct piece_rules *rules)
{
	struct naive o = { 0 };
	struct toy t = { 0 };
	struct search x;
	const struct seeds *s = &x.plan.seeds;

	add_file(&t, text);
	cut(&o, text, records);
	count_all(&o, LONGEST + 1);
	/* For so little text the least memory is enough. */
	search_in(&x, SHORT_OF_MEMORY, &t, records, 1, rules, ALL);
	/* Enough is left to be found that this says something. */
	assert_true(s->found.n < ALL);
	assert_int_equal(s->threshold, BP_MAX(rules->min_count, 2));
	check(s, rules, &o);
	bp_plan_release(&x.plan);
	naive_release(&o);
	toy_release(&t);
}

#define RULES(length, count, whole) \
	{ .max_length = (length), .min_count = (count), \
	  .characters = (whole) ? CHARACTERS_WHOLE : CHARACTERS_ANY }
static const struct piece_rules rules_of[] = {
	RULES(ANY_LENGTH, 2, true), RULES(ANY_LENGTH, 2, false), RULES(36, 1, false),
	RULES(36, 3, true), RULES(36, 5, false), RULES(10, 2, false), RULES(6, 2, false),
	RULES(5, 2, true), RULES(2, 2, false), RULES(12, 2, false), RULES(35, 2, true)
};
enum { N_RULES = sizeof(rules_of) / sizeof(rules_of[0]) };

static void check_all_rules(struct slice text)
{
	size_t i;

	for (i = 0; i < N_RULES; i++)
		check_file(text, i % 3 == 0 ? BP_LINES : BP_WHOLE, &rules_of[i]);
}

static void append_random(uint64_t *rng, const struct slice *unit, size_t n_units, size_t n,
			  struct buf *text)
{
	for (; n > 0; n--)
		t_append(text, unit[t_below(rng, n_units)]);
}

/* Append something that stands in the text already, so that there are long repeats. */
static void append_repeat(uint64_t *rng, size_t most, struct buf *text)
{
	size_t n = 1 + t_below(rng, BP_MIN(most, text->len)), at = t_below(rng, text->len - n + 1);

	/* Not out of what is being moved. */
	assert_true(bp_buf_reserve(text, n));
	t_append(text, (struct slice){ text->data + at, n });
}

static void random_text(uint64_t *rng, const struct slice *unit, size_t n_units, size_t n,
			struct buf *text)
{
	text->len = 0;
	while (text->len < n) {
		append_random(rng, unit, n_units, 1 + t_below(rng, 20), text);
		append_repeat(rng, 70, text);
		if (t_below(rng, 3) == 0)
			append_repeat(rng, 10, text);
	}
}

static const struct slice few[] = { S_INIT("a"), S_INIT("b") };
static const struct slice letters[] = {
	S_INIT("a"), S_INIT("b"), S_INIT("c"), S_INIT("d"), S_INIT("e"), S_INIT(" "), S_INIT("\n")
};
static const struct slice characters[] = {
	S_INIT("a"), S_INIT("\xC3\xA9"), S_INIT("\xC3\xA8"), S_INIT("\xE4\xB8\xAD"),
	S_INIT("\xE4\xB8\x80"), S_INIT("\xF0\x9F\x98\x80"), S_INIT("\n"), S_INIT("\n\n")
};
static const struct slice bytes[] = {
	S_INIT("\0"), S_INIT("\xFF"), S_INIT("\x80"), S_INIT("\xC3"), S_INIT("\n"), S_INIT("\1")
};
static const struct alphabet {
	const struct slice *unit;
	size_t n;
} alphabets[] = { { few, 2 }, { letters, 7 }, { characters, 8 }, { bytes, 6 } };

static void repeats_are_counted_exactly(void **state)
{
	struct buf text = { 0 };
	uint64_t rng = 1;
	size_t i;

	for (i = 0; i < 4; i++) {
		random_text(&rng, alphabets[i].unit, alphabets[i].n, 900, &text);
		check_all_rules(t_slice(&text));
	}
	bp_buf_release(&text);
	(void)state;
}

static void periods_are_counted_exactly(void **state)
{
	static const struct slice period[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("\xC3\xA9"), S_INIT("\0"),
		S_INIT("abcdefghijklmnopqrstuvwxyz0123456789ABC")
	};
	struct buf text = { 0 };
	size_t i, n;

	for (i = 0; i < 5; i++) {
		for (text.len = n = 0; n < (i < 4 ? 90 : 5); n++)
			t_append(&text, period[i]);
		check_all_rules(t_slice(&text));
	}
	bp_buf_release(&text);
	(void)state;
}

/* Around each length at which a pass ends and the next one begins. */
static void repeats_of_each_length_are_counted_exactly(void **state)
{
	struct buf text = { 0 };
	unsigned char part[80];
	uint64_t rng = 2;
	size_t length, i, k;

	for (length = 1; length <= 45; length++) {
		for (text.len = i = 0; i < 3; i++) {
			for (k = 0; k < length; k++)
				part[k] = (unsigned char)('A' + t_below(&rng, 50));
			/* Between others; at the start of a segment and at its end. */
			for (k = 0; k < 4; k++) {
				if (k % 2 == 1)
					t_append_code(&text, (uint32_t)('0' + 3 * i + k));
				t_append(&text, (struct slice){ part, length });
				if (k == 2)
					t_append(&text, S("\n"));
			}
			t_append(&text, S("\n"));
		}
		check_file(t_slice(&text), length % 2 == 0 ? BP_LINES : BP_WHOLE, &rules_of[1]);
	}
	bp_buf_release(&text);
	(void)state;
}

static void little_text_has_few_seeds_or_none(void **state)
{
	static const struct slice text[] = {
		S_INIT(""), S_INIT("a"), S_INIT("ab"), S_INIT("aaa"), S_INIT("\n\n\n"),
		S_INIT("abcdef\nabcdef"), S_INIT("abcdefg\nabcdefg"), S_INIT("\xC3\xA9\n\xC3\xA9")
	};
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		check_all_rules(text[i]);
	(void)state;
}

/* Files that have to do with each other, each with the one before. */
static void add_files(struct toy *t, struct buf *text, uint64_t *rng)
{
	size_t i;

	for (i = 0; i < MOST_FILES; i++) {
		if (i > 0)
			t_append(&text[i], (struct slice){ text[i - 1].data, 150 });
		append_random(rng, alphabets[i % 2 + 1].unit, alphabets[i % 2 + 1].n, 300,
			      &text[i]);
		append_repeat(rng, 100, &text[i]);
		add_file(t, t_slice(&text[i]));
	}
}

/* Search in all ways, the first one in memory; returns how many seeds there are. */
static size_t check_ways(const struct toy *t, unsigned threads, const struct piece_rules *rules,
			 const struct naive *o)
{
	struct search x, first = { .way = IN_MEMORY };
	size_t i, n;

	for (i = 0; i < WAYS; i++) {
		search_in(&x, (enum way)i, t, BP_LINES, threads, rules, ALL);
		if (o != NULL)
			check(&x.plan.seeds, rules, o);
		else	/* So much text that it has to be spilled, and reading can be left. */
			assert_true(i == SHORT_OF_MEMORY ? x.spilled :
				    i == STOPPED ? x.stops > 0 : !x.spilled);
		if (i == 0) {
			first = x;
			continue;
		}
		check_same_plan(&x, &first);
		bp_plan_release(&x.plan);
	}
	n = first.plan.seeds.found.n;
	bp_plan_release(&first.plan);
	return n;
}

static void threads_and_ways_change_nothing(void **state)
{
	static struct buf text[MOST_FILES];
	struct naive o = { 0 };
	struct toy t = { 0 };
	uint64_t rng = 3;
	size_t i;

	add_files(&t, text, &rng);
	for (i = 0; i < MOST_FILES; i++)
		cut(&o, t_slice(&text[i]), BP_LINES);
	count_all(&o, LONGEST + 1);
	assert_true(check_ways(&t, 1, &rules_of[0], &o) > 100);
	check_ways(&t, 2, &rules_of[0], &o);
	check_ways(&t, 5, &rules_of[0], &o);
	naive_release(&o);
	toy_release(&t);
	for (i = 0; i < MOST_FILES; i++)
		bp_buf_release(&text[i]);
	(void)state;
}

static void ways_change_nothing_about_more_text(void **state)
{
	struct buf text = { 0 };
	struct toy t = { 0 };
	uint64_t rng = 6;
	size_t i;

	for (i = 0; i < 3; i++) {
		random_text(&rng, letters, 7, 70000, &text);
		add_file(&t, t_slice(&text));
	}
	assert_true(check_ways(&t, 2, &rules_of[4], NULL) > 1000);
	toy_release(&t);
	bp_buf_release(&text);
	(void)state;
}

static void the_most_frequent_ones_are_chosen(void **state)
{
	struct buf text = { 0 };
	struct toy t = { 0 };
	struct search all, some;
	uint64_t rng = 5;
	size_t most, i;

	random_text(&rng, characters, 8, 2000, &text);
	add_file(&t, t_slice(&text));
	search_in(&all, SHORT_OF_MEMORY, &t, BP_WHOLE, 1, &rules_of[0], ALL);
	assert_true(all.plan.seeds.found.n > 100);
	for (most = 1; most <= all.plan.seeds.found.n; most += all.plan.seeds.found.n / 4)
		for (i = 0; i < 2; i++) {
			search_in(&some, i == 0 ? SHORT_OF_MEMORY : IN_PARTS, &t, BP_WHOLE, 1,
				  &rules_of[0], most);
			check_same(&some.plan.seeds, &all.plan.seeds, most);
			bp_plan_release(&some.plan);
		}
	bp_plan_release(&all.plan);
	toy_release(&t);
	bp_buf_release(&text);
	(void)state;
}

/* "However rare, from two occurrences on": below the least count asked for too. */
static void a_character_is_a_seed_from_two_occurrences_or_min_count_on(void **state)
{
	static const struct piece_rules two = RULES(2, 1, true), three = RULES(2, 3, true);
	struct toy t = { 0 };
	struct search x;
	const struct seeds *s = &x.plan.seeds;

	(void)state;
	add_file(&t, S("\xC3\xA9 \xC3\xA9 \xC3\xA8"));
	search_in(&x, SHORT_OF_MEMORY, &t, BP_LINES, 1, &two, ALL);
	assert_int_equal(s->found.n, 1);
	T_SAME(bp_top_strings_at(&s->found, 0), S("\xC3\xA9"));
	assert_int_equal(s->found.string[0].count, 2);
	bp_plan_release(&x.plan);
	search_in(&x, SHORT_OF_MEMORY, &t, BP_LINES, 1, &three, ALL);
	assert_int_equal(s->found.n, 0);
	bp_plan_release(&x.plan);
	toy_release(&t);
}

/* More strings repeat than any size needs; they have two to five bytes. */
static void large_vocabularies_start_from_more_seeds(void **state)
{
	static const struct piece_rules rules = RULES(36, 2, false);
	static const struct {
		uint32_t size[2];
		size_t n_sizes, n_seeds;
	} want[] = {
		{ { 0 }, 0, 300000 }, { { 50000 }, 1, 300000 }, { { 8000, 60000 }, 2, 360000 },
		{ { 4000000 }, 1, 600000 }
	};
	enum { BASE = 24, LINES = BASE * BASE * BASE * BASE, LINE = 5 };
	struct buf text = { 0 };
	uint32_t *length = bp_array(2 * LINES, sizeof(*length));
	struct sample_block block;
	const struct sample sample = { .block = &block, .n = 1, .cap = 1 };
	struct workspace ws = { .folder = bp_temp_folder() };
	const bp_input in = { .threads = 1 };
	bp_error err = { 0 };
	size_t i, k, at;

	assert_non_null(length);
	for (i = 0; i < 2 * LINES; i++, length[i - 1] = LINE)
		for (k = 0, at = i % LINES; k < LINE; k++, at /= BASE)
			assert_true(bp_buf_byte(&text, k + 1 == LINE ? '\n' :
						(unsigned char)('a' + at % BASE)));
	block = (struct sample_block){ .bytes = text.data, .n_bytes = text.len, .length = length,
				       .n = 2 * LINES };
	for (i = 0; i < 4; i++) {
		const bp_train_options o = { .vocab_size = want[i].size,
					     .n_sizes = want[i].n_sizes };
		struct seeds s = { 0 };

		T_OK(bp_seeds_find(&s, &sample, &rules, &in, &ws, 0, &o, &err) == BP_OK, "%s",
		     err.msg);
		assert_int_equal(s.found.n, want[i].n_seeds);
		bp_seeds_release(&s);
	}
	free(length);
	bp_buf_release(&text);
	(void)state;
}

/*
 * So many different strings stand three times in the text that the threshold has to rise above
 * them.  Until it does there are also more strings than are wanted, and the characters that stand
 * there twice are the rarest.
 */
static void above_a_raised_threshold_all_is_found(void **state)
{
	static const struct piece_rules rules = RULES(6, 2, false);
	enum { LINES = 29, LINE = 9999, MOST = 300000 };
	struct naive o = { 0 };
	struct toy t = { 0 };
	struct buf text = { 0 };
	struct search x;
	uint64_t rng = 4;
	size_t i, n;

	for (i = 1; i <= LINES * (LINE + 1); i++)
		assert_true(bp_buf_byte(&text, i % (LINE + 1) == 0 ? '\n' :
					(unsigned char)(0xC4 + t_below(&rng, 60))));
	/* In other orders, for a block that occurs twice counts once. */
	assert_true(bp_buf_reserve(&text, 2 * text.len));
	for (n = 7; n <= 11; n += 4)
		for (i = 0; i < LINES; i++)
			t_append(&text, (struct slice){ text.data + i * n % LINES * (LINE + 1),
							LINE + 1 });
	t_append(&text, S("\xC3\xA9\n\xC3\xA9\n\xE4\xB8\xAD\xE4\xB8\xAD\n\xC3\xA8\n"));
	add_file(&t, t_slice(&text));
	cut(&o, t_slice(&text), BP_LINES);
	count_all(&o, 7);
	search_in(&x, IN_MEMORY, &t, BP_LINES, 2, &rules, MOST);
	assert_int_equal(x.plan.seeds.threshold, 4);
	assert_in_range(x.plan.seeds.found.n, 1000, MOST - 1);
	check(&x.plan.seeds, &rules, &o);
	bp_plan_release(&x.plan);
	naive_release(&o);
	toy_release(&t);
	bp_buf_release(&text);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_are_counted_exactly),
		cmocka_unit_test(periods_are_counted_exactly),
		cmocka_unit_test(repeats_of_each_length_are_counted_exactly),
		cmocka_unit_test(little_text_has_few_seeds_or_none),
		cmocka_unit_test(threads_and_ways_change_nothing),
		cmocka_unit_test(ways_change_nothing_about_more_text),
		cmocka_unit_test(the_most_frequent_ones_are_chosen),
		cmocka_unit_test(large_vocabularies_start_from_more_seeds),
		cmocka_unit_test(above_a_raised_threshold_all_is_found),
		cmocka_unit_test(a_character_is_a_seed_from_two_occurrences_or_min_count_on)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
