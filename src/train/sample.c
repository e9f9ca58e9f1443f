/*
 * The blocks of a sample are in an array sorted by rank.  A block is offered with its rank;
 * unless it is above the last one of a full sample, it is inserted, and blocks at the end are
 * dropped while the others alone reach the size.  Once the sample is full, nearly every offer
 * ends after the binary search, so one lock for all workers costs little.
 */
#include "train/sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/number.h"
#include "base/parallel.h"
#include "encode/automaton.h"
#include "model/piece_rule.h"

enum {
	BLOCK = 32 * 1024,	/* least bytes of a block that does not end a chunk: large enough
				 * that neighbours stay together, small enough for an even draw */
	HEAD = 1 + 8 + 4 + 4	/* of a key: kind, rank, numbers of bytes and of segments */
};

static const uint64_t has_weights = (uint64_t)1 << 31;	/* added to the number of segments */
/* The most bytes that segments count together, so that sums of losses (em_prune.c), of less than
 * 2^22 units for a byte, stay below 2^64.  If the weights say more, all count the less. */
static const double most_text = 0x1p40;

void bp_sample_init(struct sample *s, uint64_t most)
{
	*s = (struct sample){ .most = most, .limit = UINT64_MAX };
}

/*
 * Twice the share, for a block that occurs twice in the whole is one block of the sample, and for
 * shares of few blocks 16 more: that as many are too few has a probability below 10^-6.
 */
void bp_sample_limit(struct sample *s, uint64_t whole)
{
	uint64_t some_more = 16 * BLOCK;

	if (whole / 2 > some_more && s->most < whole / 2 - some_more)
		s->limit = UINT64_MAX / whole * (2 * s->most + some_more);
}

static void release_block(struct sample_block *b)
{
	free(b->bytes);
	free(b->length);
	free(b->weight);
	free(b->times);
}

/* The bytes of all segments, each as often as its weight says. */
static uint64_t weighted_bytes(const struct sample_block *b)
{
	uint64_t sum = 0;
	size_t k;

	if (b->weight == NULL)
		return b->n_bytes;
	for (k = 0; k < b->n; k++)
		sum += b->weight[k] * b->length[k];
	return sum;
}

/* The mean weight of its bytes, an integer from 1 on. */
static uint64_t block_weight(const struct sample_block *b)
{
	/* lint: DivideZero: a block has at least one segment, and that a byte */
	return weighted_bytes(b) / b->n_bytes;
}

static uint64_t block_rank(const struct sample_block *b)
{
	return bp_hash(b->bytes, b->n_bytes) / block_weight(b);
}

void bp_sample_release(struct sample *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		release_block(&s->block[i]);
	free(s->block);
	*s = (struct sample){ 0 };
}

/* Blocks are whole segments, and together they are the corpus.  So if the sample is not full, all
 * blocks are in it, and their bytes add up, repeats included. */
bool bp_sample_is_whole(const struct sample *s, uint64_t bytes)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < s->n; i++)
		sum += weighted_bytes(&s->block[i]) * s->block[i].count;
	return s->bytes >= s->most || sum == bytes;
}

static void drop_excess(struct sample *s)
{
	while (s->n > 0 && s->bytes - s->block[s->n - 1].n_bytes >= s->most) {
		s->bytes -= s->block[--s->n].n_bytes;
		release_block(&s->block[s->n]);
	}
}

/*
 * A block of weight w counts as w blocks if all blocks are in the sample.  Else the blocks with a
 * hash / w up to the rank of the last one are: the share of that rank in all ranks, times w, is the
 * expected number of its w copies, each with a hash of its own, that would be drawn; and a block
 * that is drawn has one at least.
 */
static double copies_drawn(const struct sample *s, const struct sample_block *b)
{
	double weight = (double)block_weight(b), last;

	if (s->bytes < s->most)
		return weight;
	last = (double)s->block[s->n - 1].rank * 0x1p-64;
	return BP_MAX(weight * last, 1);
}

/*
 * Set how often the segments of a block count, a share of their weights, rounded up or down by one
 * random number of the block, so that no weight is favoured.
 */
