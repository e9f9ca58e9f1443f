/* Files encoded with n best: for each text, lines of log-probability, tab and tokens. */
#include <stdio.h>
#include <stdlib.h>

#include "api/per_text.h"
#include "base/number.h"
#include "encode/encoder.h"
#include "encode/nbest.h"
#include "io/progress.h"
#include "text/nfc.h"

/* Worker state: the search, and a buffer for the normalised text. */
struct nbest_worker {
	struct nbest best;
	struct buf scratch;
	bool normalize;
};

/* Append a score in as few digits as make it exact. */
static bool put_score(struct buf *out, double score)
{
	char text[BP_NUMBER_TEXT];

	return bp_buf_append(out, text, bp_number_shortest(text, score)) && bp_buf_byte(out, '\t');
}

/* Append the lines of one text, fewer than n if it has fewer segmentations, and an empty line. */
static bool put_best_of_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct nbest_worker *me = (struct nbest_worker *)ctx + worker;
	size_t rank;
	double score;

	/* The search takes normalised text, unlike the encoder, which normalises itself. */
	if (me->normalize && !bp_nfc(text, &me->scratch, &text))
		return false;
	if (!bp_nbest_text(&me->best, text))
		return false;
	for (rank = 0; rank < bp_nbest_found(&me->best); rank++)
		if (!bp_nbest_path(&me->best, rank, &score) || !put_score(&out->text, score) ||
		    !bp_format_part(out, me->best.path.piece, me->best.path.n, true))
			return false;
	return bp_format_terminate(out);
}

bp_status bp_encode_nbest(const struct encode_call *call, bp_error *err)
{
	const bp_model *m = call->model;
	unsigned i, n_workers = bp_threads(call->in);
	struct nbest_worker *worker = calloc(n_workers, sizeof(*worker));
	struct per_text job = { .call = call, .text = put_best_of_text, .ctx = worker };
	bp_status st;

	if (worker == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n_workers; i++) {
		bp_nbest_init(&worker[i].best, &m->vocabulary, call->options->nbest);
		worker[i].normalize = m->model.normalize == BP_NORMALIZE_NFC;
	}
	st = bp_per_text(&job, err);
	for (i = 0; i < n_workers; i++) {
		bp_nbest_release(&worker[i].best);
		bp_buf_release(&worker[i].scratch);
	}
	free(worker);
	return st;
}
