/* utf8.h: well-formed characters by table 3-7 of the Unicode Standard, units of any bytes. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "text/utf8.h"

/* Table 3-7: the only well-formed byte sequences. */
static const struct row {
	size_t n;
	unsigned char lo[4], hi[4];
	uint32_t first, last;
} table[] = {
	{ 1, { 0x00 }, { 0x7F }, 0x0, 0x7F },
	{ 2, { 0xC2, 0x80 }, { 0xDF, 0xBF }, 0x80, 0x7FF },
	{ 3, { 0xE0, 0xA0, 0x80 }, { 0xE0, 0xBF, 0xBF }, 0x800, 0xFFF },
	{ 3, { 0xE1, 0x80, 0x80 }, { 0xEC, 0xBF, 0xBF }, 0x1000, 0xCFFF },
	{ 3, { 0xED, 0x80, 0x80 }, { 0xED, 0x9F, 0xBF }, 0xD000, 0xD7FF },
	{ 3, { 0xEE, 0x80, 0x80 }, { 0xEF, 0xBF, 0xBF }, 0xE000, 0xFFFF },
	{ 4, { 0xF0, 0x90, 0x80, 0x80 }, { 0xF0, 0xBF, 0xBF, 0xBF }, 0x10000, 0x3FFFF },
	{ 4, { 0xF1, 0x80, 0x80, 0x80 }, { 0xF3, 0xBF, 0xBF, 0xBF }, 0x40000, 0xFFFFF },
	{ 4, { 0xF4, 0x80, 0x80, 0x80 }, { 0xF4, 0x8F, 0xBF, 0xBF }, 0x100000, 0x10FFFF }
};
enum { N_ROWS = sizeof(table) / sizeof(table[0]) };

static bool in_row(const struct row *r, const unsigned char *s, size_t n)
{
	size_t i;

	if (n < r->n)
		return false;
	for (i = 0; i < r->n; i++)
		if (s[i] < r->lo[i] || s[i] > r->hi[i])
			return false;
	return true;
}

static size_t length_by_table(const unsigned char *s, size_t n)
{
	size_t i;

	for (i = 0; i < N_ROWS; i++)
		if (in_row(&table[i], s, n))
			return table[i].n;
	return 0;
}

/* The code points from a row's first to its last, against the row's own shape. */
static void check_row(const struct row *r)
{
	unsigned char u[4];
	uint32_t c;

	for (c = r->first; c <= r->last; c++) {
		T_OK(bp_utf8_encode(c, u) == r->n, "U+%04X has the wrong length", (unsigned)c);
		T_OK(in_row(r, u, r->n), "U+%04X is not encoded as well-formed UTF-8", (unsigned)c);
		T_OK(bp_utf8_length(u, r->n) == r->n, "U+%04X is not recognised", (unsigned)c);
		T_OK(bp_utf8_decode(u, r->n) == c, "U+%04X is decoded wrongly", (unsigned)c);
	}
}

static void every_code_point_is_encoded_and_decoded(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < N_ROWS; i++)
		check_row(&table[i]);
}

static void known_characters_have_their_known_bytes(void **state)
{
	static const struct {
		uint32_t code;
		const char *bytes;
	} known[] = {
		{ 'A', "A" }, { 0xE9, "\xC3\xA9" }, { 0x20AC, "\xE2\x82\xAC" },
		{ 0x4E2D, "\xE4\xB8\xAD" }, { 0xFFFD, "\xEF\xBF\xBD" },
		{ 0x1F600, "\xF0\x9F\x98\x80" }, { 0x10FFFF, "\xF4\x8F\xBF\xBF" }
	};
	unsigned char u[4];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		k = bp_utf8_encode(known[i].code, u);
		assert_int_equal(k, strlen(known[i].bytes));
		assert_memory_equal(u, known[i].bytes, k);
	}
}

/* The length of s[0..n) for every n up to 4, with not a byte readable after it. */
static void check_lengths(const unsigned char s[4])
{
	unsigned char *exact;
	size_t n;

	for (n = 1; n <= 4; n++) {
		exact = malloc(n);
		assert_non_null(exact);
		memcpy(exact, s, n);
		T_OK(bp_utf8_length(exact, n) == length_by_table(s, n),
		     "%02X %02X %02X %02X, %zu of them: wrong length",
		     s[0], s[1], s[2], s[3], n);
		T_OK(bp_utf8_unit(exact, n) == BP_MAX(length_by_table(s, n), 1),
		     "%02X %02X %02X %02X, %zu of them: wrong unit", s[0], s[1], s[2], s[3], n);
		free(exact);
	}
}

