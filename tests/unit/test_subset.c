/* bp_vocabulary_subset(): the subset for a text gives the paths of all pieces, ties included. */
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "encode/vocabulary.h"
#include "encode/vocabulary.h"
#include "support.h"

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\xFF"), S_INIT("\0\x01\xFE\xFF"), S_INIT("abc\n"),
	S_INIT("\x80\xBF\xC3\xE4"), S_INIT("etaoin shrdlu"), S_INIT("\0a")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

/* n pieces of 'shortest' to 'longest' bytes; equal ones are possible. */
static void add_pieces(struct vocab *v, uint64_t *rng, struct slice alphabet, size_t n,
		       size_t shortest, size_t longest)
{
	struct buf s = { 0 };

	for (; n > 0; n--) {
		s.len = 0;
		t_letters(rng, alphabet, shortest + t_below(rng, longest - shortest + 1), &s);
		t_vocab_add(v, t_slice(&s), 1);
	}
	bp_buf_release(&s);
}

/* n pieces that begin or end with others, or are the beginnings or ends of others. */
static void add_relatives(struct vocab *v, uint64_t *rng, size_t n)
{
	struct buf s = { 0 };
	struct slice a, b;
	size_t k;

	for (; n > 0; n--) {
		a = v->piece[t_below(rng, v->n)];
		b = v->piece[t_below(rng, v->n)];
		k = 1 + t_below(rng, a.n);
		s.len = 0;
		switch (t_below(rng, 4)) {
		case 0:
			t_append(&s, (struct slice){ a.p, k });
			break;
		case 1:
			t_append(&s, (struct slice){ a.p + a.n - k, k });
			break;
		case 2:
			t_append(&s, a);
			t_append(&s, (struct slice){ b.p, BP_MIN(b.n, 6) });
			break;
		default:
			k = BP_MIN(b.n, 6);
			t_append(&s, (struct slice){ b.p + b.n - k, k });
			t_append(&s, a);
		}
		t_vocab_add(v, t_slice(&s), 1);
	}
	bp_buf_release(&s);
}

/* A model, and all of it made ready to search with. */
struct subject {
	struct vocab v;
	struct model m;
	struct vocabulary all;
	struct viterbi by_all;
};

/* Takes over the vocabulary: sorts it, counts it, and adds special tokens. */
static void subject_init(struct subject *t, struct vocab *v, uint64_t *rng, enum t_counts how,
			 bool specials)
{
	bp_error err;

	*t = (struct subject){ .v = *v };
	*v = (struct vocab){ 0 };
	t_vocab_count(&t->v, rng, how);
	if (specials) {
		t_vocab_add(&t->v, S("<user>"), 0);
		t_vocab_add(&t->v, S("ab"), 0);		/* a piece may be named so too */
		t_vocab_add(&t->v, S("a"), 0);
		t_vocab_add(&t->v, S("<>"), 0);
	}
	T_OK(t_model_init(&t->m, t->v.piece, t->v.count, t->v.n, BP_NORMALIZE_NONE,
			   &err) == BP_OK &&
	     bp_vocabulary_from_model(&t->all, &t->m, "toy", &err) == BP_OK, "%s", err.msg);
	assert_true(t->m.by_length);
	assert_int_equal(t->m.n_specials, specials ? 4 : 0);
	assert_true(bp_viterbi_init(&t->by_all, &t->all));
}

static void subject_release(struct subject *t)
{
	bp_viterbi_release(&t->by_all);
	bp_vocabulary_release(&t->all);
	bp_model_release(&t->m);
	t_vocab_release(&t->v);
}

/* Entries go up, the single bytes are the first, special tokens are not among them, and each piece
 * has the length and the score of its entry. */
