/*
 * Models written for other libraries: the table of exports, and the calls that use it.
 *
 * To add an export, write a function like bp_to_tsv() in src/export/, and give bp_export_form
 * (bytepiece_files.h) and the table a line each.  The program's option, its help and completions,
 * and the tests of all exports iterate over the table.
 */
#include "api/outputs.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "encode/encoder.h"
#include "export/writers.h"
#include "io/outfile.h"
#include "io/reader.h"
#include "text/escape.h"
#include "text/utf8.h"

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

static void note_sentencepiece(const struct notes *n, const struct model *m,
			       const struct export_use *use)
{
	char line[256];

	(void)use;
	snprintf(line, sizeof(line), "id %" PRIu32 " is <unk>, which the format requires and no "
		 "text gives", bp_model_n_ids(m));
	put_note(n, line);
	put_note(n, "scores are floats: if segmentations have equal scores after rounding, "
		 "SentencePiece may choose another one: one line in some thousand lines of prose, "
		 "more in tables");
	if (m->newlines != BP_NEWLINES_TEXT)
		put_note(n, "SentencePiece does not end segments at newlines: encode lines without "
			 "newlines");
	put_note(n, "pieces use the characters of byte-level tokenizers; a NUL is decoded as "
		 "U+2400");
	if (m->normalize == BP_NORMALIZE_NFC)
		put_note(n, "the rules include all of normal form C except the order of combining "
			 "marks: normalise text that needs it before");
}

/* ByteLevel decodes a token by its letters, whether it is a piece or a name. */
static void note_changed_names(const struct notes *n, const struct model *m)
{
	char line[256];
	struct slice name;
	size_t i;

	for (i = 0; i < m->n_specials; i++) {
		name = m->piece[m->special[i]];
		if (!bp_alphabet_changes(name))
			continue;
		snprintf(line, sizeof(line), "tokenizers does not decode the special token %.*s as "
			 "its name: all characters of it are letters of the byte-level alphabet",
			 (int)BP_MIN(name.n, 80), (const char *)name.p);
		put_note(n, line);
	}
}

static void note_huggingface(const struct notes *n, const struct model *m,
			     const struct export_use *use)
{
	size_t n_lost;
	int bits = (int)lround(log2(bp_huggingface_scale(m, &n_lost)));
	char line[256];

	if (!use->in_folder)
		put_note(n, "transformers needs a configuration, too: -o DIR/ writes a folder with "
			 "both");
	snprintf(line, sizeof(line), "scores are log-probabilities times 2^%d: ids are equal, and "
		 "these numbers stay as they are when tokenizers writes them again", bits);
	put_note(n, line);
	if (n_lost > 0) {
		snprintf(line, sizeof(line), "but %zu of them, which then change in the last "
			 "digit, so that a few ids may", n_lost);
		put_note(n, line);
	}
	put_note(n, "tokenizers encodes the name of a special token in a text as that token, "
		 "unless encode_special_tokens is set");
	note_changed_names(n, m);
	put_note(n, "tokenizers requires texts that are valid UTF-8");
	if (m->normalize == BP_NORMALIZE_NFC)
		put_note(n, "tokenizers has normal form C of another Unicode version than 15.0, "
			 "the version of bytepiece");
}

/* Ids that no text gives, and pieces that llama.cpp does not use as we do. */
static void note_gguf_ids(const struct notes *n, const struct model *m, const struct gguf_facts *f)
{
	struct buf piece = { 0 };
	char line[256];

	if (f->n_added > 0) {
		snprintf(line, sizeof(line), "ids %" PRIu32 " to %" PRIu32 " are bytes that the "
			 "format requires and no text gives: the tables of a network need these "
			 "rows, or reserve the ids in training (--reserve-bytes)",
			 bp_model_n_ids(m), bp_model_n_ids(m) + (uint32_t)f->n_added - 1);
		put_note(n, line);
	}
	if (f->n_beginnings > 0) {
		snprintf(line, sizeof(line), "%zu pieces are beginnings of characters: llama.cpp "
			 "does not use them, so a character without a piece is its bytes there; "
			 "models of train --ensure-unicode yes have none", f->n_beginnings);
		put_note(n, line);
	}
	if (f->n_nul > 0) {
		snprintf(line, sizeof(line), "%zu pieces hold a NUL and other bytes: llama.cpp "
			 "does not use them, and decodes their NULs as C0 80", f->n_nul);
		put_note(n, line);
	}
	if (f->control.n > 0 && bp_escape_append(&piece, f->control)) {
		snprintf(line, sizeof(line), "llama.cpp takes the piece %.*s for a control token "
			 "by its text: it is not decoded there", (int)BP_MIN(piece.len, 80),
			 (const char *)piece.data);
		put_note(n, line);
	}
	bp_buf_release(&piece);
}

