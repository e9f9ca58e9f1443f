/* cut.h: the segments of REFERENCE.md, against its alternatives tried one after another. */
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "text/cut.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* The decimal digits that the texts below hold. */
static bool is_digit(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 0x660 && c <= 0x669) ||
	       (c >= 0xFF10 && c <= 0xFF19) || (c >= 0x1D7CE && c <= 0x1D7FF);
}

enum kind { LETTER, DIGIT, SYMBOL, OTHER };

static enum kind kind_of(struct slice s, size_t *k)
{
	uint32_t c;

	if ((*k = bp_utf8_length(s.p, s.n)) == 0)
		return *k = 1, OTHER;
	c = bp_utf8_decode(s.p, *k);
	if (is_digit(c))
		return DIGIT;
	/* Malformed bytes and their neighbours make any character. */
	if (bp_unicode_class(c).flags & BP_SYMBOL)
		return SYMBOL;
	return bp_unicode_class(c).flags & BP_WORD ? LETTER : OTHER;
}

/* Do the further cuts divide two characters?  By the table of cut.h. */
static bool divided(unsigned between, enum kind a, enum kind b)
{
	if ((between & BP_CUT_DIGITS) && (a == DIGIT) != (b == DIGIT))
		return true;
	if ((between & BP_CUT_EACH_DIGIT) && a == DIGIT && b == DIGIT)
		return true;
	if (!(between & BP_CUT_SYMBOLS))
		return false;
	return ((a == LETTER || a == DIGIT) && b == SYMBOL) ||
	       (a == SYMBOL && (b == LETTER || b == DIGIT));
}

/* The length of 'chars' units without newlines or cuts; SIZE_MAX if there are not so many. */
static size_t run_of(const struct cut_rules *r, struct slice s, size_t chars)
{
	enum kind last = OTHER, kind;
	size_t i = 0, k;

	for (; chars > 0; chars--, i += k, last = kind) {
		if (i == s.n || s.p[i] == '\n')
			return SIZE_MAX;
		kind = kind_of((struct slice){ s.p + i, s.n - i }, &k);
		if (i > 0 && divided(r->between, last, kind))
			return SIZE_MAX;
	}
	return i;
}

/* The newlines behind the first 'from' bytes; 0 if a digit before them is to be divided from them. */
static size_t newlines_of(const struct cut_rules *r, struct slice s, size_t from)
{
	size_t n = 0, at, k = 1;

	for (at = 0; (r->between & BP_CUT_DIGITS) && at < from; at += k)
		if (kind_of((struct slice){ s.p + at, s.n - at }, &k) == DIGIT && at + k == from)
			return 0;
	while (from + n < s.n && s.p[from + n] == '\n' &&
	       (r->max_newlines == 0 || n < r->max_newlines))
		n++;
	return n;
}

/*
 * The length of the segment at the start of 's', as a backtracking matcher of regular expressions
 * finds it: up to max_chars characters, as many as possible, and newlines; else 1 to max_chars
 * characters, as many as possible.
 */
static size_t naive_segment(const struct cut_rules *r, struct slice s)
{
	size_t most = r->max_chars > 0 ? BP_MIN(r->max_chars, s.n) : s.n, chars, n, lines;

	for (chars = most + 1; chars-- > 0; ) {
		if ((n = run_of(r, s, chars)) == SIZE_MAX)
			continue;
		lines = newlines_of(r, s, n);
		if (lines > 0)
			return n + lines;
	}
	for (chars = most; chars > 0; chars--)
		if ((n = run_of(r, s, chars)) != SIZE_MAX)
			return n;
	fail();
	return 0;
}

/* As naive_segment(), for the other rules of newlines: by the first two characters of which the
 * second begins another segment. */
static size_t naive_other(const struct cut_rules *r, struct slice s)
{
	enum kind last = OTHER, kind;
	size_t i, k, chars = 0, newlines = 0;

	for (i = 0; i < s.n; i += k, last = kind) {
		kind = kind_of((struct slice){ s.p + i, s.n - i }, &k);
		if (i > 0 && divided(r->between, last, kind))
			return i;
		if (i > 0 && r->newlines == BP_NEWLINES_BEGIN && s.p[i] == '\n' &&
		    s.p[i - 1] != '\n')
			return i;
		if (s.p[i] == '\n' ? ++newlines > r->max_newlines && r->max_newlines > 0
				   : ++chars > r->max_chars && r->max_chars > 0)
			return i;
	}
	return i;
}

