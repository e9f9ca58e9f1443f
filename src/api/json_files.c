/*
 * The format "json": for each text an object of ids, pieces, and offsets of the pieces in the
 * input.
 *
 * A worker encodes the texts of a block together, and maps each end of a piece back to the input
 * with the list of changes that the normalisation made (nfc.h).  Ids are written at once; pieces
 * and offsets follow them in the object, so they are collected in buffers of their own.
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
	struct json_part {	/* texts are divided at the names in them */
		struct slice text;
		struct special_hit name;	/* behind it; n is 0 at the end of a text */
		size_t end;	/* of its ids in the path of the encoder */
	} *part;		/* of the block */
	size_t n_parts, cap_part, next;	/* next: the first that is not encoded, or not written */
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
static bool put_id_list(const uint32_t *id, size_t n, struct buf *out)
{
	unsigned char *p;
	size_t i;

	if (n > SIZE_MAX / ID_ROOM || !bp_buf_reserve(out, n * ID_ROOM))
		return false;
	p = out->data + out->len;
	for (i = 0; i < n; i++) {
		if (p[-1] != '[')
			p = put_comma(p);
		p = bp_format_decimal(p, id[i]);
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
static bool put_piece_string(struct json_worker *w, struct slice piece, uint32_t id)
{
	struct json_string *s = &w->string[bp_entry_of_id(id)];

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
			    const uint32_t *id, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		BP_PREFETCH(&m->piece[bp_entry_of_id(id[i])]);
		BP_PREFETCH(&w->string[bp_entry_of_id(id[i])]);
	}
	for (i = 0; i < n; i++)
		BP_PREFETCH(BP_AT(w->strings.data, w->string[bp_entry_of_id(id[i])].at));
}

/* Append a special token; [from, to) is its name in the text, empty for BP_ID_BOS and BP_ID_EOS. */
static bool put_special(struct json_worker *w, uint32_t id, size_t from, size_t to,
			struct format *out)
{
	unsigned char *p;

	out->n_tokens++;
	if (!put_id_list(&id, 1, &out->text) ||
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
static bool put_pieces(struct json_worker *w, const struct model *m, const uint32_t *id, size_t n,
		       size_t before)
{
	struct offset_map begin = { &w->changes, 0 }, end = begin;
	size_t i, at = 0, from;
	struct slice piece;
	unsigned char *p;

	if (n > SIZE_MAX / OFFSETS_ROOM || !bp_buf_reserve(&w->offsets, n * OFFSETS_ROOM))
		return false;
	p = BP_AT(w->offsets.data, w->offsets.len);
	for (i = 0; i < n; i++) {
		if (bp_must_stop_at(i))
			return false;
		if (i % LOOK_UP == 0)
			prefetch_pieces(w, m, id + i, BP_MIN(n - i, LOOK_UP));
		piece = m->piece[bp_entry_of_id(id[i])];
		from = before + map_offset(&begin, at, true);
		at += piece.n;
		if (!put_piece_string(w, piece, id[i]))
			return false;
		p = put_offsets(p, from, before + map_offset(&end, at, false));
	}
	w->offsets.len = n > 0 ? (size_t)(p - w->offsets.data) : w->offsets.len;
	return true;
}

/* Divide a text of the block at the names of special tokens. */
static bool collect_parts(void *ctx, unsigned worker, struct slice text, struct format *out)
{
	struct json_worker *w = &((struct json_job *)ctx)->worker[worker];
	struct special_hits *hits = &w->hits;
	size_t i, end;

	(void)out;
	hits->n = 0;
	if ((w->names != NULL &&
	     !bp_special_matcher_find(w->names, text, BP_NO_MARK, true, hits, &end)) ||
	    !BP_GROW(w->part, w->cap_part, w->n_parts + hits->n + 1))
		return false;
	for (i = 0; i <= hits->n; i++)
		w->part[w->n_parts++] = (struct json_part){
			bp_special_hits_gap(hits, text, i),
			i < hits->n ? hits->hit[i] : (struct special_hit){ 0 }, 0
		};
	return true;
}

static struct slice part_at(const void *ctx, size_t i)
{
	return ((const struct json_worker *)ctx)->part[i].text;
}

static bool end_part(void *ctx, const uint32_t *id, size_t n, bool ended)
{
	struct json_worker *w = ctx;

	(void)id, (void)ended;
	w->part[w->next++].end = n;
	return true;
}

/* Encode all parts of the block. */
static bool encode_parts(struct json_worker *w)
{
	struct text_list list = { part_at, w, w->n_parts };
	bool ok;

	bp_encoder_path(&w->encoder)->n = 0;
	ok = bp_encoder_list(&w->encoder, &list, end_part, w);
	w->next = 0;
	return ok;
}

/* Append the tokens of the next part, which begins at offset 'before' of its text. */
static bool put_part(struct json_worker *w, size_t before, struct format *out)
{
	const struct json_part *part = &w->part[w->next];
	size_t from = w->next > 0 ? w->part[w->next - 1].end : 0, n = part->end - from;
	const uint32_t *id = BP_AT(bp_encoder_path(&w->encoder)->piece, from);
	const struct model *m = &out->model->model;
	struct slice normal;

	w->next++;
	w->changes.n = 0;
	if (m->normalize == BP_NORMALIZE_NFC &&
	    !bp_nfc_changes(part->text, &w->scratch, &normal, &w->changes))
		return false;
	out->n_tokens += n;
	return put_id_list(id, n, &out->text) && put_pieces(w, m, id, n, before);
}

/* Append all tokens of the next text. */
static bool put_tokens_of_text(struct json_worker *w, struct format *out)
{
	struct special_hit name;
	size_t from = 0;

	if (w->next == 0 && !encode_parts(w))
		return false;
	do {
		name = w->part[w->next].name;
		if (!put_part(w, from, out))
			return false;
		from = name.at + name.n;
		if (name.n > 0 && !put_special(w, name.id, name.at, from, out))
			return false;
	} while (name.n > 0);
	if (w->next == w->n_parts)
		w->next = w->n_parts = 0;
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
	       put_tokens_of_text(w, out) &&
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
	struct per_text job = { .call = call, .ready = init_json_workers,
				.collect = collect_parts, .text = put_object, .ctx = &j };
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
		free(w[i].part);
	}
	free(w);
	return st;
}
