/* seeds.h: the repeated strings of a corpus against counting all of its substrings. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "text/utf8.h"
#include "train/seeds.h"

enum { LONGEST = 36, ANY_LENGTH = 1000, MOST_FILES = 8, ALL = 1000000 };

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
		assert_true(bp_grow(&o->segment, &o->cap, o->n + 1, sizeof(*o->segment)));
		if (end > at)
			o->segment[o->n++] = (struct slice){ text.p + at, end - at };
		at = next;
	}
}

static void count_length(const struct naive *o, size_t length, struct grams *g)
{
	size_t most = 0, i, k, n = 0;

	for (i = 0; i < o->n; i++)
		most += o->segment[i].n;
	g->s = bp_array(most, sizeof(*g->s));
	g->count = bp_array(most, sizeof(*g->count));
	g->longer = calloc(most + 1, sizeof(*g->longer));
	assert_true(g->s != NULL && g->count != NULL && g->longer != NULL);
	for (i = 0; i < o->n; i++)
		for (k = 0; k + length <= o->segment[i].n; k++)
			g->s[n++] = (struct slice){ o->segment[i].p + k, length };
	qsort(g->s, n, sizeof(*g->s), by_bytes);
	for (g->n = i = 0; i < n; i = k) {
		for (k = i + 1; k < n && by_bytes(&g->s[i], &g->s[k]) == 0; k++)
			;
		g->s[g->n] = g->s[i];
		g->count[g->n++] = k - i;
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
	size_t length, i, k;

	for (length = 2; length <= longest; length++)
		count_length(o, length, &o->of[length]);
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

static void find_seeds(const struct toy *t, bp_records records, unsigned threads,
		       const struct piece_rules *rules, size_t most, struct seeds *s)
{
	static const struct cut_rules cut_rules = BP_CUT_TRAINING;
	const bp_input in = { .path = t->path, .n_paths = t->n, .records = records,
			      .threads = threads };
	struct corpus c;
	bp_error err = { 0 };

	T_OK(bp_corpus_init(&c, &in, &cut_rules, false, &err) == BP_OK, "%s", err.msg);
	T_OK(bp_seeds_find(s, &c, rules, most, &err) == BP_OK, "%s", err.msg);
	bp_corpus_release(&c);
}

static bool is_character(struct slice s)
{
	return bp_utf8_length(s.p, s.n) == s.n;
}

/* In order of count and bytes, none twice; all may be pieces and are frequent. */
static void check_order(const struct seeds *s, const struct piece_rules *rules)
{
	struct slice a, b;
	size_t i;

	for (i = 0; i < s->n; i++) {
		b = s->piece[i];
		assert_true(b.n >= 2 && bp_may_be_piece(rules, b));
		assert_true(s->count[i] >= s->threshold || (is_character(b) && s->count[i] >= 2));
		if (i == 0)
			continue;
		a = s->piece[i - 1];
		T_OK(s->count[i] <= s->count[i - 1], "seed %zu: more frequent", i);
		T_OK(s->count[i] < s->count[i - 1] || bp_slice_compare(a, b) < 0, "seed %zu", i);
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
		is_there = s->n > 0 && bsearch(&gram, sorted, s->n, sizeof(*sorted), by_bytes);
		/* Of single characters so rare there is a test of its own. */
		if (is_character(gram) && g->count[i] < rules->min_count)
			continue;
		may_be = bp_may_be_piece(rules, gram) &&
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
	struct slice *sorted = bp_array(s->n, sizeof(*sorted));

	assert_non_null(sorted);
	assert_true(s->threshold >= 2);
	check_order(s, rules);
	for (i = 0; i < s->n; i++) {
		sorted[i] = s->piece[i];
		T_OK(s->piece[i].n <= longest, "seed %zu: %zu bytes", i, s->piece[i].n);
		k = find(&o->of[s->piece[i].n], s->piece[i]);
		T_OK(k != SIZE_MAX, "seed %zu: not in the text", i);
		T_OK(o->of[s->piece[i].n].count[k] == s->count[i], "seed %zu: %llu, not %llu", i,
		     (unsigned long long)s->count[i],
		     (unsigned long long)o->of[s->piece[i].n].count[k]);
	}
	qsort(sorted, s->n, sizeof(*sorted), by_bytes);
	for (i = 2; i <= longest; i++)
		check_length(s, sorted, longest, rules, &o->of[i], i);
	free(sorted);
}

static void check_same(const struct seeds *a, const struct seeds *b, size_t n)
{
	size_t i;

	assert_int_equal(a->threshold, b->threshold);
	assert_int_equal(a->n, n);
	assert_true(b->n >= n);
	for (i = 0; i < n; i++) {
		T_SAME(a->piece[i], b->piece[i]);
		T_OK(a->count[i] == b->count[i], "count of seed %zu", i);
	}
}

static void check_file(struct slice text, bp_records records, const struct piece_rules *rules)
{
	struct naive o = { 0 };
	struct toy t = { 0 };
	struct seeds s;

	add_file(&t, text);
	cut(&o, text, records);
	count_all(&o, LONGEST + 1);
	find_seeds(&t, records, 1, rules, ALL, &s);
	/* Enough is left to be found that this says something. */
	assert_true(s.n < ALL);
	assert_int_equal(s.threshold, BP_MAX(rules->min_count, 2));
	check(&s, rules, &o);
	bp_seeds_release(&s);
	naive_release(&o);
	toy_release(&t);
}

static const struct piece_rules rules_of[] = {
	{ ANY_LENGTH, 2, true }, { ANY_LENGTH, 2, false }, { 36, 1, false }, { 36, 3, true },
	{ 36, 5, false }, { 10, 2, false }, { 6, 2, false }, { 5, 2, true }, { 2, 2, false },
	{ 12, 2, false }, { 35, 2, true }
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

static void the_number_of_threads_changes_nothing(void **state)
{
	static const unsigned threads[] = { 1, 2, 5 };
	static struct buf text[MOST_FILES];
	struct naive o = { 0 };
	struct toy t = { 0 };
	struct seeds s, first = { 0 };
	uint64_t rng = 3;
	size_t i;

	for (i = 0; i < MOST_FILES; i++) {
		/* Each has to do with the one before. */
		if (i > 0)
			t_append(&text[i], (struct slice){ text[i - 1].data, 150 });
		append_random(&rng, alphabets[i % 2 + 1].unit, alphabets[i % 2 + 1].n, 300,
			      &text[i]);
		append_repeat(&rng, 100, &text[i]);
		add_file(&t, t_slice(&text[i]));
		cut(&o, t_slice(&text[i]), BP_LINES);
	}
	count_all(&o, LONGEST + 1);
	for (i = 0; i < 3; i++) {
		find_seeds(&t, BP_LINES, threads[i], &rules_of[0], ALL, &s);
		check(&s, &rules_of[0], &o);
		if (i == 0)
			first = s;
		else
			check_same(&s, &first, first.n);
		if (i > 0)
			bp_seeds_release(&s);
	}
	bp_seeds_release(&first);
	naive_release(&o);
	toy_release(&t);
	for (i = 0; i < MOST_FILES; i++)
		bp_buf_release(&text[i]);
	(void)state;
}

static void the_most_frequent_ones_are_chosen(void **state)
{
	struct buf text = { 0 };
	struct toy t = { 0 };
	struct seeds all, some;
	uint64_t rng = 5;
	size_t most;

	random_text(&rng, characters, 8, 2000, &text);
	add_file(&t, t_slice(&text));
	find_seeds(&t, BP_WHOLE, 1, &rules_of[0], ALL, &all);
	assert_true(all.n > 100);
	for (most = 1; most <= all.n; most += all.n / 4) {
		find_seeds(&t, BP_WHOLE, 1, &rules_of[0], most, &some);
		check_same(&some, &all, most);
		bp_seeds_release(&some);
	}
	bp_seeds_release(&all);
	toy_release(&t);
	bp_buf_release(&text);
	(void)state;
}

/* "However rare, from two occurrences on": below the least count asked for too. */
static void a_character_is_a_seed_from_two_occurrences_or_min_count_on(void **state)
{
	static const struct piece_rules two = { 2, 1, true }, three = { 2, 3, true };
	struct toy t = { 0 };
	struct seeds s;

	(void)state;
	add_file(&t, S("\xC3\xA9 \xC3\xA9 \xC3\xA8"));
	find_seeds(&t, BP_LINES, 1, &two, ALL, &s);
	assert_int_equal(s.n, 1);
	T_SAME(s.piece[0], S("\xC3\xA9"));
	assert_int_equal(s.count[0], 2);
	bp_seeds_release(&s);
	find_seeds(&t, BP_LINES, 1, &three, ALL, &s);
	assert_int_equal(s.n, 0);
	bp_seeds_release(&s);
	toy_release(&t);
}

/* So many different strings stand twice in the text that the threshold has to rise above them. */
static void above_a_raised_threshold_all_is_found(void **state)
{
	static const struct piece_rules rules = { 6, 2, true };
	enum { LINES = 32, LINE = 9999 };
	struct naive o = { 0 };
	struct toy t = { 0 };
	struct buf text = { 0 };
	struct seeds s;
	uint64_t rng = 4;
	size_t i;

	for (i = 1; i <= LINES * (LINE + 1); i++)
		assert_true(bp_buf_byte(&text, i % (LINE + 1) == 0 ? '\n' :
					(unsigned char)('A' + t_below(&rng, 60))));
	assert_true(bp_buf_reserve(&text, text.len));
	t_append(&text, t_slice(&text));
	t_append(&text, S("\xC3\xA9\n\xC3\xA9\n\xE4\xB8\xAD\xE4\xB8\xAD\n\xC3\xA8\n"));
	add_file(&t, t_slice(&text));
	cut(&o, t_slice(&text), BP_LINES);
	count_all(&o, 7);
	find_seeds(&t, BP_LINES, 2, &rules, ALL, &s);
	assert_true(s.threshold > 2);
	check(&s, &rules, &o);
	bp_seeds_release(&s);
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
		cmocka_unit_test(the_number_of_threads_changes_nothing),
		cmocka_unit_test(the_most_frequent_ones_are_chosen),
		cmocka_unit_test(above_a_raised_threshold_all_is_found),
		cmocka_unit_test(a_character_is_a_seed_from_two_occurrences_or_min_count_on)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
