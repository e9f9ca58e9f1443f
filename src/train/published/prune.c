/*
 * Each round cuts many pieces independently of each other with one vocabulary, by the exact
 * search: each worker adds counts to its own sums, and the sums are added up at the end of the
 * round.  Counts are integers, so the result does not depend on the number of workers.
 *
 * The candidates outside the rules may be many times more than the others; they are spilled
 * while candidates are added, and read back once, in batches.
 */
#include "train/published/reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/parallel.h"
#include "base/sort.h"
#include "io/progress.h"
#include "model/piece_rule.h"

/* The order in which the reference keeps pieces: single bytes first, then by count, then longer
 * pieces, then by bytes. */
static int rows_by_worth(const void *a, const void *b)
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

/* Accepts a search that begin_unigram() left half made. */
static void release_unigram(struct prune *p)
{
	unsigned i;

	for (i = 0; p->workers != NULL && i < p->n_workers; i++) {
		bp_viterbi_release(&p->workers[i].search);
		free(p->workers[i].sum);
		p->workers[i].sum = NULL;
	}
	bp_vocabulary_release(&p->vocabulary);
}

/* Accepts a struct that bp_prune_begin() left half made, and one that is all zero. */
void bp_prune_release(struct prune *p)
{
	release_unigram(p);
	bp_rows_release(&p->writer);
	bp_spill_drop(&p->dropped);
	bp_buf_release(&p->bytes);
	free(p->always);
	free(p->workers);
	free(p->piece);
	free(p->count);
	*p = (struct prune){ 0 };
}

