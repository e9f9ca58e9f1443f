/*
 * Tokens are counted by the exact search (encode/viterbi.h), segment by segment of the training:
 * of a line longer than BP_CUT_TRAINING_CHARS, encoding may give fewer tokens.  The model's
 * automaton is built once and shared; a search belongs to one worker.
 */
#include "train/sizes.h"

#include <stdlib.h>

#include "base/parallel.h"
#include "encode/viterbi.h"
#include "encode/vocabulary.h"

/* A count of tokens in progress: one vocabulary, and for each worker a search and a sum. */
struct measuring {
	const struct sample *sample;	/* NULL: a corpus is measured */
	struct vocabulary vocabulary;
	struct measuring_worker {
		struct viterbi search;
		uint64_t tokens;
	} *worker;
	unsigned n_workers;
};

/* On failure, too, the caller releases it. */
static bp_status begin_measuring(struct measuring *j, const struct model *m, unsigned n_workers,
				 bp_error *err)
{
	bp_status st;
	unsigned i;

	*j = (struct measuring){ .worker = calloc(n_workers, sizeof(*j->worker)),
				 .n_workers = n_workers };
	if (j->worker == NULL)
		return bp_fail_memory(err);
	if ((st = bp_vocabulary_from_model(&j->vocabulary, m, "", err)) != BP_OK)
		return st;
	for (i = 0; i < n_workers; i++)
		if (!bp_viterbi_init(&j->worker[i].search, &j->vocabulary))
			return bp_fail_memory(err);
	return BP_OK;
}

static uint64_t end_measuring(struct measuring *j)
{
	uint64_t tokens = 0;
	unsigned i;

	for (i = 0; j->worker != NULL && i < j->n_workers; i++) {
		tokens += j->worker[i].tokens;
		bp_viterbi_release(&j->worker[i].search);
	}
	free(j->worker);
	bp_vocabulary_release(&j->vocabulary);
	return tokens;
}

static bp_status measure_segment(void *ctx, unsigned worker, struct slice segment, uint64_t times,
				 bp_error *err)
{
	struct measuring_worker *w = &((struct measuring *)ctx)->worker[worker];

	/* Only the number of pieces is needed: the path is overwritten by the next segment. */
	w->search.path.n = 0;
	if (!bp_viterbi_feed(&w->search, segment) || !bp_viterbi_end(&w->search))
		return bp_fail_memory(err);
	w->tokens += w->search.path.n * times;
	return BP_OK;
}

static bp_status measure_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct measuring *j = ctx;
	const struct sample_block *b = &j->sample->block[i];
	bp_status st = BP_OK;
	size_t k, at = 0;

	for (k = 0; k < b->n && st == BP_OK; at += b->length[k++])
		st = measure_segment(ctx, worker, (struct slice){ b->bytes + at, b->length[k] },
				     bp_sample_times(b, k), err);
	return st;
}

bp_status bp_measure_sample(const struct model *m, const struct sample *s, unsigned n_workers,
			    uint64_t *tokens, bp_error *err)
{
	struct measuring j;
	bp_status st = begin_measuring(&j, m, n_workers, err);

	j.sample = s;
	if (st == BP_OK)
		st = bp_parallel_for(n_workers, s->n, measure_block, NULL, &j, err);
	*tokens = end_measuring(&j);
	return st;
}

bp_status bp_measure_corpus(const struct model *m, struct corpus *c, uint64_t *tokens,
			    bp_error *err)
{
	struct measuring j;
	struct corpus_visitor v = { .phase = "measure", .visit = measure_segment, .ctx = &j };
	bp_status st = begin_measuring(&j, m, bp_corpus_workers(c), err);

	if (st == BP_OK) {
		c->pass = (struct corpus_pass){ 0 };
		st = bp_corpus_read(c, &v, err);
	}
	*tokens = end_measuring(&j);
	return st;
}
