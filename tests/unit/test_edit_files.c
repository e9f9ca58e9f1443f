/* bp_edit_files(): what becomes of ids and counts when a vocabulary is changed by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "support.h"

#define BYTES(literal) { .bytes = literal, .len = sizeof(literal) - 1 }

/* Change 'm' (or make a new one) by a list; NULL with *err if that fails. */
static bp_model *edit(const bp_model *m, struct slice list, const bp_edit_options *o,
		      bp_edit_report *r, bp_error *err)
{
	bp_model *made = NULL;
	struct t_file in, out;
	const char *path;
	bp_input lists;

	t_file_make(&in, list);
	t_file_make(&out, S("old"));
	path = in.path;
	lists = (bp_input){ .path = &path, .n_paths = list.n > 0 };
	*err = (bp_error){ 0 };
	if (bp_edit_files(m, &lists, out.path, o, r, err) == BP_OK) {
		made = bp_load(out.path, err);
		T_OK(made != NULL, "%s", err->msg);
		assert_int_equal(r->vocab_size, bp_vocab_size(made));
	}
	t_file_remove(&in);
	t_file_remove(&out);
	return made;
}

static bp_model *edit_well(const bp_model *m, struct slice list, const bp_edit_options *o)
{
	bp_edit_report r;
	bp_error err;
	bp_model *made = edit(m, list, o, &r, &err);

	T_OK(made != NULL, "%s", err.msg);
	return made;
}

static void has(const bp_model *m, uint32_t id, struct slice s, uint64_t count)
{
	struct slice got;

	got.p = (const unsigned char *)bp_piece(m, id, &got.n);
	assert_non_null(got.p);
	T_SAME(got, s);
	T_OK(bp_piece_count(m, id) == count, "id %u has the count %llu", (unsigned)id,
	     (unsigned long long)bp_piece_count(m, id));
}

static void has_special(const bp_model *m, size_t i, uint32_t id, struct slice name)
{
	struct slice got;

	got.p = (const unsigned char *)bp_special(m, i, &got.n);
	assert_non_null(got.p);
	T_SAME(got, name);
	assert_int_equal(bp_special_id(m, i), id);
}

static uint64_t count_of(const bp_model *m, struct slice s)
{
	return bp_piece_count(m, bp_piece_id(m, (const char *)s.p, s.n));
}

static const bp_bytes special[] = { BYTES("<user>"), BYTES("<bot>"), BYTES("<user>") };

static void a_list_is_a_model(void **state)
{
	static const bp_edit_options o = { .special = special, .n_specials = 3 };
	static const bp_edit_options none = { .normalize = BP_NORMALIZE_NONE };
	bp_edit_report r;
	bp_error err;
	bp_model *m;

	(void)state;
	m = edit(NULL, S("the\t7\nb\t5\nab\t9\ne\xCC\x81\t4\nthe\t1\naa\t2\n"), &o, &r, &err);
	T_OK(m != NULL, "%s", err.msg);
	assert_int_equal(bp_vocab_size(m), 259 + 4 + 2);
	assert_int_equal(r.pieces, 4);
	assert_int_equal(r.specials, 2);
	assert_int_equal(r.cut, 0);
	has(m, 'a' + 3, S("a"), 1);
	has(m, 'b' + 3, S("b"), 5);
	has(m, 259, S("aa"), 2);
	has(m, 260, S("ab"), 9);
	has(m, 261, S("\xC3\xA9"), 4);
	has(m, 262, S("the"), 8);
	has_special(m, 3, 263, S("<user>"));
	has_special(m, 4, 264, S("<bot>"));
	bp_free(m);
	m = edit_well(NULL, S("e\xCC\x81\t4\n"), &none);
	has(m, 259, S("e\xCC\x81"), 4);
	assert_int_equal(bp_model_normalize(m), BP_NORMALIZE_NONE);
	bp_free(m);
}

/* "b", "ab", a special token, "the", in this order from id 259 on. */
static bp_model *base_model(void)
{
	static const bp_edit_options first = { .special = special, .n_specials = 1 }, then = { 0 };
	bp_model *a = edit_well(NULL, S("b\t5\nab\t9\n"), &first);
	bp_model *b = edit_well(a, S("the\t7\n"), &then);

	has(b, 259, S("ab"), 9);
	has_special(b, 3, 260, S("<user>"));
	has(b, 261, S("the"), 7);
	bp_free(a);
	return b;
}

