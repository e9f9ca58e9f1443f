/*
 * The calls of bytepiece.h on a loaded model.  Text of up to SHORT bytes is encoded with all of the
 * search's state on the stack: an allocation would take a large part of the time of a short call.
 */
#include "bytepiece.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "io/reader.h"
#include "model/model_file.h"
#include "text/cut.h"
#include "text/escape.h"
#include "text/nfc.h"

const char *bp_version(void)
{
	return BP_VERSION;
}

/* A model that was read is prepared for encoding at once: after bp_load() it must never change. */
static bp_model *finish_load(bp_model *m, bp_status st, const char *name, bp_error *err)
{
	if (st == BP_OK && bp_model_prepare(m, name, err) == BP_OK)
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
	return finish_load(m, bp_model_read(&m->model, path, err), bp_input_name(path), err);
}

bp_model *bp_load_memory(const void *data, size_t len, const char *name, bp_error *err)
{
	bp_model *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	return finish_load(m, bp_model_parse(&m->model, (struct slice){ data, len }, name, err),
			   name, err);
}

/* Parts that were never made are zero: a model may be freed at every stage of its loading. */
void bp_free(bp_model *m)
{
	if (m == NULL)
		return;
	bp_score_rows_release(&m->rows);
	bp_rows_on_demand_free(m->on_demand);
	bp_vocabulary_release(&m->vocabulary);
	free(m->entry);
	bp_model_release(&m->model);
	free(m);
}

size_t bp_encode_bound(size_t len)
{
	/* The normal form has at most three bytes for each byte (U+1D160: 4 bytes become 12); a
	 * test of all characters confirms that. */
	return len > SIZE_MAX / 3 ? SIZE_MAX : 3 * len;
}

/* The limit of encode_with_rows() and encode_without(), which allocate nothing. */
enum { SHORT = 256 };
_Static_assert(SHORT <= (int)BP_VITERBI_SMALL && SHORT <= (int)BP_FAST_SEARCH_SMALL,
	       "a short text fits into the scratch of both searches");

/* Encode a short normalised text with the kernel (encode/fast_search.h). */
static bool encode_with_rows(const bp_model *m, const struct score_rows *rows, struct slice s,
			     uint32_t *ids, size_t *n)
{
	uint32_t length[SHORT];
	struct fast_search_scratch scratch;
	struct fast_search b;
	struct slice rest = s;
	size_t k;

	for (k = 0; rest.n > 0; k++) {
		length[k] = (uint32_t)bp_segment_length(m->model.newlines, rest);
		rest.p += length[k];
		rest.n -= length[k];
	}
	bp_fast_search_borrow(&b, &m->vocabulary, rows, m->kernel, &scratch, ids);
	if (!bp_fast_search_load(&b, s.p, length, k))
		return false;
	bp_fast_search_run(&b, s.n);
	if (!bp_fast_search_path(&b, 0, s.n, 0))
		return false;
	*n = b.path.n;
	return true;
}

/* Encode a short normalised text by the exact search, for models without score rows. */
static bool encode_without(const bp_model *m, struct slice s, uint32_t *ids, size_t *n)
{
	const struct cut_rules segments = { .newlines = m->model.newlines };
	struct viterbi_scratch scratch;
	struct viterbi v;
	size_t pos = 0;

	bp_viterbi_borrow(&v, &m->vocabulary, &scratch, ids);
	while (pos < s.n)
		if (!bp_viterbi_feed(&v, bp_cut(&segments, s, &pos)) || !bp_viterbi_end(&v))
			return false;
	*n = v.path.n;
	return true;
}

/* A model loaded with score rows on demand (encode/score_rows.h) makes them after enough text. */
static bool encode_short(const bp_model *m, struct slice s, uint32_t *ids, size_t *n)
{
	const struct score_rows *rows = bp_model_rows(m, s.n);

	return rows != NULL ? encode_with_rows(m, rows, s, ids, n) : encode_without(m, s, ids, n);
}

static struct slice only_text(const void *ctx, size_t i)
{
	(void)i;
	return *(const struct slice *)ctx;
}