static void check_text(const struct cut_rules *r, struct slice text)
{
	struct slice segment;
	size_t pos = 0, before, want;

	while (pos < text.n) {
		before = pos;
		want = (r->newlines == BP_NEWLINES_END ? naive_segment : naive_other)(
			r, (struct slice){ text.p + pos, text.n - pos });
		segment = bp_cut(r, text, &pos);
		assert_ptr_equal(segment.p, text.p + before);
		assert_int_equal(pos - before, segment.n);
		T_OK(segment.n == want, "the segment at %zu of %zu bytes has %zu, not %zu "
		     "(limits %zu and %zu, cuts %u)", before, text.n, segment.n, want,
		     r->max_chars, r->max_newlines, r->between);
	}
	assert_int_equal(pos, text.n);
}

/* Few kinds of units, so that limits, newlines and digits meet often. */
static void random_text(uint64_t *rng, size_t units, struct buf *out)
{
	static const uint32_t code[] = {
		'\n', '\n', '\n', 'a', 'b', ' ', '\r', 0, 0x85, 0x2028, 0xE9, 0x4E2D, 0x1F600, '7',
		0x660, 0xFF11, 0x1D7D8, 0xB2, 0x2460, 0x4E00, '.', '+', 0x3002, ' '
	};
	uint64_t kind = t_next(rng);

	for (out->len = 0; units > 0; units--) {
		if (t_below(rng, 12) == 0)
			t_malformed(rng, out);
		else if (kind % 3 == 0)
			t_append_code(out, code[t_below(rng, 24)]);
		else	/* longer runs */
			t_append_code(out, code[2 + t_below(rng, kind % 3 == 1 ? 3 : 22)]);
	}
}

static void segments_are_those_of_the_alternatives_in_order(void **state)
{
	struct cut_rules r = { 0 };
	struct buf text = { 0 };
	uint64_t rng = 1;
	size_t i;

	(void)state;
	for (i = 0; i < 40000; i++) {
		r.max_chars = t_below(&rng, 6);
		r.max_newlines = t_below(&rng, 4);
		r.newlines = (bp_newlines)(i % 3);
		r.between = t_below(&rng, 4) == 0 ? 0 : (unsigned)t_below(&rng, 8);
		random_text(&rng, 1 + t_below(&rng, 40), &text);
		check_text(&r, t_slice(&text));
	}
	bp_buf_release(&text);
}

#define SEGMENTS(r, text, ...) \
	do { \
		static const char *const want[] = { __VA_ARGS__ }; \
		is_cut_into((r), (text), want, sizeof(want) / sizeof(want[0]), __LINE__); \
	} while (0)

static void is_cut_into(const struct cut_rules *r, struct slice text, const char *const *want,
			size_t n, int line)
{
	struct slice s;
	size_t pos = 0, i;

	for (i = 0; i < n; i++) {
		t_check(pos < text.n, __FILE__, line, "segment %zu is missing", i);
		s = bp_cut(r, text, &pos);
		t_check(s.n == strlen(want[i]) && memcmp(s.p, want[i], s.n) == 0, __FILE__, line,
			"segment %zu is \"%.*s\"", i, (int)s.n, (const char *)s.p);
	}
	t_check(pos == text.n, __FILE__, line, "more than %zu segments", n);
}

static void without_limits_a_segment_is_a_line_and_its_newlines(void **state)
{
	static const struct cut_rules none = { 0 };

	(void)state;
	SEGMENTS(&none, S("one\ntwo\n\n\nthree"), "one\n", "two\n\n\n", "three");
	SEGMENTS(&none, S("\n\none"), "\n\n", "one");
	SEGMENTS(&none, S("a1\xD9\xA0" "b"), "a1\xD9\xA0" "b");
	/* Other line ends are none. */
	SEGMENTS(&none, S("a\r\nb\rc\xC2\x85" "d\xE2\x80\xA8" "e\vf\fg"),
		 "a\r\n", "b\rc\xC2\x85" "d\xE2\x80\xA8" "e\vf\fg");
	/* The bytes of a newline within malformed ones are a newline still. */
	SEGMENTS(&none, S("\xE4\xB8\n\xAD"), "\xE4\xB8\n", "\xAD");
}

