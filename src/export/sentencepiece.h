/* sentencepiece.h - export as a model file (".model") of the library SentencePiece. */
#ifndef BP_SENTENCEPIECE_H
#define BP_SENTENCEPIECE_H

#include "export/alphabet.h"

/*
 * Append the message ModelProto of sentencepiece_model.proto, a Unigram model; name[] is as of
 * bp_export_names().  Pieces are in the characters of alphabet.h; rules of normalisation
 * (charsmap.h) map text to these characters and back, so that a piece may have any bytes and no
 * text is unknown.  Ids are those of the model; the next id is the unknown token that the format
 * requires.  Scores are the log-probabilities, rounded to floats.
 */
bp_status bp_to_sentencepiece(const struct model *m, const struct buf *name,
			      struct buf *out, bp_error *err);

#endif
