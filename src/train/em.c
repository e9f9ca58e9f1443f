/* The stages of a fit; em_round.h has the work of one round. */
#include "train/em.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/endian.h"
#include "base/number.h"
#include "io/progress.h"
#include "model/piece_rule.h"
#include "train/em_round.h"

enum {
	BYTES_PER_NODE = 16,	/* of the automaton, an upper bound */
	LEAST_SPARE = 16 << 20,	/* bytes that counting may use, whatever the ceiling is */
	BYTES_PER_PIECE = 260,	/* while the automaton of all seeds is built, as measured */
	BYTES_PER_WORKER = 8 << 20,	/* for the edges of a long zone (loss.h) */
	SLACK = 64 << 20	/* bytes beyond the ceiling that the process itself may take */
};
/*
 * Constants of the recipe: other values give other models.  KEEP: pruning to the size at once would
 * take all of several pieces that can stand in for each other; after a round that removes less, the
 * losses of the pieces that are left show that one of them is needed.
 */
#define KEEP 0.6		/* share of the pieces that a round of pruning leaves at least */
#define GROWTH 0.1		/* share of the size that one round of growing adds */

bool bp_em_add(struct em *e, struct slice s, uint64_t count)
{
	if (!BP_GROW(e->piece, e->cap, e->n + 1))
		return false;
	e->piece[e->n++] = (struct row){ s, count };
	return true;
}

/*
 * The number of workers: as many as there are threads, unless their sums take more than a quarter
 * of the ceiling for memory.
 */
static unsigned worker_count(const struct em *e, size_t n_pieces)
{
	uint64_t each = (uint64_t)n_pieces * sizeof(struct em_sums) + BYTES_PER_WORKER;
	unsigned n = bp_threads(e->in);

	if (e->ws->memory > 0 && e->ws->memory / 4 / each < n)
		n = (unsigned)BP_MAX(e->ws->memory / 4 / each, 1);
	return n;
}

bp_status bp_em_check_memory(uint64_t text, uint64_t least, uint64_t most, uint64_t counted,
			     const struct workspace *ws, bp_error *err)
{
	uint64_t enough = BP_MAX(counted, text + most * BYTES_PER_PIECE) + text / 16;

	if (ws->memory == 0 || text + least * BYTES_PER_PIECE <= ws->memory + SLACK)
		return BP_OK;
	return bp_fail(err, BP_ENOMEM, "the memory allowed is too little to fit the vocabulary: "
		       "--memory %" PRIu64 "M suffices; with a smaller --sample-size less does",
		       ((enough - SLACK) >> 20) + 1);
}

/* The fixed pieces.  One that no seed gives begins with a count of 1. */
static bool add_fixed_pieces(struct em *e)
{
	size_t i;

	for (i = 0; i < e->n_fixed; i++)
		if (!bp_em_add(e, i < 256 ? bp_single_byte(i)
					  : bp_required_piece(e->required, i - 256), 1))
			return false;
	return true;
}

static bool add_spare(struct em *e, struct slice s, uint64_t count)
{
	if (!BP_GROW(e->spare, e->cap_spare, e->n_spare + 1))
		return false;
	e->spare[e->n_spare++] = (struct row){ s, count };
	return true;
}

/* The count of a seed is its number of occurrences; it gives the first round its scores. */
static bool add_seed(struct em *e, struct slice s, uint64_t count, size_t most)
{
	size_t k = bp_required_index(e->required, s);

	if (k != SIZE_MAX) {
		e->piece[256 + k].count = count;
		return true;
	}
	if (!bp_piece_allowed(e->rules, s))
		return true;
	if (e->n_spare < most && !add_spare(e, s, count))
		return false;
	return bp_em_add(e, s, count);
}

bp_status bp_em_init(struct em *e, const struct sample *sample, const struct piece_rules *rules,
		     const struct required *required, const struct seeds *seeds, size_t most,
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
	ok = add_fixed_pieces(e);
	for (i = 0; i < seeds->found.n && ok; i++)
		ok = add_seed(e, bp_top_strings_at(&seeds->found, i), seeds->found.string[i].count,
			      most);
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
	free(e->spare);
	*e = (struct em){ 0 };
}

/* Keep the fixed pieces and the most worthy others, 'size' pieces in all. */
static bp_status prune_pieces(struct em_round *r, size_t size, bp_error *err)
{
	struct em *e = r->e;
	bool *keep = bp_array(e->n, sizeof(*keep));
	bp_status st = keep != NULL ? bp_em_select(r, size, keep, err) : bp_fail_memory(err);
	size_t i, n = 0;

	for (i = 0; i < e->n && st == BP_OK; i++)
		if (keep[i])
			e->piece[n++] = e->piece[i];
	if (st == BP_OK)
		e->n = n;
	free(keep);
	return st;
}

static bp_status prune_to(struct em *e, size_t size, bp_error *err)
{
	struct em_round r = { .e = e };
	bp_status st = bp_em_count(&r, true, err);

	if (st == BP_OK)
		st = prune_pieces(&r, size, err);
	bp_em_round_release(&r);
	return st;
}

/* The counts of the model. */
static bp_status count_round(struct em *e, bp_error *err)
{
	struct em_round r = { .e = e };
	bp_status st = e->n < e->size ? bp_em_fill(e, err) : BP_OK;

	e->n_workers = worker_count(e, e->n);
	if (st == BP_OK)
		st = bp_em_count(&r, false, err);
	bp_em_round_release(&r);
	return st;
}

