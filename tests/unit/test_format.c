/* api/format.h: pieces as decimal and raw ids, against the C library's printf. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/format.h"
#include "support.h"

/* The first and last ids of each length, and their neighbours. */
static size_t limit_ids(uint32_t *id)
{
	uint64_t power;
	size_t n = 0;
	int i;

	for (power = 1; power <= UINT32_MAX; power *= 10)
		for (i = -2; i <= 2; i++)
			id[n++] = (uint32_t)(power + (uint64_t)i);
	for (power = 1; power <= UINT32_MAX; power *= 2)
		for (i = -2; i <= 2; i++)
			id[n++] = (uint32_t)(power + (uint64_t)i);
	id[n++] = 0;
	id[n++] = UINT32_MAX;
	return n;
}
enum { MAX_LIMITS = 5 * (10 + 32) + 2 };

/* Check the result for ids, appended in one call and in several. */
static void check_ids(const uint32_t *id, size_t n, uint64_t *rng)
{
	struct format whole = { .row = bp_format_row(BP_FORMAT_IDS) }, parts = whole;
	struct buf want = { 0 };
	uint32_t *piece = bp_array(n, sizeof(*piece));
	char text[16];
	size_t i, k;

	assert_non_null(piece);
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%" PRIu32, i > 0 ? " " : "", id[i]);
		t_append(&want, t_string(text));
		piece[i] = id[i] - BP_FIRST_PIECE;
	}
	assert_true(bp_format_tokens(&whole, piece, n));
	T_SAME(t_slice(&whole.text), t_slice(&want));
	assert_int_equal(whole.has_tokens, n > 0);
	for (i = 0; i < n; i += k) {
		k = t_below(rng, 4);
		k = BP_MIN(k, n - i);
		assert_true(bp_format_tokens(&parts, piece + i, k));
	}
	T_SAME(t_slice(&parts.text), t_slice(&want));
	bp_buf_release(&whole.text);
	bp_buf_release(&parts.text);
	bp_buf_release(&want);
	free(piece);
}

static void ids_of_all_lengths_are_as_printf_writes_them(void **state)
{
	uint32_t id[MAX_LIMITS];
	uint64_t rng = 1;
	size_t n = limit_ids(id), i;

	(void)state;
	check_ids(id, 0, &rng);
	check_ids(id, n, &rng);
	for (i = 0; i < n; i++)
		check_ids(id + i, 1, &rng);
}

static void random_ids_are_as_printf_writes_them(void **state)
{
	enum { N = 200000 };
	uint32_t *id = bp_array(N, sizeof(*id));
	uint64_t rng = 2;
	size_t i;

	(void)state;
	assert_non_null(id);
	for (i = 0; i < N; i++)
		id[i] = (uint32_t)t_next(&rng) >> t_below(&rng, 32);
	check_ids(id, N, &rng);
	for (i = 0; i < N; i++)
		id[i] = (uint32_t)i;
	check_ids(id, N, &rng);
	free(id);
}

static void a_line_goes_on_or_starts_anew(void **state)
{
	static const uint32_t piece[] = { 97, 98 };
	struct format f = { .row = bp_format_row(BP_FORMAT_IDS) };

	(void)state;
	bp_format_reset(&f, true);
	assert_true(bp_format_tokens(&f, piece, 0));
	assert_int_equal(f.text.len, 0);
	assert_true(f.has_tokens);
	assert_true(bp_format_tokens(&f, piece, 2));
	assert_true(bp_format_terminate(&f));
	assert_true(bp_format_terminate(&f));
	assert_true(bp_format_tokens(&f, piece, 1));
	T_SAME(t_slice(&f.text), S(" 100 101\n\n100"));
	bp_format_reset(&f, false);
	assert_true(bp_format_tokens(&f, piece, 0));
	assert_false(f.has_tokens);
	bp_buf_release(&f.text);
}

static void raw_ids_have_the_lowest_byte_first(void **state)
{
	uint32_t id[MAX_LIMITS];
	struct format two = { .row = bp_format_row(BP_FORMAT_U16) };
	struct format four = { .row = bp_format_row(BP_FORMAT_U32) };
	size_t n = limit_ids(id), i;
	unsigned k;

	(void)state;
	for (i = 0; i < n; i++)
		id[i] -= BP_FIRST_PIECE;
	assert_true(bp_format_tokens(&two, id, n));
	assert_true(bp_format_terminate(&two));
	assert_true(bp_format_tokens(&four, id, n - 1));
	assert_true(bp_format_terminate(&four));
	assert_true(bp_format_tokens(&four, id + n - 1, 1));
	assert_int_equal(two.text.len, 2 * n);
	assert_int_equal(four.text.len, 4 * n);
	for (i = 0; i < n; i++)
		for (k = 0; k < 4; k++) {
			unsigned char want = (unsigned char)((id[i] + BP_FIRST_PIECE) >> 8 * k);

			assert_int_equal(four.text.data[4 * i + k], want);
			if (k < 2)
				assert_int_equal(two.text.data[2 * i + k], want);
		}
	bp_buf_release(&two.text);
	bp_buf_release(&four.text);
}

