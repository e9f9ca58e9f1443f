/* Texts of files that will be continued, as lines of tokens, tab and the bytes left. */
#include <stdlib.h>

#include "encode/continuation.h"
#include "io/progress.h"
#include "api/per_text.h"

static bool put_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct continuation *o = (struct continuation *)ctx + worker;
	struct path *path = bp_encoder_path(&o->encoder);
	struct slice left;

	path->n = 0;
	out->in_text = false;
	return bp_continuation_encode(o, text, &left) && bp_format_begin(out) &&
	       bp_format_tokens(out, path->piece, path->n) && bp_buf_byte(&out->text, '\t') &&
	       bp_format_bytes(out, left) && bp_format_newline(out);
}

bp_status bp_encode_open_files(const bp_model *m, const bp_input *in, const char *out,
			       bp_format format, bp_error *err)
{
	unsigned i, n_workers = bp_threads(in);
	struct continuation *opener;
	struct per_text job = { .model = m, .in = in, .format = format, .text = put_text };
	bool ok = true;
	bp_status st;

	if (!bp_format_is_lines(format))
		return bp_fail(err, BP_ERANGE, "open texts are written as lines of text only");
	if (in->eos)
		return bp_fail(err, BP_ERANGE, "an open text has no end for a token to stand at");
	if (in->specials)
		return bp_fail(err, BP_ERANGE, "special tokens are not recognised in open texts");
	if ((opener = calloc(n_workers, sizeof(*opener))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n_workers && ok; i++)
		ok = bp_continuation_init(&opener[i], m);
	job.ctx = opener;
	st = ok ? bp_per_text(&job, out, err) : bp_fail_memory(err);
	for (i = 0; i < n_workers; i++)
		bp_continuation_release(&opener[i]);
	free(opener);
	return st;
}