/* Bytes that counters may use below the ceiling while pieces are grown; 0: there is no ceiling. */
static uint64_t growing_memory(const struct em *e)
{
	uint64_t used = bp_sample_memory(e->sample) + e->cap * sizeof(*e->piece) +
			(uint64_t)e->n_workers * e->n * sizeof(struct em_sums);
	size_t i;

	/* An upper bound: a trie has at most as many nodes as its strings have bytes. */
	for (i = 0; i < e->n; i++)
		used += e->piece[i].key.n * BYTES_PER_NODE + sizeof(struct score_row);
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
		a = piece[bp_row_number(&row) >> EM_ID_BITS];
		b = piece[bp_row_number(&row) & ((1u << EM_ID_BITS) - 1)];
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
		if (!bp_em_add(e, bp_top_strings_at(b, i), b->string[i].count))
			return bp_fail_memory(err);
	e->bytes[e->n_bytes++] = b->bytes;
	b->bytes = (struct buf){ 0 };
	return BP_OK;
}

/* Strings are counted, not pairs: "a" + "bc" and "ab" + "c" make one string. */
static bp_status count_strings(const struct em_round *r, struct counter *strings, bp_error *err)
{
	struct slice *piece = bp_em_slices(r->e);
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
	bp_status st = bp_counter_init(&pairs, e->ws, e->n_workers, 2 * EM_ID_BITS,
				       growing_memory(e) / 2, err);

	if (st == BP_OK && (st = bp_em_count(&r, false, err)) == BP_OK &&
	    (st = grow_by_pairs(&r, &best, err)) == BP_OK)
		st = add_top_strings(e, &best, err);
	bp_top_strings_release(&best);
	bp_em_round_release(&r);
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

unsigned bp_em_rounds(const struct em *e, size_t n)
{
	unsigned rounds = 0;

	for (; e->stage == EM_PRUNE && n > e->size; rounds++)
		n = BP_MAX(e->size, (size_t)bp_integer(KEEP * (double)n, n));
	/* The growing that is settled next is not counted as done yet. */
	return rounds + 2 * e->grow_left - (e->stage == EM_SETTLE) + 1;
}

/* The work of a round at the present stage. */
static bp_status work_at_stage(struct em *e, bp_error *err)
{
	size_t share = (size_t)bp_integer(KEEP * (double)e->n, e->n);

	switch (e->stage) {
	case EM_PRUNE:
		return prune_to(e, BP_MAX(e->size, share), err);
	case EM_GROW:
		return grow_round(e, err);
	case EM_SETTLE:
		return prune_to(e, e->size, err);
	case EM_COUNT:
	case EM_DONE:
		break;
	}
	return count_round(e, err);
}

bp_status bp_em_round(struct em *e, bp_error *err)
{
	bp_status st;

	e->n_workers = worker_count(e, e->n);
	if ((st = work_at_stage(e, err)) != BP_OK)
		return st;
	switch (e->stage) {
	case EM_PRUNE:
		e->stage = next_stage(e);
		break;
	case EM_GROW:
		e->stage = EM_SETTLE;
		break;
	case EM_SETTLE:
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
	/* The counts are of the last round: EM_COUNT has made it one with the final pieces. */
	return bp_required_model(e->required, e->piece, e->n, normalize, m, err);
}

/* The key of a row: the kind, the index in four bytes, and the bytes of the piece.  A spare piece
 * has SPARE added to its index. */
enum { SPARE = 1 << EM_ID_BITS };

static bp_status write_pieces(const struct row *piece, size_t n, size_t index,
			      struct row_writer *w, bp_error *err)
{
	struct buf body = { 0 };
	bp_status st = BP_OK;
	size_t i;

	for (i = 0; i < n && st == BP_OK; i++) {
		body.len = 0;
		if (!bp_buf_append(&body, "\0\0\0", 4) ||
		    !bp_buf_append(&body, piece[i].key.p, piece[i].key.n)) {
			st = bp_fail_memory(err);
			break;
		}
		bp_store_be(body.data, index + i, 4);
		st = bp_rows_put(w, ROW_PIECE, bp_buf_slice(&body), piece[i].count, err);
	}
	bp_buf_release(&body);
	return st;
}

bp_status bp_em_write(const struct em *e, struct row_writer *w, bp_error *err)
{
	bp_status st = write_pieces(e->piece, e->n, 0, w, err);

	return st == BP_OK ? write_pieces(e->spare, e->n_spare, SPARE, w, err) : st;
}

/* The fixed pieces have to stand where bp_em_init() puts them: they are found by their index. */
static bool is_next_piece(const struct em *e, uint64_t index, struct slice s)
{
	if (index >= SPARE)
		return index == SPARE + e->n_spare;
	return index == e->n && (e->n >= 256 || (s.n == 1 && s.p[0] == e->n)) &&
	       (e->n < 256 || e->n >= e->n_fixed ||
		bp_slice_compare(s, bp_required_piece(e->required, e->n - 256)) == 0);
}

bp_status bp_em_read_row(struct em *e, const struct row *r, const char *from, bp_error *err)
{
	struct slice s = r->key.n > 5 ? (struct slice){ r->key.p + 5, r->key.n - 5 }
				      : (struct slice){ r->key.p, 0 };
	struct buf bytes = { 0 };
	bool ok;

	if (bp_piece_length_fault(s.n) != NULL ||
	    !is_next_piece(e, bp_load_be(r->key.p + 1, 4), s))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: pieces are not in order", from);
	if (!bp_buf_append(&bytes, s.p, s.n) ||
	    !BP_GROW(e->bytes, e->cap_bytes, e->n_bytes + 1)) {
		bp_buf_release(&bytes);
		return bp_fail_memory(err);
	}
	e->bytes[e->n_bytes++] = bytes;
	s.p = bytes.data;
	ok = bp_load_be(r->key.p + 1, 4) < SPARE ? bp_em_add(e, s, r->count)
						 : add_spare(e, s, r->count);
	return ok ? BP_OK : bp_fail_memory(err);
}
