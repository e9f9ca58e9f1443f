/* loaded_model.h: a model prepared for one short text, and prepared as a whole. */
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "encode/automaton_verify.h"
#include "encode/vocabulary.h"
#include "model/model_file.h"
#include "support.h"
#include "text/nfc.h"

/* A source of models: pieces in order, with or without a stored automaton, or pieces in any order;
 * with two special tokens. */
enum form { PLAIN, READY, ANY_ORDER, FORMS };
struct source {
	struct vocab v;
	enum form form;
	bp_normalize normalize;
	struct buf binary;
	bp_model *whole;	/* prepared as a whole */
};

/* A model that is not prepared. */
static bp_model *new_model(const struct source *s)
{
	bp_model *m = calloc(1, sizeof(*m));
	bp_error err;

	assert_non_null(m);
	if (s->form == READY)
		T_OK(bp_model_parse(&m->model, t_slice(&s->binary), "toy", &err) == BP_OK, "%s",
		     err.msg);
	else
		T_OK(bp_model_init(&m->model, s->v.piece, s->v.count, s->v.n, s->normalize,
					   &err) == BP_OK, "%s", err.msg);
	assert_int_equal(m->model.by_length, s->form != ANY_ORDER);
	assert_int_equal(m->model.stored.slot != NULL, s->form == READY);
	assert_int_equal(m->model.n_specials, 2);
	return m;
}

static bp_status prepare_for(bp_model *m, struct slice text, bool is_all, bp_error *err)
{
	const struct unprepared_model unprepared = { m, "toy" };

	return bp_model_prepare_for(&unprepared, text, is_all, err);
}

static void make_binary(struct source *s)
{
	struct automaton a;
	struct model m;
	struct stored_automaton r;
	bp_error err;

	T_OK(bp_model_init(&m, s->v.piece, s->v.count, s->v.n, s->normalize,
				   &err) == BP_OK &&
	     bp_vocabulary_automaton(&a, &m, &err) == BP_OK, "%s", err.msg);
	assert_true(bp_automaton_store(&a, &r));
	T_OK(bp_model_to_binary(&m, &r, &s->binary, &err) == BP_OK, "%s", err.msg);
	free(r.slot);
	bp_automaton_release(&a);
	bp_model_release(&m);
}

/* Takes over the vocabulary: sorts and counts it. */
static void source_init(struct source *s, struct vocab *v, uint64_t *rng, enum t_counts how,
			enum form form, bp_normalize normalize)
{
	bp_error err;

	*s = (struct source){ .v = *v, .form = form, .normalize = normalize };
	*v = (struct vocab){ 0 };
	t_vocab_count(&s->v, rng, how);
	t_vocab_add(&s->v, S("<user>"), 0);
	t_vocab_add(&s->v, S("a"), 0);
	if (form == ANY_ORDER)
		t_vocab_shuffle(&s->v, rng);
	if (form == READY)
		make_binary(s);
	s->whole = new_model(s);
	T_OK(bp_model_prepare(s->whole, "toy", &err) == BP_OK, "%s", err.msg);
}

static void source_release(struct source *s)
{
	bp_free(s->whole);
	bp_buf_release(&s->binary);
	t_vocab_release(&s->v);
}

static bool add_part(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	assert_false(ended);
	t_list_add(ctx, piece, n);
	return true;
}

/* A text in parts of up to 'part' bytes; the settled part of its path is taken at once. */
static void feed(struct encoder *e, uint64_t *rng, struct slice s, size_t part, struct t_list *l)
{
	size_t n;

	e->part = add_part;
	e->part_ctx = l;
	for (; s.n > 0; s.p += n, s.n -= n) {
		n = t_below(rng, part + 1);
		n = BP_MIN(n, s.n);
		bp_encoder_path(e)->n = 0;
		assert_true(bp_encoder_feed(e, (struct slice){ s.p, n }));
		add_part(l, bp_encoder_path(e)->piece, bp_encoder_path(e)->n, false);
	}
	bp_encoder_path(e)->n = 0;
	assert_true(bp_encoder_end(e));
	add_part(l, bp_encoder_path(e)->piece, bp_encoder_path(e)->n, false);
	e->part = NULL;
}

