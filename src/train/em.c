/*
 * A round: make the vocabulary searchable, run its automaton over each block of the sample, find
 * the uses and losses of each segment (loss.c), and add them up per piece.  Blocks are handed to
 * workers with sums of their own; the sums of all workers are added up at the end.
 */
#include "train/em.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/log.h"
#include "base/number.h"
#include "base/parallel.h"
#include "io/progress.h"
#include "model/piece_rule.h"
#include "text/utf8.h"

enum {
	GROUPS = 48,		/* of neighbouring blocks; a bit for each, in a set of 64 bits */
	BEGINNINGS = 16,	/* one of so many pieces may be a beginning of a character */
	FEW_GROUPS = 3,		/* a piece with uses in at most that many groups is local to them */
	ID_BITS = 24,		/* of an index in the key of a pair: 2^23 pieces, and a tenth */
	BYTES_PER_NODE = 16,	/* of the automaton, an upper bound */
	LEAST_SPARE = 16 << 20,	/* bytes that counting may use, whatever the ceiling is */
	BYTES_PER_PIECE = 260,	/* while the automaton of all seeds is built, as measured */
	BYTES_PER_WORKER = 8 << 20,	/* for the edges of a long segment (em.h) */
	SLACK = 64 << 20	/* bytes beyond the ceiling that the process itself may take */
};
/*
 * Constants of the recipe: other values give other models.  KEEP: pruning to the size at once would
 * take all of several pieces that can stand in for each other; after a round that removes less, the
 * losses of the pieces that are left show that one of them is needed.  LOSS_UNIT: sums of integers
 * do not depend on the order of workers, as sums of doubles do.
 */
#define TOKEN_COST 10.0		/* nats that a token costs beside its log-probability */
#define KEEP 0.6		/* share of the pieces that a round of pruning leaves at least */
#define GROWTH 0.1		/* share of the size that one round of growing adds */
#define LOSS_UNIT (1 << 16)	/* of the integers that losses are added up as, per nat */

/* Sums of one worker in a round, by index of the piece. */
struct em_worker {
	struct loss loss;
	uint32_t *state;	/* of the automaton after each byte of a block */
	size_t cap_state;
	uint64_t *count, *total_loss;
	uint64_t *groups;	/* set of the groups of blocks with a use, a bit each */
	struct counter_worker *pairs;	/* NULL: pairs are not counted in this round */
};

struct em_round {
	struct em *e;
	struct vocabulary u;
	struct em_worker *worker;
	struct counter *pairs;	/* of neighbours, by their indices; NULL: not counted */
	struct progress progress;
};

static bool add_em_piece(struct em *e, struct slice s, uint64_t count)
{
	if (!BP_GROW(e->piece, e->cap, e->n + 1))
		return false;
	e->piece[e->n++] = (struct em_piece){ s, count, 0 };
	return true;
}

/*
 * The number of workers: as many as there are threads, unless their sums take more than a quarter
 * of the ceiling for memory.
 */
static unsigned worker_count(const struct em *e, size_t n_pieces)
{
	uint64_t each = (uint64_t)n_pieces * 3 * sizeof(uint64_t) + BYTES_PER_WORKER;
	unsigned n = bp_threads(e->in);

	if (e->ws->memory > 0 && e->ws->memory / 4 / each < n)
		n = (unsigned)BP_MAX(e->ws->memory / 4 / each, 1);
	return n;
}

bp_status bp_em_check_memory(const struct sample *s, size_t n_pieces, const struct workspace *ws,
			     bp_error *err)
{
	uint64_t need = bp_sample_memory(s) + (uint64_t)n_pieces * BYTES_PER_PIECE;

	if (ws->memory == 0 || need <= ws->memory + SLACK)
		return BP_OK;
	return bp_fail(err, BP_ENOMEM, "the memory allowed is too little to fit the vocabulary: "
		       "that takes about %" PRIu64 " MB; with a smaller --sample-size it takes "
		       "less", need / 1000000);
}

