/* sample.h: what is drawn depends on the text only, and is whole segments of it. */
#include <stdlib.h>
#include <string.h>

#include "io/tempfile.h"
#include "support.h"
#include "counts/row.h"
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

static bp_status visit(void *ctx, unsigned worker, struct slice segment, uint64_t times,
			bp_error *err)
{
	return bp_sample_segment(ctx, worker, segment, times, err);
}

static bp_status take_pause(void *ctx, unsigned worker, bp_error *err)
{
	return bp_sample_end_block(ctx, worker, err);
}

/* With weights, each file has one, which depends on its path alone. */
static bool has_weights;

static uint64_t weight_of(const char *path)
{
	return has_weights ? 1 + bp_hash((const unsigned char *)path, strlen(path)) % 4 : 1;
}

/* Draw from these files, on top of what the sample has.  Returns how many bytes they have. */
static uint64_t draw_more(const char *const *path, size_t n_paths, unsigned threads,
			  struct sample *s)
{
	static const struct cut_rules rules = BP_CUT_TRAINING;
	const bp_input in = { .path = path, .n_paths = n_paths, .threads = threads };
	struct sample_draw d;
	const struct corpus_visitor v = { .phase = "draw", .visit = visit, .end_chunk = take_pause,
					  .ctx = &d };
	bp_error err = { 0 };
	uint64_t weight[3 * N_FILES], bytes;
	struct corpus c;
	size_t i;

	for (i = 0; i < n_paths; i++)
		weight[i] = weight_of(path[i]);
	T_OK(bp_corpus_init(&c, &in, &rules, false, bp_temp_folder(), &err) == BP_OK, "%s",
	     err.msg);
	c.weight = has_weights ? weight : NULL;
	assert_int_equal(bp_sample_begin(&d, s, bp_corpus_workers(&c), UINT64_MAX, &err), BP_OK);
	T_OK(bp_corpus_read(&c, &v, &err) == BP_OK, "%s", err.msg);
	bp_sample_end(&d);
	bytes = c.whole.bytes;
	bp_corpus_release(&c);
	return bytes;
}

/* From the files in an order that begins with this one and goes on by 'step', an odd number. */
static void draw(const struct toy *t, unsigned threads, size_t first, size_t step, uint64_t most,
		 struct sample *s)
{
	const char *path[N_FILES];
	size_t i;

	for (i = 0; i < N_FILES; i++)
		path[i] = t->file[(first + i * step) % N_FILES].path;
	bp_sample_init(s, most);
	if (!has_weights)
		assert_int_equal(draw_more(path, N_FILES, threads, s), t->bytes);
	else
		assert_true(draw_more(path, N_FILES, threads, s) > t->bytes);
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
		T_OK(b->rank == bp_hash(b->bytes, b->n_bytes) /
		     (b->weight != NULL ? b->weight[0] : 1), "block %zu: rank", i);
		T_OK(i == 0 || s->block[i - 1].rank <= b->rank, "block %zu: order", i);
		all += bytes;
	}
	assert_int_equal(s->bytes, all);
	assert_true(bp_sample_memory(s) >= all + s->n * sizeof(*s->block));
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
		assert_true((a->block[i].weight == NULL) == (b->block[i].weight == NULL));
		for (k = 0; k < a->block[i].n && a->block[i].weight != NULL; k++)
			assert_int_equal(a->block[i].weight[k], b->block[i].weight[k]);
	}
}

struct list {
	struct slice *s;
	size_t n, cap;
};

static void add(struct list *l, const unsigned char *p, size_t n)
{
	assert_true(BP_GROW(l->s, l->cap, l->n + 1));
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
	for (i = 0; i < 6; i++) {
		has_weights = i >= 3;
		draw(&t, 1, 0, 1, most[i % 3], &first);
		check_blocks(&first);
		for (k = 0; k < 9; k++) {
			draw(&t, threads[k % 3], k, k / 3 * 2 + 1, most[i % 3], &s);
			check_same(&s, &first);
			bp_sample_release(&s);
		}
		bp_sample_release(&first);
	}
	has_weights = false;
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
	struct t_file file;
	const char *path[1];
	struct sample s;

	t_file_make(&file, S("\n\n\n"));
	path[0] = file.path;
	bp_sample_init(&s, 1000);
	assert_int_equal(draw_more(path, 1, 2, &s), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.bytes, 0);
	bp_sample_release(&s);
	t_file_remove(&file);
	(void)state;
}

