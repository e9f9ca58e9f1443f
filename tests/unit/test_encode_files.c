/*
 * bp_encode_files(): each format of the table in each record mode, on several threads, against
 * texts that are encoded in memory and put together token by token; and the rules of the options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/format.h"
#include "bytepiece_files.h"
#include "io/reader.h"
#include "support.h"

static const bp_records all_modes[] = { BP_LINES, BP_NULS, BP_WHOLE };
enum { N_MODES = 3, N_FILES = 3 };

/* Pieces of equal and of similar counts, so that in long segments there are gaps. */
static bp_model *make_model(void)
{
	static const struct slice piece[] = {
		S_INIT("aa"), S_INIT("cc"), S_INIT("dd"), S_INIT("ddd"), S_INIT("bab"), S_INIT("ab")
	};
	struct vocab v;
	bp_model *m;
	size_t i;

	t_vocab_init(&v);
	for (i = 0; i < sizeof(piece) / sizeof(piece[0]); i++)
		t_vocab_add(&v, piece[i], 100000 + i * i * 7919);
	m = t_vocab_model(&v, BP_NORMALIZE_NONE);
	t_vocab_release(&v);
	return m;
}

/* Input files with their contents, and files for the results. */
struct files {
	struct t_file file[N_FILES], out, back;
	const char *path[N_FILES];
	struct buf text[N_FILES];
};

static void words(uint64_t *rng, size_t n, struct buf *b)
{
	static const char letter[] = "acde";
	struct slice c;
	size_t k;

	for (; n > 0; n--) {
		c = (struct slice){ (const unsigned char *)&letter[t_below(rng, 4)], 1 };
		for (k = t_below(rng, 12); k > 0; k--)
			t_append(b, t_below(rng, 9) > 0 ? c : S("b"));
		t_append(b, S(" "));
	}
}

/*
 * Texts of all lengths over many chunks (of 128 KB): short ones, empty ones, segments with cut
 * points and without them longer than chunks.  Chunks begin at, before and behind separators and
 * end marks.
 */
static void make_text(uint64_t *rng, struct buf *b)
{
	static const struct slice end[] = { S_INIT("\n"), S_INIT("\n\n"), S_INIT("\0"),
					    S_INIT("\n\0\n") };
	size_t i, k;

	for (i = 0; i < 30000; i++) {
		words(rng, t_below(rng, 5), b);
		t_append(b, end[t_below(rng, 4)]);
	}
	words(rng, 100000, b);
	t_append(b, S("\n\n"));
	words(rng, 30000, b);
	for (k = 0; k < 300000; k++)
		t_append(b, S("a"));
	words(rng, 30000, b);
	for (k = 0; k < 140000; k++)
		t_append(b, S("\n"));
	words(rng, 10, b);
}

static void make_files(struct files *f)
{
	uint64_t rng = 11;
	size_t i;

	*f = (struct files){ 0 };
	make_text(&rng, &f->text[0]);		/* text[1] is empty */
	words(&rng, 20, &f->text[2]);
	t_append(&f->text[2], S("\n\0"));
	words(&rng, 20, &f->text[2]);
	for (i = 0; i < N_FILES; i++) {
		t_file_make(&f->file[i], t_slice(&f->text[i]));
		f->path[i] = f->file[i].path;
	}
	t_file_make(&f->out, S(""));
	t_file_make(&f->back, S(""));
}

static void remove_files(struct files *f)
{
	size_t i;

	for (i = 0; i < N_FILES; i++) {
		t_file_remove(&f->file[i]);
		bp_buf_release(&f->text[i]);
	}
	t_file_remove(&f->out);
	t_file_remove(&f->back);
}

static void read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	assert_non_null(f);
	out->len = 0;
	do {
		assert_true(bp_buf_reserve(out, 65536));
		n = fread(out->data + out->len, 1, 65536, f);
		out->len += n;
	} while (n > 0);
	fclose(f);
}

