#define _POSIX_C_SOURCE 200809L

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checksum.h"
#include "base/endian.h"
#include "encode/loaded_model.h"
#include "model/model.h"
#include "model/model_file.h"
#include "text/nfc.h"

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

unsigned fuzz_byte(struct slice *in)
{
	if (in->n == 0)
		return 0;
	in->n--;
	return *in->p++;
}

struct slice fuzz_part(struct slice *in, size_t n)
{
	struct slice s = { in->p, BP_MIN(n, in->n) };

	if (s.n > 0)
		in->p += s.n;
	in->n -= s.n;
	return s;
}

struct slice fuzz_block(struct slice *in)
{
	size_t n = fuzz_byte(in);

	return fuzz_part(in, n | (size_t)fuzz_byte(in) << 8);
}

struct slice fuzz_slice(const struct buf *b)
{
	return (struct slice){ b->data, b->len };
}

bool fuzz_same(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

void fuzz_append(struct buf *b, struct slice s)
{
	FUZZ_CHECK(bp_buf_append(b, s.p, s.n));
}

char *fuzz_string(struct slice s)
{
	char *copy = malloc(s.n + 1);

	FUZZ_CHECK(copy != NULL);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

static int by_length_and_bytes(struct slice a, struct slice b)
{
	return a.n != b.n ? (a.n < b.n ? -1 : 1) : memcmp(a.p, b.p, a.n);
}

static int compare(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return by_length_and_bytes(*x, *y);
}

static const unsigned char letters[] = { 'a', 'b', ' ', '\n' };

/* Append the bytes of a piece, as they are or, with a high bit, of few letters. */
static size_t take_piece(struct slice *in, struct buf *bytes)
{
	unsigned head = fuzz_byte(in);
	size_t n = 2 + (head & 31), i;
	struct slice s;
	unsigned char c = 0;

	if (n == 33)
		n = 200 + fuzz_byte(in);
	if (head & 0x80) {
		for (i = 0; i < n; i++) {
			c = i % 4 == 0 ? (unsigned char)fuzz_byte(in) : c >> 2;
			FUZZ_CHECK(bp_buf_byte(bytes, letters[c & 3]));
		}
		return n;
	}
	s = fuzz_part(in, n);
	fuzz_append(bytes, s);
	return s.n;
}

static void drop_equal(struct fuzz_vocab *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->n; i++)
		if (v->piece[i].n > 0 && (n == 0 || compare(&v->piece[n - 1], &v->piece[i]) != 0))
			v->piece[n++] = v->piece[i];
	v->n = n;
}

void fuzz_vocab_init(struct fuzz_vocab *v, struct slice *in)
{
	size_t n = 256 + fuzz_byte(in), i, at = 0;
	size_t length[512];

	*v = (struct fuzz_vocab){ .n = n, .piece = bp_array(n, sizeof(*v->piece)),
				  .count = bp_array(n, sizeof(*v->count)) };
	FUZZ_CHECK(v->piece != NULL && v->count != NULL);
	for (i = 0; i < n; i++) {
		length[i] = 1;
		if (i < 256)
			FUZZ_CHECK(bp_buf_byte(&v->bytes, (unsigned char)i));
		else
			length[i] = take_piece(in, &v->bytes);
	}
	for (i = 0; i < n; i++, at += length[i - 1])
		v->piece[i] = (struct slice){ v->bytes.data + at, length[i] };
	qsort(v->piece, v->n, sizeof(*v->piece), compare);
	drop_equal(v);
	/* The sum of all stays below 2^63. */
	for (i = 0; i < v->n; i++)
		v->count[i] = i < 256 ? 1 : (uint64_t)1 << fuzz_byte(in) % 54;
	for (i = 0; i < 4; i++)
		v->count[letters[i]] = (uint64_t)1 << fuzz_byte(in) % 54;
}

void fuzz_vocab_release(struct fuzz_vocab *v)
{
	free(v->piece);
	free(v->count);
	bp_buf_release(&v->bytes);
}

size_t fuzz_vocab_find(const struct fuzz_vocab *v, struct slice s)
{
	const struct slice *at = bsearch(&s, v->piece, v->n, sizeof(s), compare);

	return at == NULL ? SIZE_MAX : (size_t)(at - v->piece);
}

static void append_base64(struct buf *out, struct slice s)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char four[4];
	uint32_t w;
	size_t k;

	for (; s.n > 0; s.p += k, s.n -= k) {
		k = BP_MIN(s.n, 3);
		w = (uint32_t)s.p[0] << 16 | (uint32_t)(k > 1 ? s.p[1] : 0) << 8 |
		    (uint32_t)(k > 2 ? s.p[2] : 0);
		four[0] = digit[w >> 18];
		four[1] = digit[w >> 12 & 63];
		four[2] = k > 1 ? digit[w >> 6 & 63] : '=';
		four[3] = k > 2 ? digit[w & 63] : '=';
		FUZZ_CHECK(bp_buf_append(out, four, 4));
	}
}

