/*
 * writers.h - writers of exports: a model in the format of another library, or as a table.
 *
 * Each appends the content of the file to 'out'; name[] is as of bp_export_names().  Errors:
 * BP_ENOMEM; BP_ERANGE if the format cannot hold the model.
 */
#ifndef BP_WRITERS_H
#define BP_WRITERS_H

#include "export/alphabet.h"

/* Facts about a model in GGUF, which bp_to_gguf() finds. */
struct gguf_facts {
	size_t n_broken;	/* pieces that are neither whole characters nor the beginning of
				 * one, single bytes apart: with one of them bp_to_gguf() fails */
	size_t n_beginnings;	/* pieces that are the beginning of a character: not used there */
	size_t n_added;		/* ids behind those of the model: the tokens "<0x01>" to "<0x7F>"
				 * that are no special tokens of the model */
	size_t n_nul;		/* pieces with a NUL and other bytes: not used there */
	struct slice control;	/* a piece that llama.cpp takes for a control token by its text;
				 * of no bytes: there is none */
};

/* How the other library uses the model, where its format can tell. */
struct export_use {
	bool bos, eos;			/* <bos> before each text, <eos> behind it */
	struct slice chat_template;	/* UTF-8; of no bytes: none */
	bool in_folder;			/* beside a configuration */
	struct gguf_facts *gguf;	/* bp_to_gguf() writes them here, for notes; or NULL */
};

/*
 * tokenizer.json of the library Hugging Face tokenizers: a Unigram model over the characters of
 * alphabet.h; all ids stay.  The search of that library adds doubles and breaks ties as this one
 * does, so that its ids are equal.  Scores are log-probabilities times bp_huggingface_scale().
 */
bp_status bp_to_huggingface(const struct model *m, const struct buf *name,
			    const struct export_use *use, struct buf *out, bp_error *err);

/*
 * A power of two: log-probabilities times it, unlike log-probabilities themselves, come back
 * unchanged after that library has read and written them, all but *n_lost.  A factor of this kind
 * changes no sum's rounding and no comparison, and so no id.
 */
double bp_huggingface_scale(const struct model *m, size_t *n_lost);

/* tokenizer_config.json of transformers, for a folder with that tokenizer.json. */
bp_status bp_to_huggingface_config(const struct model *m, const struct buf *name,
				   const struct export_use *use, struct buf *out, bp_error *err);

/*
 * A model file (".model") of the library SentencePiece: the message ModelProto of
 * sentencepiece_model.proto, a Unigram model.  Pieces are in the characters of alphabet.h; rules of
 * normalisation (charsmap.h) map text to these characters and back, so that a piece may have any
 * bytes and no text is unknown.  Ids are those of the model; the next id is the unknown token that
 * the format requires.  Scores are the log-probabilities, rounded to floats.
 */
bp_status bp_to_sentencepiece(const struct model *m, const struct buf *name,
			      const struct export_use *use, struct buf *out, bp_error *err);

/*
 * GGUF of llama.cpp: a vocabulary without a network, for its tokenizer "plamo2", a Unigram search
 * over characters, from the end, with scores of whole numbers and bytes as a fallback.  Pieces of
 * whole characters only.  name[] is of TEXTS_IN_BYTES.
 */
bp_status bp_to_gguf(const struct model *m, const struct buf *name, const struct export_use *use,
		     struct buf *out, bp_error *err);

/*
 * Tab-separated values, for spreadsheets and scripts: a line for each entry of id, piece or name as
 * printable text (text/escape.h), count, and natural logarithm of the probability.  A special token
 * has count 0 and "-inf".  'name' and 'use' are not used, and NULL is allowed.
 */
bp_status bp_to_tsv(const struct model *m, const struct buf *name, const struct export_use *use,
		    struct buf *out, bp_error *err);

#endif
