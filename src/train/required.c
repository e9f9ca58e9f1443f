/*
 * Items are kept in the order of their ids: the items of the extended model, then the pieces and
 * special tokens of the options as they are given.  Rows, checksum and lines describe the items in
 * this order, so that two trainings have equal checksums only if their models have equal ids.
 */
#include "train/required.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "base/endian.h"
#include "base/number.h"
#include "base/sort.h"
#include "encode/loaded_model.h"
#include "model/piece_rule.h"
#include "text/escape.h"
#include "text/nfc.h"
#include "text/unicode.h"
#include "text/utf8.h"
#include "train/rules.h"

/* Offsets in the key of a row: kind, index, flags, count in the extended model; then the bytes. */
enum { INDEX = 1, FLAGS = 5, COUNT = 6, HEAD = 14 };
enum { IS_OLD = 1, IS_SPECIAL = 2 };	/* flags */

/* An empty struct required is valid, and means that nothing is required. */
void bp_required_release(struct required *r)
{
	free(r->item);
	free(r->piece);
	bp_buf_release(&r->bytes);
	bp_table_release(&r->pieces);
	bp_table_release(&r->specials);
	*r = (struct required){ 0 };
}

/* Capacities, not lengths: the allocated bytes count for a ceiling. */
uint64_t bp_required_memory(const struct required *r)
{
	return (uint64_t)r->cap * sizeof(*r->item) + (uint64_t)r->cap_piece * sizeof(*r->piece) +
	       r->bytes.cap + bp_table_memory(&r->pieces) + bp_table_memory(&r->specials);
}

/* Append an item that *r does not hold yet. */
static bool add_required_item(struct required *r, struct slice s, uint64_t count, bool is_special)
{
	bool is_long = !is_special && s.n > 1;

	if (!BP_GROW(r->item, r->cap, r->n + 1) ||
	    !BP_GROW(r->piece, r->cap_piece, r->n_pieces + 1) ||
	    !bp_buf_append(&r->bytes, s.p, s.n) ||
	    !bp_table_add(is_special ? &r->specials : &r->pieces, s, is_long ? r->n_pieces + 1 : 1))
		return false;
	if (is_long)
		r->piece[r->n_pieces++] = r->n;
	r->n_specials += is_special;
	r->old_total += count;
	r->item[r->n++] = (struct required_item){ r->bytes.len - s.n, s.n, count, is_special };
	return true;
}

/* All entries of the extended model; a special token is an entry with the count 0. */
static bool add_extended_model(struct required *r, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->n_pieces; i++)
		if (!add_required_item(r, m->piece[i], m->count[i], bp_model_is_special(m, i)))
			return false;
	r->n_old = r->n;
	return true;
}

/*
 * The constraints of rules.h are not asked: the caller has chosen this piece by name.  It is
 * normalised first, because texts are: a piece in another form would never be found.
 */
static bp_status add_required_piece(struct required *r, struct slice s, bool normalize,
				    bp_error *err)
{
	struct buf scratch = { 0 };
	bp_status st = BP_OK;
	const char *why;

	if (normalize && !bp_nfc(s, &scratch, &s))
		st = bp_fail_memory(err);
	else if (!bp_piece_possible(r->newlines, s, &why))
		st = bp_fail_bytes(err, "piece", s, why);
	else if (!bp_is_required(r, s) && !add_required_item(r, s, 0, false))
		st = bp_fail_memory(err);
	bp_buf_release(&scratch);
	return st;
}

/* The first two bytes of each character of Unicode that has three or four, once. */
static bool add_beginnings(struct required *r)
{
	unsigned char s[4] = { 0 }, last[2] = { 0 };
	uint32_t c;

	for (c = 0x800; c <= 0x10FFFF; c++) {
		if ((bp_unicode_class(c).flags & (BP_WORD | BP_SYMBOL | BP_HIDDEN)) == 0)
			continue;
		bp_utf8_encode(c, s);
		if (memcmp(s, last, 2) != 0 && !bp_is_required(r, (struct slice){ s, 2 }) &&
		    !add_required_item(r, (struct slice){ s, 2 }, 0, false))
			return false;
		memcpy(last, s, 2);
	}
	return true;
}

/* A name that is given twice, or is in the extended model, is one special token. */
static bp_status add_required_special(struct required *r, struct slice s, bp_error *err)
{
	const char *why;

	if (!bp_special_name_ok(s, &why))
		return bp_fail_bytes(err, "special token", s, why);
	if (!bp_table_has(&r->specials, s) && !add_required_item(r, s, 0, true))
		return bp_fail_memory(err);
	return BP_OK;
}