static bool set_times(const struct sample *s, struct sample_block *b, double scale)
{
	double random = (double)(bp_mix(b->rank) >> 32) * 0x1p-32, weight = (double)block_weight(b);
	double copies = copies_drawn(s, b) * scale;
	size_t k;

	if (b->times == NULL && (b->times = bp_array(b->n, sizeof(*b->times))) == NULL)
		return false;
	for (k = 0; k < b->n; k++)
		b->times[k] = copies == weight ? b->weight[k] :
			      bp_integer((double)b->weight[k] * copies / weight + random,
					 UINT64_MAX);
	return true;
}

bp_status bp_sample_cut(struct sample *s, uint64_t most, bp_error *err)
{
	double text = 0, scale;
	struct sample_block *b;
	size_t i, k;

	s->most = BP_MIN(s->most, most);
	drop_excess(s);
	for (i = 0; i < s->n; i++)
		if (s->block[i].weight != NULL)
			text += copies_drawn(s, &s->block[i]) * (double)s->block[i].n_bytes;
	scale = text > most_text ? most_text / text : 1;
	for (i = 0, s->text = 0; i < s->n; i++) {
		b = &s->block[i];
		if (b->weight != NULL && !set_times(s, b, scale))
			return bp_fail_memory(err);
		for (k = 0; k < b->n; k++)
			s->text += bp_sample_times(b, k) * b->length[k];
	}
	return BP_OK;
}

uint64_t bp_sample_memory(const struct sample *s)
{
	uint64_t sum = (uint64_t)s->cap * sizeof(*s->block);
	const struct sample_block *b;
	size_t i;

	for (i = 0; i < s->n; i++) {
		b = &s->block[i];
		/* Room for 'times' counts from the start. */
		sum += b->n_bytes + b->n * (sizeof(*b->length) +
					    (b->weight != NULL ? 2 * sizeof(*b->weight) : 0));
	}
	return sum;
}

/* The number of segments as rows have it. */
static uint64_t segments_word(const struct sample_block *b)
{
	return b->n | (b->weight != NULL ? has_weights : 0);
}

/* By rank, and blocks of equal rank as their rows sort, so that a sample has the order of its
 * rows and two different blocks with one hash stay two. */
static int compare_blocks(const struct sample_block *a, const struct sample_block *b)
{
	size_t i;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->n_bytes != b->n_bytes)
		return a->n_bytes < b->n_bytes ? -1 : 1;
	if (segments_word(a) != segments_word(b))
		return segments_word(a) < segments_word(b) ? -1 : 1;
	for (i = 0; i < a->n; i++)
		if (a->length[i] != b->length[i])
			return a->length[i] < b->length[i] ? -1 : 1;
	for (i = 0; i < a->n && a->weight != NULL; i++)
		/* lint: null-dereference: both blocks have weights, or none has */
		if (a->weight[i] != b->weight[i])
			return a->weight[i] < b->weight[i] ? -1 : 1;
	return memcmp(a->bytes, b->bytes, a->n_bytes);
}

