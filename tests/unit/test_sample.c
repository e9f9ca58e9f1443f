/* sample.h: what is drawn depends on the text only, and is whole segments of it. */
#include <stdlib.h>

#include "support.h"
#include "train/sample.h"

enum { N_FILES = 8, LONG_LINE = 700 * 1000, MAX_CHARS = 10000 };

struct toy {
	struct buf text[N_FILES];
	struct t_file file[N_FILES];
	size_t bytes;			/* of all segments */
};

static void random_line(uint64_t *rng, size_t n, struct buf *out)
{
	for (; n > 0; n--)
		assert_true(bp_buf_byte(out, (unsigned char)('a' + t_below(rng, 26))));
}

/* Files of lines of any length: some many chunks long, one a single line, one empty. */
static void toy_init(struct toy *t)
{
	static const size_t size[N_FILES] = { 600000, 40000, 100, 0, 300000, 70000, 33000, 1 };
	uint64_t rng = 1;
	size_t i, k;

	*t = (struct toy){ 0 };
	for (i = 0; i < N_FILES; i++) {
		if (i == 4)
			random_line(&rng, LONG_LINE, &t->text[i]);
		while (t->text[i].len < size[i]) {
			random_line(&rng, t_below(&rng, t_below(&rng, 50) == 0 ? 30000 : 200),
				    &t->text[i]);
			assert_true(bp_buf_byte(&t->text[i], '\n'));
		}
		t_file_make(&t->file[i], t_slice(&t->text[i]));
		for (k = 0; k < t->text[i].len; k++)
			t->bytes += t->text[i].data[k] != '\n';
	}
}

static void toy_release(struct toy *t)
{
	size_t i;

	for (i = 0; i < N_FILES; i++) {
		t_file_remove(&t->file[i]);
		bp_buf_release(&t->text[i]);
	}
}

/* From the files in an order that begins with this one and goes on by 'step', an odd number. */
static void draw(const struct toy *t, unsigned threads, size_t first, size_t step, uint64_t most,
		 struct sample *s)
{
	static const struct cut_rules rules = BP_CUT_TRAINING;
	const char *path[N_FILES];
	const bp_input in = { .path = path, .n_paths = N_FILES, .threads = threads };
	struct corpus c;
	bp_error err = { 0 };
	size_t i;

