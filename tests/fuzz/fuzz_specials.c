/*
 * Texts with names of special tokens, against a search of each name at each place: at once, and as
 * files of texts, on one thread and several; decoded with the names, the texts come back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { LONG = 300000, SHORT = 3000 };

/* The ids of texts, and what decoding them with names has to give. */
struct expected {
	struct buf ids, normal;
};

static void put_id(struct expected *x, uint32_t id)
{
	unsigned char four[4] = { (unsigned char)id, (unsigned char)(id >> 8),
				  (unsigned char)(id >> 16), (unsigned char)(id >> 24) };

	FUZZ_CHECK(bp_buf_append(&x->ids, four, 4));
}

/* The number of the longest name that the text begins with, and its length; SIZE_MAX. */
static size_t find_name(const bp_model *m, struct slice s, size_t *len)
{
	size_t i, n, best = SIZE_MAX;
	const char *name;

	*len = 0;
	for (i = 0; (name = bp_special(m, i, &n)) != NULL; i++)
		if (n > *len && n <= s.n && *s.p == (unsigned char)*name &&
		    memcmp(s.p, name, n) == 0) {
			best = i;
			*len = n;
		}
	return best;
}

static void put_part(const bp_model *m, struct slice part, struct expected *x)
{
	struct buf scratch = { 0 };
	uint32_t *ids;
	size_t n, i;

	if (part.n == 0)
		return;
	ids = fuzz_encode(m, part, &n);
	for (i = 0; i < n; i++)
		put_id(x, ids[i]);
	fuzz_append(&x->normal, fuzz_normal(m, part, &scratch));
	bp_buf_release(&scratch);
	free(ids);
}

static void put_text(const bp_model *m, struct slice text, struct expected *x)
{
	struct slice part = { text.p, 0 };
	size_t name, n;

	while (text.n > 0) {
		if ((name = find_name(m, text, &n)) == SIZE_MAX) {
			fuzz_byte(&text);
			part.n++;
			continue;
		}
		put_part(m, part, x);
		put_id(x, bp_special_id(m, name));
		fuzz_append(&x->normal, fuzz_part(&text, n));
		part = (struct slice){ text.p, 0 };
	}
	put_part(m, part, x);
}

/* All texts of a file; ids of four bytes have no ends between them. */
static void put_file(const bp_model *m, struct slice file, bp_records records, struct expected *x)
{
	const unsigned char *at;
	size_t n;

	if (records == BP_WHOLE) {
		put_text(m, file, x);
		return;
	}
	while (file.n > 0) {
		at = memchr(file.p, records == BP_NULS ? '\0' : '\n', file.n);
		n = at != NULL ? (size_t)(at - file.p) : file.n;
		put_text(m, fuzz_part(&file, n), x);
		fuzz_byte(&file);
	}
}

static void check_file(const char *path, struct slice want)
{
	struct buf got = { 0 };

	fuzz_read(path, &got);
	FUZZ_CHECK(fuzz_same(want, fuzz_slice(&got)));
	bp_buf_release(&got);
}

static void check_files(const bp_model *m, bp_input in, const struct expected *x)
{
	bp_encode_options o = { .format = BP_FORMAT_U32, .specials = true };
	bp_decode_options back = { .format = BP_FORMAT_U32, .specials = true };
	const char *out = fuzz_path("out");
	bp_error err = { 0 };

	FUZZ_CHECK(bp_encode_files(m, &in, out, &o, &err) == BP_OK);
	check_file(out, fuzz_slice(&x->ids));
	in.path = &out;
	FUZZ_CHECK(bp_decode_files(m, &in, fuzz_path("back"), &back, &err) == BP_OK);
	check_file(fuzz_path("back"), fuzz_slice(&x->normal));
}

static void check_call(const bp_model *m, struct slice text)
{
	uint32_t *ids = bp_array(bp_encode_bound(text.n) + 1, sizeof(*ids));
	bp_specials *s = bp_specials_new(m, NULL);
	struct expected x = { { 0 }, { 0 } }, got = { { 0 }, { 0 } };
	size_t n, i;

	FUZZ_CHECK(ids != NULL && s != NULL);
	put_text(m, text, &x);
	FUZZ_CHECK(bp_encode_specials(s, (const char *)text.p, text.n, ids, &n) == BP_OK);
	for (i = 0; i < n; i++)
		put_id(&got, ids[i]);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&x.ids), fuzz_slice(&got.ids)));
	bp_buf_release(&x.ids);
	bp_buf_release(&x.normal);
	bp_buf_release(&got.ids);
	bp_specials_free(s);
	free(ids);
}

/* Append a text of names and, between bytes FB, of other text. */
static void make_text(struct slice in, const bp_model *m, size_t most, struct buf *out)
{
	const unsigned char *at;
	const char *name;
	size_t n, names = 0;

	while (bp_special(m, names, &n) != NULL)
		names++;
	while (in.n > 0 && out->len < most) {
		at = memchr(in.p, 0xFB, in.n);
		fuzz_text(fuzz_part(&in, at != NULL ? (size_t)(at - in.p) : in.n), m, most, out);
		fuzz_byte(&in);
		name = bp_special(m, fuzz_byte(&in) % names, &n);
		if (at != NULL)
			fuzz_append(out, (struct slice){ (const unsigned char *)name, n });
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in);
	const char *path = fuzz_path("in");
	bp_input file = { .path = &path, .n_paths = 1, .records = (bp_records)((how >> 1) % 3),
			  .threads = how & 1 ? 3 : 1, .flush = (how & 128) != 0 };
	struct expected x = { { 0 }, { 0 } };
	struct buf text = { 0 };
	struct fuzz_vocab v;
	bp_model *m;

	fuzz_vocab_init(&v, &in);
	m = fuzz_vocab_model(&v, how & 8 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     how & 16 ? FUZZ_MIXED : FUZZ_ORDERED);
	m = fuzz_with_names(m, &in);
	make_text(in, m, size % 8 == 0 ? LONG : SHORT, &text);
	check_call(m, fuzz_slice(&text));
	fuzz_write(path, fuzz_slice(&text));
	put_file(m, fuzz_slice(&text), file.records, &x);
	check_files(m, file, &x);
	bp_free(m);
	fuzz_vocab_release(&v);
	bp_buf_release(&x.ids);
	bp_buf_release(&x.normal);
	bp_buf_release(&text);
	return 0;
}