/* The index of a block, or the index at which it would be inserted. */
static size_t find_block(const struct sample *s, const struct sample_block *b)
{
	size_t low = 0, high = s->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_blocks(&s->block[middle], b) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A block of a worker is in buffers that the worker reuses, so the sample copies it. */
static bool copy_block(struct sample_block *to, const struct sample_block *b)
{
	*to = *b;
	to->times = NULL;
	to->bytes = bp_array(b->n_bytes, 1);
	to->length = bp_array(b->n, sizeof(*b->length));
	to->weight = b->weight != NULL ? bp_array(b->n, sizeof(*b->weight)) : NULL;
	if (to->bytes == NULL || to->length == NULL || (b->weight != NULL && to->weight == NULL)) {
		release_block(to);
		return false;
	}
	memcpy(to->bytes, b->bytes, b->n_bytes);
	memcpy(to->length, b->length, b->n * sizeof(*b->length));
	if (b->weight != NULL)
		memcpy(to->weight, b->weight, b->n * sizeof(*b->weight));
	return true;
}

/*
 * Insert a copy of a block if it is among the lowest that fit, and drop the blocks that are
 * not.  Block i is in the sample if the blocks below it have less than 'most' bytes: a condition
 * on the set of blocks alone, so that the order of offers does not matter.
 */
static bool offer_block(struct sample *s, const struct sample_block *b)
{
	struct sample_block copy;
	size_t at = find_block(s, b);

	/* Above all blocks of a full sample: the outcome of nearly every offer. */
	if ((at == s->n && s->bytes >= s->most) || b->rank > s->limit)
		return true;
	/* Text that repeats is in the sample once, but its count keeps totals right. */
	if (at < s->n && compare_blocks(&s->block[at], b) == 0) {
		s->block[at].count += b->count;
		return true;
	}
	if (!BP_GROW(s->block, s->cap, s->n + 1) || !copy_block(&copy, b))
		return false;
	memmove(s->block + at + 1, s->block + at, (s->n - at) * sizeof(*s->block));
	s->block[at] = copy;
	s->n++;
	s->bytes += b->n_bytes;
	drop_excess(s);
	return true;
}

/* The bytes of a key for a segment: its length, and its weight. */
static size_t segment_bytes(const struct sample_block *b)
{
	return b->weight != NULL ? 4 + 8 : 4;
}

/* The key of a block: kind, rank, number of bytes, number of segments, their lengths, their weights
 * if there are any, the bytes.  Integers are big-endian, so that rows sort as blocks do. */
static bool block_key(const struct sample_block *b, struct buf *key)
{
	size_t n = HEAD + segment_bytes(b) * b->n + b->n_bytes, i;
	unsigned char *p;

	key->len = 0;
	if (!bp_buf_reserve(key, n))
		return false;
	p = key->data;
	p[0] = ROW_BLOCK;
	bp_store_be(p + 1, b->rank, 8);
	bp_store_be(p + 9, b->n_bytes, 4);
	bp_store_be(p + 13, segments_word(b), 4);
	for (i = 0, p += HEAD; i < b->n; i++, p += 4)
		bp_store_be(p, b->length[i], 4);
	for (i = 0; i < b->n && b->weight != NULL; i++, p += 8)
		bp_store_be(p, b->weight[i], 8);
	memcpy(p, b->bytes, b->n_bytes);
	key->len = n;
	return true;
}

bp_status bp_sample_write(const struct sample *s, struct row_writer *w, bp_error *err)
{
	struct buf key = { 0 };
	bp_status st = BP_OK;
	struct row r;
	size_t i;

	for (i = 0; i < s->n && st == BP_OK; i++) {
		if (!block_key(&s->block[i], &key)) {
			st = bp_fail_memory(err);
			break;
		}
		r = (struct row){ { key.data, key.len }, s->block[i].count };
		st = bp_rows_write(w, &r, err);
	}
	bp_buf_release(&key);
	return st;
}

uint64_t bp_sample_row_bytes(const struct row *r)
{
	return r->key.n >= HEAD ? bp_load_be(r->key.p + 9, 4) : 0;
}

/* Set the arrays of a block from its key; of its other members 'n' and 'n_bytes' are set.  False if
 * memory is out. */
static bool load_block(struct sample_block *b, const struct row *r, bool is_weighted)
{
	const unsigned char *p = r->key.p + HEAD;
	struct buf bytes = { 0 };
	size_t i;

	b->length = bp_array(b->n, sizeof(*b->length));
	b->weight = is_weighted ? bp_array(b->n, sizeof(*b->weight)) : NULL;
	if (b->length == NULL || (is_weighted && b->weight == NULL) ||
	    !bp_buf_append(&bytes, r->key.p + r->key.n - b->n_bytes, b->n_bytes))
		return false;
	b->bytes = bytes.data;
	for (i = 0; i < b->n; i++, p += 4)
		b->length[i] = (uint32_t)bp_load_be(p, 4);
	for (i = 0; i < b->n && is_weighted; i++, p += 8)
		b->weight[i] = bp_load_be(p, 8);
	return true;
}

/*
 * Rows come from files: the lengths must add up, the weights must be possible, and the rank must be
 * that of the bytes.
 */
static bool is_possible_block(const struct sample_block *b, uint64_t n_bytes)
{
	uint64_t sum = 0, weighted = 0, weight;
	size_t i;

	for (i = 0; i < b->n; i++) {
		weight = b->weight != NULL ? b->weight[i] : 1;
		if (b->length[i] == 0 || weight == 0 ||
		    weight > (INT64_MAX - weighted) / b->length[i])
			return false;
		sum += b->length[i];
		weighted += weight * b->length[i];
	}
	return sum == b->n_bytes && sum == n_bytes && block_rank(b) == b->rank;
}

/* Each segment takes at least 5 bytes of a key, four of its length and one of text. */
bp_status bp_sample_read_row(struct sample *s, const struct row *r, const char *from, bp_error *err)
{
	const unsigned char *p = r->key.p;
	uint64_t word = r->key.n >= HEAD ? bp_load_be(p + 13, 4) : 0, n = word & ~has_weights;
	size_t each = word != n ? 4 + 8 : 4;
	struct sample_block b = { 0 };
	bp_status st = BP_OK;

	/* Checked before the arrays are allocated. */
	if (n == 0 || n > (r->key.n - HEAD) / (each + 1))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: a block of the sample is too short",
			       from);
	b = (struct sample_block){ .rank = bp_load_be(p + 1, 8), .n = (size_t)n, .count = r->count,
				   .n_bytes = r->key.n - HEAD - each * (size_t)n };
	if (!load_block(&b, r, word != n))
		st = bp_fail_memory(err);
	else if (!is_possible_block(&b, bp_load_be(p + 9, 4)))
		st = bp_fail(err, BP_EFORMAT, "%s: damaged: a block of the sample does not "
			     "match its rank", from);
	else if (!offer_block(s, &b))
		st = bp_fail_memory(err);
	release_block(&b);
	return st;
}

