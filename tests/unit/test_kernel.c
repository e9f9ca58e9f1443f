/*
 * score_rows.h and kernel.h: the rows are the scores, rounded, and every kernel of the list that
 * can run here gives the result of plain dynamic programming over the vocabulary in 64-bit
 * integers.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "encode/kernel.h"
#include "support.h"

/* A text in segments; some segments end in the end mark of a text. */
struct input {
	struct buf text;
	uint32_t *length, *row;	/* by segment; by byte */
	size_t middle;		/* as the kernel gets it */
	size_t *end;		/* by byte: where its segment ends */
	bool *mark;		/* by byte */
};

/* The result expected of a kernel at one position. */
struct want {
	int64_t best, second;
	size_t length;
};

static const int64_t nothing = INT64_MIN / 2;

/* In 1/16 of the rows' units, with the code of the length. */
static int64_t rounded(const bp_model *m, uint32_t piece, size_t length, uint32_t longest_there)
{
	const struct vocabulary *u = &m->vocabulary;
	int64_t units = -(int64_t)floor(0.5 - u->piece[piece].score * m->rows.scale);
	bool more = u->piece[longest_there].len > BP_ROW;

	return units * 16 + (length > BP_ROW ? BP_ROW_LONG :
			     length == 1 && more ? BP_ROW_ONE_LONG : (int64_t)length - 1);
}

/* The list of long pieces in the row of the long piece 'of'. */
static void check_more(const bp_model *m, uint32_t of)
{
	const struct vocabulary_piece *piece = m->vocabulary.piece;
	const struct long_pieces *more = &m->rows.row[of].more;
	uint32_t p = of;
	size_t k;

	for (k = 0; k < BP_ROW_MORE && piece[p].len > BP_ROW; k++, p = piece[p].shorter) {
		assert_int_equal(more->len[k], piece[p].len);
		assert_int_equal(more->score[k], rounded(m, p, piece[p].len, of));
	}
	assert_int_equal(more->next, p);
	for (; k < BP_ROW_MORE; k++)
		assert_int_equal(more->len[k], 0);
}

static void check_row(const bp_model *m, uint32_t of)
{
	const struct vocabulary *u = &m->vocabulary;
	uint32_t by_length[BP_ROW] = { 0 }, p;
	size_t k;

	for (k = 0; k < BP_ROW; k++)
		by_length[k] = BP_NO_PIECE;
	for (p = of; p != BP_NO_PIECE; p = u->piece[p].shorter)
		if (u->piece[p].len <= BP_ROW)
			by_length[u->piece[p].len - 1] = p;
	for (k = 0; k < BP_ROW; k++) {
		p = by_length[k];
		if (p == BP_NO_PIECE) {
			assert_int_equal(m->rows.row[of].score[k], BP_ROW_NONE);
			continue;
		}
		if (u->piece[of].len <= BP_ROW)
			assert_int_equal(m->rows.row[of].piece[k], p);
		assert_int_equal(m->rows.row[of].score[k], rounded(m, p, k + 1, of));
	}
	assert_int_equal(bp_score_row_is_long(&m->rows.row[of]), u->piece[of].len > BP_ROW);
	if (u->piece[of].len > BP_ROW)
		check_more(m, of);
}

static void check_rows(const bp_model *m)
{
	uint32_t i;

	assert_int_equal(m->rows.n, m->model.n_pieces);
	for (i = 0; i < m->model.n_pieces; i++)
		check_row(m, i);
	assert_int_equal(m->rows.row[bp_score_rows_mark(&m->rows)].score[0], 0);
	for (i = 1; i < BP_ROW; i++)
		assert_int_equal(m->rows.row[bp_score_rows_mark(&m->rows)].score[i], BP_ROW_NONE);
}

