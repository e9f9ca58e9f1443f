#include "train/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/parallel.h"

enum {
	BLOCK = 32 * 1024,	/* at least so many bytes, but at a pause */
	HEAD = 1 + 8 + 4 + 4	/* of a row's key: kind, rank, bytes, segments */
};

void bp_sample_init(struct sample *s, uint64_t most)
{
	*s = (struct sample){ .most = most };
}

static void release_block(struct sample_block *b)
{
	free(b->bytes);
	free(b->length);
}

void bp_sample_release(struct sample *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		release_block(&s->block[i]);
	free(s->block);
	*s = (struct sample){ 0 };
}

bool bp_sample_is_whole(const struct sample *s, uint64_t bytes)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		sum += s->block[i].n_bytes * s->block[i].count;
	return s->bytes >= s->most || sum == bytes;
}

uint64_t bp_sample_memory(const struct sample *s)
{
	uint64_t sum = (uint64_t)s->cap * sizeof(*s->block);
	size_t i;

	for (i = 0; i < s->n; i++)
		sum += s->block[i].n_bytes + s->block[i].n * sizeof(*s->block[i].length);
	return sum;
}

/* By rank, and where two ranks are equal, by what the block is made of: as their rows sort. */
static int compare(const struct sample_block *a, const struct sample_block *b)
{
	size_t i;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->n_bytes != b->n_bytes)
		return a->n_bytes < b->n_bytes ? -1 : 1;
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (i = 0; i < a->n; i++)
		if (a->length[i] != b->length[i])
			return a->length[i] < b->length[i] ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->n_bytes);
}

/* Where a block is or belongs. */
static size_t find_place(const struct sample *s, const struct sample_block *b)
{
	size_t low = 0, high = s->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(&s->block[middle], b) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool copy_block(struct sample_block *to, const struct sample_block *b)
{
	*to = *b;
	to->bytes = bp_array(b->n_bytes, 1);
	to->length = bp_array(b->n, sizeof(*b->length));
	if (to->bytes == NULL || to->length == NULL) {
		release_block(to);
		return false;
	}
	memcpy(to->bytes, b->bytes, b->n_bytes);
	memcpy(to->length, b->length, b->n * sizeof(*b->length));
	return true;
}

/* Take a block, by copy, if it is among the lowest, and drop those that are not any more. */
static bool offer(struct sample *s, const struct sample_block *b)
{
	struct sample_block copy;
	size_t at = find_place(s, b);

	if (at == s->n && s->bytes >= s->most)
		return true;
	if (at < s->n && compare(&s->block[at], b) == 0) {
		s->block[at].count += b->count;
		return true;
	}
	if (!BP_GROW(s->block, s->cap, s->n + 1) || !copy_block(&copy, b))
		return false;
	memmove(s->block + at + 1, s->block + at, (s->n - at) * sizeof(*s->block));
	s->block[at] = copy;
	s->n++;
	s->bytes += b->n_bytes;
	while (s->bytes - s->block[s->n - 1].n_bytes >= s->most) {
		s->bytes -= s->block[--s->n].n_bytes;
		release_block(&s->block[s->n]);
	}
	return true;
}

/* Kind, rank, numbers of bytes and segments, lengths of these, and the bytes; numbers with the
 * highest byte first, so that rows sort as blocks do. */
static bool block_key(const struct sample_block *b, struct buf *key)
{
	unsigned char *p;
	size_t i;

	key->len = 0;
	if (!bp_buf_reserve(key, HEAD + 4 * b->n + b->n_bytes))
		return false;
	p = key->data;
	p[0] = ROW_BLOCK;
	bp_store_be(p + 1, b->rank, 8);
	bp_store_be(p + 9, b->n_bytes, 4);
	bp_store_be(p + 13, b->n, 4);
	for (i = 0, p += HEAD; i < b->n; i++, p += 4)
		bp_store_be(p, b->length[i], 4);
	memcpy(p, b->bytes, b->n_bytes);
	key->len = HEAD + 4 * b->n + b->n_bytes;
	return true;
}

static bp_status next_block(struct source *source, struct row *r, bool *more, bp_error *err)
{
	struct sample_source *s = (struct sample_source *)source;

	*more = s->at < s->sample->n;
	if (!*more)
		return BP_OK;
	if (!block_key(&s->sample->block[s->at], &s->key))
		return bp_fail_memory(err);
	*r = (struct row){ { s->key.data, s->key.len }, s->sample->block[s->at++].count };
	return BP_OK;
}

void bp_sample_source_init(struct sample_source *source, const struct sample *s)
{
	*source = (struct sample_source){ .source = { .name = "sample", .next = next_block },
					  .sample = s };
}

void bp_sample_source_release(struct sample_source *source)
{
	bp_buf_release(&source->key);
}

bp_status bp_sample_write(const struct sample *s, struct row_writer *w, bp_error *err)
{
	struct sample_source source;
	bp_status st;

	bp_sample_source_init(&source, s);
	st = bp_rows_copy(w, &source.source, err);
	bp_sample_source_release(&source);
	return st;
}

uint64_t bp_sample_row_bytes(const struct row *r)
{
	return r->key.n >= HEAD ? bp_load_be(r->key.p + 9, 4) : 0;
}

bp_status bp_sample_read_row(struct sample *s, const struct row *r, const char *from, bp_error *err)
{
	const unsigned char *p = r->key.p;
	uint64_t n = r->key.n >= HEAD ? bp_load_be(p + 13, 4) : 0, sum = 0;
	struct sample_block b = { 0 };
	struct buf bytes = { 0 };
	bool has_empty = false;
	bp_status st = BP_OK;
	size_t i;

	if (n == 0 || n > (r->key.n - HEAD) / 5)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: a block of the sample is too short",
			       from);
	b = (struct sample_block){ .rank = bp_load_be(p + 1, 8), .n = (size_t)n, .count = r->count,
				   .n_bytes = r->key.n - HEAD - 4 * (size_t)n,
				   .length = bp_array((size_t)n, sizeof(*b.length)) };
	if (b.length == NULL || !bp_buf_append(&bytes, p + HEAD + 4 * n, b.n_bytes)) {
		free(b.length);
		return bp_fail_memory(err);
	}
	b.bytes = bytes.data;
	for (i = 0, p += HEAD; i < n; i++, p += 4) {
		b.length[i] = (uint32_t)bp_load_be(p, 4);
		sum += b.length[i];
		has_empty = has_empty || b.length[i] == 0;
	}
	if (has_empty || sum != b.n_bytes || sum != bp_load_be(r->key.p + 9, 4) ||
	    bp_hash(b.bytes, b.n_bytes) != b.rank)
		st = bp_fail(err, BP_EFORMAT, "%s: damaged: a block of the sample does not match its "
			     "rank", from);
	else if (!offer(s, &b))
		st = bp_fail_memory(err);
	release_block(&b);
	return st;
}

