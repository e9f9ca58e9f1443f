/*
 * settings.h: options as words and back; words in any other form are refused.  plan.h: counts and
 * plans of other settings, of another step, or with damage are refused.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support.h"
#include "train/plan.h"

static const char first[] = "bytepiece=2 recipe=default texts=lines specials=no normalize=nfc "
	"newlines=end digits=any punctuation=any ensure-unicode=yes across-spaces=any order=6 min-count=2 "
	"max-piece-length=36 "
	"count-size=268435456 sample-size=33554432";

static bp_train_options some_options(void)
{
	return (bp_train_options){ .order = 6, .min_count = 2, .max_piece_length = 36,
				   .ensure_unicode = BP_UNICODE_YES, .count_size = (uint64_t)256 << 20,
				   .sample_size = (uint64_t)32 << 20 };
}

static void options_are_written_as_words(void **state)
{
	bp_train_options o = some_options();
	struct buf words = { 0 };

	assert_true(bp_settings_write(&o, BP_LINES, &words));
	T_SAME(t_slice(&words), t_string(first));
	words.len = 0;
	o = (bp_train_options){ .order = BP_ORDER_MAX, .min_count = INT64_MAX,
				.max_piece_length = BP_PIECE_MAX, .digits = BP_DIGITS_UPTO3,
				.punctuation_apart = true, .specials = true,
				.across_spaces = BP_SPACES_NO, .count_size = 1, .sample_size = 9,
				.normalize = BP_NORMALIZE_NONE, .reference = true };
	assert_true(bp_settings_write(&o, BP_WHOLE, &words));
	T_SAME(t_slice(&words), S("bytepiece=2 recipe=reference texts=whole specials=yes "
				  "normalize=none newlines=end "
				  "digits=upto3 punctuation=apart ensure-unicode=no across-spaces=no order=7 "
				  "min-count=9223372036854775807 max-piece-length=65535 "
				  "count-size=1 sample-size=1"));
	bp_buf_release(&words);
	(void)state;
}

/* All words of the settings are equal: so a word that is written and not read is noticed. */
static void check_same(const bp_train_options *a, const bp_train_options *b)
{
	struct buf text_of_a = { 0 }, text_of_b = { 0 };

	assert_true(bp_settings_write(a, BP_LINES, &text_of_a));
	assert_true(bp_settings_write(b, BP_LINES, &text_of_b));
	T_SAME(t_slice(&text_of_a), t_slice(&text_of_b));
	bp_buf_release(&text_of_a);
	bp_buf_release(&text_of_b);
}

static void check_round_trip(const bp_train_options *o, bp_records records)
{
	bp_train_options got = { .memory = 77, .measure = true };
	bp_records got_records = (bp_records)99;
	struct buf text = { 0 };
	struct slice words;

	assert_true(bp_settings_write(o, records, &text));
	words = t_slice(&text);
	T_OK(bp_settings_read(&words, &got, &got_records), "%.*s", (int)text.len,
	     (const char *)text.data);
	assert_int_equal(words.n, 0);
	assert_int_equal(got_records, records);
	check_same(&got, o);
	/* Options without a word are left alone. */
	assert_true(got.memory == 77 && got.measure);
	bp_buf_release(&text);
}

/* All choices, each with all others. */
static void all_choices_are_read_as_they_were_written(void **state)
{
	bp_train_options o = some_options();
	unsigned i, k;

	for (i = 0; i < 2 * 2 * 3 * 3 * 2 * 2 * 3 * 4 * 4; i++) {
		k = i;
		o.reference = k % 2 != 0;
		k /= 2;
		o.normalize = (bp_normalize)(k % 2);
		k /= 2;
		o.newlines = (bp_newlines)(k % 3);
		k /= 3;
		o.digits = (bp_digits)(k % 3);
		k /= 3;
		o.punctuation_apart = k % 2 != 0;
		k /= 2;
		o.specials = k % 2 != 0;
		k /= 2;
		o.ensure_unicode = (bp_ensure_unicode)(k % 3);
		k /= 3;
		o.across_spaces = (bp_across_spaces)(k % 4);
		k /= 4;
		check_round_trip(&o, (bp_records)k);
	}
	(void)state;
}

