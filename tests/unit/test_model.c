/* model.h and model_file.h: models written as Python writes them, and read with care. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "bytepiece_files.h"
#include "io/outfile.h"
#include "model/base64.h"
#include "model/model_file.h"
#include "support.h"

/* Pieces with all that JSON escapes, and with bytes that Python drops from the text. */
static const struct {
	struct slice piece;
	uint64_t count;
} python[] = {
	{ S_INIT("\x00"), 1 },
	{ S_INIT("\n"), 7920 },
	{ S_INIT("\x1F"), 1013633 },
	{ S_INIT("\""), 17318854 },
	{ S_INIT("\\"), 129744897 },
	{ S_INIT("a"), 618671876 },
	{ S_INIT("\x7F"), 2216813185 },
	{ S_INIT("\xFF"), 6521637018 },
	{ S_INIT("\b\f"), 16607346689 },
	{ S_INIT("\r\t"), 37876331512 },
	{ S_INIT("\xC3\xA9"), 79190000001 },
	{ S_INIT("\xE4\xB8"), 154318907150 },
	{ S_INIT("a\xFF" "b"), 283752087553 },
	{ S_INIT("\xE2\x80\xA8"), 496905506124 },
	{ S_INIT("\xE4\xB8\xAD"), 834769538177 },
	{ S_INIT("\xED\xA0\x80"), 1353035390626 },
	{ S_INIT("/<b>"), 2125740376065 },
	{ S_INIT("\xF0\x9F\x98\x80"), 3249471951488 },
	{ S_INIT("\xF4\x90\x80\x80"), 4848170433409 },
	{ S_INIT("\xE4\xB8\xF0\x9F\x98\x80"), 7078570301142 }
};
enum { N_PYTHON = sizeof(python) / sizeof(python[0]) };

/* Python's json.dumps(pieces, indent=4, ensure_ascii=False) of these. */
static const char python_text[] = "{\n"
	"    \"AA==\": [\n        3,\n        \"\\u0000\",\n        1\n    ],\n"
	"    \"Cg==\": [\n        4,\n        \"\\n\",\n        7920\n    ],\n"
	"    \"Hw==\": [\n        5,\n        \"\\u001f\",\n        1013633\n    ],\n"
	"    \"Ig==\": [\n        6,\n        \"\\\"\",\n        17318854\n    ],\n"
	"    \"XA==\": [\n        7,\n        \"\\\\\",\n        129744897\n    ],\n"
	"    \"YQ==\": [\n        8,\n        \"a\",\n        618671876\n    ],\n"
	"    \"fw==\": [\n        9,\n        \"\x7F\",\n        2216813185\n    ],\n"
	"    \"/w==\": [\n        10,\n        \"\",\n        6521637018\n    ],\n"
	"    \"CAw=\": [\n        11,\n        \"\\b\\f\",\n        16607346689\n    ],\n"
	"    \"DQk=\": [\n        12,\n        \"\\r\\t\",\n        37876331512\n    ],\n"
	"    \"w6k=\": [\n        13,\n        \"\xC3\xA9\",\n        79190000001\n    ],\n"
	"    \"5Lg=\": [\n        14,\n        \"\",\n        154318907150\n    ],\n"
	"    \"Yf9i\": [\n        15,\n        \"ab\",\n        283752087553\n    ],\n"
	"    \"4oCo\": [\n        16,\n        \"\xE2\x80\xA8\",\n        496905506124\n    ],\n"
	"    \"5Lit\": [\n        17,\n        \"\xE4\xB8\xAD\",\n        834769538177\n    ],\n"
	"    \"7aCA\": [\n        18,\n        \"\",\n        1353035390626\n    ],\n"
	"    \"LzxiPg==\": [\n        19,\n        \"/<b>\",\n        2125740376065\n    ],\n"
	"    \"8J+YgA==\": [\n        20,\n        \"\xF0\x9F\x98\x80\",\n        3249471951488\n"
	"    ],\n"
	"    \"9JCAgA==\": [\n        21,\n        \"\",\n        4848170433409\n    ],\n"
	"    \"5Ljwn5iA\": [\n        22,\n        \"\xF0\x9F\x98\x80\",\n        7078570301142\n"
	"    ]\n"
	"}";

