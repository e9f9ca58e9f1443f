/* row.h against sorting and adding; spill.h and tempfile.h: what is left in their folder. */

/* Folders and limits are POSIX, not C11; to mount something and be rid of it takes Linux. */
#if !defined(BP_C11) && (defined(__unix__) || defined(__APPLE__))
#define HAS_POSIX 1
#ifdef __linux__
#define _GNU_SOURCE
#else
#define _XOPEN_SOURCE 700
#endif
#endif

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAS_POSIX
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif
#endif

#include "support.h"
#include "base/host.h"
#include "counts/row.h"
#include "counts/spill.h"

enum {
	MOST_SOURCES = 40,
	MOST_ROWS = 120,	/* of a source */
	ALL_ROWS = MOST_SOURCES * MOST_ROWS
};

/* A source over a file of its own. */
struct input {
	struct row_reader reader;
	FILE *f;
	char name[32];
};

static void put_line(FILE *f, const struct row *r)
{
	size_t i;

	for (i = 0; i < r->key.n; i++)
		assert_int_equal(fprintf(f, "%02x", r->key.p[i]), 2);
	assert_true(fprintf(f, "\t%" PRIu64 "\n", r->count) > 0);
}

/* Rows in order; those of one key are for text alone. */
static void open_input(struct input *in, unsigned i, const struct row *row, size_t n,
		       enum row_format format)
{
	struct row_writer w;
	size_t k;

	snprintf(in->name, sizeof(in->name), "source %u", i);
	assert_non_null(in->f = tmpfile());
	for (k = 0; k < n && format == ROWS_TEXT; k++)
		put_line(in->f, &row[k]);
	if (format == ROWS_BINARY) {
		assert_int_equal(bp_rows_begin(&w, in->f, "w", format, NULL), BP_OK);
		for (k = 0; k < n; k++)
			assert_int_equal(bp_rows_write(&w, &row[k], NULL), BP_OK);
		assert_int_equal(bp_rows_end(&w, NULL), BP_OK);
		bp_rows_release(&w);
	}
	rewind(in->f);
	assert_int_equal(bp_row_reader_init(&in->reader, in->f, in->name, NULL), BP_OK);
}

static void close_input(struct input *in)
{
	bp_row_reader_release(&in->reader);
	assert_int_equal(fclose(in->f), 0);
}

static void start_merge(struct merge *m, struct input *in, size_t n)
{
	struct source *source[MOST_SOURCES];
	size_t i;

	for (i = 0; i < n; i++)
		source[i] = &in[i].reader.source;
	assert_int_equal(bp_merge_init(m, source, n, NULL), BP_OK);
	/* "The array is not needed afterwards." */
	memset(source, 0, sizeof(source));
}

/* The source gives these rows and then an end that stays. */
static void check_source(struct source *s, const struct row *want, size_t n)
{
	bp_error err = { 0 };
	struct row row;
	bool more;
	size_t i;

	for (i = 0; i < n + 2; i++) {
		more = i >= n;
		T_OK(s->next(s, &row, &more, &err) == BP_OK, "row %zu of %zu: %s", i, n, err.msg);
		T_OK(more == (i < n), "%zu rows, not %zu", i, n);
		if (more) {
			T_SAME(row.key, want[i].key);
			T_OK(row.count == want[i].count, "count of row %zu", i);
		}
	}
}

/* Read to the end or to the first failure. */
static bp_status read_all(struct source *s, size_t *n, bp_error *err)
{
	bool more = true;
	struct row row;
	bp_status st;

	*err = (bp_error){ 0 };
	for (*n = 0; (st = s->next(s, &row, &more, err)) == BP_OK && more; ++*n)
		;
	return st;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return bp_slice_compare(x->key, y->key);
}

/* Sort rows and make one of those of one key, their counts added; returns how many there are. */
static size_t sort_and_add(struct row *row, size_t n)
{
	size_t i, k = 0;

	qsort(row, n, sizeof(*row), compare_rows);
	for (i = 0; i < n; i++)
		if (k > 0 && compare_rows(&row[k - 1], &row[i]) == 0)
			row[k - 1].count += row[i].count;
		else
			row[k++] = row[i];
	return k;
}