static struct slice option_bytes(bp_bytes b)
{
	return bp_slice(b.bytes, b.len);
}

/*
 * The automaton of all required pieces, which every model holds, must be possible.  It has at most
 * a state for each byte, so that few bytes need no trial.
 */
static bp_status check_automaton(const struct required *r, bp_error *err)
{
	enum { ALWAYS_POSSIBLE = 1 << 20 };
	struct slice *piece;
	struct automaton a = { 0 };
	bp_status st;
	size_t i;

	if (r->bytes.len <= ALWAYS_POSSIBLE)
		return BP_OK;
	if ((piece = bp_array(r->n_pieces, sizeof(*piece))) == NULL)
		return bp_fail_memory(err);
	for (i = 0; i < r->n_pieces; i++)
		piece[i] = bp_required_piece(r, i);
	st = bp_automaton_init(&a, piece, r->n_pieces, err);
	bp_automaton_release(&a);
	free(piece);
	return st != BP_ERANGE ? st : bp_fail(err, BP_ERANGE, "the required pieces are too many or "
					      "too long for a model");
}

bp_status bp_required_init(struct required *r, const bp_train_options *o, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	*r = (struct required){ .newlines = bp_rules_newlines(o, BP_LINES) };
	if (o->extend != NULL && o->normalize != o->extend->model.normalize)
		return bp_fail(err, BP_ERANGE, "the model to be extended has another "
			       "normalisation");
	if (o->extend != NULL && r->newlines != o->extend->model.newlines)
		return bp_fail(err, BP_ERANGE, "the model to be extended has --newlines %s, which "
			       "--extend keeps", bp_newlines_name(o->extend->model.newlines));
	if ((o->extend != NULL && !add_extended_model(r, &o->extend->model)) ||
	    (o->ensure_unicode == BP_UNICODE_BEGIN_ALL && !add_beginnings(r)))
		st = bp_fail_memory(err);
	for (i = 0; i < o->n_pieces && st == BP_OK; i++)
		st = bp_check_line(add_required_piece(r, option_bytes(o->piece[i]),
						      o->normalize == BP_NORMALIZE_NFC, err),
				   o->piece[i].file, o->piece[i].line, err);
	for (i = 0; i < o->n_specials && st == BP_OK; i++)
		st = bp_check_line(add_required_special(r, option_bytes(o->special[i]), err),
				   o->special[i].file, o->special[i].line, err);
	if (st == BP_OK)
		st = check_automaton(r, err);
	if (st != BP_OK)
		bp_required_release(r);
	return st;
}

bp_status bp_required_check_sizes(const struct required *r, const bp_train_options *o,
				  bp_error *err)
{
	size_t most, i;

	for (i = 0; i < o->n_sizes; i++) {
		most = o->vocab_size[i] - BP_VOCAB_MIN;
		if (r->n_pieces + r->n_specials > most)
			return bp_fail(err, BP_ERANGE, "a vocabulary of %" PRIu32 " ids has no "
				       "room for all that is required: %zu pieces and %zu "
				       "special tokens, beside 256 bytes and 3 special tokens",
				       o->vocab_size[i], r->n_pieces, r->n_specials);
	}
	return BP_OK;
}

bp_status bp_required_names(const struct required *r, struct special_matcher *t, bp_error *err)
{
	size_t n = 0, most = BP_FIRST_PIECE + r->n_specials, i;
	struct slice *name = bp_array(most, sizeof(*name));
	uint32_t *id = bp_array(most, sizeof(*id));
	bp_status st = BP_OK;

	if (name == NULL || id == NULL)
		st = bp_fail_memory(err);
	for (; st == BP_OK && n < BP_FIRST_PIECE; n++)
		name[n] = bp_string(bp_first_specials[n]);
	for (i = 0; st == BP_OK && i < r->n; i++)
		if (r->item[i].is_special)
			name[n++] = bp_required_at(r, i);
	/* Any numbers: only the offsets of names matter. */
	for (i = 0; st == BP_OK && i < n; i++)
		id[i] = (uint32_t)i;
	if (st == BP_OK)
		st = bp_special_matcher_init(t, name, id, n, err);
	free(name);
	free(id);
	return st;
}

/* The flags of an item in a row; they are hashed too, as a name may equal a piece. */
static unsigned flags_of(const struct required *r, size_t i)
{
	return (i < r->n_old ? IS_OLD : 0u) | (r->item[i].is_special ? IS_SPECIAL : 0u);
}

