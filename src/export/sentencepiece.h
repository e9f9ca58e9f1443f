/* sentencepiece.h - a model as the library SentencePiece reads it: its ".model". */
#ifndef BP_SENTENCEPIECE_H
#define BP_SENTENCEPIECE_H

#include "export/alphabet.h"

/*
 * Append the message ModelProto of sentencepiece_model.proto, a Unigram model, names as of
 * bp_export_names().  Pieces are written
 * in the characters of alphabet.h, and rules of normalisation map text to these and back, so that
 * pieces of any bytes can be carried and no text is unknown.  Ids are the model's; behind them is
 * one for the unknown token that the format demands.  Scores are the log-probabilities as floats.
 */
bp_status bp_to_sentencepiece(const struct model *m, const struct buf *name,
			      struct buf *out, bp_error *err);

#endif