/* Many are of the same key, many keys are prefixes of others; none says anything of settings. */
static struct row random_row(uint64_t *rng, const struct buf *text)
{
	size_t at, n = 1 + t_below(rng, t_below(rng, 4) == 0 ? 40 : 10);

	do
		at = t_below(rng, text->len - 40);
	while (text->data[at] == ROW_SETTINGS || text->data[at] >= ROW_KINDS);
	return (struct row){ { text->data + at, n }, t_next(rng) >> (6 + t_below(rng, 50)) };
}

static void random_text(uint64_t *rng, size_t n, struct buf *text)
{
	static const unsigned char letter[] = { 0, 0, 1, ROW_COUNT, 0xFF };

	assert_true(bp_buf_byte(text, ROW_COUNT));
	while (text->len < n)
		assert_true(bp_buf_byte(text, letter[t_below(rng, sizeof(letter))]));
}

static void check_merge(uint64_t *rng, size_t n_inputs)
{
	struct input *in = bp_array(n_inputs, sizeof(*in));
	struct row *all = bp_array(ALL_ROWS, sizeof(*all)), part[MOST_ROWS];
	struct buf text = { 0 };
	struct merge m;
	size_t i, k, n, n_all = 0;

	assert_true(in != NULL && all != NULL);
	random_text(rng, 41 + t_below(rng, 600), &text);
	for (i = 0; i < n_inputs; i++) {
		n = t_below(rng, 4) == 0 ? 0 : t_below(rng, MOST_ROWS + 1);
		for (k = 0; k < n; k++)
			all[n_all++] = part[k] = random_row(rng, &text);
		if (t_below(rng, 2) == 0) {
			qsort(part, n, sizeof(part[0]), compare_rows);
			open_input(&in[i], (unsigned)i, part, n, ROWS_TEXT);
		} else {
			n = sort_and_add(part, n);
			open_input(&in[i], (unsigned)i, part, n, ROWS_BINARY);
		}
	}
	start_merge(&m, in, n_inputs);
	check_source(&m.source, all, sort_and_add(all, n_all));
	bp_merge_release(&m);
	for (i = 0; i < n_inputs; i++)
		close_input(&in[i]);
	bp_buf_release(&text);
	free(in);
	free(all);
}

static void random_sources_are_sorted_and_added(void **state)
{
	static const size_t n_inputs[] = { 0, 1, 2, 7, MOST_SOURCES };
	uint64_t rng = 1;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(n_inputs) / sizeof(n_inputs[0]); i++)
		for (k = 0; k < (n_inputs[i] < 10 ? 20 : 3); k++)
			check_merge(&rng, n_inputs[i]);
}

/* At once, and in two parts: a merge is a source. */
static void equal_sources_are_added(void **state)
{
	static const struct row one[] = {
		{ S_INIT("\1bytes"), 10 }, { S_INIT("\3"), 0 }, { S_INIT("\3\0"), 3 },
		{ S_INIT("\3\0\0\0\0\0\0\0"), 4 }, { S_INIT("\3\0\0\0\0\0\0\0\0"), 5 }
	};
	struct merge part[2], m;
	struct source *source[2] = { &part[0].source, &part[1].source };
	struct row want[5];
	struct input in[7];
	unsigned i, parts;

	(void)state;
	for (i = 0; i < 5; i++)
		want[i] = (struct row){ one[i].key, 7 * one[i].count };
	for (parts = 1; parts <= 2; parts++) {
		for (i = 0; i < 7; i++)
			open_input(&in[i], i, one, 5, i % 2 == 0 ? ROWS_TEXT : ROWS_BINARY);
		start_merge(&part[0], in, parts == 1 ? 7 : 3);
		start_merge(&part[1], in + 3, parts == 1 ? 0 : 4);
		assert_int_equal(bp_merge_init(&m, source, parts, NULL), BP_OK);
		check_source(&m.source, want, 5);
		bp_merge_release(&m);
		bp_merge_release(&part[0]);
		bp_merge_release(&part[1]);
		for (i = 0; i < 7; i++)
			close_input(&in[i]);
	}
}

