/* The best segmentations of each text of files, as lines of score, tab and tokens. */
#include <stdio.h>
#include <stdlib.h>

#include "encode/encoder.h"
#include "encode/nbest.h"
#include "io/progress.h"
#include "api/per_text.h"
#include "text/nfc.h"

struct nbest_worker {
	struct nbest best;
	struct buf scratch;
	bool normalize;
};

/* A score in as few digits as give the same number back. */
static bool put_score(struct buf *out, double score)
{
	char text[40];
	int digits, n = 0;

	for (digits = 15; digits <= 17; digits++) {
		n = snprintf(text, sizeof(text), "%.*g", digits, score);
		if (strtod(text, NULL) == score)
			break;
	}
	return n > 0 && bp_buf_append(out, text, (size_t)n) && bp_buf_byte(out, '\t');
}

static bool put_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct nbest_worker *me = (struct nbest_worker *)ctx + worker;
	size_t rank;
	double score;

	if (me->normalize && !bp_nfc(text, &me->scratch, &text))
		return false;
	if (!bp_nbest_text(&me->best, text))
		return false;
	for (rank = 0; rank < bp_nbest_found(&me->best); rank++)
		if (!bp_nbest_path(&me->best, rank, &score) || !put_score(&out->text, score) ||
		    !bp_format_part(out, me->best.path, me->best.n_path, true))
			return false;
	return bp_format_newline(out);
}

bp_status bp_nbest_files(const bp_model *m, const bp_input *in, const char *out, bp_format format,
			 size_t n, bp_error *err)
{
	unsigned i, n_workers = bp_threads(in);
	struct nbest_worker *worker;
	struct per_text job = { .model = m, .in = in, .format = format, .text = put_text };
	bp_status st;

	if (!bp_format_is_lines(format))
		return bp_fail(err, BP_ERANGE, "the best segmentations are lines of text only");
	if (in->specials)
		return bp_fail(err, BP_ERANGE, "special tokens are not recognised for the best "
			       "segmentations");
	if (n < 1 || n > BP_NBEST_MAX)
		return bp_fail(err, BP_ERANGE, "from 1 to %d segmentations can be requested",
			       BP_NBEST_MAX);
	if ((worker = calloc(n_workers, sizeof(*worker))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n_workers; i++) {
		bp_nbest_init(&worker[i].best, &m->unigram, n);
		worker[i].normalize = m->model.normalize == BP_NORMALIZE_NFC;
	}
	job.ctx = worker;
	st = bp_per_text(&job, out, err);
	for (i = 0; i < n_workers; i++) {
		bp_nbest_release(&worker[i].best);
		bp_buf_release(&worker[i].scratch);
	}
	free(worker);
	return st;
}