static void append_text(struct buf *out, const char *s)
{
	FUZZ_CHECK(bp_buf_append(out, s, strlen(s)));
}

/* Mixed: every third piece, then the ones after these, then the rest; special tokens between. */
static size_t id_of(const struct fuzz_vocab *v, enum fuzz_ids ids, size_t i)
{
	static const size_t specials[] = { 0, 9, 10 };
	size_t id = i, k, thirds = (v->n + 2) / 3;

	if (ids == FUZZ_ORDERED)
		return BP_FIRST_PIECE + i;
	id = i / 3 + i % 3 * thirds - (i % 3 == 2 && v->n % 3 == 1);
	for (k = 0; k < sizeof(specials) / sizeof(specials[0]); k++)
		id += id >= specials[k];
	return BP_FIRST_PIECE + id;
}

static void append_json(const struct fuzz_vocab *v, bp_normalize normalize, enum fuzz_ids ids,
			struct buf *out)
{
	bool plain = normalize == BP_NORMALIZE_NFC && ids == FUZZ_ORDERED;
	char text[64];
	size_t i;

	if (!plain) {
		append_text(out, "{\"bytepiece\":{\"version\":1,\"normalize\":\"");
		append_text(out, normalize == BP_NORMALIZE_NFC ? "nfc" : "none");
		append_text(out, "\",\"specials\":[\"<pad>\",\"<bos>\",\"<eos>\"");
		append_text(out, ids == FUZZ_MIXED ? ",\"<a>\",\"b\",\"<c>\"" : "");
		append_text(out, "]},\"pieces\":");
	}
	for (i = 0; i < v->n; i++) {
		append_text(out, i == 0 ? "{\"" : ",\"");
		append_base64(out, v->piece[i]);
		snprintf(text, sizeof(text), "\":[%zu,\"\",%llu]", id_of(v, ids, i),
			 (unsigned long long)v->count[i]);
		append_text(out, text);
	}
	append_text(out, plain ? "}" : "}}");
}

void fuzz_set_newlines(bp_model *m, size_t number)
{
	m->model.newlines = m->vocabulary.newlines = (bp_newlines)(number % BP_NEWLINES_DEFAULT);
}

bp_model *fuzz_vocab_model(const struct fuzz_vocab *v, bp_normalize normalize, enum fuzz_ids ids)
{
	struct buf json = { 0 };
	bp_error err = { 0 };
	bp_model *m;

	append_json(v, normalize, ids, &json);
	m = bp_load_memory(json.data, json.len, "made", &err);
	if (m == NULL)
		fprintf(stderr, "%s\n", err.msg);
	FUZZ_CHECK(m != NULL);
	bp_buf_release(&json);
	return m;
}

/* Append a name; parts that overlap, that exports have to change, or that need an escape. */
static void append_name(struct slice *in, struct buf *out)
{
	static const char *const part[16] = {
		"a", "b", "<", ">", "_", "e", "\xCC\x81", " ", "\n", "\t", "\"", "\\", "<pad>",
		"<unk>", "\xC4\xA0", "\xE4\xB8\xAD"
	};
	unsigned n = fuzz_byte(in) % 8 + 1, two = 0, i;

	for (i = 0; i < n; i++) {
		two = i % 2 == 0 ? fuzz_byte(in) : two >> 4;
		append_text(out, part[two & 15]);
	}
}

