/* text/escape.h: byte strings as printable text, and back. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
	{ S_INIT("\xE4."), "\\xE4." }, { S_INIT("\xC2\x9B"), "\\xC2\\x9B" },
	{ S_INIT("\xE2\x80\xAE"), "\\xE2\\x80\\xAE" }
};
enum { UNITS = sizeof(unit) / sizeof(unit[0]) };

/* 's' has this text, in each of the forms, and the text is read as 's'. */
static void check_text(struct slice s, struct slice want)
{
	struct buf all = { 0 };
	char part[80], back[80], plain[80];
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

/* Blanks and invisible characters: first and last of each range, from Unicode's PropList.txt
 * (White_Space, Bidi_Control) and UnicodeData.txt (Cc, Cf). */
static const uint32_t hidden[][2] = {
	{ 0, 0x20 }, { 0x7F, 0xA0 }, { 0xAD, 0xAD }, { 0x600, 0x605 }, { 0x61C, 0x61C },
	{ 0x6DD, 0x6DD }, { 0x70F, 0x70F }, { 0x890, 0x891 }, { 0x8E2, 0x8E2 },
	{ 0x1680, 0x1680 }, { 0x180E, 0x180E }, { 0x2000, 0x200F }, { 0x2028, 0x202F },
	{ 0x205F, 0x206F }, { 0x3000, 0x3000 }, { 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB },
	{ 0x110BD, 0x110BD }, { 0x110CD, 0x110CD }, { 0x13430, 0x1343F }, { 0x1BCA0, 0x1BCA3 },
	{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF }
};

static bool is_hidden(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (c >= hidden[i][0] && c <= hidden[i][1])
			return true;
	return false;
}

/* Of all characters, the hidden ones and the backslash alone are escaped, byte by byte. */
static void no_hidden_character_is_printed(void **state)
{
	unsigned char c[4], text[4 * BP_ESCAPE_MAX + 1];
	char back[4 * BP_ESCAPE_MAX + 1], prose[4 * BP_ESCAPE_MAX + 1];
	uint32_t code;
	bool copied;
	size_t k, n;

	(void)state;
	for (code = 0; code < 0x110000; code++) {
		if (code >= 0xD800 && code < 0xE000)
			continue;
		k = bp_utf8_encode(code, c);
		copied = !is_hidden(code) && code != '\\';
		n = (size_t)(bp_escape(text, (struct slice){ c, k }) - text);
		T_OK(n == (copied ? k : 4 * k), "U+%04X has a text of %zu bytes", code, n);
		text[n] = '\0';
		assert_int_equal(bp_piece_bytes((char *)text, back, &n), BP_OK);
		T_SAME(((struct slice){ (unsigned char *)back, n }), ((struct slice){ c, k }));
		copied = copied || code == ' ' || code == '\\';
		n = bp_printable((char *)c, k, prose, sizeof(prose));
		T_OK(n == (copied ? k : 4 * k), "U+%04X in a message has %zu bytes", code, n);
	}
}

static void text_for_people_is_its_own_result(void **state)
{
	static const char raw[] = "a \\x\033[1m\n\xC2\x85\xE4\xB8\xAD\xFF";
	static const char want[] = "a \\x\\x1B[1m\\x0A\\xC2\\x85\xE4\xB8\xAD\\xFF";
	static const unsigned char whole[] = { 1, 1, 1, 1, 4, 1, 1, 1, 4, 8, 3, 4 };
	char text[64], again[64];
	size_t cap, end, i, n = sizeof(want) - 1;

	(void)state;
	for (cap = 0; cap <= n + 2; cap++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(bp_printable(raw, sizeof(raw) - 1, text, cap), n);
		for (i = end = 0; i < sizeof(whole) && end + whole[i] < cap; i++)
			end += whole[i];
		assert_memory_equal(text, want, end);
		assert_true(cap == 0 || text[end] == '\0');
		assert_int_equal(text[cap], '#');
	}
	assert_int_equal(bp_printable(want, n, again, sizeof(again)), n);
	assert_string_equal(again, want);
	assert_int_equal(bp_printable(NULL, 0, again, 1), 0);
	assert_int_equal(bp_printable(raw, 3, NULL, 0), 3);
}

/* Whatever the arguments of a message are, it is one line without control characters. */
static void messages_are_text_for_people(void **state)
{
	char name[1000];
	bp_error err = { 0 };
	size_t n;

	(void)state;
	bp_fail(&err, BP_EIO, "%s: no such file", "x\033[31m\nbytepiece: fine \xE2\x80\xAE");
	assert_string_equal(err.msg, "x\\x1B[31m\\x0Abytepiece: fine \\xE2\\x80\\xAE: "
			    "no such file");
	bp_fail_at(&err, "m\r", 7, "unknown '%s'", "\x7F");
	assert_string_equal(err.msg, "m\\x0D: byte 7: unknown '\\x7F'");
	errno = ENOENT;
	bp_fail_errno(&err, "\xC2\x9B");
	assert_ptr_equal(strstr(err.msg, "\\xC2\\x9B: "), err.msg);
	/* Longer than a message can be. */
	memset(name, '\a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	bp_fail_at(&err, name, 7, "unknown");
	n = strlen(err.msg);
	assert_in_range(n, sizeof(err.msg) - 5, sizeof(err.msg) - 1);
	assert_int_equal(n % 4, 0);
	assert_int_equal(strspn(err.msg, "\\x07"), n);
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
		cmocka_unit_test(no_hidden_character_is_printed),
		cmocka_unit_test(text_for_people_is_its_own_result),
		cmocka_unit_test(messages_are_text_for_people),
		cmocka_unit_test(other_escapes_are_refused),
		cmocka_unit_test(digits_have_their_values),
		cmocka_unit_test(long_strings_are_shortened_in_messages)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