bp_status bp_sample_fail_room(const struct sample *s, uint64_t need, bp_error *err)
{
	return bp_fail(err, BP_ENOMEM, "the memory allowed is too little for the text that is "
		       "counted, about %" PRIu64 " MB; a smaller --count-size (here %" PRIu64
		       " MB) and --sample-size need less", need / 1000000, s->most / 1000000);
}

bp_status bp_sample_begin(struct sample_draw *d, struct sample *s, unsigned n_workers,
			  uint64_t room, bp_error *err)
{
	*d = (struct sample_draw){ .sample = s, .n_workers = n_workers, .room = room };
	d->workers = calloc(n_workers, sizeof(*d->workers));
	d->lock = bp_lock_new();
	if (d->workers != NULL && d->lock != NULL)
		return BP_OK;
	bp_sample_end(d);
	return bp_fail_memory(err);
}

/* Does a segment weigh more than 1? */
static bool has_weight(const struct sample_worker *w)
{
	size_t k;

	for (k = 0; k < w->n; k++)
		if (w->weight[k] != 1)
			return true;
	return false;
}

/* The hash is computed outside the lock. */
bp_status bp_sample_end_block(struct sample_draw *d, unsigned worker, bp_error *err)
{
	struct sample_worker *w = &d->workers[worker];
	struct sample_block b = { .rank = 0, .bytes = w->bytes.data, .length = w->length,
				  .n_bytes = w->bytes.len, .n = w->n, .count = 1 };
	uint64_t held;
	bool ok;

	if (w->n == 0)
		return BP_OK;
	b.weight = has_weight(w) ? w->weight : NULL;
	b.rank = block_rank(&b);
	bp_lock(d->lock);
	ok = offer_block(d->sample, &b);
	held = d->sample->bytes;
	bp_unlock(d->lock);
	w->bytes.len = w->n = 0;
	if (held > d->room)
		return bp_sample_fail_room(d->sample, held, err);
	return ok ? BP_OK : bp_fail_memory(err);
}

/* A block ends at the first segment that reaches BLOCK bytes, so its bounds depend on the text
 * alone. */
bp_status bp_sample_segment(struct sample_draw *d, unsigned worker, struct slice segment,
			    uint64_t weight, bp_error *err)
{
	struct sample_worker *w = &d->workers[worker];

	if (!bp_buf_append(&w->bytes, segment.p, segment.n) ||
	    !BP_GROW(w->length, w->cap, w->n + 1) || !BP_GROW(w->weight, w->cap_weight, w->n + 1))
		return bp_fail_memory(err);
	w->weight[w->n] = weight;
	w->length[w->n++] = (uint32_t)segment.n;
	return w->bytes.len < BLOCK ? BP_OK : bp_sample_end_block(d, worker, err);
}

void bp_sample_end(struct sample_draw *d)
{
	unsigned i;

	for (i = 0; d->workers != NULL && i < d->n_workers; i++) {
		bp_buf_release(&d->workers[i].bytes);
		free(d->workers[i].length);
		free(d->workers[i].weight);
	}
	free(d->workers);
	bp_lock_free(d->lock);
	*d = (struct sample_draw){ 0 };
}

