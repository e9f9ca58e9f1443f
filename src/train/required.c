#include "train/required.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/checksum.h"
#include "encode/encoder.h"
#include "text/nfc.h"
#include "text/utf8.h"

enum { SHOWN = 40 };	/* bytes of a piece in a message */

/* Of a row's key: kind, index, what it is, count in the extended model; its bytes follow. */
enum { INDEX = 1, FLAGS = 5, COUNT = 6, HEAD = 14, IS_OLD = 1, IS_SPECIAL = 2 };

void bp_required_release(struct required *r)
{
	free(r->item);
	free(r->piece);
	bp_buf_release(&r->bytes);
	bp_table_release(&r->pieces);
	bp_table_release(&r->specials);
	*r = (struct required){ 0 };
}

uint64_t bp_required_memory(const struct required *r)
{
	return (uint64_t)r->cap * sizeof(*r->item) + (uint64_t)r->cap_piece * sizeof(*r->piece) +
	       r->bytes.cap + bp_table_memory(&r->pieces) + bp_table_memory(&r->specials);
}

/* As text on a line: blanks, control bytes, backslashes and malformed bytes as \xNN. */
static bool show(struct buf *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";
	char code[4] = "\\x";
	size_t i, k;

	for (i = 0; i < s.n; i += BP_MAX(k, 1)) {
		k = bp_utf8_length(s.p + i, s.n - i);
		if (k > 1 || (k == 1 && s.p[i] > ' ' && s.p[i] != '\\' && s.p[i] != 0x7F)) {
			if (!bp_buf_append(out, s.p + i, k))
				return false;
			continue;
		}
		k = 1;
		code[2] = hex[s.p[i] >> 4];
		code[3] = hex[s.p[i] & 15];
		if (!bp_buf_append(out, code, 4))
			return false;
	}
	return true;
}

static bp_status refuse(struct slice s, const char *what, const char *why, bp_error *err)
{
	struct buf text = { 0 };

	if (!show(&text, (struct slice){ s.p, BP_MIN(s.n, SHOWN) }))
		text.len = 0;
	bp_fail(err, BP_ERANGE, "%s '%.*s%s' %s", what, (int)text.len, (const char *)text.data,
		s.n > SHOWN ? "..." : "", why);
	bp_buf_release(&text);
	return BP_ERANGE;
}

/* Append an item; it is not there yet. */
static bool add(struct required *r, struct slice s, uint64_t count, bool is_special)
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

static bool add_model(struct required *r, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->n_pieces; i++)
		if (!add(r, m->piece[i], m->count[i], m->count[i] == 0))
			return false;
	r->n_old = r->n;
	return true;
}

/* Why no text is ever cut so that this is a piece of it; NULL if that may be. */
static const char *why_no_piece(struct slice s)
{
	size_t i;

	if (s.n == 0)
		return "is empty";
	if (s.n > BP_PIECE_MAX)
		return "is too long for a piece";
	for (i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\n' && s.p[i + 1] != '\n')
			return "has bytes after a newline, where every text is cut";
	return NULL;
}

static bp_status add_piece(struct required *r, struct slice s, bool normalize, bp_error *err)
{
	struct buf scratch = { 0 };
	bp_status st = BP_OK;
	const char *why;

	if (normalize && !bp_nfc(s, &scratch, &s))
		st = bp_fail_memory(err);
	else if ((why = why_no_piece(s)) != NULL)
		st = refuse(s, "piece", why, err);
	else if (!bp_is_required(r, s) && !add(r, s, 0, false))
		st = bp_fail_memory(err);
	bp_buf_release(&scratch);
	return st;
}

static bp_status add_special(struct required *r, struct slice s, bp_error *err)
{
	const char *why;

	if (!bp_special_name_ok(s, &why))
		return refuse(s, "special token", why, err);
	return bp_table_has(&r->specials, s) || add(r, s, 0, true) ? BP_OK : bp_fail_memory(err);
}

static struct slice slice_of(bp_bytes b)
{
	return (struct slice){ (const unsigned char *)b.bytes, b.len };
}

bp_status bp_required_init(struct required *r, const bp_train_options *o, bp_error *err)
{
	bp_status st = BP_OK;
	size_t i;

	*r = (struct required){ .n = 0 };
	if (o->extend != NULL && o->normalize != o->extend->model.normalize)
		return bp_fail(err, BP_ERANGE, "the model to be extended has another "
			       "normalization");
	if (o->extend != NULL && !add_model(r, &o->extend->model))
		st = bp_fail_memory(err);
	for (i = 0; i < o->n_pieces && st == BP_OK; i++)
		st = add_piece(r, slice_of(o->piece[i]), o->normalize == BP_NORMALIZE_NFC, err);
	for (i = 0; i < o->n_specials && st == BP_OK; i++)
		st = add_special(r, slice_of(o->special[i]), err);
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
			return bp_fail(err, BP_ERANGE, "a vocabulary of %" PRIu32 " ids has no room for "
				       "its required content: %zu pieces, %zu special tokens, "
				       "256 bytes, <pad>, <bos> and <eos>", o->vocab_size[i],
				       r->n_pieces, r->n_specials);
	}
	return BP_OK;
}