/*
 * Prepared for a text, a model gives for it the result of the whole model.  'subset' tells whether
 * its vocabulary has to be a subset.
 */
static void check_prepared(const struct source *s, uint64_t *rng, struct slice text, bool subset)
{
	static const int mark[] = { BP_NO_MARK, '\n', '\0' };
	struct t_list got = { 0 }, want = { 0 };
	struct encoder e, whole;
	bp_model *m = new_model(s);
	bp_error err;
	size_t i;

	T_OK(prepare_for(m, text, true, &err) == BP_OK, "%s", err.msg);
	T_OK((m->entry != NULL) == subset && (m->state == BP_MODEL_SUBSET) == subset,
	     "%zu bytes: a subset is%s made", text.n, subset ? " not" : "");
	assert_true(bp_encoder_init(&e, m) && bp_encoder_init(&whole, s->whole));
	for (i = 0; i < sizeof(mark) / sizeof(mark[0]); i++) {
		got.n = want.n = 0;
		assert_true(bp_encoder_texts(&e, text, mark[i], t_list_add_text, &got) &&
			    bp_encoder_texts(&whole, text, mark[i], t_list_add_text, &want));
		t_list_same(&got, &want, "texts");
	}
	got.n = want.n = 0;
	bp_encoder_path(&e)->n = bp_encoder_path(&whole)->n = 0;
	assert_true(bp_encoder_text(&e, text) && bp_encoder_text(&whole, text));
	add_part(&got, bp_encoder_path(&e)->piece, bp_encoder_path(&e)->n, false);
	add_part(&want, bp_encoder_path(&whole)->piece, bp_encoder_path(&whole)->n, false);
	t_list_same(&got, &want, "one text");
	got.n = 0;
	feed(&e, rng, text, 1 + text.n / 4, &got);
	t_list_same(&got, &want, "one text in parts");
	bp_encoder_release(&e);
	bp_encoder_release(&whole);
	bp_free(m);
	free(got.piece);
	free(want.piece);
}

/* Parts of mixed text, as it stands and in normal form. */
static void add_mixed(struct vocab *v, uint64_t *rng, size_t n)
{
	struct buf text = { 0 }, scratch = { 0 };
	struct slice normal;
	size_t i;

	t_vocab_add_mixed(v, rng, n, 12);
	for (i = 0; i < n; i += 20) {
		text.len = 0;
		t_mixed_text(rng, 40, &text);
		assert_true(bp_nfc(t_slice(&text), &scratch, &normal));
		t_vocab_add_parts(v, rng, normal, 20, 12);
	}
	t_vocab_add(v, S("\na"), 1);
	t_vocab_add(v, S("a\n"), 1);
	t_vocab_add(v, S("\n\n"), 1);
	bp_buf_release(&text);
	bp_buf_release(&scratch);
}

static void a_model_prepared_for_a_text_gives_the_result_of_the_whole(void **state)
{
	struct buf text = { 0 };
	struct source s;
	struct vocab v;
	uint64_t rng = 9;
	size_t i, k;

	(void)state;
	for (i = 0; i < 4 * FORMS; i++) {
		t_vocab_init(&v);
		add_mixed(&v, &rng, 50 + 100 * i);
		source_init(&s, &v, &rng, i % 2 == 0 ? T_RANDOM : T_EQUAL, (enum form)(i % FORMS),
			    i < 2 * FORMS ? BP_NORMALIZE_NFC : BP_NORMALIZE_NONE);
		check_prepared(&s, &rng, (struct slice){ 0 }, s.form != ANY_ORDER);
		check_prepared(&s, &rng, S("\n"), s.form != ANY_ORDER);
		check_prepared(&s, &rng, S("\n\n\n\n\n"), s.form != ANY_ORDER);
		check_prepared(&s, &rng, S("<user>a<user>"), s.form != ANY_ORDER);
		for (k = 0; k < 40; k++) {
			text.len = 0;
			t_mixed_text(&rng, t_below(&rng, k < 30 ? 12 : 500), &text);
			check_prepared(&s, &rng, t_slice(&text), s.form != ANY_ORDER);
		}
		for (k = 0; k < 20; k++) {
			text.len = 0;
			while (text.len < 40)
				t_malformed(&rng, &text);
			check_prepared(&s, &rng, t_slice(&text), s.form != ANY_ORDER);
		}
		source_release(&s);
	}
	bp_buf_release(&text);
}

