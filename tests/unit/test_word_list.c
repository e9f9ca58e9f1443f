/* word_list.h: lines of words and counts, and what is wrong with others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "api/word_list.h"
#include "model/piece_rule.h"
#include "support.h"

static bp_status read_text(struct word_list *w, struct slice text, bp_error *err)
{
	struct t_file f;
	bp_status st;

	t_file_make(&f, text);
	st = bp_word_list_read(w, f.path, err);
	t_file_remove(&f);
	return st;
}

static uint64_t count_of(const struct word_list *w, struct slice s)
{
	size_t i;

	for (i = 0; i < w->words.n; i++)
		if (bp_slice_compare(bp_table_key(&w->words, i), s) == 0)
			return w->words.entry[i].count;
	return 0;
}

static void words_are_read_as_bytes(void **state)
{
	struct word_list w = { 0 };
	bp_error err = { 0 };

	(void)state;
	T_OK(read_text(&w, S("ab\t3\n a b\t7\n\\x00\\xfF\\t\\\\n\\n\t9223372036854775000\n\tx\t1\n"
			     "\xFF\xC3\t2\ne\xCC\x81\t5\nlast\t4"), &err) == BP_OK, "%s", err.msg);
	assert_int_equal(w.words.n, 7);
	assert_int_equal(count_of(&w, S("ab")), 3);
	assert_int_equal(count_of(&w, S(" a b")), 7);
	assert_true(count_of(&w, S("\0\xFF\t\\n\n")) == 9223372036854775000u);
	assert_int_equal(count_of(&w, S("\tx")), 1);
	assert_int_equal(count_of(&w, S("\xFF\xC3")), 2);
	assert_int_equal(count_of(&w, S("e\xCC\x81")), 5);
	assert_int_equal(count_of(&w, S("last")), 4);
	assert_true(w.total == 9223372036854775022u);
	bp_word_list_release(&w);
}

static void counts_of_a_word_add_up_over_lists(void **state)
{
	struct word_list w = { .normalize = true };

	(void)state;
	assert_int_equal(read_text(&w, S("e\xCC\x81\t5\nx\t1\n"), NULL), BP_OK);
	assert_int_equal(read_text(&w, S("\xC3\xA9\t6\n"), NULL), BP_OK);
	assert_int_equal(read_text(&w, S("\\xc3\\xa9\t7\n"), NULL), BP_OK);
	assert_int_equal(read_text(&w, S(""), NULL), BP_OK);
	assert_int_equal(w.words.n, 2);
	assert_int_equal(count_of(&w, S("\xC3\xA9")), 18);
	assert_true(w.total == 19);
	bp_word_list_release(&w);
}

static void marks_of_other_systems_are_skipped(void **state)
{
	struct word_list w = { 0 };

	(void)state;
	assert_int_equal(read_text(&w, S("\xEF\xBB\xBF""ab\t3\r\nb\r\t4\r\n"
				       "\xEF\xBB\xBF""c\t5\r\n"), NULL), BP_OK);
	assert_int_equal(w.words.n, 3);
	assert_int_equal(count_of(&w, S("ab")), 3);
	assert_int_equal(count_of(&w, S("b\r")), 4);
	assert_int_equal(count_of(&w, S("\xEF\xBB\xBF""c")), 5);	/* not at the start of a list */
	bp_word_list_release(&w);
}

