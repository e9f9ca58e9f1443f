/* plot.h - distribution of token lengths, ranks and compression, as bars or as JSON. */
#ifndef BP_CLI_PLOT_H
#define BP_CLI_PLOT_H

#include "bytepiece_files.h"

/* Both print to standard output and sort spread->count.  False without memory. */
bool plot_text(const bp_model *m, bp_eval_spread *spread);
/* Members of an object, each after a comma; the caller prints its braces. */
bool plot_json(const bp_model *m, bp_eval_spread *spread);

#endif