/* Expected results: encoded, and decoded again. */
struct expected {
	const bp_model *m;
	const struct format_row *row;
	bp_records records;
	bool bos, eos;
	struct buf encoded, decoded;
	bool has_tokens;
};

static void append_mark(struct buf *b, char mark)
{
	if (mark != 0)
		assert_true(bp_buf_byte(b, (unsigned char)mark));
}

/* One token by itself, with the separator of the table before it. */
static void expect_token(struct expected *e, uint32_t id)
{
	struct format f = { .model = e->m, .row = e->row };
	uint32_t piece = BP_TOKEN(id);

	assert_true(bp_format_tokens(&f, &piece, 1));
	if (e->has_tokens)
		append_mark(&e->encoded, e->row->separator);
	e->has_tokens = true;
	t_append(&e->encoded, t_slice(&f.text));
	bp_buf_release(&f.text);
}

static void expect_text(struct expected *e, struct slice text)
{
	uint32_t *id = bp_array(bp_encode_bound(text.n) + 1, sizeof(*id));
	size_t n, i;

	assert_non_null(id);
	assert_int_equal(bp_encode(e->m, (const char *)text.p, text.n, id, &n), BP_OK);
	e->has_tokens = false;
	if (e->bos)
		expect_token(e, BP_ID_BOS);
	for (i = 0; i < n; i++)
		expect_token(e, id[i]);
	if (e->eos)
		expect_token(e, BP_ID_EOS);
	t_append(&e->decoded, text);
	free(id);
}

static void expect_end(struct expected *e)
{
	append_mark(&e->encoded, e->row->terminator);
	if (e->row->terminator != 0 && e->records != BP_WHOLE)
		assert_true(bp_buf_byte(&e->decoded, bp_record_end(e->records)));
}

static void expect_files(struct expected *e, const struct files *f)
{
	struct slice s, text;
	bool owed = false, ended;
	size_t i;

	e->encoded.len = e->decoded.len = 0;
	for (i = 0; i < N_FILES; i++) {
		s = t_slice(&f->text[i]);
		while (s.n > 0 || e->records == BP_WHOLE) {
			if (owed)
				expect_end(e);
			text = bp_next_text(e->records, &s, &ended);
			expect_text(e, text);
			owed = !ended && e->records != BP_WHOLE;
			if (!owed)
				expect_end(e);
			if (e->records == BP_WHOLE)
				break;
		}
	}
}

static void check_back(const struct expected *e, const struct files *f, bp_format format)
{
	const char *path = f->out.path;
	bp_input in = { .path = &path, .n_paths = 1, .records = e->records };
	bp_decode_options o = { .format = format };
	struct buf got = { 0 };
	bp_error err = { 0 };

	if (!bp_format_is_decodable(format)) {
		assert_int_equal(bp_decode_files(e->m, &in, f->back.path, &o, &err), BP_ERANGE);
		return;
	}
	T_OK(bp_decode_files(e->m, &in, f->back.path, &o, &err) == BP_OK, "%s: %s", e->row->name,
	     err.msg);
	read_file(f->back.path, &got);
	T_SAME(t_slice(&got), t_slice(&e->decoded));
	bp_buf_release(&got);
}

static void check_format(struct expected *e, const struct files *f, bp_format format)
{
	static const unsigned threads[] = { 1, 2, 5 };
	bp_input in = { .path = f->path, .n_paths = N_FILES, .records = e->records };
	bp_encode_options o = { .format = format, .bos = e->bos, .eos = e->eos };
	struct buf got = { 0 };
	bp_error err = { 0 };
	size_t i;

	expect_files(e, f);
	for (i = 0; i < 3; i++) {
		in.threads = threads[i];
		T_OK(bp_encode_files(e->m, &in, f->out.path, &o, &err) == BP_OK, "%s: %s",
		     e->row->name, err.msg);
		read_file(f->out.path, &got);
		T_SAME(t_slice(&got), t_slice(&e->encoded));
	}
	check_back(e, f, format);
	bp_buf_release(&got);
}