static void faulty_lines_are_named(void **state)
{
	static const struct {
		struct slice text;
		unsigned line;
		const char *why;
	} t[] = {
		{ S_INIT("\n"), 1, "a word, a tab and a count" },
		{ S_INIT("a\t1\nb 2\n"), 2, "a word, a tab and a count" },
		{ S_INIT("a\t1\n\nb\t2\n"), 2, "a word, a tab and a count" },
		{ S_INIT("a\t"), 1, "a count is missing" },
		{ S_INIT("a\t0"), 1, "a count of zero" },
		{ S_INIT("a\t-1"), 1, "not an integer" },
		{ S_INIT("a\t1.5"), 1, "not an integer" },
		{ S_INIT("a\t1\r2\r\n"), 1, "not an integer" },
		{ S_INIT("a\t 1"), 1, "not an integer" },
		{ S_INIT("a\t9223372036854775808"), 1, "too large" },
		{ S_INIT("a\t99999999999999999999"), 1, "too large" },
		{ S_INIT("a\t9223372036854775807\nb\t1\n"), 2, "the sum of the counts is too large" },
		{ S_INIT("\t1\n"), 1, "is empty" },
		{ S_INIT("a\\\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("a\\q\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("a\\0\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("a\\\0\t1\n"), 1, "a NUL" }, { S_INIT("\0\t1\n"), 1, "a NUL" },
		{ S_INIT("a\\x4\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("a\\x\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("a\\x4g\t1\n"), 1, "a backslash that is not followed by" },
		{ S_INIT("x\t1\ny\t2\na\\nb\t1\n"), 3, "other bytes after a newline" }
	};
	bp_error err;
	char at[40];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct word_list w = { 0 };

		err = (bp_error){ 0 };
		T_OK(read_text(&w, t[i].text, &err) == BP_EFORMAT, "%zu is taken", i);
		snprintf(at, sizeof(at), ": line %u: ", t[i].line);
		T_OK(strstr(err.msg, at) != NULL && strstr(err.msg, t[i].why) != NULL, "%zu: %s", i,
		     err.msg);
		assert_int_equal(err.code, BP_EFORMAT);
		bp_word_list_release(&w);
		assert_int_equal(read_text(&w, t[i].text, NULL), BP_EFORMAT);
		bp_word_list_release(&w);
	}
}

static void words_have_their_greatest_length(void **state)
{
	struct word_list w = { 0 };
	struct buf text = { 0 };
	bp_error err = { 0 };
	size_t n;

	(void)state;
	for (n = 0; n < BP_PIECE_MAX; n++)
		t_append(&text, S("\\x41"));
	t_append(&text, S("\t1\n"));
	T_OK(read_text(&w, t_slice(&text), &err) == BP_OK, "%s", err.msg);
	assert_int_equal(w.words.entry[0].len, BP_PIECE_MAX);
	bp_word_list_release(&w);
	text.len = 0;
	for (n = 0; n <= BP_PIECE_MAX; n++)
		t_append(&text, S("A"));
	t_append(&text, S("\t1\n"));
	assert_int_equal(read_text(&w, t_slice(&text), &err), BP_EFORMAT);
	assert_non_null(strstr(err.msg, "over 65535 bytes"));
	bp_word_list_release(&w);
	text.len = 0;
	t_append(&text, S("a\t1\n"));
	for (n = 0; n < 5 * BP_PIECE_MAX; n++)
		t_append(&text, S("A"));
	assert_int_equal(read_text(&w, t_slice(&text), &err), BP_EFORMAT);
	assert_non_null(strstr(err.msg, "line 2: the line is longer than a word can be"));
	bp_word_list_release(&w);
	bp_buf_release(&text);
}

static void a_list_that_cannot_be_read_is_an_error(void **state)
{
	struct word_list w = { 0 };
	bp_error err = { 0 };

	(void)state;
	assert_int_equal(bp_word_list_read(&w, "/nowhere/list", &err), BP_EIO);
	assert_non_null(strstr(err.msg, "/nowhere/list"));
	assert_int_equal(bp_word_list_read(&w, "/", &err), BP_EIO);
	assert_int_equal(bp_word_list_read(&w, "/", NULL), BP_EIO);
	bp_word_list_release(&w);
}

static void what_no_text_holds_is_no_piece(void **state)
{
	const char *why;

	(void)state;
	assert_true(bp_piece_possible(BP_NEWLINES_END, S("a"), &why) && why == NULL);
	assert_true(bp_piece_possible(BP_NEWLINES_END, S("a\n\n"), &why));
	assert_true(bp_piece_possible(BP_NEWLINES_END, S("\n\n"), &why));
	assert_false(bp_piece_possible(BP_NEWLINES_END, S(""), &why));
	assert_false(bp_piece_possible(BP_NEWLINES_END, S("\na"), &why));
	assert_false(bp_piece_possible(BP_NEWLINES_END, S("a\n\nb"), &why));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_read_as_bytes),
		cmocka_unit_test(counts_of_a_word_add_up_over_lists),
		cmocka_unit_test(marks_of_other_systems_are_skipped),
		cmocka_unit_test(faulty_lines_are_named),
		cmocka_unit_test(words_have_their_greatest_length),
		cmocka_unit_test(a_list_that_cannot_be_read_is_an_error),
		cmocka_unit_test(what_no_text_holds_is_no_piece)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
