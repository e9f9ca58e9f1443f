#include "train/prune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "io/progress.h"

/* A piece and its count, while they are sorted. */
struct row {
	struct slice piece;
	uint64_t count;
};

static int by_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return bp_slice_compare(x->piece, y->piece);
}

/* The reference's order for the cut: single bytes, then by count, longer ones, and bytes. */
static int by_worth(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if ((x->piece.n > 1) != (y->piece.n > 1))
		return x->piece.n > 1 ? 1 : -1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->piece.n != y->piece.n)
		return x->piece.n > y->piece.n ? -1 : 1;
	return bp_slice_compare(x->piece, y->piece);
}

static void release_search(struct prune *p)
{
	unsigned i;

	for (i = 0; p->hand != NULL && i < p->n_workers; i++) {
		bp_viterbi_release(&p->hand[i].search);
		free(p->hand[i].sum);
		p->hand[i].sum = NULL;
	}
	bp_unigram_release(&p->unigram);
}

void bp_prune_release(struct prune *p)
{
	release_search(p);
	free(p->hand);
	free(p->piece);
	free(p->count);
	*p = (struct prune){ 0 };
}

/* Make the pieces in rows[0..n) the vocabulary, ready to search with. */
static bp_status set_pieces(struct prune *p, struct row *rows, size_t n, bp_error *err)
{
	bp_status st;
	unsigned w;
	size_t i;

	release_search(p);
	qsort(rows, n, sizeof(*rows), by_bytes);
	for (i = 0; i < n; i++) {
		p->piece[i] = rows[i].piece;
		p->count[i] = rows[i].count;
	}
	p->n = p->n_left = n;
	if ((st = bp_unigram_init(&p->unigram, p->piece, NULL, n, err)) != BP_OK)
		return st;
	for (w = 0; w < p->n_workers; w++) {
		p->hand[w].sum = calloc(n, sizeof(*p->hand[w].sum));
		if (!bp_viterbi_init(&p->hand[w].search, &p->unigram) || p->hand[w].sum == NULL)
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Score the pieces by their present counts. */
static void weigh(struct prune *p)
{
	uint64_t total = 0;
	double log_total;
	size_t i;

	for (i = 0; i < p->n; i++)
		total += p->count[i];
	log_total = log((double)total);
	for (i = 0; i < p->n; i++)
		p->unigram.piece[i].score = p->count[i] > 0 ? log((double)p->count[i]) - log_total
							    : -INFINITY;
}

struct cut_job {
	struct prune *p;
	const struct row *rows;		/* NULL: the vocabulary itself */
	struct progress progress;
};

/* Cut one piece with the vocabulary, and hand its count to each of the parts. */
static bp_status cut_one(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct cut_job *j = ctx;
	struct prune_hand *h = &j->p->hand[worker];
	struct row row = j->rows != NULL ? j->rows[i]
					 : (struct row){ j->p->piece[i], j->p->count[i] };
	size_t k;

	if (row.count == 0)
		return BP_OK;
	h->search.n_path = 0;
	if (!bp_viterbi_feed(&h->search, row.piece) || !bp_viterbi_end(&h->search))
		return bp_fail_memory(err);
	for (k = 0; k < h->search.n_path; k++)
		h->sum[h->search.path[k]] += row.count;
	return BP_OK;
}

/* Add what the workers have handed out to the counts, and empty their sums. */
static void collect(struct prune *p)
{
	unsigned w;
	size_t i;

	for (w = 0; w < p->n_workers; w++) {
		for (i = 0; i < p->n; i++)
			p->count[i] += p->hand[w].sum[i];
		memset(p->hand[w].sum, 0, p->n * sizeof(*p->hand[w].sum));
	}
	for (i = p->n_left = 0; i < p->n; i++)
		p->n_left += p->count[i] > 0;
}

static void report(void *ctx, size_t i)
{
	struct cut_job *j = ctx;

	bp_progress_step(&j->progress, i);
}

/* Cut n rows, or the vocabulary itself, with it; the workers' sums are the result. */
static bp_status cut_rows(struct prune *p, const struct row *rows, size_t n, bp_error *err)
{
	struct cut_job j = { .p = p, .rows = rows };

	weigh(p);
	bp_progress_start(&j.progress, p->in, "prune", "pieces", n);
	return bp_parallel_for(p->n_workers, n, cut_one, report, &j, err);
}

/* Hand the counts of pieces outside of the vocabulary to those in it. */
static bp_status hand_over(struct prune *p, const struct row *rows, size_t n, bp_error *err)
{
	bp_status st = cut_rows(p, rows, n, err);

	if (st == BP_OK)
		collect(p);
	return st;
}

/* Cut each piece with the vocabulary itself, until none goes. */
static bp_status settle(struct prune *p, bp_error *err)
{
	size_t before;
	bp_status st;

	do {
		before = p->n_left;
		if ((st = cut_rows(p, NULL, p->n, err)) != BP_OK)
			return st;
		memset(p->count, 0, p->n * sizeof(*p->count));
		collect(p);
	} while (p->n_left != before);
	return BP_OK;
}

static bool add_bytes(struct table *all)
{
	unsigned char byte;
	unsigned i;
	size_t n;

	for (i = 0; i < 256; i++) {
		byte = (unsigned char)i;
		n = all->n;
		/* Adding nothing leaves what is there, and tells whether it was. */
		if (!bp_table_add(all, (struct slice){ &byte, 1 }, 0))
			return false;
		if (all->n > n)
			all->entry[n].count = 1;
	}
	return true;
}

/* Split the candidates into rows[0..*n_kept) and the others behind them. */
static void split(const struct table *all, const struct prune_rules *r, struct row *rows,
		  size_t *n_kept)
{
	size_t kept = 0, dropped = all->n, i;
	struct row row;

	for (i = 0; i < all->n; i++) {
		row = (struct row){ bp_table_key(all, i), all->entry[i].count };
		if (row.piece.n == 1 ||
		    (row.piece.n <= r->max_length && row.count >= r->min_count))
			rows[kept++] = row;
		else
			rows[--dropped] = row;
	}
	*n_kept = kept;
}

bp_status bp_prune_init(struct prune *p, struct table *all, const struct prune_rules *r,
			const bp_input *in, bp_error *err)
{
	unsigned n_workers = bp_threads(in);
	struct row *rows = NULL;
	size_t n;
	bp_status st;

	*p = (struct prune){ .in = in, .n_workers = n_workers };
	if (!add_bytes(all) || (rows = bp_array(all->n, sizeof(*rows))) == NULL ||
	    (p->hand = calloc(n_workers, sizeof(*p->hand))) == NULL) {
		st = bp_fail_memory(err);
		goto done;
	}
	split(all, r, rows, &n);
	p->piece = bp_array(n, sizeof(*p->piece));
	p->count = bp_array(n, sizeof(*p->count));
	if (p->piece == NULL || p->count == NULL)
		st = bp_fail_memory(err);
	else if ((st = set_pieces(p, rows, n, err)) == BP_OK &&
		 (st = hand_over(p, rows + n, all->n - n, err)) == BP_OK)
		st = settle(p, err);
done:
	free(rows);
	if (st != BP_OK)
		bp_prune_release(p);
	return st;
}

/* The pieces that are left, into rows[0..p->n_left). */
static void take_left(const struct prune *p, struct row *rows)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (p->count[i] > 0)
			rows[n++] = (struct row){ p->piece[i], p->count[i] };
}

bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err)
{
	size_t n = p->n_left;
	struct row *rows;
	bp_status st;

	if (n <= size)
		return BP_OK;
	if ((rows = bp_array(n, sizeof(*rows))) == NULL)
		return bp_fail_memory(err);
	take_left(p, rows);
	qsort(rows, n, sizeof(*rows), by_worth);
	if ((st = set_pieces(p, rows, size, err)) == BP_OK &&
	    (st = hand_over(p, rows + size, n - size, err)) == BP_OK)
		st = settle(p, err);
	free(rows);
	return st;
}

bp_status bp_prune_model(const struct prune *p, bp_normalize normalize, struct model *m,
			 bp_error *err)
{
	struct slice *piece = bp_array(p->n_left, sizeof(*piece));
	uint64_t *count = bp_array(p->n_left, sizeof(*count));
	bp_status st;
	size_t i, n = 0;

	if (piece == NULL || count == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < p->n; i++)
			if (p->count[i] > 0) {
				piece[n] = p->piece[i];
				count[n++] = p->count[i];
			}
		st = bp_model_init(m, piece, count, n, normalize, err);
	}
	free(piece);
	free(count);
	return st;
}
