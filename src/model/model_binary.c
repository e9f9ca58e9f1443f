#include "model/model_binary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/endian.h"
#include "bytepiece_files.h"

static const unsigned char magic[8] = { BP_BINARY_FIRST, 'B', 'P', 'M', '\r', '\n', 0x1A, '\n' };
enum { VERSION = 1, VERSION_PLACES = 2, NOT_NORMALIZED = 1, HEAD = 48, SUMMED_HEAD = 40, SUM = 8 };
enum {
	BLOCK = 256,			/* slots come in blocks of as many */
	ALIGN = 64,
	FIRST_PART = 64 * 1024 * 1024	/* taken before anything is read; see read_block() */
};
#define MAX_SLOTS ((uint64_t)1 << 27)

/* Where what stands: in the file, and at what distance from the head in memory. */
struct places {
	uint64_t slot, count, longest, shorter, place, length, bytes, end;
};

struct reading {
	FILE *f;		/* NULL: from 'data' */
	struct slice data;	/* what is left of it */
	const char *name;
	bp_error *err;
	uint64_t pos, sum;
	uint64_t n_bytes;
	bool has_places;
	struct places at;
};

static struct places places_of(uint64_t n_slots, uint64_t n_pieces, bool has_places,
			       uint64_t n_bytes)
{
	struct places p = { 0 };

	p.count = 8 * n_slots;
	p.longest = p.count + 8 * n_pieces;
	p.shorter = p.longest + 4 * n_slots;
	p.place = p.shorter + 4 * n_pieces;
	p.length = p.place + (has_places ? 4 * n_pieces : 0);
	p.bytes = p.length + 2 * n_pieces;
	p.end = p.bytes + n_bytes;
	return p;
}

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

/*
 * Read n > 0 bytes into memory, for free(), that has room for 'room'.  Beyond a first part it grows
 * with what has been read: a size that is damaged shall not take much more than there is.
 */
static bp_status read_block(struct reading *r, size_t n, size_t room, void **block)
{
	size_t have = 0, cap = 0, step;
	unsigned char *p = NULL, *wider;
	bp_status st = BP_OK;

	do {
		cap = cap == 0 ? BP_MIN(room, FIRST_PART) : cap <= room / 2 ? 2 * cap : room;
		if ((wider = bp_array_large(cap)) == NULL) {
			st = bp_fail_memory(r->err);
			break;
		}
		if (have > 0)
			memcpy(wider, p, have);
		free(p);
		p = wider;
		step = BP_MIN(n, cap) - have;
		st = read_bytes(r, p + have, step);
		have += step;
	} while (st == BP_OK && (have < n || cap < room));
	if (st != BP_OK) {
		free(p);
		p = NULL;
	}
	*block = p;
	return st;
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
	if (m->ready.n_slots == 0 || m->ready.n_slots % BLOCK != 0)
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
		return fail_head(r, SUMMED_HEAD, "damaged: the checksum of the head differs");
	r->has_places = bp_load32(head + 8) == VERSION_PLACES;
	if (bp_load32(head + 8) != VERSION && !r->has_places)
		return fail_head(r, 8, "an unknown version");
	if (((flags = bp_load32(head + 12)) & ~(uint32_t)NOT_NORMALIZED) != 0)
		return fail_head(r, 12, "an unknown setting");
	if (bp_load64(head + 16) > INT32_MAX)
		return fail_head(r, 16, "too many pieces");
	if (bp_load64(head + 32) > MAX_SLOTS)
		return fail_head(r, 32, "too many slots");
	m->normalize = flags & NOT_NORMALIZED ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	m->n_pieces = (size_t)bp_load64(head + 16);
	r->n_bytes = bp_load64(head + 24);
	m->ready.n_slots = (size_t)bp_load64(head + 32);
	return check_sizes(r, m);
}