static void note_gguf(const struct notes *n, const struct model *m, const struct export_use *use)
{
	note_gguf_ids(n, m, use->gguf);
	put_note(n, "scores are whole numbers: of segmentations that are equal, such as pieces in "
		 "another order, llama.cpp may choose another one");
	put_note(n, m->normalize == BP_NORMALIZE_NFC ?
		 "llama.cpp does not bring text to normal form C: normalise it before; text has "
		 "to be valid UTF-8, and U+FEFF at its start is dropped" :
		 "text has to be valid UTF-8 for llama.cpp, which drops U+FEFF at its start");
	if (use->eos)
		put_note(n, "llama.cpp puts no <eos> behind a text for a tokenizer of this kind");
}

/* The table of exports, by bp_export_form. */
typedef bp_status write_fn(const struct model *m, const struct buf *name,
			   const struct export_use *use, struct buf *out, bp_error *err);
static const struct exporter {
	bp_form_info info;
	write_fn *write;
	write_fn *write_config;	/* of a folder, its second file; NULL: there are no folders */
	size_t n_named;		/* special tokens that the format names beside the model's own; 0:
				 * the format has no names, and name[] is empty */
	enum piece_texts texts;	/* for the names */
	bool has_use;		/* the format can hold a struct export_use */
	void (*note)(const struct notes *n, const struct model *m, const struct export_use *use);
				/* or NULL */
} exporters[] = {
	[BP_EXPORT_SENTENCEPIECE] = {
		{ "sentencepiece", "model of the library SentencePiece (.model)", true },
		bp_to_sentencepiece, NULL, N_COMMON_SPECIALS, TEXTS_IN_ALPHABET, false,
		note_sentencepiece
	},
	[BP_EXPORT_HUGGINGFACE] = {
		{ "huggingface", "tokenizer.json of the library Hugging Face tokenizers, or a "
		  "folder for transformers if OUT is one or ends in /", false },
		bp_to_huggingface, bp_to_huggingface_config, BP_FIRST_PIECE, TEXTS_IN_ALPHABET,
		true, note_huggingface
	},
	[BP_EXPORT_TSV] = {
		{ "tsv", "lines of id, piece, count and log-probability", false },
		bp_to_tsv, NULL, 0, TEXTS_IN_ALPHABET, false, NULL
	},
	[BP_EXPORT_GGUF] = {
		{ "gguf", "vocabulary of llama.cpp (.gguf)", true },
		bp_to_gguf, NULL, BP_FIRST_PIECE, TEXTS_IN_BYTES, true, note_gguf
	}
};
enum { N_EXPORTERS = sizeof(exporters) / sizeof(exporters[0]) };

const bp_form_info *bp_export_form_info(size_t form)
{
	return form < N_EXPORTERS ? &exporters[form].info : NULL;
}

bool bp_is_folder(const char *path)
{
	size_t n = path != NULL ? strlen(path) : 0;

	return n > 0 && (path[n - 1] == '/' || bp_host_kind(path) == BP_HOST_DIRECTORY);
}

char *bp_folder_file(const char *folder, enum folder_file file)
{
	static const char *const name[] = { "tokenizer_config.json", "tokenizer.json" };
	size_t n = strlen(folder), room = n + 32;
	char *path = malloc(room);

	if (path != NULL)
		snprintf(path, room, "%s%s%s", folder, folder[n - 1] == '/' ? "" : "/",
			 name[file]);
	return path;
}

bp_status bp_export_check(const char *out, bp_export_form form, const bp_export_options *o,
			  bp_error *err)
{
	const struct exporter *x;

	if ((size_t)form >= N_EXPORTERS)
		return bp_fail(err, BP_ERANGE, "there is no such export");
	if (o == NULL)
		return BP_OK;
	x = &exporters[form];
	if (!x->has_use && (o->bos || o->eos || o->chat_template != NULL))
		return bp_fail(err, BP_ERANGE, "%s cannot hold --%s", x->info.name,
			       o->bos ? "bos" : o->eos ? "eos" : "chat-template");
	if (o->chat_template != NULL && x->write_config != NULL && !bp_is_folder(out))
		return bp_fail(err, BP_ERANGE, "--chat-template needs a folder: -o DIR/");
	return BP_OK;
}

/* Read a chat template: UTF-8 without NULs, which some readers take for the end. */
static bp_status read_template(const char *path, struct buf *text, bp_error *err)
{
	bp_status st = BP_OK;
	const unsigned char *nul;
	size_t n = 1;
	FILE *f;

	errno = 0;
	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	while (st == BP_OK && n > 0) {
		if (bp_must_stop() || !bp_buf_reserve(text, 1 << 16)) {
			st = bp_fail_memory(err);
			break;
		}
		n = fread(text->data + text->len, 1, 1 << 16, f);
		text->len += n;
	}
	if (st == BP_OK && ferror(f))
		st = bp_fail_errno(err, bp_input_name(path));
	bp_input_close(f);
	n = bp_utf8_valid(bp_buf_slice(text));
	nul = n > 0 ? memchr(text->data, '\0', n) : NULL;
	n = nul != NULL ? (size_t)(nul - text->data) : n;
	return st != BP_OK || n == text->len ? st :
	       bp_fail_at(err, bp_input_name(path), n, "a chat template has to be UTF-8 without "
			  "NUL");
}