/* The checksum of the first n items; 0 only if n is 0. */
static uint64_t checksum_items(const struct required *r, size_t n)
{
	struct checksum sum = { 0 };
	unsigned char head[13];
	size_t i;

	for (i = 0; i < n; i++) {
		head[0] = (unsigned char)flags_of(r, i);
		bp_store_be(head + 1, r->item[i].n, 4);
		bp_store_be(head + 5, r->item[i].count, 8);
		bp_checksum_add(&sum, head, sizeof(head));
		bp_checksum_add(&sum, r->bytes.data + r->item[i].at, r->item[i].n);
	}
	return n == 0 ? 0 : BP_MAX(bp_checksum(&sum), 1);
}

uint64_t bp_required_sum(const struct required *r)
{
	return checksum_items(r, r->n);
}

/*
 * The count of each row is 1.  Merging adds up equal rows, so in the sum of all parts each has the
 * number of parts as its count, and a part with other items makes the count differ.
 */
bp_status bp_required_write(const struct required *r, struct row_writer *w, bp_error *err)
{
	struct buf key = { 0 };
	bp_status st = BP_OK;
	struct slice s;
	struct row row;
	size_t i;

	for (i = 0; i < r->n && st == BP_OK; i++) {
		s = bp_required_at(r, i);
		key.len = 0;
		if (!bp_buf_reserve(&key, HEAD + s.n)) {
			st = bp_fail_memory(err);
			break;
		}
		key.data[0] = ROW_REQUIRED;
		bp_store_be(key.data + INDEX, i, 4);
		key.data[FLAGS] = (unsigned char)flags_of(r, i);
		bp_store_be(key.data + COUNT, r->item[i].count, 8);
		memcpy(key.data + HEAD, s.p, s.n);
		row = (struct row){ { key.data, HEAD + s.n }, 1 };
		st = bp_rows_write(w, &row, err);
	}
	bp_buf_release(&key);
	return st;
}

/*
 * True if a row that was read can be the next item.  Rows come from files that others may have
 * changed: the items accepted here make a valid vocabulary, and their counts sum below 2^63.
 */
static bool is_possible_item(const struct required *r, struct slice s, unsigned flags,
			     uint64_t count)
{
	bool is_old = (flags & IS_OLD) != 0, is_special = (flags & IS_SPECIAL) != 0;
	const char *why;

	if (flags > (IS_OLD | IS_SPECIAL) || (is_old && r->n_old < r->n) ||
	    bp_table_has(is_special ? &r->specials : &r->pieces, s) ||
	    count > INT64_MAX - r->old_total)
		return false;
	if (is_special)
		return count == 0 && bp_special_name_ok(s, &why);
	if (is_old)	/* a loaded model may hold pieces that no text gives (piece_rule.h) */
		return count > 0 && bp_piece_length_fault(s.n) == NULL;
	return count == 0 && bp_piece_possible(r->newlines, s, NULL);
}

/* Add the item of a row, whose key has its head. */
static bp_status read_item(struct required *r, const struct row *row, const char *from,
			   bp_error *err)
{
	const unsigned char *p = row->key.p;
	struct slice s = { p + HEAD, row->key.n - HEAD };
	uint64_t count = bp_load_be(p + COUNT, 8);

	if (!is_possible_item(r, s, p[FLAGS], count))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: a required piece that no vocabulary "
			       "can hold", from);
	if (!add_required_item(r, s, count, (p[FLAGS] & IS_SPECIAL) != 0))
		return bp_fail_memory(err);
	if ((p[FLAGS] & IS_OLD) != 0)
		r->n_old = r->n;
	return BP_OK;
}

bp_status bp_required_read_row(struct required *r, const struct row *row, uint64_t parts,
			       const char *from, bp_error *err)
{
	if (row->key.n < HEAD || row->count != parts ||
	    bp_load_be(row->key.p + INDEX, 4) != r->n)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: the required pieces are not "
			       "complete", from);
	return read_item(r, row, from, err);
}

bp_status bp_required_check_row(struct required *seen, const struct row *row, const char *from,
				bp_error *err)
{
	if (row->key.n < HEAD)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: the required pieces are not "
			       "complete", from);
	return read_item(seen, row, from, err);
}

static bool append_item_line(struct buf *out, const char *kind, struct slice s)
{
	return bp_buf_string(out, kind) && bp_escape_append(out, s) &&
	       bp_buf_byte(out, '\n');
}

