/* Texts as objects of JSON: ids, pieces, and where in the input each piece stands. */
#include "lib/json_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "io/progress.h"
#include "lib/text_job.h"
#include "text/nfc.h"

struct json_worker {
	struct encoder encoder;
	struct buf scratch;
	struct nfc_changes changes;
};

/* From places in normalised text, in order, to those in the input. */
struct places {
	const struct nfc_changes *changes;
	size_t next;		/* the change that begins behind the last place, or holds it */
};

/*
 * A place inside of what changed has none in the input: a piece that begins there begins with the
 * change, and one that ends there ends with it.
 */
static size_t place_of(struct places *p, size_t at, bool begins)
{
	const struct nfc_change *c = p->changes->change;

	while (p->next < p->changes->n && c[p->next].normal_to <= at)
		p->next++;
	if (p->next < p->changes->n && c[p->next].normal_from < at)
		return begins ? c[p->next].from : c[p->next].to;
	return p->next == 0 ? at : c[p->next - 1].to + (at - c[p->next - 1].normal_to);
}

static bool put(struct buf *out, const char *s)
{
	return bp_buf_append(out, s, strlen(s));
}

static bool put_number(struct buf *out, uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	return put(out, text);
}

static bool put_ids(const uint32_t *piece, size_t n, struct buf *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		if ((i > 0 && !put(out, ", ")) || !put_number(out, piece[i] + BP_FIRST_PIECE))
			return false;
	return true;
}

/* Pieces as BP_FORMAT_PIECES has them; of what that leaves, JSON wants two characters escaped. */
static bool put_pieces(const struct model *m, const uint32_t *piece, size_t n, struct format *out)
{
	struct format text = { .model = out->model, .format = BP_FORMAT_PIECES };
	bool ok = true;
	size_t i, k;

	for (i = 0; i < n && ok; i++) {
		text.text.len = 0;
		ok = put(&out->text, i > 0 ? ", \"" : "\"") && bp_format_bytes(&text, m->piece[piece[i]]);
		for (k = 0; k < text.text.len && ok; k++) {
			if (text.text.data[k] == '"' || text.text.data[k] == '\\')
				ok = bp_buf_byte(&out->text, '\\');
			ok = ok && bp_buf_byte(&out->text, text.text.data[k]);
		}
		ok = ok && put(&out->text, "\"");
	}
	bp_buf_release(&text.text);
	return ok;
}

static bool put_offsets(const struct model *m, const struct nfc_changes *changes,
			const uint32_t *piece, size_t n, struct buf *out)
{
	struct places begin = { changes, 0 }, end = { changes, 0 };
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		if (!put(out, i > 0 ? ", [" : "[") || !put_number(out, place_of(&begin, at, true)))
			return false;
		at += m->piece[piece[i]].n;
		if (!put(out, ", ") || !put_number(out, place_of(&end, at, false)) || !put(out, "]"))
			return false;
	}
	return true;
}

static bool put_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct json_worker *w = (struct json_worker *)ctx + worker;
	const struct model *m = &out->model->model;
	struct batch *b = &w->encoder.batch;

	b->n_path = 0;
	w->changes.n = 0;
	if (m->normalize == BP_NORMALIZE_NFC &&
	    !bp_nfc_changes(text, &w->scratch, &text, &w->changes))
		return false;
	return bp_encoder_normal_text(&w->encoder, text) &&
	       put(&out->text, "{\"ids\": [") && put_ids(b->path, b->n_path, &out->text) &&
	       put(&out->text, "], \"pieces\": [") && put_pieces(m, b->path, b->n_path, out) &&
	       put(&out->text, "], \"offsets\": [") &&
	       put_offsets(m, &w->changes, b->path, b->n_path, &out->text) &&
	       put(&out->text, "]}\n");
}

bp_status bp_encode_json(const bp_model *m, const bp_input *in, const char *out, bp_error *err)
{
	unsigned i, n_workers = bp_threads(in);
	struct json_worker *w = calloc(n_workers, sizeof(*w));
	struct text_job job = { .model = m, .in = in, .text = put_text, .ctx = w };
	bool ok = w != NULL;
	bp_status st;

	for (i = 0; i < n_workers && ok; i++)
		ok = bp_encoder_init(&w[i].encoder, m);
	st = ok ? bp_text_job(&job, out, err) : bp_fail_memory(err);
	for (i = 0; i < n_workers && w != NULL; i++) {
		bp_encoder_release(&w[i].encoder);
		bp_buf_release(&w[i].scratch);
		free(w[i].changes.change);
	}
	free(w);
	return st;
}
