/*
 * The format "json": for each text an object of ids, pieces, and offsets of the pieces in the
 * input.
 *
 * A worker encodes the normalised text and maps each end of a piece back to the input with the
 * list of changes that the normalisation made (nfc.h).  Ids are written at once; pieces and
 * offsets follow them in the object, so they are collected in buffers of their own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/per_text.h"
#include "api/special_names.h"
#include "encode/encoder.h"
#include "io/progress.h"
#include "text/nfc.h"

enum {
	LOOK_UP = 32,		/* pieces looked up at a time */
	ID_ROOM = BP_DECIMAL_ROOM + 2,	/* bytes of an id and the comma before it, at most */
	OFFSETS_ROOM = 2 * BP_DECIMAL_ROOM + 6
};

struct json_worker {
	struct encoder encoder;
	const struct special_matcher *names;	/* NULL: no special tokens are recognised */
	struct special_hits hits;
	struct buf scratch;
	struct nfc_changes changes;
	/* Of the text, to follow its ids; with a comma before each of them. */
	struct buf pieces, offsets;
	struct format piece;		/* a piece as text, before its escapes for JSON */
	struct json_string {
		size_t at, n;	/* n: 0 before the first use */
	} *string;		/* by entry: in 'strings' */
	struct buf strings;	/* each with the comma before it */
};

struct json_job {
	const bp_model *model;
	struct json_worker *worker;
	unsigned n_workers;
};

/* Mapping of ascending offsets in the normalised text to offsets in the input. */
struct offset_map {
	const struct nfc_changes *changes;
	size_t next;		/* first change that ends behind the last offset */
};

/*
 * The offset in the input.  An offset inside a change has no equivalent in the input: a piece that
 * begins there begins with the change, and one that ends there ends with it.
 */
static size_t map_offset(struct offset_map *p, size_t at, bool begins)
{
	const struct nfc_change *c = p->changes->change;

	while (p->next < p->changes->n && c[p->next].normal_to <= at)
		p->next++;
	if (p->next < p->changes->n && c[p->next].normal_from < at)
		return begins ? c[p->next].from : c[p->next].to;
	return p->next == 0 ? at : c[p->next - 1].to + (at - c[p->next - 1].normal_to);
}

static inline unsigned char *put_comma(unsigned char *p)
{
	*p++ = ',';
	*p++ = ' ';
	return p;
}

/* Append ids to the array that begins with the last '[' of the result. */
static bool put_id_list(const uint32_t *entry, size_t n, struct buf *out)
{
	unsigned char *p;
	size_t i;

	if (n > SIZE_MAX / ID_ROOM || !bp_buf_reserve(out, n * ID_ROOM))
		return false;
	p = out->data + out->len;
	for (i = 0; i < n; i++) {
		if (p[-1] != '[')
			p = put_comma(p);
		p = bp_format_decimal(p, bp_id_of_entry(entry[i]));
	}
	out->len = (size_t)(p - out->data);
	return true;
}

/* Append two offsets as an array, with a comma before it, and return its end. */
static unsigned char *put_offsets(unsigned char *p, size_t from, size_t to)
{
	p = put_comma(p);
	*p++ = '[';
	p = put_comma(bp_format_decimal(p, from));
	p = bp_format_decimal(p, to);
	*p++ = ']';
	return p;
}

/*
 * Append a comma and bytes as a string of JSON, in the form of bp_piece_text().  In that, JSON
 * needs escapes for two characters only.
 */
static bool put_quoted(struct json_worker *w, struct slice bytes, struct buf *out)
{
	size_t i;

	w->piece.text.len = 0;
	if (!bp_buf_string(out, ", \"") || !bp_format_bytes(&w->piece, bytes))
		return false;
	for (i = 0; i < w->piece.text.len; i++) {
		if ((w->piece.text.data[i] == '"' || w->piece.text.data[i] == '\\') &&
		    !bp_buf_byte(out, '\\'))
			return false;
		if (!bp_buf_byte(out, w->piece.text.data[i]))
			return false;
	}
	return bp_buf_string(out, "\"");
}

/* Append the string of a piece, which is made at its first use. */
static bool put_piece_string(struct json_worker *w, struct slice piece, uint32_t entry)
{
	struct json_string *s = &w->string[entry];

	if (s->n == 0) {
		s->at = w->strings.len;
		if (!put_quoted(w, piece, &w->strings))
			return false;
		s->n = w->strings.len - s->at;
	}
	return bp_buf_append(&w->pieces, w->strings.data + s->at, s->n);
}

/* Memory serves many requests at a time: ask for all that some of the next pieces need. */
static void prefetch_pieces(const struct json_worker *w, const struct model *m,
			    const uint32_t *entry, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		BP_PREFETCH(&m->piece[entry[i]]);
		BP_PREFETCH(&w->string[entry[i]]);
	}
	for (i = 0; i < n; i++)
		BP_PREFETCH(BP_AT(w->strings.data, w->string[entry[i]].at));
}

/* Append a special token; [from, to) is its name in the text, empty for BP_ID_BOS and BP_ID_EOS. */
static bool put_special(struct json_worker *w, uint32_t id, size_t from, size_t to,
			struct format *out)
{
	uint32_t token = BP_TOKEN(id);
	unsigned char *p;

	out->n_tokens++;
	if (!put_id_list(&token, 1, &out->text) ||
	    !put_quoted(w, bp_token_bytes(out->model, id), &w->pieces) ||
	    !bp_buf_reserve(&w->offsets, OFFSETS_ROOM))
		return false;
	p = w->offsets.data + w->offsets.len;
	w->offsets.len += (size_t)(put_offsets(p, from, to) - p);
	return true;
}