static void a_segment_may_begin_with_its_newlines_or_be_a_text(void **state)
{
	static const struct cut_rules begin = { .newlines = BP_NEWLINES_BEGIN };
	static const struct cut_rules text = { .newlines = BP_NEWLINES_TEXT };
	static const struct cut_rules lines = { .newlines = BP_NEWLINES_TEXT, .max_newlines = 2 };

	(void)state;
	SEGMENTS(&begin, S("one\ntwo\n\n\nthree\n"), "one", "\ntwo", "\n\n\nthree", "\n");
	SEGMENTS(&begin, S("\n\none"), "\n\none");
	SEGMENTS(&text, S("one\n\ntwo\nthree\n"), "one\n\ntwo\nthree\n");
	SEGMENTS(&lines, S("one\n\ntwo\nthree\n"), "one\n\ntwo", "\nthree\n");
}

/* The two other questions of cut.h agree with the division of a text. */
static void ends_of_segments_are_those_of_the_division(void **state)
{
	struct cut_rules r = { 0 };
	struct buf text = { 0 };
	uint64_t rng = 8;
	size_t i, pos, last, first;
	struct slice s;

	(void)state;
	for (i = 0; i < 30000; i++) {
		r.newlines = (bp_newlines)(i % 3);
		random_text(&rng, t_below(&rng, 20), &text);
		s = t_slice(&text);
		for (pos = last = first = 0; pos < s.n; first = first > 0 ? first : pos) {
			last = pos;
			bp_cut(&r, s, &pos);
			assert_true(pos == s.n ||
				    bp_segment_ends(r.newlines, s.p[pos - 1], s.p[pos]));
		}
		assert_int_equal(bp_last_segment_end(r.newlines, s), last);
		assert_int_equal(bp_segment_length(r.newlines, s), first);
	}
	bp_buf_release(&text);
}

static void digits_of_all_scripts_can_be_set_apart(void **state)
{
	static const struct cut_rules digits = { .between = BP_CUT_DIGITS | BP_CUT_EACH_DIGIT };

	(void)state;
	SEGMENTS(&digits, S("ab12c\n3\n\nd"), "ab", "1", "2", "c\n", "3", "\n\n", "d");
	SEGMENTS(&digits, S("a\xD9\xA0\xEF\xBC\x91\xF0\x9D\x9F\x98z"),
		 "a", "\xD9\xA0", "\xEF\xBC\x91", "\xF0\x9D\x9F\x98", "z");
	/* Numbers that are no decimal digits: superscript two, circled one, the Chinese one. */
	SEGMENTS(&digits, S("\xC2\xB2\xE2\x91\xA0\xE4\xB8\x80"),
		 "\xC2\xB2\xE2\x91\xA0\xE4\xB8\x80");
	/* Bytes of a digit that are not the whole of it. */
	SEGMENTS(&digits, S("\xD9" "a\xEF\xBC" "b\xA0"), "\xD9" "a\xEF\xBC" "b\xA0");
}

static void further_cuts_stand_between_two_characters(void **state)
{
	static const struct cut_rules runs = { .between = BP_CUT_DIGITS };
	static const struct cut_rules symbols = { .between = BP_CUT_SYMBOLS };
	static const struct cut_rules limit = { .max_chars = 2, .between = BP_CUT_DIGITS };

	(void)state;
	SEGMENTS(&runs, S("ab12c\n34\n\nd5"), "ab", "12", "c\n", "34", "\n\n", "d", "5");
	SEGMENTS(&limit, S("12\n3"), "12", "\n", "3");
	SEGMENTS(&symbols, S("don't (x1) , y.\n\n.z"),
		 "don", "'", "t (", "x1", ") , y", ".\n\n", ".", "z");
	/* A mark belongs to its letter; a symbol in three bytes; malformed bytes join all. */
	SEGMENTS(&symbols, S("e\xCC\x81\xE2\x82\xAC" "7\xFF."), "e\xCC\x81", "\xE2\x82\xAC",
		 "7\xFF.");
}

static void cuts_between_strings_are_those_inside_them(void **state)
{
	struct buf text = { 0 };
	struct cut_rules r = { 0 };
	uint64_t rng = 5;
	size_t i, pos;

	(void)state;
	for (i = 0; i < 20000; i++) {
		r.between = (unsigned)t_below(&rng, 8);
		random_text(&rng, 2 + t_below(&rng, 9), &text);
		for (pos = 0; pos < text.len && text.data[pos] != '\n'; )
			if (bp_cut(&r, t_slice(&text), &pos).n > 0 && pos < text.len &&
			    text.data[pos] != '\n' && text.data[pos - 1] != '\n')
				assert_true(bp_cut_between(&r, bp_buf_part(&text, 0, pos),
							   bp_buf_part(&text, pos, text.len)));
	}
	bp_buf_release(&text);
}