/* A required piece that no seed gives begins with a count of 1. */
static bool add_required_pieces(struct em *e)
{
	size_t i;

	for (i = 0; i < e->required->n_pieces; i++)
		if (!add_em_piece(e, bp_required_piece(e->required, i), 1))
			return false;
	return true;
}

/* With all single bytes in the vocabulary every text has a path. */
static bool add_single_bytes(struct em *e)
{
	struct buf byte = { 0 };
	size_t i;

	if (!BP_GROW(e->bytes, e->cap_bytes, 1) ||
	    !bp_buf_reserve(&byte, 256))
		return false;
	e->bytes[e->n_bytes++] = byte;
	for (i = 0; i < 256; i++) {
		byte.data[i] = (unsigned char)i;
		if (!add_em_piece(e, (struct slice){ &byte.data[i], 1 }, 1))
			return false;
	}
	return true;
}

/* The count of a seed is its number of occurrences; it gives the first round its scores. */
static bool add_seed(struct em *e, struct slice s, uint64_t count)
{
	size_t k = bp_required_index(e->required, s);

	if (k != SIZE_MAX) {
		e->piece[256 + k].count = count;
		return true;
	}
	return !bp_piece_allowed(e->rules, s) || add_em_piece(e, s, count);
}

bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct required *required, const struct seeds *seeds,
		     const bp_input *in, struct workspace *ws, bp_error *err)
{
	bool ok;
	size_t i;

	*e = (struct em){ .sample = sample, .rules = rules, .required = required,
			  .n_fixed = 256 + required->n_pieces, .in = in, .ws = ws,
			  .stage = EM_DONE };
	if (seeds == NULL) {
		e->n_workers = worker_count(e, 0);
		return BP_OK;
	}
	e->n_workers = worker_count(e, e->n_fixed + seeds->found.n);
	ok = add_single_bytes(e) && add_required_pieces(e);
	for (i = 0; i < seeds->found.n && ok; i++)
		ok = add_seed(e, bp_top_strings_at(&seeds->found, i), seeds->found.string[i].count);
	if (ok)
		return BP_OK;
	bp_em_release(e);
	return bp_fail_memory(err);
}

void bp_em_release(struct em *e)
{
	size_t i;

	for (i = 0; i < e->n_bytes; i++)
		bp_buf_release(&e->bytes[i]);
	free(e->bytes);
	free(e->piece);
	*e = (struct em){ 0 };
}

/* The bytes of all pieces, for free(). */
static struct slice *list_slices(const struct em *e)
{
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	size_t i;

	for (i = 0; i < e->n && piece != NULL; i++)
		piece[i] = e->piece[i].s;
	return piece;
}

/*
 * A piece without uses counts as half a use: its score is finite, and below that of any used
 * piece.
 */
static bp_status init_search(struct em_round *r, bp_error *err)
{
	const struct em *e = r->e;
	struct slice *piece = list_slices(e);
	double *score = bp_array(e->n, sizeof(*score)), total = 0;
	bp_status st;
	size_t i;

	if (piece == NULL || score == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < e->n; i++)
			total += (double)e->piece[i].count;
		total = BP_MAX(total, 1);	/* 0: a text without tokens */
		for (i = 0; i < e->n; i++) {
			score[i] = bp_log(BP_MAX((double)e->piece[i].count, 0.5) / total) -
				   TOKEN_COST;
		}
		st = bp_vocabulary_init(&r->u, piece, score, e->n, err);
	}
	free(piece);
	free(score);
	return st;
}

static bool init_em_worker(struct em_worker *h, size_t n)
{
	h->count = calloc(n, sizeof(*h->count));
	h->total_loss = calloc(n, sizeof(*h->total_loss));
	h->groups = calloc(n, sizeof(*h->groups));
	return h->count != NULL && h->total_loss != NULL && h->groups != NULL;
}