bp_status bp_sample_begin(struct sample_draw *d, struct sample *s, unsigned n_workers,
			  bp_error *err)
{
	*d = (struct sample_draw){ .sample = s, .n_workers = n_workers };
	d->hand = calloc(n_workers, sizeof(*d->hand));
	d->lock = bp_lock_new();
	if (d->hand != NULL && d->lock != NULL)
		return BP_OK;
	bp_sample_end(d);
	return bp_fail_memory(err);
}

bp_status bp_sample_pause(struct sample_draw *d, unsigned worker, bp_error *err)
{
	struct sample_worker *h = &d->hand[worker];
	struct sample_block b = { .rank = 0, .bytes = h->bytes.data, .length = h->length,
				  .n_bytes = h->bytes.len, .n = h->n, .count = 1 };
	bool ok;

	if (h->n == 0)
		return BP_OK;
	b.rank = bp_hash(b.bytes, b.n_bytes);
	bp_lock(d->lock);
	ok = offer(d->sample, &b);
	bp_unlock(d->lock);
	h->bytes.len = h->n = 0;
	return ok ? BP_OK : bp_fail_memory(err);
}

bp_status bp_sample_segment(struct sample_draw *d, unsigned worker, struct slice segment,
			    bp_error *err)
{
	struct sample_worker *h = &d->hand[worker];

	if (!bp_buf_append(&h->bytes, segment.p, segment.n) ||
	    !BP_GROW(h->length, h->cap, h->n + 1))
		return bp_fail_memory(err);
	h->length[h->n++] = (uint32_t)segment.n;
	return h->bytes.len < BLOCK ? BP_OK : bp_sample_pause(d, worker, err);
}

void bp_sample_end(struct sample_draw *d)
{
	unsigned i;

	for (i = 0; d->hand != NULL && i < d->n_workers; i++) {
		bp_buf_release(&d->hand[i].bytes);
		free(d->hand[i].length);
	}
	free(d->hand);
	bp_lock_free(d->lock);
	*d = (struct sample_draw){ 0 };
}