/* Make the search for the n pieces, and empty sums. */
static bp_status begin_unigram(struct prune *p, bp_error *err)
{
	struct prune_worker *worker;
	bp_status st;
	unsigned i;

	/* All pieces are in the vocabulary, until a round removes some. */
	p->n_left = p->n;
	if ((st = bp_vocabulary_init(&p->vocabulary, p->piece, NULL, p->n, err)) != BP_OK)
		return st;
	for (i = 0; i < p->n_workers; i++) {
		worker = &p->workers[i];
		worker->sum = calloc(p->n, sizeof(*worker->sum));
		/* lint: leak: release_unigram() frees both */
		if (!bp_viterbi_init(&worker->search, &p->vocabulary) || worker->sum == NULL)
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Make the vocabulary of the pieces in rows[0..n); sorts them. */
static bp_status set_vocabulary(struct prune *p, struct row *rows, size_t n, bp_error *err)
{
	size_t i;

	release_unigram(p);
	if (!bp_sort(rows, n, sizeof(*rows), bp_by_bytes))
		return bp_fail_memory(err);
	for (i = 0; i < n; i++) {
		p->piece[i] = rows[i].key;
		p->count[i] = rows[i].count;
	}
	p->n = n;
	return begin_unigram(p, err);
}

/* Score the pieces by their present counts.  A removed piece is on no path. */
static void score_pieces(struct prune *p)
{
	uint64_t total = 0;
	double log_total;
	size_t i;

	for (i = 0; i < p->n; i++)
		total += p->count[i];
	/* bp_log() gives equal bits on every machine, so ties are decided alike everywhere. */
	log_total = bp_log((double)total);
	for (i = 0; i < p->n; i++)
		p->vocabulary.piece[i].score = p->count[i] == 0 ? -INFINITY :
					    bp_log((double)p->count[i]) - log_total;
}

/* Cut a piece with the vocabulary, and add its count to the sum of each part, once per
 * occurrence. */
static bp_status cut_piece(struct prune *p, unsigned worker, struct slice piece, uint64_t count,
			   bp_error *err)
{
	struct prune_worker *w = &p->workers[worker];
	size_t k;

	/* A removed piece has no count to give. */
	if (count == 0)
		return BP_OK;
	/* A path always exists: every single byte has a count. */
	w->search.path.n = 0;
	if (!bp_viterbi_feed(&w->search, piece) || !bp_viterbi_end(&w->search))
		return bp_fail_memory(err);
	for (k = 0; k < w->search.path.n; k++)
		w->sum[w->search.path.piece[k]] += count;
	return BP_OK;
}

/* True if the piece is required.  Single bytes, which stay by themselves, need not be looked up. */
static bool is_required(const struct prune *p, struct slice piece)
{
	return p->n_always > 256 && piece.n > 1 &&
	       bsearch(&piece, p->always, p->n_always, sizeof(*p->always), bp_by_bytes) != NULL;
}

struct cut_job {
	struct prune *p;
	const struct row *rows;		/* NULL: the vocabulary itself */
	struct progress progress;
};

/* Job i of a round: cut piece i. */
static bp_status cut_row(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct cut_job *j = ctx;

	if (j->rows != NULL)
		return cut_piece(j->p, worker, j->rows[i].key, j->rows[i].count, err);
	/* A required piece keeps its count, even if other pieces are a better path. */
	if (is_required(j->p, j->p->piece[i])) {
		j->p->workers[worker].sum[i] += j->p->count[i];
		return BP_OK;
	}
	return cut_piece(j->p, worker, j->p->piece[i], j->p->count[i], err);
}

/* Add the sums of all workers to the counts, and clear them. */
static void add_sums(struct prune *p)
{
	unsigned w;
	size_t i;

	for (w = 0; w < p->n_workers; w++) {
		for (i = 0; i < p->n; i++)
			p->count[i] += p->workers[w].sum[i];
		memset(p->workers[w].sum, 0, p->n * sizeof(*p->workers[w].sum));
	}
	for (i = p->n_left = 0; i < p->n; i++)
		p->n_left += p->count[i] > 0;
}

static void report_cut(void *ctx, size_t i)
{
	struct cut_job *j = ctx;

	bp_progress_step(&j->progress, i);
}

/* Cut n pieces: of the rows, or with NULL of the vocabulary itself.  The result is in the sums. */
static bp_status cut_rows(struct prune *p, const struct row *rows, size_t n, bp_error *err)
{
	struct cut_job j = { .p = p, .rows = rows };

	score_pieces(p);
	bp_progress_start(&j.progress, p->in, "prune", "pieces", n);
	return bp_parallel_for(p->n_workers, n, cut_row, report_cut, &j, err);
}

/* Add the counts of n removed pieces to the pieces of the vocabulary that they are cut into. */
static bp_status cut_removed(struct prune *p, const struct row *rows, size_t n, bp_error *err)
{
	bp_status st = cut_rows(p, rows, n, err);

	if (st == BP_OK)
		add_sums(p);
	return st;
}

/*
 * Cut each piece with the vocabulary; a piece that is its own best path keeps its count,
 * another one is removed.  Removals change the scores, so repeat until there are none, or for
 * BP_PRUNE_ROUNDS rounds.
 */
static bp_status cut_until_stable(struct prune *p, bp_error *err)
{
	unsigned round = 0;
	size_t before;
	bp_status st;

	do {
		before = p->n_left;
		if ((st = cut_rows(p, NULL, p->n, err)) != BP_OK)
			return st;
		/* Each piece has given its whole count away; its new count is the sum it
		 * received, from itself if it is its own best path. */
		memset(p->count, 0, p->n * sizeof(*p->count));
		add_sums(p);
	} while (p->n_left != before && ++round < BP_PRUNE_ROUNDS);
	return BP_OK;
}

/* Single bytes, and the required pieces of more bytes. */
static bool list_always(struct prune *p, const struct required *r)
{
	size_t i;

	if ((p->always = bp_array(256 + r->n_pieces, sizeof(*p->always))) == NULL)
		return false;
	p->n_always = 256 + r->n_pieces;
	for (i = 0; i < p->n_always; i++)
		p->always[i] = i < 256 ? bp_single_byte(i) : bp_required_piece(r, i - 256);
	return bp_sort(p->always, p->n_always, sizeof(*p->always), bp_by_bytes);
}

bp_status bp_prune_begin(struct prune *p, const struct piece_rules *rules,
			 const struct required *required, const bp_input *in,
			 struct workspace *ws, bp_error *err)
{
	bp_status st;

	*p = (struct prune){ .rules = rules, .in = in, .n_workers = bp_threads(in), .ws = ws };
	if ((p->workers = calloc(p->n_workers, sizeof(*p->workers))) == NULL ||
	    !list_always(p, required)) {
		bp_prune_release(p);
		return bp_fail_memory(err);
	}
	if ((st = bp_spill_begin(&p->dropped, ws, &p->writer, err)) != BP_OK)
		bp_prune_release(p);
	return st;
}

/* Lengths alone: the buffer moves while it grows, and bp_prune_end() sets the pointers. */
static bp_status add_piece_count(struct prune *p, struct slice piece, uint64_t count, bp_error *err)
{
	if (!BP_GROW(p->piece, p->cap_piece, p->n + 1) ||
	    !BP_GROW(p->count, p->cap_count, p->n + 1) ||
	    !bp_buf_append(&p->bytes, piece.p, piece.n))
		return bp_fail_memory(err);
	p->piece[p->n] = (struct slice){ NULL, piece.n };
	p->count[p->n++] = count;
	return BP_OK;
}

/* Add the pieces that always stay, sort before 's' and were not among the candidates; their
 * count is 1.  An empty 's' is the end. */
static bp_status add_always_before(struct prune *p, struct slice s, bp_error *err)
{
	bp_status st = BP_OK;

	/* Count 1, not 0: a piece with count 0 is on no path, and texts with its byte would
	 * have none. */
	while (st == BP_OK && p->next_always < p->n_always &&
	       (s.n == 0 || bp_slice_compare(p->always[p->next_always], s) < 0))
		st = add_piece_count(p, p->always[p->next_always++], 1, err);
	return st;
}

/* Candidates and the list 'always' are both in byte-wise order, so one merge of the two finds the
 * pieces that always stay, whether they are candidates or not. */
bp_status bp_prune_candidate(struct prune *p, const struct row *r, bp_error *err)
{
	struct slice piece = bp_row_body(r);
	bp_status st = add_always_before(p, piece, err);

	if (st != BP_OK)
		return st;
	if (p->next_always < p->n_always &&
	    bp_slice_compare(p->always[p->next_always], piece) == 0) {
		p->next_always++;
	} else if (!bp_piece_allowed(p->rules, piece) || !bp_count_allowed(p->rules, r->count)) {
		p->n_dropped++;
		return bp_rows_write(&p->writer, r, err);
	}
	return add_piece_count(p, piece, r->count, err);
}

/* Some of the candidates outside the rules: a chunk of work. */
struct candidate_batch {
	struct buf bytes;
	struct row *row;	/* n of them; their keys have lengths, and lie in 'bytes' in turn */
	size_t n, cap;
};
enum { BATCH = 64 * 1024 };	/* bytes of text: work for a worker, and yet little memory */

struct drop_job {
	struct prune *p;
	struct row_reader reader;
	struct progress progress;
	uint64_t done;
};

/* Read candidates from the spill, up to BATCH bytes.  An empty batch is the end. */
static bp_status fill_batch(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct drop_job *j = ctx;
	struct candidate_batch *b = chunk;
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
		b->row[b->n++] = (struct row){ { NULL, piece.n }, r.count };
	}
	j->done += b->n;
	*more = b->n > 0;
	return st;
}

/* On any thread; the search and the sums are of the worker. */
static bp_status cut_batch(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct drop_job *j = ctx;
	const struct candidate_batch *b = chunk;
	struct slice piece = { b->bytes.data, 0 };
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < b->n && st == BP_OK; i++, piece.p += piece.n) {
		piece.n = b->row[i].key.n;
		st = cut_piece(j->p, worker, piece, b->row[i].count, err);
	}
	return st;
}