static void a_model_is_written_as_python_writes_it(void **state)
{
	struct slice piece[N_PYTHON];
	uint64_t count[N_PYTHON];
	struct model m = { 0 };
	struct buf out = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N_PYTHON; i++) {	/* given the other way round */
		piece[i] = python[N_PYTHON - 1 - i].piece;
		count[i] = python[N_PYTHON - 1 - i].count;
	}
	assert_int_equal(t_model_init(&m, piece, count, N_PYTHON, BP_NORMALIZE_NFC, NULL), BP_OK);
	t_append(&out, S("before"));
	assert_int_equal(bp_model_to_json(&m, &out, NULL), BP_OK);
	assert_memory_equal(out.data, "before", 6);
	T_SAME(((struct slice){ out.data + 6, out.len - 6 }), S(python_text));
	bp_model_release(&m);
	bp_buf_release(&out);
}

static const char settings_text[] = "{\n"
	"    \"bytepiece\": {\n"
	"        \"version\": 1,\n"
	"        \"normalize\": \"none\",\n"
	"        \"specials\": [\n"
	"            \"<pad>\",\n"
	"            \"<bos>\",\n"
	"            \"<eos>\"\n"
	"        ]\n"
	"    },\n"
	"    \"pieces\": {\n"
	"        \"YQ==\": [\n            3,\n            \"a\",\n            5\n        ],\n"
	"        \"YQo=\": [\n            4,\n            \"a\\n\",\n            6\n        ]\n"
	"    }\n"
	"}";

static void other_settings_stand_beside_the_pieces(void **state)
{
	static const struct slice piece[] = { S_INIT("a"), S_INIT("a\n") };
	static const uint64_t count[] = { 5, 6 };
	struct model m = { 0 };
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(bp_model_init(&m, piece, count, 2, BP_NORMALIZE_NONE, NULL), BP_OK);
	assert_int_equal(bp_model_to_json(&m, &out, NULL), BP_OK);
	T_SAME(t_slice(&out), S(settings_text));
	out.len = 0;
	m.newlines = BP_NEWLINES_TEXT;
	m.normalize = BP_NORMALIZE_NFC;
	assert_int_equal(bp_model_to_json(&m, &out, NULL), BP_OK);
	assert_true(bp_buf_byte(&out, '\0'));
	assert_non_null(strstr((char *)out.data, "\"normalize\": \"nfc\",\n"
			       "        \"newlines\": \"text\",\n        \"specials\": [\n"));
	bp_model_release(&m);
	bp_buf_release(&out);
}

static void each_rule_of_newlines_comes_back(void **state)
{
	struct vocab v;
	struct buf out = { 0 };
	struct model m;
	unsigned i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_sort(&v);
	for (i = 0; i < BP_NEWLINES_DEFAULT; i++) {
		assert_int_equal(t_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NFC, NULL),
				 BP_OK);
		m.newlines = (bp_newlines)i;
		out.len = 0;
		assert_int_equal(bp_model_to_json(&m, &out, NULL), BP_OK);
		bp_model_release(&m);
		assert_int_equal(bp_model_parse(&m, t_slice(&out), "it", NULL), BP_OK);
		assert_int_equal(m.newlines, i);
		bp_model_release(&m);
	}
	t_vocab_release(&v);
	bp_buf_release(&out);
}

static void pieces_are_copied_and_put_in_order(void **state)
{
	unsigned char bytes[] = "baab";
	const struct slice piece[] = { { bytes, 4 }, { bytes, 1 }, { bytes + 1, 2 },
				       { bytes + 1, 1 } };
	static const uint64_t count[] = { 1, 20, 300, 4000 };
	struct model m = { 0 };

	(void)state;
	assert_int_equal(t_model_init(&m, piece, count, 4, BP_NORMALIZE_NFC, NULL), BP_OK);
	memset(bytes, 'x', 4);
	assert_int_equal(m.n_pieces, 4);
	assert_int_equal(m.total, 4321);
	T_SAME(m.piece[0], S("a"));
	T_SAME(m.piece[1], S("b"));
	T_SAME(m.piece[2], S("aa"));
	T_SAME(m.piece[3], S("baab"));
	assert_int_equal(m.count[0], 4000);
	assert_int_equal(m.count[3], 1);
	assert_true(m.log_probability[0] == bp_log(4000.0) - bp_log(4321.0));
	assert_true(m.log_probability[3] == bp_log(1.0) - bp_log(4321.0));
	bp_model_release(&m);
	assert_int_equal(m.n_pieces, 0);
	bp_model_release(&m);
}