/* Both sides of every border between classes of bytes in the table. */
static const unsigned char border[] = {
	0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
	0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF
};
enum { N_BORDER = sizeof(border) };

static void well_formed_is_what_the_standards_table_says(void **state)
{
	unsigned char s[4];
	size_t i;

	(void)state;
	for (i = 0; i < (size_t)N_BORDER * N_BORDER * N_BORDER * N_BORDER; i++) {
		s[0] = border[i % N_BORDER];
		s[1] = border[i / N_BORDER % N_BORDER];
		s[2] = border[i / N_BORDER / N_BORDER % N_BORDER];
		s[3] = border[i / N_BORDER / N_BORDER / N_BORDER];
		check_lengths(s);
	}
}

static void all_first_and_second_bytes_are_judged_by_the_table(void **state)
{
	unsigned char s[4] = { 0, 0, 0x80, 0xBF };
	size_t i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		s[0] = (unsigned char)(i >> 8);
		s[1] = (unsigned char)i;
		check_lengths(s);
	}
}

static void the_ill_formed_classes_begin_with_no_character(void **state)
{
	static const struct {
		struct slice s;
		const char *what;
	} bad[] = {
		{ S_INIT("\x80"), "lone tail" },
		{ S_INIT("\xC0\xAF"), "overlong in two bytes" },
		{ S_INIT("\xC1\xBF"), "overlong in two bytes" },
		{ S_INIT("\xE0\x80\x80"), "overlong in three bytes" },
		{ S_INIT("\xE0\x9F\xBF"), "overlong in three bytes" },
		{ S_INIT("\xF0\x80\x80\x80"), "overlong in four bytes" },
		{ S_INIT("\xF0\x8F\xBF\xBF"), "overlong in four bytes" },
		{ S_INIT("\xED\xA0\x80"), "first surrogate" },
		{ S_INIT("\xED\xBF\xBF"), "last surrogate" },
		{ S_INIT("\xF4\x90\x80\x80"), "U+110000" },
		{ S_INIT("\xF5\x80\x80\x80"), "above U+10FFFF" },
		{ S_INIT("\xF8\x88\x80\x80"), "five-byte form" },
		{ S_INIT("\xFE"), "FE" },
		{ S_INIT("\xFF"), "FF" },
		{ S_INIT("\xC3"), "truncated to one of two" },
		{ S_INIT("\xE4\xB8"), "truncated to two of three" },
		{ S_INIT("\xF0\x9F\x98"), "truncated to three of four" },
		{ S_INIT("\xC3" "A"), "cut short by a letter" },
		{ S_INIT("\xE4\xB8\xE4"), "cut short by a first byte" },
		{ S_INIT("\xF0\x9F\x98" "\0"), "cut short by a NUL" }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		T_OK(bp_utf8_length(bad[i].s.p, bad[i].s.n) == 0, "%s", bad[i].what);
		T_OK(bp_utf8_unit(bad[i].s.p, bad[i].s.n) == 1, "%s", bad[i].what);
	}
	assert_int_equal(bp_utf8_length(NULL, 0), 0);
}

/* A malformed sequence is as many units as it has bytes; a character after it is not lost. */
static void units_of_malformed_text_are_single_bytes(void **state)
{
	static const struct slice text = S_INIT("a\xE4\xB8" "b\xF0\x9F\x98"
						  "\xF0\x9F\x98\x80\x80\xED\xA0\x80\xC3\xA9");
	static const size_t unit[] = { 1, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 2 };
	size_t i, at = 0;

	(void)state;
	for (i = 0; i < sizeof(unit) / sizeof(unit[0]); at += unit[i++])
		assert_int_equal(bp_utf8_unit(text.p + at, text.n - at), unit[i]);
	assert_int_equal(at, text.n);
}

static void tails_are_80_to_bf(void **state)
{
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++)
		assert_int_equal(bp_utf8_tail((unsigned char)c), c >= 0x80 && c <= 0xBF);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_encoded_and_decoded),
		cmocka_unit_test(known_characters_have_their_known_bytes),
		cmocka_unit_test(well_formed_is_what_the_standards_table_says),
		cmocka_unit_test(all_first_and_second_bytes_are_judged_by_the_table),
		cmocka_unit_test(the_ill_formed_classes_begin_with_no_character),
		cmocka_unit_test(units_of_malformed_text_are_single_bytes),
		cmocka_unit_test(tails_are_80_to_bf)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