/* Cut the candidates outside the rules, and add their counts to the pieces of the vocabulary. */
static bp_status cut_dropped(struct prune *p, bp_error *err)
{
	struct drop_job j = { .p = p };
	struct parallel job = { .fill = fill_batch, .work = cut_batch, .ctx = &j,
				.n_workers = p->n_workers };
	unsigned n = bp_parallel_chunks(p->n_workers), i;
	struct candidate_batch *batch = calloc(n, sizeof(*batch));
	bp_status st;

	score_pieces(p);
	bp_progress_start(&j.progress, p->in, "prune", "pieces", p->n_dropped);
	if (batch == NULL) {
		st = bp_fail_memory(err);
	} else if ((st = bp_spill_read(&p->dropped, &j.reader, err)) == BP_OK) {
		st = bp_parallel(&job, batch, sizeof(*batch), err);
		bp_row_reader_release(&j.reader);
	}
	for (i = 0; batch != NULL && i < n; i++) {
		bp_buf_release(&batch[i].bytes);
		free(batch[i].row);
	}
	free(batch);
	if (st == BP_OK)
		add_sums(p);
	return st;
}

/* The buffer of the pieces' bytes is complete, so that pointers into it stay valid. */
bp_status bp_prune_end(struct prune *p, bp_error *err)
{
	bp_status st = add_always_before(p, (struct slice){ NULL, 0 }, err);
	const unsigned char *at = p->bytes.data;
	size_t i;

	if ((st = bp_spill_end(&p->dropped, &p->writer, st, err)) != BP_OK)
		return st;
	for (i = 0; i < p->n; at += p->piece[i++].n)
		p->piece[i].p = at;
	/* The counts outside the rules come first: the scores depend on them, and so whether a
	 * piece is its own best path. */
	if ((st = begin_unigram(p, err)) == BP_OK && (st = cut_dropped(p, err)) == BP_OK)
		st = cut_until_stable(p, err);
	bp_spill_drop(&p->dropped);
	return st;
}

/* Set rows[0..p->n_left) to the pieces that are left. */
static void list_left(const struct prune *p, struct row *rows)
{
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		if (p->count[i] > 0)
			rows[n++] = (struct row){ p->piece[i], p->count[i] };
}

/* Move the pieces that always stay to the front of n rows, and keep the order otherwise. */
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
	/* A stable partition: within each part the order by worth stays. */
	bp_copy(rows + n_first, others, n_others * sizeof(*others));
	free(others);
	return true;
}

/* Keep the best 'size' pieces, as the reference does: the others are cut with them first, and then
 * the vocabulary is made stable. */
bp_status bp_prune_to(struct prune *p, size_t size, bp_error *err)
{
	size_t n = p->n_left;
	struct row *rows;
	bp_status st = BP_OK;

	if (n <= size)
		return BP_OK;
	if ((rows = bp_array(n, sizeof(*rows))) == NULL)
		return bp_fail_memory(err);
	list_left(p, rows);
	if (!bp_sort(rows, n, sizeof(*rows), rows_by_worth) || !put_required_first(p, rows, n))
		st = bp_fail_memory(err);
	if (st == BP_OK && (st = set_vocabulary(p, rows, size, err)) == BP_OK &&
	    (st = cut_removed(p, rows + size, n - size, err)) == BP_OK)
		st = cut_until_stable(p, err);
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
	list_left(p, found);
	st = bp_required_model(required, found, p->n_left, normalize, m, err);
	free(found);
	return st;
}
