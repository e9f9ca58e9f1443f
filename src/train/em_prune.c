/*
 * The second pass of a round: the pieces of the greatest worth.
 *
 * The counts are known, and no use of a piece can lose more than the best other way to cut its
 * bytes costs (bp_loss_score()).  So when the losses of some of its uses are known, the worth of a
 * piece lies between two bounds.  A piece is kept as soon as its lower bound is above the upper
 * bounds of enough others, and dropped as soon as its upper bound is below the lower bounds of
 * enough others; only for pieces in doubt losses are computed.  The blocks of the sample are drawn
 * at random, so that most pieces are decided after a few blocks.  The result is that of all losses.
 */
#include "train/em_round.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/sort.h"
#include "text/utf8.h"

enum {
	FEW_GROUPS = 3,		/* a piece with uses in at most that many groups is local to them */
	BEGINNINGS = 16,	/* one of so many pieces may be a beginning of a character */
	FIRST_BLOCKS = 64,	/* share of the blocks before the first decision, as 1/n */
	MORE_BLOCKS = 2		/* share of the blocks done that follow before the next decision */
};

/* Of the integers that losses are added up as, per nat. */
static const double loss_unit = 1 << 16;

/* A piece that may be pruned. */
struct candidate {
	struct row *piece;
	uint64_t most;		/* bound of the loss of one use, in loss_unit */
	/* The worth for a sum of losses is sum * share / of, or, if 'of' is 0, 'share' itself. */
	double share, of;
	double low, high;	/* bounds of the worth */
};

/* The pieces in doubt, and how many of them are to be kept. */
struct contest {
	struct em_round *round;
	struct candidate *c;
	size_t n, n_kept;
	bool *keep;		/* the result, by piece */
	bool *doubt;		/* by piece */
	double *bound;		/* scratch: n bounds */
	size_t first_block;	/* of the blocks of a call of bp_parallel_for() */
};

static bool is_one_character(struct slice s)
{
	return bp_utf8_length(s.p, s.n) == s.n;
}

/*
 * The worth of a piece: its loss, less the share of FEW_GROUPS of the groups that it is used in.
 * A piece with uses in few groups belongs to one source of text rather than to the language,
 * however often that source repeats it; a piece with uses in at most FEW_GROUPS ranks below all
 * others, by count (negative worths).  A sample of fewer blocks than EM_GROUPS has fewer groups to
 * be used in, and the number is scaled.  Single characters keep their whole loss: text of any
 * source may hold them, and no other piece can stand in for them.
 */
static void set_share(struct candidate *c, uint64_t groups, size_t n_blocks)
{
	double df = bp_count_bits(groups);
	double few = (double)FEW_GROUPS * (double)BP_MIN(n_blocks, (size_t)EM_GROUPS) /
		     (double)EM_GROUPS;

	c->share = c->of = 1;
	if (is_one_character(c->piece->key))
		return;
	c->share = df > few ? df - few : -1 / ((double)c->piece->count + 1);
	c->of = df > few ? df : 0;
}

static double worth_of(const struct candidate *c, uint64_t loss)
{
	return c->of > 0 ? (double)loss * c->share / c->of : c->share;
}

/* The bound of a loss, in whole units; 2 more than the integer part, for rounding. */
static bp_status find_most(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct contest *k = ctx;
	const struct em_round *r = k->round;
	struct candidate *c = &k->c[i];
	uint32_t p = (uint32_t)(c->piece - r->e->piece);
	double other;

	if (!bp_loss_score(&r->worker[worker].loss, &r->u, c->piece->key, p, &other))
		return bp_fail_memory(err);
	c->most = bp_integer((r->u.piece[p].score - other) * loss_unit, UINT32_MAX) + 2;
	return BP_OK;
}

static int pieces_by_count(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return bp_slice_compare(x->key, y->key);
}

/*
 * Keep the most used beginnings of characters, whatever they lose.  The sample says little about
 * their worth: its own characters are pieces, and beginnings serve the characters that it lacks.
 */
static bool keep_beginnings(struct contest *k, size_t most)
{
	const struct em *e = k->round->e;
	const struct row **found = bp_array(e->n, sizeof(*found));
	size_t n = 0, i;

	if (found == NULL)
		return false;
	for (i = e->n_fixed; i < e->n; i++)
		if (bp_piece_begins_character(e->rules, e->piece[i].key))
			found[n++] = &e->piece[i];
	if (!bp_sort(found, n, sizeof(*found), pieces_by_count)) {
		free(found);
		return false;
	}
	n = BP_MIN(n, most);
	for (i = 0; i < n; i++)
		k->keep[found[i] - e->piece] = true;
	k->n_kept -= n;
	free(found);
	return true;
}