static void files_give_their_texts_token_by_token(void **state)
{
	bp_model *m = make_model();
	struct expected e = { .m = m };
	struct files f;
	unsigned i, mode;

	(void)state;
	make_files(&f);
	for (i = 0; (e.row = bp_format_row(i)) != NULL; i++)
		for (mode = 0; e.row->put != NULL && mode < N_MODES; mode++) {
			e.records = all_modes[mode];
			e.bos = e.eos = false;
			check_format(&e, &f, (bp_format)i);
			e.bos = e.eos = true;
			check_format(&e, &f, (bp_format)i);
		}
	bp_buf_release(&e.encoded);
	bp_buf_release(&e.decoded);
	remove_files(&f);
	bp_free(m);
}

/* Formats of whole texts write a terminator, if they have one, behind each text. */
static void formats_of_whole_texts_end_each(void **state)
{
	bp_model *m = make_model();
	const struct format_row *row;
	struct files f;
	struct buf got = { 0 };
	bp_error err = { 0 };
	unsigned i;

	(void)state;
	make_files(&f);
	for (i = 0; (row = bp_format_row(i)) != NULL; i++) {
		bp_input in = { .path = f.path, .n_paths = N_FILES, .records = BP_WHOLE };
		bp_encode_options o = { .format = (bp_format)i };

		if (row->put_texts == NULL)
			continue;
		T_OK(bp_encode_files(m, &in, f.out.path, &o, &err) == BP_OK, "%s", err.msg);
		read_file(f.out.path, &got);
		if (row->terminator != 0)
			assert_int_equal(bp_count_byte(t_slice(&got),
						       (unsigned char)row->terminator), N_FILES);
	}
	bp_buf_release(&got);
	remove_files(&f);
	bp_free(m);
}

/* The best segmentation alone, behind its log-probability and a tab: the tokens of the format. */
static void nbest_writes_the_tokens_of_the_format(void **state)
{
	bp_model *m = make_model();
	struct expected e = { .m = m, .records = BP_LINES };
	struct t_file in_file, out;
	const char *path = in_file.path;
	bp_input in = { .path = &path, .n_paths = 1 };
	struct buf got = { 0 };
	const unsigned char *tab;
	bp_error err = { 0 };
	unsigned i;

	(void)state;
	t_file_make(&in_file, S("aab cc e\n"));
	t_file_make(&out, S(""));
	for (i = 0; (e.row = bp_format_row(i)) != NULL; i++) {
		bp_encode_options o = { .format = (bp_format)i, .nbest = 1 };

		assert_int_equal(bp_encode_files(m, &in, out.path, &o, &err),
				 bp_format_is_lines(e.row) ? BP_OK : BP_ERANGE);
		if (!bp_format_is_lines(e.row))
			continue;
		read_file(out.path, &got);
		e.encoded.len = e.decoded.len = 0;
		expect_text(&e, S("aab cc e"));
		t_append(&e.encoded, S("\n\n"));	/* of the line, and the empty one */
		assert_non_null(tab = memchr(got.data, '\t', got.len));
		T_SAME(((struct slice){ tab + 1, got.len - (size_t)(tab + 1 - got.data) }),
		       t_slice(&e.encoded));
	}
	bp_buf_release(&got);
	bp_buf_release(&e.encoded);
	bp_buf_release(&e.decoded);
	t_file_remove(&in_file);
	t_file_remove(&out);
	bp_free(m);
}