static void old_ids_stay_and_new_ones_follow(void **state)
{
	static const bp_bytes piece[] = { BYTES("<user>"), BYTES("ab"), BYTES("zz") };
	static const bp_edit_options o = { .special = special, .n_specials = 3, .piece = piece,
					   .n_pieces = 3, .form = BP_MODEL_BINARY };
	bp_model *m = base_model(), *more;
	bp_edit_report r;
	bp_error err;

	(void)state;
	more = edit(m, S("xyz\t3\nthe\t100\naz\t4\nb\t50\n"), &o, &r, &err);
	T_OK(more != NULL, "%s", err.msg);
	assert_int_equal(r.pieces, 4);
	assert_int_equal(r.specials, 1);
	assert_int_equal(r.there, 2 + 1 + 2);
	assert_int_equal(bp_vocab_size(more), 262 + 5);
	has(more, 'b' + 3, S("b"), 5);
	has(more, 259, S("ab"), 9);
	has_special(more, 3, 260, S("<user>"));
	has(more, 261, S("the"), 7);
	has(more, 262, S("az"), 4);
	has(more, 263, S("zz"), 1);
	has(more, 264, S("xyz"), 3);
	has(more, 265, S("<user>"), 1);
	has_special(more, 4, 266, S("<bot>"));
	bp_free(more);
	bp_free(m);
}

static void counts_of_what_is_there_stay_unless_asked_for(void **state)
{
	static const uint64_t want[][2] = { { 7, 1 }, { 107, 21 }, { 100, 20 } };
	bp_model *m = base_model(), *made;
	bp_edit_options o = { 0 };
	int i;

	(void)state;
	for (i = BP_COUNTS_KEEP; i <= BP_COUNTS_REPLACE; i++) {
		o.counts = (bp_counts)i;
		made = edit_well(m, S("the\t90\nthe\t10\na\t20\n"), &o);
		assert_int_equal(bp_vocab_size(made), bp_vocab_size(m));
		assert_true(count_of(made, S("the")) == want[i][0]);
		assert_true(count_of(made, S("a")) == want[i][1]);
		assert_true(count_of(made, S("ab")) == 9);
		bp_free(made);
	}
	bp_free(m);
}

/* How many ids a text has. */
static size_t n_ids(const bp_model *m, struct slice s)
{
	uint32_t ids[256];
	size_t n;

	assert_in_range(bp_encode_bound(s.n), 0, 256);
	assert_int_equal(bp_encode(m, (const char *)s.p, s.n, ids, &n), BP_OK);
	return n;
}

/*
 * The shares of what they are made of, multiplied, make up so many of the counts' sum, 320285; and
 * one more.  Of what is asked for, shorter pieces are parts of longer ones already.
 */
static void pieces_asked_for_are_preferred_to_their_parts(void **state)
{
	static const char common[] = "the\t90000\n of\t100000\nab\t70000\nabc\t30\nc\t60000\n";
	static const bp_bytes piece[] = { BYTES("the ofab"), BYTES("the of"), BYTES("abc"),
					  BYTES("ababc"), BYTES("qqq") };
	static const uint64_t want[] = { 6142, 28100, 30, 2866, 1 };
	static const bp_edit_options o = { .piece = piece, .n_pieces = 5 }, plain = { 0 };
	bp_model *base = edit_well(NULL, S(common), &plain), *m = edit_well(base, S(""), &o);
	struct slice s;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		s = (struct slice){ (const unsigned char *)piece[i].bytes, piece[i].len };
		T_OK(count_of(m, s) == want[i], "%s: %llu", piece[i].bytes,
		     (unsigned long long)count_of(m, s));
		if (i != 2) {
			assert_true(n_ids(base, s) > 1);
			assert_int_equal(n_ids(m, s), 1);
		}
	}
	bp_free(m);
	bp_free(base);
}

