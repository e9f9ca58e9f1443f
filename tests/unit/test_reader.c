/* reader.h: files as chunks that can be worked on apart, cut where nothing crosses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "io/reader.h"
#include "io/tempfile.h"
#include "support.h"
#include "text/cut.h"
#include "text/nfc.h"

static const bp_records all_modes[] = { BP_LINES, BP_NULS, BP_WHOLE };
enum { N_MODES = 3, MAX_CHUNK = 1 << 20 };	/* chunks are of bounded size */

/* The chunks read of one file: the bytes of all, and the edges of each. */
struct cut_file {
	struct buf bytes;
	struct piece {
		size_t at, n;
		bool continues, open, inside;
	} *piece;
	size_t n, cap;
};

static void release_file(struct cut_file *f)
{
	bp_buf_release(&f->bytes);
	free(f->piece);
	*f = (struct cut_file){ 0 };
}

/* Read all chunks of the next file. */
static void read_file(struct reader *r, struct cut_file *f)
{
	struct chunk c = { 0 };
	bp_error err;
	bool more = true, ended = false;

	while (!ended) {
		T_OK(bp_reader_fill(r, &c, &more, &err) == BP_OK, "%s", err.msg);
		assert_true(more);
		assert_true(c.data.len <= MAX_CHUNK);
		assert_true(BP_GROW(f->piece, f->cap, f->n + 1));
		f->piece[f->n++] = (struct piece){ f->bytes.len, c.data.len,
						   bp_edge_in_segment(c.start),
						   bp_edge_in_segment(c.end),
						   c.start != BP_EDGE_TEXT };
		t_append(&f->bytes, t_slice(&c.data));
		ended = c.ends_file;
	}
	bp_buf_release(&c.data);
}

static void reader_is_at_its_end(struct reader *r)
{
	struct chunk c = { 0 };
	bool more = true;

	assert_int_equal(bp_reader_fill(r, &c, &more, NULL), BP_OK);
	assert_false(more);
	bp_buf_release(&c.data);
}

/* After bytes[at - 1] a text of the file ends. */
static bool ends_text(bp_records mode, struct slice s, size_t at)
{
	return mode != BP_WHOLE && s.p[at - 1] == bp_record_end(mode);
}

/* Starts of segments, as cut.h has them, when each text of the file is cut by itself. */
static void mark_segments(bp_records mode, bp_newlines rule, struct slice s, unsigned char *start)
{
	const struct cut_rules none = { .newlines = rule };
	size_t from = 0, to, pos;

	memset(start, 0, s.n + 1);
	while (from < s.n) {
		for (to = from + 1; to < s.n && !ends_text(mode, s, to); )
			to++;
		for (pos = from; pos < to; ) {
			start[pos] = 1;
			bp_cut(&none, (struct slice){ s.p, to }, &pos);
		}
		from = to;
	}
	start[s.n] = 1;
}

/* Both sides of a cut have the normal form that they have together. */
static void is_normal_border(bp_records mode, struct slice s, size_t at)
{
	struct buf a = { 0 }, b = { 0 }, c = { 0 };
	struct slice left, right, both;
	size_t from = at - BP_MIN(at, 100), to = at + BP_MIN(s.n - at, 100);

	if (ends_text(mode, s, at))
		return;
	assert_true(bp_nfc((struct slice){ s.p + from, at - from }, &a, &left));
	assert_true(bp_nfc((struct slice){ s.p + at, to - at }, &b, &right));
	assert_true(bp_nfc((struct slice){ s.p + from, to - from }, &c, &both));
	assert_int_equal(left.n + right.n, both.n);
	assert_memory_equal(left.p, both.p, left.n);
	assert_memory_equal(right.p, both.p + left.n, right.n);
	bp_buf_release(&a);
	bp_buf_release(&b);
	bp_buf_release(&c);
}

