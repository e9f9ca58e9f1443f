/* encoder.h: text to pieces - normalised, cut, searched - at once and in parts. */
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "support.h"
#include "text/cut.h"
#include "text/nfc.h"

/* Pieces from mixed text, some with newlines inside, where most rules let no segment have them.
 * The rule of newlines depends on the seed. */
static bp_model *toy_model(uint64_t seed, size_t n, bp_normalize normalize)
{
	const uint64_t rule = seed;
	struct buf text = { 0 }, scratch = { 0 };
	struct slice normal;
	struct vocab v;
	bp_model *m;
	size_t at, k;

	t_vocab_init(&v);
	t_vocab_add_mixed(&v, &seed, n, 12);
	for (; n > 0; n--) {	/* most text is normalised before it is searched */
		text.len = 0;
		t_mixed_text(&seed, 4, &text);
		assert_true(bp_nfc(t_slice(&text), &scratch, &normal));
		k = 1 + t_below(&seed, normal.n);
		at = t_below(&seed, normal.n - k + 1);
		t_vocab_add(&v, (struct slice){ normal.p + at, k }, 1 + t_below(&seed, 1000));
	}
	t_vocab_add(&v, S("\na"), 1000000);
	t_vocab_add(&v, S("\n\n"), 1000000);
	t_vocab_add(&v, S("a\n"), 1000000);
	t_vocab_add(&v, S("a\nb"), 1000000);
	m = t_with_newlines(t_vocab_model(&v, normalize), rule);
	t_vocab_release(&v);
	bp_buf_release(&text);
	bp_buf_release(&scratch);
	return m;
}

/* The text in the model's normal form. */
static struct slice normal_form(const bp_model *m, struct slice text, struct buf *scratch)
{
	struct slice out = text;

	if (m->model.normalize == BP_NORMALIZE_NFC)
		assert_true(bp_nfc(text, scratch, &out));
	return out;
}

/* The bytes of the pieces in a path. */
static void spell(const bp_model *m, const struct path *v, struct buf *out)
{
	size_t i;

	out->len = 0;
	for (i = 0; i < v->n; i++) {
		assert_true(v->piece[i] < m->model.n_pieces);
		t_append(out, m->model.piece[v->piece[i]]);
	}
}

/* Segment by segment, each searched by itself. */
static void segmented(const bp_model *m, struct slice text, struct viterbi *v)
{
	const struct cut_rules rules = { .newlines = m->model.newlines };
	struct buf scratch = { 0 };
	size_t pos = 0;

	text = normal_form(m, text, &scratch);
	v->path.n = 0;
	while (pos < text.n) {
		assert_true(bp_viterbi_feed(v, bp_cut(&rules, text, &pos)));
		assert_true(bp_viterbi_end(v));
	}
	bp_buf_release(&scratch);
}

static void same_path(const struct path *a, const struct path *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		T_OK(a->piece[i] == b->piece[i], "piece %zu is %u, not %u", i,
		     (unsigned)a->piece[i], (unsigned)b->piece[i]);
	assert_int_equal(a->n, b->n);
}

static void feed_in_parts(struct encoder *e, uint64_t *rng, struct slice text, size_t part)
{
	size_t n;

	while (text.n > 0) {
		n = t_below(rng, part + 1);
		n = BP_MIN(n, text.n);
		assert_true(bp_encoder_feed(e, (struct slice){ text.p, n }));
		text.p += n;
		text.n -= n;
	}
	assert_true(bp_encoder_end(e));
}

