/* Models written for other libraries. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "encode/encoder.h"
#include "export/huggingface.h"
#include "export/sentencepiece.h"
#include "io/outfile.h"
#include "api/format.h"

struct notes {
	void (*note)(void *ctx, const char *line);
	void *ctx;
};

static void note(const struct notes *n, const char *line)
{
	if (n->note != NULL)
		n->note(n->ctx, line);
}

/* All entries of the model: special tokens have a count of 0. */
static bool to_tsv(const bp_model *m, struct buf *out)
{
	struct format text = { 0 };
	char line[96];
	bool ok = true;
	size_t i;

	for (i = 0; i < m->model.n_pieces && ok; i++) {
		text.text.len = 0;
		snprintf(line, sizeof(line), "%zu\t", i + BP_FIRST_PIECE);
		ok = bp_buf_append(out, line, strlen(line)) &&
		     bp_format_bytes(&text, m->model.piece[i]) &&
		     bp_buf_append(out, text.text.data, text.text.len);
		snprintf(line, sizeof(line), "\t%" PRIu64 "\t%.17g\n", m->model.count[i],
			 m->model.log_probability[i]);
		ok = ok && bp_buf_append(out, line, strlen(line));
	}
	bp_buf_release(&text.text);
	return ok;
}

/* Say it where a name is not the plain one, which has 'n_plain' bytes. */
static void note_name(const struct notes *n, const struct buf *name, size_t n_plain)
{
	char line[256];

	if (name->len == n_plain)
		return;
	snprintf(line, sizeof(line), "a special token is named %.*s, as another one has its name "
		 "without that underscore", (int)BP_MIN(name->len, 99), (const char *)name->data);
	note(n, line);
}

static void note_names(const struct notes *n, const struct model *m, const struct buf *name,
		       size_t n_controls)
{
	size_t i;

	for (i = 0; i < n_controls; i++)
		note_name(n, &name[i], strlen("<pad>"));
	for (i = 0; i < m->n_specials; i++)
		note_name(n, &name[N_CONTROLS + i], m->piece[m->special[i]].n);
}

static void note_sentencepiece(const struct notes *n, const bp_model *m)
{
	char line[256];

	snprintf(line, sizeof(line), "id %" PRIu32 " is <unk>, which the format requires and no "
		 "text gives", bp_vocab_size(m));
	note(n, line);
	note(n, "scores become floats: of two nearly equal segmentations the other one may win: in "
		"prose in about one of a few thousand lines, in tables more often");
	note(n, "SentencePiece does not cut text at newlines: encode lines without them");
	note(n, "pieces use the characters of byte-level tokenizers; a NUL is decoded as U+2400");
	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		note(n, "in normal form C SentencePiece does not order combining marks: normalize "
			"such text before");
}

static void note_huggingface(const struct notes *n, const bp_model *m)
{
	note(n, "tokenizers encodes names of special tokens in a text as these tokens, unless the "
		"tokenizer's encode_special_tokens is set");
	note(n, "tokenizers accepts valid UTF-8 only");
	if (bp_model_normalize(m) == BP_NORMALIZE_NFC)
		note(n, "tokenizers has its own version of normal form C; bytepiece has 15.0");
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
	return bp_fail(err, BP_ERANGE, "unknown form");
}

static void note_all(const bp_model *m, bp_export_form form, const struct buf *name,
		     const struct notes *n)
{
	if (form == BP_EXPORT_SENTENCEPIECE) {
		note_names(n, &m->model, name, N_CONTROLS);
		note_sentencepiece(n, m);
	} else if (form == BP_EXPORT_HUGGINGFACE) {
		note_names(n, &m->model, name, BP_FIRST_PIECE);
		note_huggingface(n, m);
	}
}

static bp_status export_named(const bp_model *m, const char *path, bp_export_form form,
			      struct buf *name, const struct notes *notes, bp_error *err)
{
	struct buf text = { 0 };
	struct outfile out = { 0 };
	bp_status st = BP_OK;

	if (form != BP_EXPORT_TSV && !bp_control_names(&m->model, name))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = make(m, form, name, &text, err)) == BP_OK &&
	    (st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, text.data, text.len, err)) == BP_OK &&
	    (st = bp_out_commit(&out, err)) == BP_OK)
		note_all(m, form, name, notes);
	bp_out_abort(&out);
	bp_buf_release(&text);
	return st;
}

bp_status bp_export(const bp_model *m, const char *path, bp_export_form form,
		    void (*note_fn)(void *ctx, const char *line), void *note_ctx, bp_error *err)
{
	struct notes notes = { note_fn, note_ctx };
	size_t n = N_CONTROLS + m->model.n_specials, i;
	struct buf *name = calloc(n, sizeof(*name));
	bp_status st;

	if (name == NULL)
		return bp_fail_memory(err);
	st = export_named(m, path, form, name, &notes, err);
	for (i = 0; i < n; i++)
		bp_buf_release(&name[i]);
	free(name);
	return st;
}