/* Its pieces are required pieces, and those are told apart from the settings. */
static void all_beginnings_are_a_matter_of_required_pieces(void **state)
{
	bp_train_options o = some_options(), got;
	struct required r;
	struct buf words = { 0 };
	struct slice s;
	bp_records records;
	bp_error err;
	size_t i;

	o.ensure_unicode = BP_UNICODE_BEGIN_ALL;
	assert_true(bp_settings_write(&o, BP_LINES, &words));
	s = t_slice(&words);
	assert_true(bp_settings_read(&s, &got, &records));
	assert_int_equal(got.ensure_unicode, BP_UNICODE_BEGIN);
	assert_int_equal(bp_required_init(&r, &o, &err), BP_OK);
	/* In Unicode 15.0; characters are added only. */
	assert_true(r.n_pieces >= 894 && r.n_pieces == r.n);
	for (i = 0; i < r.n_pieces; i++)
		assert_true(bp_required_piece(&r, i).n == 2);
	bp_required_release(&r);
	bp_buf_release(&words);
	(void)state;
}

static void all_numbers_are_read_as_they_were_written(void **state)
{
	static const uint64_t number[] = { 1, 2, 9, 10, 11, 65535, 65536, UINT32_MAX,
					   (uint64_t)1 << 32, (uint64_t)1 << 62, INT64_MAX };
	bp_train_options o = some_options();
	uint64_t rng = 1;
	size_t i;

	for (i = 0; i < 2000; i++) {
		o.order = 1 + (unsigned)t_below(&rng, BP_ORDER_MAX);
		o.max_piece_length = 1 + (uint32_t)t_below(&rng, BP_PIECE_MAX);
		o.min_count = i < 11 ? number[i] : 1 + (t_next(&rng) >> (1 + t_below(&rng, 62)));
		o.sample_size = i < 11 ? number[10 - i] : 1 + (t_next(&rng) >>
							       (1 + t_below(&rng, 62)));
		o.count_size = BP_MIN(o.sample_size + t_below(&rng, 3), INT64_MAX);
		check_round_trip(&o, (bp_records)(i % 3));
	}
	(void)state;
}

/* They are not read, and neither the options nor the records are touched. */
static void check_refused(struct slice text)
{
	bp_train_options o = { .order = 3 }, before = o;
	bp_records records = (bp_records)99;
	struct slice words = text;

	T_OK(!bp_settings_read(&words, &o, &records), "%.*s", (int)text.n, (const char *)text.p);
	check_same(&o, &before);
	assert_int_equal(records, 99);
}

/* A word of 'first' is replaced; "" leaves it out. */
static void check_word_refused(const char *word, const char *other)
{
	const char *at = strstr(first, word);
	struct buf text = { 0 };

	assert_non_null(at);
	t_append(&text, (struct slice){ (const unsigned char *)first, (size_t)(at - first) });
	t_append(&text, t_string(other));
	t_append(&text, t_string(at + strlen(word)));
	check_refused(t_slice(&text));
	bp_buf_release(&text);
}

static void numbers_outside_their_range_are_refused(void **state)
{
	static const struct {
		const char *word, *other[9];
	} of[] = {
		{ "bytepiece=2", { "bytepiece=0", "bytepiece=1", "bytepiece=20" } },
		{ "order=6", { "order=0", "order=8", "order=-1", "order=60" } },
		{ "min-count=2", { "min-count=0", "min-count=9223372036854775808",
				   "min-count=18446744073709551615",
				   "min-count=18446744073709551618",
				   "min-count=99999999999999999999999" } },
		{ "max-piece-length=36", { "max-piece-length=0", "max-piece-length=65536",
					   "max-piece-length=4294967332" } },
		{ "count-size=268435456", { "count-size=0", "count-size=9223372036854775808" } },
		{ "sample-size=33554432", { "sample-size=0", "sample-size=9223372036854775808",
					    "sample-size=18446744073709551617" } }
	};
	size_t i, k;

	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		for (k = 0; of[i].other[k] != NULL; k++)
			check_word_refused(of[i].word, of[i].other[k]);
	(void)state;
}