bool bp_required_lines(const struct required *r, struct buf *out)
{
	char line[48];
	size_t i;

	/* One line stands for all items of the extended model: there may be a million. */
	if (r->n_old > 0) {
		snprintf(line, sizeof(line), "extends %016" PRIx64 "\n",
			 checksum_items(r, r->n_old));
		if (!bp_buf_string(out, line))
			return false;
	}
	for (i = r->n_old; i < r->n; i++)
		if (!append_item_line(out, r->item[i].is_special ? "special " : "piece ",
			      bp_required_at(r, i)))
			return false;
	return true;
}

/*
 * The model.  The counts of the extended model and the new counts are scaled to the larger of their
 * two totals, but at most to this total: so the sum of both is below 2^63, rounding up included.
 */
#define MOST_TOTAL ((uint64_t)1 << 61)

static int rows_by_length_and_bytes(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->key.n != y->key.n)
		return x->key.n < y->key.n ? -1 : 1;
	return bp_slice_compare(x->key, y->key);
}

/* A model while its entries are put together. */
struct model_entries {
	const struct required *r;
	struct row *found;	/* by length and bytes; put_old_entries() scales the counts */
	bool *taken;		/* by index in 'found': the piece is an entry already */
	size_t n_found;
	struct slice *piece;	/* the n entries so far */
	uint64_t *count;
	size_t n;
};

static void put_entry(struct model_entries *x, struct slice s, uint64_t count)
{
	x->piece[x->n] = s;
	x->count[x->n++] = count;
}

/*
 * count * to / from, rounded; in double precision, because the product needs up to 124 bits.  If
 * 'from' is 0, a text without tokens, 'count' is 0 too, and so is the result.
 */
static uint64_t scale(uint64_t count, uint64_t to, uint64_t from)
{
	if (to == from)
		return count;
	return bp_integer((double)count * bp_ratio((double)to, (double)from) + 0.5, MOST_TOTAL);
}

/*
 * Put the entries of the extended model, in the order of their ids.  Each has the sum of its scaled
 * counts; so an old piece that the new corpus never uses keeps its odds against other old pieces.
 */
static void put_old_entries(struct model_entries *x)
{
	const struct required *r = x->r;
	uint64_t new_total = 0, total, count;
	struct row *f, key;
	size_t i;

	for (i = 0; i < x->n_found; i++)
		new_total += x->found[i].count;
	total = BP_MIN(BP_MAX(r->old_total, new_total), MOST_TOTAL);
	for (i = 0; i < x->n_found; i++)
		x->found[i].count = scale(x->found[i].count, total, new_total);
	for (i = 0; i < r->n_old; i++) {
		key = (struct row){ bp_required_at(r, i), 0 };
		if (r->item[i].is_special) {
			put_entry(x, key.key, 0);
			continue;
		}
		f = bsearch(&key, x->found, x->n_found, sizeof(*x->found),
			    rows_by_length_and_bytes);
		x->taken[f - x->found] = true;
		/* lint: analyzer-null: all old pieces were found too */
		count = scale(r->item[i].count, total, r->old_total) + f->count;
		put_entry(x, key.key, BP_MAX(count, 1));
	}
}

/* A piece with the count 0 would be a special token: hence the count of at least 1. */
static void put_new_entries(struct model_entries *x)
{
	size_t i;

	for (i = 0; i < x->n_found; i++)
		if (!x->taken[i])
			put_entry(x, x->found[i].key, BP_MAX(x->found[i].count, 1));
	for (i = x->r->n_old; i < x->r->n; i++)
		if (x->r->item[i].is_special)
			put_entry(x, bp_required_at(x->r, i), 0);
}

bp_status bp_required_model(const struct required *r, const struct row *found, size_t n,
			    bp_normalize normalize, struct model *m, bp_error *err)
{
	struct model_entries x = { .r = r, .found = bp_array(n, sizeof(*x.found)), .n_found = n,
			    .taken = calloc(n, sizeof(*x.taken)),
			    .piece = bp_array(n + r->n_specials, sizeof(*x.piece)),
			    .count = bp_array(n + r->n_specials, sizeof(*x.count)) };
	bp_status st;

	if (x.found != NULL)
		memcpy(x.found, found, n * sizeof(*found));
	if (x.found == NULL || x.taken == NULL || x.piece == NULL || x.count == NULL ||
	    !bp_sort(x.found, n, sizeof(*x.found), rows_by_length_and_bytes)) {
		st = bp_fail_memory(err);
	} else {
		if (r->n_old > 0)
			put_old_entries(&x);
		put_new_entries(&x);
		st = bp_model_init(m, x.piece, x.count, x.n, normalize, err);
	}
	free(x.found);
	free(x.taken);
	free(x.piece);
	free(x.count);
	return st;
}
