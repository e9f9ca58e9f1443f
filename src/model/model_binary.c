#include "model/model_binary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/little.h"
#include "bytepiece_files.h"

static const unsigned char magic[8] = { BP_BINARY_FIRST, 'B', 'P', 'M', '\r', '\n', 0x1A, '\n' };
enum { VERSION = 1, NOT_NORMALIZED = 1, HEAD = 48, SUMMED_HEAD = 40, SUM = 8 };
enum { BLOCK = 256 };	/* slots come in blocks of as many */
#define MAX_SLOTS ((uint64_t)1 << 27)

struct reading {
	FILE *f;		/* NULL: from 'data' */
	struct slice data;	/* what is left of it */
	const char *name;
	bp_error *err;
	uint64_t pos, sum;
	uint64_t n_bytes;
	uint16_t *length;	/* in the order of the bytes */
};

/* Read n bytes. */
static bp_status read_bytes(struct reading *r, unsigned char *to, size_t n)
{
	size_t got = BP_MIN(n, r->data.n);

	if (r->f != NULL) {
		errno = 0;
		got = fread(to, 1, n, r->f);
		if (got < n && ferror(r->f))
			return bp_fail_errno(r->err, r->name);
	} else if (got > 0) {
		memcpy(to, r->data.p, got);
		r->data.p += got;
		r->data.n -= got;
	}
	r->pos += got;
	if (got < n)
		return bp_fail_at(r->err, r->name, r->pos, "the file ends too soon");
	return BP_OK;
}

/* Read an array of n > 0 elements into *p, for free(). */
static bp_status read_array(struct reading *r, void *p, uint64_t n, size_t size)
{
	size_t cap = 0, have = 0, step = ((size_t)1 << 25) / size;
	unsigned char *bytes;
	bp_status st;

	/* Memory follows what has been read: a damaged size shall not take more than that. */
	for (; have < n; have += step) {
		step = (size_t)BP_MIN(step, n - have);
		if (!bp_grow(p, &cap, have + step, size))
			return bp_fail_memory(r->err);
		memcpy(&bytes, p, sizeof(bytes));
		if ((st = read_bytes(r, bytes + have * size, step * size)) != BP_OK)
			return st;
	}
	memcpy(&bytes, p, sizeof(bytes));
	r->sum = bp_checksum_block(r->sum, bytes, have * size);
	return BP_OK;
}

static bp_status fail_head(const struct reading *r, uint64_t pos, const char *reason)
{
	return bp_fail_at(r->err, r->name, pos, "%s", reason);
}

static bp_status check_sizes(const struct reading *r, const struct model *m)
{
	if (m->n_pieces < 256)
		return fail_head(r, 16, "fewer pieces than there are single bytes");
	if (r->n_bytes < m->n_pieces || r->n_bytes / BP_PIECE_MAX > m->n_pieces)
		return fail_head(r, 24, "the pieces cannot have so many bytes");
	if (m->draft.n_slots == 0 || m->draft.n_slots % BLOCK != 0)
		return fail_head(r, 32, "the number of slots is no multiple of 256");
	return BP_OK;
}

static bp_status read_head(struct reading *r, struct model *m)
{
	unsigned char head[HEAD];
	uint32_t flags;
	bp_status st;

	if ((st = read_bytes(r, head, HEAD)) != BP_OK)
		return st;
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return fail_head(r, 0, "neither JSON nor a whole binary model");
	r->sum = bp_checksum_block(0, head, SUMMED_HEAD);
	if (r->sum != bp_load64(head + SUMMED_HEAD))
		return fail_head(r, SUMMED_HEAD, "damaged: the checksum of the first 40 bytes differs");
	if (bp_load32(head + 8) != VERSION)
		return fail_head(r, 8, "a version that this program does not know");
	if (((flags = bp_load32(head + 12)) & ~(uint32_t)NOT_NORMALIZED) != 0)
		return fail_head(r, 12, "a setting that this program does not know");
	if (bp_load64(head + 16) > INT32_MAX)
		return fail_head(r, 16, "too many pieces");
	if (bp_load64(head + 32) > MAX_SLOTS)
		return fail_head(r, 32, "too many slots");
	m->normalize = flags & NOT_NORMALIZED ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	m->n_pieces = (size_t)bp_load64(head + 16);
	r->n_bytes = bp_load64(head + 24);
	m->draft.n_slots = (size_t)bp_load64(head + 32);
	return check_sizes(r, m);
}

/* Make numbers of the bytes of an array's elements, in place: nothing to do on most machines. */
static void to_numbers(uint64_t *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = bp_load64((const unsigned char *)&x[i]);
}

