/*
 * Models written for other libraries: the table of exports, and the calls that use it.
 *
 * To add an export, write a function like bp_to_tsv() in src/export/, and give bp_export_form
 * (bytepiece_files.h) and the table a line each.  The program's option, its help and completions,
 * and the tests of all exports iterate over the table.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytepiece_files.h"
#include "encode/encoder.h"
#include "export/writers.h"
#include "io/outfile.h"

/* The caller's function for lines of notes, which may be NULL. */
struct notes {
	void (*note)(void *ctx, const char *line);
	void *ctx;
};

static void put_note(const struct notes *n, const char *line)
{
	if (n->note != NULL)
		n->note(n->ctx, line);
}

/* A note if the export had to change a name, which had n_before bytes. */
static void note_name(const struct notes *n, const struct buf *name, size_t n_before)
{
	char line[256];

	if (name->len == n_before)
		return;
	snprintf(line, sizeof(line), "the special token %.*s is named %.*s there, because another "
		 "token or a piece has the name", (int)BP_MIN(n_before, 80),
		 (const char *)name->data, (int)BP_MIN(name->len, 90), (const char *)name->data);
	put_note(n, line);
}

static void note_names(const struct notes *n, const struct model *m, const struct buf *name,
		       size_t n_named)
{
	size_t i;

	for (i = 0; i < n_named; i++)
		note_name(n, &name[i], strlen("<pad>"));
	for (i = 0; i < m->n_specials; i++)
		note_name(n, &name[N_COMMON_SPECIALS + i], m->piece[m->special[i]].n);
}

static void note_sentencepiece(const struct notes *n, const struct model *m)
{
	char line[256];

	snprintf(line, sizeof(line), "id %" PRIu32 " is <unk>, which the format requires and no "
		 "text gives", bp_model_n_ids(m));
	put_note(n, line);
	put_note(n, "scores are floats: if segmentations have equal scores after rounding, "
		 "SentencePiece may choose another one: one line in some thousand lines of prose, "
		 "more in tables");
	put_note(n, "SentencePiece does not end segments at newlines: encode lines without "
		 "newlines");
	put_note(n, "pieces use the characters of byte-level tokenizers; a NUL is decoded as "
		 "U+2400");
	if (m->normalize == BP_NORMALIZE_NFC)
		put_note(n, "the rules include all of normal form C except the order of combining "
			 "marks: normalise text that needs it before");
}

static void note_huggingface(const struct notes *n, const struct model *m)
{
	put_note(n, "tokenizers encodes the name of a special token in a text as that token, "
		 "unless encode_special_tokens is set");
	put_note(n, "tokenizers requires texts that are valid UTF-8");
	if (m->normalize == BP_NORMALIZE_NFC)
		put_note(n, "tokenizers has normal form C of another Unicode version than 15.0, "
			 "the version of bytepiece");
}

/* The table of exports, by bp_export_form. */
static const struct exporter {
	bp_form_info info;
	/* Append the file to 'out'; name[] is as of bp_export_names(). */
	bp_status (*write)(const struct model *m, const struct buf *name, struct buf *out,
			   bp_error *err);
	size_t n_named;		/* special tokens that the format names beside the model's own; 0:
				 * the format has no names, and name[] is empty */
	void (*note)(const struct notes *n, const struct model *m);	/* or NULL */
} exporters[] = {
	[BP_EXPORT_SENTENCEPIECE] = {
		{ "sentencepiece", "model of the library SentencePiece (.model)", true },
		bp_to_sentencepiece, N_COMMON_SPECIALS, note_sentencepiece
	},
	[BP_EXPORT_HUGGINGFACE] = {
		{ "huggingface", "tokenizer.json of the library Hugging Face tokenizers", false },
		bp_to_huggingface, BP_FIRST_PIECE, note_huggingface
	},
	[BP_EXPORT_TSV] = {
		{ "tsv", "lines of id, piece, count and log-probability", false },
		bp_to_tsv, 0, NULL
	}
};
enum { N_EXPORTERS = sizeof(exporters) / sizeof(exporters[0]) };

const bp_form_info *bp_export_form_info(size_t form)
{
	return form < N_EXPORTERS ? &exporters[form].info : NULL;
}

/* name[] has N_COMMON_SPECIALS + m->n_specials empty buffers, which the caller releases. */
static bp_status export_named(const struct model *m, const char *path, const struct exporter *x,
			      struct buf *name, const struct notes *notes, bp_error *err)
{
	struct buf text = { 0 };
	bp_status st = BP_OK;

	if (x->n_named > 0 && !bp_export_names(m, name))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = x->write(m, name, &text, err)) == BP_OK &&
	    (st = bp_out_write_file(path, bp_buf_slice(&text), err)) == BP_OK && x->note != NULL) {
		note_names(notes, m, name, x->n_named);
		x->note(notes, m);
	}
	bp_buf_release(&text);
	return st;
}

bp_status bp_export(const bp_model *m, const char *path, bp_export_form form,
		    void (*note)(void *ctx, const char *line), void *note_ctx, bp_error *err)
{
	struct notes notes = { note, note_ctx };
	size_t n = N_COMMON_SPECIALS + m->model.n_specials, i;
	struct buf *name;
	bp_status st;

	if ((size_t)form >= N_EXPORTERS)
		return bp_fail(err, BP_ERANGE, "there is no such export");
	if ((name = calloc(n, sizeof(*name))) == NULL)
		return bp_fail_memory(err);
	st = export_named(&m->model, path, &exporters[form], name, &notes, err);
	for (i = 0; i < n; i++)
		bp_buf_release(&name[i]);
	free(name);
	return st;
}
