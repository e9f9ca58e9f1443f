/* Decoding of files, against a decoder that takes one byte after another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/decimal_ids.h"
#include "api/format.h"
#include "bytepiece_files.h"
#include "support.h"

enum { CHUNK = 128 * 1024 };	/* bytes that are decoded at once */

/* Pieces of 2 to 20 bytes, 60 of each length, and one of the greatest length. */
static bp_model *make_model(void)
{
	unsigned char *s = malloc(BP_PIECE_MAX);
	struct vocab v;
	bp_model *m;
	size_t n, i;

	assert_non_null(s);
	t_vocab_init(&v);
	for (n = 2; n <= 20; n++)
		for (i = 0; i < 60; i++) {
			memset(s, (int)('a' + n), n);
			s[n - 1] = (unsigned char)('0' + i);
			t_vocab_add(&v, (struct slice){ s, n }, 1);
		}
	for (i = 0; i < BP_PIECE_MAX; i++)
		s[i] = (unsigned char)(i % 251);
	t_vocab_add(&v, (struct slice){ s, BP_PIECE_MAX }, 1);
	m = t_vocab_model(&v, BP_NORMALIZE_NONE);
	t_vocab_release(&v);
	free(s);
	return m;
}

/* The expected result of decoding a file: the text, or the message behind the file's name. */
struct expected {
	struct buf text;
	char fault[100];
};

