#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { KEPT_BITS = 10 };

struct row {
	struct slice piece;
	uint64_t count;
};

static int by_length_and_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->piece.n != y->piece.n)
		return x->piece.n < y->piece.n ? -1 : 1;
	return memcmp(x->piece.p, y->piece.p, x->piece.n);
}

void bp_model_release(struct model *m)
{
	if (m->block == NULL) {
		free(m->piece);
		free(m->count);
		free(m->log_probability);
		free(m->bytes);
	}
	free(m->block);
	*m = (struct model){ 0 };
}

static bool allocate(struct model *m, const struct slice *piece, size_t n)
{
	size_t sum = 0, i;

	for (i = 0; i < n; i++) {
		if (piece[i].n > SIZE_MAX - sum)
			return false;
		sum += piece[i].n;
	}
	m->piece = bp_array(n, sizeof(*m->piece));
	m->count = bp_array(n, sizeof(*m->count));
	m->log_probability = bp_array(n, sizeof(*m->log_probability));
	m->bytes = bp_array(sum, 1);
	return m->piece != NULL && m->count != NULL && m->log_probability != NULL &&
	       m->bytes != NULL;
}

/* Set m->piece and m->count to these in order, pieces not copied yet.  False if memory is out. */
static bool set_sorted(struct model *m, const struct slice *piece, const uint64_t *count, size_t n)
{
	struct row *row = bp_array(n, sizeof(*row));
	bool sorted = true;
	size_t i;

	if (row == NULL)
		return false;
	for (i = 0; i < n; i++) {
		row[i] = (struct row){ piece[i], count[i] };
		sorted = sorted && (i == 0 || by_length_and_bytes(&row[i - 1], &row[i]) < 0);
	}
	if (!sorted)
		qsort(row, n, sizeof(*row), by_length_and_bytes);
	for (i = 0; i < n; i++) {
		m->piece[i] = row[i].piece;
		m->count[i] = row[i].count;
	}
	free(row);
	return true;
}

void bp_model_set_probabilities(struct model *m)
{
	/* Most counts occur often: their logarithms are kept, each in one place.  No count is 0. */
	struct {
		uint64_t count;
		double log;
	} kept[1 << KEPT_BITS] = { { 0 } }, *k;
	double log_total = bp_log((double)m->total);
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		k = &kept[m->count[i] * 0x9e3779b97f4a7c15u >> (64 - KEPT_BITS)];
		if (k->count != m->count[i]) {
			k->count = m->count[i];
			k->log = bp_log((double)k->count);
		}
		/* Two logarithms and a difference, as in the reference, which rounds so. */
		m->log_probability[i] = k->log - log_total;
	}
}

static void fill(struct model *m)
{
	unsigned char *at = m->bytes;
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		memcpy(at, m->piece[i].p, m->piece[i].n);
		m->piece[i].p = at;
		m->total += m->count[i];
		at += m->piece[i].n;
	}
	bp_model_set_probabilities(m);
}

bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err)
{
	*m = (struct model){ .n_pieces = n, .normalize = normalize };
	if (!allocate(m, piece, n) || !set_sorted(m, piece, count, n)) {
		bp_model_release(m);
		return bp_fail_memory(err);
	}
	fill(m);
	return BP_OK;
}
