/* reference.h: the pieces of a text against the reference's search, written out in full. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "bytepiece_files.h"
#include "support.h"
#include "train/published/reference.h"
#include "train/ngram.h"

enum {
	MOST_SEGMENTS = 40,
	MOST_BYTES = 400	/* of a segment to cut */
};

/* Segments side by side. */
struct corpus_toy {
	struct buf text;
	size_t end[MOST_SEGMENTS], n;
};

struct toy {
	struct corpus_toy c;
	unsigned order;
	uint64_t min_count;
	bool ensure_unicode;
	uint64_t byte[256], bytes;	/* counts of single bytes, none 0, and their sum */
	struct lm lm;
};

static struct slice segment(const struct corpus_toy *c, size_t i)
{
	size_t from = i > 0 ? c->end[i - 1] : 0;

	return (struct slice){ c->text.data + from, c->end[i] - from };
}

static void add_segment(struct corpus_toy *c, struct slice s)
{
	assert_true(c->n < MOST_SEGMENTS);
	t_append(&c->text, s);
	c->end[c->n++] = c->text.len;
}

/* How often the string occurs inside a segment. */
static uint64_t count(const struct corpus_toy *c, struct slice s)
{
	struct slice in;
	uint64_t n = 0;
	size_t i, at;

	for (i = 0; i < c->n; i++)
		for (in = segment(c, i), at = 0; at + s.n <= in.n; at++)
			n += memcmp(in.p + at, s.p, s.n) == 0;
	return n;
}

/* ln of the last byte's probability after those before; -INFINITY if the n-gram was dropped. */
static double log_probability(const struct toy *t, struct slice gram)
{
	uint64_t n;

	if (gram.n == 1)
		return bp_log((double)t->byte[gram.p[0]]) - bp_log((double)t->bytes);
	n = count(&t->c, gram);
	if (n == 0 || n < t->min_count)
		return -INFINITY;
	if (gram.n == 2)
		return bp_log((double)n) - bp_log((double)t->byte[gram.p[0]]);
	return bp_log((double)n) - bp_log((double)count(&t->c, (struct slice){ gram.p, gram.n - 1 }));
}

/* The scores of all n-grams at all places of a text: e[place * order + n - 1]. */
static double *find_emissions(const struct toy *t, struct slice s)
{
	double *e = bp_array(s.n * t->order, sizeof(*e)), one[256];
	bool known[256] = { false };
	size_t i, j;

	assert_non_null(e);
	for (i = 0; i < s.n; i++) {
		if (!known[s.p[i]])
			one[s.p[i]] = log_probability(t, (struct slice){ s.p + i, 1 });
		known[s.p[i]] = true;
		for (j = 0; j < t->order; j++)
			e[i * t->order + j] = j > i ? -INFINITY : j == 0 ? one[s.p[i]] :
				log_probability(t, (struct slice){ s.p + i - j, j + 1 });
		if (t->ensure_unicode && s.p[i] >= 0x80 && s.p[i] <= 0xBF)
			e[i * t->order] = -INFINITY;
	}
	return e;
}

static double transition(unsigned order, size_t from, size_t to)
{
	return to == 0 || to == BP_MIN(from + 1, order - 1) ? 0 : -INFINITY;
}

/* starts[i] says whether a piece starts at byte i.  Returns whether there was a way at all. */
static bool naive_cut(const struct toy *t, struct slice s, bool *starts)
{
	double *e = find_emissions(t, s), before[BP_ORDER_MAX];
	double now[BP_ORDER_MAX] = { 0 }, sum;
	size_t (*from)[BP_ORDER_MAX] = calloc(s.n, sizeof(*from)), i, j, k, at;
	bool has_way;

	assert_non_null(from);
	for (j = 0; j < t->order; j++)
		now[j] = j == 0 ? e[0] : -INFINITY;
	for (i = 1; i < s.n; i++) {
		memcpy(before, now, sizeof(before));
		for (j = 0; j < t->order; j++) {
			now[j] = -INFINITY;
			for (k = 0; k < t->order; k++) {
				sum = before[k] + transition(t->order, k, j) + e[i * t->order + j];
				if (sum > now[j]) {
					now[j] = sum;
					from[i][j] = k;
				}
			}
		}
	}
	for (at = 0, j = 1; j < t->order; j++)
		if (now[j] > now[at])
			at = j;
	has_way = now[at] > -INFINITY;
	for (i = s.n; i-- > 0; at = from[i][at])
		starts[i] = at == 0 || i == 0;
	free(from);
	free(e);
	return has_way;
}

struct visit {
	const unsigned char *begin, *end;	/* of what has not been visited */
	bool *starts;
	size_t n, most;
};

