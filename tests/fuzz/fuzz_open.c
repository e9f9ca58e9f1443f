/*
 * Texts that will be continued, with all options.  Whatever continuation follows, the whole text
 * begins with the ids that were given; the ids and the bytes left make up the text; a file of texts
 * gives equal lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "text/escape.h"
#include "text/nfc.h"

enum { TEXT = 600, CONTINUATIONS = 4 };

struct opened {
	uint32_t *ids;
	char *left;
	size_t n, n_left;
};

static void open_text(const bp_model *m, struct slice text, struct opened *o)
{
	size_t bound = bp_encode_bound(text.n) + 1;

	*o = (struct opened){ .ids = bp_array(bound, sizeof(*o->ids)), .left = malloc(bound) };
	FUZZ_CHECK(o->ids != NULL && o->left != NULL);
	FUZZ_CHECK(bp_encode_open(m, (const char *)text.p, text.n, o->ids, &o->n, o->left,
				  &o->n_left) == BP_OK);
}

static void release(struct opened *o)
{
	free(o->ids);
	free(o->left);
}

/* The bytes of the ids and the bytes left are the text's normal form. */
static void check_bytes(const bp_model *m, struct slice text, const struct opened *o)
{
	struct buf scratch = { 0 };
	struct slice normal = fuzz_normal(m, text, &scratch), left;

	left = (struct slice){ (const unsigned char *)o->left, o->n_left };
	FUZZ_CHECK(left.n <= normal.n);
	normal.n -= left.n;
	fuzz_check_ids(m, o->ids, o->n, normal);
	normal = (struct slice){ BP_AT(normal.p, normal.n), left.n };
	FUZZ_CHECK(fuzz_same(normal, left));
	bp_buf_release(&scratch);
}

static void check_continued(const bp_model *m, struct slice text, const struct opened *o,
			    struct slice more)
{
	struct buf all = { 0 };
	uint32_t *ids;
	size_t n;

	fuzz_append(&all, text);
	fuzz_append(&all, more);
	ids = fuzz_encode(m, fuzz_slice(&all), &n);
	FUZZ_CHECK(n >= o->n && (o->n == 0 || memcmp(ids, o->ids, 4 * o->n) == 0));
	bp_buf_release(&all);
	free(ids);
}

/* Continuations of the input, and the ends of pieces that begin with the bytes left. */
static void check_text(const bp_model *m, struct slice text, struct slice *more)
{
	struct slice nothing = { NULL, 0 }, piece, left;
	uint32_t id[64];
	struct opened o;
	size_t i, n;

	open_text(m, text, &o);
	check_bytes(m, text, &o);
	check_continued(m, text, &o, nothing);
	for (i = 0; i < CONTINUATIONS; i++)
		check_continued(m, text, &o, more[i]);
	n = bp_pieces_with_prefix(m, o.left, o.n_left, id, 64);
	left = (struct slice){ (const unsigned char *)o.left, o.n_left };
	for (i = 0; i < BP_MIN(n, 64); i++) {
		piece.p = (const unsigned char *)bp_piece(m, id[i], &piece.n);
		FUZZ_CHECK(piece.p != NULL && piece.n >= left.n);
		FUZZ_CHECK(fuzz_same((struct slice){ piece.p, left.n }, left));
		check_continued(m, text, &o, (struct slice){ BP_AT(piece.p, left.n), piece.n - left.n });
	}
	release(&o);
}

/* The rules of the options, once more. */
static bool allowed(const bp_encode_options *o)
{
	bool lines = o->format != BP_FORMAT_JSON && !bp_format_is_binary(o->format);

	return !o->nbest && !o->sample && !o->eos && !o->specials && lines;
}

static void put_line(const bp_model *m, struct slice text, const bp_encode_options *way,
		     struct buf *out)
{
	struct opened o;
	char word[40];
	size_t i;
	int n;

