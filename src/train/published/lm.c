/*
 * The search reads a few slots per byte of text, from a table far larger than the caches.  So
 * the slots of position i + AHEAD are computed and requested while position i is worked on;
 * insertions do so too, with a buffer of pending n-grams.
 */
#include "train/published/reference.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/parallel.h"
#include "bytepiece_files.h"
#include "text/utf8.h"

enum {
	PENDING = 4096,	/* n-grams that are inserted together */
	AHEAD = 12,	/* positions between the request for a slot and its use: a memory latency */
	RING = 16	/* positions with requested slots: a power of two above AHEAD */
};
#define FREE_KEY UINT64_MAX

static size_t home_of_ngram(const struct lm *m, uint64_t key)
{
	return (size_t)(bp_keyed_hash_number(&m->secret, key) & (m->n_slots - 1));
}

/*
 * The slot of a key, or the free one that ends the search for it, by linear probing from slot i.
 * The loop ends, because the load is at most 5/8.
 */
static inline struct lm_slot *find_slot(const struct lm *m, uint64_t key, size_t i)
{
	while (m->slot[i].key != key && m->slot[i].key != FREE_KEY)
		i = (i + 1) & (m->n_slots - 1);
	return &m->slot[i];
}

/* Insert n entries of an array; free ones are skipped. */
static void insert_ngrams(const struct lm *m, const struct lm_slot *from, size_t n)
{
	size_t i;

	for (i = 0; i < n + AHEAD; i++) {
		if (i < n && from[i].key != FREE_KEY)
			BP_PREFETCH(&m->slot[home_of_ngram(m, from[i].key)]);
		if (i >= AHEAD && from[i - AHEAD].key != FREE_KEY)
			*find_slot(m, from[i - AHEAD].key, home_of_ngram(m, from[i - AHEAD].key)) =
				from[i - AHEAD];
	}
}

/* Double the slots, or make the first ones.  On failure *m does not change. */
static bool double_slots(struct lm *m)
{
	struct lm old = *m;
	size_t i;

	m->n_slots = old.n_slots > 0 ? 2 * old.n_slots : 1024;
	if (m->n_slots < old.n_slots ||
	    (m->slot = bp_array(m->n_slots, sizeof(*m->slot))) == NULL) {
		*m = old;
		return false;
	}
	for (i = 0; i < m->n_slots; i++)
		m->slot[i].key = FREE_KEY;
	insert_ngrams(m, old.slot, old.n_slots);
	free(old.slot);
	return true;
}

/* Insert all pending n-grams, at a load of at most 5/8: above it, probe sequences get long. */
static bool insert_pending(struct lm *m)
{
	while (m->n_long + m->n_pending > m->n_slots / 8 * 5)
		if (!double_slots(m))
			return false;
	insert_ngrams(m, m->pending, m->n_pending);
	m->n_long += m->n_pending;
	m->n_pending = 0;
	return true;
}

bp_status bp_lm_init(struct lm *m, unsigned order, bool ensure_unicode, bp_error *err)
{
	size_t i;

	*m = (struct lm){ .order = order, .ensure_unicode = ensure_unicode };
	bp_hash_key_draw(&m->secret);
	m->count_two = calloc(65536, sizeof(*m->count_two));
	m->two = bp_array(65536, sizeof(*m->two));
	m->pending = bp_array(PENDING, sizeof(*m->pending));
	if (m->two == NULL || m->count_two == NULL || m->pending == NULL || !double_slots(m)) {
		bp_lm_release(m);
		return bp_fail_memory(err);
	}
	for (i = 0; i < 65536; i++)
		m->two[i] = -INFINITY;
	return BP_OK;
}

