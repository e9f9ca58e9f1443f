/*
 * The calls of bytepiece.h about the distribution of all segmentations, and about the n best.  A
 * text is handled segment by segment: sums of log-probabilities and entropies add up, because
 * segments are independent of each other.
 */
#include <stdlib.h>

#include "encode/encoder.h"
#include "encode/marginals.h"
#include "encode/nbest.h"
#include "text/cut.h"
#include "text/nfc.h"

struct bp_distribution {
	const bp_model *model;
	struct sampling how[2];	/* by bp_sampler; the sums use the one of the perfect sampler */
};

bp_distribution *bp_distribution_new(const bp_model *m, double alpha, bp_error *err)
{
	bp_distribution *d;
	int k;

	if (!bp_is_alpha(alpha)) {
		bp_fail(err, BP_ERANGE, "alpha is not a finite number from 0 on");
		return NULL;
	}
	if ((d = calloc(1, sizeof(*d))) == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	d->model = m;
	for (k = BP_SAMPLER_PERFECT; k <= BP_SAMPLER_VITERBI; k++)
		if (!bp_sampling_init(&d->how[k], &m->vocabulary, (bp_sampler)k, alpha)) {
			bp_distribution_free(d);
			bp_fail_memory(err);
			return NULL;
		}
	return d;
}

/* Also frees a distribution that bp_distribution_new() has set up in part: the rest is zero. */
void bp_distribution_free(bp_distribution *d)
{
	if (d == NULL)
		return;
	bp_sampling_release(&d->how[BP_SAMPLER_PERFECT]);
	bp_sampling_release(&d->how[BP_SAMPLER_VITERBI]);
	free(d);
}

bp_status bp_sample(const bp_distribution *d, bp_sampler sampler, const bp_draw *draw,
		    const char *text, size_t len, uint32_t *ids, size_t *n)
{
	struct slice s = bp_slice(text, len);
	struct sampler random = { 0 };
	struct encoder e = { 0 };
	bool done = false;

	*n = 0;
	if (sampler != BP_SAMPLER_PERFECT && sampler != BP_SAMPLER_VITERBI)
		return BP_ERANGE;
	if (bp_encoder_init(&e, d->model) && bp_sampler_init(&random, &d->how[sampler])) {
		random.seed = draw->seed;
		random.file = draw->file;
		random.line = draw->line;
		e.sampler = &random;
		if (bp_encoder_text(&e, s)) {
			*n = bp_encoder_path(&e)->n;
			bp_copy_ids(ids, bp_encoder_path(&e)->piece, *n);
			done = true;
		}
	}
	bp_encoder_release(&e);
	bp_sampler_release(&random);
	return done ? BP_OK : bp_fail_memory(NULL);
}

/* Normalise a text if the model does so. */
static bool normalized(const bp_model *m, const char *text, size_t len, struct buf *scratch,
		       struct slice *out)
{
	*out = bp_slice(text, len);
	return m->model.normalize != BP_NORMALIZE_NFC || bp_nfc(*out, scratch, out);
}

/* Results that a call requests about all segmentations of a text; pointers may be NULL. */
struct segmentation_query {
	double *log_probability, *entropy, least;
	bp_marginal_fn *fn;
	void *ctx;
	size_t offset;		/* of the segment in the text */
};

/* Pass a piece on with its offset in the text and its id. */
static int tell_piece(void *ctx, size_t start, size_t len, uint32_t piece, double probability)
{
	const struct segmentation_query *q = ctx;

	return q->fn(q->ctx, q->offset + start, len, bp_id_of_entry(piece), probability);
}

/* Add the results of one segment; *end is set if the caller's function ends the call. */
static bool answer_segment(struct segmentation_query *q, struct marginals *m, struct slice s,
			   bool *end)
{
	double entropy;

	if (!bp_marginals_segment(m, s))
		return false;
	if (q->log_probability != NULL)
		*q->log_probability += bp_lattice_log_sum(&m->lattice);
	if (q->entropy == NULL && q->fn == NULL)
		return true;
	if (!bp_marginals_flow(m, &entropy))
		return false;
	if (q->entropy != NULL)
		*q->entropy += entropy;
	*end = q->fn != NULL && bp_marginals_pieces(m, q->least, tell_piece, q) != 0;
	return true;
}

/* Answer a query for a text: the segments are the ones of bp_encode(), so no piece crosses them. */
static bp_status answer(struct segmentation_query *q, const bp_distribution *d, const char *text,
			size_t len)
{
	const struct cut_rules rules = { .newlines = d->model->model.newlines };
	struct buf scratch = { 0 };
	struct marginals m = { 0 };
	struct slice whole, s;
	bool end = false, ok;
	size_t pos = 0;

	ok = bp_marginals_init(&m, &d->how[BP_SAMPLER_PERFECT].weights) &&
	     normalized(d->model, text, len, &scratch, &whole);
	while (ok && !end && pos < whole.n) {
		q->offset = pos;
		s = bp_cut(&rules, whole, &pos);
		ok = answer_segment(q, &m, s, &end);
	}
	bp_marginals_release(&m);
	bp_buf_release(&scratch);
	return ok ? BP_OK : bp_fail_memory(NULL);
}

bp_status bp_text_log_probability(const bp_distribution *d, const char *text, size_t len,
				  double *log_probability)
{
	struct segmentation_query q = { .log_probability = log_probability };

	*log_probability = 0;
	return answer(&q, d, text, len);
}

bp_status bp_text_entropy(const bp_distribution *d, const char *text, size_t len, double *entropy)
{
	struct segmentation_query q = { .entropy = entropy };

	*entropy = 0;
	return answer(&q, d, text, len);
}

bp_status bp_text_marginals(const bp_distribution *d, const char *text, size_t len, double least,
			    bp_marginal_fn *fn, void *ctx)
{
	struct segmentation_query q = { .least = least, .fn = fn, .ctx = ctx };

	return answer(&q, d, text, len);
}

/* Call the caller's function with each segmentation, until it ends the call. */
static bool tell_best(struct nbest *b, bp_nbest_fn *fn, void *ctx)
{
	size_t rank;
	double score;

	for (rank = 0; rank < bp_nbest_found(b); rank++) {
		if (!bp_nbest_path(b, rank, &score))
			return false;
		bp_ids_of_entries(b->path.piece, b->path.n);
		if (fn(ctx, score, b->path.piece, b->path.n) != 0)
			break;
	}
	return true;
}

/* Normalise, search, and pass on.  The search divides the text into segments itself (nbest.h). */
bp_status bp_nbest(const bp_model *m, const char *text, size_t len, size_t n, bp_nbest_fn *fn,
		   void *ctx)
{
	struct buf scratch = { 0 };
	struct slice s;
	struct nbest b;
	bool ok;

	if (n < 1 || n > BP_NBEST_MAX)
		return BP_ERANGE;
	bp_nbest_init(&b, &m->vocabulary, n);
	ok = normalized(m, text, len, &scratch, &s) && bp_nbest_text(&b, s) &&
	     tell_best(&b, fn, ctx);
	bp_nbest_release(&b);
	bp_buf_release(&scratch);
	return ok ? BP_OK : bp_fail_memory(NULL);
}