/* A chunk is open only if no segment starts in it behind its beginning, and at its end. */
static void check_piece(bp_records mode, const struct cut_file *f, size_t i,
			const unsigned char *start)
{
	const struct piece *p = &f->piece[i];
	struct slice s = t_slice(&f->bytes);
	size_t k, end = p->at + p->n;

	assert_int_equal(p->continues, i > 0 && f->piece[i - 1].open);
	T_OK(p->inside == (p->at > 0 && !ends_text(mode, s, p->at)),
	     "chunk %zu at %zu of %zu: inside is %d", i, p->at, s.n, p->inside);
	assert_true(p->inside || !p->continues);
	assert_true(i + 1 < f->n || !p->open);
	if (!p->open) {
		T_OK(start[end] == 1, "the chunk that ends at %zu cuts a segment", end);
		if (end > 0 && end < s.n)
			is_normal_border(mode, s, end);
		return;
	}
	for (k = p->at + 1; k < end; k++)
		T_OK(!start[k] || (mode == BP_NULS && s.p[k] == '\0'),
		     "the open chunk at %zu could be cut at %zu", p->at, k);
}

static void check_file(bp_records mode, bp_newlines rule, const struct cut_file *f,
		       struct slice want)
{
	unsigned char *start = malloc(want.n + 1);
	size_t i;

	assert_non_null(start);
	T_SAME(t_slice(&f->bytes), want);
	mark_segments(mode, rule, want, start);
	for (i = 0; i < f->n; i++)
		check_piece(mode, f, i, start);
	free(start);
}

/* Read files with the given contents one after another, in all modes. */
static void check_contents(const struct slice *content, size_t n)
{
	struct t_file file[8];
	const char *path[8];
	struct cut_file f = { 0 };
	struct reader r;
	bp_newlines rule;
	uint64_t bytes;
	size_t i, k, mode;

	assert_true(n <= 8);
	for (i = 0; i < n; i++) {
		t_file_make(&file[i], content[i]);
		path[i] = file[i].path;
	}
	for (k = 0; k < 3 * N_MODES; k++) {
		mode = k % N_MODES;
		rule = (bp_newlines)(k / N_MODES);
		r = (struct reader){ .path = path, .n_paths = n, .records = all_modes[mode],
				     .newlines = rule };
		for (i = 0, bytes = 0; i < n; i++) {
			read_file(&r, &f);
			check_file(all_modes[mode], rule, &f, content[i]);
			bytes += content[i].n;
			assert_true(r.bytes == bytes);
			release_file(&f);
		}
		reader_is_at_its_end(&r);
		reader_is_at_its_end(&r);
		bp_reader_release(&r);
	}
	for (i = 0; i < n; i++)
		t_file_remove(&file[i]);
}

/* Lines of up to 'longest' units, some ended by NULs or by several newlines. */
static void random_content(uint64_t *rng, size_t n, size_t longest, struct buf *out)
{
	static const struct slice end[] = {
		S_INIT("\n"), S_INIT("\n\n"), S_INIT("\n\n\n\n"), S_INIT("\0"), S_INIT("\n\0"),
		S_INIT("\0\n"), S_INIT("\n\xCC\x81"), S_INIT("\0\0"), S_INIT("\r\n")
	};

	for (out->len = 0; out->len < n; ) {
		t_mixed_text(rng, t_below(rng, longest), out);
		t_append(out, end[t_below(rng, sizeof(end) / sizeof(end[0]))]);
	}
	out->len = n;
}

static void chunks_make_up_the_files_and_cut_nothing(void **state)
{
	struct buf content[5] = { { 0 } };
	struct slice s[5];
	uint64_t rng = 1;
	size_t i, k;

	(void)state;
	for (k = 0; k < 6; k++) {
		for (i = 0; i < 5; i++) {
			random_content(&rng, t_below(&rng, i == 0 ? 900000 : 300000),
				       k % 2 == 0 ? 50 : 3000, &content[i]);
			s[i] = t_slice(&content[i]);
		}
		check_contents(s, 5);
	}
	for (i = 0; i < 5; i++)
		bp_buf_release(&content[i]);
}

static void fill(struct buf *b, unsigned char c, size_t n)
{
	assert_true(bp_buf_reserve(b, n));
	memset(b->data + b->len, c, n);
	b->len += n;
}