/* Cut the text into segments; 'one_in' of them has a mark, none if that is 0. */
static void input_init(struct input *in, const bp_model *m, uint64_t *rng, size_t longest,
		       size_t one_in)
{
	const struct automaton *a = &m->vocabulary.a;
	size_t n = in->text.len, at, length, k = 0, i, see;
	bool mark;

	in->length = bp_array(n, sizeof(*in->length));
	in->row = bp_array(n, sizeof(*in->row));
	in->end = bp_array(n, sizeof(*in->end));
	in->mark = bp_array(n, sizeof(*in->mark));
	assert_true(in->length != NULL && in->row != NULL && in->end != NULL && in->mark != NULL);
	for (at = 0; at < n; at += length, k++) {
		length = 1 + t_below(rng, longest);
		length = BP_MIN(length, n - at);
		in->length[k] = (uint32_t)length;
	}
	bp_automaton_walk(a, in->text.data, in->length, k, in->row);
	/* With a cut point in 'middle', kernels may search the two halves side by side. */
	see = t_below(rng, 3) > 0 ? 1 + t_below(rng, n) : 0;
	for (in->middle = i = 0; i < n; i++) {
		if (i % BP_ROW == 0 && i < see &&
		    bp_automaton_is_single_byte(a, in->row[i], in->text.data[i]))
			in->middle = i;
		in->row[i] = a->longest[in->row[i]];
	}
	for (at = i = 0; i < k; i++) {
		mark = one_in > 0 && t_below(rng, one_in) == 0;
		for (n = at + in->length[i]; at < n; at++) {
			in->end[at] = n - mark;
			in->mark[at] = mark && at + 1 == n;
		}
		if (mark)
			in->row[n - 1] = bp_score_rows_mark(&m->rows);
	}
}

static void input_release(struct input *in)
{
	bp_buf_release(&in->text);
	free(in->length);
	free(in->row);
	free(in->end);
	free(in->mark);
}

static void offer(struct want *w, int64_t score, size_t length)
{
	if (score > w->best) {
		w->second = w->best;
		w->best = score;
		w->length = length;
	} else
		w->second = BP_MAX(w->second, score);
}

/* The recursion itself: of all pieces that start here, the longest first. */
static void naive_place(const bp_model *m, const struct vocab *v, const struct input *in, size_t at,
			struct want *w)
{
	size_t k, piece;

	*w = (struct want){ nothing, nothing, 1 };
	if (in->mark[at]) {
		w->best = w[1].best & ~(int64_t)BP_ROW_CODE;
		return;
	}
	for (k = BP_MIN(in->end[at] - at, m->vocabulary.max_len); k > 0; k--) {
		piece = t_vocab_find(v, (struct slice){ in->text.data + at, k });
		if (piece != SIZE_MAX)
			offer(w, (w[k].best & ~(int64_t)BP_ROW_CODE) +
			      rounded(m, (uint32_t)piece, k, in->row[at + k - 1]), k);
	}
}

/* The kernel's result equals the recursion's at every position. */
static void check_kernel(bp_kernel *kernel, const bp_model *m, const struct input *in,
			 const struct want *want, size_t n)
{
	struct suffixes s = { 0 };
	size_t i, length;
	int code;

	assert_true(bp_suffixes_reserve(&s, n));
	kernel(&m->rows, &m->vocabulary, in->row, n, in->middle, &s);
	for (i = 0; i < n; i++) {
		code = s.best[i] & BP_ROW_CODE;
		length = code == BP_ROW_LONG ? s.long_len[i] : (size_t)(code & 7) + 1;
		T_OK(code == (want[i].best & BP_ROW_CODE) && length == want[i].length,
		     "code %d, length %zu, not %zu, at %zu of %zu", code, length, want[i].length,
		     i, n);
		if (want[i].second == nothing)
			T_OK(s.second[i] <= BP_ROW_NONE / 2, "second best at %zu of %zu", i, n);
		else
			T_OK(s.best[i] - s.second[i] == want[i].best - want[i].second,
			     "second best %d behind, not %d, at %zu of %zu",
			     (int)(s.best[i] - s.second[i]), (int)(want[i].best - want[i].second),
			     i, n);
	}
	bp_suffixes_release(&s);
}

/* Takes over the text of 'in', and is done with it. */
static void check_input(const bp_model *m, const struct vocab *v, uint64_t *rng, struct input *in,
			size_t longest, size_t one_in)
{
	const struct kernel_entry *k;
	size_t n = in->text.len, i;
	struct want *want = bp_array(n + 1, sizeof(*want));

	assert_non_null(want);
	input_init(in, m, rng, longest, one_in);
	want[n] = (struct want){ 0, nothing, 0 };
	for (i = n; i-- > 0; )
		naive_place(m, v, in, i, &want[i]);
	for (k = bp_kernels; k->name != NULL; k++)
		if (k->find() != NULL)
			check_kernel(k->find(), m, in, want, n);
	free(want);
	input_release(in);
	*in = (struct input){ 0 };
}