static void sums_of_over_64_bits_are_refused(void **state)
{
	struct row most = { S("\3a"), UINT64_MAX - 1 }, rest[2] = { { S("\3a"), 1 } };
	struct input in[2];
	struct merge m;
	bp_error err;
	size_t n;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		rest[1] = (struct row){ i == 0 ? S("\3b") : S("\3a"), 1 };
		open_input(&in[0], 0, &most, 1, ROWS_BINARY);
		open_input(&in[1], 1, rest, 2, ROWS_TEXT);
		start_merge(&m, in, 2);
		assert_int_equal(read_all(&m.source, &n, &err), i == 0 ? BP_OK : BP_EFORMAT);
		assert_int_equal(n, i == 0 ? 2 : 0);
		assert_int_equal(err.code, i == 0 ? BP_OK : BP_EFORMAT);
		if (i == 1)
			assert_true(strstr(err.msg, "source ") == err.msg &&
				    strstr(err.msg, "64 bits") != NULL);
		bp_merge_release(&m);
		close_input(&in[0]);
		close_input(&in[1]);
	}
}

/* Merge three sources, the last of other settings, with rows before and after. */
static bp_status merge_settings(struct slice a, struct slice b, size_t *n, bp_error *err)
{
	struct row row[2] = { { a, 1 }, { S("\3a"), 1 } };
	struct input in[3];
	struct merge m;
	bp_status st;
	unsigned i;

	for (i = 0; i < 3; i++) {
		row[0].key = i < 2 ? a : b;
		open_input(&in[i], i, row, 2, i == 1 ? ROWS_TEXT : ROWS_BINARY);
	}
	start_merge(&m, in, 3);
	st = read_all(&m.source, n, err);
	bp_merge_release(&m);
	for (i = 0; i < 3; i++)
		close_input(&in[i]);
	return st;
}

/* Those that sort first are seen first, whichever source they come from. */
static void different_settings_are_refused(void **state)
{
	static const struct {
		struct slice seen, refused;
		const char *words;
	} bad[] = {
		{ S_INIT("\0lines nfc 16"), S_INIT("\0lines none 16"), ": none, there nfc" },
		{ S_INIT("\0lines nfc 16"), S_INIT("\0nuls nfc 16"), ": nuls, there lines" },
		{ S_INIT("\0lines nfc 16"), S_INIT("\0lines nfc 160"), ": 160, there 16" },
		{ S_INIT("\0a nfc=1 fc"), S_INIT("\0a nfc=1 nfc"), ": nfc, there fc" },
		{ S_INIT("\0lines"), S_INIT("\0lines nfc"), ": nfc, there " },
		{ S_INIT("\0"), S_INIT("\0lines"), ": lines, there " },
		{ S_INIT("\0a"), S_INIT("\0b"), ": b, there a" }
	};
	struct slice a, b;
	bp_error err;
	size_t i, n;

	(void)state;
	for (i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
		a = i % 2 == 0 ? bad[i / 2].seen : bad[i / 2].refused;
		b = i % 2 == 1 ? bad[i / 2].seen : bad[i / 2].refused;
		T_OK(merge_settings(a, b, &n, &err) == BP_EFORMAT, "settings %zu: taken", i);
		assert_int_equal(err.code, BP_EFORMAT);
		assert_int_equal(n, 1);
		T_OK(strstr(err.msg, "source 2") != NULL &&
		     (strstr(err.msg, "source 0") != NULL || strstr(err.msg, "source 1") != NULL) &&
		     strstr(err.msg, bad[i / 2].words) != NULL, "settings %zu: %s", i, err.msg);
	}
}

