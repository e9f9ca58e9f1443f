/*
 * number.h: doubles as integers and as text; and all that the library writes, in a process whose
 * locale has a decimal comma: equal to the bytes in the C locale.
 */
#define _POSIX_C_SOURCE 200809L

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "bytepiece_files.h"
#include "support.h"

static void doubles_become_integers_within_limits(void **state)
{
	(void)state;
	assert_int_equal(bp_integer(NAN, 9), 0);
	assert_int_equal(bp_integer(-NAN, 9), 0);
	assert_int_equal(bp_integer(-INFINITY, 9), 0);
	assert_int_equal(bp_integer(INFINITY, 9), 9);
	assert_int_equal(bp_integer(-1, 9), 0);
	assert_int_equal(bp_integer(-0.0, 9), 0);
	assert_int_equal(bp_integer(0.99, 9), 0);
	assert_int_equal(bp_integer(1, 9), 1);
	assert_int_equal(bp_integer(8.99, 9), 8);
	assert_int_equal(bp_integer(10, 9), 9);
	assert_int_equal(bp_integer(0x1p63, UINT64_MAX), (uint64_t)1 << 63);
	assert_int_equal(bp_integer(0x1p64, UINT64_MAX), UINT64_MAX);
	assert_int_equal(bp_integer(1e300, UINT64_MAX), UINT64_MAX);
	assert_int_equal(bp_integer(nextafter(0x1p64, 0), UINT64_MAX), UINT64_MAX - 2047);
	assert_int_equal(bp_integer(0x1p63, INT64_MAX), INT64_MAX);
}

static void ratios_of_nothing_are_zero(void **state)
{
	(void)state;
	assert_true(bp_ratio(3, 2) == 1.5);
	assert_true(bp_ratio(3, 0) == 0);
	assert_true(bp_ratio(0, 0) == 0);
}

static void same_text(const char *got, size_t n, const char *want)
{
	assert_string_equal(got, want);
	assert_int_equal(n, strlen(want));
}

static void check_texts(void)
{
	char text[BP_NUMBER_TEXT];

	same_text(text, bp_number_digits(text, 1.5, 17), "1.5");
	same_text(text, bp_number_digits(text, -0.1, 17), "-0.10000000000000001");
	same_text(text, bp_number_digits(text, 1.1e-300, 17), "1.1e-300");
	same_text(text, bp_number_digits(text, 12345678, 17), "12345678");
	same_text(text, bp_number_digits(text, -INFINITY, 17), "-inf");
	same_text(text, bp_number_decimals(text, 1234567.25, 1), "1234567.2");
	same_text(text, bp_number_decimals(text, 2, 0), "2");
	same_text(text, bp_number_decimals(text, 2, 4), "2.0000");
	same_text(text, bp_number_shortest(text, 0.1), "0.1");
	same_text(text, bp_number_shortest(text, 0.1 + 0.2), "0.30000000000000004");
	same_text(text, bp_number_shortest(text, 5e-324), "4.94065645841247e-324");
	bp_number_decimals(text, -1.7976931348623157e308, 99);
	assert_int_equal(strlen(text), 328);
}

static void numbers_have_dots(void **state)
{
	(void)state;
	check_texts();
}

/* The least number of digits from 15 on with that strtod() gives x again, by trial. */
static void check_shortest(double x)
{
	char want[BP_NUMBER_TEXT], got[BP_NUMBER_TEXT];
	int digits = 14;

	do
		snprintf(want, sizeof(want), "%.*g", ++digits, x);
	while (digits < 17 && strtod(want, NULL) != x);
	same_text(got, bp_number_shortest(got, x), want);
}

/* x and its neighbours, with both signs. */
static void check_around(double x)
{
	check_shortest(x);
	check_shortest(-x);
	check_shortest(nextafter(x, INFINITY));
	check_shortest(nextafter(x, -INFINITY));
}

static void shortest_texts_are_those_of_printf(void **state)
{
	uint64_t rng = 1;
	size_t i;
	int k;

	(void)state;
	for (k = -1074; k < 1024; k++)
		check_around(ldexp(1, k));	/* the double below is nearer than the one above */
	for (k = -30; k < 30; k++)
		check_around(pow(10, k));
	check_around(9e14);
	for (i = 0; i < 20000; i++) {
		check_around(ldexp((double)(t_next(&rng) >> 11), (int)t_below(&rng, 75) - 70));
		/* Few digits; halves of the last digit, which are rounded to an even one. */
		check_around((double)t_below(&rng, 1000000) / pow(10, (double)t_below(&rng, 12)));
		check_around((double)(t_next(&rng) >> (11 + t_below(&rng, 40))) /
			     (double)((uint64_t)1 << t_below(&rng, 20)));
	}
}

