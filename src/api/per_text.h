/*
 * per_text.h - encoding of files text by text, each whole in memory, on several threads.
 *
 * For ways to encode where the result depends on all of a text.  Results are written in
 * order.
 */
#ifndef BP_PER_TEXT_H
#define BP_PER_TEXT_H

#include "api/encode_files.h"

/* Append the result of one text to 'out'.  Called on any worker.  False if memory is out. */
typedef bool bp_text_fn(void *ctx, unsigned worker, struct slice text, struct format *out);
/* Prepare the workers.  Called once, on the caller's thread.  False if memory is out. */
typedef bool bp_text_ready_fn(void *ctx);

struct per_text {
	const struct encode_call *call;
	bp_text_ready_fn *ready;	/* or NULL; called when the model is prepared */
	bp_text_fn *collect;	/* or NULL; gets all texts of a block before text() gets one */
	bp_text_fn *text;
	void *ctx;
};

/* Encode the files of the call on bp_threads(call->in) workers. */
bp_status bp_per_text(const struct per_text *j, bp_error *err);

#endif