static bool fault(struct expected *e, uint64_t line, uint64_t position, const char *what)
{
	snprintf(e->fault, sizeof(e->fault), "line %" PRIu64 ", position %" PRIu64 ": %s", line,
		 position, what);
	return false;
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool append_id(struct expected *e, const bp_model *m, uint64_t id)
{
	size_t n;
	const char *piece;

	if (id >= bp_vocab_size(m))
		return false;
	piece = bp_piece(m, (uint32_t)id, &n);
	if (piece != NULL)
		t_append(&e->text, (struct slice){ (const unsigned char *)piece, n });
	return true;
}

static bool expect(struct expected *e, const bp_model *m, struct slice in, bp_records records)
{
	uint64_t line = 1, position = 0, id;
	unsigned char mark = records == BP_NULS ? '\0' : '\n';
	size_t i = 0;

	e->text.len = 0;
	while (i < in.n) {
		if (in.p[i] == '\n') {
			line++;
			position = 0;
			if (records != BP_WHOLE)
				t_append(&e->text, (struct slice){ &mark, 1 });
		}
		if (is_blank(in.p[i])) {
			i++;
			continue;
		}
		position++;
		for (id = 0; i < in.n && in.p[i] >= '0' && in.p[i] <= '9'; i++)
			id = BP_MIN(id * 10 + in.p[i] - '0', (uint64_t)1 << 40);
		if (i < in.n && !is_blank(in.p[i]))
			return fault(e, line, position, "something that is not an id");
		if (!append_id(e, m, id))
			return fault(e, line, position, "an id that is not in the vocabulary");
	}
	return true;
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

/*
 * Decode 'in' on some threads and check that this gives 'want', or an error with 'fault' behind the
 * file's name.
 */
static void check_threads(const bp_model *m, struct slice in, bp_format format, bp_records records,
			  unsigned threads, struct slice want, const char *fault)
{
	struct t_file from, to;
	const char *path = from.path, *message;
	bp_input input = { .path = &path, .n_paths = 1, .records = records,
			   .threads = threads };
	struct buf got = { 0 };
	bp_error err = { 0 };
	bp_status st;

	t_file_make(&from, in);
	t_file_make(&to, S("old"));
	st = bp_decode_files(m, &input, to.path, &(bp_decode_options){ .format = format }, &err);
	read_file(to.path, &got);
	if (fault == NULL) {
		T_OK(st == BP_OK, "%s", err.msg);
		T_SAME(t_slice(&got), want);
	} else {
		assert_int_equal(st, BP_EFORMAT);
		T_SAME(t_slice(&got), S("old"));
		message = err.msg + strlen(from.path);
		T_OK(strncmp(err.msg, from.path, strlen(from.path)) == 0 &&
		     strncmp(message, ": ", 2) == 0 && strncmp(message + 2, fault, strlen(fault)) == 0,
		     "'%s' and not '%s'", err.msg, fault);
	}
	t_file_remove(&from);
	t_file_remove(&to);
	bp_buf_release(&got);
}

static void check_decoded(const bp_model *m, struct slice in, bp_format format,
			  bp_records records, struct slice want, const char *fault)
{
	check_threads(m, in, format, records, 1, want, fault);
	check_threads(m, in, format, records, 3, want, fault);
}

static void check_text(const bp_model *m, struct slice in, bp_records records)
{
	struct expected e = { { 0 }, "" };
	bool good = expect(&e, m, in, records);

	check_decoded(m, in, BP_FORMAT_IDS, records, t_slice(&e.text), good ? NULL : e.fault);
	bp_buf_release(&e.text);
}

/* Blanks up to some bytes before the end of the chunk, so that the next ids cross it. */
static void append_run(struct buf *out, char c, size_t n)
{
	assert_true(bp_buf_reserve(out, n));
	memset(out->data + out->len, c, n);
	out->len += n;
}

static void append_blanks(struct buf *out, size_t n)
{
	append_run(out, ' ', n);
}

/* Ids in all forms that are read, one blank or several behind each. */
static void append_ids(struct buf *out, const bp_model *m, uint64_t *rng, size_t n)
{
	static const char *const between[] = { " ", " ", " ", " ", " ", " ", "\n", "\n", "\t", "\r",
					       "\r\n", "  ", "\n\n", " \n", "\n \t\r " };
	static const char *const zeros[] = { "", "", "", "", "", "", "0", "000", "00000",
					     "0000000000" };
	char text[64];

	for (; n > 0; n--) {
		snprintf(text, sizeof(text), "%s%zu%s", zeros[t_below(rng, 10)],
			 /* Not the longest piece: a test below is about it. */
			 t_below(rng, bp_vocab_size(m) - 1), between[t_below(rng, 15)]);
		t_append(out, t_string(text));
	}
}

static void ids_of_all_forms_are_decoded(void **state)
{
	bp_model *m = make_model();
	struct buf text = { 0 };
	uint64_t rng = 1;
	size_t i;

	(void)state;
	for (i = 0; i < 60; i++) {
		text.len = 0;
		append_ids(&text, m, &rng, i < 30 ? i : t_below(&rng, 3000));
		if (i % 2 == 1 && text.len > 0)
			text.len -= t_below(&rng, BP_MIN(text.len, 8));	/* no blank at the end */
		check_text(m, t_slice(&text), (bp_records)(i % 3));
	}
	append_ids(&text, m, &rng, 200000);
	check_text(m, t_slice(&text), BP_LINES);
	bp_buf_release(&text);
	bp_free(m);
}

/* A chunk ends at each byte of the ids below, twice: behind plain ids, and behind blanks. */
static void a_chunk_may_end_anywhere(void **state)
{
	static const char *const over[] = { "300 1234 5\n\n100 17 ", "0000000000101\n1390 1399" };
	bp_model *m = make_model();
	struct buf text = { 0 };
	uint64_t rng = 2;
	size_t i, k;

	(void)state;
	for (i = 0; i < 2; i++)
		for (k = 0; k <= strlen(over[i]); k++) {
			text.len = 0;
			if (k % 2 == 0)
				append_ids(&text, m, &rng, 15000);
			append_blanks(&text, CHUNK - text.len - k);
			t_append(&text, t_string(over[i]));
			check_text(m, t_slice(&text), BP_LINES);
		}
	bp_buf_release(&text);
	bp_free(m);
}

/* Each fault alone, behind others, near the end, and over the end of a chunk. */
static void faults_are_named_where_they_are(void **state)
{
	static const char *const wrong[] = {
		"1400", "1400 ", "1400\n", "4294967296 ", "4294967297 ", "00004294967296\n",
		"18446744073709551616 ", "99999999 ", "999999999 ", "100a ", "a", "100,101", "-1 ",
		"+5", "1.5 ", "0x10 ", "\xFF", "100\x01 ", "/", ":", "1:\n", "1234567: ",
		"12345678x", "\xEF\xBC\x91 "
	};
	bp_model *m = make_model();
	struct buf text = { 0 };
	uint64_t rng = 3;
	size_t i, k;

	(void)state;
	assert_true(bp_vocab_size(m) == 1400);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		for (k = 0; k < 6; k++) {
			text.len = 0;
			append_ids(&text, m, &rng, k == 0 ? 0 : k < 3 ? t_below(&rng, 40) : 15000);
			if (k >= 3)
				append_blanks(&text, CHUNK - text.len - (k - 3));
			t_append(&text, t_string(wrong[i]));
			if (k % 2 == 1)
				append_ids(&text, m, &rng, 5);
			check_text(m, t_slice(&text), BP_LINES);
		}
	text.len = 0;
	t_append(&text, (struct slice){ (const unsigned char *)"1\0002 ", 4 });
	check_text(m, t_slice(&text), BP_NULS);
	bp_buf_release(&text);
	bp_free(m);
}

static void append_raw(struct buf *out, uint32_t id, unsigned width)
{
	unsigned char c;

	for (; width > 0; width--, id >>= 8) {
		c = (unsigned char)id;
		t_append(out, (struct slice){ &c, 1 });
	}
}

static void raw_ids_are_decoded_and_faults_named(void **state)
{
	bp_model *m = make_model();
	struct buf raw = { 0 };
	struct expected e = { { 0 }, "" };
	uint64_t rng = 4;
	const struct format_row *row;
	unsigned format, width;
	size_t n, good, i;
	uint32_t id;

	(void)state;
	for (format = 0; (row = bp_format_row(format)) != NULL; format++)
		for (n = 0, width = row->width; width > 0 && n < 40; n++) {
			raw.len = e.text.len = 0;
			good = n < 30 ? n : CHUNK / width - 20 + n;
			for (i = 0; i < good; i++) {
				id = (uint32_t)t_below(&rng, bp_vocab_size(m) - 1);
				append_raw(&raw, id, width);
				assert_true(append_id(&e, m, id));
			}
			check_decoded(m, t_slice(&raw), (bp_format)format, BP_LINES, t_slice(&e.text), NULL);
			if (n % 3 == 0)
				append_raw(&raw, 1400, width);
			else if (n % 3 == 1)
				append_raw(&raw, UINT32_MAX, width);
			else
				append_raw(&raw, 0, 1 + (unsigned)t_below(&rng, width - 1));
			snprintf(e.fault, sizeof(e.fault), "byte %zu: %s", good * width,
				 n % 3 < 2 ? "an id that is not in the vocabulary"
					   : "the file ends inside an id");
			append_raw(&raw, 5, n % 3 < 2 ? width : 0);
			check_decoded(m, t_slice(&raw), (bp_format)format, BP_LINES, S(""), e.fault);
		}
	bp_buf_release(&raw);
	bp_buf_release(&e.text);
	bp_free(m);
}

/*
 * Input of at least n bytes: ids, and runs of zeros, of blanks and of ids that end texts, which may
 * be longer than a chunk; with 'wrong' also a byte or an id that is wrong.
 */
static void append_mixture(struct buf *out, const bp_model *m, uint64_t *rng, size_t n, bool wrong)
{
	size_t bad = t_below(rng, n), i;

	while (out->len < n) {
		append_ids(out, m, rng, t_below(rng, 3000));
		if (wrong && out->len > bad) {
			i = t_below(rng, 3);
			t_append(out, i == 0 ? S("1400 ") : i == 1 ? S("1.5 ") : S("1"));
			append_run(out, '0', i == 2 ? 2 * CHUNK + t_below(rng, CHUNK) : 0);
			wrong = false;
		}
		switch (t_below(rng, 12)) {
		case 0:
			append_blanks(out, t_below(rng, 2 * CHUNK));
			break;
		case 1:
			append_run(out, '0', t_below(rng, 3 * CHUNK));
			break;
		case 2:
			for (i = t_below(rng, CHUNK); i > 0; i--)
				t_append(out, S("2 "));
			break;
		default:
			break;
		}
	}
	t_append(out, t_below(rng, 2) == 0 ? S("\n") : S("2 17"));
}

struct result {
	bp_status status;
	bp_error err;
	struct buf text;
};

static void decode_into(struct result *r, const bp_model *m, const bp_input *in,
			const bp_decode_options *o)
{
	struct t_file to;

	t_file_make(&to, S(""));
	r->err = (bp_error){ 0 };
	r->status = bp_decode_files(m, in, to.path, o, &r->err);
	read_file(to.path, &r->text);
	t_file_remove(&to);
}

static void append_object(struct buf *out, const bp_model *m, uint64_t *rng)
{
	char id[32];
	size_t n;

	t_append(out, S("{\"ids\": ["));
	for (n = t_below(rng, 500); n > 0; n--) {
		snprintf(id, sizeof(id), "%zu%s", t_below(rng, bp_vocab_size(m)), n > 1 ? ", " : "");
		t_append(out, t_string(id));
	}
	t_append(out, S("]}\n"));
}

static void append_input(struct buf *out, const bp_model *m, uint64_t *rng, bp_format format,
			 bool wrong)
{
	size_t n = 1 + t_below(rng, 3 * CHUNK);
	unsigned width = bp_format_row(format)->width;

	if (format == BP_FORMAT_IDS)
		append_mixture(out, m, rng, n, wrong);
	while (out->len < n)
		if (format == BP_FORMAT_JSON)
			append_object(out, m, rng);
		else
			append_raw(out, (uint32_t)t_below(rng, bp_vocab_size(m)) +
					(wrong && t_below(rng, 30000) == 0), width);
	if (wrong && format == BP_FORMAT_JSON)
		t_append(out, S("{\"ids\": [1, 2, 1400]}"));
}

/* One input or several, one of them twice.  With 'flush', each id is a chunk: that is the expected
 * result. */
static void check_any_threads(const bp_model *m, const struct t_file from[2],
			      const bp_decode_options *o, bp_records records, size_t n_paths)
{
	const char *path[] = { from[0].path, from[1].path, from[0].path };
	bp_input in = { .path = path, .n_paths = n_paths, .records = records, .flush = true };
	struct result want = { 0 }, got = { 0 };

	decode_into(&want, m, &in, o);
	in.flush = false;
	for (in.threads = 1; in.threads <= 8; in.threads += in.threads < 4 ? 1 : 4) {
		decode_into(&got, m, &in, o);
		assert_int_equal(got.status, want.status);
		assert_string_equal(got.err.msg, want.err.msg);
		T_SAME(t_slice(&got.text), t_slice(&want.text));
	}
	bp_buf_release(&want.text);
	bp_buf_release(&got.text);
}

static void threads_do_not_change_the_result(void **state)
{
	static const bp_format format[] = { BP_FORMAT_IDS, BP_FORMAT_U16, BP_FORMAT_IDS,
					    BP_FORMAT_U32, BP_FORMAT_IDS, BP_FORMAT_JSON };
	bp_model *m = make_model();
	bp_decode_options o = { .format = BP_FORMAT_IDS };
	struct buf text = { 0 };
	struct t_file from[2];
	uint64_t rng = 6;
	size_t i, k;

	(void)state;
	for (i = 0; i < 18; i++) {
		o.format = format[i % 6];
		o.eos = t_below(&rng, 2) == 0;
		o.specials = t_below(&rng, 2) == 0;
		o.characters = t_below(&rng, 4) == 0;
		for (k = 0; k < 2; k++) {
			text.len = 0;
			append_input(&text, m, &rng, o.format, t_below(&rng, 2) == 0);
			t_file_make(&from[k], t_slice(&text));
		}
		check_any_threads(m, from, &o, (bp_records)t_below(&rng, 3), 1 + t_below(&rng, 3));
		t_file_remove(&from[0]);
		t_file_remove(&from[1]);
	}
	bp_buf_release(&text);
	bp_free(m);
}

/* The longest piece between others, many times: more text than is held at once. */
static void long_pieces_stand_among_short_ones(void **state)
{
	bp_model *m = make_model();
	struct buf text = { 0 }, raw = { 0 };
	struct expected e = { { 0 }, "" };
	uint64_t rng = 5;
	uint32_t id;
	size_t i;
	char s[16];

	(void)state;
	for (i = 0; i < 3000; i++) {
		id = t_below(&rng, 60) == 0 ? bp_vocab_size(m) - 1
					    : (uint32_t)t_below(&rng, bp_vocab_size(m) - 1);
		snprintf(s, sizeof(s), "%" PRIu32 "%s", id, i % 7 == 0 ? "\n" : " ");
		t_append(&text, t_string(s));
		append_raw(&raw, id, 4);
		assert_true(append_id(&e, m, id));
	}
	check_decoded(m, t_slice(&raw), BP_FORMAT_U32, BP_LINES, t_slice(&e.text), NULL);
	check_text(m, t_slice(&text), BP_LINES);
	check_text(m, t_slice(&text), BP_WHOLE);
	bp_buf_release(&text);
	bp_buf_release(&raw);
	bp_buf_release(&e.text);
	bp_free(m);
}

/* A chunk of ids that stand for 256 MB. */
static void memory_does_not_grow_with_the_text(void **state)
{
	enum { N = 4096, MOST = 32 << 20 };
	bp_model *m = make_model();
	struct buf raw = { 0 };
	struct t_file from;
	const char *path = from.path;
	bp_input in = { .path = &path, .n_paths = 1, .threads = 1 };
	bp_error err = { 0 };
	uint64_t before;
	size_t i;

	(void)state;
	for (i = 0; i < N; i++)
		append_raw(&raw, bp_vocab_size(m) - 1, 4);
	t_file_make(&from, t_slice(&raw));
	before = bp_peak_memory();
	T_OK(bp_decode_files(m, &in, "/dev/null", &(bp_decode_options){ .format = BP_FORMAT_U32 },
			     &err) == BP_OK, "%s", err.msg);
	T_OK(bp_peak_memory() - before < MOST, "%" PRIu64 " bytes more", bp_peak_memory() - before);
	t_file_remove(&from);
	bp_buf_release(&raw);
	bp_free(m);
}

/* Each byte at each place of a block; each number of digits, with other bytes behind it. */
static void digits_are_found_and_joined(void **state)
{
	unsigned char block[BP_DIGITS_BLOCK], text[32];
	unsigned c, i;
	uint32_t id;
	size_t n;

	(void)state;
	for (i = 0; i < BP_DIGITS_BLOCK; i++)
		for (c = 0; c < 256; c++) {
			memset(block, c % 2 == 0 ? '0' : '9', sizeof(block));
			block[i] = (unsigned char)c;
			assert_int_equal(bp_find_non_digits(block),
					 (uint64_t)(c < '0' || c > '9') << i);
			memset(block, '0' - 1 + (c % 2 == 0 ? 0 : 11), sizeof(block));
			block[i] = (unsigned char)c;
			assert_int_equal(bp_find_non_digits(block), bp_find_non_digits_c11(block));
			assert_int_equal(~bp_find_non_digits(block),
					 (uint64_t)(c >= '0' && c <= '9') << i);
		}
	for (n = 1; n <= BP_DIGITS; n++)
		for (id = 0; id < 10000000; id += 1 + id / 97) {
			snprintf((char *)text, sizeof(text), "%07" PRIu32 "%c99999999", id,
				 (int)(id % 64 + 58));
			assert_int_equal(bp_number_of_digits(text + BP_DIGITS - n, n),
					 strtoul((char *)text + BP_DIGITS - n, NULL, 10));
		}
}

/* With a path nothing is prepared for a search, so the stored automaton is not verified; but its
 * bytes are. */
static void a_model_path_takes_the_place_of_a_model(void **state)
{
	bp_model *m = make_model();
	struct t_file from, model, out;
	const char *path = from.path;
	bp_input in = { .path = &path, .n_paths = 1 };
	bp_decode_options o = { .model_path = model.path };
	struct buf want = { 0 }, got = { 0 }, file = { 0 };
	bp_error err = { 0 };
	FILE *f;
	int form;

	(void)state;
	t_file_make(&from, S("300 1234 5\n\n100 17 1399"));
	t_file_make(&model, S(""));
	t_file_make(&out, S(""));
	T_OK(bp_decode_files(m, &in, out.path, &o, &err) == BP_OK, "%s", err.msg);
	read_file(out.path, &want);
	for (form = BP_MODEL_JSON; form <= BP_MODEL_BINARY; form++) {
		T_OK(bp_save(m, model.path, (bp_model_form)form, &err) == BP_OK, "%s", err.msg);
		T_OK(bp_decode_files(NULL, &in, out.path, &o, &err) == BP_OK, "%s", err.msg);
		read_file(out.path, &got);
		T_SAME(t_slice(&got), t_slice(&want));
	}
	assert_int_equal(bp_decode_files(NULL, &in, model.path, &o, &err), BP_ERANGE);
	assert_int_equal(bp_decode_files(NULL, &in, out.path, NULL, &err), BP_ERANGE);
	read_file(model.path, &file);
	file.data[100] ^= 1;	/* in the automaton */
	assert_non_null(f = fopen(model.path, "wb"));
	assert_true(fwrite(file.data, 1, file.len, f) == file.len && fclose(f) == 0);
	assert_int_equal(bp_decode_files(NULL, &in, out.path, &o, &err), BP_EFORMAT);
	o.model_path = "/nonexistent/model";
	assert_int_equal(bp_decode_files(NULL, &in, out.path, &o, &err), BP_EIO);
	bp_buf_release(&want);
	bp_buf_release(&got);
	bp_buf_release(&file);
	t_file_remove(&from);
	t_file_remove(&model);
	t_file_remove(&out);
	bp_free(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_does_not_grow_with_the_text),
		cmocka_unit_test(ids_of_all_forms_are_decoded),
		cmocka_unit_test(a_chunk_may_end_anywhere),
		cmocka_unit_test(faults_are_named_where_they_are),
		cmocka_unit_test(raw_ids_are_decoded_and_faults_named),
		cmocka_unit_test(threads_do_not_change_the_result),
		cmocka_unit_test(long_pieces_stand_among_short_ones),
		cmocka_unit_test(digits_are_found_and_joined),
		cmocka_unit_test(a_model_path_takes_the_place_of_a_model)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
