/* Files of texts to be continued: for each text, a line of tokens, tab and the bytes left. */
#include <stdlib.h>

#include "api/per_text.h"
#include "encode/continuation.h"
#include "io/progress.h"

/* Append the line of one text; bp_format_begin() puts BP_ID_BOS, and no BP_ID_EOS can follow. */
static bool put_open_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct continuation *o = (struct continuation *)ctx + worker;
	struct path *path = bp_encoder_path(&o->encoder);
	struct slice left;

	path->n = 0;
	out->in_text = false;
	return bp_continuation_encode(o, text, &left) && bp_format_begin(out) &&
	       bp_format_tokens(out, path->piece, path->n) && bp_buf_byte(&out->text, '\t') &&
	       bp_format_bytes(out, left) && bp_format_terminate(out);
}

bp_status bp_encode_open_texts(const struct encode_call *call, bp_error *err)
{
	unsigned i, n_workers = bp_threads(call->in);
	struct continuation *opener = calloc(n_workers, sizeof(*opener));
	struct per_text job = { .call = call, .text = put_open_text, .ctx = opener };
	bool ok = true;
	bp_status st;

	if (opener == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n_workers && ok; i++)
		ok = bp_continuation_init(&opener[i], call->model);
	st = ok ? bp_per_text(&job, err) : bp_fail_memory(err);
	for (i = 0; i < n_workers; i++)
		bp_continuation_release(&opener[i]);
	free(opener);
	return st;
}