static void pieces_of_least_count_are_left_out(void **state)
{
	static const bp_bytes piece[] = { BYTES("rare") };
	bp_edit_options o = { .piece = piece, .n_pieces = 1, .special = special, .n_specials = 1 };
	bp_model *m = edit_well(NULL, S("abc\t4\nab\t4\nac\t4\nad\t3\nrare\t1\nabcd\t9\nbcd\t50\n"), &o),
		 *made;
	bp_edit_report r;
	bp_error err;

	(void)state;
	assert_int_equal(bp_vocab_size(m), 259 + 8);
	o.n_specials = 0;
	o.vocab_size = 259 + 5;
	made = edit(m, S(""), &o, &r, &err);
	T_OK(made != NULL, "%s", err.msg);
	assert_int_equal(r.cut, 3);
	/* ad 3, then of those with 4 the shorter, of these the greater ones. */
	has(made, 259, S("abc"), 4);
	has(made, 260, S("bcd"), 50);
	has(made, 261, S("abcd"), 9);
	has(made, 262, S("rare"), 1);
	has_special(made, 3, 263, S("<user>"));
	/* Their counts are those of their parts now. */
	has(made, 'a' + 3, S("a"), 1 + 4 + 4 + 3);
	has(made, 'b' + 3, S("b"), 1 + 4);
	has(made, 'c' + 3, S("c"), 1 + 4);
	has(made, 'd' + 3, S("d"), 1 + 3);
	bp_free(made);
	/* As far as it goes: a single byte, a special token or what is asked for never goes. */
	o.vocab_size = 259 + 2;
	made = edit(m, S(""), &o, &r, &err);
	T_OK(made != NULL, "%s", err.msg);
	has(made, 259, S("rare"), 1);
	has_special(made, 3, 260, S("<user>"));
	bp_free(made);
	o.vocab_size = 259 + 1;
	assert_null(edit(m, S(""), &o, &r, &err));
	assert_int_equal(err.code, BP_ERANGE);
	assert_non_null(strstr(err.msg, "260 ids has no room for the 261 required"));
	bp_free(m);
}

/* What the Python package's convert_to_bytepiece() makes of the same words. */
static void pruning_gives_the_reference_s_model(void **state)
{
	static const char words[] =
		"ab\t500\nabc\t1\nbc\t3\nc\t5000\na\t4000\nxyz\t2\nyz\t9000\nx\t7000\nthe\t50\n"
		" the\t40\nthe lamp\t3\n lamp\t2\nabab\t100\nababab\t1\n";
	static const struct {
		struct slice s;
		uint64_t count;
	} want[] = {
		{ S_INIT("a"), 4000 }, { S_INIT("c"), 5001 }, { S_INIT("x"), 7002 },
		{ S_INIT("ab"), 502 }, { S_INIT("bc"), 3 }, { S_INIT("yz"), 9002 },
		{ S_INIT("the"), 50 }, { S_INIT(" the"), 40 }, { S_INIT("abab"), 101 },
		{ S_INIT(" lamp"), 2 }, { S_INIT("the lamp"), 3 }
	};
	static const bp_bytes piece[] = { BYTES("xyz") };
	bp_edit_options o = { .prune = true };
	bp_model *m;
	bp_edit_report r;
	bp_error err;
	size_t i;

	(void)state;
	m = edit(NULL, S(words), &o, &r, &err);
	T_OK(m != NULL, "%s", err.msg);
	assert_int_equal(bp_vocab_size(m), 264 + 3);
	assert_int_equal(r.cut, 3);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(count_of(m, want[i].s) == want[i].count);
	assert_true(count_of(m, S("z")) == 1);
	assert_null(edit(m, S(words), &o, &r, &err));
	assert_int_equal(err.code, BP_ERANGE);
	bp_free(m);
	/* One that is asked for stays, with a count that makes it win. */
	o.piece = piece;
	o.n_pieces = 1;
	m = edit_well(NULL, S(words), &o);
	assert_int_equal(bp_vocab_size(m), 265 + 3);
	assert_int_equal(n_ids(m, S("xyz")), 1);
	assert_true(count_of(m, S("x")) == 7002);
	bp_free(m);
}