/* The encoder's path is the caller's array, which is large enough never to grow. */
static bool encode_long(const bp_model *m, struct slice s, uint32_t *ids, size_t *n)
{
	const struct text_list one = { only_text, &s, 1 };
	struct encoder e = { 0 };
	struct path *path = bp_encoder_path(&e);
	bool ok = bp_encoder_init(&e, m);

	*path = (struct path){ ids, 0, bp_encode_bound(s.n) };
	ok = ok && bp_encoder_list(&e, &one, NULL, NULL);
	*n = ok ? path->n : 0;
	*path = (struct path){ 0 };
	bp_encoder_release(&e);
	return ok;
}

bp_status bp_encode(const bp_model *m, const char *text, size_t len, uint32_t *ids, size_t *n)
{
	struct slice s = bp_slice(text, len);
	struct buf scratch = { 0 };
	bool ok = true;

	*n = 0;
	/* The normal form of a short text may be long: then the encoder normalises it again. */
	if (len <= SHORT && m->model.normalize == BP_NORMALIZE_NFC)
		ok = bp_nfc(s, &scratch, &s);
	if (ok && s.n <= SHORT && len <= SHORT) {
		ok = encode_short(m, s, ids, n);
		bp_ids_of_entries(ids, *n);
	} else {
		ok = ok && encode_long(m, bp_slice(text, len), ids, n);
	}
	bp_buf_release(&scratch);
	return ok ? BP_OK : bp_fail_memory(NULL);
}

/* An unknown id ends the call, whatever the room: otherwise a measuring call could succeed, and
 * the second call fail. */
bp_status bp_decode(const bp_model *m, const uint32_t *ids, size_t n, char *text, size_t cap,
		    size_t *len)
{
	struct slice s;
	size_t i, sum = 0;

	for (i = 0; i < n; i++) {
		if (ids[i] >= bp_model_n_ids(&m->model)) {
			*len = i;
			return BP_EFORMAT;
		}
		if (!bp_model_is_piece(&m->model, ids[i]))
			continue;
		s = m->model.piece[bp_entry_of_id(ids[i])];
		/* After a piece that does not fit, sum exceeds cap: no later piece is written. */
		if (sum <= cap && s.n <= cap - sum)
			memcpy(text + sum, s.p, s.n);
		sum += s.n;
	}
	*len = sum;
	return sum <= cap ? BP_OK : BP_ERANGE;
}

uint32_t bp_vocab_size(const bp_model *m)
{
	return bp_model_n_ids(&m->model);
}

const char *bp_piece(const bp_model *m, uint32_t id, size_t *len)
{
	struct slice s = { 0 };

	if (bp_model_is_piece(&m->model, id))
		s = m->model.piece[bp_entry_of_id(id)];
	*len = s.n;
	return (const char *)s.p;
}

/* If there is no such piece, the slice is empty, and so is the text. */
size_t bp_piece_text(const bp_model *m, uint32_t id, char *text, size_t cap)
{
	struct slice s;

	s.p = (const unsigned char *)bp_piece(m, id, &s.n);
	return bp_escape_bounded(s, text, cap);
}

uint32_t bp_piece_id(const bp_model *m, const char *bytes, size_t len)
{
	struct slice s = bp_slice(bytes, len);
	uint32_t entry = bp_automaton_find(&m->vocabulary.a, s, m->model.piece);

	return entry == BP_NO_PIECE ? BP_NO_ID : bp_id_of_entry(entry);
}

uint64_t bp_piece_count(const bp_model *m, uint32_t id)
{
	return bp_model_is_piece(&m->model, id) ? m->model.count[bp_entry_of_id(id)] : 0;
}

double bp_piece_log_probability(const bp_model *m, uint32_t id)
{
	if (!bp_model_is_piece(&m->model, id))
		return -INFINITY;
	return m->model.log_probability[bp_entry_of_id(id)];
}

uint32_t bp_special_id(const bp_model *m, size_t i)
{
	return i < bp_model_n_specials(&m->model) ? bp_model_special_id(&m->model, i) : BP_NO_ID;
}

const char *bp_special(const bp_model *m, size_t i, size_t *len)
{
	struct slice s = { 0 };

	if (i < bp_model_n_specials(&m->model))
		s = bp_model_special_name(&m->model, i);
	*len = s.n;
	return (const char *)s.p;
}

bp_normalize bp_model_normalize(const bp_model *m)
{
	return m->model.normalize;
}

bp_newlines bp_model_newlines(const bp_model *m)
{
	return m->model.newlines;
}
