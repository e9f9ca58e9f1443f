/* ngram.h: windows and the n-grams in them against counting one by one. */
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "support.h"
#include "train/ngram.h"

enum { MOST_BYTES = 4000 };

/* Segments side by side in 'text', and strings in them to be counted. */
struct toy {
	struct buf text;
	size_t end[200], n;
	struct slice *gram;
	size_t n_grams;
};

static void toy_init(struct toy *t)
{
	*t = (struct toy){ .gram = bp_array(MOST_BYTES, sizeof(*t->gram)) };
	assert_non_null(t->gram);
}

static void toy_release(struct toy *t)
{
	bp_buf_release(&t->text);
	free(t->gram);
}

static struct slice segment(const struct toy *t, size_t i)
{
	size_t from = i > 0 ? t->end[i - 1] : 0;

	return (struct slice){ t->text.data + from, t->end[i] - from };
}

static void add_segment(struct toy *t, struct slice s)
{
	t_append(&t->text, s);
	assert_true(t->text.len <= MOST_BYTES);
	t->end[t->n++] = t->text.len;
}

static void random_segments(struct toy *t, uint64_t *rng, struct slice alphabet)
{
	unsigned char s[100];
	size_t i, k, n = t_below(rng, 60), most = t_below(rng, 4) == 0 ? 60 : 9;

	t->text.len = t->n = 0;
	for (; n > 0; n--) {
		k = t_below(rng, most);
		for (i = 0; i < k; i++)
			s[i] = alphabet.n > 0 ? alphabet.p[t_below(rng, alphabet.n)] :
						(unsigned char)t_below(rng, 256);
		add_segment(t, (struct slice){ s, k });
	}
}

static uint64_t key_of(struct slice s, unsigned order)
{
	uint64_t key = 0;
	size_t i;

	for (i = 0; i < order; i++)
		key = key << 8 | (i < s.n ? s.p[i] : 0);
	return key << 3 | s.n;
}

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

/* An n-gram as the walk gives it. */
struct gram {
	unsigned n;
	uint64_t bytes, count;
};

struct grams {
	struct gram *gram;
	size_t n, cap;
};

static bp_status take_gram(void *ctx, unsigned n, uint64_t bytes, uint64_t count, bp_error *err)
{
	struct grams *g = ctx;

	(void)err;
	assert_true(BP_GROW(g->gram, g->cap, g->n + 1));
	g->gram[g->n++] = (struct gram){ n, bytes, count };
	return BP_OK;
}

static void sort_strings(struct toy *t)
{
	if (t->n_grams > 0)
		qsort(t->gram, t->n_grams, sizeof(*t->gram), by_bytes);
}

/* How many of the sorted strings are equal to the one at i, itself included. */
static size_t equal_ones(const struct toy *t, size_t i)
{
	size_t k = i + 1;

	while (k < t->n_grams && by_bytes(&t->gram[i], &t->gram[k]) == 0)
		k++;
	return k - i;
}

/* Count all windows, by two hands, one segment to each in turn. */
static void count_windows(const struct toy *t, unsigned order, struct workspace *ws,
			  struct counter *c, struct counted *all)
{
	bp_error err = { 0 };
	size_t i;

