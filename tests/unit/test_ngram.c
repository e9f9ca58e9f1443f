/* ngram.h: windows and the n-grams in them against counting one by one. */
#include <stdlib.h>

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

static void take_windows(const struct toy *t, unsigned order, struct run *windows)
{
	struct runs r;
	size_t i;

	assert_true(bp_runs_init(&r, bp_ngram_bits(order)));
	for (i = 0; i < t->n; i++)
		assert_true(bp_ngram_add(&r, order, segment(t, i)));
	assert_true(bp_runs_merge(&r, 1, windows));
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

/* The run is of these strings, as far as they occur so often. */
static void check_run(struct toy *t, unsigned order, uint64_t min_count, const struct run *run)
{
	size_t i, k, row = 0;

	qsort(t->gram, t->n_grams, sizeof(*t->gram), by_bytes);
	for (i = 0; i < t->n_grams; i = k) {
		for (k = i + 1; k < t->n_grams && by_bytes(&t->gram[i], &t->gram[k]) == 0; k++)
			;
		if (k - i < min_count)
			continue;
		T_OK(row < run->n, "order %u: %zu rows are too few", order, run->n);
		T_OK(run->row[row].key == key_of(t->gram[i], order), "order %u: row %zu: key",
		     order, row);
		T_OK(run->row[row].count == k - i, "order %u: row %zu: count", order, row);
		row++;
	}
	T_OK(run->n == row, "order %u: %zu rows, not %zu", order, run->n, row);
}

static void check_windows(struct toy *t, unsigned order, const struct run *windows)
{
	struct slice s;
	size_t i, at;

	for (t->n_grams = i = 0; i < t->n; i++)
		for (s = segment(t, i), at = 0; at < s.n; at++)
			t->gram[t->n_grams++] = (struct slice){ s.p + at,
								BP_MIN(order, s.n - at) };
	check_run(t, order, 1, windows);
}

static void check_grams(struct toy *t, unsigned order, const struct run *windows)
{
	struct run run;
	struct slice s;
	uint64_t min_count;
	size_t i, at;
	unsigned n;

	for (n = 1; n <= order; n++) {
		for (t->n_grams = i = 0; i < t->n; i++)
			for (s = segment(t, i), at = 0; at + n <= s.n; at++)
				t->gram[t->n_grams++] = (struct slice){ s.p + at, n };
		for (min_count = 1; min_count <= 4; min_count++) {
			assert_true(bp_ngram_of_length(windows, order, n, min_count, &run));
			check_run(t, order, min_count, &run);
			free(run.row);
		}
	}
}

static void check_all_orders(struct toy *t)
{
	struct run windows;
	unsigned order;

	for (order = 1; order <= BP_ORDER_MAX; order++) {
		take_windows(t, order, &windows);
		check_windows(t, order, &windows);
		check_grams(t, order, &windows);
		free(windows.row);
	}
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
	struct run windows, run;
	struct toy t;
	unsigned n;

	toy_init(&t);
	add_segment(&t, S("a"));
	add_segment(&t, S("a\0"));
	add_segment(&t, S(""));
	add_segment(&t, S("a\0\0"));
	check_all_orders(&t);
	take_windows(&t, 7, &windows);
	for (n = 4; n <= 7; n++) {
		assert_true(bp_ngram_of_length(&windows, 7, n, 1, &run));
		assert_int_equal(run.n, 0);
		free(run.row);
	}
	free(windows.row);
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
	uint64_t rng = 2;
	struct run windows;
	struct slice a, b;
	struct toy t;
	size_t i, j;

	toy_init(&t);
	random_segments(&t, &rng, S("\0\1\xFF"));
	add_segment(&t, S("\0\0\xFF\0\xFF\xFF\0\0\0\1"));
	take_windows(&t, 7, &windows);
	check_windows(&t, 7, &windows);
	for (i = 0; i < t.n_grams; i++)
		for (j = 0; j < t.n_grams; j++) {
			a = t.gram[i];
			b = t.gram[j];
			assert_int_equal(bp_slice_compare(a, b) < 0, key_of(a, 7) < key_of(b, 7));
		}
	free(windows.row);
	toy_release(&t);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_segments_are_counted),
		cmocka_unit_test(segments_shorter_than_the_order_are_not_padded),
		cmocka_unit_test(no_segments_have_no_windows),
		cmocka_unit_test(keys_are_in_order_of_bytes_with_prefixes_first)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
