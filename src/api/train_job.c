#include "api/train_job.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "encode/viterbi.h"
#include "encode/vocabulary.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "api/save.h"

struct measure_hand {
	struct viterbi search;
	uint64_t tokens;
};

bp_train_options bp_train_defaults(void)
{
	static const uint32_t size = 32000;

	return (bp_train_options){ .vocab_size = &size, .n_sizes = 1, .order = 6, .min_count = 2,
				   .max_piece_length = 36, .ensure_unicode = true,
				   .sample_size = (uint64_t)32 << 20 };
}

bp_status bp_train_check(const bp_train_options *o, bp_error *err)
{
	size_t i, k;

	if (o->n_sizes == 0 || o->order < 1 || o->order > BP_ORDER_MAX || o->min_count < 1 ||
	    o->max_piece_length < 1 || o->max_piece_length > BP_PIECE_MAX ||
	    o->sample_size < 1 || o->min_count > INT64_MAX || o->sample_size > INT64_MAX)
		return bp_fail(err, BP_ERANGE, "an option is outside its range");
	if (o->reference && o->across_spaces != BP_SPACES_ANY)
		return bp_fail(err, BP_ERANGE, "the published algorithm has no rule for spaces");
	for (i = 0; i < o->n_sizes; i++) {
		if (o->vocab_size[i] > BP_VOCAB_MAX)
			return bp_fail(err, BP_ERANGE, "a vocabulary has at most %d ids",
				       BP_VOCAB_MAX);
		if (o->vocab_size[i] < BP_VOCAB_MIN)
			return bp_fail(err, BP_ERANGE, "a vocabulary has at least %d ids: 256 "
				       "bytes, <pad>, <bos> and <eos>", BP_VOCAB_MIN);
		for (k = 0; k < i; k++)
			if (o->vocab_size[k] == o->vocab_size[i])
				return bp_fail(err, BP_ERANGE, "vocabulary size %" PRIu32
					       " is requested twice", o->vocab_size[i]);
	}
	return BP_OK;
}

/* The path of the model of the i-th size, for free(). */
static char *model_path(const struct train_job *j, size_t i)
{
	size_t room = strlen(j->out) + 16;
	char *path = malloc(room);

	if (path == NULL)
		return NULL;
	if (j->options->n_sizes == 1)
		snprintf(path, room, "%s", j->out);
	else
		snprintf(path, room, "%s.%" PRIu32, j->out, j->options->vocab_size[i]);
	return path;
}

/* Find out before the work, not after it, whether the models can be written. */
bp_status bp_train_try_outputs(const struct train_job *j, bp_error *err)
{
	struct outfile out;
	bp_status st = BP_OK;
	char *path;
	size_t i;

	for (i = 0; i < j->options->n_sizes && st == BP_OK; i++) {
		if ((path = model_path(j, i)) == NULL)
			return bp_fail_memory(err);
		st = bp_out_open(&out, path, err);
		bp_out_abort(&out);
		free(path);
	}
	return st;
}

static bp_status count_tokens(void *ctx, unsigned worker, struct slice segment, bp_error *err)
{
	struct measure_hand *h = (struct measure_hand *)ctx + worker;

	h->search.n_path = 0;
	if (!bp_viterbi_feed(&h->search, segment) || !bp_viterbi_end(&h->search))
		return bp_fail_memory(err);
	h->tokens += h->search.n_path;
	return BP_OK;
}

/* How many tokens the model makes of the corpus. */
static bp_status measure(struct corpus *c, const struct model *m, uint64_t *tokens, bp_error *err)
{
	unsigned i, n = bp_corpus_workers(c);
	struct measure_hand *hand = calloc(n, sizeof(*hand));
	struct corpus_visitor v = { .phase = "measure", .visit = count_tokens, .ctx = hand };
	struct vocabulary u;
	bp_status st;

	if (hand == NULL)
		return bp_fail_memory(err);
	st = bp_vocabulary_from_model(&u, m, "", err);
	for (i = 0; i < n && st == BP_OK; i++)
		if (!bp_viterbi_init(&hand[i].search, &u))
			st = bp_fail_memory(err);
	if (st == BP_OK)
		st = bp_corpus_read_all(c, &v, err);
	for (i = 0; i < n; i++) {
		*tokens += hand[i].tokens;
		bp_viterbi_release(&hand[i].search);
	}
	bp_vocabulary_release(&u);
	free(hand);
	return st;
}

bp_status bp_train_made(void *ctx, const struct trained_model *m, bp_error *err)
{
	struct train_job *j = ctx;
	struct bp_trained *t = &j->report->model[m->i];
	char *path = model_path(j, m->i);
	bp_status st;

	if (path == NULL)
		return bp_fail_memory(err);
	*t = (struct bp_trained){ .vocab_size = (uint32_t)m->model->n_pieces + BP_FIRST_PIECE };
	st = bp_write_model(m->model, NULL, path, j->options->form, err);
	free(path);
	/* Who takes up the work may want to know what this process does not. */
	if (st != BP_OK || (!j->options->measure && j->options->resume == NULL))
		return st;
	/* The sample stands for the corpus, which may be large; the published algorithm has none. */
	if (m->sample != NULL) {
		j->report->measured = m->sample->bytes;
		return bp_sizes_measure(m->model, m->sample, bp_threads(j->in), &t->tokens, err);
	}
	if (m->corpus == NULL)
		return BP_OK;
	st = measure(m->corpus, m->model, &t->tokens, err);
	j->report->measured = m->corpus->whole.bytes;
	return st;
}