static const struct slice alphabets[] = {
	S_INIT("a"), S_INIT("ab"), S_INIT("\0\xFF"), S_INIT("abc"), S_INIT("\xE4\xB8\xAD\n"),
	S_INIT("abcdefghijklmnopqrstuvwxyz")
};
enum { N_ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]) };

static const size_t max_lengths[] = { 1, 2, 7, 8, 9, 19, 20, 36, 255 };
enum { N_MAX = sizeof(max_lengths) / sizeof(max_lengths[0]) };

static bp_model *random_model(struct vocab *v, uint64_t *rng, struct slice alphabet, size_t max,
			      enum t_counts how)
{
	struct buf text = { 0 };

	t_letters(rng, alphabet, 2000, &text);
	t_vocab_init(v);
	t_vocab_add_parts(v, rng, t_slice(&text), t_below(rng, 1000), max);
	t_vocab_count(v, rng, how);
	bp_buf_release(&text);
	return t_vocab_prepare(v, BP_NORMALIZE_NONE);
}

static void rows_are_the_rounded_scores(void **state)
{
	struct vocab v;
	uint64_t rng = 1;
	bp_model *m;
	size_t i;

	(void)state;
	for (i = 0; i < 126; i++) {
		m = random_model(&v, &rng, alphabets[i % N_ALPHABETS], max_lengths[i % N_MAX],
				 (enum t_counts)(i % T_COUNTS));
		check_rows(m);
		assert_int_equal((uintptr_t)m->rows.row % sizeof(struct score_row), 0);
		bp_free(m);
		t_vocab_release(&v);
	}
}

static void rows_are_empty_where_pieces_are_too_long(void **state)
{
	unsigned char piece[256] = { 0 };
	struct vocab v;
	bp_model *m;
	size_t n;

	(void)state;
	for (n = 255; n <= 256; n++) {
		t_vocab_init(&v);
		t_vocab_add(&v, (struct slice){ piece, n }, 1);
		m = t_vocab_prepare(&v, BP_NORMALIZE_NONE);
		assert_int_equal(m->rows.n, n == 255 ? 257 : 0);
		bp_free(m);
		t_vocab_release(&v);
	}
}

static void random_texts_of_every_length(void **state)
{
	size_t rounds = getenv("BP_QUICK") != NULL ? 63 : 252, i, n;
	struct input in = { 0 };
	struct vocab v;
	uint64_t rng = 2;
	bp_model *m;

	(void)state;
	for (i = 0; i < rounds; i++) {
		m = random_model(&v, &rng, alphabets[i % N_ALPHABETS], max_lengths[i % N_MAX],
				 (enum t_counts)(i % T_COUNTS));
		for (n = 1; n <= 40; n++) {
			t_letters(&rng, alphabets[i % N_ALPHABETS], n, &in.text);
			check_input(m, &v, &rng, &in, 1 + t_below(&rng, 2 * n), i % 3);
		}
		for (n = 0; n < 3; n++) {
			t_letters(&rng, alphabets[i % N_ALPHABETS], 1 + t_below(&rng, 900),
				  &in.text);
			check_input(m, &v, &rng, &in, n == 0 ? 2000 : 1 + t_below(&rng, 60), n);
		}
		bp_free(m);
		t_vocab_release(&v);
	}
}

/* Pieces of one letter with the given lengths; the longest has nearly all of the probability. */
static bp_model *steep_model(struct vocab *v, const size_t *length, size_t n)
{
	unsigned char piece[255];
	size_t i;

	memset(piece, 'a', sizeof(piece));
	t_vocab_init(v);
	for (i = 0; i < n; i++)
		t_vocab_add(v, (struct slice){ piece, length[i] }, 1);
	t_vocab_sort(v);
	v->count[v->n - 1] = INT64_MAX - (v->n - 1);
	return t_vocab_prepare(v, BP_NORMALIZE_NONE);
}