static bp_status take_piece(void *ctx, struct slice piece, bp_error *err)
{
	struct visit *v = ctx;

	assert_true(piece.n > 0 && piece.p >= v->begin && piece.p + piece.n == v->end);
	v->starts[piece.p - v->begin] = true;
	v->end = piece.p;
	return ++v->n < v->most ? BP_OK : bp_fail(err, BP_EINTR, "enough");
}

/* Returns whether there was a way. */
static bool check_cut(const struct toy *t, struct lm_scratch *scratch, struct slice s)
{
	bool want[MOST_BYTES] = { false }, got[MOST_BYTES] = { false }, has_way;
	struct visit v = { s.p, s.p + s.n, got, 0, SIZE_MAX };
	bp_error err = { 0 };
	size_t i;

	assert_true(s.n > 0 && s.n <= MOST_BYTES);
	has_way = naive_cut(t, s, want);
	T_OK(bp_lm_cut(&t->lm, scratch, s, take_piece, &v, &err) == BP_OK, "%s", err.msg);
	assert_true(v.end == s.p);
	for (i = 0; i < s.n; i++)
		T_OK(want[i] == got[i],
		     "order %u, min_count %u, ensure_unicode %d: byte %zu of %zu starts %s piece",
		     t->order, (unsigned)t->min_count, t->ensure_unicode, i, s.n,
		     got[i] ? "a" : "no");
	return has_way;
}

/* Single bytes are kept however rare. */
static bp_status add_gram(void *ctx, unsigned n, uint64_t bytes, uint64_t n_times, bp_error *err)
{
	struct toy *t = ctx;

	return n == 1 || n_times >= t->min_count ? bp_lm_add(&t->lm, n, bytes, n_times, err)
						 : BP_OK;
}

/* All n-grams of the text, counted as in training. */
static void add_grams(struct toy *t)
{
	struct ngram_walk w = { .order = t->order, .gram = add_gram, .ctx = t };
	struct workspace ws = { .folder = "/nonexistent" };
	struct counter c;
	struct counted all;
	bp_error err = { 0 };
	struct row r;
	bool more;
	size_t i;

	/* The least memory, which is enough for so few. */
	assert_int_equal(bp_counter_init(&c, &ws, 1, bp_ngram_bits(t->order), 1, &err), BP_OK);
	for (i = 0; i < t->c.n; i++)
		assert_int_equal(bp_ngram_add(&c.workers[0], t->order, segment(&t->c, i), 1,
					      &err),
				 BP_OK);
	assert_int_equal(bp_counter_open(&c, &all, &err), BP_OK);
	while (all.merge.source.next(&all.merge.source, &r, &more, &err) == BP_OK && more)
		T_OK(bp_ngram_row(&w, &r, "", &err) == BP_OK, "%s", err.msg);
	assert_false(more);
	T_OK(bp_ngram_end(&w, &err) == BP_OK, "%s", err.msg);
	bp_counted_release(&all);
	bp_counter_release(&c);
}

static void learn(struct toy *t)
{
	bp_error err = { 0 };
	size_t i;

	for (i = 0; i < 256; i++)
		t->byte[i] = 0;
	for (i = 0; i < t->c.text.len; i++)
		t->byte[t->c.text.data[i]]++;
	for (t->bytes = i = 0; i < 256; i++)
		t->bytes += t->byte[i] = BP_MAX(t->byte[i], 1);
	assert_int_equal(bp_lm_init(&t->lm, t->order, t->ensure_unicode, &err), BP_OK);
	add_grams(t);
	/* One worker or several: it makes no difference. */
	T_OK(bp_lm_ready(&t->lm, 1 + (unsigned)t->c.text.len % 3, &err) == BP_OK, "%s", err.msg);
}

/* Up to 'most' units of a small alphabet, some of several bytes; never nothing. */
static void random_text(uint64_t *rng, const struct slice *unit, size_t n_units, size_t most,
			struct buf *out)
{
	size_t n = 1 + t_below(rng, most);

	for (out->len = 0; n > 0; n--)
		t_append(out, unit[t_below(rng, n_units)]);
}

struct alphabet {
	const struct slice *unit;
	size_t n;
};
#define ALPHABET(unit) { (unit), sizeof(unit) / sizeof((unit)[0]) }

