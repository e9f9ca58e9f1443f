/*
 * The largest size is first because both recipes make a smaller vocabulary from the larger one of
 * the size before, at a fraction of the cost of the first size.
 */
#include "train/sizes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/number.h"

/* The index of the largest size below 'limit'; n_sizes if there is none. */
static size_t next_size(const bp_train_options *o, uint64_t limit)
{
	size_t best = o->n_sizes, i;

	for (i = 0; i < o->n_sizes; i++)
		if (o->vocab_size[i] < limit &&
		    (best == o->n_sizes || o->vocab_size[i] > o->vocab_size[best]))
			best = i;
	return best;
}

bp_status bp_sizes_init(struct sizes *f, struct plan *plan, const bp_train_options *o,
			struct corpus *corpus, const struct train_output *to, bp_error *err)
{
	uint64_t limit = (uint64_t)UINT32_MAX + 1;
	size_t i;

	*f = (struct sizes){ .plan = plan, .options = o, .corpus = corpus, .to = to,
			     .order = bp_array(o->n_sizes, sizeof(*f->order)) };
	if (f->order == NULL)
		return bp_fail_memory(err);
	if (bp_required_check_sizes(&plan->required, o, err) != BP_OK) {
		free(f->order);
		return BP_ERANGE;
	}
	for (i = 0; i < o->n_sizes; i++) {
		f->order[i] = next_size(o, limit);
		limit = o->vocab_size[f->order[i]];
	}
	return BP_OK;
}

void bp_sizes_release(struct sizes *f)
{
	bp_em_release(&f->em);
	free(f->order);
	*f = (struct sizes){ .at = 0 };
}

/* A special token takes an id, but is no piece; the first three are below BP_FIRST_PIECE. */
size_t bp_sizes_pieces(const struct sizes *f, size_t at)
{
	return f->options->vocab_size[f->order[at]] - BP_FIRST_PIECE - f->plan->required.n_specials;
}

/*
 * Count the tokens of the model: on the sample, because the corpus may be large; or on the corpus,
 * for the published algorithm, because that draws no sample.
 */
static bp_status measure_model(struct sizes *f, const struct model *m, uint64_t *tokens,
			       bp_error *err)
{
	struct plan *p = f->plan;
	bp_status st;

	if (p->reference == NULL) {
		f->to->report->measured = p->sample.text;
		return bp_measure_sample(m, &p->sample, bp_threads(p->in), tokens, err);
	}
	if (f->corpus == NULL)
		return BP_OK;
	st = bp_measure_corpus(m, f->corpus, tokens, err);
	f->to->report->measured = f->corpus->whole.bytes;
	return st;
}

/* Fail if the options insist on a size that the model has not reached. */
static bp_status check_size(const struct sizes *f, const struct model *m, bp_error *err)
{
	const bp_train_options *o = f->options;
	uint32_t size = o->vocab_size[f->order[f->at]];
	size_t n = m->n_pieces + BP_FIRST_PIECE;

	if (!o->exact_size || n == size)
		return BP_OK;
	return bp_fail(err, BP_EFORMAT, "%zu ids (%" PRIu32 " requested): no more candidates were "
		       "found", n, size);
}

static bp_status finish_model(struct sizes *f, const struct model *m, bp_error *err)
{
	size_t i = f->order[f->at];
	struct bp_trained *t = &f->to->report->model[i];
	bp_status st;

	*t = (struct bp_trained){ .vocab_size = (uint32_t)m->n_pieces + BP_FIRST_PIECE };
	if ((st = check_size(f, m, err)) != BP_OK ||
	    (st = f->to->write(f->to->ctx, i, m, err)) != BP_OK)
		return st;
	/* A process that resumes the training later may have to report this number. */
	if (f->options->measure || f->options->resume != NULL)
		st = measure_model(f, m, &t->tokens, err);
	return st;
}

