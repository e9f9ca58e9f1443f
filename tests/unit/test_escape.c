/* text/escape.h: byte strings as printable text, and back. */
#include <stdlib.h>

#include "support.h"
#include "text/escape.h"
#include "text/utf8.h"

/* Strings of up to three of these units, and their text. */
static const struct {
	struct slice s;
	const char *text;
} unit[] = {
	{ S_INIT("a"), "a" }, { S_INIT("~"), "~" }, { S_INIT(" "), "\\x20" },
	{ S_INIT("\n"), "\\x0A" }, { S_INIT("\t"), "\\x09" }, { S_INIT("\\"), "\\x5C" },
	{ S_INIT("\0"), "\\x00" }, { S_INIT("\x1F"), "\\x1F" }, { S_INIT("\x7F"), "\\x7F" },
	{ S_INIT("\xC3\xA4"), "\xC3\xA4" }, { S_INIT("\xE4\xB8\xAD"), "\xE4\xB8\xAD" },
	{ S_INIT("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80" }, { S_INIT("\xFF"), "\\xFF" },
	{ S_INIT("\xE4."), "\\xE4." }
};
enum { UNITS = sizeof(unit) / sizeof(unit[0]) };

/* 's' has this text, in each of the forms, and the text is read as 's'. */
static void check_text(struct slice s, struct slice want)
{
	struct buf all = { 0 };
	char part[64], back[64], plain[64];
	size_t cap, len;

	t_append(&all, S("before"));
	assert_true(bp_escape_append(&all, s));
	T_SAME(((struct slice){ all.data + 6, all.len - 6 }), want);
	for (cap = 0; cap <= want.n + 2; cap++) {
		memset(part, '#', sizeof(part));
		assert_int_equal(bp_escape_bounded(s, part, cap), want.n);
		len = cap == 0 ? 0 : BP_MIN(want.n, cap - 1);
		assert_memory_equal(part, want.p, len);
		assert_true(cap == 0 || part[len] == '\0');
		assert_int_equal(part[cap], '#');
	}
	memcpy(plain, want.p, want.n);
	plain[want.n] = '\0';
	assert_int_equal(bp_piece_bytes(plain, back, &len), BP_OK);
	T_SAME(((struct slice){ (unsigned char *)back, len }), s);
	assert_int_equal(bp_piece_bytes(plain, plain, &len), BP_OK);
	T_SAME(((struct slice){ (unsigned char *)plain, len }), s);
	bp_buf_release(&all);
}

static void bytes_are_written_as_text_and_read_back(void **state)
{
	struct buf s = { 0 }, want = { 0 };
	size_t i, k, n, left;

	(void)state;
	for (i = 0; i < (UNITS + 1) * (UNITS + 1) * (UNITS + 1); i++) {
		s.len = want.len = 0;
		for (n = 0, left = i; n < 3; n++, left /= UNITS + 1) {
			if ((k = left % (UNITS + 1)) == UNITS)
				continue;
			t_append(&s, unit[k].s);
			t_append(&want, t_string(unit[k].text));
		}
		if (s.len > 0)
			check_text(t_slice(&s), t_slice(&want));
	}
	check_text(S(""), S(""));
	bp_buf_release(&s);
	bp_buf_release(&want);
}

static void no_byte_is_lost(void **state)
{
	unsigned char c[2], *end;
	unsigned char text[2 * BP_ESCAPE_MAX + 1];
	char back[2 * BP_ESCAPE_MAX];
	unsigned i;
	size_t len;

	(void)state;
	for (i = 0; i < 65536; i++) {
		c[0] = (unsigned char)(i >> 8);
		c[1] = (unsigned char)i;
		end = bp_escape(text, (struct slice){ c, 2 });
		assert_in_range((size_t)(end - text), 2, 2 * BP_ESCAPE_MAX);
		*end = '\0';
		assert_int_equal(bp_piece_bytes((char *)text, back, &len), BP_OK);
		T_SAME(((struct slice){ (unsigned char *)back, len }), ((struct slice){ c, 2 }));
	}
}

static void more_is_read_than_is_written(void **state)
{
	char bytes[64];
	size_t len;

	(void)state;
	assert_int_equal(bp_piece_bytes("\\t\\n\\\\ \\x00\\xfF\\xAb\xE4.", bytes, &len), BP_OK);
	T_SAME(((struct slice){ (unsigned char *)bytes, len }), S("\t\n\\ \0\xFF\xAB\xE4."));
	assert_int_equal(bp_piece_bytes("", bytes, &len), BP_OK);
	assert_int_equal(len, 0);
}

static void other_escapes_are_refused(void **state)
{
	static const char *const wrong[] = { "\\", "a\\", "\\q", "\\x", "\\x4", "\\xg0", "\\x0g",
					     "\\X41" };
	char bytes[16];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		T_OK(bp_piece_bytes(wrong[i], bytes, &n) == BP_ERANGE, "'%s' is taken", wrong[i]);
}

static void digits_have_their_values(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	int c, n = 0;

	(void)state;
	for (c = 0; digits[c] != '\0'; c++)
		assert_int_equal(bp_hex_digit((unsigned char)digits[c]), c < 16 ? c : c - 6);
	for (c = 0; c < 256; c++)
		n += bp_hex_digit((unsigned char)c) >= 0;
	assert_int_equal(n, 22);
}

static void long_strings_are_shortened_in_messages(void **state)
{
	bp_error err = { 0 };

	(void)state;
	assert_int_equal(bp_fail_bytes(&err, "piece", S("a b"), "is bad"), BP_ERANGE);
	assert_string_equal(err.msg, "piece 'a\\x20b' is bad");
	assert_int_equal(bp_fail_bytes(&err, "piece", S("0123456789012345678901234567890123456789"),
				       "is bad"), BP_ERANGE);
	assert_string_equal(err.msg, "piece '0123456789012345678901234567890123456789' is bad");
	assert_int_equal(bp_fail_bytes(&err, "name", S("0123456789012345678901234567890123456789x"),
				       "is bad"), BP_ERANGE);
	assert_string_equal(err.msg, "name '0123456789012345678901234567890123456789...' is bad");
	assert_int_equal(bp_fail_bytes(NULL, "piece", S(""), "is bad"), BP_ERANGE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_written_as_text_and_read_back),
		cmocka_unit_test(no_byte_is_lost),
		cmocka_unit_test(more_is_read_than_is_written),
		cmocka_unit_test(other_escapes_are_refused),
		cmocka_unit_test(digits_have_their_values),
		cmocka_unit_test(long_strings_are_shortened_in_messages)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
