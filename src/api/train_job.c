/*
 * Sizes are reported by the index of the size in the options, and files are named by the size
 * requested, so that a script knows the names before the training.
 */
#include "api/train_job.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "encode/viterbi.h"
#include "encode/vocabulary.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "api/save.h"

struct measure_worker {
	struct viterbi search;
	uint64_t tokens;
};

/* The defaults are those of the program's options. Order 6 and a length of 36 bytes are the
 * published algorithm's. */
bp_train_options bp_train_defaults(void)
{
	static const uint32_t size = 32000;

	return (bp_train_options){ .vocab_size = &size, .n_sizes = 1, .order = 6, .min_count = 2,
				   .max_piece_length = 36, .ensure_unicode = true,
				   .sample_size = (uint64_t)32 << 20 };
}

/* Sizes must differ, because each one names a file. */
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
				       "bytes and 3 special tokens", BP_VOCAB_MIN);
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

/* The exact search, segment by segment: each worker has a search of its own. */
static bp_status count_tokens(void *ctx, unsigned number, struct slice segment, bp_error *err)
{
	struct measure_worker *w = (struct measure_worker *)ctx + number;

	w->search.n_path = 0;
	if (!bp_viterbi_feed(&w->search, segment) || !bp_viterbi_end(&w->search))
		return bp_fail_memory(err);
	w->tokens += w->search.n_path;
	return BP_OK;
}

/* Count the tokens that the model gives on the corpus, in one pass over it. */
static bp_status measure(struct corpus *c, const struct model *m, uint64_t *tokens, bp_error *err)
{
	unsigned i, n = bp_corpus_workers(c);
	struct measure_worker *worker = calloc(n, sizeof(*worker));
	struct corpus_visitor v = { .phase = "measure", .visit = count_tokens, .ctx = worker };
	struct vocabulary u;
	bp_status st;

	if (worker == NULL)
		return bp_fail_memory(err);
	st = bp_vocabulary_from_model(&u, m, "", err);
	for (i = 0; i < n && st == BP_OK; i++)
		if (!bp_viterbi_init(&worker[i].search, &u))
			st = bp_fail_memory(err);
	if (st == BP_OK)
		st = bp_corpus_read_all(c, &v, err);
	for (i = 0; i < n; i++) {
		*tokens += worker[i].tokens;
		bp_viterbi_release(&worker[i].search);
	}
	bp_vocabulary_release(&u);
	free(worker);
	return st;
}

/* The model is written first: if measuring fails, the result of the training is not lost. */
bp_status bp_train_made(void *ctx, const struct trained_model *m, bp_error *err)
{
	struct train_job *j = ctx;
	struct bp_trained *t = &j->report->model[m->i];
	char *path = model_path(j, m->i);
	bp_status st;

	if (path == NULL)
		return bp_fail_memory(err);
	*t = (struct bp_trained){ .vocab_size = bp_model_n_ids(m->model) };
	st = bp_write_model(m->model, NULL, path, j->options->form, err);
	free(path);
	/* With a resume folder the tokens are counted in any case: a process that continues the
	 * work may report them. */
	if (st != BP_OK || (!j->options->measure && j->options->resume == NULL))
		return st;
	/* The sample stands for the corpus, which may be large.  The published algorithm has no
	 * sample, and is measured on the corpus. */
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