static void same_model(const struct model *a, const struct model *b)
{
	size_t i;

	assert_int_equal(a->n_pieces, b->n_pieces);
	assert_true(a->total == b->total);
	assert_int_equal(a->normalize, b->normalize);
	for (i = 0; i < a->n_pieces; i++) {
		T_SAME(a->piece[i], b->piece[i]);
		T_OK(a->count[i] == b->count[i], "counts of piece %zu differ", i);
		T_OK(a->log_probability[i] == b->log_probability[i],
		     "probabilities of piece %zu differ", i);
	}
}

static void toy_vocab(struct vocab *v, uint64_t seed, size_t n)
{
	t_vocab_init(v);
	t_vocab_add_mixed(v, &seed, n, 30);
	t_vocab_sort(v);
}

static void what_was_written_is_read_as_it_was(void **state)
{
	struct vocab v;
	struct model m = { 0 }, back = { 0 };
	struct buf out = { 0 }, again = { 0 };
	bp_error err;
	int i;

	(void)state;
	for (i = 0; i < 20; i++) {
		bp_normalize normalize = i % 2 == 0 ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE;

		toy_vocab(&v, (uint64_t)i, (size_t)i * 40);
		assert_int_equal(bp_model_init(&m, v.piece, v.count, v.n, normalize, NULL), BP_OK);
		out.len = again.len = 0;
		assert_int_equal(bp_model_to_json(&m, &out, NULL), BP_OK);
		T_OK(bp_model_parse(&back, t_slice(&out), "m", &err) == BP_OK, "%s", err.msg);
		same_model(&back, &m);
		assert_int_equal(bp_model_to_json(&back, &again, NULL), BP_OK);
		T_SAME(t_slice(&again), t_slice(&out));
		bp_model_release(&m);
		bp_model_release(&back);
		t_vocab_release(&v);
	}
	bp_buf_release(&out);
	bp_buf_release(&again);
}

static void files_hold_what_memory_holds(void **state)
{
	struct vocab v;
	struct model m = { 0 }, back = { 0 };
	struct buf json = { 0 };
	struct t_file f;

	(void)state;
	toy_vocab(&v, 7, 3000);		/* more than one block of the reader */
	assert_int_equal(bp_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NONE, NULL), BP_OK);
	t_file_make(&f, S("what was there before"));
	assert_int_equal(bp_model_to_json(&m, &json, NULL), BP_OK);
	assert_int_equal(bp_out_write_file(f.path, bp_buf_slice(&json), NULL), BP_OK);
	bp_buf_release(&json);
	assert_int_equal(bp_model_read(&back, f.path, NULL), BP_OK);
	same_model(&back, &m);
	t_file_remove(&f);
	bp_model_release(&m);
	bp_model_release(&back);
	t_vocab_release(&v);
}

static void missing_files_and_folders_are_named(void **state)
{
	static const char path[] = "/nonexistent/folder/model.json";
	struct model m = { 0 };
	bp_error err = { 0 };

	(void)state;
	assert_int_equal(bp_model_read(&m, path, &err), BP_EIO);
	assert_int_equal(err.code, BP_EIO);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(bp_model_read(&m, path, NULL), BP_EIO);
	assert_int_equal(m.n_pieces, 0);
	err = (bp_error){ 0 };
	assert_int_equal(bp_out_write_file(path, S("{}"), &err), BP_EIO);
	assert_non_null(strstr(err.msg, path));
	assert_int_equal(bp_out_write_file(path, S("{}"), NULL), BP_EIO);
}

/* A small model, all bytes but 'without' (256: none) and "ab", on one line. */
#define LAST "\"YWI=\":[259,\"\",7]"
static void append_pieces(struct buf *out, unsigned without)
{
	unsigned char c;
	unsigned i, id = BP_FIRST_PIECE;
	char values[40];

	t_append(out, S("{"));
	for (i = 0; i < 256; i++) {
		if (i == without)
			continue;
		c = (unsigned char)i;
		t_append(out, S("\""));
		assert_true(bp_base64_encode((struct slice){ &c, 1 }, out));
		snprintf(values, sizeof(values), "\":[%u,\"\",%u],", id++, 1 + i);
		t_append(out, t_string(values));
	}
	snprintf(values, sizeof(values), "\"YWI=\":[%u,\"\",7]", id);
	t_append(out, t_string(values));
	t_append(out, S("}"));
}