/* Also of a round that has failed half-way: arrays that are not there are NULL. */
static void release_round(struct em_round *r)
{
	unsigned i;

	for (i = 0; r->worker != NULL && i < r->e->n_workers; i++) {
		bp_loss_release(&r->worker[i].loss);
		free(r->worker[i].state);
		free(r->worker[i].count);
		free(r->worker[i].total_loss);
		free(r->worker[i].groups);
	}
	free(r->worker);
	bp_vocabulary_release(&r->u);
}

/*
 * Add the uses of a segment to the worker's sums.  A use without an alternative, of a single byte
 * that no other piece covers, has no finite loss and is left out: single bytes are never pruned.
 */
static bp_status add_uses(struct em_worker *h, uint64_t group, bp_error *err)
{
	const struct loss_use *use = h->loss.use;
	bp_status st;
	size_t i;

	for (i = 0; i < h->loss.n_use; i++) {
		h->count[use[i].piece]++;
		h->groups[use[i].piece] |= group;
		if (use[i].loss < INFINITY)
			h->total_loss[use[i].piece] += bp_integer(use[i].loss * LOSS_UNIT,
								  UINT64_MAX);
		if (h->pairs != NULL && i > 0 &&
		    (st = bp_counter_key(h->pairs, (uint64_t)use[i - 1].piece << ID_BITS |
					 use[i].piece, err)) != BP_OK)
			return st;
	}
	return BP_OK;
}

static bp_status count_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct em_round *r = ctx;
	const struct sample_block *b = &r->e->sample->block[i];
	uint64_t group = (uint64_t)1 << (i * GROUPS / r->e->sample->n);
	struct em_worker *h = &r->worker[worker];
	bp_status st = BP_OK;
	size_t k, at = 0;

	if (!BP_GROW(h->state, h->cap_state, b->n_bytes))
		return bp_fail_memory(err);
	bp_automaton_walk(&r->u.a, b->bytes, b->length, b->n, h->state);
	for (k = 0; k < b->n && st == BP_OK; at += b->length[k++])
		st = bp_loss_of_segment(&h->loss, &r->u, h->state + at, b->length[k])
			? add_uses(h, group, err) : bp_fail_memory(err);
	return st;
}

static void report_blocks(void *ctx, size_t i)
{
	struct em_round *r = ctx;

	bp_progress_step(&r->progress, i);
}

static bool is_one_character(struct slice s)
{
	return bp_utf8_length(s.p, s.n) == s.n;
}

/*
 * The worth of a piece: its loss, less the share of FEW_GROUPS of the groups that it is used in.
 * A piece with uses in few groups belongs to one source of text rather than to the language,
 * however often that source repeats it; a piece with uses in at most FEW_GROUPS ranks below all
 * others, by count (negative worths).  A sample of fewer blocks than GROUPS has fewer groups to
 * be used in, and the number is scaled.  Single characters keep their whole loss: text of any
 * source may hold them, and no other piece can stand in for them.
 */
static double worth_of(const struct em_piece *p, uint64_t loss, uint64_t groups, size_t n_blocks)
{
	double df = bp_count_bits(groups);
	double few = (double)FEW_GROUPS * (double)BP_MIN(n_blocks, (size_t)GROUPS) / (double)GROUPS;

	if (is_one_character(p->s))
		return (double)loss;
	if (df <= few)
		return -1 / ((double)p->count + 1);
	return (double)loss * (df - few) / df;
}

/* Add up the sums of all workers, and set counts, worths and the report. */
static void collect_round(struct em_round *r)
{
	struct em *e = r->e;
	uint64_t loss, groups;
	size_t i, n_blocks = e->sample->n;
	unsigned w;

	e->last = (struct em_report){ .pieces = e->n };
	for (i = 0; i < e->n; i++) {
		e->piece[i].count = loss = groups = 0;
		for (w = 0; w < e->n_workers; w++) {
			e->piece[i].count += r->worker[w].count[i];
			loss += r->worker[w].total_loss[i];
			groups |= r->worker[w].groups[i];
		}
		e->piece[i].worth = worth_of(&e->piece[i], loss, groups, n_blocks);
		e->last.tokens += e->piece[i].count;
		e->last.loss -= (double)e->piece[i].count * (r->u.piece[i].score + TOKEN_COST);
	}
	if (e->sample->bytes > 0)
		e->last.loss /= (double)e->sample->bytes;
}