/*
 * The widest range of scores: neighbouring positions differ by the cost of all bytes of a long
 * piece, and scores fall as fast as they can.
 */
static void scores_at_the_ends_of_their_range(void **state)
{
	static const size_t length[][3] = {
		{ 255 }, { 254, 255 }, { 9, 255 }, { 128, 255 }, { 20 }, { 19 }, { 9 }, { 8 },
		{ 2 }, { 8, 9 }, { 3, 20 }, { 7, 8, 255 }, { 2, 100, 101 }
	};
	static const size_t size[] = { 254, 255, 256, 2000, 12000 };
	struct input in = { 0 };
	struct vocab v;
	uint64_t rng = 3;
	bp_model *m;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		for (n = 0; n < 3 && length[i][n] > 0; n++)
			;
		m = steep_model(&v, length[i], n);
		for (k = 0; k < 5; k++) {
			t_letters(&rng, S("a"), size[k], &in.text);
			check_input(m, &v, &rng, &in, 1, 0);	/* bytes alone */
			t_letters(&rng, S("a"), size[k], &in.text);
			check_input(m, &v, &rng, &in, 1000, 3);
			t_letters(&rng, S("a"), size[k], &in.text);
			memset(in.text.data, 'b', t_below(&rng, size[k]));
			check_input(m, &v, &rng, &in, SIZE_MAX - 1, 0);
			t_letters(&rng, S("a"), size[k], &in.text);
			in.text.data[t_below(&rng, size[k])] = 'b';
			check_input(m, &v, &rng, &in, SIZE_MAX - 1, 0);
		}
		bp_free(m);
		t_vocab_release(&v);
	}
}

/* Runs of costly bytes; between them, a long piece jumps over as many bytes as it can. */
static void scores_are_moved_up_under_pieces_that_jump_over(void **state)
{
	static const size_t max[] = { 9, 20, 36, 255 };
	size_t rounds = getenv("BP_QUICK") != NULL ? 40 : 200, i, k;
	struct input in = { 0 };
	struct vocab v;
	uint64_t rng = 4;
	bp_model *m;

	(void)state;
	for (i = 0; i < rounds; i++) {
		m = random_model(&v, &rng, S("ab"), max[i % 4],
				 i % 3 == 0 ? T_ONE_HUGE : T_LOW_BYTES);
		while (in.text.len < 6000) {
			k = 256 + t_below(&rng, v.n - 256 + 1);
			if (k < v.n && t_below(&rng, 20) == 0)
				t_append(&in.text, v.piece[k]);
			else if (t_below(&rng, 30) == 0)
				t_append(&in.text, v.piece[v.n - 1]);	/* the most frequent */
			else
				t_append(&in.text, S("c"));
		}
		check_input(m, &v, &rng, &in, i % 2 ? SIZE_MAX - 1 : 3000, 2);
		bp_free(m);
		t_vocab_release(&v);
	}
}

/* Texts of changing lengths in one struct suffixes: nothing of an earlier text shows. */
static void check_memory(bp_kernel *kernel)
{
	struct suffixes again = { 0 }, fresh;
	struct input in = { 0 };
	struct vocab v;
	uint64_t rng = 5;
	bp_model *m = random_model(&v, &rng, S("ab"), 30, T_RANDOM);
	size_t i, k, n;

	for (i = 0; i < 200; i++) {
		n = 1 + t_below(&rng, 500);
		t_letters(&rng, S("ab"), n, &in.text);
		input_init(&in, m, &rng, 100, 2);
		fresh = (struct suffixes){ 0 };
		assert_true(bp_suffixes_reserve(&again, n) && bp_suffixes_reserve(&fresh, n));
		kernel(&m->rows, &m->vocabulary, in.row, n, in.middle, &again);
		kernel(&m->rows, &m->vocabulary, in.row, n, in.middle, &fresh);
		for (k = 0; k < n; k++)
			T_OK(again.best[k] == fresh.best[k] && again.second[k] == fresh.second[k] &&
			     ((again.best[k] & BP_ROW_CODE) != BP_ROW_LONG ||
			      again.long_len[k] == fresh.long_len[k]), "position %zu of %zu", k, n);
		bp_suffixes_release(&fresh);
		input_release(&in);
		in = (struct input){ 0 };
	}
	bp_suffixes_release(&again);
	bp_free(m);
	t_vocab_release(&v);
}

