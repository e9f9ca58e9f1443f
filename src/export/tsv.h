/* tsv.h - a model as tab-separated values, for spreadsheets and scripts. */
#ifndef BP_TSV_H
#define BP_TSV_H

#include "model/model.h"

/*
 * Append a line for each entry: id, piece or name as printable text (text/escape.h), count, natural
 * logarithm of the probability.  A special token has count 0 and "-inf".  'name' is not used, and
 * NULL is allowed.
 */
bp_status bp_to_tsv(const struct model *m, const struct buf *name, struct buf *out, bp_error *err);

#endif