#define SETTINGS "\"bytepiece\":{\"version\":1,\"normalize\":\"none\"," \
	"\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\"]}"

static void append_with_settings(struct buf *out)
{
	t_append(out, S("{" SETTINGS ",\"pieces\":"));
	append_pieces(out, 256);
	t_append(out, S("}"));
}

/* Where 'part' is in 'text'; it has to be there. */
static size_t place(struct slice text, struct slice part)
{
	size_t i;

	for (i = 0; i + part.n <= text.n; i++)
		if (memcmp(text.p + i, part.p, part.n) == 0)
			return i;
	fail();
	return 0;
}

/*
 * Copy 'text' with one part of it replaced.  One or two '^' in the replacement, which are left
 * out, mark where an error has to be reported.
 */
static void edit(struct slice text, const char *part, const char *by, struct buf *out,
		 size_t mark[2])
{
	size_t at = place(text, t_string(part)), n_marks = 0;

	out->len = 0;
	t_append(out, (struct slice){ text.p, at });
	for (; *by != '\0'; by++) {
		if (*by != '^')
			assert_true(bp_buf_byte(out, (unsigned char)*by));
		else if (n_marks++ == 0)
			mark[0] = mark[1] = out->len;
		else
			mark[1] = out->len;
	}
	at += strlen(part);
	t_append(out, (struct slice){ text.p + at, text.n - at });
}

/* From memory and a stream, with and without an error struct; the status, and the error. */
static bp_status parse(struct slice text, bp_error *err)
{
	FILE *f = tmpfile();
	struct model m = { 0 };
	bp_error other = { 0 };
	bp_status st;

	assert_non_null(f);
	assert_int_equal(fwrite(text.p, 1, text.n, f), text.n);
	rewind(f);
	*err = (bp_error){ 0 };
	st = bp_model_parse(&m, text, "m", err);
	bp_model_release(&m);
	assert_int_equal(bp_model_from_json(&m, f, (struct slice){ 0 }, "m", &other), st);
	assert_int_equal(other.code, err->code);
	assert_int_equal(other.pos, err->pos);
	assert_string_equal(other.msg, err->msg);
	bp_model_release(&m);
	fclose(f);
	assert_int_equal(bp_model_parse(&m, text, "m", NULL), st);
	bp_model_release(&m);
	return st;
}

/* Refused, at an offset from 'from' to 'to', which the message repeats. */
static void is_refused(struct slice text, size_t from, size_t to, const char *what)
{
	bp_error err;
	char at[60];

	T_OK(parse(text, &err) == BP_EFORMAT, "%s is not refused", what);
	T_OK(err.code == BP_EFORMAT && err.pos >= from && err.pos <= to,
	     "%s: not at %zu to %zu: %s", what, from, to, err.msg);
	snprintf(at, sizeof(at), "m: byte %llu: ", (unsigned long long)err.pos);
	T_OK(strncmp(err.msg, at, strlen(at)) == 0 && strlen(err.msg) > strlen(at), "%s", err.msg);
	T_OK(strchr(err.msg, '\n') == NULL, "more than a line: %s", err.msg);
}

static void is_accepted(struct slice text, const char *what)
{
	bp_error err;

	T_OK(parse(text, &err) == BP_OK, "%s: %s", what, err.msg);
}

static void check_edits(struct slice text, const char *part, const char *const *by, size_t n)
{
	struct buf edited = { 0 };
	size_t mark[2], i;

	is_accepted(text, "the text before it is edited");
	for (i = 0; i < n; i++) {
		mark[0] = mark[1] = SIZE_MAX;
		edit(text, part, by[i], &edited, mark);
		is_refused(t_slice(&edited), mark[0], mark[1], by[i]);
	}
	bp_buf_release(&edited);
}

