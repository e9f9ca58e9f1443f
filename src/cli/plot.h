/* plot.h - how the tokens of texts are spread, as bars on a terminal and as JSON. */
#ifndef BP_CLI_PLOT_H
#define BP_CLI_PLOT_H

#include "bytepiece_files.h"

/* Both print to standard output and change 'spread'; false if memory is out. */
bool plot_text(const bp_model *m, bp_eval_spread *spread);
/* Members of an object, each with a comma before it. */
bool plot_json(const bp_model *m, bp_eval_spread *spread);

#endif