/* Ends of texts and segments at each offset around the end of a full chunk. */
static void cuts_at_the_end_of_a_full_chunk_are_right(void **state)
{
	enum { FULL = 256 * 1024 };	/* as in reader.c; with another size the test holds still */
	static const struct slice middle[] = {
		S_INIT("\n"), S_INIT("\n\n"), S_INIT("\n\n\n"), S_INIT("\0"), S_INIT("\0\0"),
		S_INIT("\n\0"), S_INIT("\0\n"), S_INIT("\n\0\n"), S_INIT("\xC3\xA9\n")
	};
	struct buf b = { 0 };
	struct slice s;
	size_t i, back;

	(void)state;
	for (i = 0; i < sizeof(middle) / sizeof(middle[0]); i++)
		for (back = 0; back <= 4; back++) {
			b.len = 0;
			fill(&b, 'x', FULL - back);
			t_append(&b, middle[i]);
			s = t_slice(&b);
			check_contents(&s, 1);
			fill(&b, 'y', 10);
			s = t_slice(&b);
			check_contents(&s, 1);
		}
	bp_buf_release(&b);
}

static void long_lines_are_open_and_continued(void **state)
{
	struct buf b = { 0 };
	struct cut_file f = { 0 };
	struct t_file file;
	const char *path = file.path;
	struct reader r;
	size_t mode, i;

	(void)state;
	t_append(&b, S("short\n"));
	fill(&b, 'x', 1500000);
	t_append(&b, S("\nshort\n"));
	fill(&b, 'y', 600000);
	t_file_make(&file, t_slice(&b));
	for (mode = 0; mode < N_MODES; mode++) {
		r = (struct reader){ .path = &path, .n_paths = 1, .records = all_modes[mode] };
		read_file(&r, &f);
		check_file(all_modes[mode], BP_NEWLINES_END, &f, t_slice(&b));
		for (i = 0; i < f.n && !f.piece[i].open; i++)
			;
		assert_true(i + 1 < f.n);
		assert_true(f.piece[i + 1].continues && f.piece[i + 1].inside);
		assert_true(f.piece[f.n - 1].continues && !f.piece[f.n - 1].open);
		release_file(&f);
		bp_reader_release(&r);
	}
	t_file_remove(&file);
	bp_buf_release(&b);
}

/* A cut point for the tests below: behind the last bar. */
static bool last_bar(void *ctx, struct slice s, size_t *at)
{
	size_t *asked = ctx;

	++*asked;
	for (*at = s.n - 1; *at > 0 && s.p[*at - 1] != '|'; --*at)
		;
	return *asked < 1000;
}

/* Number of chunks that start at a cut point; all others are as without one. */
static size_t check_cut_points(bp_records mode, const char *path, struct slice want)
{
	size_t asked = 0, at = 0, from = 0, found = 0;
	struct reader r = { .path = &path, .n_paths = 1, .records = mode, .cut_point = last_bar,
			    .cut_point_ctx = &asked };
	struct chunk c = { 0 };
	enum chunk_edge edge = BP_EDGE_TEXT;
	bool more;

	for (;;) {
		assert_int_equal(bp_reader_fill(&r, &c, &more, NULL), BP_OK);
		if (!more)
			break;
		T_SAME(t_slice(&c.data), ((struct slice){ want.p + at, c.data.len }));
		assert_true(c.data.len > 0 && c.data.len <= MAX_CHUNK);
		assert_int_equal(c.start, edge);
		assert_int_equal(bp_chunk_is_sequential(&c), edge == BP_EDGE_INSIDE ||
							     c.end == BP_EDGE_INSIDE);
		from = bp_edge_in_segment(edge) ? from : at;
		T_OK(c.before == at - from, "%zu bytes before %zu, not %zu",
		     (size_t)c.before, at, at - from);
		at += c.data.len;
		T_OK(c.end != BP_EDGE_CUT_POINT || want.p[at - 1] == '|', "%zu is no cut point",
		     at);
		edge = c.end;
		found += edge == BP_EDGE_CUT_POINT;
	}
	assert_true(at == want.n && !bp_edge_in_segment(edge));
	assert_true(found <= asked);
	bp_reader_release(&r);
	bp_buf_release(&c.data);
	return found;
}