static const struct slice one_letter[] = { S_INIT("a") };
static const struct slice two_letters[] = { S_INIT("a"), S_INIT("b") };
static const struct slice letters[] = {
	S_INIT("a"), S_INIT("b"), S_INIT("c"), S_INIT("d"), S_INIT("ab"), S_INIT("abcd")
};
static const struct slice characters[] = {
	S_INIT("a"), S_INIT("\xC3\xA9"), S_INIT("\xC3\xA8"), S_INIT("\xE4\xB8\xAD"),
	S_INIT("\xE4\xB8\x80"), S_INIT("\xF0\x9F\x98\x80"), S_INIT("\xF0\x9F\x98\x81")
};
static const struct slice malformed[] = {
	S_INIT("a"), S_INIT("\x80"), S_INIT("\xBF"), S_INIT("\xC3"), S_INIT("\0"), S_INIT("\xFF"),
	S_INIT("\xC0"), S_INIT("\x7F")
};
static const struct alphabet alphabets[] = {
	ALPHABET(one_letter), ALPHABET(two_letters), ALPHABET(letters), ALPHABET(characters),
	ALPHABET(malformed)
};

/* A character that the alphabets lack, or a part of one. */
static void spoil(uint64_t *rng, struct buf *text)
{
	static const struct slice odd[] = {
		S_INIT("\xE4\xB8\xBF"), S_INIT("\xC3\x80"), S_INIT("z"), S_INIT("\x81"),
		S_INIT("\xF0\x9F\x99\x80"), S_INIT("\xD0\x90")
	};
	struct slice s = odd[t_below(rng, sizeof(odd) / sizeof(odd[0]))];
	size_t at = t_below(rng, text->len + 1);

	assert_true(bp_buf_reserve(text, s.n));
	memmove(text->data + at + s.n, text->data + at, text->len - at);
	memcpy(text->data + at, s.p, s.n);
	text->len += s.n;
}

struct eval_counts {
	size_t ways, dead_ends;
};

static void check_random(uint64_t *rng, unsigned order, uint64_t min_count, bool ensure_unicode,
			 const struct alphabet *a, struct eval_counts *tally)
{
	struct toy t = { .order = order, .min_count = min_count, .ensure_unicode = ensure_unicode };
	struct lm_scratch scratch = { 0 };
	struct buf text = { 0 };
	size_t i, n = 1 + t_below(rng, 8);

	for (i = 0; i < n; i++) {
		random_text(rng, a->unit, a->n, 12, &text);
		add_segment(&t.c, t_slice(&text));
	}
	learn(&t);
	for (i = 0; i < 6; i++) {
		random_text(rng, a->unit, a->n, i < 4 ? 20 : 60, &text);
		if (i % 2 == 1)
			spoil(rng, &text);
		if (check_cut(&t, &scratch, t_slice(&text)))
			tally->ways++;
		else
			tally->dead_ends++;
	}
	for (i = 0; i < n; i++)
		check_cut(&t, &scratch, segment(&t.c, i));
	bp_lm_scratch_release(&scratch);
	bp_lm_release(&t.lm);
	bp_buf_release(&t.c.text);
	bp_buf_release(&text);
}

static void check_all(bool ensure_unicode, struct eval_counts *tally)
{
	uint64_t rng = 1, min_count;
	unsigned order;
	size_t i;

	for (order = 1; order <= BP_ORDER_MAX; order++)
		for (min_count = 1; min_count <= 4; min_count++)
			for (i = 0; i < 5; i++)
				check_random(&rng, order, min_count, ensure_unicode,
					     &alphabets[i % 5], tally);
}

static void pieces_from_anywhere_are_the_references(void **state)
{
	struct eval_counts tally = { 0 };

	check_all(false, &tally);
	/* A single byte always may begin. */
	assert_int_equal(tally.dead_ends, 0);
	(void)state;
}

static void pieces_of_whole_characters_are_the_references(void **state)
{
	struct eval_counts tally = { 0 };

	check_all(true, &tally);
	assert_true(tally.ways > 100 && tally.dead_ends > 100);
	(void)state;
}

/*
 * Periodic text makes n-grams of equal counts, whose scores are 0, and many equal sums.  Trained on
 * itself, a text is full of them.
 */
static void ties_go_to_the_lowest_state(void **state)
{
	static const struct slice period[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("aab"), S_INIT("abcd"), S_INIT("aabb"),
		S_INIT("\xC3\xA9"), S_INIT("a\xE4\xB8\xAD")
	};
	struct lm_scratch scratch = { 0 };
	struct toy t = { 0 };
	size_t i, k, times;

	for (i = 0; i < sizeof(period) / sizeof(period[0]); i++)
		for (t.order = 1; t.order <= BP_ORDER_MAX; t.order++)
			for (times = 1; times <= 12; times += times < 4 ? 1 : 4) {
				t.min_count = 1 + i % 2;
				t.ensure_unicode = times % 2 == 0;
				t.c.text.len = t.c.n = 0;
				for (k = 0; k < times; k++)
					t_append(&t.c.text, period[i]);
				t.c.end[t.c.n++] = t.c.text.len;
				learn(&t);
				check_cut(&t, &scratch, segment(&t.c, 0));
				bp_lm_release(&t.lm);
			}
	bp_lm_scratch_release(&scratch);
	bp_buf_release(&t.c.text);
	(void)state;
}