/* Options that exclude each other, in one message that names both. */
static void options_that_exclude_each_other_are_refused(void **state)
{
	static const struct {
		bp_encode_options o;
		const char *first, *second;
	} wrong[] = {
		{ { .nbest = 2, .sample = true }, "--nbest", "--sample" },
		{ { .open = true, .nbest = 2 }, "--open", "--nbest" },
		{ { .open = true, .sample = true }, "--open", "--sample" },
		{ { .open = true, .eos = true }, "--open", "--eos" },
		{ { .specials = true, .open = true }, "--specials", "--open" },
		{ { .specials = true, .nbest = 1 }, "--specials", "--nbest" },
		{ { .sample = true, .format = BP_FORMAT_JSON }, "--sample", "-f json" },
		{ { .nbest = 2, .format = BP_FORMAT_JSON }, "--nbest", "-f json" },
		{ { .open = true, .format = BP_FORMAT_U16 }, "--open", "-f u16" },
		{ { .nbest = (size_t)BP_NBEST_MAX + 1 }, "--nbest", "65536" },
		{ { .sample = true, .alpha = -1 }, "--sample", "alpha" },
		{ { .sample = true, .sampler = (bp_sampler)2 }, "--sampler", "sampler" },
		{ { .format = (bp_format)99 }, "-f ", "format" },
	};
	bp_input in = { 0 };
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		err = (bp_error){ 0 };
		assert_int_equal(bp_encode_options_check(&wrong[i].o, &err), BP_ERANGE);
		T_OK(strstr(err.msg, wrong[i].first) != NULL &&
		     strstr(err.msg, wrong[i].second) != NULL, "'%s'", err.msg);
		assert_int_equal(bp_encode_files(NULL, &in, "/nonexistent/x", &wrong[i].o, NULL),
				 BP_ERANGE);
	}
	assert_int_equal(bp_encode_options_check(NULL, NULL), BP_OK);
	assert_int_equal(bp_encode_options_check(&(bp_encode_options){ .open = true, .bos = true },
						 NULL), BP_OK);
	/* No model, and no path of one. */
	assert_int_equal(bp_encode_files(NULL, &in, "/nonexistent/x", NULL, NULL), BP_ERANGE);
}

static void a_model_path_takes_the_place_of_a_model(void **state)
{
	bp_model *m = make_model();
	struct t_file text, model, out;
	const char *path = text.path;
	bp_input in = { .path = &path, .n_paths = 1 };
	bp_encode_options o = { .model_path = model.path };
	struct buf want = { 0 }, got = { 0 };
	bp_error err = { 0 };
	size_t i;

	(void)state;
	t_file_make(&text, S("aab cc e\nbab"));
	t_file_make(&model, S(""));
	t_file_make(&out, S(""));
	T_OK(bp_save(m, model.path, BP_MODEL_BINARY, &err) == BP_OK, "%s", err.msg);
	for (i = 0; i < 3; i++) {
		o.format = i == 0 ? BP_FORMAT_IDS : BP_FORMAT_JSON;
		o.format = i == 2 ? BP_FORMAT_PIECES : o.format;
		o.open = i == 2;
		T_OK(bp_encode_files(m, &in, out.path, &o, &err) == BP_OK, "%s", err.msg);
		read_file(out.path, &want);
		T_OK(bp_encode_files(NULL, &in, out.path, &o, &err) == BP_OK, "%s", err.msg);
		read_file(out.path, &got);
		T_SAME(t_slice(&got), t_slice(&want));
	}
	o.model_path = "/nonexistent/model";
	assert_int_equal(bp_encode_files(NULL, &in, out.path, &o, &err), BP_EIO);
	bp_buf_release(&want);
	bp_buf_release(&got);
	t_file_remove(&text);
	t_file_remove(&model);
	t_file_remove(&out);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_give_their_texts_token_by_token),
		cmocka_unit_test(formats_of_whole_texts_end_each),
		cmocka_unit_test(nbest_writes_the_tokens_of_the_format),
		cmocka_unit_test(options_that_exclude_each_other_are_refused),
		cmocka_unit_test(a_model_path_takes_the_place_of_a_model)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