static void pieces_spell_the_normalised_text(void **state)
{
	static const bp_normalize form[] = { BP_NORMALIZE_NFC, BP_NORMALIZE_NONE };
	struct buf text = { 0 }, scratch = { 0 }, out = { 0 };
	struct encoder e;
	uint64_t rng = 1;
	bp_model *m;
	size_t i, k;

	(void)state;
	for (k = 0; k < 4; k++) {
		m = toy_model(k, 300 * k, form[k % 2]);
		assert_true(bp_encoder_init(&e, m));
		for (i = 0; i < 3000; i++) {
			text.len = 0;
			t_mixed_text(&rng, t_below(&rng, 60), &text);
			bp_encoder_path(&e)->n = 0;
			assert_true(bp_encoder_text(&e, t_slice(&text)));
			spell(m, bp_encoder_path(&e), &out);
			T_SAME(t_slice(&out), normal_form(m, t_slice(&text), &scratch));
		}
		bp_encoder_release(&e);
		bp_free(m);
	}
	bp_buf_release(&text);
	bp_buf_release(&scratch);
	bp_buf_release(&out);
}

static void segments_are_searched_by_themselves(void **state)
{
	struct buf text = { 0 };
	struct encoder e;
	struct viterbi v;
	uint64_t rng = 2;
	bp_model *m;
	size_t i, k, seed;

	(void)state;
	for (seed = 0; seed < 3; seed++) {
		m = toy_model(seed, 500, BP_NORMALIZE_NFC);
		assert_true(bp_encoder_init(&e, m));
		assert_true(bp_viterbi_init(&v, &m->vocabulary));
		for (i = 0; i < 3000; i++) {
			text.len = 0;
			for (k = t_below(&rng, 12); k > 0; k--) {
				t_mixed_text(&rng, t_below(&rng, 6), &text);
				t_append(&text, t_below(&rng, 2) == 0 ? S("a\nb\n\n")
								      : S("\n\n\na"));
			}
			segmented(m, t_slice(&text), &v);
			bp_encoder_path(&e)->n = 0;
			assert_true(bp_encoder_text(&e, t_slice(&text)));
			same_path(bp_encoder_path(&e), &v.path);
		}
		bp_viterbi_release(&v);
		bp_encoder_release(&e);
		bp_free(m);
	}
	bp_buf_release(&text);
}

/* Pieces of a text, separated by bars. */
static void check_pieces(struct encoder *e, const bp_model *m, struct slice text, const char *want)
{
	struct path *path = bp_encoder_path(e);
	struct buf out = { 0 };
	size_t i;

	path->n = 0;
	assert_true(bp_encoder_text(e, text));
	for (i = 0; i < path->n; i++) {
		t_append(&out, i > 0 ? S("|") : S(""));
		t_append(&out, m->model.piece[path->piece[i]]);
	}
	T_SAME(t_slice(&out), t_string(want));
	bp_buf_release(&out);
}

static void no_piece_goes_over_the_ends_that_newlines_make(void **state)
{
	static const char *const want[3][4] = {
		{ "a\n|b", "\n|a", "a\n|a\n|b", "\n|\n\n" },
		{ "a|\n|b", "\na", "a|\na|\n|b", "\n|\n\n" },
		{ "a\nb", "\na", "a\n|a\nb", "\n|\n\n" }
	};
	struct encoder e;
	bp_model *m;
	size_t rule;

	(void)state;
	for (rule = 0; rule < 3; rule++) {
		m = toy_model(rule, 0, BP_NORMALIZE_NFC);
		assert_true(bp_encoder_init(&e, m));
		check_pieces(&e, m, S("a\nb"), want[rule][0]);
		check_pieces(&e, m, S("\na"), want[rule][1]);
		check_pieces(&e, m, S("a\na\nb"), want[rule][2]);
		check_pieces(&e, m, S("\n\n\n"), want[rule][3]);
		bp_encoder_release(&e);
		bp_free(m);
	}
}