/* All that an export is made of. */
struct export {
	const struct model *m;
	const struct exporter *x;
	const struct buf *name;
	struct export_use use;
};

/* Write a file of the export, short of its commit. */
static bp_status write_output(const struct export *e, write_fn *write, const char *path,
			      struct outfile *out, bp_error *err)
{
	struct buf text = { 0 };
	bp_status st;

	if ((st = write(e->m, e->name, &e->use, &text, err)) == BP_OK &&
	    (st = bp_out_open(out, path, err)) == BP_OK)
		st = bp_out_write(out, text.data, text.len, err);
	bp_buf_release(&text);
	return st;
}

static bp_status write_file(const struct export *e, const char *path, bp_error *err)
{
	struct outfile out = { 0 };
	bp_status st = write_output(e, e->x->write, path, &out, err);

	if (st == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	return st;
}

/* The configuration comes first: without tokenizer.json no library reads the folder. */
static bp_status write_files(const struct export *e, const char *config, const char *tokenizer,
			     bp_error *err)
{
	struct outfile first = { 0 }, second = { 0 };
	bp_status st;

	if ((st = write_output(e, e->x->write_config, config, &first, err)) == BP_OK &&
	    (st = write_output(e, e->x->write, tokenizer, &second, err)) == BP_OK)
		st = bp_out_commit_two(&first, &second, err);
	bp_out_abort(&second);
	bp_out_abort(&first);
	return st;
}

static bp_status write_folder(const struct export *e, const char *folder, bp_error *err)
{
	char *config = bp_folder_file(folder, FOLDER_CONFIG);
	char *tokenizer = bp_folder_file(folder, FOLDER_TOKENIZER);
	bool is_made = false;
	bp_status st = BP_OK;

	errno = 0;
	if (config == NULL || tokenizer == NULL)
		st = bp_fail_memory(err);
	else if (bp_host_kind(folder) == BP_HOST_ABSENT &&
		 !(is_made = bp_host_make_folder(folder, false)) && errno != EEXIST && errno != 0)
		st = bp_fail_errno(err, folder);
	if (st == BP_OK && (st = write_files(e, config, tokenizer, err)) != BP_OK && is_made)
		bp_host_remove_folder(folder);
	free(config);
	free(tokenizer);
	return st;
}

/* name[] has N_COMMON_SPECIALS + m->n_specials empty buffers, which the caller releases. */
static bp_status export_named(const struct model *m, const char *path, const struct exporter *x,
			      struct buf *name, const bp_export_options *o, bp_error *err)
{
	struct gguf_facts gguf;
	struct export e = { m, x, name, { .bos = o->bos, .eos = o->eos, .gguf = &gguf } };
	struct notes notes = { o->note, o->note_ctx };
	struct buf template = { 0 };
	bp_status st = BP_OK;

	if (o->chat_template != NULL)
		st = read_template(o->chat_template, &template, err);
	e.use.chat_template = bp_buf_slice(&template);
	if (st == BP_OK && x->n_named > 0 && !bp_export_names(m, x->texts, name))
		st = bp_fail_memory(err);
	e.use.in_folder = x->write_config != NULL && bp_is_folder(path);
	if (st == BP_OK)
		st = e.use.in_folder ? write_folder(&e, path, err) : write_file(&e, path, err);
	if (st == BP_OK && o->chat_template != NULL && template.len == 0)
		put_note(&notes, "the file of the chat template is empty: the export has none");
	if (st == BP_OK && x->note != NULL) {
		note_names(&notes, m, name, x->n_named);
		x->note(&notes, m, &e.use);
	}
	bp_buf_release(&template);
	return st;
}

bp_status bp_export(const bp_model *m, const char *path, bp_export_form form,
		    const bp_export_options *options, bp_error *err)
{
	static const bp_export_options none;
	size_t n = N_COMMON_SPECIALS + m->model.n_specials, i;
	struct buf *name;
	bp_status st;

	if (options == NULL)
		options = &none;
	if ((st = bp_export_check(path, form, options, err)) != BP_OK)
		return st;
	if ((name = calloc(n, sizeof(*name))) == NULL)
		return bp_fail_memory(err);
	st = export_named(&m->model, path, &exporters[form], name, options, err);
	for (i = 0; i < n; i++)
		bp_buf_release(&name[i]);
	free(name);
	return st;
}