static void limits_count_characters_and_newlines(void **state)
{
	static const struct cut_rules r = { .max_chars = 3, .max_newlines = 2 };

	(void)state;
	SEGMENTS(&r, S("abcdefg"), "abc", "def", "g");
	SEGMENTS(&r, S("abc\nd"), "abc\n", "d");
	SEGMENTS(&r, S("abcd\ne"), "abc", "d\n", "e");
	SEGMENTS(&r, S("a\n\n\n\n\nb"), "a\n\n", "\n\n", "\n", "b");
	SEGMENTS(&r, S("\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD"),
		 "\xE4\xB8\xAD\xE4\xB8\xAD\xE4\xB8\xAD", "\xE4\xB8\xAD");
	/* Each malformed byte counts for one. */
	SEGMENTS(&r, S("\xFF\xE4\xB8\xFF\xF0\x9F\x98\x80"), "\xFF\xE4\xB8", "\xFF\xF0\x9F\x98\x80");
}

/* The same character n times. */
static void repeat(uint32_t code, size_t n, struct buf *out)
{
	for (; n > 0; n--)
		t_append_code(out, code);
}

static void check_training_limits(uint32_t code)
{
	static const struct cut_rules r = BP_CUT_TRAINING;
	struct buf text = { 0 };
	size_t pos = 0, k;

	t_append_code(&text, code);
	k = text.len;
	repeat(code, 9999, &text);
	repeat('\n', 250, &text);
	repeat(code, 10001, &text);
	repeat('\n', 1, &text);
	assert_int_equal(bp_cut(&r, t_slice(&text), &pos).n, 10000 * k + 100);
	assert_int_equal(bp_cut(&r, t_slice(&text), &pos).n, 100);
	assert_int_equal(bp_cut(&r, t_slice(&text), &pos).n, 50);
	assert_int_equal(bp_cut(&r, t_slice(&text), &pos).n, 10000 * k);
	assert_int_equal(bp_cut(&r, t_slice(&text), &pos).n, k + 1);
	assert_int_equal(pos, text.len);
	bp_buf_release(&text);
}

static void training_cuts_at_10000_characters_and_100_newlines(void **state)
{
	(void)state;
	check_training_limits('a');
	check_training_limits(0xE9);
	check_training_limits(0x4E2D);
	check_training_limits(0x1F600);
	assert_true(BP_CUT_TRAINING_BYTES >= 4 * 10000 + 100);
}

static void no_training_segment_is_over_the_stated_size(void **state)
{
	static const struct cut_rules plain = BP_CUT_TRAINING;
	struct cut_rules digits = BP_CUT_TRAINING;
	struct buf text = { 0 };
	uint64_t rng = 2;
	size_t pos, i;

	(void)state;
	digits.between = BP_CUT_DIGITS | BP_CUT_EACH_DIGIT;
	for (i = 0; i < 60000; i++)
		t_append_code(&text, t_below(&rng, 9) == 0 ? (uint32_t)'a' : 0x1F600);
	repeat('\n', 300, &text);
	for (pos = 0; pos < text.len; )
		assert_true(bp_cut(&plain, t_slice(&text), &pos).n <= BP_CUT_TRAINING_BYTES);
	for (pos = 0; pos < text.len; )
		assert_true(bp_cut(&digits, t_slice(&text), &pos).n <= BP_CUT_TRAINING_BYTES);
	bp_buf_release(&text);
}

static void both_ways_to_find_runs_agree_without_digits(void **state)
{
	struct cut_rules plain = { 0 }, digits = { .between = BP_CUT_DIGITS };
	struct buf text = { 0 };
	uint64_t rng = 3;
	size_t i, k, pos, other;

	(void)state;
	for (i = 0; i < 2000; i++) {
		text.len = 0;
		for (k = t_below(&rng, 300); k > 0; k--)
			if (t_below(&rng, 9) == 0)
				t_malformed(&rng, &text);
			else
				t_append_code(&text, t_below(&rng, 20) == 0 ? 0x0A : 0x4E2D);
		plain.max_chars = digits.max_chars = t_below(&rng, 60);
		plain.max_newlines = digits.max_newlines = t_below(&rng, 3);
		for (pos = other = 0; pos < text.len; ) {
			bp_cut(&plain, t_slice(&text), &pos);
			bp_cut(&digits, t_slice(&text), &other);
			assert_int_equal(pos, other);
		}
	}
	bp_buf_release(&text);
}

