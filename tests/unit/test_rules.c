/*
 * train/rules.h: every trainer holds every constraint, or refuses it; pieces that the caller has
 * chosen are exempt from all of them.
 *
 * To add a constraint, add it to the list in rules.c and at least one case to the table below; the
 * first test fails for a constraint without a case.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "support.h"
#include "text/utf8.h"
#include "train/rules.h"

#define BYTES(literal) { .bytes = literal, .len = sizeof(literal) - 1 }
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The text of all trainings, in two parts of whole lines. */
struct corpus_files {
	struct buf text;
	struct t_file part[2];
	const char *path[2];
};
enum { LINES = 900, ROOM = 2500 };	/* ROOM: ids, more than the text has use for */

/* Characters of three bytes, each rarer than its first two bytes and its last two bytes. */
static void append_characters(uint64_t *rng, struct buf *text)
{
	size_t i, n = t_below(rng, 20);

	for (i = 0; i < n; i++)
		t_append_code(text, (uint32_t)(0x4E00 + t_below(rng, 0x1000)));
}

/* Words with digits, words that often stand beside each other, and rare strings. */
static void append_line(uint64_t *rng, struct buf *text)
{
	static const char *const word[] = {
		"of the", "in the", "cat", "1984", "room 101", "7 x 7", "wonderful", "wonder",
		"don't", "  20260"
	};
	size_t i, n = 1 + t_below(rng, 6);

	for (i = 0; i < n; i++) {
		if (i > 0)
			t_append(text, S(" "));
		t_append(text, t_string(word[t_below(rng, LEN(word))]));
	}
	if (t_below(rng, 4) == 0)
		append_characters(rng, text);
	if (t_below(rng, 20) == 0)
		t_letters(rng, S("abcdefgh"), 2, text);
	t_append(text, S("\n"));
}

static void make_corpus(struct corpus_files *c)
{
	uint64_t rng = 6;
	size_t i, half = 0;

	*c = (struct corpus_files){ .text = { 0 } };
	for (i = 0; i < LINES; i++) {
		if (i == LINES / 3)
			half = c->text.len;
		append_line(&rng, &c->text);
	}
	t_file_make(&c->part[0], (struct slice){ c->text.data, half });
	t_file_make(&c->part[1], (struct slice){ c->text.data + half, c->text.len - half });
	for (i = 0; i < 2; i++)
		c->path[i] = c->part[i].path;
}

static void remove_corpus(struct corpus_files *c)
{
	t_file_remove(&c->part[0]);
	t_file_remove(&c->part[1]);
	bp_buf_release(&c->text);
}

/* Options without a constraint, as far as they can be left out. */
static bp_train_options free_options(void)
{
	static const uint32_t size = ROOM;
	bp_train_options o = bp_train_defaults();

	o.vocab_size = &size;
	o.min_count = 2;	/* with 1, the published algorithm never cuts inside characters */
	o.ensure_unicode = BP_UNICODE_NO;
	o.across_spaces = BP_SPACES_ANY;
	o.max_piece_length = 16;	/* three steps of counting, not seven */
	return o;
}

/* The constraints, and how a piece of two bytes or more breaks them. */
enum { SHORT = 3, OFTEN = 100 };

static void set_length(bp_train_options *o)
{
	o->max_piece_length = SHORT;
}

static bool breaks_length(struct slice s, struct slice text)
{
	(void)text;
	return s.n > SHORT;
}

static void set_characters(bp_train_options *o)
{
	o->ensure_unicode = BP_UNICODE_YES;
}

static bool breaks_characters(struct slice s, struct slice text)
{
	(void)text;
	return (s.p[0] & 0xC0) == 0x80;
}

static void set_beginnings(bp_train_options *o)
{
	o->ensure_unicode = BP_UNICODE_BEGIN;
}

/* The text has no character of four bytes. */
static bool breaks_beginnings(struct slice s, struct slice text)
{
	size_t i, k;

	for (i = 0; i < s.n; i += k)
		if ((k = bp_utf8_length(s.p + i, s.n - i)) == 0)
			return s.n > 2 || breaks_characters(s, text);
	return false;
}

static void set_no_spaces(bp_train_options *o)
{
	o->across_spaces = BP_SPACES_NO;
}