/* Make numbers of the bytes of arrays' elements, in place: nothing to do on most machines. */
static void to_numbers(struct model *m)
{
	struct stored_automaton *r = &m->ready;
	size_t i;

	for (i = 0; i < r->n_slots; i++)
		r->slot[i] = bp_load64((const unsigned char *)&r->slot[i]);
	for (i = 0; i < r->n_slots; i++)
		r->longest[i] = bp_load32((const unsigned char *)&r->longest[i]);
	for (i = 0; i < m->n_pieces; i++) {
		m->count[i] = bp_load64((const unsigned char *)&m->count[i]);
		r->shorter[i] = bp_load32((const unsigned char *)&r->shorter[i]);
		r->length[i] = (uint16_t)bp_load16((const unsigned char *)&r->length[i]);
	}
	for (i = 0; i < m->n_pieces && r->place != NULL; i++)
		r->place[i] = bp_load32((const unsigned char *)&r->place[i]);
}

/* Divide the block between the arrays of the file and those that are made from them. */
static void set_arrays(const struct reading *r, struct model *m, size_t made_at)
{
	unsigned char *p = m->block;

	m->ready.slot = (void *)(p + r->at.slot);
	m->count = (void *)(p + r->at.count);
	m->ready.longest = (void *)(p + r->at.longest);
	m->ready.shorter = (void *)(p + r->at.shorter);
	m->ready.place = r->has_places ? (void *)(p + r->at.place) : NULL;
	m->ready.length = (void *)(p + r->at.length);
	m->bytes = p + r->at.bytes;
	m->piece = (void *)(p + made_at);
	m->log_probability = (void *)(m->piece + m->n_pieces);
	m->ready.pos = HEAD + r->at.slot;
	m->ready.shorter_pos = HEAD + r->at.shorter;
	m->ready.bytes_pos = HEAD + r->at.bytes;
}

static bp_status read_sections(struct reading *r, struct model *m)
{
	uint64_t made_at, size;
	unsigned char more, *sum;
	bp_status st;

	r->at = places_of(m->ready.n_slots, m->n_pieces, r->has_places, r->n_bytes);
	/* The check of the pieces reads eight bytes at a time. */
	made_at = (r->at.end + SUM + 8 + ALIGN - 1) / ALIGN * ALIGN;
	size = made_at + (uint64_t)m->n_pieces * (sizeof(*m->piece) + sizeof(*m->log_probability));
	if (size > SIZE_MAX)
		return bp_fail_memory(r->err);
	st = read_block(r, (size_t)r->at.end + SUM, (size_t)size, &m->block);
	if (st != BP_OK)
		return st;
	set_arrays(r, m, (size_t)made_at);
	sum = m->bytes + r->n_bytes;
	if (bp_load64(sum) != bp_checksum_block(r->sum, m->block, (size_t)r->at.end))
		return bp_fail_at(r->err, r->name, r->pos - SUM, "damaged: the checksum differs");
	errno = 0;
	if (r->f != NULL ? fread(&more, 1, 1, r->f) > 0 : r->data.n > 0)
		return bp_fail_at(r->err, r->name, r->pos, "more follows after the end");
	if (r->f != NULL && ferror(r->f))
		return bp_fail_errno(r->err, r->name);
	memset(sum, 0, SUM + 8);
	to_numbers(m);
	return BP_OK;
}