static void check_entries(const struct vocabulary *u, const uint32_t *entry, const struct model *m)
{
	size_t n = u->a.n_pieces, i;

	assert_non_null(entry);
	assert_true(n >= 256 && n <= m->n_pieces - m->n_specials);
	for (i = 0; i < n; i++) {
		T_OK(i >= 256 || entry[i] == i, "byte %zu has entry %u", i, (unsigned)entry[i]);
		if (i > 0)
			T_OK(entry[i] > entry[i - 1], "entry %u comes behind %u",
			     (unsigned)entry[i], (unsigned)entry[i - 1]);
		T_OK(entry[i] < m->n_pieces - m->n_specials && m->count[entry[i]] > 0,
		     "entry %u is a special token", (unsigned)entry[i]);
		T_OK(u->piece[i].len == m->piece[entry[i]].n, "piece %zu has %u bytes, not %zu", i,
		     (unsigned)u->piece[i].len, m->piece[entry[i]].n);
		T_OK(u->piece[i].score == m->log_probability[entry[i]],
		     "the score of piece %zu is not that of its entry", i);
	}
}

static bool occurs(struct slice piece, struct slice text)
{
	size_t i;

	for (i = 0; i + piece.n <= text.n; i++)
		if (memcmp(text.p + i, piece.p, piece.n) == 0)
			return true;
	return false;
}

/* Every piece that stands somewhere in the text is there.  Returns how many do. */
static size_t check_occurring(const struct vocabulary *u, const uint32_t *entry,
			      const struct model *m, struct slice text)
{
	size_t i, k = 0, n = 0;

	for (i = 0; i < m->n_pieces - m->n_specials; i++) {
		while (k < u->a.n_pieces && entry[k] < i)
			k++;
		if (!occurs(m->piece[i], text))
			continue;
		T_OK(k < u->a.n_pieces && entry[k] == i, "piece %zu of %zu bytes occurs in %zu "
		     "bytes, and is left out", i, m->piece[i].n, text.n);
		n++;
	}
	return n;
}

/* The path and the score of one segment. */
static double search(struct viterbi *v, struct slice segment)
{
	double score;

	v->path.n = 0;
	assert_true(bp_viterbi_feed(v, segment));
	score = bp_viterbi_score(v);
	assert_true(bp_viterbi_end(v));
	return score;
}

/* Segment by segment, pieces and scores equal the result of the search with all pieces. */
static void check_paths(struct subject *t, const struct vocabulary *u, const uint32_t *entry,
			struct slice text)
{
	const struct viterbi *want = &t->by_all;
	double score, score_of_all;
	struct slice segment;
	struct viterbi v;
	size_t i;

	assert_true(bp_viterbi_init(&v, u));
	for (; text.n > 0; text.p += segment.n, text.n -= segment.n) {
		segment = (struct slice){ text.p, t_segment_length(text) };
		score = search(&v, segment);
		score_of_all = search(&t->by_all, segment);
		for (i = 0; i < v.path.n && i < want->path.n; i++)
			T_OK(entry[v.path.piece[i]] == want->path.piece[i], "piece %zu of a "
			     "segment of %zu bytes is %u, not %u", i, segment.n, (unsigned)entry[v.path.piece[i]],
			     (unsigned)want->path.piece[i]);
		T_OK(v.path.n == want->path.n, "%zu pieces, not %zu", v.path.n, want->path.n);
		T_OK(score == score_of_all, "score %.17g, not %.17g",
		     score, score_of_all);
	}
	bp_viterbi_release(&v);
}

/* Returns the number of pieces of the text's subset. */
static size_t check_text(struct subject *t, struct slice text)
{
	struct vocabulary u;
	uint32_t *entry;
	bp_error err;
	size_t n;

	T_OK(bp_vocabulary_subset(&u, &entry, &t->m, text, &err) == BP_OK, "%s", err.msg);
	check_entries(&u, entry, &t->m);
	check_paths(t, &u, entry, text);
	if (text.n <= 300)		/* else it takes long */
		check_occurring(&u, entry, &t->m, text);
	n = u.a.n_pieces;
	bp_vocabulary_release(&u);
	free(entry);
	return n;
}