static void words_of_other_form_are_refused(void **state)
{
	static const char *const other[][2] = {
		{ "order=6", "order=" }, { "order=6", "order" }, { "order=6", "order=6x" },
		{ "order=6", "order=x6" }, { "order=6", "order=+6" }, { "order=6", "order=6.0" },
		{ "order=6", "order= 6" }, { "order=6", "order =6" }, { "order=6", "order==6" },
		{ "order=6", "Order=6" }, { "order=6", "orders=6" }, { "order=6", "rder=6" },
		{ "order=6", "order=six" }, { "order=6", "order:6" }, { "order=6", "order=\t6" },
		{ "recipe=default", "recipe=" }, { "recipe=default", "recipe=defaul" },
		{ "recipe=default", "recipe=defaults" }, { "recipe=default", "recipe=Default" },
		{ "recipe=default", "recipe=default|reference" }, { "recipe=default", "recipe=0" },
		{ "recipe=default", "recipe=yes" }, { "recipe=default", "recipe=|" },
		{ "texts=lines", "texts=lineS" }, { "texts=lines", "texts=nul" },
		{ "newlines=end", "" }, { "newlines=end", "newlines=ends" },
		{ "normalize=nfc", "normalize=nfd" }, { "normalize=nfc", "normalize=no" },
		{ "digits=any", "digits=none" }, { "digits=any", "digits=an" },
		{ "specials=no", "specials=none" }, { "punctuation=any", "punctuation=apar" },
		{ "ensure-unicode=yes", "ensure-unicode=true" },
		{ "ensure-unicode=yes", "ensure-unicode=begin-all" },
		{ "across-spaces=any", "across-spaces=an" },
		{ "across-spaces=any", "across-spaces=words|no" },
		{ " texts", "  texts" }, { " texts", "\ttexts" }, { " texts", "\ntexts" },
		{ " texts", "texts" }, { " texts", ",texts" }
	};
	size_t i;

	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		check_word_refused(other[i][0], other[i][1]);
	(void)state;
}

/* Each missing, twice, and changed with its neighbour; and the end cut off anywhere. */
static void every_word_has_its_place(void **state)
{
	const char *at, *end, *next;
	char word[200], other[400];

	for (at = first; (end = strchr(at, ' ')) != NULL; at = end + 1) {
		snprintf(word, sizeof(word), "%.*s ", (int)(end - at), at);
		check_word_refused(word, "");
		snprintf(other, sizeof(other), "%s%s", word, word);
		check_word_refused(word, other);
		next = strchr(end + 1, ' ');
		if (next == NULL)
			break;
		snprintf(word, sizeof(word), "%.*s ", (int)(next - at), at);
		snprintf(other, sizeof(other), "%.*s %.*s ", (int)(next - end - 1), end + 1,
			 (int)(end - at), at);
		check_word_refused(word, other);
	}
	/* The last word without its last digits is another number. */
	for (at = strstr(first, "size=") + strlen("size="); at >= first; at--)
		check_refused((struct slice){ (const unsigned char *)first,
					      (size_t)(at - first) });
	(void)state;
}