bp_model *fuzz_with_names(bp_model *m, struct slice *in)
{
	bp_bytes name[31];
	bp_edit_options o = { .special = name };
	size_t n = fuzz_byte(in) % 32, i;
	struct buf one[31] = { { 0 } };
	bp_edit_report report;
	bp_error err = { 0 };
	const char *why;

	for (i = 0; i < n; i++) {
		append_name(in, &one[i]);
		if (bp_special_name_ok(fuzz_slice(&one[i]), &why))
			name[o.n_specials++] = (bp_bytes){ .bytes = (char *)one[i].data,
							      .len = one[i].len };
	}
	FUZZ_CHECK(bp_edit_files(m, &(bp_input){ 0 }, fuzz_path("model"), &o, &report, &err) ==
		   BP_OK);
	bp_free(m);
	m = bp_load(fuzz_path("model"), &err);
	FUZZ_CHECK(m != NULL);
	for (i = 0; i < n; i++)
		bp_buf_release(&one[i]);
	return m;
}

/* A vocabulary of random bytes, by their kind. */
static bp_model *make_model(unsigned number)
{
	static const unsigned char common[] =
		"\x22" "\x00 t\x00he\x00 a\x00in\x00\n\n\x01 the\x01ing\x02 and \x00\xC3\xA9"
		"\x00\xCC\x81\x01" "e\xCC\x81\x01\xE4\xB8\xAD\x04\xE4\xB8\xAD\xE6\x96\x87"
		"\x01\xEA\xB0\x80\x00 b\x00" "bb\x00" "12\x01\xE1\x84\x80\x01\xE1\x85\xA1";
	unsigned char bytes[4096];
	struct slice in = { bytes, sizeof(bytes) };
	uint64_t rng = number;
	struct fuzz_vocab v;
	bp_model *m;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (unsigned char)bp_mix(rng += 0x9e3779b97f4a7c15u);
		if (number & 2)		/* letters, of short pieces */
			bytes[i] = (unsigned char)(bytes[i] % 8 | 0x80);
	}
	bytes[0] = number & 4 ? 255 : 40;
	if (!(number & 2))
		memcpy(bytes, common, sizeof(common));
	fuzz_vocab_init(&v, &in);
	m = fuzz_vocab_model(&v, number & 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     number & 4 ? FUZZ_MIXED : FUZZ_ORDERED);
	fuzz_set_newlines(m, number);
	fuzz_vocab_release(&v);
	return m;
}

bp_format fuzz_format(unsigned number, bool json)
{
	bp_format list[64];
	unsigned i, n = 0;

	for (i = 0; i < 64 && bp_format_name((bp_format)i) != NULL; i++)
		if (bp_format_is_decodable((bp_format)i) || (json && i == BP_FORMAT_JSON))
			list[n++] = (bp_format)i;
	/* Two bits of the number, as long as they reach all: the rest of it says other things. */
	return list[(n > 4 ? number : number % 4) % n];
}

const bp_model *fuzz_model(unsigned number)
{
	static bp_model *model[FUZZ_MODELS];

	number %= FUZZ_MODELS;
	if (model[number] == NULL)
		model[number] = make_model(number);
	return model[number];
}

static void repeat(struct buf *out, unsigned how, size_t most)
{
	size_t n = (how & 15) + 1, times = (size_t)1 << (how >> 4), i, start;

	n = BP_MIN(n, out->len);
	start = out->len - n;
	for (i = 0; i < n * times && out->len < most; i++)
		FUZZ_CHECK(bp_buf_byte(out, out->data[start + i % n]));
}

void fuzz_text(struct slice in, const bp_model *m, size_t most, struct buf *out)
{
	const char *piece;
	struct slice s;
	unsigned c;
	uint32_t id;

	while (in.n > 0 && out->len < most) {
		switch (c = fuzz_byte(&in)) {
		case 0xF8:
			repeat(out, fuzz_byte(&in), most);
			break;
		case 0xF9:
			id = BP_FIRST_PIECE + 256 + fuzz_byte(&in);
			piece = m == NULL ? NULL : bp_piece(m, id, &s.n);
			if (piece != NULL)
				fuzz_append(out, (struct slice){ (const unsigned char *)piece, s.n });
			break;
		case 0xFA:
			c = fuzz_byte(&in);
			/* fall through */
		default:
			FUZZ_CHECK(bp_buf_byte(out, (unsigned char)c));
		}
	}
}