/* Start with the pieces that have enough uses.  False if memory is out. */
static bool init_contest(struct contest *k, size_t size)
{
	const struct em *e = k->round->e;
	uint64_t groups;
	unsigned w;
	size_t i;

	k->c = bp_array(e->n, sizeof(*k->c));
	k->bound = bp_array(e->n, sizeof(*k->bound));
	k->doubt = calloc(e->n, sizeof(*k->doubt));
	if (k->c == NULL || k->bound == NULL || k->doubt == NULL)
		return false;
	for (i = 0; i < e->n; i++)
		k->keep[i] = i < e->n_fixed;
	if (!keep_beginnings(k, BP_MIN(size / BEGINNINGS, k->n_kept)))
		return false;
	for (i = 0; i < e->n; i++) {
		if (k->keep[i] || !bp_count_allowed(e->rules, e->piece[i].count))
			continue;
		for (w = 0, groups = 0; w < e->n_workers; w++)
			groups |= k->round->worker[w].sums[i].groups;
		k->c[k->n] = (struct candidate){ .piece = &e->piece[i] };
		set_share(&k->c[k->n++], groups, e->sample->n);
		k->doubt[i] = true;
	}
	return true;
}

static void release_contest(struct contest *k)
{
	free(k->c);
	free(k->bound);
	free(k->doubt);
}

/* The counts are collected: from here on the workers count uses with a known loss. */
static void clear_counts(const struct contest *k)
{
	const struct em *e = k->round->e;
	unsigned w;
	size_t i;

	for (w = 0; w < e->n_workers; w++)
		for (i = 0; i < e->n; i++)
			k->round->worker[w].sums[i].count = 0;
}

static void set_bounds(const struct contest *k, struct candidate *c)
{
	size_t i = (size_t)(c->piece - k->round->e->piece);
	uint64_t loss = 0, done = 0;
	unsigned w;

	for (w = 0; w < k->round->e->n_workers; w++) {
		loss += k->round->worker[w].sums[i].loss;
		done += k->round->worker[w].sums[i].count;
	}
	c->low = worth_of(c, loss);
	c->high = worth_of(c, loss + (c->piece->count - done) * c->most);
}

static void swap_doubles(double *a, double *b)
{
	double c = *a;

	*a = *b;
	*b = c;
}

/* The k-th largest of n numbers, which are reordered: quickselect (Hoare 1961). */
static double largest(double *v, size_t n, size_t k)
{
	size_t lo = 0, hi = n, i, above, below, step = 0;
	double pivot;

	for (;;) {
		/* lint: DivideZero: n is at least 1, and k at most n */
		pivot = v[lo + (size_t)(bp_mix(step++) % (hi - lo))];
		for (i = above = lo, below = hi; i < below; )
			if (v[i] > pivot)
				swap_doubles(&v[i++], &v[above++]);
			else if (v[i] < pivot)
				swap_doubles(&v[i], &v[--below]);
			else
				i++;
		if (k <= above)
			hi = above;
		else if (k > below)
			lo = below;
		else
			return pivot;
	}
}

static void settle(struct contest *k, const struct candidate *c, bool keep)
{
	size_t i = (size_t)(c->piece - k->round->e->piece);

	k->doubt[i] = false;
	k->keep[i] = keep;
	k->n_kept -= keep;
}

/* Decide about all pieces whose bounds are clear of the others'. */
static void decide(struct contest *k)
{
	size_t i, n, n_kept = k->n_kept;
	double low, high;
	struct candidate c;

	if (n_kept == 0 || n_kept >= k->n)
		return;
	for (i = 0; i < k->n; i++) {
		set_bounds(k, &k->c[i]);
		k->bound[i] = k->c[i].high;
	}
	high = largest(k->bound, k->n, n_kept);
	for (i = 0; i < k->n; i++)
		k->bound[i] = k->c[i].low;
	low = largest(k->bound, k->n, n_kept);
	for (i = n = 0; i < k->n; i++) {
		c = k->c[i];
		if (c.low > high || c.high < low)
			settle(k, &c, c.low > high);
		else
			k->c[n++] = c;
	}
	k->n = n;
}

/* Of equal worths by bytes: bp_sort() is not stable, and the model must not depend on it. */
static int candidates_by_worth(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->low != y->low)
		return x->low > y->low ? -1 : 1;
	return bp_slice_compare(x->piece->key, y->piece->key);
}

/* Decide about the rest: all of its losses are known, or their number decides.  False if memory is
 * out. */
static bool decide_rest(struct contest *k)
{
	size_t i, n_kept = k->n_kept;

	if (n_kept > 0 && n_kept < k->n) {
		for (i = 0; i < k->n; i++)
			set_bounds(k, &k->c[i]);
		if (!bp_sort(k->c, k->n, sizeof(*k->c), candidates_by_worth))
			return false;
	}
	for (i = 0; i < k->n; i++)
		settle(k, &k->c[i], i < n_kept);
	k->n = 0;
	return true;
}

/* Is the position before byte 'at' a cut point, at which a zone may begin? */
static bool begins_zone(const struct em_round *r, const struct em_worker *h,
			 const unsigned char *text, size_t at)
{
	return bp_automaton_is_single_byte(&r->u.a, h->state[at], text[at]);
}