/* Many texts in parts through one encoder: the path of each equals that of the whole text. */
static void check_parts(bp_normalize normalize, size_t texts, size_t units, size_t part)
{
	struct buf text = { 0 };
	struct encoder once, parts;
	uint64_t rng = units + part;
	bp_model *m = toy_model(part, 400, normalize);
	size_t i;

	assert_true(bp_encoder_init(&once, m));
	assert_true(bp_encoder_init(&parts, m));
	for (i = 0; i < texts; i++) {
		text.len = 0;
		t_mixed_text(&rng, t_below(&rng, units), &text);
		bp_encoder_path(&once)->n = bp_encoder_path(&parts)->n = 0;
		assert_true(bp_encoder_text(&once, t_slice(&text)));
		feed_in_parts(&parts, &rng, t_slice(&text), part);
		same_path(bp_encoder_path(&parts), bp_encoder_path(&once));
	}
	bp_encoder_release(&once);
	bp_encoder_release(&parts);
	bp_free(m);
	bp_buf_release(&text);
}

static void parts_give_what_the_whole_gives(void **state)
{
	(void)state;
	check_parts(BP_NORMALIZE_NFC, 2000, 40, 1);
	check_parts(BP_NORMALIZE_NFC, 2000, 60, 3);
	check_parts(BP_NORMALIZE_NFC, 2000, 100, 20);
	check_parts(BP_NORMALIZE_NFC, 4, 100000, 9000);
	check_parts(BP_NORMALIZE_NFC, 4, 100000, 9001);
	check_parts(BP_NORMALIZE_NFC, 4, 100000, 9002);
	check_parts(BP_NORMALIZE_NFC, 2, 100000, 2);
	check_parts(BP_NORMALIZE_NONE, 2000, 60, 3);
	check_parts(BP_NORMALIZE_NONE, 2000, 60, 4);
	check_parts(BP_NORMALIZE_NONE, 2000, 60, 5);
	check_parts(BP_NORMALIZE_NONE, 4, 100000, 9000);
}

/* No newline for long: a segment is longer than the text that the search keeps. */
static void long_segments_in_parts_give_what_the_whole_gives(void **state)
{
	struct buf text = { 0 };
	struct encoder once, parts;
	uint64_t rng = 3;
	bp_model *m = toy_model(11, 400, BP_NORMALIZE_NFC);
	size_t i;

	(void)state;
	assert_true(bp_encoder_init(&once, m));
	assert_true(bp_encoder_init(&parts, m));
	t_mixed_text(&rng, 150000, &text);
	for (i = 0; i < text.len; i++)
		if (text.data[i] == '\n')
			text.data[i] = ' ';
	assert_true(bp_encoder_text(&once, t_slice(&text)));
	feed_in_parts(&parts, &rng, t_slice(&text), 5000);
	same_path(bp_encoder_path(&parts), bp_encoder_path(&once));
	bp_encoder_release(&once);
	bp_encoder_release(&parts);
	bp_free(m);
	bp_buf_release(&text);
}

static void whole_segments_may_be_given_one_by_one(void **state)
{
	struct encoder once, parts;
	bp_model *m = toy_model(12, 300, BP_NORMALIZE_NFC);

	(void)state;
	assert_true(bp_encoder_init(&once, m));
	assert_true(bp_encoder_init(&parts, m));
	assert_true(bp_encoder_text(&once, S("one e\xCC\x81\n\ntwo\n\xCC\x81three")));
	assert_true(bp_encoder_text(&parts, S("one e\xCC\x81\n\n")));
	assert_true(bp_encoder_text(&parts, S("two\n")));
	assert_true(bp_encoder_text(&parts, S("\xCC\x81three")));
	assert_true(bp_encoder_text(&parts, S("")));
	same_path(bp_encoder_path(&parts), bp_encoder_path(&once));
	bp_encoder_release(&once);
	bp_encoder_release(&parts);
	bp_free(m);
}

static void an_empty_text_gives_no_pieces(void **state)
{
	struct encoder e;
	bp_model *m = toy_model(13, 0, BP_NORMALIZE_NFC);

	(void)state;
	assert_true(bp_encoder_init(&e, m));
	assert_true(bp_encoder_text(&e, (struct slice){ 0 }));
	assert_true(bp_encoder_feed(&e, (struct slice){ 0 }));
	assert_true(bp_encoder_end(&e));
	assert_true(bp_encoder_end(&e));
	assert_int_equal(bp_encoder_path(&e)->n, 0);
	bp_encoder_release(&e);
	bp_encoder_release(&e);
	bp_free(m);
}