/* The same files again, by one drawing or by several, are nothing new. */
static void what_is_seen_twice_is_kept_once(void **state)
{
	const char *path[3 * N_FILES];
	struct sample once, s;
	uint64_t most;
	struct toy t;
	size_t i;

	toy_init(&t);
	for (i = 0; i < 3 * N_FILES; i++)
		path[i] = t.file[i % N_FILES].path;
	for (most = 100000; most <= 1600000; most *= 4) {
		draw(&t, 2, 0, 1, most, &once);
		bp_sample_init(&s, most);
		draw_more(path, 3 * N_FILES, 2, &s);
		check_same(&s, &once);
		draw_more(path + 3, N_FILES, 1, &s);
		check_same(&s, &once);
		bp_sample_release(&s);
		bp_sample_release(&once);
	}
	toy_release(&t);
	(void)state;
}

/* The same bytes, as a text whose lines were broken anew: which comes first must not matter. */
static void other_segments_of_the_same_bytes_are_another_block(void **state)
{
	static const struct slice text[] = {
		S_INIT("ab\nc\n"), S_INIT("a\nbc\n"), S_INIT("abc\n"), S_INIT("a\nb\nc\n")
	};
	enum { N = sizeof(text) / sizeof(text[0]) };
	struct t_file file[N];
	const char *path[2 * N];
	struct sample s, first;
	size_t i;

	for (i = 0; i < N; i++) {
		t_file_make(&file[i], text[i]);
		path[i] = path[N + i] = file[i].path;
	}
	bp_sample_init(&first, 1000);
	draw_more(path, N, 1, &first);
	for (i = 1; i < N; i++) {
		bp_sample_init(&s, 1000);
		draw_more(path + i, N, 1, &s);
		check_blocks(&s);
		check_same(&s, &first);
		bp_sample_release(&s);
	}
	bp_sample_release(&first);
	for (i = 0; i < N; i++)
		t_file_remove(&file[i]);
	(void)state;
}

/* Rows in a file. */
static FILE *write_rows(const struct sample *s, enum row_format format)
{
	FILE *f = tmpfile();
	struct row_writer w;
	bp_error err = { 0 };

	assert_non_null(f);
	assert_int_equal(bp_rows_begin(&w, f, "rows", format, &err), BP_OK);
	T_OK(bp_sample_write(s, &w, &err) == BP_OK, "%s", err.msg);
	assert_int_equal(bp_rows_end(&w, &err), BP_OK);
	bp_rows_release(&w);
	rewind(f);
	return f;
}

/* Rows to be read; release with bp_row_reader_release() and fclose(). */
static FILE *open_rows(const struct sample *s, struct row_reader *reader)
{
	FILE *f = write_rows(s, ROWS_BINARY);

	assert_int_equal(bp_row_reader_init(reader, f, "rows", NULL), BP_OK);
	return f;
}

static void read_rows(struct source *from, struct sample *s)
{
	bp_error err = { 0 };
	struct row r;
	bool more = true;

	while (from->next(from, &r, &more, &err) == BP_OK && more) {
		assert_int_equal(bp_row_kind(&r), ROW_BLOCK);
		assert_in_range(bp_sample_row_bytes(&r), 1, r.key.n);
		T_OK(bp_sample_read_row(s, &r, from->name, &err) == BP_OK, "%s", err.msg);
	}
	T_OK(!more, "%s", err.msg);
}

static void rows_are_read_as_they_were_written(void **state)
{
	struct row_reader reader;
	struct sample s, again;
	uint64_t most;
	struct toy t;
	size_t i;
	FILE *f;

	toy_init(&t);
	for (i = 0; i < 8; i++) {
		/* All, and a few. */
		most = i % 4 < 2 ? t.bytes + 1 : 90000;
		has_weights = i >= 4;
		draw(&t, 2, 0, 1, most, &s);
		f = write_rows(&s, i % 2 == 0 ? ROWS_BINARY : ROWS_TEXT);
		assert_int_equal(bp_row_reader_init(&reader, f, "rows", NULL), BP_OK);
		bp_sample_init(&again, most);
		read_rows(&reader.source, &again);
		check_blocks(&again);
		check_same(&again, &s);
		bp_row_reader_release(&reader);
		fclose(f);
		bp_sample_release(&again);
		bp_sample_release(&s);
	}
	has_weights = false;
	toy_release(&t);
	(void)state;
}

