/*
 * A vocabulary is edited by any lists and options, or a new one is made of them: the result loads,
 * ids stay, all that was asked for is there, and to ask again changes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "text/nfc.h"

enum { WORDS = 6, LIST = 4000 };

struct edited {
	bp_model *old, *new;	/* old may be NULL */
	bp_bytes piece[WORDS], special[WORDS];
	bp_edit_options o;
	bp_edit_report r;
};

static size_t take_words(struct slice *in, bp_bytes *word)
{
	size_t n = fuzz_byte(in) % (WORDS + 1), i;
	struct slice s;

	for (i = 0; i < n; i++) {
		s = fuzz_part(in, fuzz_byte(in) % 10);
		word[i] = (bp_bytes){ .bytes = (const char *)s.p, .len = s.n };
	}
	return n;
}

/* A list: text as it stands, or lines of words of few letters with a count each. */
static void make_list(struct slice in, bool plain, struct buf *list)
{
	static const char letter[] = "ab e";
	char line[64];
	unsigned c;
	int n;

	if (plain) {
		fuzz_append(list, in);
		return;
	}
	while (in.n > 1 && list->len < LIST) {
		c = fuzz_byte(&in);
		n = snprintf(line, sizeof(line), "%.*s%c%c\t%llu\n", (int)(c >> 4 & 7), "abababab",
			     letter[c & 3], letter[c >> 2 & 3], 1ull << fuzz_byte(&in) % 56);
		FUZZ_CHECK(n > 0 && bp_buf_append(list, line, (size_t)n));
	}
}

/* Both are pieces, or both are special tokens, with one content. */
static bool same_entry(const bp_model *a, uint32_t x, const bp_model *b, uint32_t y)
{
	struct slice s, t;

	s.p = (const unsigned char *)bp_piece(a, x, &s.n);
	t.p = (const unsigned char *)bp_piece(b, y, &t.n);
	return (s.p == NULL) == (t.p == NULL) && (s.p == NULL || fuzz_same(s, t));
}

static uint32_t n_ids(const bp_model *m)
{
	return m != NULL ? bp_vocab_size(m) : BP_FIRST_PIECE + 256;
}

/* Old entries come first, in their order; none is missing unless it was cut. */
static void check_ids(const struct edited *e)
{
	uint32_t id = 0, old;

	if (e->old == NULL)
		return;
	for (old = 0; old < bp_vocab_size(e->old); old++) {
		if (id < bp_vocab_size(e->new) && same_entry(e->old, old, e->new, id))
			id++;
		else
			FUZZ_CHECK(e->r.cut > 0);
	}
	FUZZ_CHECK(bp_vocab_size(e->old) - id <= e->r.cut);
}

static bool has_special(const bp_model *m, bp_bytes name)
{
	const char *s;
	size_t i, n;

	for (i = 0; (s = bp_special(m, i, &n)) != NULL; i++)
		if (n == name.len && memcmp(s, name.bytes, n) == 0)
			return true;
	return false;
}

static void check_required(const struct edited *e)
{
	struct buf scratch = { 0 };
	struct slice s;
	size_t i;

	for (i = 0; i < e->o.n_pieces; i++) {
		s = (struct slice){ (const unsigned char *)e->piece[i].bytes, e->piece[i].len };
		s = fuzz_normal(e->new, s, &scratch);
		FUZZ_CHECK(bp_piece_id(e->new, (const char *)s.p, s.n) != BP_NO_ID);
	}
	for (i = 0; i < e->o.n_specials; i++)
		FUZZ_CHECK(has_special(e->new, e->special[i]));
	for (i = 0; i < 256; i++)
		FUZZ_CHECK(bp_piece_id(e->new, (const char *)&(unsigned char){ (unsigned char)i },
				       1) != BP_NO_ID);
	bp_buf_release(&scratch);
}

/* Ask again for the pieces and names, or for nothing: the file is the same. */
static void check_again(const struct edited *e, bool nothing)
{
	bp_edit_options o = { .form = e->o.form };
	struct buf a = { 0 }, b = { 0 };
	bp_edit_report r;
	bp_error err = { 0 };

	if (!nothing) {
		o = e->o;
		o.prune = false;
	}
	if (bp_edit_files(e->new, &(bp_input){ 0 }, fuzz_path("b"), &o, &r, &err) != BP_OK)
		fprintf(stderr, "%s\n", err.msg);
	FUZZ_CHECK(err.code == BP_OK);
	FUZZ_CHECK(r.pieces == 0 && r.specials == 0 && r.cut == 0);
	fuzz_read(fuzz_path("out"), &a);
	fuzz_read(fuzz_path("b"), &b);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&a), fuzz_slice(&b)));
	bp_buf_release(&a);
	bp_buf_release(&b);
}

static void check_result(struct edited *e)
{
	static const unsigned char text[] = "abab a be \n e\xCC\x81 aab";
	bp_error err = { 0 };
	size_t n;

	if ((e->new = bp_load(fuzz_path("out"), &err)) == NULL)
		fprintf(stderr, "%s\n", err.msg);
	FUZZ_CHECK(e->new != NULL);
	FUZZ_CHECK(e->r.vocab_size == bp_vocab_size(e->new));
	FUZZ_CHECK(e->o.vocab_size == 0 || e->r.vocab_size <= e->o.vocab_size);
	FUZZ_CHECK((uint64_t)n_ids(e->old) + e->r.pieces + e->r.specials >= e->r.vocab_size);
	check_ids(e);
	check_required(e);
	check_again(e, true);
	check_again(e, false);
	free(fuzz_encode(e->new, (struct slice){ text, sizeof(text) - 1 }, &n));
	bp_free(e->new);
}

static void edit(struct edited *e, struct slice list)
{
	const char *path = fuzz_path("in");
	bp_input lists = { .path = &path, .n_paths = list.n > 0 };
	bp_error err = { 0 };

	fuzz_write(path, list);
	remove(fuzz_path("out"));
	if (bp_edit_files(e->old, &lists, fuzz_path("out"), &e->o, &e->r, &err) == BP_OK) {
		check_result(e);
	} else {
		FUZZ_CHECK((err.code == BP_EFORMAT || err.code == BP_ERANGE) && err.msg[0] != '\0');
		FUZZ_CHECK(fopen(fuzz_path("out"), "rb") == NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in), more = fuzz_byte(&in), most = fuzz_byte(&in);
	struct edited e = { .o = {
		.counts = (bp_counts)(how % 3), .form = (bp_model_form)(how >> 2 & 1),
		.prune = (how & 8) != 0,
		.normalize = how & 16 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
		.vocab_size = how & 32 ? BP_VOCAB_MIN + most : 0 } };
	struct buf list = { 0 };
	struct fuzz_vocab v = { .piece = NULL };

	if (more & 1) {
		fuzz_vocab_init(&v, &in);
		e.old = fuzz_vocab_model(&v, e.o.normalize, more & 2 ? FUZZ_MIXED : FUZZ_ORDERED);
		e.o.prune = false;
	}
	e.o.piece = e.piece;
	e.o.special = e.special;
	e.o.n_pieces = take_words(&in, e.piece);
	e.o.n_specials = take_words(&in, e.special);
	make_list(in, (more & 4) != 0, &list);
	edit(&e, fuzz_slice(&list));
	bp_free(e.old);
	fuzz_vocab_release(&v);
	bp_buf_release(&list);
	return 0;
}