/* Count the sample with the pieces as they are.  The caller releases *r, on failure too. */
static bp_status run_round(struct em_round *r, bp_error *err)
{
	struct em *e = r->e;
	bp_status st;
	unsigned i;

	if ((st = init_search(r, err)) != BP_OK)
		return st;
	if ((r->worker = calloc(e->n_workers, sizeof(*r->worker))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n_workers; i++)
		if (!init_em_worker(&r->worker[i], e->n))
			return bp_fail_memory(err);
		else if (r->pairs != NULL)
			r->worker[i].pairs = &r->pairs->workers[i];
	bp_progress_start(&r->progress, e->in, "fit the vocabulary", "blocks", e->sample->n);
	if ((st = bp_parallel_for(e->n_workers, e->sample->n, count_block, report_blocks,
				  r, err)) != BP_OK)
		return st;
	collect_round(r);
	return BP_OK;
}

/* Of equal worths by bytes: qsort() is not stable, and the model must not depend on it. */
static int pieces_by_worth(const void *a, const void *b)
{
	const struct em_piece *x = a, *y = b;

	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

static void sort_pieces(struct em *e)
{
	qsort(e->piece + e->n_fixed, e->n - e->n_fixed, sizeof(*e->piece), pieces_by_worth);
}

/*
 * Put the first BEGINNINGS of 'size' pieces that are beginnings of characters in front.  The
 * sample says little about their worth: its own characters are pieces, and beginnings serve the
 * characters that it lacks.
 */
static void sort_with_beginnings(struct em *e, size_t size)
{
	size_t left = size / BEGINNINGS, i;

	sort_pieces(e);
	for (i = e->n_fixed; i < e->n && left > 0; i++)
		if (bp_piece_begins_character(e->rules, e->piece[i].s)) {
			e->piece[i].worth = INFINITY;
			left--;
		}
	sort_pieces(e);
}

/*
 * Keep the fixed pieces, and of the others that have enough uses, or need none, the most worthy,
 * 'size' pieces in all.
 */
static void prune_pieces(struct em *e, size_t size)
{
	size_t i, n = e->n_fixed;

	for (i = e->n_fixed; i < e->n; i++)
		if (bp_count_allowed(e->rules, e->piece[i].count) ||
		    bp_piece_begins_character(e->rules, e->piece[i].s))
			e->piece[n++] = e->piece[i];
	e->n = n;
	if (n > size) {
		sort_with_beginnings(e, size);
		e->n = size;
	}
}

static bp_status count_round(struct em *e, bp_error *err)
{
	struct em_round r = { .e = e };
	bp_status st = run_round(&r, err);

	release_round(&r);
	return st;
}

/* Bytes that counters may use below the ceiling while pieces are grown; 0: there is no ceiling. */
static uint64_t growing_memory(const struct em *e)
{
	uint64_t used = bp_sample_memory(e->sample) + e->cap * sizeof(*e->piece) +
			(uint64_t)e->n_workers * e->n * 3 * sizeof(uint64_t);
	size_t i;

	/* An upper bound: a trie has at most as many nodes as its strings have bytes. */
	for (i = 0; i < e->n; i++)
		used += e->piece[i].s.n * BYTES_PER_NODE;
	if (e->ws->memory == 0)
		return 0;
	return e->ws->memory > used + LEAST_SPARE ? e->ws->memory - used : LEAST_SPARE;
}

/*
 * Count the strings that pairs of pieces make, if the rules allow them and they are no pieces yet.
 * A pair that occurs once only would add a string of one source, and there are many of them.
 */
static bp_status join_pairs(const struct em_round *r, const struct slice *piece,
			    struct source *pairs, struct counter_worker *to, bp_error *err)
{
	struct buf joined = { 0 };
	struct slice a, b, s;
	struct row row;
	bool more = true;
	bp_status st;

	while ((st = pairs->next(pairs, &row, &more, err)) == BP_OK && more) {
		if (row.count < 2)
			continue;
		a = piece[bp_row_number(&row) >> ID_BITS];
		b = piece[bp_row_number(&row) & ((1u << ID_BITS) - 1)];
		joined.len = 0;
		if (!bp_buf_append(&joined, a.p, a.n) || !bp_buf_append(&joined, b.p, b.n)) {
			st = bp_fail_memory(err);
			break;
		}
		s = bp_buf_slice(&joined);
		if (bp_piece_allowed(r->e->rules, s) &&
		    bp_automaton_find(&r->u.a, s, piece) == BP_NO_PIECE &&
		    (st = bp_counter_string(to, s, row.count, err)) != BP_OK)
			break;
	}
	bp_buf_release(&joined);
	return st;
}

static bp_status find_top_strings(struct top_strings *b, struct source *strings, bp_error *err)
{
	bool more = true;
	struct row row;
	bp_status st;

	while ((st = strings->next(strings, &row, &more, err)) == BP_OK && more)
		if (!bp_top_strings_add(b, bp_row_body(&row), row.count, false))
			return bp_fail_memory(err);
	return st == BP_OK && !bp_top_strings_finish(b, 0) ? bp_fail_memory(err) : st;
}

/* Make the strings pieces; their bytes move from *b to *e, because the pieces point to them. */
static bp_status add_top_strings(struct em *e, struct top_strings *b, bp_error *err)
{
	size_t i;

	if (!BP_GROW(e->bytes, e->cap_bytes, e->n_bytes + 1))
		return bp_fail_memory(err);
	for (i = 0; i < b->n; i++)
		if (!add_em_piece(e, bp_top_strings_at(b, i), b->string[i].count))
			return bp_fail_memory(err);
	e->bytes[e->n_bytes++] = b->bytes;
	b->bytes = (struct buf){ 0 };
	return BP_OK;
}

/* Strings are counted, not pairs: "a" + "bc" and "ab" + "c" make one string. */
static bp_status count_strings(const struct em_round *r, struct counter *strings, bp_error *err)
{
	struct slice *piece = list_slices(r->e);
	struct counted pairs;
	bp_status st;

	if (piece == NULL)
		return bp_fail_memory(err);
	if ((st = bp_counter_open(r->pairs, &pairs, err)) == BP_OK) {
		st = join_pairs(r, piece, &pairs.merge.source, &strings->workers[0], err);
		bp_counted_release(&pairs);
	}
	free(piece);
	return st;
}

/* Both counters, of pairs and of strings, live at a time: each has half of the memory. */
static bp_status grow_by_pairs(const struct em_round *r, struct top_strings *b, bp_error *err)
{
	struct counter strings;
	struct counted all;
	bp_status st = bp_counter_init(&strings, r->e->ws, 1, 0, growing_memory(r->e) / 2, err);

	if (st == BP_OK && (st = count_strings(r, &strings, err)) == BP_OK &&
	    (st = bp_counter_open(&strings, &all, err)) == BP_OK) {
		st = find_top_strings(b, &all.merge.source, err);
		bp_counted_release(&all);
	}
	bp_counter_release(&strings);
	return st;
}

/* Grow to the size and GROWTH beyond it; the next round counts the new pieces, and prunes. */
static bp_status grow_round(struct em *e, bp_error *err)
{
	struct top_strings best = { .most = e->size - BP_MIN(e->size, e->n) +
				     (size_t)bp_integer(GROWTH * (double)e->size, SIZE_MAX) };
	struct counter pairs;
	struct em_round r = { .e = e, .pairs = &pairs };
	bp_status st = bp_counter_init(&pairs, e->ws, e->n_workers, 2 * ID_BITS,
				       growing_memory(e) / 2, err);

	if (st == BP_OK && (st = run_round(&r, err)) == BP_OK &&
	    (st = grow_by_pairs(&r, &best, err)) == BP_OK)
		st = add_top_strings(e, &best, err);
	bp_top_strings_release(&best);
	release_round(&r);
	bp_counter_release(&pairs);
	return st;
}

/* The stage after pruning, or after a new aim. */
static enum em_stage next_stage(const struct em *e)
{
	return e->n > e->size ? EM_PRUNE : e->grow_left > 0 ? EM_GROW : EM_COUNT;
}

void bp_em_aim(struct em *e, size_t size, unsigned grow)
{
	e->size = size;
	e->grow_left = grow;
	e->stage = next_stage(e);
}

bp_status bp_em_round(struct em *e, bp_error *err)
{
	bp_status st;
	size_t share = (size_t)bp_integer(KEEP * (double)e->n, e->n);

	e->n_workers = worker_count(e, e->n);
	st = e->stage == EM_GROW ? grow_round(e, err) : count_round(e, err);
	if (st != BP_OK)
		return st;
	switch (e->stage) {
	case EM_PRUNE:
		prune_pieces(e, BP_MAX(e->size, share));
		e->stage = next_stage(e);
		break;
	case EM_GROW:
		e->stage = EM_SETTLE;
		break;
	case EM_SETTLE:
		prune_pieces(e, e->size);
		e->grow_left--;
		e->stage = next_stage(e);
		break;
	case EM_COUNT:
	case EM_DONE:
		e->stage = EM_DONE;
	}
	return BP_OK;
}

bp_status bp_em_model(const struct em *e, bp_normalize normalize, struct model *m, bp_error *err)
{
	struct row *found = bp_array(e->n, sizeof(*found));
	bp_status st;
	size_t i;

	if (found == NULL)
		return bp_fail_memory(err);
	/* The counts are of the last round: EM_COUNT has made it one with the final pieces. */
	for (i = 0; i < e->n; i++)
		found[i] = (struct row){ e->piece[i].s, e->piece[i].count };
	st = bp_required_model(e->required, found, e->n, normalize, m, err);
	free(found);
	return st;
}

/* The key of a row: the kind, the index in four bytes, and the bytes of the piece. */
bp_status bp_em_write(const struct em *e, struct row_writer *w, bp_error *err)
{
	struct buf body = { 0 };
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < e->n && st == BP_OK; i++) {
		body.len = 0;
		if (!bp_buf_append(&body, "\0\0\0", 4) ||
		    !bp_buf_append(&body, e->piece[i].s.p, e->piece[i].s.n)) {
			st = bp_fail_memory(err);
			break;
		}
		bp_store_be(body.data, i, 4);
		st = bp_rows_put(w, ROW_PIECE, bp_buf_slice(&body),
				 e->piece[i].count, err);
	}
	bp_buf_release(&body);
	return st;
}

/* The fixed pieces have to stand where bp_em_init() puts them: they are found by their index. */
bp_status bp_em_read_row(struct em *e, const struct row *r, const char *from, bp_error *err)
{
	struct slice s = r->key.n > 5 ? (struct slice){ r->key.p + 5, r->key.n - 5 }
				      : (struct slice){ r->key.p, 0 };
	struct buf bytes = { 0 };

	if (bp_piece_length_fault(s.n) != NULL || bp_load_be(r->key.p + 1, 4) != e->n ||
	    (e->n < 256 && (s.n != 1 || s.p[0] != e->n)) ||
	    (e->n >= 256 && e->n < e->n_fixed &&
	     bp_slice_compare(s, bp_required_piece(e->required, e->n - 256)) != 0))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: pieces are not in order", from);
	if (!bp_buf_append(&bytes, s.p, s.n) ||
	    !BP_GROW(e->bytes, e->cap_bytes, e->n_bytes + 1)) {
		bp_buf_release(&bytes);
		return bp_fail_memory(err);
	}
	e->bytes[e->n_bytes++] = bytes;
	return add_em_piece(e, (struct slice){ bytes.data, s.n }, r->count) ? BP_OK
									 : bp_fail_memory(err);
}
