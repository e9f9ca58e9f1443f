#include "train/em.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "io/progress.h"
#include "text/utf8.h"
#include "train/loss.h"
#include "train/runs.h"
#include "train/table.h"

enum {
	GROUPS = 48,		/* of blocks, for the number of places a piece is used in */
	FEW_GROUPS = 3,		/* a piece used in no more than these is taken to be local to them */
	ID_BITS = 24,		/* of a piece, in the key of a pair */
};
#define TOKEN_COST 10.0		/* what a token costs beside its likelihood */
#define KEEP 0.6		/* share of the pieces that a round leaves */
#define GROW 0.1		/* share of the size that is grown at a time */
#define LOSS_UNIT (1 << 16)	/* losses are added up as integers, so that order does not matter */

/* What one worker has seen in a round, by piece. */
struct hand {
	struct loss loss;
	uint32_t *state;	/* of the automaton, by byte of a block */
	size_t cap_state;
	uint64_t *count, *total_loss, *groups;	/* groups: a bit each */
	struct runs pairs;
	bool wants_pairs;
};

struct round {
	struct em *e;
	struct unigram u;
	struct hand *hand;
	bool wants_pairs;
	struct run pairs;
	struct progress progress;
};

static bool add_piece(struct em *e, struct slice s, uint64_t count)
{
	if (!bp_grow(&e->piece, &e->cap, e->n + 1, sizeof(*e->piece)))
		return false;
	e->piece[e->n++] = (struct em_piece){ s, count, 0 };
	return true;
}

bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct seeds *seeds, const bp_input *in, bp_error *err)
{
	static unsigned char byte[256];
	bool ok = true;
	size_t i;

	*e = (struct em){ .sample = sample, .rules = rules, .in = in,
			  .n_workers = bp_threads(in) };
	for (i = 0; i < 256 && ok; i++) {
		byte[i] = (unsigned char)i;
		ok = add_piece(e, (struct slice){ &byte[i], 1 }, 1);
	}
	for (i = 0; i < seeds->n && ok; i++)
		ok = add_piece(e, seeds->piece[i], seeds->count[i]);
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

static bp_status init_search(struct round *r, bp_error *err)
{
	const struct em *e = r->e;
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	double *score = bp_array(e->n, sizeof(*score)), total = 0;
	bp_status st;
	size_t i;

	if (piece == NULL || score == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < e->n; i++)
			total += (double)e->piece[i].count;
		for (i = 0; i < e->n; i++) {
			piece[i] = e->piece[i].s;
			score[i] = log(BP_MAX((double)e->piece[i].count, 0.5) / total) - TOKEN_COST;
		}
		st = bp_unigram_init(&r->u, piece, score, e->n, err);
	}
	free(piece);
	free(score);
	return st;
}

static bool init_hand(struct hand *h, size_t n, bool wants_pairs)
{
	h->count = calloc(n, sizeof(*h->count));
	h->total_loss = calloc(n, sizeof(*h->total_loss));
	h->groups = calloc(n, sizeof(*h->groups));
	h->wants_pairs = wants_pairs;
	return h->count != NULL && h->total_loss != NULL && h->groups != NULL &&
	       (!wants_pairs || bp_runs_init(&h->pairs, 2 * ID_BITS));
}

static void release_round(struct round *r)
{
	unsigned i;

	for (i = 0; r->hand != NULL && i < r->e->n_workers; i++) {
		bp_loss_release(&r->hand[i].loss);
		free(r->hand[i].state);
		free(r->hand[i].count);
		free(r->hand[i].total_loss);
		free(r->hand[i].groups);
		bp_runs_release(&r->hand[i].pairs);
	}
	free(r->hand);
	free(r->pairs.row);
	bp_unigram_release(&r->u);
}

static bool note_uses(struct hand *h, uint64_t group)
{
	const struct loss_use *use = h->loss.use;
	size_t i;

	for (i = 0; i < h->loss.n_use; i++) {
		h->count[use[i].piece]++;
		h->groups[use[i].piece] |= group;
		if (use[i].loss < INFINITY)
			h->total_loss[use[i].piece] += (uint64_t)(use[i].loss * LOSS_UNIT);
		if (h->wants_pairs && i > 0 &&
		    !bp_runs_add(&h->pairs, (uint64_t)use[i - 1].piece << ID_BITS | use[i].piece))
			return false;
	}
	return true;
}

