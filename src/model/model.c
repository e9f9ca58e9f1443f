/*
 * A model owns four arrays and the bytes of its entries, either one by one or all in one block
 * (when a binary file was read).  bp_model_release() frees either.
 */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/piece_rule.h"
#include "text/utf8.h"

enum { CACHE_BITS = 10 };

const char *bp_newlines_name(bp_newlines rule)
{
	static const char *const name[] = {
		[BP_NEWLINES_END] = "end", [BP_NEWLINES_BEGIN] = "begin",
		[BP_NEWLINES_TEXT] = "text"
	};

	return (size_t)rule < sizeof(name) / sizeof(name[0]) ? name[rule] : NULL;
}

const char *const bp_first_specials[BP_FIRST_PIECE] = { "<pad>", "<bos>", "<eos>" };

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

/* Arrays for n entries and their bytes.  What is allocated when this fails, the caller releases. */
static bool allocate_entries(struct model *m, const struct slice *piece, size_t n)
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

/* by_length is true if every entry follows the one before it by length and bytes, and no piece
 * follows a special token. */
bool bp_model_list_specials(struct model *m)
{
	size_t i, n = 0;

	m->by_length = true;
	for (i = 0; i < m->n_pieces; i++) {
		if (bp_must_stop_at(i))
			return false;
		n += bp_model_is_special(m, i);
		if (i == 0 || bp_model_is_special(m, i))
			continue;
		if (bp_model_is_special(m, i - 1) ||
		    bp_slice_compare_length(m->piece[i - 1], m->piece[i]) >= 0)
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
		if (bp_model_is_special(m, i))
			m->special[m->n_specials++] = (uint32_t)i;
	return true;
}

void bp_model_set_probabilities(struct model *m)
{
	/*
	 * A cache of logarithms with one slot for each hash of a count, because most counts of a
	 * model are small and occur many times.  Count 0 marks an empty slot: the logarithm for
	 * entries with count 0 is wrong, and the loop over special tokens replaces it.
	 */
	struct {
		uint64_t count;
		double log;
	} cache[1 << CACHE_BITS] = { { 0 } }, *k;
	double log_total = bp_log((double)m->total);
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		k = &cache[m->count[i] * BP_GOLDEN >> (64 - CACHE_BITS)];
		if (k->count != m->count[i]) {
			k->count = m->count[i];
			k->log = bp_log((double)k->count);
		}
		/* A difference of two logarithms, not the logarithm of a quotient: it rounds as the
		 * published implementation does, and so gives equal scores. */
		m->log_probability[i] = k->log - log_total;
	}
	for (i = 0; i < m->n_specials; i++)
		m->log_probability[m->special[i]] = -INFINITY;
}

/* Copy the bytes of the entries, and compute all that follows from the counts. */
static bool copy_bytes(struct model *m)
{
	unsigned char *at = m->bytes;
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		if (bp_must_stop_at(i))
			return false;
		memcpy(at, m->piece[i].p, m->piece[i].n);
		m->piece[i].p = at;
		m->total += m->count[i];
		at += m->piece[i].n;
	}
	bp_model_set_probabilities(m);
	return true;
}

bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err)
{
	*m = (struct model){ .n_pieces = n, .normalize = normalize };
	if (allocate_entries(m, piece, n)) {
		bp_copy(m->piece, piece, n * sizeof(*piece));	/* copy_bytes() copies the bytes */
		bp_copy(m->count, count, n * sizeof(*count));
		if (bp_model_list_specials(m) && copy_bytes(m))
			return BP_OK;
	}
	bp_model_release(m);
	return bp_fail_memory(err);
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

/* The first BP_FIRST_PIECE special tokens are not entries: their names are constant. */
size_t bp_model_n_specials(const struct model *m)
{
	return BP_FIRST_PIECE + m->n_specials;
}

uint32_t bp_model_special_id(const struct model *m, size_t i)
{
	return i < BP_FIRST_PIECE ? (uint32_t)i : bp_id_of_entry(m->special[i - BP_FIRST_PIECE]);
}

struct slice bp_model_special_name(const struct model *m, size_t i)
{
	return i < BP_FIRST_PIECE ? bp_string(bp_first_specials[i])
				  : m->piece[m->special[i - BP_FIRST_PIECE]];
}

/* A name must be valid UTF-8, because the JSON form and other libraries cannot hold another one. */
bool bp_special_name_ok(struct slice name, const char **why)
{
	size_t i;

	*why = name.n == 0 ? "has no name" : bp_piece_length_fault(name.n);
	for (i = 0; i < BP_FIRST_PIECE && *why == NULL; i++)
		if (bp_slice_is(name, bp_first_specials[i]))
			*why = "exists in every model";
	if (*why == NULL && bp_utf8_valid(name) < name.n)
		*why = "is not valid UTF-8";
	return *why == NULL;
}
