/*
 * How much memory encoding asks for: none for a short text, and no more for a long one whose paths do
 * not meet before its end.  The Makefile links this program so that the calls below come between the
 * library and the C library.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece.h"
#include "encode/encoder.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);

static long calls, until;		/* made since it was 0; calls until one fails, from 1 on */
static size_t largest;			/* bytes that one has asked for */

static bool fails(size_t n)
{
	calls++;
	largest = BP_MAX(largest, n);
	return until > 0 && --until == 0;
}

void *__wrap_malloc(size_t n) { return fails(n) ? NULL : __real_malloc(n); }
void *__wrap_calloc(size_t n, size_t size) { return fails(n * size) ? NULL : __real_calloc(n, size); }
void *__wrap_realloc(void *p, size_t n) { return fails(n) ? NULL : __real_realloc(p, n); }

void *__wrap_aligned_alloc(size_t alignment, size_t n)
{
	return fails(n) ? NULL : __real_aligned_alloc(alignment, n);
}

/* The bytes, and pieces of which no text below has a certain one before its end. */
static bp_model *even_or_odd(void)
{
	static const struct slice piece[] = {
		S_INIT("aa"), S_INIT("aaaaaaaa"), S_INIT("ab"), S_INIT("ba"), S_INIT("abab"),
		S_INIT("aba"), S_INIT("abaab"), S_INIT("\0\0"), S_INIT("\0\0\0\0\0")
	};
	struct vocab v;
	bp_model *m;
	size_t i;

	t_vocab_init(&v);
	for (i = 0; i < sizeof(piece) / sizeof(*piece); i++)
		t_vocab_add(&v, piece[i], 3 + 7 * i % 5);
	m = t_vocab_model(&v, BP_NORMALIZE_NFC);
	t_vocab_release(&v);
	return m;
}

/* Pieces by their last byte, the longest first, ended by SIZE_MAX. */
struct by_end {
	size_t piece[256][16];
};

static void list_by_end(const bp_model *m, struct by_end *all)
{
	size_t n[256] = { 0 }, len, i;
	unsigned char last;

	for (len = m->vocabulary.max_len; len > 0; len--)
		for (i = 0; i < m->model.n_pieces; i++) {
			last = m->model.piece[i].p[m->model.piece[i].n - 1];
			if (m->model.piece[i].n == len)
				all->piece[last][n[last]++] = i;
		}
	for (i = 0; i < 256; i++)
		all->piece[i][n[i]] = SIZE_MAX;
}

/* The last piece of the best path to 'i'; of equal ones the longest, as scores are added up. */
static uint32_t best_end(const bp_model *m, const size_t *piece, const unsigned char *p, size_t i,
			 double *score)
{
	size_t found = SIZE_MAX;
	double s;

	for (score[i] = -INFINITY; *piece != SIZE_MAX; piece++) {
		struct slice bytes = m->model.piece[*piece];

		if (bytes.n > i || memcmp(bytes.p, p + i - bytes.n, bytes.n) != 0)
			continue;
		s = score[i - bytes.n] + m->vocabulary.piece[*piece].score;
		if (s > score[i]) {
			score[i] = s;
			found = *piece;
		}
	}
	return (uint32_t)found;
}

/* The best path by the plain search, with all of it in memory; returns its number of pieces. */
static size_t plain_path(const bp_model *m, struct slice s, uint32_t *path)
{
	double *score = bp_array(s.n + 1, sizeof(*score));
	uint32_t *last = bp_array(s.n + 1, sizeof(*last));
	struct by_end all;
	size_t i, n = 0, end = s.n;

	assert_true(score != NULL && last != NULL);
	list_by_end(m, &all);
	for (i = 1; i <= s.n; i++) {
		if (i == 1 || (s.p[i - 2] == '\n' && s.p[i - 1] != '\n'))
			score[i - 1] = 0;	/* a segment */
		last[i] = best_end(m, all.piece[s.p[i - 1]], s.p, i, score);
	}
	for (; end > 0; end -= m->model.piece[last[end]].n)
		path[s.n - ++n] = last[end];
	memmove(path, path + s.n - n, n * sizeof(*path));
	free(score);
	free(last);
	return n;
}

/* What a path in parts is compared with. */
struct expected {
	uint32_t *path;
	size_t n, at, parts;
	size_t stop;		/* parts after which no more is taken; 0: all are */
};

static void compare(struct expected *x, const uint32_t *piece, size_t n)
{
	assert_true(n <= x->n - x->at);
	if (n > 0)
		assert_memory_equal(piece, x->path + x->at, n * sizeof(*piece));
	x->at += n;
}

static bool take(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct expected *x = ctx;

	assert_false(ended);
	compare(x, piece, n);
	return ++x->parts != x->stop;
}

/* Feed and end a text, and take what stays in the path; false as the encoder's functions are. */
static bool encode(struct encoder *e, struct slice s, size_t part, struct expected *x)
{
	size_t n;

	for (; s.n > 0; s.p += n, s.n -= n) {
		n = BP_MIN(part, s.n);
		if (!bp_encoder_feed(e, (struct slice){ s.p, n }))
			return false;
		compare(x, bp_encoder_path(e)->piece, bp_encoder_path(e)->n);
		bp_encoder_path(e)->n = 0;
	}
	if (!bp_encoder_end(e))
		return false;
	compare(x, bp_encoder_path(e)->piece, bp_encoder_path(e)->n);
	bp_encoder_path(e)->n = 0;
	return true;
}