/*
 * Add the losses of the uses of a zone, which begins at 'from', has n bytes, and counts 'times'
 * times.
 */
static bool add_zone(const struct em_round *r, struct em_worker *h, size_t from, size_t n,
		     size_t n_uses, uint64_t times)
{
	struct em_sums *s;
	size_t i;

	if (!bp_loss_of_uses(&h->loss, &r->u, h->state + from, n, h->use, n_uses))
		return false;
	for (i = 0; i < n_uses; i++) {
		s = &h->sums[h->use[i].piece];
		s->count += times;
		/* A use without an alternative is of a single byte, and those are never pruned. */
		s->loss += bp_integer(h->use[i].loss * loss_unit, UINT32_MAX) * times;
	}
	return true;
}

/* The piece that ends in a state and has 'len' bytes. */
static uint32_t piece_of(const struct vocabulary *u, uint32_t state, size_t len)
{
	uint32_t p = u->a.longest[state];

	while (u->piece[p].len != len)
		p = u->piece[p].shorter;
	return p;
}

/* The segment of a block that has byte 'at'. */
struct segment_at {
	size_t index, end;
};

/* Move to the segment with a byte farther back; returns the number of times that it counts. */
static uint64_t move_to_byte(struct segment_at *s, const struct sample_block *b, size_t at)
{
	for (; b->times != NULL && s->end <= at; s->index++)
		s->end += b->length[s->index];
	return b->times != NULL ? b->times[s->index - 1] : 1;
}

/*
 * Add the losses of all pieces in doubt; 'ends' has a bit for each end of a piece.  A zone is
 * inside a segment.
 */
static bool weigh_path(const struct contest *k, struct em_worker *h, const struct sample_block *b,
		       const uint64_t *ends)
{
	const struct em_round *r = k->round;
	/* lint: unreadVariable: the first piece begins at 0 */
	size_t at = 0, end, from = 0, to = 0, n_uses = 0, i;
	struct segment_at segment = { 0, 0 };
	uint64_t w, times = 1;
	uint32_t p;

	for (i = 0; i <= b->n_bytes / 64; i++)
		for (w = ends[i]; w != 0; w &= w - 1, at = end) {
			end = i * 64 + bp_lowest_bit(w) + 1;
			p = piece_of(&r->u, h->state[end - 1], end - at);
			if (!k->doubt[p])
				continue;
			if (at >= to) {
				if (n_uses > 0 &&
				    !add_zone(r, h, from, to - from, n_uses, times))
					return false;
				times = move_to_byte(&segment, b, at);
				for (from = at; !begins_zone(r, h, b->bytes, from); from--)
					;
				for (to = end; to < b->n_bytes &&
				     !begins_zone(r, h, b->bytes, to); to++)
					;
				n_uses = 0;
			}
			if (!BP_GROW(h->use, h->cap_use, n_uses + 1))
				return false;
			h->use[n_uses++] = (struct loss_use){ p, at - from, 0 };
		}
	return n_uses == 0 || add_zone(r, h, from, to - from, n_uses, times);
}

static bp_status weigh_block(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	const struct contest *k = ctx;
	const struct em_round *r = k->round;
	const struct sample_block *b = &r->e->sample->block[k->first_block + i];
	struct em_worker *h = &r->worker[worker];

	if (!BP_GROW(h->state, h->cap_state, b->n_bytes))
		return bp_fail_memory(err);
	bp_automaton_walk(&r->u.a, b->bytes, b->length, b->n, h->state);
	return weigh_path(k, h, b, r->ends + r->ends_of[k->first_block + i])
		? BP_OK : bp_fail_memory(err);
}

/* Losses, a share of the blocks at a time, until nothing is in doubt. */
static bp_status weigh_blocks(struct contest *k, bp_error *err)
{
	const struct em *e = k->round->e;
	size_t n = e->sample->n, more;
	bp_status st = BP_OK;

	for (decide(k); k->n_kept > 0 && k->n_kept < k->n && k->first_block < n; decide(k)) {
		more = BP_MAX(k->first_block, n / FIRST_BLOCKS) / MORE_BLOCKS + 1;
		more = BP_MIN(more, n - k->first_block);
		if ((st = bp_parallel_for(e->n_workers, more, weigh_block, NULL, k, err)) != BP_OK)
			return st;
		k->first_block += more;
	}
	return st;
}

bp_status bp_em_select(struct em_round *r, size_t size, bool *keep, bp_error *err)
{
	struct contest k = { .round = r, .keep = keep, .n_kept = size - r->e->n_fixed };
	bp_status st = init_contest(&k, size) ? BP_OK : bp_fail_memory(err);

	if (st == BP_OK && k.n > k.n_kept) {
		clear_counts(&k);
		st = bp_parallel_for(r->e->n_workers, k.n, find_most, NULL, &k, err);
		if (st == BP_OK)
			st = weigh_blocks(&k, err);
	}
	if (st == BP_OK && !decide_rest(&k))
		st = bp_fail_memory(err);
	release_contest(&k);
	return st;
}