/* What an item is, as a row tells it. */
static unsigned flags_of(const struct required *r, size_t i)
{
	return (i < r->n_old ? IS_OLD : 0u) | (r->item[i].is_special ? IS_SPECIAL : 0u);
}

/* Of the first n items; 0 if there are none. */
static uint64_t sum_of(const struct required *r, size_t n)
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
	return sum_of(r, r->n);
}

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

/* Can it be the next item, so that the sum of all counts stays below 2^63? */
static bool may_follow(const struct required *r, struct slice s, unsigned flags, uint64_t count)
{
	bool is_old = (flags & IS_OLD) != 0, is_special = (flags & IS_SPECIAL) != 0;
	const char *why;

	if (flags > (IS_OLD | IS_SPECIAL) || (is_old && r->n_old < r->n) ||
	    bp_table_has(is_special ? &r->specials : &r->pieces, s) ||
	    count > INT64_MAX - r->old_total)
		return false;
	if (is_special)
		return count == 0 && bp_special_name_ok(s, &why);
	return is_old ? count > 0 && s.n > 0 : count == 0 && why_no_piece(s) == NULL;
}

bp_status bp_required_read_row(struct required *r, const struct row *row, uint64_t parts,
			       const char *from, bp_error *err)
{
	const unsigned char *p = row->key.p;
	struct slice s;
	uint64_t count;

	if (row->key.n < HEAD || row->count != parts || bp_load_be(p + INDEX, 4) != r->n)
		return bp_fail(err, BP_EFORMAT, "%s: damaged: the required pieces are incomplete", from);
	s = (struct slice){ p + HEAD, row->key.n - HEAD };
	count = bp_load_be(p + COUNT, 8);
	if (!may_follow(r, s, p[FLAGS], count))
		return bp_fail(err, BP_EFORMAT, "%s: damaged: the required pieces do not make a vocabulary",
			       from);
	if (!add(r, s, count, (p[FLAGS] & IS_SPECIAL) != 0))
		return bp_fail_memory(err);
	if ((p[FLAGS] & IS_OLD) != 0)
		r->n_old = r->n;
	return BP_OK;
}

static bool add_line(struct buf *out, const char *what, struct slice s)
{
	return bp_buf_append(out, what, strlen(what)) && show(out, s) && bp_buf_byte(out, '\n');
}

bool bp_required_lines(const struct required *r, struct buf *out)
{
	char line[48];
	size_t i;

	/* What is of the extended model is known by its sum. */
	if (r->n_old > 0) {
		snprintf(line, sizeof(line), "extends %016" PRIx64 "\n", sum_of(r, r->n_old));
		if (!bp_buf_append(out, line, strlen(line)))
			return false;
	}
	for (i = r->n_old; i < r->n; i++)
		if (!add_line(out, r->item[i].is_special ? "special " : "piece ",
			      bp_required_at(r, i)))
			return false;
	return true;
}