/* The search for occurrences of the required pieces. */
struct joining {
	struct automaton a;	/* of 256 single bytes, which it needs, and then the pieces */
	const struct required *r;
	const struct cut_rules *cuts;	/* that the segments were cut by */
	uint32_t *state;	/* of the automaton, after each byte of a block */
	size_t cap_state;
};

static bp_status begin_join(struct joining *j, const struct required *r,
			    const struct cut_rules *cuts, bp_error *err)
{
	size_t n = 256 + r->n_pieces, i;
	struct slice *piece = bp_array(n, sizeof(*piece));
	bp_status st;

	*j = (struct joining){ .r = r, .cuts = cuts };
	if (piece == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < n; i++)
		piece[i] = i < 256 ? bp_single_byte(i) : bp_required_piece(r, i - 256);
	st = bp_automaton_init(&j->a, piece, n, err);
	free(piece);
	return st;
}

/* The length of the longest piece that ends with byte i of the block. */
static size_t longest_at(const struct joining *j, size_t i)
{
	uint32_t piece = j->a.longest[j->state[i]];

	return piece < 256 ? 1 : bp_required_piece(j->r, piece - 256).n;
}

/*
 * True if segment k, of which the one before it ends at offset 'at', is apart from that in training
 * alone: the rules cut between them, and not for the end of a segment of encoding.  Two texts are
 * told from one by this alone, since blocks hold no end marks.
 */
static bool is_cut_in_training(const struct joining *j, const struct sample_block *b, size_t k,
			       size_t at)
{
	size_t n = b->length[k - 1], cut = 0;
	struct slice both = { b->bytes + at - n, n + b->length[k] };

	return bp_cut(j->cuts, both, &cut).n == n &&
	       !bp_segment_ends(j->cuts->newlines, b->bytes[at - 1], b->bytes[at]);
}

/* Segment n is joined of some that count as often as segment k. */
static void put_joined(struct sample_block *b, size_t n, size_t length, size_t k)
{
	b->length[n] = (uint32_t)length;
	if (b->times != NULL)
		b->times[n] = b->times[k];
}

/*
 * Join segments of a block, from its last segment to its first.  The boundary at offset 'at' is
 * crossed if a piece begins before it and ends behind it.  'least' is the least offset at which
 * a piece begins that ends behind 'at'; it only falls while 'at' moves to the front, so one
 * scan suffices.  'end' is the end of the segment, joined so far, that begins at 'at'.
 */
static bp_status join_block(struct joining *j, struct sample_block *b, bp_error *err)
{
	uint32_t whole = (uint32_t)b->n_bytes;
	size_t k, n = b->n, at = b->n_bytes, i = b->n_bytes, least = SIZE_MAX, end = b->n_bytes;

	if (!BP_GROW(j->state, j->cap_state, b->n_bytes))
		return bp_fail_memory(err);
	bp_automaton_walk(&j->a, b->bytes, &whole, 1, j->state);
	/* The new lengths grow from the end of the array, behind those still to be read. */
	/* k is the segment behind the boundary: its length moves 'at' to the boundary before it. */
	for (k = b->n; k-- > 1; ) {
		at -= b->length[k];
		for (; i > at; i--)
			least = BP_MIN(least, i - longest_at(j, i - 1));
		if (least < at && is_cut_in_training(j, b, k, at) &&
		    bp_sample_times(b, k - 1) == bp_sample_times(b, k))
			continue;
		put_joined(b, --n, end - at, k);
		end = at;
	}
	put_joined(b, --n, end, 0);
	memmove(b->length, b->length + n, (b->n - n) * sizeof(*b->length));
	if (b->times != NULL)
		memmove(b->times, b->times + n, (b->n - n) * sizeof(*b->times));
	b->n -= n;
	return BP_OK;
}

bp_status bp_sample_join(struct sample *s, const struct required *r, const struct cut_rules *cuts,
			 bp_error *err)
{
	struct joining j;
	bp_status st;
	size_t i;

	if (r->n_pieces == 0)
		return BP_OK;
	st = begin_join(&j, r, cuts, err);
	/* Ranks stay as they are: blocks are joined after all samples have been merged. */
	for (i = 0; i < s->n && st == BP_OK; i++)
		st = join_block(&j, &s->block[i], err);
	bp_automaton_release(&j.a);
	free(j.state);
	return st;
}