static void faulty_pieces_are_refused_where_they_are_faulty(void **state)
{
	static const char *const by[] = {
		/* wrong types, too few and too many values */
		"\"YWI=\":[^\"259\",\"\",7]", "\"YWI=\":[259,^5,7]", "\"YWI=\":[259,\"\",^\"7\"]",
		"\"YWI=\":^{\"259\":1}", "\"YWI=\":^259", "\"YWI=\":^null", "\"YWI=\":^\"ab\"",
		"\"YWI=\":[259,^null,7]", "\"YWI=\":[259,\"\",^null]", "\"YWI=\":[259,\"\",^[7]]",
		"\"YWI=\":[^]", "\"YWI=\":[259^]", "\"YWI=\":[259,\"\"^]", "\"YWI=\":[259,\"\",^]",
		"\"YWI=\":[259,\"\",7^,8]", "^5:[259,\"\",7]", "\"YWI=\"^,[259,\"\",7]",
		"\"YWI=\"^",
		"\"YWI=\":[259,\"\",7^}", "\"YWI=\":[259,\"\",7],^", "^,\"YWI=\":[259,\"\",7]",
		/* numbers */
		"\"YWI=\":[^259.0,\"\",7]", "\"YWI=\":[^-259,\"\",7]", "\"YWI=\":[^0259,\"\",7]",
		"\"YWI=\":[259,\"\",^7.5]", "\"YWI=\":[259,\"\",^7e2]", "\"YWI=\":[259,\"\",^-7]",
		"\"YWI=\":[259,\"\",^0]", "\"YWI=\":[259,\"\",^9223372036854775808]",
		"\"YWI=\":[259,\"\",^99999999999999999999]",
		"\"YWI=\":[259,\"\",^9223372036854775807]",
		/* base64 */
		"^\"YWI\":[259,\"\",7]", "^\"YWJ=\":[259,\"\",7]", "^\"Y-I=\":[259,\"\",7]",
		"^\"Y I=\":[259,\"\",7]", "^\"\":[259,\"\",7]", "^\"====\":[259,\"\",7]",
		"^\"ab\":[259,\"\",7]", "^\"YWI=\\n\":[259,\"\",7]", "^\"pieces!\":[259,\"\",7]",
		/* duplicates */
		"^\"Yg==\":[259,\"\",7]", "\"YWI=\":[259,\"\",7],^\"YWI=\":[260,\"\",7]",
		"\"YWI=\":[259,\"\",7],^\"YWM=\":[259,\"\",7]", "^\"YWI=\":[258,\"\",7]",
		"^\"YWI=\":[3,\"\",7]",
		/* ids not as specified */
		"^\"YWI=\":[0,\"\",7]", "^\"YWI=\":[1,\"\",7]", "^\"YWI=\":[2,\"\",7]",
		"^\"YWI=\":[260,\"\",7]", "^\"YWI=\":[9223372036854775807,\"\",7]",
		"^\"YWI=\":[4294967555,\"\",7]",
		"\"YWI=\":[259,\"\",7],^\"YWE=\":[261,\"\",7]",
		/* text around it */
		"\"YWI=\":[259,\"\",7]}^,{", "\"YWI=\":[259,\"\",7]}^x{",
		"\"YWI=\":[259,\"^\xFF^\",7]", "\"YWI=\":[259,\"^\\ud800\",7]",
		"\"YWI=\":[259,\"^\n\",7]", "\"YWI=\":[259,\"^\\x41\",7]"
	};
	struct buf text = { 0 };

	(void)state;
	append_pieces(&text, 256);
	check_edits(t_slice(&text), LAST, by, sizeof(by) / sizeof(by[0]));
	bp_buf_release(&text);
}

/* It is no piece with a wrong value, as it would be where there are pieces. */
static void another_member_beside_settings_is_named(void **state)
{
	struct buf text = { 0 }, edited = { 0 };
	size_t mark[2];
	bp_error err;

	(void)state;
	append_with_settings(&text);
	edit(t_slice(&text), SETTINGS, SETTINGS ",\"name\":\"x\"", &edited, mark);
	assert_int_equal(parse(t_slice(&edited), &err), BP_EFORMAT);
	T_OK(strstr(err.msg, "a member that is neither") != NULL, "%s", err.msg);
	bp_buf_release(&edited);
	bp_buf_release(&text);
}