/* Few of the pieces, parts of them, letters and any bytes, one after another. */
static void make_text(uint64_t *rng, const struct vocab *v, struct slice alphabet, size_t n,
		      struct buf *out)
{
	struct slice few[8], s;
	unsigned char c;
	size_t k;

	for (k = 0; k < 8; k++)
		few[k] = v->piece[t_below(rng, v->n)];
	for (out->len = 0; out->len < n; ) {
		s = t_below(rng, 4) > 0 ? few[t_below(rng, 8)] : v->piece[t_below(rng, v->n)];
		k = 1 + t_below(rng, s.n);
		switch (t_below(rng, 8)) {
		case 0:
			t_append(out, (struct slice){ s.p, k });
			break;
		case 1:
			t_append(out, (struct slice){ s.p + s.n - k, k });
			break;
		case 2:
			t_letters(rng, alphabet, 1 + t_below(rng, 5), out);
			break;
		case 3:
			c = (unsigned char)t_next(rng);
			t_append(out, (struct slice){ &c, 1 });
			break;
		default:
			t_append(out, s);
		}
	}
	out->len = n;
}

static void paths_are_those_of_all_pieces(void **state)
{
	static const size_t longest[] = { 2, 3, 4, 5, 8, 12, 40, 300 };
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 1;
	size_t i, k;

	(void)state;
	for (i = 0; i < 160; i++) {
		struct slice alphabet = alphabets[i % N_ALPHABETS];

		t_vocab_init(&v);
		add_pieces(&v, &rng, alphabet, t_below(&rng, 200), 2, longest[t_below(&rng, 8)]);
		add_relatives(&v, &rng, t_below(&rng, 100));
		subject_init(&t, &v, &rng, (enum t_counts)(i / N_ALPHABETS % T_COUNTS), i % 3 == 0);
		for (k = 0; k < 12; k++) {
			make_text(&rng, &t.v, alphabet, t_below(&rng, k < 6 ? 12 : 1500), &text);
			check_text(&t, t_slice(&text));
		}
		subject_release(&t);
	}
	bp_buf_release(&text);
}

static void thousands_of_pieces_give_the_same_paths(void **state)
{
	struct buf text = { 0 }, all = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 2;
	size_t i, k, most = 0;

	(void)state;
	for (i = 0; i < 256; i++)
		assert_true(bp_buf_byte(&all, (unsigned char)i));
	for (i = 0; i < T_COUNTS; i++) {
		t_vocab_init(&v);
		add_pieces(&v, &rng, S("etaoin shrdlu"), 3000, 2, 9);
		add_pieces(&v, &rng, S("\xE4\xB8\xAD\xBF\x80"), 1000, 2, 12);
		add_pieces(&v, &rng, t_slice(&all), 1000, 2, 6);
		add_pieces(&v, &rng, S("ab"), 60, 100, 300);
		add_relatives(&v, &rng, 1000);
		subject_init(&t, &v, &rng, (enum t_counts)i, i % 2 == 0);
		for (k = 0; k < 10; k++) {
			make_text(&rng, &t.v, S("etaoin\xE4\xB8\xAD\n"),
				  t_below(&rng, k < 5 ? 200 : 20000), &text);
			most = BP_MAX(most, check_text(&t, t_slice(&text)));
		}
		T_OK(most < t.m.n_pieces, "all %zu pieces are taken", t.m.n_pieces);
		subject_release(&t);
	}
	bp_buf_release(&text);
	bp_buf_release(&all);
}

/* All strings of up to six bytes of two letters: where a piece's first and last bytes overlap, are
 * all of it, and are the text's. */