/*
 * Append the pieces and offsets of a part of the text that begins at offset 'before'.  A piece that
 * begins inside a change and one that ends there are mapped apart, so the two maps advance at
 * different offsets.
 */
static bool put_pieces(struct json_worker *w, const struct model *m, const struct path *path,
		       size_t before)
{
	struct offset_map begin = { &w->changes, 0 }, end = begin;
	size_t i, at = 0, from;
	struct slice piece;
	unsigned char *p;

	if (path->n > SIZE_MAX / OFFSETS_ROOM ||
	    !bp_buf_reserve(&w->offsets, path->n * OFFSETS_ROOM))
		return false;
	p = BP_AT(w->offsets.data, w->offsets.len);
	for (i = 0; i < path->n; i++) {
		if (bp_must_stop_at(i))
			return false;
		if (i % LOOK_UP == 0)
			prefetch_pieces(w, m, path->piece + i, BP_MIN(path->n - i, LOOK_UP));
		piece = m->piece[path->piece[i]];
		from = before + map_offset(&begin, at, true);
		at += piece.n;
		if (!put_piece_string(w, piece, path->piece[i]))
			return false;
		p = put_offsets(p, from, before + map_offset(&end, at, false));
	}
	w->offsets.len = path->n > 0 ? (size_t)(p - w->offsets.data) : w->offsets.len;
	return true;
}

/* Append the tokens of a part of the text that begins at offset 'before'. */
static bool put_part(struct json_worker *w, struct slice part, size_t before, struct format *out)
{
	const struct model *m = &out->model->model;
	struct path *path = bp_encoder_path(&w->encoder);

	path->n = 0;
	w->changes.n = 0;
	if (m->normalize == BP_NORMALIZE_NFC &&
	    !bp_nfc_changes(part, &w->scratch, &part, &w->changes))
		return false;
	if (!bp_encoder_normal_text(&w->encoder, part))
		return false;
	out->n_tokens += path->n;
	return put_id_list(path->piece, path->n, &out->text) && put_pieces(w, m, path, before);
}

/* Append all tokens of a text. */
static bool put_tokens_of_text(struct json_worker *w, struct slice text, struct format *out)
{
	const struct special_hit *hit;
	struct slice part;
	size_t i, from = 0, to;

	w->hits.n = 0;
	if (w->names != NULL &&
	    !bp_special_matcher_find(w->names, text, BP_NO_MARK, true, &w->hits, &to))
		return false;
	for (i = 0; i <= w->hits.n; i++) {
		hit = i < w->hits.n ? &w->hits.hit[i] : NULL;
		to = hit != NULL ? hit->at : text.n;
		part = (struct slice){ to > from ? text.p + from : text.p, to - from };
		if (!put_part(w, part, from, out))
			return false;
		if (hit != NULL && !put_special(w, hit->id, to, to + hit->n, out))
			return false;
		from = hit != NULL ? to + hit->n : to;
	}
	return true;
}

static bool init_json_workers(void *ctx)
{
	struct json_job *j = ctx;
	unsigned i;

	for (i = 0; i < j->n_workers; i++) {
		j->worker[i].string = calloc(j->model->model.n_pieces,
					     sizeof(*j->worker[i].string));
		/* lint: leak: bp_encode_json() frees both */
		if (j->worker[i].string == NULL ||
		    !bp_encoder_init(&j->worker[i].encoder, j->model))
			return false;
	}
	return true;
}

/* Append a list without the comma before its first element. */
static bool append_list(struct buf *out, const struct buf *list)
{
	size_t skip = BP_MIN(list->len, 2);

	return bp_buf_append(out, BP_AT(list->data, skip), list->len - skip);
}

static bool put_object(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct json_worker *w = &((struct json_job *)ctx)->worker[worker];

	w->pieces.len = w->offsets.len = 0;
	return bp_buf_string(&out->text, "{\"ids\": [") &&
	       (!out->bos || put_special(w, BP_ID_BOS, 0, 0, out)) &&
	       put_tokens_of_text(w, text, out) &&
	       (!out->eos || put_special(w, BP_ID_EOS, text.n, text.n, out)) &&
	       bp_buf_string(&out->text, "], \"pieces\": [") &&
	       append_list(&out->text, &w->pieces) &&
	       bp_buf_string(&out->text, "], \"offsets\": [") &&
	       append_list(&out->text, &w->offsets) &&
	       bp_buf_string(&out->text, "]}") && bp_format_terminate(out);
}

bp_status bp_encode_json(const struct encode_call *call, bp_error *err)
{
	struct json_job j = { .model = call->model, .n_workers = bp_threads(call->in) };
	struct per_text job = { .call = call, .ready = init_json_workers, .text = put_object,
				.ctx = &j };
	struct json_worker *w = j.worker = calloc(j.n_workers, sizeof(*j.worker));
	struct special_matcher names = { 0 };
	bool specials = call->options->specials;
	bp_status st = BP_OK;
	unsigned i;

	if (w == NULL)
		return bp_fail_memory(err);
	if (specials)
		st = bp_special_names(&names, call->model, err);
	for (i = 0; i < j.n_workers; i++)
		w[i].names = specials ? &names : NULL;
	if (st == BP_OK)
		st = bp_per_text(&job, err);
	bp_special_matcher_release(&names);
	for (i = 0; i < j.n_workers; i++) {
		bp_encoder_release(&w[i].encoder);
		bp_buf_release(&w[i].scratch);
		bp_buf_release(&w[i].pieces);
		bp_buf_release(&w[i].offsets);
		bp_buf_release(&w[i].piece.text);
		bp_buf_release(&w[i].strings);
		free(w[i].string);
		free(w[i].changes.change);
		free(w[i].hits.hit);
	}
	free(w);
	return st;
}
