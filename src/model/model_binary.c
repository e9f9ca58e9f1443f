/*
 * model_binary.c - binary model file: a model with the automaton of its pieces, ready to search.
 *
 * Layout; numbers are little-endian.  A header of 48 bytes:
 *	 0  the eight bytes 89 42 50 4D 0D 0A 1A 0A: no text begins with them, and every
 *	    conversion of line ends damages them
 *	 8  version, 4 bytes: 1, or 2 if ids do not ascend by length and bytes or there are special
 *	    tokens beyond the first three
 *	12  flags, 4 bytes: bit 0: texts are not normalised; bits 1 and 2: the setting of newlines,
 *	    a number of bp_newlines; the other bits are 0
 *	16  number of entries (pieces and further special tokens), 8 bytes
 *	24  number of bytes of all entries, 8 bytes
 *	32  number of slots of the automaton, 8 bytes
 *	40  checksum of the 40 bytes before (bp_checksum_block)
 * then
 *	slots of the automaton in stored form, 8 bytes each (encode/automaton.h)
 *	counts in the order of the ids, 8 bytes each
 *	for each slot the longest piece that ends in its state, 4 bytes each
 *	for each piece the next shorter piece that is its suffix, 4 bytes each
 *	only in version 2: the entry of each byte string below, 4 bytes each
 *	lengths of the byte strings below, 2 bytes each
 *	byte strings of all entries without separators: pieces in the order of their bytes, then
 *	names of special tokens in the order of their ids
 *	checksum of everything from the slots on, chained to that of the header, 8 bytes
 * Entries count from 0, which has id 3; FFFFFFFF stands for no piece.  In version 1 ids ascend by
 * length and bytes, so that the lengths determine the entry of each byte string.  In version 2 an
 * entry with count 0 is a special token.
 *
 * The sections of the file are read into one block of memory, in which the arrays of the model
 * then lie as they are: on a little-endian machine a load copies nothing.  The block ends with
 * room for the two arrays that the file does not have (piece and log_probability).
 *
 * After the checksums every number is still checked where it is used as an index or a length: a
 * checksum shows damage, not the absence of faults in the program that wrote the file.
 */
#include "model/model_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/endian.h"
#include "base/sort.h"
#include "bytepiece_files.h"

static const unsigned char magic[8] = { BP_BINARY_FIRST, 'B', 'P', 'M', '\r', '\n', 0x1A, '\n' };
enum { VERSION = 1, VERSION_ENTRIES = 2, HEAD = 48, SUMMED_HEAD = 40, SUM = 8 };
enum { NOT_NORMALIZED = 1, NEWLINES_SHIFT = 1 };	/* flags */
enum {
	BLOCK = 256,			/* the number of slots is a multiple of it */
	ALIGN = 64,			/* a cache line */
	FIRST_PART = 64 * 1024 * 1024,	/* largest first allocation; see read_block() */
	READ_STEP = 1024 * 1024
};
#define MAX_SLOTS ((uint64_t)1 << 27)

/* Offsets of the sections, counted from the end of the header, and of their end. */
struct sections {
	uint64_t slot, count, longest, shorter, entry, length, bytes, end;
};

struct binary_reading {
	FILE *f;		/* NULL: from 'data' */
	struct slice data;	/* the rest that is not read yet */
	const char *name;
	bp_error *err;
	uint64_t pos, sum;	/* offset in the file; checksum of the header */
	uint64_t n_bytes;
	bool has_entries;
	struct sections at;
};

static struct sections sections_of(uint64_t n_slots, uint64_t n_pieces, bool has_entries,
			       uint64_t n_bytes)
{
	struct sections p = { 0 };

	p.count = 8 * n_slots;
	p.longest = p.count + 8 * n_pieces;
	p.shorter = p.longest + 4 * n_slots;
	p.entry = p.shorter + 4 * n_pieces;
	p.length = p.entry + (has_entries ? 4 * n_pieces : 0);
	p.bytes = p.length + 2 * n_pieces;
	p.end = p.bytes + n_bytes;
	return p;
}

