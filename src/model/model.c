#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
	free(m->piece);
	free(m->count);
	free(m->log_probability);
	free(m->bytes);
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

static void fill(struct model *m, const struct row *row)
{
	unsigned char *at = m->bytes;
	double log_total;
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		memcpy(at, row[i].piece.p, row[i].piece.n);
		m->piece[i] = (struct slice){ at, row[i].piece.n };
		m->count[i] = row[i].count;
		m->total += row[i].count;
		at += row[i].piece.n;
	}
	/* Two logarithms and a difference, as in the reference: other ways round otherwise. */
	log_total = log((double)m->total);
	for (i = 0; i < m->n_pieces; i++)
		m->log_probability[i] = log((double)m->count[i]) - log_total;
}

bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err)
{
	struct row *row = bp_array(n, sizeof(*row));
	size_t i;

	*m = (struct model){ .n_pieces = n, .normalize = normalize };
	if (row == NULL || !allocate(m, piece, n)) {
		free(row);
		bp_model_release(m);
		return bp_fail_memory(err);
	}
	for (i = 0; i < n; i++)
		row[i] = (struct row){ piece[i], count[i] };
	qsort(row, n, sizeof(*row), by_length_and_bytes);
	fill(m, row);
	free(row);
	return BP_OK;
}