/* A changed byte gives another setting or none, but never an equal one. */
static void a_damaged_byte_is_never_overlooked(void **state)
{
	char text[sizeof(first)];
	bp_train_options o, before = some_options();
	bp_records records;
	struct slice words;
	struct buf again = { 0 };
	size_t i;
	int c;

	for (i = 0; i + 1 < sizeof(first); i++)
		for (c = 0; c < 256; c++) {
			memcpy(text, first, sizeof(first));
			if (text[i] == (char)c)
				continue;
			text[i] = (char)c;
			o = before;
			words = (struct slice){ (unsigned char *)text, sizeof(first) - 1 };
			if (!bp_settings_read(&words, &o, &records))
				continue;
			again.len = 0;
			assert_true(bp_settings_write(&o, records, &again));
			T_OK(bp_slice_compare(t_slice(&again), t_string(first)) != 0,
			     "byte %zu as %d", i, c);
		}
	bp_buf_release(&again);
	(void)state;
}

static void later_words_are_left_to_be_read(void **state)
{
	bp_train_options o = some_options();
	struct buf text = { 0 };
	bp_records records;
	struct slice words;
	uint64_t x;

	assert_true(bp_settings_write(&o, BP_NULS, &text));
	assert_true(bp_word_write(&text, "step", 3) && bp_word_write(&text, "plan", 0));
	assert_true(bp_word_write(&text, "id", (uint64_t)1 << 63));
	words = t_slice(&text);
	assert_true(bp_settings_read(&words, &o, &records));
	T_SAME(words, S(" step=3 plan=0 id=9223372036854775808"));
	assert_true(bp_word_read(&words, "step", &x) && x == 3);
	T_SAME(words, S(" plan=0 id=9223372036854775808"));
	assert_true(bp_word_read(&words, "plan", &x) && x == 0);
	assert_true(bp_word_read(&words, "id", &x) && x == (uint64_t)1 << 63);
	assert_int_equal(words.n, 0);
	assert_false(bp_word_read(&words, "id", &x));
	bp_buf_release(&text);
	(void)state;
}

static void words_are_written_one_space_apart(void **state)
{
	struct buf text = { 0 };

	assert_true(bp_word_write(&text, "a", 0));
	T_SAME(t_slice(&text), S("a=0"));
	assert_true(bp_word_write(&text, "bc", UINT64_MAX));
	T_SAME(t_slice(&text), S("a=0 bc=18446744073709551615"));
	bp_buf_release(&text);
	(void)state;
}

/* A checksum may be any number. */
static void numbers_of_64_bits_are_words(void **state)
{
	struct buf text = { 0 };
	struct slice words;
	uint64_t x, n, i;

	for (i = 0; i < 200; i++) {
		n = i < 100 ? UINT64_MAX - i : bp_mix(i);
		text.len = 0;
		assert_true(bp_word_write(&text, "n", n));
		words = t_slice(&text);
		T_OK(bp_word_read(&words, "n", &x), "%" PRIu64 " is not read", n);
		T_OK(x == n && words.n == 0, "%" PRIu64 ", not %" PRIu64, x, n);
	}
	bp_buf_release(&text);
	(void)state;
}

static void numbers_of_more_bits_are_no_words(void **state)
{
	static const char *const text[] = {
		"n=18446744073709551616", "n=18446744073709551625", "n=18446744073709551626",
		"n=18446744073709551700", "n=36893488147419103231", "n=184467440737095516150",
		"n=", "n", "", "n=1a", "n=-1", "m=1", "n=\xD9\xA1"
	};
	struct slice words;
	uint64_t x;
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		words = t_string(text[i]);
		T_OK(!bp_word_read(&words, "n", &x), "%s", text[i]);
	}
	(void)state;
}

/* One file, and the first step over it. */
struct trial {
	struct t_file text;
	const char *path;
	bp_input in;
	struct workspace ws;
	struct plan plan;
};