static bp_status cut_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct round *r = ctx;
	const struct sample_block *b = &r->e->sample->block[i];
	uint64_t group = (uint64_t)1 << (i * GROUPS / r->e->sample->n);
	struct hand *h = &r->hand[worker];
	size_t k, at = 0;

	if (!bp_grow(&h->state, &h->cap_state, b->n_bytes, sizeof(*h->state)))
		return bp_fail_memory(err);
	bp_automaton_walk(&r->u.a, b->bytes, b->length, b->n, h->state);
	for (k = 0; k < b->n; at += b->length[k++])
		if (!bp_loss_of_segment(&h->loss, &r->u, h->state + at, b->length[k]) ||
		    !note_uses(h, group))
			return bp_fail_memory(err);
	return BP_OK;
}

static void report(void *ctx, size_t i)
{
	struct round *r = ctx;

	bp_progress_step(&r->progress, i);
}

static unsigned count_bits(uint64_t x)
{
	unsigned n = 0;

	for (; x != 0; x &= x - 1)
		n++;
	return n;
}

static bool is_character(struct slice s)
{
	return bp_utf8_length(s.p, s.n) == s.n;
}

/*
 * A piece's worth: its loss, less the share that is of few places only.  What is used in few
 * groups of blocks belongs to a source more than to the language; three of its groups do not
 * count.  Pieces with no more than those stand below all others, by count.  Not so single
 * characters: text of any source may hold them, and then nothing else can stand in for them.
 */
static double worth_of(const struct em_piece *p, uint64_t loss, uint64_t groups, size_t n_blocks)
{
	double df = count_bits(groups);
	double few = n_blocks >= GROUPS ? FEW_GROUPS : FEW_GROUPS * (double)n_blocks / GROUPS;

	if (is_character(p->s))
		return (double)loss;
	if (df <= few)
		return -1 / ((double)p->count + 1);
	return (double)loss * (df - few) / df;
}

/* Add up what the workers have seen. */
static void collect(struct round *r)
{
	struct em *e = r->e;
	uint64_t loss, groups;
	size_t i, n_blocks = e->sample->n;
	unsigned w;

	for (i = 0; i < e->n; i++) {
		e->piece[i].count = loss = groups = 0;
		for (w = 0; w < e->n_workers; w++) {
			e->piece[i].count += r->hand[w].count[i];
			loss += r->hand[w].total_loss[i];
			groups |= r->hand[w].groups[i];
		}
		e->piece[i].worth = worth_of(&e->piece[i], loss, groups, n_blocks);
	}
}

static bp_status merge_pairs(struct round *r, bp_error *err)
{
	struct runs *runs = bp_array(r->e->n_workers, sizeof(*runs));
	unsigned i;
	bool ok;

	if (runs == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < r->e->n_workers; i++) {
		runs[i] = r->hand[i].pairs;
		r->hand[i].pairs = (struct runs){ 0 };
	}
	ok = bp_runs_merge(runs, r->e->n_workers, &r->pairs);
	free(runs);
	return ok ? BP_OK : bp_fail_memory(err);
}