/* Offer blocks of one segment; the segments of block i weigh weight[i % 3]. */
static void offer_blocks(struct sample *s, const uint64_t *weight, size_t n)
{
	enum { LENGTH = 32 * 1024 };
	static unsigned char text[LENGTH];
	struct sample_draw d;
	bp_error err;
	size_t i;

	assert_int_equal(bp_sample_begin(&d, s, 1, UINT64_MAX, &err), BP_OK);
	for (i = 0; i < n; i++) {
		memset(text, 'a' + (int)(i % 3), sizeof(text));
		memcpy(text, &i, sizeof(i));
		assert_int_equal(bp_sample_segment(&d, 0, (struct slice){ text, LENGTH },
						   weight[i % 3], &err), BP_OK);
	}
	bp_sample_end(&d);
}

/* The number of blocks of each kind, and how often their segments count together. */
static void add_up(const struct sample *s, uint64_t *blocks, uint64_t *times)
{
	size_t i, kind;

	memset(blocks, 0, 3 * sizeof(*blocks));
	memset(times, 0, 3 * sizeof(*times));
	for (i = 0; i < s->n; i++) {
		kind = s->block[i].bytes[s->block[i].n_bytes - 1] - 'a';
		blocks[kind]++;
		times[kind] += bp_sample_times(&s->block[i], 0);
	}
}

static void all_blocks_count_as_often_as_they_weigh(void **state)
{
	static const uint64_t weight[3] = { 1, 7, 100003 };
	uint64_t blocks[3], times[3];
	struct sample s;
	bp_error err;
	size_t i;

	bp_sample_init(&s, (uint64_t)1 << 40);
	offer_blocks(&s, weight, 300);
	assert_int_equal(bp_sample_cut(&s, s.most, &err), BP_OK);
	add_up(&s, blocks, times);
	for (i = 0; i < 3; i++)
		assert_int_equal(times[i], 100 * weight[i]);
	assert_int_equal(s.text, 32768 * 100 * (1 + 7 + (uint64_t)100003));
	assert_true(bp_sample_is_whole(&s, s.text));
	bp_sample_release(&s);
	(void)state;
}

/*
 * Weighty blocks are drawn more often, and count the fewer times, so that the shares in the sample
 * are about the shares of the weights.
 */
static void drawn_blocks_stand_for_their_weights(void **state)
{
	static const uint64_t weight[3] = { 1, 3, 10 };
	uint64_t blocks[3], times[3];
	struct sample s;
	bp_error err;
	size_t most;

	for (most = 300; most <= 1200; most *= 2) {
		bp_sample_init(&s, most * 32768);
		offer_blocks(&s, weight, 3000);
		assert_int_equal(bp_sample_cut(&s, s.most, &err), BP_OK);
		assert_int_equal(s.n, most);
		add_up(&s, blocks, times);
		T_OK(blocks[0] * 2 < blocks[1] && blocks[1] < blocks[2], "of %zu blocks: %u, %u, "
		     "%u", most, (unsigned)blocks[0], (unsigned)blocks[1], (unsigned)blocks[2]);
		/* A fourteenth is 7 %. */
		T_OK(times[0] * 14 > (times[0] + times[1] + times[2]) / 2 &&
		     times[0] * 14 < (times[0] + times[1] + times[2]) * 3 / 2 &&
		     times[2] * 7 > (times[0] + times[1] + times[2]) * 4 &&
		     times[2] * 7 < (times[0] + times[1] + times[2]) * 6, "of %zu blocks: %u, %u, "
		     "%u times", most, (unsigned)times[0], (unsigned)times[1], (unsigned)times[2]);
		bp_sample_release(&s);
	}
	(void)state;
}

/* Sums stay below 2^63, but the shares are as before. */
static void huge_weights_are_scaled(void **state)
{
	static const uint64_t weight[3] = { 1, (uint64_t)1 << 33, (uint64_t)1 << 34 };
	uint64_t blocks[3], times[3];
	struct sample s;
	bp_error err;

	bp_sample_init(&s, (uint64_t)1 << 40);
	offer_blocks(&s, weight, 300);
	assert_int_equal(bp_sample_cut(&s, s.most, &err), BP_OK);
	add_up(&s, blocks, times);
	assert_int_equal(times[0], 100);
	assert_true(times[2] - 2 * times[1] < 1000 || 2 * times[1] - times[2] < 1000);
	assert_in_range(s.text, (uint64_t)1 << 39, ((uint64_t)1 << 40) + ((uint64_t)1 << 30));
	bp_sample_release(&s);
	(void)state;
}