static void equal_settings_are_added(void **state)
{
	static const struct row row[] = { { S_INIT("\0lines nfc 16"), 1 }, { S_INIT("\3"), 5 } };
	static const struct row want[] = { { S_INIT("\0lines nfc 16"), 3 }, { S_INIT("\3"), 15 } };
	struct input in[4];
	struct merge m;
	bp_error err;
	size_t n;
	unsigned i;

	(void)state;
	/* One without settings is no contradiction. */
	for (i = 0; i < 4; i++)
		open_input(&in[i], i, row, i < 3 ? 2 : 0, ROWS_BINARY);
	start_merge(&m, in, 4);
	check_source(&m.source, want, 2);
	bp_merge_release(&m);
	for (i = 0; i < 4; i++)
		close_input(&in[i]);
	/* Nothing but their kind is a way of being equal, too. */
	assert_int_equal(merge_settings(S("\0"), S("\0"), &n, &err), BP_OK);
	assert_int_equal(n, 2);
}

/* A source that gives some rows and fails. */
struct failing {
	struct source source;
	unsigned char key[2];
	unsigned left;
};

static bp_status next_failing(struct source *s, struct row *r, bool *more, bp_error *err)
{
	struct failing *f = (struct failing *)s;

	if (f->left-- == 0)
		return bp_fail(err, BP_EINTR, "%s: has had enough", s->name);
	f->key[1]++;
	*r = (struct row){ { f->key, 2 }, 1 };
	*more = true;
	return BP_OK;
}

/* After each number of rows, from each place among the sources. */
static void a_failure_of_a_source_comes_through(void **state)
{
	static const struct row row[] = { { S_INIT("\3\1"), 1 }, { S_INIT("\3\2"), 1 } };
	struct source *source[3];
	struct failing f;
	struct input in[2];
	struct merge m;
	bp_error err;
	unsigned left, place;
	size_t n;

	(void)state;
	for (left = 0; left < 5; left++)
		for (place = 0; place < 3; place++) {
			open_input(&in[0], 0, row, 2, ROWS_BINARY);
			open_input(&in[1], 1, row, 2, ROWS_TEXT);
			f = (struct failing){ { "f", next_failing }, { ROW_COUNT, 0 }, left };
			source[place] = &f.source;
			source[(place + 1) % 3] = &in[0].reader.source;
			source[(place + 2) % 3] = &in[1].reader.source;
			assert_int_equal(bp_merge_init(&m, source, 3, NULL), BP_OK);
			assert_int_equal(read_all(&m.source, &n, &err), BP_EINTR);
			assert_int_equal(err.code, BP_EINTR);
			assert_string_equal(err.msg, "f: has had enough");
			/* The failure may show while the row before it is put together. */
			assert_in_range(n + 1, left, left + 1);
			bp_merge_release(&m);
			close_input(&in[0]);
			close_input(&in[1]);
		}
}

static void write_spill(struct spill *s, struct workspace *ws, const struct row *row, size_t n)
{
	struct row_writer w;
	bp_error err = { 0 };
	bp_status st = BP_OK;
	size_t i;

	T_OK(bp_spill_begin(s, ws, &w, &err) == BP_OK, "%s", err.msg);
	for (i = 0; i < n && st == BP_OK; i++)
		st = bp_rows_write(&w, &row[i], &err);
	T_OK(bp_spill_end(s, &w, st, &err) == BP_OK, "%s", err.msg);
}

static void check_spill(const struct spill *s, const struct row *want, size_t n)
{
	struct row_reader r;

	assert_int_equal(bp_spill_read(s, &r, NULL), BP_OK);
	check_source(&r.source, want, n);
	bp_row_reader_release(&r);
}

static const struct row some[] = {
	{ S_INIT("\0nfc"), 1 }, { S_INIT("\3"), 2 }, { S_INIT("\3a"), UINT64_MAX }
};
static const struct row others[] = { { S_INIT("\2b"), 0 }, { S_INIT("\6"), 9 } };

/* In any order, and as often as it takes. */
static void spills_are_read_again(void **state)
{
	struct workspace ws = { .folder = bp_temp_folder() };
	struct spill a, b, none;
	int i;

	(void)state;
	write_spill(&a, &ws, some, 3);
	write_spill(&none, &ws, NULL, 0);
	write_spill(&b, &ws, others, 2);
	for (i = 0; i < 3; i++) {
		check_spill(&b, others, 2);
		check_spill(&a, some, 3);
		check_spill(&none, NULL, 0);
	}
	bp_spill_drop(&a);
	check_spill(&b, others, 2);
	bp_spill_drop(&b);
	bp_spill_drop(&b);
	bp_spill_drop(&none);
}