static void the_shortest_texts_give_the_same_paths(void **state)
{
	static const struct slice letters[] = { S_INIT("ab"), S_INIT("\0\xFF"), S_INIT("a\n") };
	unsigned char s[8];
	struct subject t;
	struct vocab v;
	uint64_t rng = 3;
	size_t i, n, k, bits;

	(void)state;
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		t_vocab_init(&v);
		for (n = 2; n <= 6; n++)
			for (bits = 0; bits < (size_t)1 << n; bits++) {
				for (k = 0; k < n; k++)
					s[k] = letters[i].p[bits >> k & 1];
				t_vocab_add(&v, (struct slice){ s, n }, 1);
			}
		subject_init(&t, &v, &rng, i == 0 ? T_EQUAL : T_RANDOM, true);
		for (n = 0; n <= 7; n++)
			for (bits = 0; bits < (size_t)1 << n; bits++) {
				for (k = 0; k < n; k++)
					s[k] = letters[i].p[bits >> k & 1];
				check_text(&t, (struct slice){ s, n });
			}
		subject_release(&t);
	}
}

static void pieces_of_any_length_are_found_at_both_ends(void **state)
{
	struct buf text = { 0 };
	struct subject t;
	struct vocab v;
	uint64_t rng = 4;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < 8; i++) {
		t_vocab_init(&v);
		for (n = 2; n <= 300; n += n < 20 ? 1 : 40)
			add_pieces(&v, &rng, S("abcd\0\xFF"), 3, n, n);
		subject_init(&t, &v, &rng, T_ONE_HUGE, false);
		for (k = 256; k < t.v.n; k++) {
			text.len = 0;		/* alone; at the beginning; at the end */
			t_append(&text, t.v.piece[k]);
			check_text(&t, t_slice(&text));
			t_append(&text, S("x"));
			check_text(&t, t_slice(&text));
			check_text(&t, (struct slice){ text.data, text.len - 2 });
			memmove(text.data + 1, text.data, text.len - 1);
			text.data[0] = 'x';
			check_text(&t, t_slice(&text));
		}
		subject_release(&t);
	}
	bp_buf_release(&text);
}

static void single_bytes_are_there_for_any_text(void **state)
{
	unsigned char c = 0;
	struct subject t;
	struct vocab v;
	uint64_t rng = 5;

	(void)state;
	t_vocab_init(&v);
	add_pieces(&v, &rng, S("ab"), 20, 2, 8);
	subject_init(&t, &v, &rng, T_RANDOM, true);
	assert_int_equal(check_text(&t, (struct slice){ 0 }), 256);
	assert_int_equal(check_text(&t, S("\n\n\n\n\n\n\n\n")), 256);
	do
		assert_int_equal(check_text(&t, (struct slice){ &c, 1 }), 256);
	while (c++ < 255);
	subject_release(&t);
	t_vocab_init(&v);		/* without other pieces too */
	subject_init(&t, &v, &rng, T_EQUAL, false);
	assert_int_equal(check_text(&t, S("any\0text\xFF\n")), 256);
	subject_release(&t);
}

/* The purpose of the subset. */
static void of_many_pieces_few_are_taken(void **state)
{
	struct buf text = { 0 };
	struct subject t;
	struct vocabulary u;
	struct vocab v;
	uint32_t *entry;
	uint64_t rng = 6;
	size_t there, more;

	(void)state;
	t_vocab_init(&v);
	add_pieces(&v, &rng, S("abcdefghijklmnopqrstuvwxyz"), 4000, 4, 12);
	subject_init(&t, &v, &rng, T_RANDOM, false);
	t_letters(&rng, S("abcdefghijklmnopqrstuvwxyz"), 300, &text);
	t_append(&text, t.v.piece[300]);
	assert_int_equal(bp_vocabulary_subset(&u, &entry, &t.m, t_slice(&text), NULL), BP_OK);
	there = check_occurring(&u, entry, &t.m, t_slice(&text));
	more = u.a.n_pieces - 256;
	/* 'there' counts single bytes too. */
	T_OK(more >= 1 && more <= there + 100, "%zu pieces of %zu are taken; %zu occur", more,
	     t.m.n_pieces, there);
	bp_vocabulary_release(&u);
	free(entry);
	subject_release(&t);
	bp_buf_release(&text);
}

