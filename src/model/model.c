#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "bytepiece_files.h"
#include "text/utf8.h"

enum { KEPT_BITS = 10 };

const char *const bp_first_specials[BP_FIRST_PIECE] = { "<pad>", "<bos>", "<eos>" };

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
	free(m->special);
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

/* Set m->piece and m->count to these, not copied yet. */
static void set_entries(struct model *m, const struct slice *piece, const uint64_t *count)
{
	if (m->n_pieces == 0)
		return;
	memcpy(m->piece, piece, m->n_pieces * sizeof(*piece));
	memcpy(m->count, count, m->n_pieces * sizeof(*count));
}

/* Put pieces in order and special tokens behind them.  False if memory is out. */
static bool sort_entries(struct model *m)
{
	struct row *row = bp_array(m->n_pieces, sizeof(*row));
	size_t i, n = 0, n_pieces;

	if (row == NULL)
		return false;
	for (i = 0; i < m->n_pieces; i++)
		if (m->count[i] > 0)
			row[n++] = (struct row){ m->piece[i], m->count[i] };
	n_pieces = n;
	for (i = 0; i < m->n_pieces; i++)
		if (m->count[i] == 0)
			row[n++] = (struct row){ m->piece[i], 0 };
	qsort(row, n_pieces, sizeof(*row), by_length_and_bytes);
	for (i = 0; i < n; i++) {
		m->piece[i] = row[i].piece;
		m->count[i] = row[i].count;
	}
	free(row);
	return true;
}

bool bp_model_list_specials(struct model *m)
{
	size_t i, n = 0;

	m->by_length = true;
	for (i = 0; i < m->n_pieces; i++) {
		n += m->count[i] == 0;
		if (i == 0 || m->count[i] == 0)
			continue;
		if (m->count[i - 1] == 0 || m->piece[i - 1].n > m->piece[i].n ||
		    (m->piece[i - 1].n == m->piece[i].n &&
		     bp_slice_compare(m->piece[i - 1], m->piece[i]) >= 0))
			m->by_length = false;
	}
	free(m->special);
	m->special = NULL;
	m->n_specials = 0;
	if (n == 0)
		return true;
	if ((m->special = bp_array(n, sizeof(*m->special))) == NULL)
		return false;
	for (i = 0; i < m->n_pieces; i++)
		if (m->count[i] == 0)
			m->special[m->n_specials++] = (uint32_t)i;
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
	for (i = 0; i < m->n_specials; i++)
		m->log_probability[m->special[i]] = -INFINITY;
}

/* All that follows from entries and counts. */
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

static bp_status init(struct model *m, const struct slice *piece, const uint64_t *count, size_t n,
		      bp_normalize normalize, bool sort, bp_error *err)
{
	*m = (struct model){ .n_pieces = n, .normalize = normalize };
	if (!allocate(m, piece, n))
		goto no_memory;
	set_entries(m, piece, count);
	if (!bp_model_list_specials(m) ||
	    (sort && !m->by_length && (!sort_entries(m) || !bp_model_list_specials(m))))
		goto no_memory;
	fill(m);
	return BP_OK;
no_memory:
	bp_model_release(m);
	return bp_fail_memory(err);
}

bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err)
{
	return init(m, piece, count, n, normalize, true, err);
}

bp_status bp_model_init_ordered(struct model *m, const struct slice *piece, const uint64_t *count,
				size_t n, bp_normalize normalize, bp_error *err)
{
	return init(m, piece, count, n, normalize, false, err);
}

const struct slice *bp_model_texts(const struct model *m, struct slice **own)
{
	size_t i;

	*own = NULL;
	if (m->n_specials == 0)
		return m->piece;
	if ((*own = bp_array(m->n_pieces, sizeof(**own))) == NULL)
		return NULL;
	memcpy(*own, m->piece, m->n_pieces * sizeof(**own));
	for (i = 0; i < m->n_specials; i++)
		(*own)[m->special[i]].n = 0;
	return *own;
}

bool bp_special_name_ok(struct slice name, const char **why)
{
	size_t i, k;

	*why = name.n == 0 ? "has no name" : name.n > BP_PIECE_MAX ? "is over 65535 bytes" : NULL;
	for (i = 0; i < BP_FIRST_PIECE && *why == NULL; i++)
		if (name.n == strlen(bp_first_specials[i]) &&
		    memcmp(name.p, bp_first_specials[i], name.n) == 0)
			*why = "exists in every model";
	for (i = 0; i < name.n && *why == NULL; i += k)
		if ((k = bp_utf8_length(name.p + i, name.n - i)) == 0)
			*why = "is not valid UTF-8";
	return *why == NULL;
}