static void note_round(const struct sizes *f)
{
	const struct em_report *r = &f->em.last;
	char loss[BP_NUMBER_TEXT], ratio[BP_NUMBER_TEXT];

	bp_number_decimals(loss, r->loss, 4);
	bp_number_decimals(ratio, bp_ratio((double)f->plan->sample.text, (double)r->tokens), 3);
	bp_train_note(f->options, "round %u: %zu pieces, loss %s nats per byte, %s bytes per "
		      "token; %zu pieces kept", f->round, r->pieces, loss, ratio, f->em.n);
}

/* An estimate of the rounds that are left, of all sizes. */
static unsigned rounds_left(const struct sizes *f)
{
	unsigned n = bp_em_rounds(&f->em, f->em.n);
	struct em next = f->em;
	size_t i;

	for (i = f->at + 1; i < f->options->n_sizes; i++) {
		bp_em_aim(&next, bp_sizes_pieces(f, i), 1);
		n += bp_em_rounds(&next, bp_sizes_pieces(f, i - 1));
	}
	return n;
}

/* All rounds of one size, and its model. */
static bp_status fit_size(struct sizes *f, bp_error *err)
{
	struct model m;
	bp_status st;

	while (f->em.stage != EM_DONE) {
		bp_progress_steps_part(f->plan->steps, rounds_left(f));
		if ((st = bp_em_round(&f->em, err)) != BP_OK)
			return st;
		f->round++;
		note_round(f);
		if (f->save != NULL && (st = f->save(f->save_ctx, f, err)) != BP_OK)
			return st;
	}
	if ((st = bp_em_model(&f->em, f->plan->options.normalize, &m, err)) != BP_OK)
		return st;
	m.newlines = f->plan->options.newlines;
	st = finish_model(f, &m, err);
	bp_model_release(&m);
	return st;
}

/*
 * The words of the sample are learnt from segments as they were cut; joining them where required
 * pieces lie comes after that.  A resumed fit has its pieces, but does both again: neither the
 * words nor the joined segments are in any file.
 */
static bp_status fit_sizes(struct sizes *f, bp_error *err)
{
	struct plan *p = f->plan;
	bp_status st = bp_rules_learn_words(&p->rules, &p->sample, err);

	if (st == BP_OK)
		st = bp_sample_join(&p->sample, &p->required, &p->rules.cuts, err);
	/* A resumed fit has read its pieces and its aim from the folder. */
	if (st == BP_OK && f->round == 0) {
		st = bp_em_init(&f->em, &p->sample, &p->rules, &p->required, &p->seeds,
				bp_sizes_pieces(f, 0), p->in, p->ws, err);
		bp_em_aim(&f->em, bp_sizes_pieces(f, 0), FIT_GROW_TIMES);
	}
	while (st == BP_OK && f->at < f->options->n_sizes) {
		if ((st = fit_size(f, err)) != BP_OK)
			return st;
		if (++f->at < f->options->n_sizes)
			bp_em_aim(&f->em, bp_sizes_pieces(f, f->at), 1);
		if (f->save != NULL)
			st = f->save(f->save_ctx, f, err);
	}
	return st;
}

/* Pruning is not saved; a resumed training prunes again, from the counts that it has kept. */
static bp_status prune_sizes(struct sizes *f, bp_error *err)
{
	const struct required *required = &f->plan->required;
	struct prune *p = &f->plan->reference->prune;
	struct model m;
	bp_status st;

	for (; f->at < f->options->n_sizes; f->at++) {
		bp_train_note(f->options, "%zu pieces of %zu candidates are left", p->n_left, p->n);
		if ((st = bp_prune_to(p, bp_sizes_pieces(f, f->at), err)) != BP_OK ||
		    (st = bp_prune_model(p, required, f->plan->options.normalize, &m,
					 err)) != BP_OK)
			return st;
		st = finish_model(f, &m, err);
		bp_model_release(&m);
		if (st != BP_OK)
			return st;
	}
	return BP_OK;
}

bp_status bp_sizes_run(struct sizes *f, bp_error *err)
{
	return f->plan->reference != NULL ? prune_sizes(f, err) : fit_sizes(f, err);
}