static void memory_is_used_again(void **state)
{
	const struct kernel_entry *k;

	(void)state;
	for (k = bp_kernels; k->name != NULL; k++)
		if (k->find() != NULL)
			check_memory(k->find());
}

/* The list: distinct names; the kernel in C11 runs everywhere; vectors are there where they have
 * to be. */
static void the_list_has_the_kernels_of_this_machine(void **state)
{
	const struct kernel_entry *k, *other;
	size_t n = 0, any = 0;

	(void)state;
	for (k = bp_kernels; k->name != NULL; k++) {
		for (other = bp_kernels; other < k; other++) {
			assert_string_not_equal(k->name, other->name);
			assert_true(k->find() == NULL || k->find() != other->find());
		}
		n++;
		any += k->find() != NULL;
	}
	assert_true(n >= 3);
	assert_string_equal(bp_kernels[n - 1].name, "c11");
	assert_non_null(bp_kernels[n - 1].find());
#if defined(BP_C11)
	assert_int_equal(any, 1);
#elif defined(__aarch64__) && defined(__GNUC__)
	assert_non_null(bp_kernel_find_neon());
#elif defined(__x86_64__) && defined(__GNUC__)
	assert_true(!__builtin_cpu_supports("avx2") || bp_kernel_find_avx2() != NULL);
	assert_true(!__builtin_cpu_supports("avx512f") || bp_kernel_find_avx512() != NULL);
#endif
	assert_true(any >= 1 && (bp_kernel_find_avx2() == NULL || bp_kernel_find_neon() == NULL));
}

/* Without BP_KERNEL, the first that can run; with it, the kernel of that name or an error. */
static void a_kernel_is_chosen_by_rank_or_by_name(void **state)
{
	static const char *const unknown[] = { "avx", "C11", "c11 ", "c", " ", "x x" };
	const struct kernel_entry *k;
	bp_kernel *got, *first = NULL;
	bp_error err;
	size_t i;

	(void)state;
	for (k = bp_kernels; k->name != NULL && first == NULL; k++)
		first = k->find();
	assert_int_equal(unsetenv("BP_KERNEL"), 0);
	assert_true(bp_kernel_choose(&got, NULL) == BP_OK && got == first);
	assert_int_equal(setenv("BP_KERNEL", "", 1), 0);
	assert_true(bp_kernel_choose(&got, NULL) == BP_OK && got == first);
	for (k = bp_kernels; k->name != NULL; k++) {
		assert_int_equal(setenv("BP_KERNEL", k->name, 1), 0);
		assert_int_equal(bp_kernel_choose(&got, &err),
				 k->find() != NULL ? BP_OK : BP_ERANGE);
		assert_true(got == k->find());
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		assert_int_equal(setenv("BP_KERNEL", unknown[i], 1), 0);
		assert_int_equal(bp_kernel_choose(&got, &err), BP_ERANGE);
		assert_null(got);
		assert_non_null(strstr(err.msg, unknown[i]));
		assert_non_null(strstr(err.msg, " c11"));
	}
	assert_int_equal(unsetenv("BP_KERNEL"), 0);
}

static void impossible_sizes_are_refused(void **state)
{
	struct suffixes s = { 0 };

	(void)state;
	assert_false(bp_suffixes_reserve(&s, SIZE_MAX));
	assert_false(bp_suffixes_reserve(&s, SIZE_MAX / 32 + 1));
	assert_null(s.room);
	assert_true(bp_suffixes_reserve(&s, 0));
	bp_suffixes_release(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_the_rounded_scores),
		cmocka_unit_test(rows_are_empty_where_pieces_are_too_long),
		cmocka_unit_test(random_texts_of_every_length),
		cmocka_unit_test(scores_at_the_ends_of_their_range),
		cmocka_unit_test(scores_are_moved_up_under_pieces_that_jump_over),
		cmocka_unit_test(memory_is_used_again),
		cmocka_unit_test(the_list_has_the_kernels_of_this_machine),
		cmocka_unit_test(a_kernel_is_chosen_by_rank_or_by_name),
		cmocka_unit_test(impossible_sizes_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