static void a_line_of_megabytes_is_cut_in_linear_time(void **state)
{
	static const struct cut_rules r = { .max_chars = 10, .max_newlines = 1 };
	double start = t_seconds();
	struct buf text = { 0 };
	size_t pos = 0, n = 0;

	(void)state;
	repeat('a', 8000000, &text);
	for (; pos < text.len; n++)
		bp_cut(&r, t_slice(&text), &pos);
	assert_int_equal(n, 800000);
	assert_true(t_seconds() - start < T_LINEAR);
	bp_buf_release(&text);
}

/* In every script the decimal digits stand side by side from zero to nine. */
static void decimal_digits_come_in_tens(void **state)
{
	uint32_t c;
	size_t run = 0, all = 0;

	(void)state;
	for (c = 0; c <= 0x10FFFF; c++) {
		if (bp_unicode_class(c).flags & BP_DIGIT) {
			run++;
			all++;
			continue;
		}
		T_OK(run % 10 == 0, "%zu digits before U+%04X", run, (unsigned)c);
		run = 0;
	}
	assert_true(all >= 680);	/* in Unicode 15.0; digits are added only */
	for (c = 0; c < 0x700; c++)
		if (c < 0x6F0 || c > 0x6F9)
			assert_int_equal((bp_unicode_class(c).flags & BP_DIGIT) != 0, is_digit(c));
}

/* Some characters of each general category, and ends of ranges that UnicodeData.txt abridges. */
static void classes_are_those_of_the_general_categories(void **state)
{
	static const uint32_t word[] = { 'a', 'Z', '0', 0xAA, 0x301, 0x3400, 0x4E00, 0x4E2D, 0x9FFF,
					 0xAC00, 0xD7A3, 0xB2, 0xBD, 0x2167, 0x2460, 0x20DD, 0x2B0,
					 0x1C5, 0x903, 0x20000, 0x2A6DF, 0x323AF, 0x17000 };
	static const uint32_t symbol[] = { '.', '_', '-', '(', ')', '$', '+', '^', 0xA9, 0xAB, 0xBB,
					   0x2014, 0x3002, 0x20AC, 0x2190, 0x1F600, 0x10102 };
	static const uint32_t neither[] = { ' ', '\t', '\n', 0x7F, 0xA0, 0xAD, 0x200D, 0x2028,
					    0x3000, 0xE000, 0xD800, 0x378, 0x10FFFF };
	unsigned both = BP_WORD | BP_SYMBOL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		T_OK((bp_unicode_class(word[i]).flags & both) == BP_WORD, "U+%04X",
		     (unsigned)word[i]);
	for (i = 0; i < sizeof(symbol) / sizeof(symbol[0]); i++)
		T_OK((bp_unicode_class(symbol[i]).flags & both) == BP_SYMBOL, "U+%04X",
		     (unsigned)symbol[i]);
	for (i = 0; i < sizeof(neither) / sizeof(neither[0]); i++)
		T_OK((bp_unicode_class(neither[i]).flags & both) == 0, "U+%04X",
		     (unsigned)neither[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_those_of_the_alternatives_in_order),
		cmocka_unit_test(without_limits_a_segment_is_a_line_and_its_newlines),
		cmocka_unit_test(a_segment_may_begin_with_its_newlines_or_be_a_text),
		cmocka_unit_test(ends_of_segments_are_those_of_the_division),
		cmocka_unit_test(digits_of_all_scripts_can_be_set_apart),
		cmocka_unit_test(further_cuts_stand_between_two_characters),
		cmocka_unit_test(cuts_between_strings_are_those_inside_them),
		cmocka_unit_test(limits_count_characters_and_newlines),
		cmocka_unit_test(training_cuts_at_10000_characters_and_100_newlines),
		cmocka_unit_test(no_training_segment_is_over_the_stated_size),
		cmocka_unit_test(both_ways_to_find_runs_agree_without_digits),
		cmocka_unit_test(a_line_of_megabytes_is_cut_in_linear_time),
		cmocka_unit_test(decimal_digits_come_in_tens),
		cmocka_unit_test(classes_are_those_of_the_general_categories)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