static bp_status add_up(const struct reading *r, struct model *m)
{
	uint64_t pos = HEAD + r->at.count;
	size_t i;

	for (i = 0; i < m->n_pieces; i++, pos += 8) {
		if (m->count[i] == 0 && !r->has_places)
			return bp_fail_at(r->err, r->name, pos, "count is zero");
		if (m->count[i] > INT64_MAX - m->total)
			return bp_fail_at(r->err, r->name, pos, "the sum of the counts is too large");
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
	const uint16_t *length = m->ready.length;
	uint64_t sum = 0;
	uint32_t at = 0, n;
	size_t i;

	memset(first, 0, (BP_PIECE_MAX + 1) * sizeof(*first));
	for (i = 0; i < m->n_pieces; i++) {
		first[length[i]]++;
		sum += length[i];
	}
	if (sum != r->n_bytes || first[0] != 0)
		return bp_fail_at(r->err, r->name, HEAD + r->at.length,
				  "the pieces' lengths do not add up to their bytes");
	if (first[1] != 256)
		return bp_fail_at(r->err, r->name, HEAD + r->at.length, "%" PRIu32 " pieces of one "
				  "byte, but there must be 256", first[1]);
	for (i = 0; i <= BP_PIECE_MAX; i++, at += n) {
		n = first[i];
		first[i] = at;
	}
	return BP_OK;
}

/* Set the pieces, each in the place that its length gives it. */
static bp_status set_by_length(const struct reading *r, struct model *m)
{
	uint32_t *first = bp_array(BP_PIECE_MAX + 1, sizeof(*first));
	struct slice s = { m->bytes, 0 };
	bp_status st;
	size_t i;

	if (first == NULL)
		return bp_fail_memory(r->err);
	if ((st = count_lengths(r, m, first)) == BP_OK)
		for (i = 0; i < m->n_pieces; i++, s.p += s.n) {
			s.n = m->ready.length[i];
			m->piece[first[s.n]++] = s;
		}
	free(first);
	m->by_length = true;
	return st;
}

static bp_status fail_place(const struct reading *r, size_t i, const char *reason)
{
	return bp_fail_at(r->err, r->name, HEAD + r->at.place + 4 * (uint64_t)i, "%s", reason);
}

/*
 * Set the entries, each in the place that the file has for it: no two in one, so one in each.  The
 * pieces come first, in an order that is checked later (encode/automaton_verify.h); then the special tokens,
 * in the order of their ids.
 */
static bp_status set_by_place(const struct reading *r, struct model *m)
{
	const struct stored_automaton *ready = &m->ready;
	struct slice s = { m->bytes, 0 }, end = { m->bytes + r->n_bytes, 0 };
	size_t i, n_single = 0, at, specials = 0;

	for (i = 0; i < m->n_pieces; i++)
		m->piece[i] = (struct slice){ NULL, 0 };
	for (i = 0; i < m->n_pieces; i++, s.p += s.n) {
		s.n = ready->length[i];
		at = ready->place[i];
		if (s.n == 0 || s.n > (size_t)(end.p - s.p))
			return bp_fail_at(r->err, r->name, HEAD + r->at.length + 2 * (uint64_t)i,
					  "the pieces' lengths do not add up to their bytes");
		if (at >= m->n_pieces || m->piece[at].p != NULL)
			return fail_place(r, i, "a piece without a place of its own");
		if (specials > 0 && (m->count[at] > 0 || ready->place[i - 1] > at))
			return fail_place(r, i, "special tokens are not in order at the end");
		specials += m->count[at] == 0;
		n_single += s.n == 1 && specials == 0;
		m->piece[at] = s;
	}
	if (s.p != end.p)
		return bp_fail_at(r->err, r->name, HEAD + r->at.length,
				  "the pieces' lengths do not add up to their bytes");
	if (n_single != 256)
		return bp_fail_at(r->err, r->name, HEAD + r->at.length, "%zu pieces of one byte, "
				  "but there must be 256", n_single);
	return bp_model_list_specials(m) ? BP_OK : bp_fail_memory(r->err);
}

static int by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return bp_slice_compare(*x, *y);
}

/* Names of special tokens have to be ones, and distinct. */
static bp_status check_specials(const struct reading *r, const struct model *m)
{
	struct slice *name = bp_array(m->n_specials, sizeof(*name));
	uint64_t pos = HEAD + r->at.bytes;
	const char *why;
	bp_status st = BP_OK;
	size_t i;

	if (name == NULL)
		return bp_fail_memory(r->err);
	for (i = 0; i < m->n_specials && st == BP_OK; i++) {
		name[i] = m->piece[m->special[i]];
		if (!bp_special_name_ok(name[i], &why))
			st = bp_fail_at(r->err, r->name, pos + (uint64_t)(name[i].p - m->bytes),
					"a special token that %s", why);
	}
	if (st == BP_OK)
		qsort(name, m->n_specials, sizeof(*name), by_bytes);
	for (i = 1; i < m->n_specials && st == BP_OK; i++)
		if (bp_slice_compare(name[i - 1], name[i]) == 0)
			st = bp_fail_at(r->err, r->name,
					pos + (uint64_t)(BP_MAX(name[i - 1].p, name[i].p) - m->bytes),
					"a special token occurs twice");
	free(name);
	return st;
}

