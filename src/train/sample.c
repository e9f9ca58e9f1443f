#include "train/sample.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 * 1024 };	/* at least so many bytes, but at a pause */

/* The blocks that one worker has kept, and the one that it is filling. */
struct hand {
	struct sample kept;
	struct buf bytes;
	uint32_t *length;
	size_t n, cap;
};

struct draw {
	uint64_t most;
	struct hand *hand;
};

static int by_rank(const void *a, const void *b)
{
	const struct sample_block *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->n_bytes > y->n_bytes) - (x->n_bytes < y->n_bytes);
}

static void release_block(struct sample_block *b)
{
	free(b->bytes);
	free(b->length);
}

/* Keep the blocks of lowest rank, until there are enough bytes. */
static void trim(struct sample *s, uint64_t most)
{
	size_t i, n;

	if (s->n > 0)
		qsort(s->block, s->n, sizeof(*s->block), by_rank);
	for (n = 0, s->bytes = 0; n < s->n && s->bytes < most; n++)
		s->bytes += s->block[n].n_bytes;
	for (i = n; i < s->n; i++)
		release_block(&s->block[i]);
	s->n = n;
}

static bool add_block(struct sample *s, const struct sample_block *b)
{
	if (!bp_grow(&s->block, &s->cap, s->n + 1, sizeof(*s->block)))
		return false;
	s->block[s->n++] = *b;
	s->bytes += b->n_bytes;
	return true;
}

/* The block that is being filled is at its end. */
static bool end_block(void *ctx, unsigned worker)
{
	const struct draw *d = ctx;
	struct hand *h = &d->hand[worker];
	struct sample_block b = { .n_bytes = h->bytes.len, .n = h->n };

	if (h->n == 0)
		return true;
	b.rank = bp_hash(h->bytes.data, h->bytes.len);
	b.bytes = bp_array(b.n_bytes, 1);
	b.length = bp_array(b.n, sizeof(*b.length));
	if (b.bytes == NULL || b.length == NULL || !add_block(&h->kept, &b)) {
		release_block(&b);
		return false;
	}
	memcpy(b.bytes, h->bytes.data, b.n_bytes);
	memcpy(b.length, h->length, b.n * sizeof(*b.length));
	h->bytes.len = h->n = 0;
	/* Seldom enough that sorting costs little. */
	if (h->kept.bytes / 2 > d->most)
		trim(&h->kept, d->most);
	return true;
}

static bool add_segment(void *ctx, unsigned worker, struct slice segment)
{
	const struct draw *d = ctx;
	struct hand *h = &d->hand[worker];

	if (!bp_buf_append(&h->bytes, segment.p, segment.n) ||
	    !bp_grow(&h->length, &h->cap, h->n + 1, sizeof(*h->length)))
		return false;
	h->length[h->n++] = (uint32_t)segment.n;
	return h->bytes.len < BLOCK || end_block(ctx, worker);
}

static bool take_over(struct sample *s, struct hand *h)
{
	size_t i;

	for (i = 0; i < h->kept.n; i++) {
		if (!add_block(s, &h->kept.block[i]))
			return false;
		h->kept.block[i] = (struct sample_block){ 0 };
	}
	return true;
}

static void release_hand(struct hand *h)
{
	bp_sample_release(&h->kept);
	bp_buf_release(&h->bytes);
	free(h->length);
}

bp_status bp_sample_draw(struct sample *s, struct corpus *c, uint64_t most, bp_error *err)
{
	unsigned i, n = bp_corpus_workers(c);
	struct draw d = { most, calloc(n, sizeof(*d.hand)) };
	bp_status st;

	*s = (struct sample){ 0 };
	if (d.hand == NULL)
		return bp_fail_memory(err);
	st = bp_corpus_each(c, "draw a sample", add_segment, end_block, &d, err);
	for (i = 0; i < n; i++) {
		if (st == BP_OK && !take_over(s, &d.hand[i]))
			st = bp_fail_memory(err);
		release_hand(&d.hand[i]);
	}
	free(d.hand);
	if (st == BP_OK)
		trim(s, most);
	else
		bp_sample_release(s);
	return st;
}

void bp_sample_release(struct sample *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		release_block(&s->block[i]);
	free(s->block);
	*s = (struct sample){ 0 };
}