/* 300,000 times 'unit', byte by byte: nothing can be normalised before the end. */
static void check_slow_feed(const bp_model *m, const char *unit)
{
	double start = t_seconds();
	struct buf text = { 0 }, out = { 0 }, scratch = { 0 };
	struct encoder e;
	size_t i;

	t_append(&text, S("A"));
	for (i = 0; i < 300000; i++)
		t_append(&text, t_string(unit));
	assert_true(bp_encoder_init(&e, m));
	for (i = 0; i < text.len; i++)
		assert_true(bp_encoder_feed(&e, (struct slice){ text.data + i, 1 }));
	assert_true(bp_encoder_end(&e));
	spell(m, bp_encoder_path(&e), &out);
	T_SAME(t_slice(&out), normal_form(m, t_slice(&text), &scratch));
	T_OK(t_seconds() - start < T_LINEAR, "more than linear time");
	bp_encoder_release(&e);
	bp_buf_release(&text);
	bp_buf_release(&out);
	bp_buf_release(&scratch);
}

static void byte_by_byte_takes_linear_time(void **state)
{
	bp_model *m = toy_model(14, 300, BP_NORMALIZE_NFC);

	(void)state;
	check_slow_feed(m, "\xCC\x81");		/* a run of marks */
	check_slow_feed(m, "\xE1\x85\xA1");	/* of vowels of Hangul */
	check_slow_feed(m, "\x80");		/* of malformed bytes */
	check_slow_feed(m, "\xFF");
	check_slow_feed(m, "x");
	bp_free(m);
}

/* The first piece may depend on the number of letters, so that nothing is settled early. */
static void one_letter_for_megabytes_takes_linear_time(void **state)
{
	enum { PART = 100000, PARTS = 60 };
	double start = t_seconds();
	struct encoder e;
	struct vocab v;
	bp_model *m;
	unsigned char *part = malloc(PART);
	size_t i, k, bytes = 0;

	(void)state;
	assert_non_null(part);
	memset(part, 'a', PART);
	t_vocab_init(&v);
	for (k = 2; k <= 30; k++)
		t_vocab_add(&v, (struct slice){ part, k }, k);
	m = t_vocab_model(&v, BP_NORMALIZE_NFC);
	assert_true(bp_encoder_init(&e, m));
	for (i = 0; i < PARTS; i++) {
		assert_true(bp_encoder_feed(&e, (struct slice){ part, PART }));
		for (k = 0; k < bp_encoder_path(&e)->n; k++)
			bytes += m->model.piece[bp_encoder_path(&e)->piece[k]].n;
		bp_encoder_path(&e)->n = 0;
	}
	assert_true(bp_encoder_end(&e));
	for (k = 0; k < bp_encoder_path(&e)->n; k++)
		bytes += m->model.piece[bp_encoder_path(&e)->piece[k]].n;
	assert_int_equal(bytes, (size_t)PART * PARTS);
	assert_true(t_seconds() - start < T_LINEAR);
	bp_encoder_release(&e);
	bp_free(m);
	t_vocab_release(&v);
	free(part);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_spell_the_normalised_text),
		cmocka_unit_test(segments_are_searched_by_themselves),
		cmocka_unit_test(no_piece_goes_over_the_ends_that_newlines_make),
		cmocka_unit_test(parts_give_what_the_whole_gives),
		cmocka_unit_test(long_segments_in_parts_give_what_the_whole_gives),
		cmocka_unit_test(whole_segments_may_be_given_one_by_one),
		cmocka_unit_test(an_empty_text_gives_no_pieces),
		cmocka_unit_test(byte_by_byte_takes_linear_time),
		cmocka_unit_test(one_letter_for_megabytes_takes_linear_time)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