static bool breaks_no_spaces(struct slice s, struct slice text)
{
	(void)text;
	while (s.n > 0 && s.p[0] == ' ')
		s = (struct slice){ s.p + 1, s.n - 1 };
	return s.n > 0 && memchr(s.p, ' ', s.n) != NULL;
}

static bool is_alphanumeric(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c >= 0x80;
}

static void set_spaces_inside(bp_train_options *o)
{
	o->across_spaces = BP_SPACES_INSIDE;
	o->ensure_unicode = BP_UNICODE_YES;	/* so that a byte of a character is a letter's */
}

static bool breaks_spaces_inside(struct slice s, struct slice text)
{
	size_t n = s.n;

	(void)text;
	while (n > 0 && s.p[n - 1] == ' ')
		n--;
	return n > 0 && n < s.n && is_alphanumeric(s.p[n - 1]);
}

static void set_whole_words(bp_train_options *o)
{
	o->across_spaces = BP_SPACES_WORDS;
}

static bool breaks_whole_words(struct slice s, struct slice text)
{
	return breaks_no_spaces(s, text) && s.p[0] != ' ';
}

static void set_digits(bp_train_options *o)
{
	o->digits = BP_DIGITS_SINGLE;
}

static bool breaks_digits(struct slice s, struct slice text)
{
	size_t i;

	(void)text;
	for (i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			return true;
	return false;
}

static void set_up_to_three_digits(bp_train_options *o)
{
	o->digits = BP_DIGITS_UPTO3;
}

static bool breaks_up_to_three_digits(struct slice s, struct slice text)
{
	size_t i, n = 0;

	(void)text;
	for (i = 0; i < s.n; i++)
		n += s.p[i] >= '0' && s.p[i] <= '9';
	return n > 3 || (n > 0 && n < s.n);
}

static void set_punctuation(bp_train_options *o)
{
	o->punctuation_apart = true;
}

static bool breaks_punctuation(struct slice s, struct slice text)
{
	size_t i, n = 0;

	(void)text;
	for (i = 0; i < s.n; i++)
		n += is_alphanumeric(s.p[i]);
	return n > 0 && memchr(s.p, '\'', s.n) != NULL;
}

static void set_count(bp_train_options *o)
{
	o->min_count = OFTEN;
}

static bool breaks_count(struct slice s, struct slice text)
{
	size_t i, n = 0;

	for (i = 0; i + s.n <= text.n && n < OFTEN; i++)
		n += memcmp(text.p + i, s.p, s.n) == 0;
	return n < OFTEN;
}

static const struct constraint_case {
	enum constraint constraint;
	const char *name;
	void (*set)(bp_train_options *o);
	bool (*breaks)(struct slice s, struct slice text);
	bp_bytes chosen;		/* a piece that breaks it, for the caller to choose */
	const char *refused;		/* with the published algorithm, by this message; or NULL */
} cases[] = {
	{ CONSTRAINT_LENGTH, "length", set_length, breaks_length, BYTES("wonderful"), NULL },
	{ CONSTRAINT_CHARACTERS, "characters", set_characters, breaks_characters,
	  BYTES("\xA9" "ab"), NULL },
	{ CONSTRAINT_CHARACTERS, "beginnings", set_beginnings, breaks_beginnings,
	  BYTES("\xA9" "ab"), "--ensure-unicode begin and --reference exclude each other" },
	{ CONSTRAINT_SPACES, "spaces inside", set_spaces_inside, breaks_spaces_inside,
	  BYTES("the "), "--across-spaces and --reference exclude each other" },
	{ CONSTRAINT_SPACES, "no spaces", set_no_spaces, breaks_no_spaces, BYTES("the cat"),
	  "--across-spaces and --reference exclude each other" },
	{ CONSTRAINT_SPACES, "whole words", set_whole_words, breaks_whole_words, BYTES("the c"),
	  "--across-spaces and --reference exclude each other" },
	{ CONSTRAINT_DIGITS, "digits", set_digits, breaks_digits, BYTES("1984"), NULL },
	{ CONSTRAINT_DIGITS, "up to three digits", set_up_to_three_digits,
	  breaks_up_to_three_digits, BYTES("20260"), NULL },
	{ CONSTRAINT_PUNCTUATION, "punctuation", set_punctuation, breaks_punctuation,
	  BYTES("n't"), NULL },
	{ CONSTRAINT_COUNT, "count", set_count, breaks_count, BYTES("zzqq"), NULL }
};

/* The trainers. */
static const struct trainer {
	const char *name;
	bool reference, in_parts, extends;
} trainers[] = {
	{ "default recipe", false, false, false },
	{ "default recipe in parts", false, true, false },
	{ "default recipe on a model", false, false, true },
	{ "default recipe on a model in parts", false, true, true },
	{ "published algorithm", true, false, false },
	{ "published algorithm in parts", true, true, false },
	{ "published algorithm on a model", true, false, true },
	{ "published algorithm on a model in parts", true, true, true }
};

/* Count each part, and build, until there is a model. */
static bp_status train_in_parts(const struct corpus_files *c, const bp_train_options *o,
				const char *out, bp_train_report *report, bp_error *err)
{
	/* Plans take turns: to rename one would free its name for other tests that run meanwhile. */
	struct t_file counts[2], plans[2];
	const char *path[2], *plan = NULL, *next_plan;
	bp_input in, both = { .path = path, .n_paths = 2, .threads = 1 };
	unsigned step = 0;
	bool next = true;
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < 2; i++) {
		t_file_make(&counts[i], S(""));
		t_file_make(&plans[i], S(""));
		path[i] = counts[i].path;
	}
	while (st == BP_OK && next) {
		for (i = 0; i < 2 && st == BP_OK; i++) {
			in = (bp_input){ .path = &c->path[i], .n_paths = 1, .threads = 1 };
			st = bp_count_files(&in, path[i], BP_ROWS_BINARY, plan, o, err);
		}
		next_plan = plans[step++ % 2].path;
		if (st == BP_OK)
			st = bp_build_files(&both, out, next_plan, plan, o, &next, report, err);
		plan = next_plan;
	}
	for (i = 0; i < 2; i++) {
		t_file_remove(&counts[i]);
		t_file_remove(&plans[i]);
	}
	return st;
}