/* Read up to n bytes of the file, in steps, between which a signal can end it. */
static bp_status read_steps(struct binary_reading *r, unsigned char *to, size_t n, size_t *got)
{
	size_t step, part;
	bp_status st;

	*got = 0;
	do {
		if ((st = bp_interrupted(r->err)) != BP_OK)
			return st;
		step = BP_MIN(n - *got, READ_STEP);
		errno = 0;
		part = fread(to + *got, 1, step, r->f);
		*got += part;
	} while (part == step && *got < n);
	return *got < n && ferror(r->f) ? bp_fail_errno(r->err, r->name) : BP_OK;
}

/* Read n bytes; fewer are an error. */
static bp_status read_bytes(struct binary_reading *r, unsigned char *to, size_t n)
{
	size_t got = BP_MIN(n, r->data.n);
	bp_status st;

	if (r->f != NULL) {
		if ((st = read_steps(r, to, n, &got)) != BP_OK)
			return st;
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
 * Read n > 0 bytes into memory for free(), with room for 'room' bytes.  Beyond FIRST_PART the
 * memory doubles as bytes arrive: a damaged size must not take much more memory than the file has
 * bytes.
 */
static bp_status read_block(struct binary_reading *r, size_t n, size_t room, void **block)
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

static bp_status fail_header(const struct binary_reading *r, uint64_t pos, const char *reason)
{
	return bp_fail_at(r->err, r->name, pos, "%s", reason);
}

/* Sizes that no valid model has are refused before memory is taken for them. */
static bp_status check_sizes(const struct binary_reading *r, const struct model *m)
{
	if (m->n_pieces < 256)
		return fail_header(r, 16, "fewer pieces than there are single bytes");
	/* Every entry has 1 to BP_PIECE_MAX bytes. */
	if (r->n_bytes < m->n_pieces || r->n_bytes / BP_PIECE_MAX > m->n_pieces)
		return fail_header(r, 24, "the pieces cannot have so many bytes");
	if (m->stored.n_slots == 0 || m->stored.n_slots % BLOCK != 0)
		return fail_header(r, 32, "the number of slots is no multiple of 256");
	return BP_OK;
}

static bp_status read_header(struct binary_reading *r, struct model *m)
{
	unsigned char head[HEAD];
	uint32_t flags;
	bp_status st;

	if ((st = read_bytes(r, head, HEAD)) != BP_OK)
		return st;
	if (memcmp(head, magic, sizeof(magic)) != 0)
		return fail_header(r, 0, "neither JSON nor a whole binary model");
	r->sum = bp_checksum_block(0, head, SUMMED_HEAD);
	if (r->sum != bp_load64(head + SUMMED_HEAD))
		return fail_header(r, SUMMED_HEAD, "damaged: the checksum of the header differs");
	r->has_entries = bp_load32(head + 8) == VERSION_ENTRIES;
	if (bp_load32(head + 8) != VERSION && !r->has_entries)
		return fail_header(r, 8, "an unknown version");
	flags = bp_load32(head + 12);
	if (flags >> NEWLINES_SHIFT > BP_NEWLINES_TEXT)
		return fail_header(r, 12, "an unknown setting");
	if (bp_load64(head + 16) > INT32_MAX)
		return fail_header(r, 16, "too many pieces");
	if (bp_load64(head + 32) > MAX_SLOTS)
		return fail_header(r, 32, "too many slots");
	m->normalize = flags & NOT_NORMALIZED ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	m->newlines = (bp_newlines)(flags >> NEWLINES_SHIFT);
	m->n_pieces = (size_t)bp_load64(head + 16);
	r->n_bytes = bp_load64(head + 24);
	m->stored.n_slots = (size_t)bp_load64(head + 32);
	return check_sizes(r, m);
}

/* Convert the little-endian elements of the arrays in place; compilers delete the loops on
 * little-endian machines. */
static void to_numbers(struct model *m)
{
	struct stored_automaton *r = &m->stored;
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
	for (i = 0; i < m->n_pieces && r->entry != NULL; i++)
		r->entry[i] = bp_load32((const unsigned char *)&r->entry[i]);
}

/* Set the arrays to their sections of the block, and the two other arrays to its end. */
static void set_arrays(const struct binary_reading *r, struct model *m, size_t made_at)
{
	unsigned char *p = m->block;

	m->stored.slot = (void *)(p + r->at.slot);
	m->count = (void *)(p + r->at.count);
	m->stored.longest = (void *)(p + r->at.longest);
	m->stored.shorter = (void *)(p + r->at.shorter);
	m->stored.entry = r->has_entries ? (void *)(p + r->at.entry) : NULL;
	m->stored.length = (void *)(p + r->at.length);
	m->bytes = p + r->at.bytes;
	m->piece = (void *)(p + made_at);
	m->log_probability = (void *)(m->piece + m->n_pieces);
	m->stored.pos = HEAD + r->at.slot;
	m->stored.shorter_pos = HEAD + r->at.shorter;
	m->stored.bytes_pos = HEAD + r->at.bytes;
}

static bp_status read_sections(struct binary_reading *r, struct model *m)
{
	uint64_t made_at, size;
	unsigned char more, *sum;
	bp_status st;

	r->at = sections_of(m->stored.n_slots, m->n_pieces, r->has_entries, r->n_bytes);
	/* Eight spare bytes: the verification of the automaton compares eight bytes at a time. */
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
	/* Trailing bytes are an error, or a damaged file could pass for a shorter one. */
	errno = 0;
	if (r->f != NULL ? fread(&more, 1, 1, r->f) > 0 : r->data.n > 0)
		return bp_fail_at(r->err, r->name, r->pos, "more follows after the end");
	if (r->f != NULL && ferror(r->f))
		return bp_fail_errno(r->err, r->name);
	memset(sum, 0, SUM + 8);
	to_numbers(m);
	return BP_OK;
}

/* Sum up the counts; the sum must stay below 2^63. */
static bp_status sum_counts(const struct binary_reading *r, struct model *m)
{
	uint64_t pos = HEAD + r->at.count;
	size_t i;

	for (i = 0; i < m->n_pieces; i++, pos += 8) {
		if (bp_model_is_special(m, i) && !r->has_entries)
			return bp_fail_at(r->err, r->name, pos, "count is zero");
		if (m->count[i] > INT64_MAX - m->total)
			return bp_fail_at(r->err, r->name, pos,
					  "the sum of the counts is too large");
		m->total += m->count[i];
	}
	return BP_OK;
}

/*
 * Set first[k] to the number of pieces shorter than k bytes, which is the entry of the first piece
 * of k bytes.  256 pieces of one byte are all bytes, if no two are equal (which is verified
 * later).
 */
static bp_status count_lengths(const struct binary_reading *r, const struct model *m,
			       uint32_t *first)
{
	const uint16_t *length = m->stored.length;
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

/* Version 1: the entry of a piece is the next free one of its length, since ids ascend by length
 * and the file has the pieces in the order of their bytes. */
static bp_status set_by_length(const struct binary_reading *r, struct model *m)
{
	uint32_t *first = bp_array(BP_PIECE_MAX + 1, sizeof(*first));
	struct slice s = { m->bytes, 0 };
	bp_status st;
	size_t i;

	if (first == NULL)
		return bp_fail_memory(r->err);
	if ((st = count_lengths(r, m, first)) == BP_OK)
		for (i = 0; i < m->n_pieces && !bp_must_stop_at(i); i++, s.p += s.n) {
			s.n = m->stored.length[i];
			m->piece[first[s.n]++] = s;
		}
	free(first);
	m->by_length = true;
	return st == BP_OK ? bp_interrupted(r->err) : st;
}

static bp_status fail_entry(const struct binary_reading *r, size_t i, const char *reason)
{
	return bp_fail_at(r->err, r->name, HEAD + r->at.entry + 4 * (uint64_t)i, "%s", reason);
}

/*
 * Version 2: the file has the entry of each byte string.  No entry may occur twice; so each of the
 * n entries occurs once.  The pieces come first, in an order that is verified later
 * (encode/automaton_verify.h), then the special tokens in the order of their ids.
 */
static bp_status set_by_entry(const struct binary_reading *r, struct model *m)
{
	const struct stored_automaton *stored = &m->stored;
	struct slice s = { m->bytes, 0 }, end = { m->bytes + r->n_bytes, 0 };
	size_t i, n_single = 0, at, specials = 0;	/* specials: met so far */

	for (i = 0; i < m->n_pieces; i++)
		m->piece[i] = (struct slice){ NULL, 0 };
	for (i = 0; i < m->n_pieces; i++, s.p += s.n) {
		s.n = stored->length[i];
		at = stored->entry[i];
		if (bp_must_stop_at(i))
			return bp_interrupted(r->err);
		if (s.n == 0 || s.n > (size_t)(end.p - s.p))
			return bp_fail_at(r->err, r->name, HEAD + r->at.length + 2 * (uint64_t)i,
					  "the pieces' lengths do not add up to their bytes");
		if (at >= m->n_pieces || m->piece[at].p != NULL)
			return fail_entry(r, i, "two pieces with one id, or an id beyond the last");
		if (specials > 0 && (!bp_model_is_special(m, at) || stored->entry[i - 1] > at))
			return fail_entry(r, i, "special tokens are not in order at the end");
		specials += bp_model_is_special(m, at);
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

/* Names of special tokens must be allowed, and no two may be equal. */
static bp_status check_specials(const struct binary_reading *r, const struct model *m)
{
	struct slice *name = bp_array(m->n_specials, sizeof(*name));
	uint64_t pos = HEAD + r->at.bytes;
	const unsigned char *second;
	const char *why;
	bp_status st = BP_OK;
	size_t i;

	if (name == NULL)
		return bp_fail_memory(r->err);
	for (i = 0; i < m->n_specials && st == BP_OK; i++) {
		name[i] = m->piece[m->special[i]];
		if (bp_must_stop_at(i))
			st = bp_interrupted(r->err);
		else if (!bp_special_name_ok(name[i], &why))
			st = bp_fail_at(r->err, r->name, pos + (uint64_t)(name[i].p - m->bytes),
					"a special token that %s", why);
	}
	if (st == BP_OK && !bp_sort(name, m->n_specials, sizeof(*name), bp_by_bytes))
		st = bp_fail_memory(r->err);
	for (i = 1; i < m->n_specials && st == BP_OK; i++)
		if (bp_slice_compare(name[i - 1], name[i]) == 0) {
			second = BP_MAX(name[i - 1].p, name[i].p);
			st = bp_fail_at(r->err, r->name, pos + (uint64_t)(second - m->bytes),
					"a special token occurs twice");
		}
	free(name);
	return st;
}

static bp_status set_all_pieces(const struct binary_reading *r, struct model *m)
{
	bp_status st;

	if (!r->has_entries)
		return set_by_length(r, m);
	if ((st = set_by_entry(r, m)) == BP_OK && m->n_specials > 0)
		st = check_specials(r, m);
	return st;
}

/* The steps depend on each other: header, sections, counts, pieces, probabilities. */
bp_status bp_model_from_binary(struct model *m, FILE *f, struct slice data, const char *name,
			       bp_error *err)
{
	struct binary_reading r = { .f = f, .data = data, .name = name, .err = err };
	bp_status st;

	*m = (struct model){ 0 };
	if ((st = read_header(&r, m)) == BP_OK && (st = read_sections(&r, m)) == BP_OK &&
	    (st = sum_counts(&r, m)) == BP_OK && (st = set_all_pieces(&r, m)) == BP_OK)
		bp_model_set_probabilities(m);
	else
		bp_model_release(m);
	return st;
}

/* An entry, to be sorted into the order of the file. */
struct sorted {
	struct slice s;
	uint32_t entry;
	bool special;
};

/* Pieces by bytes, special tokens by id behind them. */
static int by_file_order(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;

	if (x->special != y->special)
		return x->special ? 1 : -1;
	if (x->special)
		return x->entry < y->entry ? -1 : 1;
	return bp_slice_compare(x->s, y->s);
}

/* The entries in the order of the file, for free(): pieces by bytes, then special tokens by id. */
static struct sorted *sorted_entries(const struct model *m)
{
	struct sorted *s = bp_array(m->n_pieces, sizeof(*s));
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < m->n_pieces; i++)
		s[i] = (struct sorted){ m->piece[i], (uint32_t)i, bp_model_is_special(m, i) };
	if (!bp_sort(s, m->n_pieces, sizeof(*s), by_file_order)) {
		free(s);
		s = NULL;
	}
	return s;
}

/* True if lengths do not determine the ids, so that version 2 is needed. */
static bool needs_entries(const struct model *m)
{
	return !m->by_length || m->n_specials > 0;
}

static void write_header(const struct model *m, const struct stored_automaton *r, uint64_t n_bytes,
		       unsigned char *head)
{
	memcpy(head, magic, sizeof(magic));
	bp_store32(head + 8, needs_entries(m) ? VERSION_ENTRIES : VERSION);
	bp_store32(head + 12, (m->normalize == BP_NORMALIZE_NONE ? NOT_NORMALIZED : 0) |
			      (uint32_t)m->newlines << NEWLINES_SHIFT);
	bp_store64(head + 16, m->n_pieces);
	bp_store64(head + 24, n_bytes);
	bp_store64(head + 32, r->n_slots);
	bp_store64(head + SUMMED_HEAD, bp_checksum_block(0, head, SUMMED_HEAD));
}

/* Write all sections to 'to', the end of the header.  False if a signal was caught. */
static bool write_sections(const struct model *m, const struct stored_automaton *r,
			   const struct sorted *sorted, const struct sections *at,
			   unsigned char *to)
{
	unsigned char *bytes = to + at->bytes;
	size_t i;

	for (i = 0; i < r->n_slots; i++) {
		if (bp_must_stop_at(i))
			return false;
		bp_store64(to + at->slot + 8 * i, r->slot[i]);
		bp_store32(to + at->longest + 4 * i, r->longest[i]);
	}
	for (i = 0; i < m->n_pieces; i++) {
		if (bp_must_stop_at(i))
			return false;
		bp_store64(to + at->count + 8 * i, m->count[i]);
		bp_store32(to + at->shorter + 4 * i, r->shorter[i]);
		if (needs_entries(m))
			bp_store32(to + at->entry + 4 * i, sorted[i].entry);
		bp_store16(to + at->length + 2 * i, (uint32_t)sorted[i].s.n);
		memcpy(bytes, sorted[i].s.p, sorted[i].s.n);
		bytes += sorted[i].s.n;
	}
	return true;
}

bp_status bp_model_to_binary(const struct model *m, const struct stored_automaton *r,
			     struct buf *out, bp_error *err)
{
	struct sorted *sorted = sorted_entries(m);
	size_t n_bytes = 0, i;
	unsigned char *to;
	struct sections at;
	bool ok;

	/* The model is in memory with larger arrays: no sum here can overflow. */
	for (i = 0; i < m->n_pieces; i++)
		n_bytes += m->piece[i].n;
	at = sections_of(r->n_slots, m->n_pieces, needs_entries(m), n_bytes);
	ok = sorted != NULL && bp_buf_reserve(out, (size_t)(HEAD + at.end + SUM));
	if (ok) {
		to = out->data + out->len;
		write_header(m, r, n_bytes, to);
		ok = write_sections(m, r, sorted, &at, to + HEAD);
	}
	if (ok) {
		bp_store64(to + HEAD + at.end, bp_checksum_block(bp_load64(to + SUMMED_HEAD),
								 to + HEAD, (size_t)at.end));
		out->len += (size_t)(HEAD + at.end + SUM);
	}
	free(sorted);
	return ok ? BP_OK : bp_fail_memory(err);
}