static void a_path_is_of_folder_name_and_number(void **state)
{
	char *path = bp_temp_path("some folder/x", "spill", 4294967295u);

	(void)state;
	assert_non_null(path);
	assert_string_equal(path, "some folder/x/spill.4294967295");
	free(path);
}

/* What is asked of a folder that does not exist, kept or not. */
static void check_no_folder(const char *folder)
{
	struct workspace ws = { .folder = folder };
	struct row_writer w;
	struct tempfile t;
	struct spill s;
	bp_error err;
	int keep;

	for (keep = 0; keep < 2; keep++) {
		ws.keep = keep == 1;
		err = (bp_error){ 0 };
		assert_int_equal(bp_spill_begin(&s, &ws, &w, &err), BP_EIO);
		assert_int_equal(err.code, BP_EIO);
		T_OK(strstr(err.msg, folder) == err.msg, "%s", err.msg);
		assert_null(s.file.f);
		bp_spill_drop(&s);	/* has nothing left to do */
	}
	s = (struct spill){ .number = 3 };
	assert_int_equal(bp_spill_reopen(&s, &ws, &err), BP_EIO);
	assert_true(strstr(err.msg, folder) == err.msg && strstr(err.msg, "spill.3: ") != NULL);
	assert_int_equal(bp_temp_open(&t, folder, NULL), BP_EIO);
	bp_temp_close(&t);
}

static void folders_that_are_none_are_named(void **state)
{
	struct t_file file;

	(void)state;
	check_no_folder("/nonexistent/folder");
	t_file_make(&file, S("a file"));
	check_no_folder(file.path);
	t_file_remove(&file);
}

#ifdef HAS_POSIX

struct folder {
	char path[1024];
};

static void make_folder(struct folder *f)
{
	int n = snprintf(f->path, sizeof(f->path), "%s/bytepiece-test-XXXXXX", bp_temp_folder());

	assert_in_range(n, 1, sizeof(f->path) - 1);
	assert_non_null(mkdtemp(f->path));
}

/* How many files are in it. */
static size_t files_in(const struct folder *f)
{
	DIR *d = opendir(f->path);
	struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	assert_int_equal(closedir(d), 0);
	return n;
}

static void remove_folder(const struct folder *f)
{
	assert_int_equal(rmdir(f->path), 0);
}

static void temporary_spills_have_no_name_even_while_open(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path };
	struct row_writer w[2];
	struct spill s[2];
	size_t i;

	(void)state;
	make_folder(&f);
	for (i = 0; i < 2; i++)
		assert_int_equal(bp_spill_begin(&s[i], &ws, &w[i], NULL), BP_OK);
	assert_int_equal(files_in(&f), 0);
	/* Two files, not one. */
	for (i = 0; i < 3; i++) {
		assert_int_equal(bp_rows_write(&w[0], &some[i], NULL), BP_OK);
		if (i < 2)
			assert_int_equal(bp_rows_write(&w[1], &others[i], NULL), BP_OK);
	}
	for (i = 0; i < 2; i++)
		assert_int_equal(bp_spill_end(&s[i], &w[i], BP_OK, NULL), BP_OK);
	assert_int_equal(files_in(&f), 0);
	check_spill(&s[0], some, 3);
	check_spill(&s[1], others, 2);
	assert_int_equal(files_in(&f), 0);
	bp_spill_drop(&s[0]);
	bp_spill_close(&s[1]);
	assert_int_equal(files_in(&f), 0);
	remove_folder(&f);
}

