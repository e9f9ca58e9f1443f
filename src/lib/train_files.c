/* Training from files to model files. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "encode/viterbi.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "model/model_file.h"
#include "train/train.h"

struct train_job {
	const bp_train_options *options;
	const char *out;
	struct corpus corpus;
	bp_train_report *report;
};

struct measure_hand {
	struct viterbi search;
	uint64_t tokens;
};

bp_train_options bp_train_defaults(void)
{
	static const uint32_t size = 32000;

	return (bp_train_options){ .vocab_size = &size, .n_sizes = 1, .order = 6, .min_count = 2,
				   .max_piece_length = 36, .ensure_unicode = true };
}

static bp_status check_options(const bp_train_options *o, bp_error *err)
{
	size_t i, k;

	if (o->n_sizes == 0 || o->order < 1 || o->order > BP_ORDER_MAX || o->min_count < 1 ||
	    o->max_piece_length < 1 || o->max_piece_length > BP_PIECE_MAX)
		return bp_fail(err, BP_ERANGE, "an option is outside its range");
	for (i = 0; i < o->n_sizes; i++) {
		if (o->vocab_size[i] < BP_VOCAB_MIN)
			return bp_fail(err, BP_ERANGE, "a vocabulary has at least %d ids: 256 "
				       "bytes and 3 control tokens", BP_VOCAB_MIN);
		for (k = 0; k < i; k++)
			if (o->vocab_size[k] == o->vocab_size[i])
				return bp_fail(err, BP_ERANGE, "vocabulary size %" PRIu32
					       " is asked for twice", o->vocab_size[i]);
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
static bp_status try_outputs(const struct train_job *j, bp_error *err)
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

static bool count_tokens(void *ctx, unsigned worker, struct slice segment)
{
	struct measure_hand *h = (struct measure_hand *)ctx + worker;

	h->search.n_path = 0;
	if (!bp_viterbi_feed(&h->search, segment) || !bp_viterbi_end(&h->search))
		return false;
	h->tokens += h->search.n_path;
	return true;
}

/* How many tokens the model makes of the corpus. */
static bp_status measure(struct train_job *j, const struct model *m, uint64_t *tokens,
			 bp_error *err)
{
	unsigned i, n = bp_corpus_workers(&j->corpus);
	struct measure_hand *hand = calloc(n, sizeof(*hand));
	struct unigram u;
	bp_status st;

	if (hand == NULL)
		return bp_fail_memory(err);
	st = bp_unigram_init(&u, m->piece, m->log_probability, m->n_pieces, err);
	for (i = 0; i < n && st == BP_OK; i++)
		if (!bp_viterbi_init(&hand[i].search, &u))
			st = bp_fail_memory(err);
	if (st == BP_OK)
		st = bp_corpus_each(&j->corpus, "measure", count_tokens, NULL, hand, err);
	for (i = 0; i < n; i++) {
		*tokens += hand[i].tokens;
		bp_viterbi_release(&hand[i].search);
	}
	bp_unigram_release(&u);
	free(hand);
	return st;
}

static bp_status made(void *ctx, size_t i, const struct model *m, bp_error *err)
{
	struct train_job *j = ctx;
	struct bp_trained *t = &j->report->model[i];
	char *path = model_path(j, i);
	bp_status st;

	if (path == NULL)
		return bp_fail_memory(err);
	*t = (struct bp_trained){ .vocab_size = (uint32_t)m->n_pieces + BP_FIRST_PIECE };
	st = bp_model_write(m, path, err);
	free(path);
	if (st == BP_OK && j->options->measure)
		st = measure(j, m, &t->tokens, err);
	return st;
}

bp_status bp_train_files(const bp_input *in, const char *out, const bp_train_options *o,
			 bp_train_report *report, bp_error *err)
{
	struct cut_rules rules = BP_CUT_TRAINING;
	struct train_job j = { .options = o, .out = out, .report = report };
	bp_status st;

	rules.isolate_digits = o->isolate_digits;
	if ((st = check_options(o, err)) != BP_OK || (st = try_outputs(&j, err)) != BP_OK ||
	    (st = bp_corpus_init(&j.corpus, in, &rules, o->normalize == BP_NORMALIZE_NFC,
				 err)) != BP_OK)
		return st;
	st = bp_train(&j.corpus, o, made, &j, err);
	report->bytes = j.corpus.bytes;
	report->segments = j.corpus.segments;
	bp_corpus_release(&j.corpus);
	return st;
}