/* check_entries() has it for all texts; here the text is full of their names. */
static void special_tokens_are_never_in_it(void **state)
{
	struct vocabulary u;
	struct subject t;
	struct vocab v;
	uint32_t *entry;
	uint64_t rng = 7;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("<u"), 1);
	t_vocab_add(&v, S("ab"), 1);
	subject_init(&t, &v, &rng, T_EQUAL, true);
	assert_int_equal(bp_vocabulary_subset(&u, &entry, &t.m, S("<user>ab<user><>a<>"), NULL),
			 BP_OK);
	assert_int_equal(u.a.n_pieces, 258);
	check_entries(&u, entry, &t.m);
	for (i = 0; i < 258; i++)
		assert_int_equal(entry[i], i);
	check_paths(&t, &u, entry, S("<user>ab<user><>a<>"));
	bp_vocabulary_release(&u);
	free(entry);
	subject_release(&t);
}

static bool is_empty(const struct vocabulary *u)
{
	return u->a.slot == NULL && u->a.longest == NULL && u->a.shorter == NULL &&
	       u->piece == NULL && u->a.n_pieces == 0;
}

/* A model with the entries as they stand: nothing is made of it, and that is no failure. */
static void check_nothing_made(const struct vocab *v, const char *what)
{
	static uint32_t some;
	uint32_t *entry = &some;
	struct vocabulary u;
	struct model m;

	memset(&u, 0xFF, sizeof(u));
	assert_int_equal(bp_model_init(&m, v->piece, v->count, v->n, BP_NORMALIZE_NONE,
					       NULL), BP_OK);
	T_OK(bp_vocabulary_subset(&u, &entry, &m, S("abc abd"), NULL) == BP_OK,
		     "%s: it fails", what);
	T_OK(entry == NULL && is_empty(&u), "%s: something is made", what);
	bp_model_release(&m);
}

static void swap(struct vocab *v, size_t i, size_t k)
{
	struct slice s = v->piece[i];
	uint64_t c = v->count[i];

	v->piece[i] = v->piece[k];
	v->count[i] = v->count[k];
	v->piece[k] = s;
	v->count[k] = c;
}

static void pieces_in_another_order_make_nothing(void **state)
{
	struct vocabulary u;
	struct model m;
	struct vocab v;
	uint32_t *entry;
	uint64_t rng = 8;
	size_t i;

	(void)state;
	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 1);
	t_vocab_add(&v, S("bc"), 1);
	t_vocab_add(&v, S("abc"), 1);
	t_vocab_add(&v, S("abd"), 1);
	t_vocab_add(&v, S("<s>"), 0);
	t_vocab_add(&v, S("<r>"), 0);	/* special tokens are in any order */
	assert_int_equal(bp_model_init(&m, v.piece, v.count, v.n, BP_NORMALIZE_NONE, NULL),
			 BP_OK);
	assert_int_equal(bp_vocabulary_subset(&u, &entry, &m, S("abc abd"), NULL), BP_OK);
	T_OK(entry != NULL && !is_empty(&u), "in order: nothing is made");
	bp_vocabulary_release(&u);
	free(entry);
	bp_model_release(&m);

	swap(&v, 0, 1);
	check_nothing_made(&v, "two bytes swapped");
	swap(&v, 0, 1);
	swap(&v, 258, 259);
	check_nothing_made(&v, "the last pieces swapped");
	swap(&v, 258, 259);
	swap(&v, 257, 258);
	check_nothing_made(&v, "a longer piece before a shorter one");
	swap(&v, 257, 258);
	swap(&v, 259, 260);
	check_nothing_made(&v, "a special token before a piece");
	swap(&v, 259, 260);
	swap(&v, 0, 260);
	check_nothing_made(&v, "a special token first");
	for (i = 0; i < 10; i++) {
		t_vocab_shuffle(&v, &rng);
		check_nothing_made(&v, "any order");
	}
	t_vocab_release(&v);
	t_vocab_init(&v);
	t_vocab_add(&v, S("ab"), 1);
	t_vocab_add(&v, S("ab"), 1);
	check_nothing_made(&v, "a piece twice");
	t_vocab_release(&v);
}