/* What has the name of a temporary file already is somebody's. */
static void a_file_that_is_there_is_left_alone(void **state)
{
	struct folder f;
	struct tempfile t;
	char owner[BP_HOST_OWNER_ROOM], name[64], *path, content[16];
	FILE *file;

	(void)state;
	make_folder(&f);
	bp_host_owner(owner);
	snprintf(name, sizeof(name), "bytepiece.spill.%s", owner);
	assert_non_null(path = bp_temp_path(f.path, name, 0));
	assert_non_null(file = fopen(path, "wb+"));
	assert_true(fputs("somebody's", file) >= 0);
	assert_int_equal(bp_temp_open(&t, f.path, NULL), BP_OK);
	assert_true(fputs("ours", t.f) >= 0);
	assert_int_equal(files_in(&f), 1);
	bp_temp_close(&t);
	assert_int_equal(files_in(&f), 1);
	rewind(file);
	assert_non_null(fgets(content, sizeof(content), file));
	assert_string_equal(content, "somebody's");
	assert_int_equal(fclose(file), 0);
	assert_int_equal(remove(path), 0);
	free(path);
	remove_folder(&f);
}

static void kept_spills_are_there_for_the_next_process(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path, .keep = true, .next = 5 };
	struct spill a, b;

	(void)state;
	make_folder(&f);
	write_spill(&a, &ws, some, 3);
	write_spill(&b, &ws, others, 2);
	assert_int_equal(a.number, 5);
	assert_int_equal(b.number, 6);
	assert_int_equal(files_in(&f), 2);
	check_spill(&a, some, 3);
	bp_spill_close(&a);
	bp_spill_close(&b);
	/* One that was never noted down, as its process was killed, is replaced. */
	ws.next = 6;
	write_spill(&b, &ws, some, 1);
	assert_int_equal(b.number, 6);
	check_spill(&b, some, 1);
	bp_spill_close(&b);
	assert_int_equal(files_in(&f), 2);
	assert_int_equal(bp_spill_reopen(&b, &ws, NULL), BP_OK);
	assert_int_equal(bp_spill_reopen(&a, &ws, NULL), BP_OK);
	assert_true(a.number == 5 && b.number == 6);
	check_spill(&b, some, 1);
	check_spill(&a, some, 3);
	check_spill(&a, some, 3);
	bp_spill_drop(&a);
	assert_int_equal(files_in(&f), 1);
	check_spill(&b, some, 1);
	bp_spill_drop(&b);
	assert_int_equal(files_in(&f), 0);
	assert_int_equal(bp_spill_reopen(&a, &ws, NULL), BP_EIO);
	remove_folder(&f);
}

/* Cut short, as by a disk that lost its power. */
static void a_damaged_spill_is_named(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path, .keep = true };
	struct row_reader r;
	struct spill s;
	bp_error err = { 0 };
	size_t n;

	(void)state;
	make_folder(&f);
	write_spill(&s, &ws, some, 3);
	assert_int_equal(ftruncate(fileno(s.file.f), 20), 0);
	assert_int_equal(bp_spill_read(&s, &r, &err), BP_OK);
	assert_int_equal(read_all(&r.source, &n, &err), BP_EFORMAT);
	T_OK(strstr(err.msg, f.path) == err.msg && strstr(err.msg, "spill.0: ") != NULL, "%s",
	     err.msg);
	bp_row_reader_release(&r);
	bp_spill_drop(&s);
	remove_folder(&f);
}

static void a_spill_that_cannot_be_ended_is_dropped(void **state)
{
	struct folder f;
	struct workspace ws = { .folder = f.path };
	struct row_writer w;
	struct spill s;
	int keep;

	(void)state;
	make_folder(&f);
	for (keep = 0; keep < 2; keep++) {
		ws.keep = keep == 1;
		assert_int_equal(bp_spill_begin(&s, &ws, &w, NULL), BP_OK);
		assert_int_equal(bp_rows_write(&w, &some[0], NULL), BP_OK);
		assert_int_equal(files_in(&f), keep);
		assert_int_equal(bp_spill_end(&s, &w, BP_EINTR, NULL), BP_EINTR);
		assert_null(s.file.f);
		assert_int_equal(files_in(&f), 0);
	}
	remove_folder(&f);
}