/* NULL with *err if the trainer fails. */
static bp_model *train(const struct trainer *t, const struct corpus_files *c, bp_train_options o,
		       const bp_model *extended, bp_error *err)
{
	struct bp_trained trained;
	bp_train_report report = { .model = &trained };
	bp_input in = { .path = c->path, .n_paths = 2, .threads = 2 };
	bp_model *m = NULL;
	struct t_file out;
	bp_status st;

	o.reference = t->reference;
	o.extend = t->extends ? extended : NULL;
	*err = (bp_error){ 0 };
	t_file_make(&out, S("none"));
	st = t->in_parts ? train_in_parts(c, &o, out.path, &report, err)
			 : bp_train_files(&in, out.path, &o, &report, err);
	if (st == BP_OK) {
		m = bp_load(out.path, err);
		T_OK(m != NULL, "%s: %s", t->name, err->msg);
	}
	t_file_remove(&out);
	return m;
}

static struct slice piece_of(const bp_model *m, uint32_t id)
{
	struct slice s;

	s.p = (const unsigned char *)bp_piece(m, id, &s.n);
	return s;
}

static bool has_piece(const bp_model *m, struct slice s)
{
	return bp_piece_count(m, bp_piece_id(m, (const char *)s.p, s.n)) > 0;
}

/* How many learnt pieces break the constraint; pieces of the extended model are not learnt. */
static size_t count_breaks(const bp_model *m, const bp_model *extended,
			   const struct constraint_case *x, struct slice text)
{
	size_t n = 0;
	struct slice s;
	uint32_t id;

	for (id = 0; id < bp_vocab_size(m); id++) {
		s = piece_of(m, id);
		if (s.p != NULL && s.n > 1 && !(extended != NULL && has_piece(extended, s)))
			n += x->breaks(s, text);
	}
	return n;
}

static void each_constraint_has_a_case(void **state)
{
	size_t i, k;

	for (k = 0; k < N_CONSTRAINTS; k++) {
		for (i = 0; i < LEN(cases) && cases[i].constraint != k; i++)
			;
		T_OK(i < LEN(cases), "constraint %zu of rules.h has no case in this test", k);
	}
	(void)state;
}