static void an_empty_sample_has_no_rows(void **state)
{
	struct row_reader reader;
	struct sample s;
	struct row r;
	bool more = true;
	FILE *f;

	bp_sample_init(&s, 1000);
	f = open_rows(&s, &reader);
	assert_int_equal(reader.source.next(&reader.source, &r, &more, NULL), BP_OK);
	assert_false(more);
	bp_row_reader_release(&reader);
	fclose(f);
	bp_sample_release(&s);
	(void)state;
}

/* Each file counted apart, or several; a block that two parts have is one row of the merge. */
static void merged_samples_of_parts_are_that_of_the_whole(void **state)
{
	static const size_t from[] = { 0, 1, 2, 0, 5, 4 }, to[] = { 1, 2, 6, 3, N_FILES, 6 };
	enum { PARTS = sizeof(from) / sizeof(from[0]) };
	struct sample part[PARTS], whole, s;
	struct row_reader reader[PARTS];
	struct source *in[PARTS];
	FILE *f[PARTS];
	const char *path[N_FILES];
	struct merge m;
	uint64_t most;
	struct toy t;
	size_t i;

	toy_init(&t);
	for (i = 0; i < N_FILES; i++)
		path[i] = t.file[i].path;
	for (most = 40000; most <= 40000 * 50; most *= 7) {
		draw(&t, 2, 0, 1, most, &whole);
		for (i = 0; i < PARTS; i++) {
			bp_sample_init(&part[i], most);
			draw_more(path + from[i], to[i] - from[i], 1 + (unsigned)i % 2, &part[i]);
			f[i] = open_rows(&part[i], &reader[i]);
			in[i] = &reader[i].source;
		}
		assert_int_equal(bp_merge_init(&m, in, PARTS, NULL), BP_OK);
		bp_sample_init(&s, most);
		read_rows(&m.source, &s);
		check_blocks(&s);
		check_same(&s, &whole);
		bp_merge_release(&m);
		for (i = 0; i < PARTS; i++) {
			bp_row_reader_release(&reader[i]);
			fclose(f[i]);
			bp_sample_release(&part[i]);
		}
		bp_sample_release(&s);
		bp_sample_release(&whole);
	}
	toy_release(&t);
	(void)state;
}

/* All rows of a sample, in memory of their own. */
struct rows {
	struct buf bytes;
	struct row *row;
	size_t n, cap;
};

static void take_rows(const struct sample *s, struct rows *rows)
{
	struct row_reader reader;
	struct row r;
	bool more;
	size_t at = 0, i;
	FILE *f = open_rows(s, &reader);

	*rows = (struct rows){ .n = 0 };
	while (reader.source.next(&reader.source, &r, &more, NULL) == BP_OK && more) {
		assert_true(BP_GROW(rows->row, rows->cap, rows->n + 1));
		assert_true(rows->n == 0 || r.count == 1);
		t_append(&rows->bytes, r.key);
		rows->row[rows->n++] = r;
	}
	bp_row_reader_release(&reader);
	fclose(f);
	for (i = 0; i < rows->n; at += rows->row[i++].key.n)
		rows->row[i].key.p = rows->bytes.data + at;
}

static void rows_release(struct rows *rows)
{
	bp_buf_release(&rows->bytes);
	free(rows->row);
}

static void rows_are_in_order_and_may_be_read_in_any(void **state)
{
	struct sample s, again;
	struct rows rows;
	uint64_t rng = 2;
	struct toy t;
	size_t i, k, round;
	struct row r;

	toy_init(&t);
	has_weights = true;
	draw(&t, 2, 0, 1, 300000, &s);
	has_weights = false;
	take_rows(&s, &rows);
	assert_int_equal(rows.n, s.n);
	for (i = 1; i < rows.n; i++)
		assert_true(bp_slice_compare(rows.row[i - 1].key, rows.row[i].key) < 0);
	for (round = 0; round < 5; round++) {
		for (i = rows.n; i > 1; i--) {
			k = t_below(&rng, i);
			r = rows.row[k];
			rows.row[k] = rows.row[i - 1];
			rows.row[i - 1] = r;
		}
		bp_sample_init(&again, 300000);
		for (i = 0; i < 2 * rows.n; i++)
			assert_int_equal(bp_sample_read_row(&again, &rows.row[i / 2], "", NULL),
					 BP_OK);
		check_same(&again, &s);
		bp_sample_release(&again);
	}
	rows_release(&rows);
	bp_sample_release(&s);
	toy_release(&t);
	(void)state;
}