/* So many n-grams that the room for them grows several times. */
static void many_n_grams_are_found_again(void **state)
{
	struct toy t = { .order = 7, .min_count = 1 };
	struct lm_scratch scratch = { 0 };
	struct buf text = { 0 };
	uint64_t rng = 2;
	size_t i;

	for (i = 0; i < 12; i++) {
		random_text(&rng, letters, 6, 400, &text);
		add_segment(&t.c, t_slice(&text));
	}
	learn(&t);
	assert_true(t.lm.n_long > 1024 && t.lm.n_slots >= 2 * t.lm.n_long);
	for (i = 0; i < 3; i++) {
		random_text(&rng, letters, 6, 30, &text);
		check_cut(&t, &scratch, t_slice(&text));
	}
	bp_lm_scratch_release(&scratch);
	bp_lm_release(&t.lm);
	bp_buf_release(&t.c.text);
	bp_buf_release(&text);
	(void)state;
}

/* As a damaged plan could have it: what an n-gram begins with is always as frequent. */
static void an_n_gram_without_its_beginning_is_refused(void **state)
{
	static const unsigned n[] = { 3, 4, 7 };
	bp_error err = { 0 };
	struct lm m;
	size_t i;
	unsigned k;

	for (i = 0; i < 3; i++) {
		assert_int_equal(bp_lm_init(&m, 7, false, &err), BP_OK);
		for (k = 1; k <= n[i]; k++)
			if (k != n[i] - 1)
				assert_int_equal(bp_lm_add(&m, k, 0x61616161616161 >> (56 - 8 * k),
							   5, &err), BP_OK);
		assert_int_equal(bp_lm_ready(&m, 1 + (unsigned)i, &err), BP_EFORMAT);
		assert_non_null(strstr(err.msg, "damaged"));
		bp_lm_release(&m);
	}
	(void)state;
}

static void after_a_dead_end_all_is_single_bytes(void **state)
{
	struct toy t = { .order = 6, .min_count = 2, .ensure_unicode = true };
	bool starts[MOST_BYTES] = { false };
	struct slice s = S("abcabc\xE4\xB8\xAD" "abcabc");
	struct visit v = { s.p, s.p + s.n, starts, 0, SIZE_MAX };
	struct lm_scratch scratch = { 0 };
	size_t i;

	for (i = 0; i < 5; i++)
		add_segment(&t.c, S("abc"));
	learn(&t);
	assert_false(check_cut(&t, &scratch, s));
	assert_int_equal(bp_lm_cut(&t.lm, &scratch, s, take_piece, &v, NULL), BP_OK);
	for (i = 6; i < s.n; i++)
		T_OK(starts[i], "byte %zu", i);
	bp_lm_scratch_release(&scratch);
	bp_lm_release(&t.lm);
	bp_buf_release(&t.c.text);
	(void)state;
}

static void without_text_every_byte_is_as_likely(void **state)
{
	struct toy t = { .order = 3, .min_count = 1 };
	struct lm_scratch scratch = { 0 };

	learn(&t);
	assert_true(check_cut(&t, &scratch, S("abcab")));
	bp_lm_scratch_release(&scratch);
	bp_lm_release(&t.lm);
	bp_buf_release(&t.c.text);
	(void)state;
}

static void the_visitor_can_stop(void **state)
{
	struct toy t = { .order = 4, .min_count = 1 };
	bool starts[MOST_BYTES] = { false };
	struct slice s = S("zyxwv");
	struct visit v = { s.p, s.p + s.n, starts, 0, 2 };
	struct lm_scratch scratch = { 0 };
	bp_error err = { 0 };

	learn(&t);
	assert_int_equal(bp_lm_cut(&t.lm, &scratch, s, take_piece, &v, &err), BP_EINTR);
	assert_string_equal(err.msg, "enough");
	assert_int_equal(v.n, 2);
	v.n = 0;
	assert_int_equal(bp_lm_cut(&t.lm, &scratch, S(""), take_piece, &v, &err), BP_OK);
	assert_int_equal(v.n, 0);
	bp_lm_scratch_release(&scratch);
	bp_lm_release(&t.lm);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_from_anywhere_are_the_references),
		cmocka_unit_test(pieces_of_whole_characters_are_the_references),
		cmocka_unit_test(ties_go_to_the_lowest_state),
		cmocka_unit_test(many_n_grams_are_found_again),
		cmocka_unit_test(an_n_gram_without_its_beginning_is_refused),
		cmocka_unit_test(after_a_dead_end_all_is_single_bytes),
		cmocka_unit_test(without_text_every_byte_is_as_likely),
		cmocka_unit_test(the_visitor_can_stop)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