	/* The least memory, which is enough for so few. */
	T_OK(bp_counter_init(c, ws, 2, bp_ngram_bits(order), 1, &err) == BP_OK, "%s", err.msg);
	for (i = 0; i < t->n; i++)
		assert_int_equal(bp_ngram_add(&c->workers[i % 2], order, segment(t, i), 1,
					      &err), BP_OK);
	T_OK(bp_counter_open(c, all, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(bp_counter_total(c), t->text.len);
}

/* Each row is of the window that it should be; and walk over them. */
static void walk_windows(struct toy *t, unsigned order, struct source *s, struct grams *grams)
{
	struct ngram_walk w = { .order = order, .gram = take_gram, .ctx = grams };
	struct row r = { { NULL, 0 }, 0 };
	bp_error err = { 0 };
	bool more = true;
	size_t i, k;

	for (i = 0; i < t->n_grams; i += k) {
		k = equal_ones(t, i);
		assert_int_equal(s->next(s, &r, &more, &err), BP_OK);
		T_OK(more, "order %u: too few windows", order);
		T_OK(bp_row_number(&r) == key_of(t->gram[i], order), "order %u: key", order);
		T_OK(r.count == k, "order %u: count of a window", order);
		T_OK(bp_ngram_row(&w, &r, "windows", &err) == BP_OK, "%s", err.msg);
	}
	assert_int_equal(s->next(s, &r, &more, &err), BP_OK);
	T_OK(!more, "order %u: too many windows", order);
	assert_int_equal(bp_ngram_end(&w, &err), BP_OK);
}

static void take_windows(struct toy *t, unsigned order, struct grams *grams)
{
	struct workspace ws = { .folder = "/nonexistent" };
	struct counted all;
	struct counter c;
	struct slice s;
	size_t i, at;

	for (t->n_grams = i = 0; i < t->n; i++)
		for (s = segment(t, i), at = 0; at < s.n; at++)
			t->gram[t->n_grams++] = (struct slice){ s.p + at,
								BP_MIN(order, s.n - at) };
	sort_strings(t);
	count_windows(t, order, &ws, &c, &all);
	grams->n = 0;
	walk_windows(t, order, &all.merge.source, grams);
	bp_counted_release(&all);
	bp_counter_release(&c);
}

/* The first n-gram of this length from i on, or grams->n. */
static size_t next_of(const struct grams *grams, size_t i, unsigned n)
{
	while (i < grams->n && grams->gram[i].n != n)
		i++;
	return i;
}

/* The n-grams of one length are all there are, in order. */
static void check_length(struct toy *t, unsigned order, unsigned n, const struct grams *grams)
{
	struct slice s;
	size_t i, at, k;
	const struct gram *g;

	for (t->n_grams = i = 0; i < t->n; i++)
		for (s = segment(t, i), at = 0; at + n <= s.n; at++)
			t->gram[t->n_grams++] = (struct slice){ s.p + at, n };
	sort_strings(t);
	for (at = next_of(grams, 0, n), i = 0; i < t->n_grams; i += k) {
		k = equal_ones(t, i);
		T_OK(at < grams->n, "order %u: n-grams of %u bytes are missing", order, n);
		g = &grams->gram[at];
		T_OK(g->bytes == key_of(t->gram[i], n) >> 3, "order %u: bytes of an n-gram", order);
		T_OK(g->count == k, "order %u: %llu times, not %zu", order,
		     (unsigned long long)g->count, k);
		at = next_of(grams, at + 1, n);
	}
	T_OK(at == grams->n, "order %u: too many n-grams of %u bytes", order, n);
}

/* All that begin with an n-gram come before it: for each the next that is a byte shorter is what
 * it begins with. */
static void check_longer_first(const struct grams *grams)
{
	const struct gram *g, *shorter;
	size_t i, k;

	for (i = 0; i < grams->n; i++) {
		g = &grams->gram[i];
		if (g->n == 1)
			continue;
		k = next_of(grams, i, g->n - 1);
		T_OK(k < grams->n, "n-gram %zu: nothing it begins with", i);
		shorter = &grams->gram[k];
		T_OK(shorter->bytes == g->bytes >> 8, "n-gram %zu: begins otherwise", i);
		T_OK(shorter->count >= g->count, "n-gram %zu: more frequent", i);
	}
}

static void check_all_orders(struct toy *t)
{
	struct grams grams = { 0 };
	unsigned order, n;

	for (order = 1; order <= BP_ORDER_MAX; order++) {
		take_windows(t, order, &grams);
		check_longer_first(&grams);
		for (n = 1; n <= order; n++)
			check_length(t, order, n, &grams);
	}
	free(grams.gram);
}

static void random_segments_are_counted(void **state)
{
	static const struct slice alphabet[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("\0"), S_INIT("a\0"), S_INIT("\xFF"),
		S_INIT("\0\xFF"), S_INIT("\0\1\xFE\xFF"), S_INIT("abcdefgh"), { NULL, 0 }
	};
	uint64_t rng = 1;
	struct toy t;
	size_t i;

	toy_init(&t);
	for (i = 0; i < 36; i++) {
		random_segments(&t, &rng, alphabet[i % (sizeof(alphabet) / sizeof(alphabet[0]))]);
		check_all_orders(&t);
	}
	toy_release(&t);
	(void)state;
}

static void segments_shorter_than_the_order_are_not_padded(void **state)
{
	struct grams grams = { 0 };
	struct toy t;
	unsigned n;

	toy_init(&t);
	add_segment(&t, S("a"));
	add_segment(&t, S("a\0"));
	add_segment(&t, S(""));
	add_segment(&t, S("a\0\0"));
	check_all_orders(&t);
	take_windows(&t, 7, &grams);
	for (n = 4; n <= 7; n++)
		assert_int_equal(next_of(&grams, 0, n), grams.n);
	free(grams.gram);
	toy_release(&t);
	(void)state;
}

static void no_segments_have_no_windows(void **state)
{
	struct toy t;

	toy_init(&t);
	check_all_orders(&t);
	add_segment(&t, S(""));
	check_all_orders(&t);
	toy_release(&t);
	(void)state;
}

static void keys_are_in_order_of_bytes_with_prefixes_first(void **state)
{
	struct grams grams = { 0 };
	uint64_t rng = 2;
	struct slice a, b;
	struct toy t;
	size_t i, j;

	toy_init(&t);
	random_segments(&t, &rng, S("\0\1\xFF"));
	add_segment(&t, S("\0\0\xFF\0\xFF\xFF\0\0\0\1"));
	take_windows(&t, 7, &grams);
	for (i = 0; i < grams.n; i++)
		assert_in_range(grams.gram[i].n, 1, 7);
	/* The windows themselves, of which the list is left. */
	assert_true(t.n_grams > 10);
	for (i = 0; i < t.n_grams; i++)
		for (j = 0; j < t.n_grams; j++) {
			a = t.gram[i];
			b = t.gram[j];
			assert_int_equal(bp_slice_compare(a, b) < 0, key_of(a, 7) < key_of(b, 7));
		}
	free(grams.gram);
	toy_release(&t);
	(void)state;
}

/* A row of a window of this many bytes, as a counter writes it. */
static struct row window(unsigned char *key, unsigned order, struct slice s, uint64_t count)
{
	unsigned n = (bp_ngram_bits(order) + 7) / 8;

	key[0] = ROW_COUNT;
	bp_store_be(key + 1, key_of(s, order), n);
	return (struct row){ { key, 1 + n }, count };
}

static void counts_have_64_bits(void **state)
{
	struct grams grams = { 0 };
	struct ngram_walk w = { .order = 3, .gram = take_gram, .ctx = &grams };
	const uint64_t many = (uint64_t)1 << 62;
	unsigned char key[9];
	struct row r;

	r = window(key, 3, S("ab"), many);
	assert_int_equal(bp_ngram_row(&w, &r, "", NULL), BP_OK);
	r = window(key, 3, S("abc"), 2 * many + 1);
	assert_int_equal(bp_ngram_row(&w, &r, "", NULL), BP_OK);
	assert_int_equal(bp_ngram_end(&w, NULL), BP_OK);
	assert_int_equal(grams.n, 3);
	assert_true(grams.gram[0].n == 3 && grams.gram[0].bytes == 0x616263);
	assert_true(grams.gram[0].count == 2 * many + 1);
	assert_true(grams.gram[1].n == 2 && grams.gram[1].count == 3 * many + 1);
	assert_true(grams.gram[2].n == 1 && grams.gram[2].count == 3 * many + 1);
	free(grams.gram);
	(void)state;
}

/* The row is refused, and the message says where it is from. */
static void check_damaged(unsigned order, struct row r, const char *what)
{
	struct grams grams = { 0 };
	struct ngram_walk w = { .order = order, .gram = take_gram, .ctx = &grams };
	unsigned char key[9];
	struct row good = window(key, order, S("a"), 2);
	bp_error err = { 0 };

	/* As the first one, and after another. */
	T_OK(bp_ngram_row(&w, &r, "somewhere", &err) == BP_EFORMAT, "order %u: %s", order, what);
	assert_true(strstr(err.msg, "somewhere: ") == err.msg);
	assert_int_equal(bp_ngram_row(&w, &good, "somewhere", &err), BP_OK);
	T_OK(bp_ngram_row(&w, &r, "somewhere", &err) == BP_EFORMAT, "order %u: %s", order, what);
	assert_int_equal(grams.n, 0);
	free(grams.gram);
}

static void damaged_rows_are_refused(void **state)
{
	struct slice s = S("abcdefg");
	unsigned char key[40] = { 0 };
	struct row r;
	unsigned order, n;

	for (order = 1; order <= BP_ORDER_MAX; order++) {
		s.n = order;
		r = window(key, order, s, 1);
		r.key.n--;
		check_damaged(order, r, "a key that is too short");
		r.key.n += 2;
		check_damaged(order, r, "a key that is too long");
		r.key.n = sizeof(key);
		check_damaged(order, r, "a key that is much too long");
		r.key.n = 1;
		check_damaged(order, r, "no key");
		for (n = order + 1; n <= 8; n++) {
			r = window(key, order, s, 1);
			key[r.key.n - 1] = (unsigned char)((key[r.key.n - 1] & 0xF8) | (n & 7));
			check_damaged(order, r, "a window of no or too many bytes");
		}
		for (n = 3; n < 8; n++) {
			r = window(key, order, s, 1);
			key[1] = (unsigned char)(key[1] | 1 << n);
			check_damaged(order, r, "bits above the bytes");
		}
	}
	(void)state;
}

static bp_status refuse(void *ctx, unsigned n, uint64_t bytes, uint64_t count, bp_error *err)
{
	unsigned *left = ctx;

	(void)n;
	(void)bytes;
	(void)count;
	return (*left)-- > 0 ? BP_OK : bp_fail(err, BP_ENOMEM, "refused");
}

static void who_gets_the_n_grams_can_refuse(void **state)
{
	unsigned left;
	struct ngram_walk w = { .order = 4, .gram = refuse, .ctx = &left };
	unsigned char key[9];
	bp_error err = { 0 };
	struct row r;

	left = 1;
	r = window(key, 4, S("abcd"), 1);
	assert_int_equal(bp_ngram_row(&w, &r, "", &err), BP_OK);
	r = window(key, 4, S("abx"), 1);
	/* "abcd" has ended, and so has "abc". */
	assert_int_equal(bp_ngram_row(&w, &r, "", &err), BP_ENOMEM);
	assert_string_equal(err.msg, "refused");
	w = (struct ngram_walk){ .order = 4, .gram = refuse, .ctx = &left };
	left = 2;
	assert_int_equal(bp_ngram_row(&w, &r, "", &err), BP_OK);
	err = (bp_error){ 0 };
	assert_int_equal(bp_ngram_end(&w, &err), BP_ENOMEM);
	assert_string_equal(err.msg, "refused");
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_segments_are_counted),
		cmocka_unit_test(segments_shorter_than_the_order_are_not_padded),
		cmocka_unit_test(no_segments_have_no_windows),
		cmocka_unit_test(keys_are_in_order_of_bytes_with_prefixes_first),
		cmocka_unit_test(counts_have_64_bits),
		cmocka_unit_test(damaged_rows_are_refused),
		cmocka_unit_test(who_gets_the_n_grams_can_refuse)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