/* The same twice with one encoder. */
static void check_text(const bp_model *m, const struct buf *text)
{
	struct expected x = { .path = bp_array(text->len, sizeof(*x.path)) };
	struct encoder e;
	int i;

	assert_non_null(x.path);
	x.n = plain_path(m, t_slice(text), x.path);
	assert_true(bp_encoder_init(&e, m));
	e.part = take;
	e.part_ctx = &x;
	for (i = 0; i < 2; i++) {
		x.at = 0;
		assert_true(encode(&e, t_slice(text), 100000, &x));
		assert_int_equal(x.at, x.n);
	}
	bp_encoder_release(&e);
	free(x.path);
}

enum { LONG = 2500000, ENOUGH = 1300000 };	/* the latter just to be searched in doubles */

static void parts_are_what_the_plain_search_gives(void **state)
{
	static const struct slice unit[] = {
		S_INIT("a"), S_INIT("ab"), S_INIT("aab"), S_INIT("\0"), S_INIT("b")
	};
	struct buf text = { 0 };
	bp_model *m = even_or_odd();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unit) / sizeof(*unit); i++) {
		text.len = 0;
		t_periodic(unit[i], LONG + i, &text);
		check_text(m, &text);
	}
	text.len = 0;
	t_fibonacci(LONG, &text);
	t_append(&text, S("\n\n"));
	t_periodic(S("a"), 1500001, &text);	/* a second long segment behind it */
	check_text(m, &text);
	bp_buf_release(&text);
	bp_free(m);
}

/* The letter for which paths meet at its end only: four times as much takes no larger a block. */
static void a_path_in_parts_takes_no_more_memory_if_longer(void **state)
{
	struct expected x = { .path = bp_array(4 * LONG, sizeof(*x.path)) };
	size_t most[2], length[2] = { LONG, 4 * LONG }, i;
	struct buf text = { 0 };
	bp_model *m = even_or_odd();
	struct encoder e;

	(void)state;
	assert_non_null(x.path);
	t_periodic(S("a"), 4 * LONG, &text);
	for (i = 0; i < 2; i++) {
		x.n = plain_path(m, (struct slice){ text.data, length[i] }, x.path);
		x.at = x.parts = 0;
		assert_true(bp_encoder_init(&e, m));
		e.part = take;
		e.part_ctx = &x;
		largest = 0;
		assert_true(encode(&e, (struct slice){ text.data, length[i] }, 100000, &x));
		most[i] = largest;
		assert_int_equal(x.at, x.n);
		assert_true(x.parts > length[i] / 100000);
		bp_encoder_release(&e);
	}
	assert_int_equal(most[0], most[1]);
	free(x.path);
	bp_buf_release(&text);
	bp_free(m);
}

/* Every allocation there is fails, then the taker of every part: the work ends, with no part wrong; or
 * does without, as packing does if memory cannot be given back. */
static void the_end_of_memory_ends_the_work(void **state)
{
	struct expected x = { .path = bp_array(ENOUGH, sizeof(*x.path)) };
	struct buf text = { 0 };
	bp_model *m = even_or_odd();
	struct encoder e;
	size_t parts = 0;
	long n, made = 1, failed = 0;
	bool ok;

	(void)state;
	assert_non_null(x.path);
	t_periodic(S("a"), ENOUGH, &text);
	x.n = plain_path(m, t_slice(&text), x.path);
	for (n = 0; n <= made + (long)parts; n++) {
		x.at = x.parts = 0;
		x.stop = n > made ? (size_t)(n - made) : 0;
		assert_true(bp_encoder_init(&e, m));
		e.part = take;
		e.part_ctx = &x;
		calls = 0;
		until = n > made ? 0 : n;
		ok = encode(&e, t_slice(&text), ENOUGH, &x);
		until = 0;
		failed += !ok;
		T_OK(ok ? x.stop == 0 && x.at == x.n : n > 0, "failure %ld", n);
		if (n == 0) {
			made = calls;
			parts = x.parts;
			assert_true(made > 10 && parts > 10 && x.at == x.n);
		}
		bp_encoder_release(&e);
	}
	assert_true(failed > made / 2 + (long)parts);
	free(x.path);
	bp_buf_release(&text);
	bp_free(m);
}

static void a_short_text_takes_none(void **state)
{
	static const char *const text[] = {
		"twenty bytes of text", "aaaaaaaaaaaaaaaaaaaa", "\xC3\xA9t\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC aba\n\nb",
		"\xFF\x80 malformed bytes\n", ""
	};
	bp_model *m = even_or_odd();
	uint32_t ids[64];
	size_t i, n, len;

	(void)state;
	for (i = 0; i < sizeof(text) / sizeof(*text); i++) {
		len = strlen(text[i]);
		assert_true(bp_encode_bound(len) <= sizeof(ids) / sizeof(*ids));
		calls = 0;
		assert_int_equal(bp_encode(m, text[i], len, ids, &n), BP_OK);
		T_OK(calls == 0, "'%s': %ld allocations", text[i], calls);
		assert_true((n > 0) == (len > 0));
	}
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_what_the_plain_search_gives),
		cmocka_unit_test(a_path_in_parts_takes_no_more_memory_if_longer),
		cmocka_unit_test(the_end_of_memory_ends_the_work),
		cmocka_unit_test(a_short_text_takes_none)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