/* As a binary model may have it that was made to do harm, for only the whole of it is checked. */
static bp_model *with_equal_pieces(struct slice twice)
{
	static const struct slice piece[] = { S_INIT("ab"), S_INIT("bc"), S_INIT("abc"),
					      S_INIT("abcdefgh") };
	bp_model *m = calloc(1, sizeof(*m));
	struct slice p[261];
	uint64_t count[261];
	struct vocab v;
	size_t i, k, n = 0;

	assert_non_null(m);
	t_vocab_init(&v);
	for (i = 0; i < 4; i++)
		t_vocab_add(&v, piece[i], 1);
	for (i = 0; i < v.n; i++)
		for (k = bp_slice_compare(v.piece[i], twice) == 0 ? 2 : 1; k > 0; k--, n++) {
			p[n] = v.piece[i];
			count[n] = 1;
		}
	assert_int_equal(n, 261);
	assert_int_equal(bp_model_init(&m->model, p, count, n, BP_NORMALIZE_NONE, NULL),
			 BP_OK);
	assert_false(m->model.by_length);
	m->model.by_length = true;
	t_vocab_release(&v);
	return m;
}

static void equal_pieces_are_refused(void **state)
{
	static const struct slice twice[] = { S_INIT("\0"), S_INIT("z"), S_INIT("ab"),
					      S_INIT("abc"), S_INIT("abcdefgh") };
	const struct slice text = S("xabcdefgh");
	static uint32_t some;
	uint32_t *entry;
	struct vocabulary u;
	struct unprepared_model unprepared = { .name = "toy" };
	bp_error err;
	bp_model *m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		entry = &some;
		err = (bp_error){ 0 };
		memset(&u, 0xFF, sizeof(u));
		m = with_equal_pieces(twice[i]);
		assert_int_equal(bp_vocabulary_subset(&u, &entry, &m->model, text, &err),
				 BP_EFORMAT);
		assert_int_equal(err.code, BP_EFORMAT);
		assert_true(err.msg[0] != '\0');
		assert_null(entry);
		assert_true(is_empty(&u));
		/* Then all of it is looked at, and refused. */
		err = (bp_error){ 0 };
		unprepared.model = m;
		assert_int_equal(bp_model_prepare_for(&unprepared, text, true, &err), BP_EFORMAT);
		assert_int_equal(err.code, BP_EFORMAT);
		assert_int_equal(m->state, BP_MODEL_READ);
		assert_null(m->entry);
		assert_true(is_empty(&m->vocabulary));
		bp_free(m);
	}
	m = with_equal_pieces(S("abcdefgh"));	/* the text does not have this piece */
	assert_int_equal(bp_vocabulary_subset(&u, &entry, &m->model, S("xabcdefg"), NULL), BP_OK);
	assert_int_equal(u.a.n_pieces, 256 + 3);
	bp_vocabulary_release(&u);
	free(entry);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_those_of_all_pieces),
		cmocka_unit_test(thousands_of_pieces_give_the_same_paths),
		cmocka_unit_test(the_shortest_texts_give_the_same_paths),
		cmocka_unit_test(pieces_of_any_length_are_found_at_both_ends),
		cmocka_unit_test(single_bytes_are_there_for_any_text),
		cmocka_unit_test(of_many_pieces_few_are_taken),
		cmocka_unit_test(special_tokens_are_never_in_it),
		cmocka_unit_test(pieces_in_another_order_make_nothing),
		cmocka_unit_test(equal_pieces_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
