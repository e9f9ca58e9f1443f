/*
 * bp_encode_texts() and bp_encode_text_list(): many texts in one call.
 *
 * A job of base/parallel.h, with neighbouring texts as chunks.  A worker appends the pieces of its
 * texts to the path of the chunk and notes where each text ends; 'drain' appends the chunk's ids to
 * the result.  With one worker the path of the chunk is that of the result, and nothing is copied.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/format.h"
#include "api/special_names.h"
#include "base/host.h"
#include "base/parallel.h"

/* Bytes of text in a chunk, and its texts: an empty text takes time, too. */
enum { CHUNK_BYTES = 128 * 1024, CHUNK_TEXTS = 8 * 1024 };

struct bp_ids {
	struct path ids;
	uint64_t *offset;	/* n_texts + 1 */
	size_t n_texts;
};

/* The texts of a call, in one of both forms. */
struct texts {
	const char *all;	/* with 'offset' */
	const uint64_t *offset;
	size_t gap;		/* bytes behind each text that do not belong to it */
	const char *const *text;	/* if 'offset' is NULL; with 'len' */
	const size_t *len;
	size_t n;
};

struct texts_chunk {
	size_t from, to;	/* its texts */
	struct text_part {	/* with special tokens, texts are divided at their names */
		struct slice text;
		uint32_t then;	/* id of the special token behind it; BP_NO_ID: the text ends */
	} *part;
	size_t n_parts, cap_part;	/* no parts: each text is one */
	struct special_hits hits;	/* in one of its texts */
	struct path own;	/* its ids, if there are several workers */
	/* While it is encoded: */
	const struct texts_job *job;
	struct path *path;
	size_t done, at;	/* parts and texts that are in the path */
};

struct texts_job {
	const bp_model *m;
	const struct texts *texts;
	const bp_texts_options *options;
	size_t next;		/* the first text of the next chunk */
	unsigned n_workers;
	struct encoder *encoder;	/* one for each worker */
	bp_ids *result;
};

static struct slice text_at(const struct texts *t, size_t i)
{
	if (t->offset == NULL)
		return bp_slice(t->text[i], t->len[i]);
	return bp_slice(BP_AT(t->all, (size_t)t->offset[i]),
			(size_t)(t->offset[i + 1] - t->offset[i]) - t->gap);
}

static bp_status fill_texts(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct texts_job *j = ctx;
	struct texts_chunk *c = chunk;
	size_t sum = 0, i = j->next;

	(void)err;
	for (c->from = i; i < j->texts->n && i - c->from < CHUNK_TEXTS && sum < CHUNK_BYTES; i++)
		sum += text_at(j->texts, i).n;
	c->to = j->next = i;
	*more = c->to > c->from;
	return BP_OK;
}

static bool put_token(struct path *path, uint32_t id)
{
	uint32_t token = BP_TOKEN(id);

	return bp_path_append(path, &token, 1);
}

/* Divide a text at the names of special tokens. */
static bool divide_text(const struct texts_job *j, struct texts_chunk *c, struct slice s)
{
	struct special_hits *hits = &c->hits;
	size_t i, end;

	hits->n = 0;
	if (!bp_special_matcher_find(&j->options->specials->names, s, BP_NO_MARK, true, hits,
				     &end) ||
	    !BP_GROW(c->part, c->cap_part, c->n_parts + hits->n + 1))
		return false;
	for (i = 0; i <= hits->n; i++)
		c->part[c->n_parts++] = (struct text_part){
			bp_special_hits_gap(hits, s, i),
			i < hits->n ? hits->hit[i].id : BP_NO_ID
		};
	return true;
}

static struct slice part_at(const void *ctx, size_t i)
{
	const struct texts_chunk *c = ctx;

	return c->n_parts > 0 ? c->part[i].text : text_at(c->job->texts, c->from + i);
}

/* The next part of a chunk is in the path: put the tokens behind it, and note the end of a text. */
static bool end_part(void *ctx, const uint32_t *piece, size_t n, bool ended)
{
	struct texts_chunk *c = ctx;
	const struct texts_job *j = c->job;
	uint32_t id = c->n_parts > 0 ? c->part[c->done++].then : BP_NO_ID;

	(void)piece, (void)n, (void)ended;
	if (id != BP_NO_ID)
		return put_token(c->path, id);
	if (j->options->eos && !put_token(c->path, BP_ID_EOS))
		return false;
	j->result->offset[++c->at] = c->path->n;
	return !j->options->bos || c->at == c->to || put_token(c->path, BP_ID_BOS);
}

