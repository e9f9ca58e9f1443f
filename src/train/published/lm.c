#include "train/published/lm.h"

#include <math.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/parallel.h"
#include "bytepiece_files.h"
#include "text/utf8.h"

enum {
	PENDING = 4096,	/* n-grams that are put into slots at a time */
	AHEAD = 12,	/* positions between the request for a slot and its use */
	RING = 16	/* a power of two above AHEAD */
};
#define FREE_KEY UINT64_MAX

static size_t home(const struct lm *m, uint64_t key)
{
	return (size_t)(bp_mix(key) & (m->n_slots - 1));
}

/* The score of a key known to be looked for from slot i on; -INFINITY if there is none. */
static double look_up(const struct lm *m, uint64_t key, size_t i)
{
	while (m->slot[i].key != key) {
		if (m->slot[i].key == FREE_KEY)
			return -INFINITY;
		i = (i + 1) & (m->n_slots - 1);
	}
	return m->slot[i].score;
}

static struct lm_slot *free_slot(const struct lm *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->slot[i].key != FREE_KEY)
		i = (i + 1) & (m->n_slots - 1);
	return &m->slot[i];
}

/* Put n-grams into slots, asking for the slots some time before they are used. */
static void place(const struct lm *m, const struct lm_slot *from, size_t n)
{
	size_t i;

	for (i = 0; i < n + AHEAD; i++) {
		if (i < n && from[i].key != FREE_KEY)
			BP_PREFETCH(&m->slot[home(m, from[i].key)]);
		if (i >= AHEAD && from[i - AHEAD].key != FREE_KEY)
			*free_slot(m, from[i - AHEAD].key) = from[i - AHEAD];
	}
}

/* Twice as many slots, or the first ones. */
static bool grow(struct lm *m)
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
	place(m, old.slot, old.n_slots);
	free(old.slot);
	return true;
}

/* Put all that are pending into slots. */
static bool settle(struct lm *m)
{
	while (m->n_long + m->n_pending > m->n_slots / 8 * 5)
		if (!grow(m))
			return false;
	place(m, m->pending, m->n_pending);
	m->n_long += m->n_pending;
	m->n_pending = 0;
	return true;
}

bp_status bp_lm_init(struct lm *m, unsigned order, bool ensure_unicode, bp_error *err)
{
	size_t i;

	*m = (struct lm){ .order = order, .ensure_unicode = ensure_unicode };
	m->count_two = calloc(65536, sizeof(*m->count_two));
	m->two = bp_array(65536, sizeof(*m->two));
	m->pending = bp_array(PENDING, sizeof(*m->pending));
	if (m->two == NULL || m->count_two == NULL || m->pending == NULL || !grow(m)) {
		bp_lm_release(m);
		return bp_fail_memory(err);
	}
	for (i = 0; i < 65536; i++)
		m->two[i] = -INFINITY;
	return BP_OK;
}

bp_status bp_lm_add(struct lm *m, unsigned n, uint64_t bytes, uint64_t count, bp_error *err)
{
	uint64_t key = bytes << 3 | n;

	if (n == 1) {
		m->count_one[bytes] = count;
	} else if (n == 2) {
		m->count_two[bytes] = count;
	} else {
		m->pending[m->n_pending++] = (struct lm_slot){ .key = key, .count = count };
		if (m->n_pending == PENDING && !settle(m))
			return bp_fail_memory(err);
	}
	return BP_OK;
}

/* Scores of single bytes; those that never occur count as one, and so does the total for each. */
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

static void set_pairs(struct lm *m)
{
	size_t i;

	for (i = 0; i < 65536; i++)
		if (m->count_two[i] > 0)
			m->two[i] = bp_log((double)m->count_two[i]) -
				    bp_log((double)m->count_one[i >> 8]);
}

/* The slots whose n-grams have n bytes get their scores; those of n - 1 still have counts. */
struct scoring {
	struct lm *m;
	unsigned n;
};
enum { SLOTS_AT_A_TIME = 128 };

/* The count of an n-gram, looked for from slot i on; 0 if it is not there. */
static uint64_t count_of(const struct lm *m, unsigned n, uint64_t bytes, size_t i)
{
	uint64_t key = bytes << 3 | n;

	if (n == 2)
		return m->count_two[bytes];
	for (; m->slot[i].key != key; i = (i + 1) & (m->n_slots - 1))
		if (m->slot[i].key == FREE_KEY)
			return 0;
	return m->slot[i].count;
}

static bool is_of_length(const struct lm_slot *s, unsigned n)
{
	return s->key != FREE_KEY && (s->key & 7) == n;
}

