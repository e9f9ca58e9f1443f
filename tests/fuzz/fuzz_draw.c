/*
 * Samples and the n best segmentations of a short text: each gives the text back, the best first, and
 * probabilities stay within what they can be.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { TEXT = 400 };

struct top_strings {
	const bp_model *m;
	struct slice normal;
	const uint32_t *first;
	size_t n_first, n;
	double last;
};

static int take_best(void *ctx, double log_p, const uint32_t *ids, size_t n)
{
	struct top_strings *b = ctx;

	fuzz_check_ids(b->m, ids, n, b->normal);
	if (b->n++ == 0)
		FUZZ_CHECK(n == b->n_first && (n == 0 || memcmp(ids, b->first, 4 * n) == 0));
	FUZZ_CHECK(log_p <= b->last && log_p <= 0);
	b->last = log_p;
	return 0;
}

static int take_marginal(void *ctx, size_t start, size_t len, uint32_t id, double probability)
{
	struct top_strings *b = ctx;
	const char *piece;
	size_t n;

	piece = bp_piece(b->m, id, &n);
	FUZZ_CHECK(piece != NULL && n == len && start <= b->normal.n && len <= b->normal.n - start);
	FUZZ_CHECK(memcmp(piece, b->normal.p + start, n) == 0);
	FUZZ_CHECK(probability >= 0 && probability <= 1 + 1e-6);
	return 0;
}

static void check_draws(struct top_strings *b, double alpha, unsigned seed, struct slice text)
{
	uint32_t *ids = bp_array(bp_encode_bound(text.n) + 1, sizeof(*ids));
	bp_distribution *d = bp_distribution_new(b->m, alpha, NULL);
	const char *p = (const char *)text.p;
	bp_draw draw = { .seed = seed };
	double log_p, entropy;
	size_t n;

	FUZZ_CHECK(ids != NULL && d != NULL);
	for (; draw.file < 2; draw.file++) {
		FUZZ_CHECK(bp_sample(d, (bp_sampler)draw.file, &draw, p, text.n, ids, &n) == BP_OK);
		fuzz_check_ids(b->m, ids, n, b->normal);
	}
	FUZZ_CHECK(bp_text_log_probability(d, p, text.n, &log_p) == BP_OK && isfinite(log_p));
	FUZZ_CHECK(bp_text_entropy(d, p, text.n, &entropy) == BP_OK);
	FUZZ_CHECK(isfinite(entropy) && entropy > -1e-6 * (1 + (double)b->normal.n));
	FUZZ_CHECK(bp_text_marginals(d, p, text.n, 0, take_marginal, b) == BP_OK);
	bp_distribution_free(d);
	free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const double alpha[] = { 0, 1e-300, 0.1, 0.2, 1, 3, 50, 1e300 };
	struct slice in = { data, size }, words = fuzz_block(&in), text;
	unsigned how = fuzz_byte(&in), n_best = fuzz_byte(&in), seed = fuzz_byte(&in);
	struct buf scratch = { 0 }, b = { 0 };
	struct top_strings best = { .last = INFINITY };
	struct fuzz_vocab v;
	bp_model *m;
	uint32_t *first;

	fuzz_vocab_init(&v, &words);
	m = fuzz_vocab_model(&v, how & 8 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     how & 16 ? FUZZ_MIXED : FUZZ_ORDERED);
	fuzz_set_newlines(m, how >> 5);
	fuzz_text(in, m, TEXT, &b);
	text = fuzz_slice(&b);
	best.m = m;
	best.normal = fuzz_normal(m, text, &scratch);
	best.first = first = fuzz_encode(m, text, &best.n_first);
	FUZZ_CHECK(bp_nbest(m, (const char *)text.p, text.n, n_best + 1, take_best, &best) == BP_OK);
	FUZZ_CHECK(best.n > 0 && best.n <= n_best + 1);
	check_draws(&best, alpha[how & 7], seed, text);
	free(first);
	bp_free(m);
	fuzz_vocab_release(&v);
	bp_buf_release(&b);
	bp_buf_release(&scratch);
	return 0;
}