static void faulty_settings_are_refused(void **state)
{
	static const char *const by[] = {
		"^\"bytepiece\":^5", "^\"bytepiece\":^[]", "^\"bytepiece\":^\"1\"",
		"\"bytepiece\":{^\"version\":2^}", "\"bytepiece\":{^\"version\":0^}",
		"\"bytepiece\":{\"version\":^\"1\"}", "\"bytepiece\":{\"version\":^1.5}",
		"\"bytepiece\":{^\"normalize\":\"nfd\"^}",
		"\"bytepiece\":{^\"normalize\":\"NFC\"^}",
		"\"bytepiece\":{^\"newlines\":\"lines\"^}",
		"\"bytepiece\":{^\"newlines\":\"\"^}", "\"bytepiece\":{\"newlines\":^2}",
		"\"bytepiece\":{\"newlines\":\"end\",^\"newlines\":\"end\"^}",
		"\"bytepiece\":{\"normalize\":^null}", "\"bytepiece\":{^\"normalise\":\"nfc\"^}",
		"\"bytepiece\":{\"specials\":[^\"<bos>\",\"<pad>\",\"<eos>\"]}",
		"\"bytepiece\":{\"specials\":[\"<pad>\",\"<bos>\"^]^}",
		"\"bytepiece\":{\"specials\":[^]^}",
		"\"bytepiece\":{\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\",^\"<eos>\"^]}",
		"\"bytepiece\":{\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\",^\"\"^]}",
		"\"bytepiece\":{\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\",^5]}",
		"\"bytepiece\":{\"specials\":^\"<pad>\"}", "\"bytepiece\":{^\"other\":1^}",
		SETTINGS ",^\"bytepiece\":{}^", SETTINGS ",^\"YWI=\":[259,\"\",7]^",
		"^\"YWI=\":[259,\"\",7]^," SETTINGS "^", SETTINGS ",^\"pieces\":{},\"pieces\":{}^",
		SETTINGS ",^\"other\":{}^"
	};
	struct buf text = { 0 };

	(void)state;
	append_with_settings(&text);
	check_edits(t_slice(&text), SETTINGS, by, sizeof(by) / sizeof(by[0]));
	bp_buf_release(&text);
}

static void settings_and_pieces_stand_together(void **state)
{
	struct buf text = { 0 };

	(void)state;
	t_append(&text, S("{\"pieces\":"));
	append_pieces(&text, 256);
	t_append(&text, S("}"));
	is_refused(t_slice(&text), 0, text.len, "pieces without settings");
	is_refused(S("{" SETTINGS "}"), 0, 200, "settings without pieces");
	bp_buf_release(&text);
}

static void what_is_no_object_of_pieces_is_refused(void **state)
{
	(void)state;
	is_refused(S(""), 0, 0, "nothing");
	is_refused(S(" \n "), 3, 3, "blanks");
	is_refused(S("[]"), 0, 0, "a list");
	is_refused(S("null"), 0, 0, "null");
	is_refused(S("{}"), 0, 2, "no pieces");
	is_refused(S("\xEF\xBB\xBF{}"), 0, 0, "a byte order mark");
	is_refused(S("\x28\xB5\x2F\xFD"), 0, 0, "something else");
	is_refused(S("{\0}"), 1, 1, "a NUL");
}

static void a_truncated_model_is_refused_at_its_end(void **state)
{
	struct buf text[2] = { { 0 } };
	struct model m = { 0 };
	bp_error err;
	size_t i, n;

	(void)state;
	append_pieces(&text[0], 256);
	append_with_settings(&text[1]);
	for (i = 0; i < 2; i++) {
		for (n = 0; n < text[i].len; n++) {
			err = (bp_error){ 0 };
			T_OK(bp_model_parse(&m, (struct slice){ text[i].data, n }, "m", &err) ==
			     BP_EFORMAT, "the first %zu bytes are taken for the whole", n);
			T_OK(err.pos == n, "cut at %zu: %s", n, err.msg);
		}
		is_accepted(t_slice(&text[i]), "the whole");
		bp_buf_release(&text[i]);
	}
}

static void a_missing_single_byte_is_named(void **state)
{
	struct buf text = { 0 };
	bp_error err;
	unsigned c;
	char name[8];

	(void)state;
	for (c = 0; c < 256; c++) {
		text.len = 0;
		append_pieces(&text, c);
		is_refused(t_slice(&text), 0, text.len, "a missing byte");
		assert_int_equal(parse(t_slice(&text), &err), BP_EFORMAT);
		snprintf(name, sizeof(name), "0x%02X", c);
		T_OK(strstr(err.msg, name) != NULL, "%s is missing: %s", name, err.msg);
	}
	bp_buf_release(&text);
}