/*
 * Tokens that are easy to get wrong: single bytes, NUL and newline among them, and special tokens.
 */
static size_t some_tokens(uint32_t *piece)
{
	size_t i, n = 0;

	for (i = 0; i < 256; i++)
		piece[n++] = (uint32_t)i;
	for (i = 0; i < BP_FIRST_PIECE; i++)
		piece[n++] = BP_TOKEN(i);
	return n;
}
enum { MAX_TOKENS = 256 + BP_FIRST_PIECE };

/* A writer puts the separator of its row between tokens, and no token begins with it. */
static void check_writer(const bp_model *m, const struct format_row *row)
{
	uint32_t piece[MAX_TOKENS];
	size_t n = some_tokens(piece), i;
	struct format all = { .model = m, .row = row }, parts = all, one = all;
	struct buf want = { 0 };

	for (i = 0; i < n; i++) {
		bp_format_reset(&one, false);
		assert_true(bp_format_tokens(&one, piece + i, 1));
		T_OK(one.text.len > 0, "%s: no token", row->name);
		if (row->separator != 0) {
			T_OK(one.text.data[0] != row->separator &&
			     one.text.data[0] != row->terminator,
			     "%s: token %zu begins with a separator or terminator", row->name, i);
			if (i > 0)
				assert_true(bp_buf_byte(&want, (unsigned char)row->separator));
		}
		t_append(&want, t_slice(&one.text));
		assert_true(bp_format_tokens(&parts, piece + i, 1));
	}
	assert_true(bp_format_tokens(&all, piece, n));
	T_SAME(t_slice(&all.text), t_slice(&want));
	T_SAME(t_slice(&parts.text), t_slice(&want));
	assert_int_equal(all.has_tokens, parts.has_tokens);
	assert_true(all.has_tokens || row->separator == 0);
	assert_true(bp_format_terminate(&all));
	assert_false(all.has_tokens);
	if (row->terminator != 0)
		assert_true(bp_buf_byte(&want, (unsigned char)row->terminator));
	T_SAME(t_slice(&all.text), t_slice(&want));
	bp_buf_release(&all.text);
	bp_buf_release(&parts.text);
	bp_buf_release(&one.text);
	bp_buf_release(&want);
}

static void all_formats_keep_to_their_rows(void **state)
{
	const struct format_row *row;
	struct vocab v;
	bp_model *m;
	unsigned i, k;

	(void)state;
	t_vocab_init(&v);
	m = t_vocab_model(&v, BP_NORMALIZE_NONE);
	for (i = 0; (row = bp_format_row(i)) != NULL; i++) {
		T_OK(strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789") ==
		     strlen(row->name) && strlen(row->help) > 0, "the name of format %u", i);
		for (k = 0; k < i; k++)
			assert_string_not_equal(row->name, bp_format_row(k)->name);
		assert_ptr_equal(bp_format_name((bp_format)i), row->name);
		assert_ptr_equal(bp_format_help((bp_format)i), row->help);
		T_OK((row->put == NULL) != (row->put_texts == NULL), "%s: one writer", row->name);
		T_OK(row->separator == 0 || row->terminator != 0, "%s: no terminator", row->name);
		T_OK(row->base == 0 || (row->base >= 2 && row->base <= 16 && row->width == 0 &&
					row->terminator != 0), "%s: base", row->name);
		T_OK(row->width <= 4, "%s: width", row->name);
		if (row->put != NULL)
			check_writer(m, row);
	}
	assert_true(i > BP_FORMAT_JSON);
	assert_null(bp_format_name((bp_format)i));
	assert_null(bp_format_help((bp_format)i));
	assert_false(bp_format_is_decodable((bp_format)i));
	bp_free(m);
	t_vocab_release(&v);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_of_all_lengths_are_as_printf_writes_them),
		cmocka_unit_test(random_ids_are_as_printf_writes_them),
		cmocka_unit_test(a_line_goes_on_or_starts_anew),
		cmocka_unit_test(raw_ids_have_the_lowest_byte_first),
		cmocka_unit_test(all_formats_keep_to_their_rows)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
