#include "train/published/prune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parallel.h"
#include "io/progress.h"

static int by_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return bp_slice_compare(x->key, y->key);
}

/* The reference's order for the cut: single bytes, then by count, longer ones, and bytes. */
static int by_worth(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if ((x->key.n > 1) != (y->key.n > 1))
		return x->key.n > 1 ? 1 : -1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	if (x->key.n != y->key.n)
		return x->key.n > y->key.n ? -1 : 1;
	return bp_slice_compare(x->key, y->key);
}

static void release_search(struct prune *p)
{
	unsigned i;

	for (i = 0; p->hand != NULL && i < p->n_workers; i++) {
		bp_viterbi_release(&p->hand[i].search);
		free(p->hand[i].sum);
		p->hand[i].sum = NULL;
	}
	bp_vocabulary_release(&p->unigram);
}

void bp_prune_release(struct prune *p)
{
	release_search(p);
	bp_rows_release(&p->writer);
	bp_spill_drop(&p->dropped);
	bp_buf_release(&p->bytes);
	free(p->at);
	free(p->always);
	free(p->hand);
	free(p->piece);
	free(p->count);
	*p = (struct prune){ 0 };
}

/* Make ready to search with the n pieces that there are. */
static bp_status begin_search(struct prune *p, bp_error *err)
{
	bp_status st;
	unsigned w;

	p->n_left = p->n;
	if ((st = bp_vocabulary_init(&p->unigram, p->piece, NULL, p->n, err)) != BP_OK)
		return st;
	for (w = 0; w < p->n_workers; w++) {
		p->hand[w].sum = calloc(p->n, sizeof(*p->hand[w].sum));
		/* lint: leak: release_search() frees what is there */
		if (!bp_viterbi_init(&p->hand[w].search, &p->unigram) || p->hand[w].sum == NULL)
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Make the pieces in rows[0..n) the vocabulary. */
static bp_status set_pieces(struct prune *p, struct row *rows, size_t n, bp_error *err)
{
	size_t i;

	release_search(p);
	qsort(rows, n, sizeof(*rows), by_bytes);
	for (i = 0; i < n; i++) {
		p->piece[i] = rows[i].key;
		p->count[i] = rows[i].count;
	}
	p->n = n;
	return begin_search(p, err);
}

/* Score the pieces by their present counts. */
static void weigh(struct prune *p)
{
	uint64_t total = 0;
	double log_total;
	size_t i;

	for (i = 0; i < p->n; i++)
		total += p->count[i];
	log_total = bp_log((double)total);
	for (i = 0; i < p->n; i++)
		p->unigram.piece[i].score = p->count[i] > 0 ? bp_log((double)p->count[i]) - log_total
							    : -INFINITY;
}

/* Cut one piece with the vocabulary, and hand its count to each of the parts. */
static bp_status cut_one(struct prune *p, unsigned worker, struct slice piece, uint64_t count,
			 bp_error *err)
{
	struct prune_worker *h = &p->hand[worker];
	size_t k;

	if (count == 0)
		return BP_OK;
	h->search.n_path = 0;
	if (!bp_viterbi_feed(&h->search, piece) || !bp_viterbi_end(&h->search))
		return bp_fail_memory(err);
	for (k = 0; k < h->search.n_path; k++)
		h->sum[h->search.path[k]] += count;
	return BP_OK;
}

static int slices_by_bytes(const void *a, const void *b)
{
	return bp_slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

/* True if the piece is required.  Single bytes, which stay by themselves, need not be looked up. */
static bool is_required(const struct prune *p, struct slice piece)
{
	return p->n_always > 256 && piece.n > 1 &&
	       bsearch(&piece, p->always, p->n_always, sizeof(*p->always), slices_by_bytes) != NULL;
}

struct cut_job {
	struct prune *p;
	const struct row *rows;		/* NULL: the vocabulary itself */
	struct progress progress;
};

static bp_status cut_row(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct cut_job *j = ctx;

	if (j->rows != NULL)
		return cut_one(j->p, worker, j->rows[i].key, j->rows[i].count, err);
	/* What has to stay stays, even where others are the better expression. */
	if (is_required(j->p, j->p->piece[i])) {
		j->p->hand[worker].sum[i] += j->p->count[i];
		return BP_OK;
	}
	return cut_one(j->p, worker, j->p->piece[i], j->p->count[i], err);
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
	return bp_parallel_for(p->n_workers, n, cut_row, report, &j, err);
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

/* Single bytes, and the required pieces of more bytes. */
static bool list_always(struct prune *p, const struct required *r)
{
	size_t i;

	if ((p->always = bp_array(256 + r->n_pieces, sizeof(*p->always))) == NULL)
		return false;
	for (i = 0; i < 256; i++) {
		p->byte[i] = (unsigned char)i;
		p->always[i] = (struct slice){ &p->byte[i], 1 };
	}
	p->n_always = 256 + r->n_pieces;
	for (; i < p->n_always; i++)
		p->always[i] = bp_required_piece(r, i - 256);
	qsort(p->always, p->n_always, sizeof(*p->always), slices_by_bytes);
	return true;
}

bp_status bp_prune_begin(struct prune *p, const struct piece_rules *rules,
			 const struct required *required, const bp_input *in,
			 struct workspace *ws, bp_error *err)
{
	bp_status st;

	*p = (struct prune){ .rules = rules, .in = in, .n_workers = bp_threads(in), .ws = ws };
	if ((p->hand = calloc(p->n_workers, sizeof(*p->hand))) == NULL || !list_always(p, required)) {
		bp_prune_release(p);
		return bp_fail_memory(err);
	}
	if ((st = bp_spill_begin(&p->dropped, ws, &p->writer, err)) != BP_OK)
		bp_prune_release(p);
	return st;
}

static bp_status keep(struct prune *p, struct slice piece, uint64_t count, bp_error *err)
{
	if (!BP_GROW(p->at, p->cap_at, p->n + 2) ||
	    !BP_GROW(p->count, p->cap_count, p->n + 1) ||
	    !bp_buf_append(&p->bytes, piece.p, piece.n))
		return bp_fail_memory(err);
	p->count[p->n++] = count;
	p->at[0] = 0;
	p->at[p->n] = p->bytes.len;
	return BP_OK;
}

/* What is always kept and stands before 's', but did not come, counts as one; without bytes, 's' is
 * the end. */
static bp_status keep_before(struct prune *p, struct slice s, bp_error *err)
{
	bp_status st = BP_OK;

	while (st == BP_OK && p->next_always < p->n_always &&
	       (s.n == 0 || bp_slice_compare(p->always[p->next_always], s) < 0))
		st = keep(p, p->always[p->next_always++], 1, err);
	return st;
}

bp_status bp_prune_candidate(struct prune *p, const struct row *r, bp_error *err)
{
	struct slice piece = bp_row_body(r);
	bp_status st = keep_before(p, piece, err);

	if (st != BP_OK)
		return st;
	if (p->next_always < p->n_always &&
	    bp_slice_compare(p->always[p->next_always], piece) == 0) {
		p->next_always++;
	} else if (!bp_piece_allowed(p->rules, piece) || !bp_count_allowed(p->rules, r->count)) {
		p->n_dropped++;
		return bp_rows_write(&p->writer, r, err);
	}
	return keep(p, piece, r->count, err);
}

/* Candidates that were dropped, some at a time. */
struct fast_search {
	struct buf bytes;
	struct batch_row {
		size_t at, n;
		uint64_t count;
	} *row;
	size_t n, cap;
};
enum { BATCH = 64 * 1024 };

struct drop_job {
	struct prune *p;
	struct row_reader reader;
	struct progress progress;
	uint64_t done;
};

static bp_status fill_batch(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct drop_job *j = ctx;
	struct fast_search *b = chunk;
	bp_status st = BP_OK;
	struct slice piece;
	struct row r;

	b->bytes.len = b->n = 0;
	bp_progress_step(&j->progress, j->done);
	while (b->bytes.len < BATCH) {
		st = j->reader.source.next(&j->reader.source, &r, more, err);
		if (st != BP_OK || !*more)
			break;
		piece = bp_row_body(&r);
		if (!BP_GROW(b->row, b->cap, b->n + 1) ||
		    !bp_buf_append(&b->bytes, piece.p, piece.n))
			return bp_fail_memory(err);
		b->row[b->n++] = (struct batch_row){ b->bytes.len - piece.n, piece.n, r.count };
	}
	j->done += b->n;
	*more = b->n > 0;
	return st;
}

static bp_status cut_batch(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct drop_job *j = ctx;
	const struct fast_search *b = chunk;
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < b->n && st == BP_OK; i++)
		st = cut_one(j->p, worker,
			     (struct slice){ b->bytes.data + b->row[i].at, b->row[i].n },
			     b->row[i].count, err);
	return st;
}

/* Hand the counts of those that were dropped to the vocabulary. */
static bp_status hand_over_dropped(struct prune *p, bp_error *err)
{
	struct drop_job j = { .p = p };
	struct parallel job = { .fill = fill_batch, .work = cut_batch, .ctx = &j,
				.n_workers = p->n_workers };
	unsigned n = bp_parallel_chunks(p->n_workers), i;
	struct fast_search *batch = calloc(n, sizeof(*batch));
	void **chunks = bp_array(n, sizeof(*chunks));
	bp_status st;

	weigh(p);
	bp_progress_start(&j.progress, p->in, "prune", "pieces", p->n_dropped);
	if (batch == NULL || chunks == NULL) {
		st = bp_fail_memory(err);
	} else if ((st = bp_spill_read(&p->dropped, &j.reader, err)) == BP_OK) {
		for (i = 0; i < n; i++)
			chunks[i] = &batch[i];
		st = bp_parallel(&job, chunks, err);
		bp_row_reader_release(&j.reader);
	}
	for (i = 0; batch != NULL && i < n; i++) {
		bp_buf_release(&batch[i].bytes);
		free(batch[i].row);
	}
	free(batch);
	free(chunks);
	if (st == BP_OK)
		collect(p);
	return st;
}

bp_status bp_prune_end(struct prune *p, bp_error *err)
{
	bp_status st = keep_before(p, (struct slice){ p->byte, 0 }, err);
	size_t i;

	if ((st = bp_spill_end(&p->dropped, &p->writer, st, err)) != BP_OK)
		return st;
	if ((p->piece = bp_array(p->n, sizeof(*p->piece))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < p->n; i++)
		p->piece[i] = (struct slice){ p->bytes.data + p->at[i], p->at[i + 1] - p->at[i] };
	free(p->at);
	p->at = NULL;
	if ((st = begin_search(p, err)) == BP_OK && (st = hand_over_dropped(p, err)) == BP_OK)
		st = settle(p, err);
	bp_spill_drop(&p->dropped);
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

/* Put those that have to stay first, of n that are in the order of their worth. */
static bool put_required_first(const struct prune *p, struct row *rows, size_t n)
{
	struct row *others = bp_array(n, sizeof(*others));
	size_t i, n_first = 0, n_others = 0;

	if (others == NULL)
		return false;
	for (i = 0; i < n; i++)
		if (rows[i].key.n == 1 || is_required(p, rows[i].key))
			rows[n_first++] = rows[i];
		else
			others[n_others++] = rows[i];
	memcpy(rows + n_first, others, n_others * sizeof(*others));
	free(others);
	return true;
}

bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err)
{
	size_t n = p->n_left;
	struct row *rows;
	bp_status st = BP_OK;

	if (n <= size)
		return BP_OK;
	if ((rows = bp_array(n, sizeof(*rows))) == NULL)
		return bp_fail_memory(err);
	take_left(p, rows);
	qsort(rows, n, sizeof(*rows), by_worth);
	if (!put_required_first(p, rows, n))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = set_pieces(p, rows, size, err)) == BP_OK &&
	    (st = hand_over(p, rows + size, n - size, err)) == BP_OK)
		st = settle(p, err);
	free(rows);
	return st;
}

bp_status bp_prune_model(const struct prune *p, const struct required *required,
			 bp_normalize normalize, struct model *m, bp_error *err)
{
	struct row *found = bp_array(p->n_left, sizeof(*found));
	bp_status st;

	if (found == NULL)
		return bp_fail_memory(err);
	take_left(p, found);
	st = bp_required_model(required, found, p->n_left, normalize, m, err);
	free(found);
	return st;
}