static bp_status read_sections(struct reading *r, struct model *m)
{
	unsigned char sum[SUM], more;
	size_t n = m->n_pieces, i;
	bp_status st;

	m->draft.pos = r->pos;
	if ((st = read_array(r, &m->draft.slot, m->draft.n_slots, sizeof(uint64_t))) != BP_OK ||
	    (st = read_array(r, &m->count, n, sizeof(uint64_t))) != BP_OK ||
	    (st = read_array(r, &r->length, n, sizeof(uint16_t))) != BP_OK ||
	    (st = read_array(r, &m->bytes, r->n_bytes, 1)) != BP_OK ||
	    (st = read_bytes(r, sum, SUM)) != BP_OK)
		return st;
	if (bp_load64(sum) != r->sum)
		return bp_fail_at(r->err, r->name, r->pos - SUM, "damaged: the checksum differs");
	if (r->f != NULL ? fread(&more, 1, 1, r->f) > 0 : r->data.n > 0)
		return bp_fail_at(r->err, r->name, r->pos, "more follows after the end");
	to_numbers(m->draft.slot, m->draft.n_slots);
	to_numbers(m->count, n);
	for (i = 0; i < n; i++)
		r->length[i] = (uint16_t)bp_load16((const unsigned char *)&r->length[i]);
	return BP_OK;
}

static uint64_t counts_pos(const struct model *m)
{
	return m->draft.pos + 8 * (uint64_t)m->draft.n_slots;
}

static uint64_t lengths_pos(const struct model *m)
{
	return counts_pos(m) + 8 * (uint64_t)m->n_pieces;
}

static uint64_t bytes_pos(const struct model *m)
{
	return lengths_pos(m) + 2 * (uint64_t)m->n_pieces;
}

static bp_status add_up(const struct reading *r, struct model *m)
{
	size_t i;

	for (i = 0; i < m->n_pieces; i++) {
		if (m->count[i] == 0)
			return bp_fail_at(r->err, r->name, counts_pos(m) + 8 * i, "count is zero");
		if (m->count[i] > INT64_MAX - m->total)
			return bp_fail_at(r->err, r->name, counts_pos(m) + 8 * i,
					  "the counts' sum is too large");
		m->total += m->count[i];
	}
	return BP_OK;
}

/*
 * Set first[k] to the number of pieces shorter than k bytes, which is the first one of k.
 * There are 256 of one byte only if these are all that there can be.
 */
static bp_status count_lengths(const struct reading *r, const struct model *m, uint32_t *first)
{
	uint64_t sum = 0;
	uint32_t at = 0, n;
	size_t i;

	memset(first, 0, (BP_PIECE_MAX + 1) * sizeof(*first));
	for (i = 0; i < m->n_pieces; i++) {
		first[r->length[i]]++;
		sum += r->length[i];
	}
	if (sum != r->n_bytes || first[0] != 0)
		return bp_fail_at(r->err, r->name, lengths_pos(m),
				  "the pieces' lengths do not add up to their bytes");
	if (first[1] != 256)
		return bp_fail_at(r->err, r->name, lengths_pos(m), "%" PRIu32 " pieces of one byte, "
				  "where there have to be 256", first[1]);
	for (i = 0; i <= BP_PIECE_MAX; i++, at += n) {
		n = first[i];
		first[i] = at;
	}
	return BP_OK;
}

/* How many bytes at their beginning two pieces share. */
static size_t shared_bytes(struct slice a, struct slice b)
{
	size_t n = BP_MIN(a.n, b.n), i = 0;

	while (n - i >= 8 && bp_load64(a.p + i) == bp_load64(b.p + i))
		i += 8;
	while (i < n && a.p[i] == b.p[i])
		i++;
	return i;
}

/*
 * Set the pieces, each to its bytes and in the place that its length gives it, and check that they
 * stand in order: then they are distinct, and those of one length get their ids in order as well.
 */
static bp_status set_pieces(const struct reading *r, struct model *m, uint32_t *first)
{
	struct slice last = { 0 }, s = { m->bytes, 0 };
	size_t i, k;

	for (i = 0; i < m->n_pieces; i++, last = s, s.p += s.n) {
		s.n = r->length[i];
		m->draft.order[i] = first[s.n]++;
		m->piece[m->draft.order[i]] = s;
		k = shared_bytes(last, s);
		if (k == s.n || (k < last.n && last.p[k] > s.p[k]))
			return bp_fail_at(r->err, r->name, bytes_pos(m) + (uint64_t)(s.p - m->bytes),
					  "a piece that is out of order");
		m->draft.shared[i] = (uint16_t)k;
	}
	return BP_OK;
}