static bp_status score_slots(void *ctx, unsigned worker, size_t block, bp_error *err)
{
	const struct scoring *s = ctx;
	struct lm_slot *slot = s->m->slot + block * SLOTS_AT_A_TIME;
	size_t n = BP_MIN(SLOTS_AT_A_TIME, s->m->n_slots), i, at[SLOTS_AT_A_TIME];
	uint64_t shorter;

	(void)worker;
	for (i = 0; i < n; i++)
		if (is_of_length(&slot[i], s->n)) {
			at[i] = home(s->m, slot[i].key >> 11 << 3 | (s->n - 1));
			BP_PREFETCH(&s->m->slot[at[i]]);
		}
	for (i = 0; i < n; i++) {
		if (!is_of_length(&slot[i], s->n))
			continue;
		/* lint: CallAndMessage: set above for the same slots */
		shorter = count_of(s->m, s->n - 1, slot[i].key >> 11, at[i]);
		if (shorter == 0)
			return bp_fail(err, BP_EFORMAT, "damaged plan: an n-gram without its beginning");
		slot[i].score = bp_log((double)slot[i].count) - bp_log((double)shorter);
	}
	return BP_OK;
}

bp_status bp_lm_ready(struct lm *m, unsigned n_workers, bp_error *err)
{
	struct scoring s = { .m = m };
	bp_status st = settle(m) ? BP_OK : bp_fail_memory(err);

	for (s.n = m->order; s.n > 2 && st == BP_OK; s.n--)
		st = bp_parallel_for(n_workers, (m->n_slots + SLOTS_AT_A_TIME - 1) / SLOTS_AT_A_TIME,
				     score_slots, NULL, &s, err);
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

/* The slots of the n-grams of three bytes and more that end at positions to come. */
struct request {
	size_t slot[RING][BP_ORDER_MAX + 1];
};

/* The n bytes up to position i, last one lowest, and n. */
static inline uint64_t key_of(uint64_t last_bytes, unsigned n)
{
	return (last_bytes & (((uint64_t)1 << 8 * n) - 1)) << 3 | n;
}

static void ask(const struct lm *m, struct request *r, uint64_t last_bytes, size_t i)
{
	unsigned n, most = (unsigned)BP_MIN(m->order, i + 1);
	size_t slot;

	for (n = 3; n <= most; n++) {
		slot = home(m, key_of(last_bytes, n));
		r->slot[i % RING][n] = slot;
		BP_PREFETCH(&m->slot[slot]);
	}
}

/*
 * Scores of the n-grams that end at position i, e[n - 1] for n; returns how many there are.  If
 * one is missing, so is every longer one, for it occurs no more often.
 */
static unsigned emissions(const struct lm *m, const struct request *r, uint64_t last_bytes,
			  size_t i, double *e)
{
	unsigned n, most = (unsigned)BP_MIN(m->order, i + 1);

	e[0] = m->one[last_bytes & 0xFF];
	if (most < 2 || (e[1] = m->two[last_bytes & 0xFFFF]) == -INFINITY)
		return 1;
	for (n = 3; n <= most; n++) {
		e[n - 1] = look_up(m, key_of(last_bytes, n), r->slot[i % RING][n]);
		if (e[n - 1] == -INFINITY)
			break;
	}
	return n - 1;
}

/*
 * One position: 'now' from 'before', state j being a piece of j + 1 bytes so far (the last state,
 * of that many or more).  Returns for each state, eight bits each, the state before it: of equal
 * sums the lowest, 0 also where there is no way at all.  As in the reference the sums are compared
 * with the new score already in them, since rounding can make them equal.
 */
static inline uint64_t step(const double *before, double *now, const double *e, unsigned n_e,
			    unsigned order, bool may_begin)
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

static void fill_routes(const struct lm *m, struct slice s, uint64_t *route)
{
	double score[2][BP_ORDER_MAX], e[BP_ORDER_MAX], *before = score[0], *now = score[1], *swap;
	uint64_t ahead = 0, last_bytes = 0;
	struct request r;
	unsigned n_e, j;
	size_t i, k = 0;
	bool tail;

	for (i = 0; i < s.n; i++) {
		for (; k < s.n && k <= i + AHEAD; k++) {
			ahead = ahead << 8 | s.p[k];
			ask(m, &r, ahead, k);
		}
		last_bytes = last_bytes << 8 | s.p[i];
		n_e = emissions(m, &r, last_bytes, i, e);
		tail = m->ensure_unicode && bp_utf8_tail(s.p[i]);
		if (i == 0) {
			now[0] = tail ? -INFINITY : e[0];
			for (j = 1; j < m->order; j++)
				now[j] = -INFINITY;
			route[0] = 0;
		} else {
			route[i] = step(before, now, e, n_e, m->order, !tail);
		}
		swap = before;
		before = now;
		now = swap;
	}
	/* The best state at the end stands where the state before a next byte would: as if one
	 * came that costs nothing and begins a piece. */
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
	if (segment.n == SIZE_MAX ||
	    !BP_GROW(scratch->route, scratch->cap, segment.n + 1))
		return bp_fail_memory(err);
	fill_routes(m, segment, scratch->route);
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