static void open_chunks_may_end_at_cut_points(void **state)
{
	struct buf b = { 0 };
	struct t_file file;
	size_t mode, i, found;

	(void)state;
	t_append(&b, S("short|\n"));
	for (i = 0; i < 15; i++) {
		fill(&b, 'x', 100000);
		t_append(&b, S("|"));
	}
	fill(&b, 'x', 600000);
	t_append(&b, S("|"));
	fill(&b, 'x', 300000);
	t_append(&b, S("\nshort|\n"));
	t_file_make(&file, t_slice(&b));
	for (mode = 0; mode < N_MODES; mode++) {
		found = check_cut_points(all_modes[mode], file.path, t_slice(&b));
		T_OK(found > 5 && found < 17, "%zu cut points", found);
	}
	t_file_remove(&file);
	b.len = 0;
	while (b.len < 1000000)		/* without long lines no cut point is needed */
		t_append(&b, S("short|line|\n"));
	t_file_make(&file, t_slice(&b));
	for (mode = 0; mode < N_MODES; mode++)
		assert_int_equal(check_cut_points(all_modes[mode], file.path, t_slice(&b)), 0);
	t_file_remove(&file);
	bp_buf_release(&b);
}

static bool no_memory(void *ctx, struct slice s, size_t *at)
{
	(void)ctx;
	(void)s;
	(void)at;
	return false;
}

static void a_cut_point_that_takes_too_much_memory_is_an_error(void **state)
{
	struct buf b = { 0 };
	struct t_file file;
	const char *path = file.path;
	struct reader r = { .path = &path, .n_paths = 1, .cut_point = no_memory };
	struct chunk c = { 0 };
	bool more;

	(void)state;
	fill(&b, 'x', 1000000);
	t_file_make(&file, t_slice(&b));
	assert_int_equal(bp_reader_fill(&r, &c, &more, NULL), BP_ENOMEM);
	bp_reader_release(&r);
	bp_buf_release(&c.data);
	bp_buf_release(&b);
	t_file_remove(&file);
}

static void lines_shorter_than_a_chunk_are_never_open(void **state)
{
	struct buf b = { 0 };
	struct cut_file f = { 0 };
	struct t_file file;
	const char *path = file.path;
	struct reader r;
	uint64_t rng = 2;
	size_t mode, i;

	(void)state;
	while (b.len < 2000000) {
		fill(&b, 'x', t_below(&rng, 50000));
		t_append(&b, S("\n"));
	}
	t_file_make(&file, t_slice(&b));
	for (mode = 0; mode < N_MODES; mode++) {
		r = (struct reader){ .path = &path, .n_paths = 1, .records = all_modes[mode] };
		read_file(&r, &f);
		check_file(all_modes[mode], BP_NEWLINES_END, &f, t_slice(&b));
		assert_true(f.n > 2);
		for (i = 0; i < f.n; i++)
			assert_false(f.piece[i].open || f.piece[i].continues);
		release_file(&f);
		bp_reader_release(&r);
	}
	t_file_remove(&file);
	bp_buf_release(&b);
}

static void an_empty_file_gives_one_empty_chunk(void **state)
{
	struct t_file file;
	const char *path[3];
	struct cut_file f = { 0 };
	struct reader r;
	size_t mode, i;

	(void)state;
	t_file_make(&file, (struct slice){ 0 });
	path[0] = path[1] = path[2] = file.path;
	for (mode = 0; mode < N_MODES; mode++) {
		r = (struct reader){ .path = path, .n_paths = 3, .records = all_modes[mode] };
		for (i = 0; i < 3; i++) {
			read_file(&r, &f);
			assert_int_equal(f.n, 1);
			assert_int_equal(f.bytes.len, 0);
			assert_false(f.piece[0].open || f.piece[0].continues || f.piece[0].inside);
			release_file(&f);
		}
		reader_is_at_its_end(&r);
		bp_reader_release(&r);
	}
	t_file_remove(&file);
}

/* The end of one file has no effect on the next one. */
static void each_file_starts_afresh(void **state)
{
	struct buf b = { 0 };
	struct slice s[6];

	(void)state;
	fill(&b, 'x', 700000);
	s[0] = s[3] = t_slice(&b);
	s[1] = S("no newline");
	s[2] = (struct slice){ 0 };
	s[4] = S("\n");
	s[5] = S("\0");
	check_contents(s, 6);
	bp_buf_release(&b);
}