static void trial_init(struct trial *t, struct slice text, uint64_t min_count)
{
	const bp_train_options o = { .order = 6, .min_count = min_count, .max_piece_length = 36,
				     .count_size = 1000, .sample_size = 1000, .reference = true,
				     .normalize = BP_NORMALIZE_NONE };

	t_file_make(&t->text, text);
	t->path = t->text.path;
	t->in = (bp_input){ .path = &t->path, .n_paths = 1, .threads = 1 };
	t->ws = (struct workspace){ .folder = bp_temp_folder(), .memory = 1 };
	assert_int_equal(bp_plan_init(&t->plan, &o, BP_LINES, &t->in, &t->ws, NULL), BP_OK);
}

static void trial_release(struct trial *t)
{
	bp_plan_release(&t->plan);
	t_file_remove(&t->text);
}

/* The counts of its next step. */
static FILE *count(struct trial *t)
{
	static const struct cut_rules cut = BP_CUT_TRAINING;
	struct corpus corpus;
	struct counter counter;
	struct row_writer w;
	bp_error err = { 0 };
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(bp_corpus_init(&corpus, &t->in, &cut, false, t->ws.folder, &err),
			 BP_OK);
	assert_int_equal(bp_plan_init_counter(&t->plan, &counter, &err), BP_OK);
	assert_int_equal(bp_plan_count(&t->plan, &corpus, &counter, NULL, &err), BP_OK);
	assert_int_equal(bp_rows_begin(&w, f, "counts", ROWS_BINARY, &err), BP_OK);
	assert_int_equal(bp_plan_write_counts(&t->plan, &corpus, &counter, &w, &err), BP_OK);
	assert_int_equal(bp_rows_end(&w, &err), BP_OK);
	bp_rows_release(&w);
	bp_counter_release(&counter);
	bp_corpus_release(&corpus);
	return f;
}

/* A source without one of the rows of another. */
struct lossy {
	struct source source;
	struct row_reader reader;
	enum row_kind kind;	/* the first row of this kind is left out; ROW_KINDS: none */
};

static bp_status next_but_one(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct lossy *l = (struct lossy *)source;
	bp_status st = l->reader.source.next(&l->reader.source, r, more, err);

	if (st != BP_OK || !*more || bp_row_kind(r) != l->kind)
		return st;
	l->kind = ROW_KINDS;
	return l->reader.source.next(&l->reader.source, r, more, err);
}

static bp_status take(struct trial *t, FILE *f, enum row_kind but, bp_error *err)
{
	struct lossy l = { .source = { .name = "counts", .next = next_but_one }, .kind = but };
	bp_status st;

	rewind(f);
	*err = (bp_error){ 0 };
	assert_int_equal(bp_row_reader_init(&l.reader, f, "counts", err), BP_OK);
	st = bp_plan_read_counts(&t->plan, &l.source, "counts", err);
	bp_row_reader_release(&l.reader);
	return st;
}

static const struct slice some_text = S_INIT("some text, some text, some text\nand some text");

static void counts_of_something_else_are_refused(void **state)
{
	struct trial t, other;
	bp_error err;
	FILE *f;

	trial_init(&t, some_text, 2);
	trial_init(&other, some_text, 3);
	f = count(&t);
	assert_int_equal(take(&other, f, ROW_KINDS, &err), BP_EFORMAT);
	T_OK(strstr(err.msg, "counts: ") == err.msg, "%s", err.msg);
	assert_int_equal(take(&t, f, ROW_KINDS, &err), BP_OK);
	assert_true(bp_plan_has_step(&t.plan) && t.plan.step == 1);
	assert_int_equal(t.plan.bytes, some_text.n - 1);
	assert_int_equal(t.plan.segments, 2);
	/* The counts of the step before. */
	assert_int_equal(take(&t, f, ROW_KINDS, &err), BP_EFORMAT);
	T_OK(strstr(err.msg, "step 2") != NULL, "%s", err.msg);
	assert_int_equal(fclose(f), 0);
	trial_release(&t);
	trial_release(&other);
	(void)state;
}

