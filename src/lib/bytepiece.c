/* The calls of bytepiece.h: thin, over encode/ and model/. */
#include "bytepiece.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "model/model_file.h"

static bp_model *finish_load(bp_model *m, bp_status st, bp_error *err)
{
	if (st == BP_OK && bp_model_prepare(m, err) == BP_OK)
		return m;
	bp_free(m);
	return NULL;
}

bp_model *bp_load(const char *path, bp_error *err)
{
	bp_model *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	return finish_load(m, bp_model_read(&m->model, path, err), err);
}

bp_model *bp_load_memory(const void *data, size_t len, const char *name, bp_error *err)
{
	bp_model *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	return finish_load(m, bp_model_parse(&m->model, (struct slice){ data, len }, name, err), err);
}

void bp_free(bp_model *m)
{
	if (m == NULL)
		return;
	bp_score_rows_release(&m->rows);
	bp_unigram_release(&m->unigram);
	bp_model_release(&m->model);
	free(m);
}

size_t bp_encode_bound(size_t len)
{
	/* A character grows at most threefold (U+1D160: 4 bytes become 12); a test holds this. */
	return len > SIZE_MAX / 3 ? SIZE_MAX : 3 * len;
}

bp_status bp_encode(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n)
{
	struct encoder e = { 0 };
	bp_status st = BP_ENOMEM;
	size_t i;

	*n = 0;
	if (bp_encoder_init(&e, m) &&
	    bp_encoder_text(&e, (struct slice){ (const unsigned char *)text, len })) {
		for (i = 0; i < e.batch.n_path; i++)
			ids[i] = e.batch.path[i] + BP_FIRST_PIECE;
		*n = i;
		st = BP_OK;
	}
	bp_encoder_release(&e);
	return st;
}

bp_status bp_decode(const bp_model *m, const uint32_t *ids, size_t n, char *text, size_t cap,
		    size_t *len)
{
	const char *piece;
	size_t i, k, sum = 0;

	for (i = 0; i < n; i++) {
		if (ids[i] < BP_FIRST_PIECE)
			continue;
		if ((piece = bp_piece(m, ids[i], &k)) == NULL) {
			*len = i;
			return BP_EFORMAT;
		}
		/* Once a piece has not fitted, sum stays above cap: nothing is left out between. */
		if (sum <= cap && k <= cap - sum)
			memcpy(text + sum, piece, k);
		sum += k;
	}
	*len = sum;
	return sum <= cap ? BP_OK : BP_ERANGE;
}

uint32_t bp_vocab_size(const bp_model *m)
{
	return (uint32_t)m->model.n_pieces + BP_FIRST_PIECE;
}

static bool is_piece(const bp_model *m, uint32_t id)
{
	return id >= BP_FIRST_PIECE && id - BP_FIRST_PIECE < m->model.n_pieces;
}

const char *bp_piece(const bp_model *m, uint32_t id, size_t *len)
{
	struct slice s = { 0 };

	if (is_piece(m, id))
		s = m->model.piece[id - BP_FIRST_PIECE];
	*len = s.n;
	return (const char *)s.p;
}

uint32_t bp_piece_id(const bp_model *m, const char *bytes, size_t len)
{
	struct slice s = { (const unsigned char *)bytes, len };
	uint32_t piece = bp_automaton_find(&m->unigram.a, s, m->model.piece);

	return piece == BP_NO_PIECE ? BP_NO_ID : piece + BP_FIRST_PIECE;
}

uint64_t bp_piece_count(const bp_model *m, uint32_t id)
{
	return is_piece(m, id) ? m->model.count[id - BP_FIRST_PIECE] : 0;
}

double bp_piece_log_probability(const bp_model *m, uint32_t id)
{
	return is_piece(m, id) ? m->model.log_probability[id - BP_FIRST_PIECE] : -INFINITY;
}

bp_normalize bp_model_normalize(const bp_model *m)
{
	return m->model.normalize;
}
