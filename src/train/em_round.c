/* The first pass of a round: the counts. */
#include "train/em_round.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/parallel.h"

#define TOKEN_COST 10.0		/* nats that a token costs beside its log-probability */

struct slice *bp_em_slices(const struct em *e)
{
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	size_t i;

	for (i = 0; i < e->n && piece != NULL; i++)
		piece[i] = e->piece[i].key;
	return piece;
}

double bp_em_total(const struct em *e)
{
	double total = 0;
	size_t i;

	for (i = 0; i < e->n; i++)
		total += (double)e->piece[i].count;
	return BP_MAX(total, 1);	/* 0: a text without tokens */
}

/*
 * A piece without uses counts as half a use: its score is finite, and below that of any used
 * piece.
 */
double bp_em_score(uint64_t count, double total)
{
	return bp_log(BP_MAX((double)count, 0.5) / total) - TOKEN_COST;
}

bp_status bp_em_vocabulary(const struct em *e, struct vocabulary *u, bp_error *err)
{
	struct slice *piece = bp_em_slices(e);
	double *score = bp_array(e->n, sizeof(*score)), total = bp_em_total(e);
	bp_status st;
	size_t i;

	if (piece == NULL || score == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < e->n; i++)
			score[i] = bp_em_score(e->piece[i].count, total);
		st = bp_vocabulary_init(u, piece, score, e->n, err);
		u->newlines = e->rules->cuts.newlines;
	}
	free(piece);
	free(score);
	return st;
}

static bool init_em_worker(struct em_worker *h, const struct em_round *r)
{
	h->sums = calloc(r->e->n, sizeof(*h->sums));
	/* lint: leak: bp_em_round_release() frees both */
	return h->sums != NULL &&
	       bp_fast_search_init(&h->search, &r->u, &r->rows, r->kernel);
}

/* Also of a round that has failed half-way: arrays that are not there are NULL. */
void bp_em_round_release(struct em_round *r)
{
	struct em_worker *h;
	unsigned i;

	for (i = 0; r->worker != NULL && i < r->e->n_workers; i++) {
		h = &r->worker[i];
		bp_fast_search_release(&h->search);
		bp_loss_release(&h->loss);
		free(h->use);
		free(h->state);
		free(h->sums);
	}
	free(r->worker);
	free(r->ends);
	free(r->ends_of);
	bp_score_rows_release(&r->rows);
	bp_vocabulary_release(&r->u);
}

/* Room for a bit per byte; blocks share no word, so that workers do not either. */
static bool init_paths(struct em_round *r)
{
	const struct sample *s = r->e->sample;
	size_t i, n = 0;

	if ((r->ends_of = bp_array(s->n, sizeof(*r->ends_of))) == NULL)
		return false;
	for (i = 0; i < s->n; i++) {
		r->ends_of[i] = n;
		n += s->block[i].n_bytes / 64 + 1;
	}
	return (r->ends = calloc(n + 1, sizeof(*r->ends))) != NULL;
}

static bp_status init_round(struct em_round *r, bool keep_paths, bp_error *err)
{
	struct em *e = r->e;
	bp_status st;
	unsigned i;

	if ((st = bp_em_vocabulary(e, &r->u, err)) != BP_OK ||
	    (st = bp_kernel_choose(&r->kernel, err)) != BP_OK)
		return st;
	if (!bp_score_rows_init(&r->rows, &r->u) || (keep_paths && !init_paths(r)) ||
	    (r->worker = calloc(e->n_workers, sizeof(*r->worker))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n_workers; i++)
		if (!init_em_worker(&r->worker[i], r))
			return bp_fail_memory(err);
		else if (r->pairs != NULL)
			r->worker[i].pairs = &r->pairs->workers[i];
	return BP_OK;
}

/*
 * Add the pieces of the path of a segment, which counts 'times' times, to the worker's sums, and
 * mark their ends, from bit 'at'.
 */
static bp_status add_uses(const struct em_round *r, struct em_worker *h, uint64_t group,
			  uint64_t times, uint64_t *ends, size_t at, bp_error *err)
{
	const uint32_t *piece = h->search.path.piece;
	struct em_sums *s;
	bp_status st;
	size_t i;

	for (i = 0; i < h->search.path.n; i++) {
		s = &h->sums[piece[i]];
		s->count += times;
		s->groups |= group;
		if (ends != NULL) {
			at += r->u.piece[piece[i]].len;
			ends[(at - 1) / 64] |= (uint64_t)1 << ((at - 1) % 64);
		}
		if (h->pairs != NULL && i > 0 && times > 0 &&
		    (st = bp_counter_key(h->pairs, (uint64_t)piece[i - 1] << EM_ID_BITS |
					 piece[i], times, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

/* Set the path of a segment: of the block that is loaded, or, without rows, of its bytes alone. */
static bool find_path(const struct em_round *r, struct fast_search *f, struct slice segment,
		      size_t at)
{
	f->path.n = 0;
	if (r->rows.n > 0)
		return bp_fast_search_path(f, at, at + segment.n, 0);
	f->exact.path.n = 0;
	return bp_viterbi_feed(&f->exact, segment) && bp_viterbi_end(&f->exact) &&
	       bp_path_move(&f->path, &f->exact.path);
}

static bp_status count_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct em_round *r = ctx;
	const struct sample_block *b = &r->e->sample->block[i];
	uint64_t group = (uint64_t)1 << (i * EM_GROUPS / r->e->sample->n);
	uint64_t *ends = r->ends != NULL ? r->ends + r->ends_of[i] : NULL;
	struct em_worker *h = &r->worker[worker];
	bp_status st = BP_OK;
	size_t k, at = 0;

	if (r->rows.n > 0) {
		if (!bp_fast_search_load(&h->search, b->bytes, b->length, b->n))
			return bp_fail_memory(err);
		bp_fast_search_run(&h->search, b->n_bytes);
	}
	for (k = 0; k < b->n && st == BP_OK; at += b->length[k++])
		st = find_path(r, &h->search, (struct slice){ b->bytes + at, b->length[k] }, at)
			? add_uses(r, h, group, bp_sample_times(b, k), ends, at, err)
			: bp_fail_memory(err);
	return st;
}

static void report_blocks(void *ctx, size_t i)
{
	struct em_round *r = ctx;

	bp_progress_step(&r->progress, i);
}

/* Set the counts and the report from the sums of all workers. */
static void collect_counts(struct em_round *r)
{
	struct em *e = r->e;
	size_t i;
	unsigned w;

	e->last = (struct em_report){ .pieces = e->n };
	for (i = 0; i < e->n; i++) {
		e->piece[i].count = 0;
		for (w = 0; w < e->n_workers; w++)
			e->piece[i].count += r->worker[w].sums[i].count;
		e->last.tokens += e->piece[i].count;
		e->last.loss -= (double)e->piece[i].count * (r->u.piece[i].score + TOKEN_COST);
	}
	if (e->sample->text > 0)
		e->last.loss /= (double)e->sample->text;
}

bp_status bp_em_count(struct em_round *r, bool keep_paths, bp_error *err)
{
	struct em *e = r->e;
	bp_status st;

	if ((st = init_round(r, keep_paths, err)) != BP_OK)
		return st;
	bp_progress_start(&r->progress, e->in, "fit the vocabulary", "blocks", e->sample->n);
	if ((st = bp_parallel_for(e->n_workers, e->sample->n, count_block, report_blocks, r,
				  err)) != BP_OK)
		return st;
	collect_counts(r);
	return BP_OK;
}