/* A model of a few pieces that break all constraints, by a list of words. */
static bp_model *make_extended(void)
{
	static const bp_edit_options o = { .counts = BP_COUNTS_ADD };
	static const char list[] = "of the\t900\nroom 101\t300\nof th\t20\nin th\t3\n\\xA9a\t9\n"
				   "rare\t1\n";
	bp_edit_report r;
	bp_error err = { 0 };
	struct t_file in, out;
	const char *path;
	bp_model *m;
	bp_input lists = { .path = &path, .n_paths = 1 };

	t_file_make(&in, t_string(list));
	t_file_make(&out, S(""));
	path = in.path;
	T_OK(bp_edit_files(NULL, &lists, out.path, &o, &r, &err) == BP_OK, "%s", err.msg);
	assert_non_null(m = bp_load(out.path, &err));
	t_file_remove(&in);
	t_file_remove(&out);
	return m;
}

static void check_trainer(const struct trainer *t, const struct corpus_files *c,
			  const bp_model *extended)
{
	struct slice text = t_slice(&c->text);
	const bp_model *old = t->extends ? extended : NULL;
	bp_error err;
	bp_model *plain = train(t, c, free_options(), extended, &err), *m;
	const struct constraint_case *x;
	bp_train_options o;
	size_t n;

	T_OK(plain != NULL, "%s: %s", t->name, err.msg);
	for (x = cases; x < cases + LEN(cases); x++) {
		/* Or the next check would say nothing. */
		n = count_breaks(plain, old, x, text);
		T_OK(n > 0 || (t->reference && x->refused != NULL),
		     "%s: without the constraint '%s' no piece breaks it", t->name, x->name);
		o = free_options();
		x->set(&o);
		m = train(t, c, o, extended, &err);
		if (t->reference && x->refused != NULL) {
			T_OK(m == NULL && err.code == BP_ERANGE && strstr(err.msg, x->refused),
			     "%s, %s: is not refused: '%s'", t->name, x->name, err.msg);
			continue;
		}
		T_OK(m != NULL, "%s, %s: %s", t->name, x->name, err.msg);
		n = count_breaks(m, old, x, text);
		T_OK(n == 0, "%s: %zu pieces break the constraint '%s'", t->name, n, x->name);
		bp_free(m);
	}
	bp_free(plain);
}

static void each_trainer_holds_each_constraint_or_refuses_it(void **state)
{
	bp_model *extended = make_extended();
	struct corpus_files c;
	size_t i;

	make_corpus(&c);
	for (i = 0; i < LEN(trainers); i++)
		check_trainer(&trainers[i], &c, extended);
	remove_corpus(&c);
	bp_free(extended);
	(void)state;
}

static void chosen_pieces_are_exempt(void **state)
{
	bp_model *extended = make_extended(), *m;
	const struct constraint_case *x;
	struct corpus_files c;
	bp_train_options o;
	bp_error err;
	struct slice s;
	uint32_t id;
	size_t i;

	make_corpus(&c);
	for (i = 0; i < LEN(trainers); i++)
		for (x = cases; x < cases + LEN(cases); x++) {
			if (trainers[i].reference && x->refused != NULL)
				continue;
			o = free_options();
			x->set(&o);
			o.normalize = BP_NORMALIZE_NFC;
			o.piece = &x->chosen;
			o.n_pieces = 1;
			m = train(&trainers[i], &c, o, extended, &err);
			T_OK(m != NULL, "%s, %s: %s", trainers[i].name, x->name, err.msg);
			s = (struct slice){ (const unsigned char *)x->chosen.bytes, x->chosen.len };
			T_OK(x->breaks(s, t_slice(&c.text)) && has_piece(m, s),
			     "%s, %s: the required piece is missing", trainers[i].name, x->name);
			for (id = 0; trainers[i].extends && id < bp_vocab_size(extended); id++)
				if ((s = piece_of(extended, id)).p != NULL)
					T_SAME(s, piece_of(m, id));
			bp_free(m);
		}
	remove_corpus(&c);
	bp_free(extended);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_constraint_has_a_case),
		cmocka_unit_test(each_trainer_holds_each_constraint_or_refuses_it),
		cmocka_unit_test(chosen_pieces_are_exempt)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
