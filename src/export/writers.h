/*
 * writers.h - writers of exports: a model in the format of another library, or as a table.
 *
 * Each appends the content of the file to 'out'; name[] is as of bp_export_names().  Errors:
 * BP_ENOMEM; BP_ERANGE if the format cannot hold the model.
 */
#ifndef BP_WRITERS_H
#define BP_WRITERS_H

#include "export/alphabet.h"

/*
 * tokenizer.json of the library Hugging Face tokenizers: a Unigram model over the characters of
 * alphabet.h; all ids stay.  The search of that library adds doubles and breaks ties as this one
 * does, so that its ids are equal.
 */
bp_status bp_to_huggingface(const struct model *m, const struct buf *name, struct buf *out,
			    bp_error *err);

/*
 * A model file (".model") of the library SentencePiece: the message ModelProto of
 * sentencepiece_model.proto, a Unigram model.  Pieces are in the characters of alphabet.h; rules of
 * normalisation (charsmap.h) map text to these characters and back, so that a piece may have any
 * bytes and no text is unknown.  Ids are those of the model; the next id is the unknown token that
 * the format requires.  Scores are the log-probabilities, rounded to floats.
 */
bp_status bp_to_sentencepiece(const struct model *m, const struct buf *name, struct buf *out,
			      bp_error *err);

/*
 * Tab-separated values, for spreadsheets and scripts: a line for each entry of id, piece or name as
 * printable text (text/escape.h), count, and natural logarithm of the probability.  A special token
 * has count 0 and "-inf".  'name' is not used, and NULL is allowed.
 */
bp_status bp_to_tsv(const struct model *m, const struct buf *name, struct buf *out, bp_error *err);

#endif