static bp_status set_pieces(const struct reading *r, struct model *m)
{
	bp_status st;

	if (!r->has_places)
		return set_by_length(r, m);
	if ((st = set_by_place(r, m)) == BP_OK && m->n_specials > 0)
		st = check_specials(r, m);
	return st;
}

bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err)
{
	struct reading r = { .f = f, .data = data, .name = name, .err = err };
	bp_status st;

	*m = (struct model){ 0 };
	if ((st = read_head(&r, m)) == BP_OK && (st = read_sections(&r, m)) == BP_OK &&
	    (st = add_up(&r, m)) == BP_OK && (st = set_pieces(&r, m)) == BP_OK)
		bp_model_set_probabilities(m);
	else
		bp_model_release(m);
	return st;
}

/* An entry in the order of the file. */
struct sorted {
	struct slice s;
	uint32_t place;
	bool special;
};

static int by_file_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->special != y->special)
		return x->special ? 1 : -1;
	if (x->special)
		return x->place < y->place ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* The pieces in the order of their bytes and special tokens behind them, for free(). */
static struct sorted *sorted_entries(const struct model *m)
{
	struct sorted *s = bp_array(m->n_pieces, sizeof(*s));
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < m->n_pieces; i++)
		s[i] = (struct sorted){ m->piece[i], (uint32_t)i, m->count[i] == 0 };
	qsort(s, m->n_pieces, sizeof(*s), by_file_order);
	return s;
}

/* Do lengths not say which piece is which? */
static bool needs_places(const struct model *m)
{
	return !m->by_length || m->n_specials > 0;
}

static void write_head(const struct model *m, const struct stored_automaton *r, uint64_t n_bytes,
		       unsigned char *head)
{
	memcpy(head, magic, sizeof(magic));
	bp_store32(head + 8, needs_places(m) ? VERSION_PLACES : VERSION);
	bp_store32(head + 12, m->normalize == BP_NORMALIZE_NONE ? NOT_NORMALIZED : 0);
	bp_store64(head + 16, m->n_pieces);
	bp_store64(head + 24, n_bytes);
	bp_store64(head + 32, r->n_slots);
	bp_store64(head + SUMMED_HEAD, bp_checksum_block(0, head, SUMMED_HEAD));
}

/* All behind the head. */
static void write_sections(const struct model *m, const struct stored_automaton *r,
			   const struct sorted *entry, const struct places *at, unsigned char *to)
{
	unsigned char *bytes = to + at->bytes;
	size_t i;

	for (i = 0; i < r->n_slots; i++) {
		bp_store64(to + at->slot + 8 * i, r->slot[i]);
		bp_store32(to + at->longest + 4 * i, r->longest[i]);
	}
	for (i = 0; i < m->n_pieces; i++) {
		bp_store64(to + at->count + 8 * i, m->count[i]);
		bp_store32(to + at->shorter + 4 * i, r->shorter[i]);
		if (needs_places(m))
			bp_store32(to + at->place + 4 * i, entry[i].place);
		bp_store16(to + at->length + 2 * i, (uint32_t)entry[i].s.n);
		memcpy(bytes, entry[i].s.p, entry[i].s.n);
		bytes += entry[i].s.n;
	}
}

bp_status bp_model_to_binary(const struct model *m, const struct stored_automaton *r, struct buf *out,
			     bp_error *err)
{
	struct sorted *entry = sorted_entries(m);
	size_t n_bytes = 0, i;
	unsigned char *to;
	struct places at;
	bool ok;

	/* All of it is in memory in another form, so that sums cannot overflow. */
	for (i = 0; i < m->n_pieces; i++)
		n_bytes += m->piece[i].n;
	at = places_of(r->n_slots, m->n_pieces, needs_places(m), n_bytes);
	ok = entry != NULL && bp_buf_reserve(out, (size_t)(HEAD + at.end + SUM));
	if (ok) {
		to = out->data + out->len;
		write_head(m, r, n_bytes, to);
		write_sections(m, r, entry, &at, to + HEAD);
		bp_store64(to + HEAD + at.end, bp_checksum_block(bp_load64(to + SUMMED_HEAD),
								 to + HEAD, (size_t)at.end));
		out->len += (size_t)(HEAD + at.end + SUM);
	}
	free(entry);
	return ok ? BP_OK : bp_fail_memory(err);
}