struct slice fuzz_normal(const bp_model *m, struct slice text, struct buf *scratch)
{
	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		FUZZ_CHECK(bp_nfc(text, scratch, &text));
	return text;
}

void fuzz_check_ids(const bp_model *m, const uint32_t *ids, size_t n, struct slice normal)
{
	char *text = malloc(normal.n + 1);
	size_t len;

	FUZZ_CHECK(text != NULL);
	FUZZ_CHECK(bp_decode(m, ids, n, text, normal.n, &len) == BP_OK);
	FUZZ_CHECK(fuzz_same(normal, (struct slice){ (const unsigned char *)text, len }));
	free(text);
}

uint32_t *fuzz_encode(const bp_model *m, struct slice text, size_t *n)
{
	uint32_t *ids = bp_array(bp_encode_bound(text.n) + 1, sizeof(*ids));
	struct buf scratch = { 0 };

	FUZZ_CHECK(ids != NULL);
	FUZZ_CHECK(bp_encode(m, (const char *)text.p, text.n, ids, n) == BP_OK);
	fuzz_check_ids(m, ids, *n, fuzz_normal(m, text, &scratch));
	bp_buf_release(&scratch);
	return ids;
}

/* See model_file.h and rowfile.h. */
enum { HEAD = 48, SUMMED_HEAD = 40, SUM = 8 };

static void seal_model(unsigned char *p, size_t n)
{
	uint64_t sum = bp_checksum_block(0, p, SUMMED_HEAD);

	bp_store64(p + SUMMED_HEAD, sum);
	if (n >= HEAD + SUM)
		bp_store64(p + n - SUM, bp_checksum_block(sum, p + HEAD, n - HEAD - SUM));
}

void fuzz_seal(struct buf *file)
{
	static const char rows[] = "bprows1\n";
	struct checksum c = { 0 };

	if (file->len >= HEAD && file->data[0] == BP_BINARY_FIRST) {
		seal_model(file->data, file->len);
	} else if (file->len >= sizeof(rows) - 1 + SUM &&
		   memcmp(file->data, rows, sizeof(rows) - 1) == 0) {
		bp_checksum_add(&c, file->data, file->len - SUM);
		bp_store64(file->data + file->len - SUM, bp_checksum(&c));
	}
}

/* The folder, which goes at the end of the process with the files that are left in it. */
static char folder[1024];
static const char *const names[] = { "a", "b", "c", "in", "out", "back", "plan", "next", "model" };

static void remove_folder(void)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove(fuzz_path(names[i]));
	rmdir(folder);
}

const char *fuzz_path(const char *name)
{
	static char path[sizeof(names) / sizeof(names[0])][sizeof(folder) + 8];
	const char *tmp = getenv("TMPDIR");
	size_t i = 0;

	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "%s/fuzz-XXXXXX", tmp != NULL ? tmp : "/tmp");
		FUZZ_CHECK(mkdtemp(folder) != NULL);
		atexit(remove_folder);
	}
	while (strcmp(names[i], name) != 0)
		FUZZ_CHECK(++i < sizeof(names) / sizeof(names[0]));
	snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
	return path[i];
}

void fuzz_write(const char *path, struct slice content)
{
	FILE *f = fopen(path, "wb");

	FUZZ_CHECK(f != NULL);
	FUZZ_CHECK(content.n == 0 || fwrite(content.p, 1, content.n, f) == content.n);
	FUZZ_CHECK(fclose(f) == 0);
}

void fuzz_read(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char part[4096];
	size_t n;

	FUZZ_CHECK(f != NULL);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		FUZZ_CHECK(bp_buf_append(out, part, n));
	FUZZ_CHECK(!ferror(f));
	fclose(f);
}