/* It is refused, the message says where it is from, and the sample is what it was. */
static void check_damaged(struct slice key, size_t place)
{
	struct row r = { key, 1 };
	bp_error err = { 0 };
	struct sample s;

	bp_sample_init(&s, 1000);
	T_OK(bp_sample_read_row(&s, &r, "somewhere", &err) == BP_EFORMAT, "%zu bytes, %zu: %s",
	     key.n, place, err.msg);
	T_OK(strstr(err.msg, "somewhere: ") == err.msg, "%s", err.msg);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.bytes, 0);
	bp_sample_release(&s);
}

/* The sample of a file with this text, as its only row. */
static void make_row(struct slice text, struct rows *rows)
{
	struct t_file file;
	const char *path[1];
	struct sample s;

	t_file_make(&file, text);
	path[0] = file.path;
	bp_sample_init(&s, 1000);
	draw_more(path, 1, 1, &s);
	take_rows(&s, rows);
	assert_int_equal(rows->n, 1);
	bp_sample_release(&s);
	t_file_remove(&file);
}

static void damaged_rows_are_refused(void **state)
{
	struct rows rows;
	unsigned char *key, old;
	struct slice whole;
	size_t i;
	int bit;

	make_row(S("first line\nsecond\nand a third one\n"), &rows);
	key = rows.bytes.data;
	whole = rows.row[0].key;
	assert_int_equal(bp_sample_row_bytes(&rows.row[0]), 10 + 6 + 15);
	/* Cut off anywhere; too long. */
	for (i = 1; i < whole.n; i++)
		check_damaged((struct slice){ key, i }, i);
	t_append(&rows.bytes, S("x"));
	check_damaged((struct slice){ rows.bytes.data, rows.bytes.len }, 0);
	/* All bits but those of the kind, which is why it came here. */
	key = rows.bytes.data;
	for (i = 1; i < whole.n; i++)
		for (bit = 0; bit < 8; bit++) {
			old = key[i];
			key[i] = (unsigned char)(old ^ 1 << bit);
			check_damaged((struct slice){ key, whole.n }, i);
			key[i] = old;
		}
	rows_release(&rows);
	(void)state;
}

static void the_bytes_of_a_row_are_told_without_reading_it(void **state)
{
	struct rows rows;
	struct row r;
	size_t n;

	make_row(S("0123456789\n"), &rows);
	r = rows.row[0];
	assert_int_equal(bp_sample_row_bytes(&r), 10);
	/* Of something too short to be one there are none. */
	for (n = r.key.n, r.key.n = 1; r.key.n < n; r.key.n++)
		assert_true(bp_sample_row_bytes(&r) == 0 || bp_sample_row_bytes(&r) == 10);
	r.key.n = 1;
	assert_int_equal(bp_sample_row_bytes(&r), 0);
	rows_release(&rows);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(enough_room_takes_every_segment_once),
		cmocka_unit_test(threads_and_the_order_of_files_change_nothing),
		cmocka_unit_test(the_sample_is_full_with_its_last_block),
		cmocka_unit_test(nothing_gives_an_empty_sample),
		cmocka_unit_test(what_is_seen_twice_is_kept_once),
		cmocka_unit_test(other_segments_of_the_same_bytes_are_another_block),
		cmocka_unit_test(rows_are_read_as_they_were_written),
		cmocka_unit_test(all_blocks_count_as_often_as_they_weigh),
		cmocka_unit_test(drawn_blocks_stand_for_their_weights),
		cmocka_unit_test(huge_weights_are_scaled),
		cmocka_unit_test(an_empty_sample_has_no_rows),
		cmocka_unit_test(merged_samples_of_parts_are_that_of_the_whole),
		cmocka_unit_test(rows_are_in_order_and_may_be_read_in_any),
		cmocka_unit_test(damaged_rows_are_refused),
		cmocka_unit_test(the_bytes_of_a_row_are_told_without_reading_it)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