	for (i = 0; i < N_FILES; i++)
		path[i] = t->file[(first + i * step) % N_FILES].path;
	T_OK(bp_corpus_init(&c, &in, &rules, false, &err) == BP_OK, "%s", err.msg);
	T_OK(bp_sample_draw(s, &c, most, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(c.bytes, t->bytes);
	bp_corpus_release(&c);
}

static struct slice block_bytes(const struct sample_block *b)
{
	return (struct slice){ b->bytes, b->n_bytes };
}

/* The sums are right, and the blocks in order of rank, which is their hash. */
static void check_blocks(const struct sample *s)
{
	const struct sample_block *b;
	size_t i, k, bytes, all = 0;

	for (i = 0; i < s->n; i++) {
		b = &s->block[i];
		T_OK(b->n > 0, "block %zu has no segments", i);
		for (bytes = k = 0; k < b->n; k++)
			bytes += b->length[k];
		T_OK(bytes == b->n_bytes, "block %zu: %zu bytes, not %zu", i, b->n_bytes, bytes);
		T_OK(b->rank == bp_hash(b->bytes, b->n_bytes), "block %zu: rank", i);
		T_OK(i == 0 || s->block[i - 1].rank <= b->rank, "block %zu: order", i);
		all += bytes;
	}
	assert_int_equal(s->bytes, all);
}

static void check_same(const struct sample *a, const struct sample *b)
{
	size_t i, k;

	assert_int_equal(a->n, b->n);
	assert_int_equal(a->bytes, b->bytes);
	for (i = 0; i < a->n; i++) {
		T_SAME(block_bytes(&a->block[i]), block_bytes(&b->block[i]));
		assert_int_equal(a->block[i].rank, b->block[i].rank);
		assert_int_equal(a->block[i].n, b->block[i].n);
		for (k = 0; k < a->block[i].n; k++)
			T_OK(a->block[i].length[k] == b->block[i].length[k],
			     "block %zu, segment %zu: length", i, k);
	}
}

struct list {
	struct slice *s;
	size_t n, cap;
};

static void add(struct list *l, const unsigned char *p, size_t n)
{
	assert_true(bp_grow(&l->s, &l->cap, l->n + 1, sizeof(*l->s)));
	l->s[l->n++] = (struct slice){ p, n };
}

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

/* Lines, cut after so many characters, each of which is a byte. */
static void list_segments(const struct buf *text, struct list *l)
{
	size_t at = 0, end;

	for (; at < text->len; at = end) {
		for (end = at; end < text->len && text->data[end] != '\n'; end++)
			if (end - at == MAX_CHARS)
				break;
		if (end > at)
			add(l, text->data + at, end - at);
		end += end < text->len && text->data[end] == '\n';
	}
}

static void list_sample(const struct sample *s, struct list *l)
{
	size_t i, k, at;

	for (i = 0; i < s->n; i++)
		for (k = at = 0; k < s->block[i].n; at += s->block[i].length[k++])
			add(l, s->block[i].bytes + at, s->block[i].length[k]);
}

static void enough_room_takes_every_segment_once(void **state)
{
	struct list want = { 0 }, got = { 0 };
	struct sample s;
	struct toy t;
	size_t i;

	toy_init(&t);
	draw(&t, 2, 0, 1, t.bytes + 1, &s);
	check_blocks(&s);
	assert_int_equal(s.bytes, t.bytes);
	for (i = 0; i < N_FILES; i++)
		list_segments(&t.text[i], &want);
	list_sample(&s, &got);
	assert_int_equal(got.n, want.n);
	qsort(want.s, want.n, sizeof(*want.s), by_bytes);
	qsort(got.s, got.n, sizeof(*got.s), by_bytes);
	for (i = 0; i < want.n; i++)
		T_SAME(got.s[i], want.s[i]);
	free(want.s);
	free(got.s);
	bp_sample_release(&s);
	toy_release(&t);
	(void)state;
}

static void threads_and_the_order_of_files_change_nothing(void **state)
{
	static const unsigned threads[] = { 1, 2, 5 };
	struct sample s, first;
	uint64_t most[3];
	struct toy t;
	size_t i, k;

	toy_init(&t);
	most[0] = t.bytes + 1;
	most[1] = t.bytes / 3;
	most[2] = 50000;
	for (i = 0; i < 3; i++) {
		draw(&t, 1, 0, 1, most[i], &first);
		check_blocks(&first);
		for (k = 0; k < 9; k++) {
			draw(&t, threads[k % 3], k, k / 3 * 2 + 1, most[i], &s);
			check_same(&s, &first);
			bp_sample_release(&s);
		}
		bp_sample_release(&first);
	}
	toy_release(&t);
	(void)state;
}

/* As many of the blocks of lowest rank as it takes to have enough. */
static void the_sample_is_full_with_its_last_block(void **state)
{
	struct sample all, s;
	uint64_t most;
	struct toy t;
	size_t i, k;

	toy_init(&t);
	draw(&t, 1, 0, 1, t.bytes + 1, &all);
	assert_true(all.n > 10);
	/* A byte less than the first blocks have, just as many, and a byte more. */
	for (k = 0, most = 0; k < 3 * 8; k++) {
		most += k % 3 == 0 ? all.block[k / 3].n_bytes - 1 : 1;
		draw(&t, 2, 0, 1, most, &s);
		check_blocks(&s);
		assert_true(s.n > 0 && s.n <= all.n);
		assert_true(s.bytes >= most);
		assert_true(s.bytes - s.block[s.n - 1].n_bytes < most);
		for (i = 0; i < s.n; i++)
			T_SAME(block_bytes(&s.block[i]), block_bytes(&all.block[i]));
		assert_int_equal(s.n, k / 3 + 1 + (k % 3 == 2));
		most -= k % 3 == 2;
		bp_sample_release(&s);
	}
	bp_sample_release(&all);
	toy_release(&t);
	(void)state;
}

static void nothing_gives_an_empty_sample(void **state)
{
	static const struct cut_rules rules = BP_CUT_TRAINING;
	const char *path[1];
	const bp_input in = { .path = path, .n_paths = 1, .threads = 2 };
	struct t_file file;
	struct corpus c;
	struct sample s;
	bp_error err = { 0 };

	t_file_make(&file, S("\n\n\n"));
	path[0] = file.path;
	T_OK(bp_corpus_init(&c, &in, &rules, true, &err) == BP_OK, "%s", err.msg);
	T_OK(bp_sample_draw(&s, &c, 1000, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.bytes, 0);
	bp_sample_release(&s);
	bp_corpus_release(&c);
	t_file_remove(&file);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_room_takes_every_segment_once),
		cmocka_unit_test(threads_and_the_order_of_files_change_nothing),
		cmocka_unit_test(the_sample_is_full_with_its_last_block),
		cmocka_unit_test(nothing_gives_an_empty_sample)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