/* Encode a chunk to the path of the encoder. */
static bool encode_parts(struct texts_job *j, struct encoder *e, struct texts_chunk *c)
{
	struct text_list list = { part_at, c, 0 };
	const uint32_t bos = BP_ID_BOS;
	size_t i;

	c->n_parts = 0;
	for (i = c->from; i < c->to && j->options->specials != NULL; i++)
		if (!divide_text(j, c, text_at(j->texts, i)))
			return false;
	list.n = c->n_parts > 0 ? c->n_parts : c->to - c->from;
	c->job = j;
	c->path = bp_encoder_path(e);
	c->done = 0;
	c->at = c->from;
	/* Not put_token(): the encoder makes ids of the tokens that it finds behind this one. */
	return (!j->options->bos || bp_path_append(c->path, &bos, 1)) &&
	       bp_encoder_list(e, &list, end_part, c);
}

/* The encoder borrows the path of the chunk.  Offsets are those in this path. */
static bp_status encode_chunk_texts(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct texts_job *j = ctx;
	struct texts_chunk *c = chunk;
	struct encoder *e = &j->encoder[worker];
	struct path *out = j->n_workers > 1 ? &c->own : &j->result->ids, mine;
	bool ok;

	if (j->n_workers > 1)
		out->n = 0;
	mine = *bp_encoder_path(e);
	*bp_encoder_path(e) = *out;
	ok = encode_parts(j, e, c);
	*out = *bp_encoder_path(e);
	*bp_encoder_path(e) = mine;
	return ok ? BP_OK : bp_fail_memory(err);
}

/* With one worker all is in the result already. */
static bp_status append_chunk(void *ctx, void *chunk, bp_error *err)
{
	struct texts_job *j = ctx;
	struct texts_chunk *c = chunk;
	bp_ids *r = j->result;
	size_t i, before = r->ids.n;

	if (j->n_workers <= 1)
		return BP_OK;
	if (!bp_path_append(&r->ids, c->own.piece, c->own.n))
		return bp_fail_memory(err);
	for (i = c->from; i < c->to; i++)
		r->offset[i + 1] += before;
	return BP_OK;
}

/* No more workers than chunks.  The system takes long to count the processors. */
static unsigned count_workers(const struct texts *t, const bp_texts_options *o, size_t bytes)
{
	size_t chunks = bytes / CHUNK_BYTES + t->n / CHUNK_TEXTS + 1;

	if (chunks > 1)
		chunks = BP_MIN(chunks, o->threads > 0 ? o->threads : bp_host_processors());
	return (unsigned)chunks;
}

/* Texts in memory of the caller have fewer bytes than SIZE_MAX, if none is counted twice. */
static size_t count_bytes(const struct texts *t)
{
	size_t sum = 0, i;

	if (t->offset != NULL && t->n > 0)
		return (size_t)(t->offset[t->n] - t->offset[0]);
	for (i = 0; i < t->n; i++)
		sum += BP_MIN(text_at(t, i).n, SIZE_MAX - sum);
	return sum;
}

/* Encode all texts into a result that is empty. */
static bp_status encode_all(struct texts_job *j, bp_error *err)
{
	unsigned n_chunks = bp_parallel_chunks(j->n_workers), i;
	struct texts_chunk *c = calloc(n_chunks, sizeof(*c));
	struct parallel p = { .fill = fill_texts, .work = encode_chunk_texts,
			      .drain = append_chunk, .ctx = j, .n_workers = j->n_workers };
	size_t n_encoders = BP_MAX(j->n_workers, 1u);
	bool ok = c != NULL && (j->encoder = calloc(n_encoders, sizeof(*j->encoder))) != NULL;
	bp_status st;

	for (i = 0; i < j->n_workers && ok; i++)
		ok = bp_encoder_init(&j->encoder[i], j->m);
	st = ok ? bp_parallel(&p, c, sizeof(*c), err) : bp_fail_memory(err);
	for (i = 0; i < n_chunks && c != NULL; i++) {
		free(c[i].own.piece);
		free(c[i].part);
		free(c[i].hits.hit);
	}
	for (i = 0; i < j->n_workers && j->encoder != NULL; i++)
		bp_encoder_release(&j->encoder[i]);
	free(j->encoder);
	free(c);
	return st;
}