/* All counts of the small model but the last: 1 + 2 + ... + 256. */
static void counts_may_add_up_to_just_below_2_to_the_63(void **state)
{
	struct buf text = { 0 }, edited = { 0 };
	struct model m = { 0 };
	char by[60];
	size_t mark[2];

	(void)state;
	append_pieces(&text, 256);
	snprintf(by, sizeof(by), "\"YWI=\":[259,\"\",%llu]",
		 (unsigned long long)INT64_MAX - 128 * 257);
	edit(t_slice(&text), LAST, by, &edited, mark);
	assert_int_equal(bp_model_parse(&m, t_slice(&edited), "m", NULL), BP_OK);
	assert_true(m.total == INT64_MAX);
	assert_true(m.count[256] == (uint64_t)INT64_MAX - 128 * 257);
	assert_true(m.log_probability[0] == bp_log(1.0) - bp_log(9223372036854775807.0));
	bp_model_release(&m);
	snprintf(by, sizeof(by), "\"YWI=\":[259,\"\",^%llu]",
		 (unsigned long long)INT64_MAX - 128 * 257 + 1);
	edit(t_slice(&text), LAST, by, &edited, mark);
	is_refused(t_slice(&edited), mark[0], mark[1], "a sum of 2^63");
	bp_buf_release(&text);
	bp_buf_release(&edited);
}

/* The small model with "ab" made longer: n times the letter a. */
static void model_with_long_piece(size_t n, struct buf *out)
{
	struct buf text = { 0 }, piece = { 0 };
	size_t i, at;

	append_pieces(&text, 256);
	for (i = 0; i < n; i++)
		t_append(&piece, S("a"));
	at = place(t_slice(&text), S("YWI="));
	out->len = 0;
	t_append(out, (struct slice){ text.data, at });
	assert_true(bp_base64_encode(t_slice(&piece), out));
	t_append(out, (struct slice){ text.data + at + 4, text.len - at - 4 });
	bp_buf_release(&text);
	bp_buf_release(&piece);
}

static void pieces_have_at_most_65535_bytes(void **state)
{
	struct buf text = { 0 };
	size_t at;

	(void)state;
	model_with_long_piece(BP_PIECE_MAX, &text);
	is_accepted(t_slice(&text), "a piece of 65535 bytes");
	model_with_long_piece(BP_PIECE_MAX + 1, &text);
	at = place(t_slice(&text), S("\"YWFh"));
	is_refused(t_slice(&text), at, at, "a piece of 65536 bytes");
	bp_buf_release(&text);
}

static void deep_nesting_is_refused_at_once(void **state)
{
	struct buf text = { 0 };
	size_t i;

	(void)state;
	t_append(&text, S("{\"AA==\":[[["));
	for (i = 0; i < 1000000; i++)
		t_append(&text, S("["));
	is_refused(t_slice(&text), 9, 9, "deep nesting");
	text.len = 0;
	for (i = 0; i < 200000; i++)
		t_append(&text, S("{\"pieces\":"));
	is_refused(t_slice(&text), 11, 100, "deep nesting of objects");
	bp_buf_release(&text);
}

static void blanks_without_end_are_passed_over(void **state)
{
	enum { BLANKS = 16 << 20 };
	struct buf text = { 0 }, pieces = { 0 };

	(void)state;
	append_pieces(&pieces, 256);
	assert_true(bp_buf_reserve(&text, BLANKS + pieces.len));
	memset(text.data, '\n', BLANKS);
	text.len = BLANKS;
	is_refused(t_slice(&text), BLANKS, BLANKS, "nothing but blanks");
	t_append(&text, t_slice(&pieces));
	is_accepted(t_slice(&text), "a model after blanks");
	bp_buf_release(&text);
	bp_buf_release(&pieces);
}

static void check_same_as_small_model(struct slice text, bp_normalize normalize)
{
	struct buf small = { 0 };
	struct model m = { 0 }, want = { 0 };
	bp_error err = { 0 };

	append_pieces(&small, 256);
	assert_int_equal(bp_model_parse(&want, t_slice(&small), "m", NULL), BP_OK);
	want.normalize = normalize;
	T_OK(bp_model_parse(&m, text, "m", &err) == BP_OK, "%s", err.msg);
	same_model(&m, &want);
	bp_model_release(&m);
	bp_model_release(&want);
	bp_buf_release(&small);
}