/*
 * Words of which each round of pruning leaves out one: the next one stays until the count of the
 * one before has gone to its parts.  After 64 rounds the others stay.
 */
static void pruning_ends_after_64_rounds(void **state)
{
	bp_edit_options o = { .prune = true };
	struct buf list = { 0 };
	char path[4096], line[64];
	const char *shared = getenv("BP_SHARED");
	bp_edit_report r;
	bp_error err;
	bp_model *m;
	size_t n;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/cases/trust/D4-list.tsv", shared != NULL ? shared : ".");
	if ((f = fopen(path, "rb")) == NULL)
		skip();
	while ((n = fread(line, 1, sizeof(line), f)) > 0)
		assert_true(bp_buf_append(&list, line, n));
	fclose(f);
	m = edit(NULL, t_slice(&list), &o, &r, &err);
	T_OK(m != NULL, "%s", err.msg);
	assert_int_equal(r.cut, 64);
	bp_free(m);
	bp_buf_release(&list);
}

static void what_cannot_be_is_refused(void **state)
{
	static const bp_bytes bad_piece[] = { BYTES(""), BYTES("a\nb") };
	static const bp_bytes bad_special[] = { BYTES(""), BYTES("<pad>"), BYTES("\xFF") };
	static const char large[] = "ab\t9223372036854775000\n";
	bp_model *m = base_model();
	bp_edit_options o = { 0 };
	bp_edit_report r;
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		o = (bp_edit_options){ .piece = &bad_piece[i], .n_pieces = 1 };
		assert_null(edit(m, S(""), &o, &r, &err));
		assert_int_equal(err.code, BP_ERANGE);
		T_OK(strncmp(err.msg, "piece '", 7) == 0, "%s", err.msg);
	}
	for (i = 0; i < 3; i++) {
		o = (bp_edit_options){ .special = &bad_special[i], .n_specials = 1 };
		assert_null(edit(m, S(""), &o, &r, &err));
		assert_int_equal(err.code, BP_ERANGE);
		T_OK(strncmp(err.msg, "special token '", 15) == 0, "%s", err.msg);
	}
	o = (bp_edit_options){ 0 };
	assert_null(edit(m, S("a\tb\n"), &o, &r, &err));
	assert_int_equal(err.code, BP_EFORMAT);
	/* Sums: of the list and the rest; and of what is handed on. */
	o.counts = BP_COUNTS_ADD;
	assert_null(edit(m, S("ab\t9223372036854775807\n"), &o, &r, &err));
	assert_int_equal(err.code, BP_ERANGE);
	bp_free(edit_well(m, S(large), &o));
	o.vocab_size = 260;
	assert_null(edit(m, S(large), &o, &r, &err));
	assert_int_equal(err.code, BP_ERANGE);
	o = (bp_edit_options){ .prune = true };
	assert_null(edit(NULL, S(large), &o, &r, &err));
	assert_int_equal(err.code, BP_ERANGE);
	bp_free(m);
}

static void nothing_asked_for_changes_nothing(void **state)
{
	static const bp_edit_options o = { 0 };
	bp_model *m = base_model(), *made = edit_well(m, S(""), &o);
	struct slice s;
	uint32_t id;

	(void)state;
	assert_int_equal(bp_vocab_size(made), bp_vocab_size(m));
	for (id = 0; id < bp_vocab_size(m); id++) {
		s.p = (const unsigned char *)bp_piece(m, id, &s.n);
		if (s.p != NULL)
			has(made, id, s, bp_piece_count(m, id));
		else
			assert_null(bp_piece(made, id, &s.n));
	}
	has_special(made, 3, 260, S("<user>"));
	bp_free(made);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_a_model),
		cmocka_unit_test(old_ids_stay_and_new_ones_follow),
		cmocka_unit_test(counts_of_what_is_there_stay_unless_asked_for),
		cmocka_unit_test(pieces_asked_for_are_preferred_to_their_parts),
		cmocka_unit_test(pieces_of_least_count_are_left_out),
		cmocka_unit_test(pruning_gives_the_reference_s_model),
		cmocka_unit_test(pruning_ends_after_64_rounds),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(nothing_asked_for_changes_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