/* Pieces that are not in the text as it stands: normalisation joins characters and orders marks. */
static void pieces_of_the_normal_form_are_found(void **state)
{
	static const struct {
		struct slice text, piece;
	} pair[] = {
		{ S_INIT("xe\xCC\x81y"), S_INIT("x\xC3\xA9y") },
		{ S_INIT("e\xCC\x81"), S_INIT("\xC3\xA9") },
		{ S_INIT("e\xCC\x81\xCC\xA3"), S_INIT("\xE1\xBA\xB9\xCC\x81") },
		{ S_INIT("a\xCC\xA3\xCC\x82"), S_INIT("\xE1\xBA\xAD") },
		{ S_INIT("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), S_INIT("\xED\x95\x9C") },
		{ S_INIT("\xE2\x84\xAB"), S_INIT("\xC3\x85") },
		/* Longer in normal form. */
		{ S_INIT("\xEF\xAC\xAC"), S_INIT("\xD7\xA9\xD6\xBC\xD7\x81") },
		{ S_INIT("\xE0\xA5\x98"), S_INIT("\xE0\xA4\x95\xE0\xA4\xBC") }
	};
	struct encoder e;
	struct source s;
	struct vocab v;
	uint64_t rng = 10;
	bp_model *m;
	size_t i, form;

	(void)state;
	for (form = PLAIN; form <= READY; form++) {
		t_vocab_init(&v);
		for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
			t_vocab_add(&v, pair[i].piece, 1);
		source_init(&s, &v, &rng, T_EQUAL, (enum form)form, BP_NORMALIZE_NFC);
		for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
			check_prepared(&s, &rng, pair[i].text, true);
			m = new_model(&s);
			assert_int_equal(prepare_for(m, pair[i].text, true, NULL), BP_OK);
			assert_true(bp_encoder_init(&e, m) && bp_encoder_text(&e, pair[i].text));
			T_OK(bp_encoder_path(&e)->n == 1, "text %zu gives %zu pieces", i,
			     bp_encoder_path(&e)->n);
			T_SAME(m->model.piece[bp_encoder_path(&e)->piece[0]], pair[i].piece);
			bp_encoder_release(&e);
			bp_free(m);
		}
		/* Starters and marks that a newline or a NUL keeps apart stay so. */
		check_prepared(&s, &rng, S("xe\n\xCC\x81y"), true);
		check_prepared(&s, &rng, S("xe\0\xCC\x81y"), true);
		source_release(&s);
	}
}

/* As long as short texts may be, with a normal form three times as long; and paths that never meet,
 * so that they are packed and handed over in parts. */
static void texts_of_some_length_give_the_result_of_the_whole(void **state)
{
	enum { LONG = 16 * 1024 };
	struct buf text = { 0 };
	struct source s;
	struct vocab v;
	uint64_t rng = 11;
	size_t form;

	(void)state;
	for (form = PLAIN; form <= READY; form++) {
		t_vocab_init(&v);
		add_mixed(&v, &rng, 1500);
		t_vocab_add(&v, S("aa"), 1);
		t_vocab_add(&v, S("aaaaaaaa"), 1);
		t_vocab_add(&v, S("\xF0\x9D\x85\x98\xF0\x9D\x85\xA5"), 1);
		source_init(&s, &v, &rng, T_NEAR, (enum form)form, BP_NORMALIZE_NFC);
		text.len = 0;
		t_mixed_text(&rng, LONG / 3, &text);
		text.len = BP_MIN(text.len, LONG);
		check_prepared(&s, &rng, t_slice(&text), true);
		text.len = 0;
		t_periodic(S("a"), LONG, &text);
		check_prepared(&s, &rng, t_slice(&text), true);
		text.len = 0;
		t_periodic(S("\xF0\x9D\x85\xA0"), LONG, &text);	/* three characters each */
		check_prepared(&s, &rng, t_slice(&text), true);
		text.len = 0;
		t_periodic(S("\n"), LONG, &text);
		check_prepared(&s, &rng, t_slice(&text), true);
		if (form == PLAIN) {
			text.len = 0;
			t_periodic(S("a"), 5 * LONG, &text);
			check_prepared(&s, &rng, t_slice(&text), true);
		}
		source_release(&s);
	}
	bp_buf_release(&text);
}

static void a_long_text_takes_the_whole_vocabulary(void **state)
{
	struct buf text = { 0 };
	struct source s;
	struct vocab v;
	uint64_t rng = 12;
	size_t form;

	(void)state;
	t_periodic(S("the keeper lit the lamp\n"), 300000, &text);
	for (form = 0; form < FORMS; form++) {
		t_vocab_init(&v);
		t_vocab_add(&v, S(" the"), 1);
		t_vocab_add(&v, S("keeper"), 1);
		source_init(&s, &v, &rng, T_RANDOM, (enum form)form, BP_NORMALIZE_NFC);
		check_prepared(&s, &rng, t_slice(&text), false);
		check_prepared(&s, &rng, (struct slice){ text.data, 1000 }, s.form != ANY_ORDER);
		source_release(&s);
	}
	bp_buf_release(&text);
}

/* A text that is not all there is to encode: the state tells how the whole is searched. */
static void a_text_with_more_behind_it_takes_the_whole_vocabulary(void **state)
{
	static const enum bp_model_state want[FORMS] = {
		BP_MODEL_ROWS, BP_MODEL_ROWS_ON_DEMAND, BP_MODEL_ROWS
	};
	struct source s;
	struct vocab v;
	uint64_t rng = 13;
	bp_model *m;
	size_t form;

	(void)state;
	for (form = 0; form < FORMS; form++) {
		t_vocab_init(&v);
		t_vocab_add(&v, S(" the"), 1);
		source_init(&s, &v, &rng, T_RANDOM, (enum form)form, BP_NORMALIZE_NFC);
		m = new_model(&s);
		assert_int_equal(m->state, BP_MODEL_READ);
		assert_int_equal(prepare_for(m, S("the"), false, NULL), BP_OK);
		assert_int_equal(m->state, want[form]);
		assert_int_equal(m->rows.n, form == READY ? 0 : m->model.n_pieces);
		assert_true((m->on_demand != NULL) == (form == READY));
		assert_null(m->entry);
		/* A little text is searched without rows that would have to be made for it. */
		assert_true((bp_model_rows(m, 3) == NULL) == (form == READY));
		assert_non_null(bp_model_rows(m, 1 << 20));
		assert_ptr_equal(bp_model_rows(m, 3), bp_model_rows(m, 1 << 20));
		bp_free(m);
		source_release(&s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_prepared_for_a_text_gives_the_result_of_the_whole),
		cmocka_unit_test(pieces_of_the_normal_form_are_found),
		cmocka_unit_test(texts_of_some_length_give_the_result_of_the_whole),
		cmocka_unit_test(a_long_text_takes_the_whole_vocabulary),
		cmocka_unit_test(a_text_with_more_behind_it_takes_the_whole_vocabulary)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