/* A locale with a decimal comma, made by localedef; false if that cannot be done here. */
static bool make_locale(const char *folder)
{
	static const char source[] = "LC_NUMERIC\ndecimal_point \"<U002C>\"\nthousands_sep "
				     "\"<U002E>\"\ngrouping 3;3\nEND LC_NUMERIC\n";
	char command[4096];
	FILE *f;

	snprintf(command, sizeof(command), "%s/source", folder);
	if ((f = fopen(command, "w")) == NULL)
		return false;
	fputs(source, f);
	fclose(f);
	snprintf(command, sizeof(command), "cd '%s' && localedef -c --no-archive -i ./source "
		 "-f ANSI_X3.4-1968 ./comma >/dev/null 2>&1", folder);
	if (system(command) < 0 || setenv("LOCPATH", folder, 1) != 0 ||
	    setlocale(LC_ALL, "comma") == NULL)
		return false;
	snprintf(command, sizeof(command), "%.1f", 1.5);
	return strcmp(command, "1,5") == 0;
}

static void append_file(struct buf *to, const char *path)
{
	FILE *f = fopen(path, "rb");
	int c;

	assert_non_null(f);
	while ((c = getc(f)) != EOF)
		assert_true(bp_buf_byte(to, (unsigned char)c));
	fclose(f);
}

static void append_line(void *ctx, const char *line)
{
	t_append(ctx, (struct slice){ (const unsigned char *)line, strlen(line) });
}

/* All that the library writes with numbers in it: exports, n best, notes of a training. */
static void write_all(const bp_model *m, const struct t_file *text, const struct t_file *out,
		      struct buf *all)
{
	static const uint32_t size = 300;
	const char *path = text->path;
	bp_input in = { .path = &path, .n_paths = 1, .threads = 1 };
	bp_encode_options nbest = { .nbest = 5 };
	bp_train_options o = bp_train_defaults();
	struct bp_trained one;
	bp_train_report report = { .model = &one };
	bp_export_options notes = { .note = append_line, .note_ctx = all };
	bp_error err;
	size_t i;

	for (i = 0; bp_export_form_info(i) != NULL; i++) {
		if (i == BP_EXPORT_GGUF)	/* binary, and pieces are random bytes */
			continue;
		T_OK(bp_export(m, out->path, (bp_export_form)i, &notes, &err) == BP_OK, "%s",
		     err.msg);
		append_file(all, out->path);
	}
	T_OK(bp_encode_files(m, &in, out->path, &nbest, &err) == BP_OK, "%s", err.msg);
	append_file(all, out->path);
	o.vocab_size = &size;
	o.note = append_line;
	o.note_ctx = all;
	T_OK(bp_train_files(&in, out->path, &o, &report, &err) == BP_OK, "%s", err.msg);
	append_file(all, out->path);
	T_OK(bp_save(m, out->path, BP_MODEL_JSON, &err) == BP_OK, "%s", err.msg);
	append_file(all, out->path);
}

static void results_do_not_depend_on_the_locale(void **state)
{
	const char *base = getenv("TMPDIR");
	char folder[1024], command[2048];
	struct buf before = { 0 }, after = { 0 };
	struct t_file text, out;
	uint64_t rng = 3;
	struct vocab v;
	bool made;
	bp_model *m;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &rng, 200, 8);
	t_vocab_count(&v, &rng, T_RANDOM);
	m = t_vocab_model(&v, BP_NORMALIZE_NFC);
	t_file_make(&text, S("some words\nsome other words\n\nand words of others\n"));
	t_file_make(&out, S(""));
	write_all(m, &text, &out, &before);
	snprintf(folder, sizeof(folder), "%s/bp_locale_XXXXXX", base != NULL ? base : "/tmp");
	assert_non_null(mkdtemp(folder));
	if ((made = make_locale(folder))) {
		check_texts();
		write_all(m, &text, &out, &after);
		assert_int_equal(after.len, before.len);
		assert_memory_equal(after.data, before.data, before.len);
	}
	setlocale(LC_ALL, "C");
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
	t_file_remove(&text);
	t_file_remove(&out);
	t_vocab_release(&v);
	bp_buf_release(&before);
	bp_buf_release(&after);
	bp_free(m);
	if (!made)	/* no localedef, or a C library without locales */
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_become_integers_within_limits),
		cmocka_unit_test(ratios_of_nothing_are_zero),
		cmocka_unit_test(numbers_have_dots),
		cmocka_unit_test(shortest_texts_are_those_of_printf),
		cmocka_unit_test(results_do_not_depend_on_the_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