static void counts_that_are_missing_are_noticed(void **state)
{
	struct trial t;
	bp_error err;
	FILE *f;

	trial_init(&t, some_text, 2);
	f = count(&t);
	assert_int_equal(take(&t, f, ROW_COUNT, &err), BP_EFORMAT);
	T_OK(strstr(err.msg, "counts: ") == err.msg && strstr(err.msg, "missing") != NULL, "%s",
	     err.msg);
	assert_int_equal(fclose(f), 0);
	trial_release(&t);
	(void)state;
}

/* Write the bytes to a file and read it as a plan. */
static bp_status read_plan(struct trial *t, struct plan *p, const unsigned char *bytes, size_t n,
			   bp_error *err)
{
	struct t_file file;
	bp_status st;

	t_file_make(&file, (struct slice){ bytes, n });
	*err = (bp_error){ 0 };
	st = bp_plan_read(p, file.path, &t->in, &t->ws, err);
	T_OK(st == BP_OK || strstr(err->msg, file.path) == err->msg, "%s", err->msg);
	t_file_remove(&file);
	return st;
}

static size_t write_plan(const struct plan *p, unsigned char *bytes, size_t room)
{
	FILE *f = tmpfile();
	struct row_writer w;
	size_t n;

	assert_non_null(f);
	assert_int_equal(bp_rows_begin(&w, f, "plan", ROWS_BINARY, NULL), BP_OK);
	assert_int_equal(bp_plan_write(p, &w, NULL), BP_OK);
	assert_int_equal(bp_rows_end(&w, NULL), BP_OK);
	bp_rows_release(&w);
	rewind(f);
	n = fread(bytes, 1, room, f);
	assert_in_range(n, 1, room - 1);
	assert_int_equal(fclose(f), 0);
	return n;
}

static void damaged_plans_are_refused(void **state)
{
	unsigned char bytes[3000], old;
	struct trial t;
	struct plan p;
	bp_error err;
	size_t n, i;
	FILE *f;

	trial_init(&t, some_text, 2);
	f = count(&t);
	assert_int_equal(take(&t, f, ROW_KINDS, &err), BP_OK);
	n = write_plan(&t.plan, bytes, sizeof(bytes));
	T_OK(read_plan(&t, &p, bytes, n, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(p.step, 1);
	assert_int_equal(p.bytes, t.plan.bytes);
	assert_int_equal(p.segments, 2);
	bp_plan_release(&p);
	for (i = 0; i < n; i += 1 + i / 40)
		assert_int_equal(read_plan(&t, &p, bytes, i, &err), BP_EFORMAT);
	for (i = 0; i < n; i++) {
		old = bytes[i];
		bytes[i] = (unsigned char)(old ^ 1 << i % 8);
		T_OK(read_plan(&t, &p, bytes, n, &err) == BP_EFORMAT, "byte %zu", i);
		bytes[i] = old;
	}
	/* Counts are no plan. */
	rewind(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	assert_int_equal(read_plan(&t, &p, bytes, n, &err), BP_EFORMAT);
	assert_int_equal(fclose(f), 0);
	trial_release(&t);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_written_as_words),
		cmocka_unit_test(all_choices_are_read_as_they_were_written),
		cmocka_unit_test(all_beginnings_are_a_matter_of_required_pieces),
		cmocka_unit_test(all_numbers_are_read_as_they_were_written),
		cmocka_unit_test(numbers_outside_their_range_are_refused),
		cmocka_unit_test(words_of_other_form_are_refused),
		cmocka_unit_test(every_word_has_its_place),
		cmocka_unit_test(a_damaged_byte_is_never_overlooked),
		cmocka_unit_test(later_words_are_left_to_be_read),
		cmocka_unit_test(words_are_written_one_space_apart),
		cmocka_unit_test(numbers_of_64_bits_are_words),
		cmocka_unit_test(numbers_of_more_bits_are_no_words),
		cmocka_unit_test(counts_of_something_else_are_refused),
		cmocka_unit_test(counts_that_are_missing_are_noticed),
		cmocka_unit_test(damaged_plans_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