static void without_files_there_is_nothing_to_read(void **state)
{
	struct reader r = { 0 };

	(void)state;
	reader_is_at_its_end(&r);
	bp_reader_release(&r);
	bp_reader_release(&r);
}

static void a_missing_file_is_named_after_those_before_it(void **state)
{
	static const char missing[] = "/nonexistent/file.txt";
	struct t_file file;
	const char *path[2] = { file.path, missing };
	struct reader r = { .path = path, .n_paths = 2 };
	struct cut_file f = { 0 };
	struct chunk c = { 0 };
	bp_error err = { 0 };
	bool more = true;

	(void)state;
	t_file_make(&file, S("a\nb"));
	read_file(&r, &f);
	T_SAME(t_slice(&f.bytes), S("a\nb"));
	assert_int_equal(bp_reader_fill(&r, &c, &more, &err), BP_EIO);
	assert_int_equal(err.code, BP_EIO);
	assert_non_null(strstr(err.msg, missing));
	bp_reader_release(&r);
	release_file(&f);
	bp_buf_release(&c.data);
	t_file_remove(&file);
}

/* Released in the middle of a file, nothing is left open; the sanitizer sees to that. */
static void a_reader_may_be_released_at_any_time(void **state)
{
	struct buf b = { 0 };
	struct t_file file;
	const char *path = file.path;
	struct reader r = { .path = &path, .n_paths = 1 };
	struct chunk c = { 0 };
	bool more = false;

	(void)state;
	fill(&b, '\n', 1000000);
	t_file_make(&file, t_slice(&b));
	assert_int_equal(bp_reader_fill(&r, &c, &more, NULL), BP_OK);
	assert_true(more && !c.ends_file && c.data.len > 0);
	bp_reader_release(&r);
	bp_buf_release(&c.data);
	bp_buf_release(&b);
	t_file_remove(&file);
}

static void standard_input_is_read_under_its_name(void **state)
{
	struct t_file file;
	const char *path = "-";
	struct reader r = { .path = &path, .n_paths = 1, .records = BP_WHOLE };
	struct cut_file f = { 0 };

	(void)state;
	assert_string_equal(bp_input_name("-"), "standard input");
	assert_string_equal(bp_input_name("./-"), "./-");
	t_file_make(&file, S("from\nstdin\0"));
	assert_non_null(freopen(file.path, "rb", stdin));
	read_file(&r, &f);
	T_SAME(t_slice(&f.bytes), S("from\nstdin\0"));
	reader_is_at_its_end(&r);
	bp_reader_release(&r);
	assert_int_equal(fgetc(stdin), EOF);	/* still open */
	assert_false(ferror(stdin));
	bp_input_close(stdin);
	bp_input_close(NULL);
	release_file(&f);
	t_file_remove(&file);
}

/* A copy is read in place of its input, in each pass; the input itself, if it is not copied, once. */
static void copies_are_read_in_place_of_their_inputs(void **state)
{
	struct t_file file, other;
	const char *path[] = { "-", NULL };
	const bp_input in = { .path = path, .n_paths = 2 };
	bp_input_copies *copies;
	struct reader r;
	struct cut_file f = { 0 };
	uint64_t size;
	int copied, pass;

	(void)state;
	t_file_make(&other, S("a file"));
	path[1] = other.path;
	for (copied = 0; copied < 2; copied++) {
		t_file_make(&file, S("standard\ninput"));
		assert_non_null(freopen(file.path, "rb", stdin));
		assert_int_equal(bp_copies_new(&in, copied ? bp_temp_folder() : NULL, &copies,
					       &size, NULL), BP_OK);
		assert_int_equal(size, copied ? 14 + bp_host_file_size(other.path) : 0);
		for (pass = 0; pass < 2; pass++) {
			r = (struct reader){ .path = path, .copies = copies, .n_paths = 2 };
			read_file(&r, &f);
			T_SAME(t_slice(&f.bytes), copied || pass == 0 ? S("standard\ninput")
								      : S(""));
			release_file(&f);
			read_file(&r, &f);
			T_SAME(t_slice(&f.bytes), S("a file"));
			release_file(&f);
			bp_reader_release(&r);
		}
		bp_input_copies_free(copies);
		t_file_remove(&file);
	}
	t_file_remove(&other);
}