/* Write more and more rows until there is no room, or to their end. */
static bp_status fill(struct workspace *ws, size_t n, bp_error *err)
{
	unsigned char key[1000] = { ROW_COUNT };
	struct row row = { { key, sizeof(key) }, 1 };
	struct row_writer w;
	struct spill s;
	bp_status st;
	size_t i;

	*err = (bp_error){ 0 };
	if ((st = bp_spill_begin(&s, ws, &w, err)) != BP_OK)
		return st;
	for (i = 0; i < n && st == BP_OK; i++) {
		key[1] = (unsigned char)(i >> 8);
		key[2] = (unsigned char)i;
		st = bp_rows_write(&w, &row, err);
	}
	st = bp_spill_end(&s, &w, st, err);
	bp_spill_drop(&s);
	return st;
}

/* Room for about 100 rows: too many by far, and so many that the last writing finds it out. */
static void check_no_room(const struct folder *f)
{
	static const size_t n[] = { 1000, 120 };
	struct workspace ws = { .folder = f->path };
	bp_error err;
	size_t i;

	for (i = 0; i < 4; i++) {
		ws.keep = i / 2 == 1;
		T_OK(fill(&ws, n[i % 2], &err) == BP_EIO, "%zu rows fit", n[i % 2]);
		assert_int_equal(err.code, BP_EIO);
		assert_non_null(strstr(err.msg, ws.keep ? "/spill." : "temporary file: "));
		assert_int_equal(files_in(f), 0);
		/* With that gone there is room again. */
		assert_int_equal(fill(&ws, 10, &err), BP_OK);
	}
}

static void limit_files(const struct rlimit *before, size_t bytes)
{
	struct rlimit limit = { bytes, before->rlim_max };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit of the process has the effect of a full disk; of a small file each byte is missing. */
static void no_room_is_an_error_that_leaves_nothing(void **state)
{
	enum { SIZE = 8 + 1004 + 2 + 8 };	/* of a file of one row of fill() */
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit before;
	struct folder f;
	struct workspace ws = { .folder = f.path };
	bp_error err;
	size_t i;

	(void)state;
	make_folder(&f);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit_files(&before, 100 * 1024);
	check_no_room(&f);
	for (i = 0; i <= SIZE; i++) {
		limit_files(&before, i);
		ws.keep = i % 2 == 0;
		T_OK(fill(&ws, 1, &err) == (i < SIZE ? BP_EIO : BP_OK), "%zu bytes", i);
		assert_int_equal(files_in(&f), 0);
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, handler);
	remove_folder(&f);
}

#endif

/* A disk of 100 kB, where this process alone sees it, so that it cannot be left behind. */
static void a_full_disk_is_an_error_that_leaves_nothing(void **state)
{
	(void)state;
#if defined(HAS_POSIX) && defined(__linux__)
	struct folder f;

	make_folder(&f);
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", f.path, "tmpfs", 0, "size=100k") != 0) {
		remove_folder(&f);
		print_message("# nothing can be mounted here\n");
		skip();
	}
	check_no_room(&f);
	assert_int_equal(umount(f.path), 0);
	remove_folder(&f);
#else
	skip();
#endif
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sources_are_sorted_and_added),
		cmocka_unit_test(equal_sources_are_added),
		cmocka_unit_test(sums_of_over_64_bits_are_refused),
		cmocka_unit_test(different_settings_are_refused),
		cmocka_unit_test(equal_settings_are_added),
		cmocka_unit_test(a_failure_of_a_source_comes_through),
		cmocka_unit_test(spills_are_read_again),
		cmocka_unit_test(a_path_is_of_folder_name_and_number),
		cmocka_unit_test(folders_that_are_none_are_named),
#ifdef HAS_POSIX
		cmocka_unit_test(temporary_spills_have_no_name_even_while_open),
		cmocka_unit_test(a_file_that_is_there_is_left_alone),
		cmocka_unit_test(kept_spills_are_there_for_the_next_process),
		cmocka_unit_test(a_damaged_spill_is_named),
		cmocka_unit_test(a_spill_that_cannot_be_ended_is_dropped),
		cmocka_unit_test(no_room_is_an_error_that_leaves_nothing),
#endif
		cmocka_unit_test(a_full_disk_is_an_error_that_leaves_nothing)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