	open_text(m, text, &o);
	for (i = 0; i < o.n + way->bos; i++) {
		if (i > 0)
			FUZZ_CHECK(bp_buf_byte(out, ' '));
		if (way->format == BP_FORMAT_IDS) {
			n = snprintf(word, sizeof(word), "%u", way->bos && i == 0 ? BP_ID_BOS :
				     (unsigned)o.ids[i - way->bos]);
			FUZZ_CHECK(bp_buf_append(out, word, (size_t)n));
		} else if (way->bos && i == 0) {
			FUZZ_CHECK(bp_buf_append(out, "<bos>", 5));
		} else {
			struct slice s;

			s.p = (const unsigned char *)bp_piece(m, o.ids[i - way->bos], &s.n);
			FUZZ_CHECK(bp_escape_append(out, s));
		}
	}
	FUZZ_CHECK(bp_buf_byte(out, '\t'));
	FUZZ_CHECK(bp_escape_append(out, (struct slice){ (const unsigned char *)o.left,
							  o.n_left }));
	FUZZ_CHECK(bp_buf_byte(out, '\n'));
	release(&o);
}

/* Each text gives a whole line, the last one without an end mark too. */
static void put_lines(const bp_model *m, struct slice file, bp_records records,
		      const bp_encode_options *way, struct buf *out)
{
	const unsigned char *at;
	size_t n;

	if (records == BP_WHOLE) {
		put_line(m, file, way, out);
		return;
	}
	while (file.n > 0) {
		at = memchr(file.p, records == BP_NULS ? '\0' : '\n', file.n);
		n = at != NULL ? (size_t)(at - file.p) : file.n;
		put_line(m, fuzz_part(&file, n), way, out);
		fuzz_byte(&file);
	}
}

static void check_file(const bp_model *m, struct slice text, const bp_input *in,
		       const bp_encode_options *o)
{
	struct buf want = { 0 }, got = { 0 };
	bp_error err = { 0 };
	bp_status st;

	fuzz_write(in->path[0], text);
	remove(fuzz_path("out"));
	st = bp_encode_files(m, in, fuzz_path("out"), o, &err);
	FUZZ_CHECK((st == BP_OK) == allowed(o));
	FUZZ_CHECK(bp_encode_options_check(o, NULL) == st);
	if (st != BP_OK) {
		FUZZ_CHECK(st == BP_ERANGE && err.msg[0] != '\0');
		FUZZ_CHECK(fopen(fuzz_path("out"), "rb") == NULL);
		return;
	}
	if (o->format != BP_FORMAT_IDS && o->format != BP_FORMAT_PIECES)
		return;
	put_lines(m, text, in->records, o, &want);
	fuzz_read(fuzz_path("out"), &got);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&want), fuzz_slice(&got)));
	bp_buf_release(&want);
	bp_buf_release(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size }, words = fuzz_block(&in), more[CONTINUATIONS], text;
	unsigned how = fuzz_byte(&in), other = fuzz_byte(&in), i;
	const char *path = fuzz_path("in");
	bp_input file = { .path = &path, .n_paths = 1, .records = (bp_records)((how >> 2) % 3),
			  .threads = how & 1 ? 3 : 1, .flush = (how & 2) != 0 };
	bp_encode_options o = { .open = true, .bos = (how & 128) != 0, .eos = other % 16 == 1,
				.specials = other % 16 == 2, .sample = other % 16 == 3,
				.nbest = other % 16 == 4 };
	struct buf b = { 0 };
	struct fuzz_vocab v;
	bp_model *m;

	while (bp_format_name((bp_format)o.format) != NULL && (other >> 4) > (unsigned)o.format &&
	       bp_format_name((bp_format)(o.format + 1)) != NULL)
		o.format = (bp_format)(o.format + 1);
	fuzz_vocab_init(&v, &words);
	m = fuzz_vocab_model(&v, how & 32 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     how & 64 ? FUZZ_MIXED : FUZZ_ORDERED);
	fuzz_set_newlines(m, other);
	for (i = 0; i < CONTINUATIONS; i++)
		more[i] = fuzz_part(&in, fuzz_byte(&in) % 16);
	fuzz_text(in, m, TEXT, &b);
	text = fuzz_slice(&b);
	check_text(m, text, more);
	check_file(m, text, &file, &o);
	bp_free(m);
	fuzz_vocab_release(&v);
	bp_buf_release(&b);
	return 0;
}
