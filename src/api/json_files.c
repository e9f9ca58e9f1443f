/* Texts as objects of JSON: ids, pieces, and where in the input each piece stands. */
#include "api/json_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "io/progress.h"
#include "api/special_names.h"
#include "api/per_text.h"
#include "text/nfc.h"

struct json_worker {
	struct encoder encoder;
	const struct special_matcher *names;	/* NULL: no special tokens are recognised */
	struct special_hits hits;
	struct buf scratch;
	struct nfc_changes changes;
	struct buf pieces, offsets;	/* of the text, for after its ids */
	struct format piece;		/* as text */
};

struct json_job {
	const bp_model *model;
	struct json_worker *worker;
	unsigned n_workers;
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

/* Separated by ", ". */
static bool put_id(uint32_t id, struct buf *out)
{
	return put(out, out->data[out->len - 1] == '[' ? "" : ", ") && put_number(out, id);
}

/* As BP_FORMAT_PIECES has it; of what that leaves, JSON wants two characters escaped. */
static bool put_piece(struct json_worker *w, struct slice piece)
{
	struct buf *out = &w->pieces;
	size_t i;

	w->piece.text.len = 0;
	if (!put(out, out->len > 0 ? ", \"" : "\"") || !bp_format_bytes(&w->piece, piece))
		return false;
	for (i = 0; i < w->piece.text.len; i++) {
		if ((w->piece.text.data[i] == '"' || w->piece.text.data[i] == '\\') &&
		    !bp_buf_byte(out, '\\'))
			return false;
		if (!bp_buf_byte(out, w->piece.text.data[i]))
			return false;
	}
	return put(out, "\"");
}

static bool put_place(struct buf *out, size_t from, size_t to)
{
	return put(out, out->len > 0 ? ", [" : "[") && put_number(out, from) && put(out, ", ") &&
	       put_number(out, to) && put(out, "]");
}

/* A token that is no piece, at this place of the text. */
static bool put_token(struct json_worker *w, uint32_t id, size_t from, size_t to, struct format *out)
{
	return put_id(id, &out->text) && put_piece(w, bp_token_bytes(out->model, id)) &&
	       put_place(&w->offsets, from, to);
}

/* All pieces of a part of the text, which has 'before' bytes of it before it. */
static bool put_part(struct json_worker *w, struct slice part, size_t before, struct format *out)
{
	const struct model *m = &out->model->model;
	struct places begin = { &w->changes, 0 }, end = begin;
	struct fast_search *b = &w->encoder.batch;
	size_t i, at = 0, from;
	struct slice piece;

	b->n_path = 0;
	w->changes.n = 0;
	if (m->normalize == BP_NORMALIZE_NFC &&
	    !bp_nfc_changes(part, &w->scratch, &part, &w->changes))
		return false;
	if (!bp_encoder_normal_text(&w->encoder, part))
		return false;
	for (i = 0; i < b->n_path; i++) {
		piece = m->piece[b->path[i]];
		from = before + place_of(&begin, at, true);
		at += piece.n;
		if (!put_id(bp_id_of_entry(b->path[i]), &out->text) || !put_piece(w, piece) ||
		    !put_place(&w->offsets, from, before + place_of(&end, at, false)))
			return false;
	}
	return true;
}

/* All of a text, and the special tokens in it. */
static bool put_tokens(struct json_worker *w, struct slice text, struct format *out)
{
	const struct special_hit *hit;
	struct slice part;
	size_t i, from = 0, to;

	w->hits.n = 0;
	if (w->names != NULL &&
	    !bp_special_matcher_find(w->names, text, BP_NO_STOP, true, &w->hits, &to))
		return false;
	for (i = 0; i <= w->hits.n; i++) {
		hit = i < w->hits.n ? &w->hits.hit[i] : NULL;
		to = hit != NULL ? hit->at : text.n;
		part = (struct slice){ to > from ? text.p + from : text.p, to - from };
		if (!put_part(w, part, from, out))
			return false;
		if (hit != NULL && !put_token(w, hit->id, to, to + hit->n, out))
			return false;
		from = hit != NULL ? to + hit->n : to;
	}
	return true;
}

static bool init_encoders(void *ctx)
{
	struct json_job *j = ctx;
	unsigned i;

	for (i = 0; i < j->n_workers; i++)
		if (!bp_encoder_init(&j->worker[i].encoder, j->model))
			return false;
	return true;
}

static bool put_text(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct json_worker *w = &((struct json_job *)ctx)->worker[worker];

	w->pieces.len = w->offsets.len = 0;
	return put(&out->text, "{\"ids\": [") &&
	       (!out->bos || put_token(w, BP_ID_BOS, 0, 0, out)) && put_tokens(w, text, out) &&
	       (!out->eos || put_token(w, BP_ID_EOS, text.n, text.n, out)) &&
	       put(&out->text, "], \"pieces\": [") &&
	       bp_buf_append(&out->text, w->pieces.data, w->pieces.len) &&
	       put(&out->text, "], \"offsets\": [") &&
	       bp_buf_append(&out->text, w->offsets.data, w->offsets.len) &&
	       put(&out->text, "]}\n");
}

bp_status bp_encode_json(const bp_model *m, const struct late_model *late, const bp_input *in,
			 const char *out, bp_error *err)
{
	struct json_job j = { .model = m, .n_workers = bp_threads(in) };
	struct per_text job = { .model = m, .late = late, .in = in, .ready = init_encoders,
				.text = put_text, .ctx = &j };
	struct json_worker *w = j.worker = calloc(j.n_workers, sizeof(*j.worker));
	struct special_matcher names = { 0 };
	bp_status st = BP_OK;
	unsigned i;

	if (w == NULL)
		return bp_fail_memory(err);
	if (in->specials)
		st = bp_special_names(&names, m, err);
	for (i = 0; i < j.n_workers; i++)
		w[i].names = in->specials ? &names : NULL;
	if (st == BP_OK)
		st = bp_per_text(&job, out, err);
	bp_special_matcher_release(&names);
	for (i = 0; i < j.n_workers; i++) {
		bp_encoder_release(&w[i].encoder);
		bp_buf_release(&w[i].scratch);
		bp_buf_release(&w[i].pieces);
		bp_buf_release(&w[i].offsets);
		bp_buf_release(&w[i].piece.text);
		free(w[i].changes.change);
		free(w[i].hits.hit);
	}
	free(w);
	return st;
}