/* Blanks of all kinds around each token; no string of the small model holds one of these bytes. */
static void any_blanks_between_tokens_are_read(void **state)
{
	struct buf text = { 0 }, wide = { 0 };
	size_t i;

	(void)state;
	append_with_settings(&text);
	for (i = 0; i < text.len; i++) {
		bool token = strchr("{}[]:,", text.data[i]) != NULL;

		t_append(&wide, token ? S("\r\n\t ") : S(""));
		t_append(&wide, (struct slice){ text.data + i, 1 });
		t_append(&wide, token ? S(" \n") : S(""));
	}
	check_same_as_small_model(t_slice(&wide), BP_NORMALIZE_NONE);
	bp_buf_release(&text);
	bp_buf_release(&wide);
}

static void members_may_come_in_any_order(void **state)
{
	struct buf text = { 0 }, edited = { 0 }, special = { 0 };
	size_t mark[2];

	(void)state;
	append_pieces(&text, 256);
	/* The last piece first. */
	edit(t_slice(&text), "," LAST, "", &edited, mark);
	text.len = 0;
	t_append(&text, S("{" LAST ","));
	t_append(&text, (struct slice){ edited.data + 1, edited.len - 1 });
	check_same_as_small_model(t_slice(&text), BP_NORMALIZE_NFC);
	/* The pieces before the settings, and those the other way round. */
	t_append(&special, S("{\"pieces\":"));
	t_append(&special, t_slice(&text));
	t_append(&special, S(",\"bytepiece\":{\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\"],"
			     "\"normalize\":\"none\",\"version\":1}}"));
	check_same_as_small_model(t_slice(&special), BP_NORMALIZE_NONE);
	bp_buf_release(&text);
	bp_buf_release(&edited);
	bp_buf_release(&special);
}

static void escapes_in_strings_are_read(void **state)
{
	struct buf text = { 0 }, edited = { 0 };
	size_t mark[2];

	(void)state;
	append_with_settings(&text);
	edit(t_slice(&text), "\"YWI=\":[259,\"\"",
	     "\"\\u0059WI\\u003D\":[259,\"\\ud83d\\ude00\\n\"", &edited, mark);
	edit(t_slice(&edited), "\"/w==\"", "\"\\/w==\"", &text, mark);
	edit(t_slice(&text), "\"bytepiece\"", "\"byte\\u0070iece\"", &edited, mark);
	edit(t_slice(&edited), "\"none\"", "\"\\u006eone\"", &text, mark);
	check_same_as_small_model(t_slice(&text), BP_NORMALIZE_NONE);
	bp_buf_release(&text);
	bp_buf_release(&edited);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_is_written_as_python_writes_it),
		cmocka_unit_test(other_settings_stand_beside_the_pieces),
		cmocka_unit_test(each_rule_of_newlines_comes_back),
		cmocka_unit_test(pieces_are_copied_and_put_in_order),
		cmocka_unit_test(what_was_written_is_read_as_it_was),
		cmocka_unit_test(files_hold_what_memory_holds),
		cmocka_unit_test(missing_files_and_folders_are_named),
		cmocka_unit_test(faulty_pieces_are_refused_where_they_are_faulty),
		cmocka_unit_test(another_member_beside_settings_is_named),
		cmocka_unit_test(faulty_settings_are_refused),
		cmocka_unit_test(settings_and_pieces_stand_together),
		cmocka_unit_test(what_is_no_object_of_pieces_is_refused),
		cmocka_unit_test(a_truncated_model_is_refused_at_its_end),
		cmocka_unit_test(a_missing_single_byte_is_named),
		cmocka_unit_test(counts_may_add_up_to_just_below_2_to_the_63),
		cmocka_unit_test(pieces_have_at_most_65535_bytes),
		cmocka_unit_test(deep_nesting_is_refused_at_once),
		cmocka_unit_test(blanks_without_end_are_passed_over),
		cmocka_unit_test(any_blanks_between_tokens_are_read),
		cmocka_unit_test(members_may_come_in_any_order),
		cmocka_unit_test(escapes_in_strings_are_read)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