static bp_status make_model(const struct reading *r, struct model *m)
{
	uint32_t *first = bp_array(BP_PIECE_MAX + 1, sizeof(*first));
	size_t n = m->n_pieces;
	bp_status st;

	m->piece = bp_array(n, sizeof(*m->piece));
	m->log_probability = bp_array(n, sizeof(*m->log_probability));
	m->draft.order = bp_array(n, sizeof(*m->draft.order));
	m->draft.shared = bp_array(n, sizeof(*m->draft.shared));
	if (first == NULL || m->piece == NULL || m->log_probability == NULL ||
	    m->draft.order == NULL || m->draft.shared == NULL)
		st = bp_fail_memory(r->err);
	else if ((st = add_up(r, m)) == BP_OK && (st = count_lengths(r, m, first)) == BP_OK &&
		 (st = set_pieces(r, m, first)) == BP_OK)
		bp_model_set_probabilities(m);
	free(first);
	return st;
}

bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err)
{
	struct reading r = { .f = f, .data = data, .name = name, .err = err };
	bp_status st;

	*m = (struct model){ 0 };
	if ((st = read_head(&r, m)) == BP_OK && (st = read_sections(&r, m)) == BP_OK)
		st = make_model(&r, m);
	free(r.length);
	if (st != BP_OK)
		bp_model_release(m);
	return st;
}

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

/* The pieces in the order of their bytes, for free(). */
static struct slice *sorted_pieces(const struct model *m)
{
	struct slice *s = bp_array(m->n_pieces, sizeof(*s));

	if (s != NULL) {
		memcpy(s, m->piece, m->n_pieces * sizeof(*s));
		qsort(s, m->n_pieces, sizeof(*s), by_bytes);
	}
	return s;
}

static void write_head(const struct model *m, const struct draft *d, uint64_t n_bytes,
		       unsigned char *head)
{
	memcpy(head, magic, sizeof(magic));
	bp_store32(head + 8, VERSION);
	bp_store32(head + 12, m->normalize == BP_NORMALIZE_NONE ? NOT_NORMALIZED : 0);
	bp_store64(head + 16, m->n_pieces);
	bp_store64(head + 24, n_bytes);
	bp_store64(head + 32, d->n_slots);
	bp_store64(head + SUMMED_HEAD, bp_checksum_block(0, head, SUMMED_HEAD));
}

static void write_numbers(unsigned char *to, const uint64_t *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		bp_store64(to + 8 * i, x[i]);
}

/* The file has 'size' bytes, the pieces 'n_bytes' of them. */
static void write_file(const struct model *m, const struct draft *d, const struct slice *piece,
		       unsigned char *to, size_t n_bytes)
{
	unsigned char *at = to + HEAD, *bytes;
	uint64_t sum;
	size_t i;

	write_head(m, d, n_bytes, to);
	sum = bp_load64(to + SUMMED_HEAD);
	write_numbers(at, d->slot, d->n_slots);
	sum = bp_checksum_block(sum, at, 8 * d->n_slots);
	at += 8 * d->n_slots;
	write_numbers(at, m->count, m->n_pieces);
	sum = bp_checksum_block(sum, at, 8 * m->n_pieces);
	at += 8 * m->n_pieces;
	for (bytes = at + 2 * m->n_pieces, i = 0; i < m->n_pieces; bytes += piece[i++].n) {
		bp_store16(at + 2 * i, (uint32_t)piece[i].n);
		memcpy(bytes, piece[i].p, piece[i].n);
	}
	sum = bp_checksum_block(sum, at, 2 * m->n_pieces);
	sum = bp_checksum_block(sum, at + 2 * m->n_pieces, n_bytes);
	bp_store64(bytes, sum);
}

bp_status bp_model_to_binary(const struct model *m, const struct draft *d, struct buf *out,
			     bp_error *err)
{
	struct slice *piece = sorted_pieces(m);
	size_t size = HEAD + SUM, n_bytes = 0, i;
	bool ok = piece != NULL;

	/* All of it is in memory in another form, so that sums cannot overflow. */
	for (i = 0; i < m->n_pieces; i++)
		n_bytes += m->piece[i].n;
	size += 8 * d->n_slots + 10 * m->n_pieces + n_bytes;
	if (ok && (ok = bp_buf_reserve(out, size))) {
		write_file(m, d, piece, out->data + out->len, n_bytes);
		out->len += size;
	}
	free(piece);
	return ok ? BP_OK : bp_fail_memory(err);
}
