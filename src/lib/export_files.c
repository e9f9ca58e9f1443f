/* Models written for other libraries. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bytepiece_files.h"
#include "encode/encoder.h"
#include "export/huggingface.h"
#include "export/sentencepiece.h"
#include "io/outfile.h"

struct notes {
	void (*note)(void *ctx, const char *line);
	void *ctx;
};

static void note(const struct notes *n, const char *line)
{
	if (n->note != NULL)
		n->note(n->ctx, line);
}

static bool to_tsv(const bp_model *m, struct buf *out)
{
	char text[4 * BP_PIECE_MAX + 1], line[96];
	bool ok = true;
	uint32_t id;
	size_t n;

	for (id = BP_FIRST_PIECE; id < bp_vocab_size(m) && ok; id++) {
		n = bp_piece_text(m, id, text, sizeof(text));
		snprintf(line, sizeof(line), "%" PRIu32 "\t", id);
		ok = bp_buf_append(out, line, strlen(line)) && bp_buf_append(out, text, n);
		snprintf(line, sizeof(line), "\t%" PRIu64 "\t%.17g\n", bp_piece_count(m, id),
			 bp_piece_log_probability(m, id));
		ok = ok && bp_buf_append(out, line, strlen(line));
	}
	return ok;
}

static void note_names(const struct notes *n, const struct buf *name, unsigned n_names)
{
	char line[256];
	unsigned i;

	for (i = 0; i < n_names; i++)
		if (name[i].data[name[i].len - 1] == '_') {
			snprintf(line, sizeof(line), "a control token is named %.*s, for there is "
				 "a piece without that underscore",
				 (int)BP_MIN(name[i].len, 99), (const char *)name[i].data);
			note(n, line);
		}
}

static void note_sentencepiece(const struct notes *n, const bp_model *m)
{
	char line[256];

	snprintf(line, sizeof(line), "id %" PRIu32 " is <unk>, which the format demands and no "
		 "text gives", bp_vocab_size(m));
	note(n, line);
	note(n, "scores are floats: where segmentations are equal but for rounding, another one may "
		"win: in text, one line of some thousand; in tables more");
	note(n, "newlines do not cut the text there: encode lines without them");
	note(n, "pieces are in the characters of byte-level tokenizers; a NUL is decoded as U+2400");
	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		note(n, "of normal form C it does all but the order of combining marks: normalise "
			"such text before");
}

static void note_huggingface(const struct notes *n, const bp_model *m)
{
	note(n, "the names of control tokens in a text become these tokens there, unless the "
		"tokenizer's encode_special_tokens is set");
	note(n, "a text has to be valid UTF-8 there");
	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		note(n, "normal form C is that of the Unicode version there; here it is 15.0");
}

static bp_status make(const bp_model *m, bp_export_form form, const struct buf *name,
		      struct buf *out, bp_error *err)
{
	switch (form) {
	case BP_EXPORT_SENTENCEPIECE:
		return bp_to_sentencepiece(&m->model, name, out, err);
	case BP_EXPORT_HUGGINGFACE:
		return bp_to_huggingface(&m->model, name, out, err);
	case BP_EXPORT_TSV:
		return to_tsv(m, out) ? BP_OK : bp_fail_memory(err);
	}
	return bp_fail(err, BP_ERANGE, "there is no such form");
}

static void note_all(const bp_model *m, bp_export_form form, const struct buf *name,
		     const struct notes *n)
{
	if (form == BP_EXPORT_SENTENCEPIECE) {
		note_names(n, name, N_CONTROLS);
		note_sentencepiece(n, m);
	} else if (form == BP_EXPORT_HUGGINGFACE) {
		note_names(n, name, BP_FIRST_PIECE);
		note_huggingface(n, m);
	}
}

bp_status bp_export(const bp_model *m, const char *path, bp_export_form form,
		    void (*note_fn)(void *ctx, const char *line), void *note_ctx, bp_error *err)
{
	struct notes notes = { note_fn, note_ctx };
	struct buf name[N_CONTROLS] = { { 0 } }, text = { 0 };
	struct outfile out = { 0 };
	bp_status st = BP_OK;
	unsigned i;

	if (!bp_control_names(&m->model, name))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = make(m, form, name, &text, err)) == BP_OK &&
	    (st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, text.data, text.len, err)) == BP_OK &&
	    (st = bp_out_commit(&out, err)) == BP_OK)
		note_all(m, form, name, &notes);
	bp_out_abort(&out);
	bp_buf_release(&text);
	for (i = 0; i < N_CONTROLS; i++)
		bp_buf_release(&name[i]);
	return st;
}