/* Take all texts from s; there have to be 'n', and the last has to be ended or not. */
static void check_texts(bp_records mode, struct slice s, const struct slice *want, size_t n,
			bool last_ended)
{
	struct slice text;
	bool ended;
	size_t i;

	for (i = 0; i < n; i++) {
		assert_true(i == 0 || s.n > 0);
		text = bp_next_text(mode, &s, &ended);
		T_SAME(text, want[i]);
		assert_int_equal(ended, i + 1 < n || last_ended);
	}
	assert_int_equal(s.n, 0);
}

static void texts_are_taken_from_a_chunk_one_by_one(void **state)
{
	static const struct slice lines[] = { S_INIT("a\0b"), S_INIT(""), S_INIT("c") };
	static const struct slice nuls[] = { S_INIT("a"), S_INIT("b\n\nc") };
	static const struct slice whole[] = { S_INIT("a\0b\n\nc") };
	static const struct slice empty[] = { { NULL, 0 } };

	(void)state;
	check_texts(BP_LINES, S("a\0b\n\nc"), lines, 3, false);
	check_texts(BP_LINES, S("a\0b\n\nc\n"), lines, 3, true);
	check_texts(BP_NULS, S("a\0b\n\nc"), nuls, 2, false);
	check_texts(BP_NULS, S("a\0b\n\nc\0"), nuls, 2, true);
	check_texts(BP_WHOLE, S("a\0b\n\nc"), whole, 1, false);
	check_texts(BP_LINES, empty[0], empty, 1, false);
	check_texts(BP_WHOLE, empty[0], empty, 1, false);
	check_texts(BP_LINES, S("\n"), empty, 1, true);
	check_texts(BP_NULS, S("\0"), empty, 1, true);
}

static void texts_end_at_newlines_or_nuls(void **state)
{
	(void)state;
	assert_int_equal(bp_record_end(BP_LINES), '\n');
	assert_int_equal(bp_record_end(BP_NULS), '\0');
}

static void chunks_cut_anywhere_are_full(void **state)
{
	enum { FULL = 256 * 1024 };
	struct buf text = { 0 };
	struct cut_file got = { 0 };
	struct t_file file;
	const char *path[] = { file.path, file.path };
	struct reader r = { .path = path, .n_paths = 2, .anywhere = true };
	uint64_t rng = 9;
	size_t i, k;

	(void)state;
	while (text.len < 5 * FULL / 2)
		t_mixed_text(&rng, 1000, &text);
	t_file_make(&file, t_slice(&text));
	for (i = 0; i < 2; i++) {
		read_file(&r, &got);
		T_SAME(t_slice(&got.bytes), t_slice(&text));
		for (k = 0; k < got.n; k++) {
			assert_true(k + 1 == got.n || got.piece[k].n == FULL);
			assert_false(got.piece[k].continues || got.piece[k].open);
		}
		release_file(&got);
	}
	reader_is_at_its_end(&r);
	bp_reader_release(&r);
	t_file_remove(&file);
	bp_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_make_up_the_files_and_cut_nothing),
		cmocka_unit_test(cuts_at_the_end_of_a_full_chunk_are_right),
		cmocka_unit_test(long_lines_are_open_and_continued),
		cmocka_unit_test(open_chunks_may_end_at_cut_points),
		cmocka_unit_test(a_cut_point_that_takes_too_much_memory_is_an_error),
		cmocka_unit_test(lines_shorter_than_a_chunk_are_never_open),
		cmocka_unit_test(an_empty_file_gives_one_empty_chunk),
		cmocka_unit_test(each_file_starts_afresh),
		cmocka_unit_test(without_files_there_is_nothing_to_read),
		cmocka_unit_test(a_missing_file_is_named_after_those_before_it),
		cmocka_unit_test(a_reader_may_be_released_at_any_time),
		cmocka_unit_test(standard_input_is_read_under_its_name),
		cmocka_unit_test(copies_are_read_in_place_of_their_inputs),
		cmocka_unit_test(texts_are_taken_from_a_chunk_one_by_one),
		cmocka_unit_test(texts_end_at_newlines_or_nuls),
		cmocka_unit_test(chunks_cut_anywhere_are_full)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