/* Insertions are deferred, so that their cache misses overlap. */
bp_status bp_lm_add(struct lm *m, unsigned n, uint64_t bytes, uint64_t count, bp_error *err)
{
	uint64_t key = bytes << 3 | n;

	if (n == 1) {
		m->count_one[bytes] = count;
	} else if (n == 2) {
		m->count_two[bytes] = count;
	} else {
		m->pending[m->n_pending++] = (struct lm_slot){ .key = key, .count = count };
		if (m->n_pending == PENDING && !insert_pending(m))
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Scores of single bytes.  A byte that never occurred counts as one, also in the total, so that
 * every text has a path. */
static void set_bytes(struct lm *m)
{
	uint64_t total = 0;
	double log_total;
	size_t i;

	for (i = 0; i < 256; i++) {
		m->count_one[i] = BP_MAX(m->count_one[i], 1);
		total += m->count_one[i];
	}
	log_total = bp_log((double)total);
	for (i = 0; i < 256; i++)
		m->one[i] = bp_log((double)m->count_one[i]) - log_total;
}

/* Pairs have an array of their own: 65536 entries fit in the caches. */
static void set_pairs(struct lm *m)
{
	size_t i;

	for (i = 0; i < 65536; i++)
		if (m->count_two[i] > 0)
			m->two[i] = bp_log((double)m->count_two[i]) -
				    bp_log((double)m->count_one[i >> 8]);
}

/*
 * Replace the counts of n-grams of n bytes by scores.  Longest n-grams first: a score needs the
 * count of the first n - 1 bytes, not yet replaced then.
 */
struct scoring {
	struct lm *m;
	unsigned n;
};
enum { SLOTS_PER_BLOCK = 128 };

/* The count of an n-gram, whose search begins at slot i; 0 if the model does not have it. */
static uint64_t find_count(const struct lm *m, unsigned n, uint64_t bytes, size_t i)
{
	const struct lm_slot *s;

	if (n == 2)
		return m->count_two[bytes];
	s = find_slot(m, bytes << 3 | n, i);
	return s->key != FREE_KEY ? s->count : 0;
}

static bool is_of_length(const struct lm_slot *s, unsigned n)
{
	return s->key != FREE_KEY && (s->key & 7) == n;
}

/* Score the n-grams of n bytes in one block of slots.  Blocks are independent: only slots of n
 * bytes are written, and only slots of n - 1 bytes are read.  The first loop requests the slots
 * that the second one reads. */
static bp_status score_slots(void *ctx, unsigned worker, size_t block, bp_error *err)
{
	const struct scoring *s = ctx;
	struct lm_slot *slot = s->m->slot + block * SLOTS_PER_BLOCK;
	size_t n = BP_MIN(SLOTS_PER_BLOCK, s->m->n_slots), i, at[SLOTS_PER_BLOCK];
	uint64_t shorter;

	(void)worker;
	for (i = 0; i < n; i++)
		if (is_of_length(&slot[i], s->n)) {
			at[i] = home_of_ngram(s->m, slot[i].key >> 11 << 3 | (s->n - 1));
			BP_PREFETCH(&s->m->slot[at[i]]);
		}
	for (i = 0; i < n; i++) {
		if (!is_of_length(&slot[i], s->n))
			continue;
		/* lint: CallAndMessage: set above for the same slots */
		shorter = find_count(s->m, s->n - 1, slot[i].key >> 11, at[i]);
		/* Counts that were made here have every prefix: it occurs at least as often. */
		if (shorter == 0)
			return bp_fail(err, BP_EFORMAT,
				       "damaged plan: an n-gram without its prefix");
		slot[i].score = bp_log((double)slot[i].count) - bp_log((double)shorter);
	}
	return BP_OK;
}

bp_status bp_lm_ready(struct lm *m, unsigned n_workers, bp_error *err)
{
	struct scoring s = { .m = m };
	size_t n_blocks;
	bp_status st = insert_pending(m) ? BP_OK : bp_fail_memory(err);

	n_blocks = (m->n_slots + SLOTS_PER_BLOCK - 1) / SLOTS_PER_BLOCK;
	for (s.n = m->order; s.n > 2 && st == BP_OK; s.n--)
		st = bp_parallel_for(n_workers, n_blocks, score_slots, NULL, &s, err);
	set_bytes(m);
	set_pairs(m);
	return st;
}

void bp_lm_release(struct lm *m)
{
	free(m->two);
	free(m->count_two);
	free(m->slot);
	free(m->pending);
	*m = (struct lm){ 0 };
}

void bp_lm_scratch_release(struct lm_scratch *s)
{
	free(s->route);
	*s = (struct lm_scratch){ 0 };
}

/* For the next positions: the home slots of the n-grams of three bytes and more that end there. */
struct slot_requests {
	size_t slot[RING][BP_ORDER_MAX + 1];
};

/* The key of the n-gram of the last n bytes. */
static inline uint64_t key_of(uint64_t last_bytes, unsigned n)
{
	return (last_bytes & (((uint64_t)1 << 8 * n) - 1)) << 3 | n;
}

/* Compute and request the slots of the n-grams that end at position i. */
static void request_slots(const struct lm *m, struct slot_requests *r, uint64_t last_bytes,
			  size_t i)
{
	unsigned n, most = (unsigned)BP_MIN(m->order, i + 1);
	size_t slot;

	for (n = 3; n <= most; n++) {
		slot = home_of_ngram(m, key_of(last_bytes, n));
		r->slot[i % RING][n] = slot;
		BP_PREFETCH(&m->slot[slot]);
	}
}

/*
 * Set e[n - 1] to the score of the n-gram that ends at position i; returns the number of
 * scores.  If the model does not have an n-gram, it does not have the longer ones either, as
 * they occur no more often.
 */
static unsigned find_emissions(const struct lm *m, const struct slot_requests *r,
			       uint64_t last_bytes, size_t i, double *e)
{
	unsigned n, most = (unsigned)BP_MIN(m->order, i + 1);
	const struct lm_slot *s;

	e[0] = m->one[last_bytes & 0xFF];
	if (most < 2 || (e[1] = m->two[last_bytes & 0xFFFF]) == -INFINITY)
		return 1;
	for (n = 3; n <= most; n++) {
		s = find_slot(m, key_of(last_bytes, n), r->slot[i % RING][n]);
		if (s->key == FREE_KEY)
			break;
		e[n - 1] = s->score;
	}
	return n - 1;
}

/*
 * Compute the scores of all states after one byte.  State j: the current piece has j + 1 bytes;
 * the last state: 'order' bytes or more.  'before' and 'now' are the scores before and after
 * the byte, e the scores of its n-grams, and may_begin tells if a piece may begin with it.
 *
 * Returns the back-pointers, eight bits for each state: the state before it, and 0 if no path
 * leads there.  Of equal sums the lowest state wins.  As in the reference, sums are compared
 * with the new score included: rounding can make sums of different paths equal.
 */
static inline uint64_t advance_states(const double *before, double *now, const double *e,
				      unsigned n_e, unsigned order, bool may_begin)
{
	uint64_t route = 0, from = 0;
	double sum, stay;
	unsigned j, k;

	now[0] = -INFINITY;
	if (may_begin)
		for (k = 0; k < order; k++) {
			sum = before[k] + e[0];
			if (sum > now[0]) {
				now[0] = sum;
				from = k;
			}
		}
	route = from;
	for (j = 1; j < n_e; j++) {
		sum = before[j - 1] + e[j];
		from = sum > -INFINITY ? j - 1 : 0;
		if (j == order - 1) {
			stay = before[j] + e[j];
			if (stay > sum) {
				sum = stay;
				from = j;
			}
		}
		now[j] = sum;
		route |= from << 8 * j;
	}
	for (; j < order; j++)
		now[j] = -INFINITY;
	return route;
}

/* Set route[i] to the back-pointers of the states after byte i of s, which is not empty;
 * route[s.n] has the best state at the end. */
static void search_routes(const struct lm *m, struct slice s, uint64_t *route)
{
	double score[2][BP_ORDER_MAX], e[BP_ORDER_MAX], *before = score[0], *now = score[1], *swap;
	uint64_t ahead = 0, last_bytes = 0;
	struct slot_requests r;
	unsigned n_e, j;
	size_t i, k = 0;
	bool tail;

	for (i = 0; i < s.n; i++) {
		for (; k < s.n && k <= i + AHEAD; k++) {
			ahead = ahead << 8 | s.p[k];
			request_slots(m, &r, ahead, k);
		}
		last_bytes = last_bytes << 8 | s.p[i];
		n_e = find_emissions(m, &r, last_bytes, i, e);
		tail = m->ensure_unicode && bp_utf8_tail(s.p[i]);
		if (i == 0) {
			now[0] = tail ? -INFINITY : e[0];
			for (j = 1; j < m->order; j++)
				now[j] = -INFINITY;
			route[0] = 0;
		} else {
			route[i] = advance_states(before, now, e, n_e, m->order, !tail);
		}
		swap = before;
		before = now;
		now = swap;
	}
	/* Behind the last byte, store the best state as the back-pointer of state 0: as if a byte
	 * followed that costs nothing and begins a piece. */
	for (j = 1, k = 0; j < m->order; j++)
		/* lint: UndefinedBinaryOperatorResult: s is not empty: all of them are set */
		if (before[j] > before[k])
			k = j;
	route[s.n] = k;
}

bp_status bp_lm_cut(const struct lm *m, struct lm_scratch *scratch, struct slice segment,
		    bp_status (*visit)(void *ctx, struct slice piece, bp_error *err), void *ctx,
		    bp_error *err)
{
	size_t i, end = segment.n;
	unsigned state = 0;
	bp_status st;

	if (segment.n == 0)
		return BP_OK;
	/* There is one word of back-pointers more than bytes, for the end. */
	if (segment.n == SIZE_MAX ||
	    !BP_GROW(scratch->route, scratch->cap, segment.n + 1))
		return bp_fail_memory(err);
	search_routes(m, segment, scratch->route);
	/* Follow the back-pointers; a piece begins where the state is 0. */
	for (i = segment.n; i-- > 0; ) {
		state = (unsigned)(scratch->route[i + 1] >> 8 * state) & 7;
		if (state == 0 || i == 0) {
			st = visit(ctx, (struct slice){ segment.p + i, end - i }, err);
			if (st != BP_OK)
				return st;
			end = i;
		}
	}
	return BP_OK;
}