static bp_ids *encode_texts(const bp_model *m, const struct texts *t, const bp_texts_options *o,
			    bp_error *err)
{
	static const bp_texts_options zero = { 0 };
	struct texts_job j = { .m = m, .texts = t, .options = o != NULL ? o : &zero };
	size_t bytes = count_bytes(t);

	if (j.options->specials != NULL && j.options->specials->model != m) {
		bp_fail(err, BP_ERANGE, "the special tokens are those of another model");
		return NULL;
	}
	j.result = calloc(1, sizeof(*j.result));
	if (j.result == NULL || t->n == SIZE_MAX ||
	    (j.result->offset = bp_array(t->n + 1, sizeof(*j.result->offset))) == NULL ||
	    !bp_path_reserve(&j.result->ids, 1)) {
		bp_fail_memory(err);
		bp_ids_free(j.result);
		return NULL;
	}
	j.result->n_texts = t->n;
	j.result->offset[0] = 0;
	j.n_workers = count_workers(t, j.options, bytes);
	/* About as many ids as English text has, to copy less; no matter if there is no memory. */
	(void)bp_path_reserve(&j.result->ids, bytes / 4);
	if (encode_all(&j, err) == BP_OK)
		return j.result;
	bp_ids_free(j.result);
	return NULL;
}

/* BP_ERANGE unless each text lies inside of the bytes that the caller lends. */
static bp_status check_offsets(const uint64_t *offset, size_t n, size_t len, bp_error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (offset[i] > offset[i + 1])
			return bp_fail(err, BP_ERANGE, "offset %zu of the texts, %" PRIu64
				       ", is less than the one before it, %" PRIu64, i + 1,
				       offset[i + 1], offset[i]);
	if (n > 0 && offset[n] > len)
		return bp_fail(err, BP_ERANGE, "offset %zu of the texts, %" PRIu64
			       ", is greater than their %zu bytes", n, offset[n], len);
	return BP_OK;
}

static uint64_t *fail_ends(size_t n, bp_error *err)
{
	bp_fail(err, BP_ERANGE, "the texts are not %zu that end in NUL", n);
	return NULL;
}

/* The offsets of n texts that end in NUL, and of the end, for free(). */
static uint64_t *find_texts(const char *text, size_t len, size_t n, bp_error *err)
{
	uint64_t *offset;
	const char *end;
	size_t i, at = 0;

	/* Each has a byte, its NUL: the array is in proportion to the texts. */
	if (n > len)
		return fail_ends(n, err);
	offset = n < SIZE_MAX ? bp_array(n + 1, sizeof(*offset)) : NULL;
	if (offset == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	for (i = 0; i < n && at < len; i++) {
		offset[i] = at;
		end = memchr(text + at, '\0', len - at);
		at = end != NULL ? (size_t)(end - text) + 1 : len + 1;
	}
	offset[i] = at;
	if (i == n && at == len)
		return offset;
	free(offset);
	return fail_ends(n, err);
}

bp_ids *bp_encode_texts(const bp_model *m, const char *text, size_t len, const uint64_t *offset,
			size_t n, const bp_texts_options *options, bp_error *err)
{
	struct texts t = { .all = text, .offset = offset, .n = n };
	uint64_t *found = NULL;
	bp_ids *ids = NULL;

	if (offset == NULL) {
		t.offset = found = find_texts(text, len, n, err);
		t.gap = 1;
	} else if (check_offsets(offset, n, len, err) != BP_OK) {
		return NULL;
	}
	if (t.offset != NULL)
		ids = encode_texts(m, &t, options, err);
	free(found);
	return ids;
}

bp_ids *bp_encode_text_list(const bp_model *m, const char *const *text, const size_t *len, size_t n,
			    const bp_texts_options *options, bp_error *err)
{
	struct texts t = { .text = text, .len = len, .n = n };

	return encode_texts(m, &t, options, err);
}

void bp_ids_free(bp_ids *r)
{
	if (r != NULL) {
		free(r->ids.piece);
		free(r->offset);
	}
	free(r);
}

const uint32_t *bp_ids_all(const bp_ids *r, size_t *n)
{
	*n = r->ids.n;
	return r->ids.piece;
}

const uint64_t *bp_ids_offsets(const bp_ids *r, size_t *n)
{
	*n = r->n_texts;
	return r->offset;
}
