/*
 * per_text.h - files text by text, each whole in memory, on several threads; lines out in order.
 */
#ifndef BP_PER_TEXT_H
#define BP_PER_TEXT_H

#include "api/format.h"
#include "encode/loaded_model.h"

/* Append the lines of one text.  Called on any worker, with its number; false if memory is out. */
typedef bool bp_text_fn(void *ctx, unsigned worker, struct slice text, struct format *out);
/* To be ready for texts; called once, on the caller's thread.  False if memory is out. */
typedef bool bp_text_ready_fn(void *ctx);

struct per_text {
	const bp_model *model;
	const struct unprepared_model *unprepared;	/* the same, to be prepared for the first chunk; or NULL */
	const bp_input *in;
	bp_format format;
	bp_text_ready_fn *ready;	/* or NULL; once the model is */
	bp_text_fn *text;
	void *ctx;
};

/* Do it for all texts of j->in, on bp_threads(j->in) workers, and write their lines to 'out'. */
bp_status bp_per_text(const struct per_text *j, const char *out, bp_error *err);

#endif
