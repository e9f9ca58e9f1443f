#include "train/lm.h"

#include <math.h>
#include <stdlib.h>

#include "bytepiece_files.h"
#include "text/utf8.h"

enum {
	AHEAD = 12,	/* positions between the request for a slot and its use */
	RING = 16	/* a power of two above AHEAD */
};
#define FREE_KEY UINT64_MAX

/* n-grams of one length with the logarithms of their counts, in order. */
struct grams {
	struct run run;
	double *log_count;
};

static size_t home(const struct lm *m, uint64_t key)
{
	return bp_mix(key) & (m->n_slots - 1);
}

static void insert(struct lm *m, uint64_t key, double score)
{
	size_t i = home(m, key);

	while (m->slot[i].key != FREE_KEY)
		i = (i + 1) & (m->n_slots - 1);
	m->slot[i] = (struct lm_slot){ key, score };
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

static bool allocate(struct lm *m, size_t n_long)
{
	size_t i;

	m->two = bp_array(65536, sizeof(*m->two));
	for (m->n_slots = 1024; m->n_slots / 2 < n_long; m->n_slots *= 2)
		if (m->n_slots > SIZE_MAX / 4)
			return false;
	m->slot = bp_array(m->n_slots, sizeof(*m->slot));
	if (m->two == NULL || m->slot == NULL)
		return false;
	for (i = 0; i < 65536; i++)
		m->two[i] = -INFINITY;
	for (i = 0; i < m->n_slots; i++)
		m->slot[i].key = FREE_KEY;
	return true;
}

/* Scores of single bytes; those that never occur count as one, and so does the total for each. */
static void set_bytes(struct lm *m, const struct grams *g)
{
	uint64_t count[256] = { 0 }, total = 0;
	double log_total;
	size_t i;

	for (i = 0; i < g->run.n; i++)
		count[g->run.row[i].key >> (8 * m->order - 5) & 0xFF] = g->run.row[i].count;
	for (i = 0; i < 256; i++) {
		count[i] = BP_MAX(count[i], 1);
		total += count[i];
	}
	log_total = log((double)total);
	for (i = 0; i < 256; i++)
		m->one[i] = log((double)count[i]) - log_total;
}

/* Scores of n-grams; each one's first n - 1 bytes are among the kept ones, in the same order. */
static void set_grams(struct lm *m, unsigned n, const struct grams *g, const struct grams *shorter)
{
	uint64_t mask = ~(((uint64_t)1 << (8 * (m->order - n + 1) + 3)) - 1), prefix, bytes;
	size_t i, k = 0;
	double score;

	for (i = 0; i < g->run.n; i++) {
		prefix = (g->run.row[i].key & mask) | (n - 1);
		while (shorter->run.row[k].key != prefix)
			k++;
		score = g->log_count[i] - shorter->log_count[k];
		bytes = g->run.row[i].key >> (8 * (m->order - n) + 3);
		if (n == 2)
			m->two[bytes] = score;
		else
			insert(m, bytes << 3 | n, score);
	}
}

static bool take_grams(struct grams *g, const struct run *windows, unsigned order, unsigned n,
		       uint64_t min_count)
{
	size_t i;

	if (!bp_ngram_of_length(windows, order, n, n == 1 ? 1 : min_count, &g->run))
		return false;
	if ((g->log_count = bp_array(g->run.n, sizeof(*g->log_count))) == NULL)
		return false;
	for (i = 0; i < g->run.n; i++)
		g->log_count[i] = log((double)g->run.row[i].count);
	return true;
}

bp_status bp_lm_init(struct lm *m, const struct run *windows, unsigned order,
		     uint64_t min_count, bool ensure_unicode, bp_error *err)
{
	struct grams g[BP_ORDER_MAX] = { { { 0 }, NULL } };
	size_t n_long = 0;
	bool ok = true;
	unsigned n;

	*m = (struct lm){ .order = order, .ensure_unicode = ensure_unicode };
	for (n = 1; n <= order && ok; n++) {
		ok = take_grams(&g[n - 1], windows, order, n, min_count);
		n_long += n > 2 ? g[n - 1].run.n : 0;
	}
	ok = ok && allocate(m, n_long);
	if (ok)
		set_bytes(m, &g[0]);
	for (n = 2; n <= order && ok; n++)
		set_grams(m, n, &g[n - 1], &g[n - 2]);
	for (n = 0; n < order; n++) {
		free(g[n].run.row);
		free(g[n].log_count);
	}
	if (ok)
		return BP_OK;
	bp_lm_release(m);
	return bp_fail_memory(err);
}

void bp_lm_release(struct lm *m)
{
	free(m->two);
	free(m->slot);
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
		if (before[j] > before[k])
			k = j;
	route[s.n] = k;
}

bool bp_lm_cut(const struct lm *m, struct lm_scratch *scratch, struct slice segment,
	       bool (*visit)(void *ctx, struct slice piece), void *ctx)
{
	size_t i, end = segment.n;
	unsigned state = 0;

	if (segment.n == 0)
		return true;
	if (segment.n == SIZE_MAX ||
	    !bp_grow(&scratch->route, &scratch->cap, segment.n + 1, sizeof(*scratch->route)))
		return false;
	fill_routes(m, segment, scratch->route);
	for (i = segment.n; i-- > 0; ) {
		state = (unsigned)(scratch->route[i + 1] >> 8 * state) & 7;
		if (state == 0 || i == 0) {
			if (!visit(ctx, (struct slice){ segment.p + i, end - i }))
				return false;
			end = i;
		}
	}
	return true;
}
