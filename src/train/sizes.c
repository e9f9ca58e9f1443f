#include "train/sizes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "encode/viterbi.h"
#include "encode/vocabulary.h"
#include "train/join.h"
#include "train/note.h"
#include "train/words.h"

/* The largest size below 'limit', by its index; n if there is none. */
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
		      struct corpus *corpus, bp_trained_model_fn *made, void *ctx, bp_error *err)
{
	uint64_t limit = (uint64_t)UINT32_MAX + 1;
	size_t i;

	*f = (struct sizes){ .plan = plan, .options = o, .corpus = corpus, .made = made, .ctx = ctx,
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
	f->plan->rules.words = NULL;
	bp_table_release(&f->words);
	bp_em_release(&f->em);
	free(f->order);
	*f = (struct sizes){ .at = 0 };
}

size_t bp_sizes_size(const struct sizes *f, size_t at)
{
	return f->options->vocab_size[f->order[at]] - BP_FIRST_PIECE - f->plan->required.n_specials;
}

static bp_status hand_out(struct sizes *f, const struct model *m, bp_error *err)
{
	struct trained_model made = { .i = f->order[f->at], .model = m, .corpus = f->corpus,
			     .sample = f->plan->options.reference ? NULL : &f->plan->sample };

	return f->made(f->ctx, &made, err);
}

static void note_round(const struct sizes *f)
{
	const struct em_report *r = &f->em.last;

	bp_train_note(f->options, "round %u: %zu pieces, loss %.4f nats per byte, %.3f bytes per token; "
		"%zu pieces stay", f->round, r->pieces, r->loss,
		r->tokens > 0 ? (double)f->plan->sample.bytes / (double)r->tokens : 0, f->em.n);
}

/* All rounds of one size, and its model. */
static bp_status fit_size(struct sizes *f, bp_error *err)
{
	struct model m;
	bp_status st;

	while (f->em.stage != EM_DONE) {
		if ((st = bp_em_round(&f->em, err)) != BP_OK)
			return st;
		f->round++;
		note_round(f);
		if (f->save != NULL && (st = f->save(f->save_ctx, f, err)) != BP_OK)
			return st;
	}
	if ((st = bp_em_model(&f->em, f->plan->options.normalize, &m, err)) != BP_OK)
		return st;
	st = hand_out(f, &m, err);
	bp_model_release(&m);
	return st;
}

/* The rules may ask for the words of the text, which are known now. */
static bp_status collect_words(struct sizes *f, bp_error *err)
{
	struct plan *p = f->plan;

	if (p->rules.across_spaces != BP_SPACES_WORDS)
		return BP_OK;
	p->rules.words = &f->words;
	/* A digit that is set apart may cut a word. */
	return bp_words_collect(&f->words, &p->sample, p->rules.max_length,
				p->options.isolate_digits, err);
}

static bp_status fit_sizes(struct sizes *f, bp_error *err)
{
	struct plan *p = f->plan;
	bp_status st = collect_words(f, err);

	if (st == BP_OK)
		st = bp_sample_join(&p->sample, &p->required, err);
	if (st == BP_OK && f->round == 0) {
		st = bp_em_init(&f->em, &p->sample, &p->rules, &p->required, &p->seeds, p->in, p->ws,
				err);
		bp_em_aim(&f->em, bp_sizes_size(f, 0), FIT_GROW_TIMES);
	}
	while (st == BP_OK && f->at < f->options->n_sizes) {
		if ((st = fit_size(f, err)) != BP_OK)
			return st;
		if (++f->at < f->options->n_sizes)
			bp_em_aim(&f->em, bp_sizes_size(f, f->at), 1);
		if (f->save != NULL)
			st = f->save(f->save_ctx, f, err);
	}
	return st;
}

static bp_status prune_sizes(struct sizes *f, bp_error *err)
{
	struct prune *p = &f->plan->reference.prune;
	struct model m;
	bp_status st;

	for (; f->at < f->options->n_sizes; f->at++) {
		bp_train_note(f->options, "%zu pieces of %zu candidates are left", p->n_left, p->n);
		if ((st = bp_prune_to(p, bp_sizes_size(f, f->at), err)) != BP_OK ||
		    (st = bp_prune_model(p, f->plan->options.normalize, &m, err)) != BP_OK)
			return st;
		st = hand_out(f, &m, err);
		bp_model_release(&m);
		if (st != BP_OK)
			return st;
	}
	return BP_OK;
}

bp_status bp_sizes_run(struct sizes *f, bp_error *err)
{
	return f->plan->options.reference ? prune_sizes(f, err) : fit_sizes(f, err);
}

struct measure {
	const struct sample *sample;
	struct measure_hand {
		struct viterbi search;
		uint64_t tokens;
	} *hand;
};

static bp_status measure_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct measure *m = ctx;
	const struct sample_block *b = &m->sample->block[i];
	struct measure_hand *h = &m->hand[worker];
	size_t k, at = 0;

	for (k = 0; k < b->n; at += b->length[k++]) {
		h->search.n_path = 0;
		if (!bp_viterbi_feed(&h->search, (struct slice){ b->bytes + at, b->length[k] }) ||
		    !bp_viterbi_end(&h->search))
			return bp_fail_memory(err);
		h->tokens += h->search.n_path;
	}
	return BP_OK;
}

bp_status bp_sizes_measure(const struct model *m, const struct sample *s, unsigned n_workers,
			 uint64_t *tokens, bp_error *err)
{
	struct measure j = { s, calloc(n_workers, sizeof(*j.hand)) };
	struct vocabulary u;
	bp_status st;
	unsigned i;

	*tokens = 0;
	if (j.hand == NULL)
		return bp_fail_memory(err);
	st = bp_vocabulary_from_model(&u, m, "", err);
	for (i = 0; i < n_workers && st == BP_OK; i++)
		if (!bp_viterbi_init(&j.hand[i].search, &u))
			st = bp_fail_memory(err);
	if (st == BP_OK)
		st = bp_parallel_for(n_workers, s->n, measure_block, NULL, &j, err);
	for (i = 0; i < n_workers; i++) {
		*tokens += j.hand[i].tokens;
		bp_viterbi_release(&j.hand[i].search);
	}
	bp_vocabulary_release(&u);
	free(j.hand);
	return st;
}