/* Cut the sample with the pieces as they are, and set their counts and worths. */
static bp_status run_round(struct round *r, bp_error *err)
{
	struct em *e = r->e;
	bp_status st;
	unsigned i;

	if ((st = init_search(r, err)) != BP_OK)
		return st;
	if ((r->hand = calloc(e->n_workers, sizeof(*r->hand))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < e->n_workers; i++)
		if (!init_hand(&r->hand[i], e->n, r->wants_pairs))
			return bp_fail_memory(err);
	bp_progress_start(&r->progress, e->in, "fit the vocabulary", "blocks", e->sample->n);
	if ((st = bp_parallel_for(e->n_workers, e->sample->n, cut_block, report, r, err)) != BP_OK)
		return st;
	collect(r);
	return r->wants_pairs ? merge_pairs(r, err) : BP_OK;
}

static int by_worth(const void *a, const void *b)
{
	const struct em_piece *x = a, *y = b;

	if (x->worth != y->worth)
		return x->worth > y->worth ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* Keep the bytes and the most worthy others, 'size' in all; no piece used too seldom. */
static void prune(struct em *e, size_t size)
{
	size_t i, n = 256;

	for (i = 256; i < e->n; i++)
		if (e->piece[i].count >= e->rules->min_count)
			e->piece[n++] = e->piece[i];
	if (n > size) {
		qsort(e->piece + 256, n - 256, sizeof(*e->piece), by_worth);
		n = size;
	}
	e->n = n;
}

static bp_status simple_round(struct em *e, bp_error *err)
{
	struct round r = { .e = e };
	bp_status st = run_round(&r, err);

	release_round(&r);
	return st;
}

struct grown {
	struct slice s;
	uint64_t count;
};

static int by_count(const void *a, const void *b)
{
	const struct grown *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* Count the strings that pairs of pieces make, those that may be pieces and are none yet. */
static bool join_pairs(const struct round *r, const struct slice *piece, struct table *t)
{
	struct buf joined = { 0 };
	const struct key_count *pair;
	struct slice a, b, s;
	bool ok = true;
	size_t i;

	for (i = 0; i < r->pairs.n && ok; i++) {
		pair = &r->pairs.row[i];
		if (pair->count < 2)
			continue;
		a = piece[pair->key >> ID_BITS];
		b = piece[pair->key & ((1u << ID_BITS) - 1)];
		joined.len = 0;
		ok = bp_buf_append(&joined, a.p, a.n) && bp_buf_append(&joined, b.p, b.n);
		s = (struct slice){ joined.data, joined.len };
		if (ok && bp_may_be_piece(r->e->rules, s) &&
		    bp_automaton_find(&r->u.a, s, piece) == BP_NO_PIECE)
			ok = bp_table_add(t, s, pair->count);
	}
	bp_buf_release(&joined);
	return ok;
}

/* Add the n most frequent strings of the table to the pieces. */
static bool add_grown(struct em *e, struct table *t, size_t n)
{
	struct grown *g = bp_array(t->n, sizeof(*g));
	bool ok;
	size_t i;

	ok = g != NULL && bp_grow(&e->bytes, &e->cap_bytes, e->n_bytes + 1, sizeof(*e->bytes));
	if (ok) {
		for (i = 0; i < t->n; i++)
			g[i] = (struct grown){ bp_table_key(t, i), t->entry[i].count };
		qsort(g, t->n, sizeof(*g), by_count);
		for (i = 0; i < t->n && i < n && ok; i++)
			ok = add_piece(e, g[i].s, g[i].count);
		/* The table's bytes are the new pieces' from now on. */
		e->bytes[e->n_bytes++] = t->keys;
		t->keys = (struct buf){ 0 };
	}
	free(g);
	return ok;
}

static bp_status grow_round(struct em *e, size_t size, bp_error *err)
{
	struct round r = { .e = e, .wants_pairs = true };
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	struct table t = { 0 };
	bp_status st;
	size_t i;

	st = piece != NULL ? run_round(&r, err) : bp_fail_memory(err);
	if (st == BP_OK) {
		for (i = 0; i < e->n; i++)
			piece[i] = e->piece[i].s;
		if (!join_pairs(&r, piece, &t) ||
		    !add_grown(e, &t, size - BP_MIN(size, e->n) + (size_t)(GROW * (double)size)))
			st = bp_fail_memory(err);
	}
	free(piece);
	bp_table_release(&t);
	release_round(&r);
	return st;
}

bp_status bp_em_to(struct em *e, size_t size, unsigned grow, bp_error *err)
{
	bp_status st;
	size_t keep;

	while (e->n > size) {
		if ((st = simple_round(e, err)) != BP_OK)
			return st;
		keep = (size_t)(KEEP * (double)e->n);
		prune(e, BP_MAX(size, keep));
	}
	for (; grow > 0; grow--) {
		if ((st = grow_round(e, size, err)) != BP_OK ||
		    (st = simple_round(e, err)) != BP_OK)
			return st;
		prune(e, size);
	}
	/* Counts for the pieces as they are at last. */
	return simple_round(e, err);
}

bp_status bp_em_model(const struct em *e, bp_normalize normalize, struct model *m, bp_error *err)
{
	struct slice *piece = bp_array(e->n, sizeof(*piece));
	uint64_t *count = bp_array(e->n, sizeof(*count));
	bp_status st;
	size_t i;

	if (piece == NULL || count == NULL) {
		st = bp_fail_memory(err);
	} else {
		for (i = 0; i < e->n; i++) {
			piece[i] = e->piece[i].s;
			count[i] = BP_MAX(e->piece[i].count, 1);
		}
		st = bp_model_init(m, piece, count, e->n, normalize, err);
	}
	free(piece);
	free(count);
	return st;
}
