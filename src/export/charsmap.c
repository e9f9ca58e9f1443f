/*
 * The rules for normal form C come from the decompositions: for each character that has one, every
 * order of its parts, with every beginning composed, is a candidate; a candidate whose normal form
 * is that of the character becomes a key.
 */
#include "export/charsmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "export/alphabet.h"
#include "export/darts.h"
#include "text/nfc.h"
#include "text/unicode.h"
#include "text/utf8.h"

enum { MAX_PARTS = 4, SYMBOL_FOR_NULL = 0x2400 };

struct rules {
	struct buf keys, values;	/* the bytes of all keys; of all values with their NULs */
	struct darts_key *key;		/* pointers are set at the end: 'keys' moves as it grows */
	size_t n, cap;
	struct buf scratch;		/* of normalisation */
};

static void release_rules(struct rules *r)
{
	bp_buf_release(&r->keys);
	bp_buf_release(&r->values);
	bp_buf_release(&r->scratch);
	free(r->key);
}

/* Add the rule that replaces 'key' by the value at an offset.  False if memory is out, as below. */
static bool add_key(struct rules *r, struct slice key, size_t value)
{
	if (!BP_GROW(r->key, r->cap, r->n + 1))
		return false;
	r->key[r->n++] = (struct darts_key){ { NULL, key.n }, (uint32_t)value };
	return bp_buf_append(&r->keys, key.p, key.n);
}

/* A rule for each byte: outside of longer keys it becomes its character of the alphabet. */
static bool add_byte_rules(struct rules *r)
{
	unsigned char c;
	unsigned i;

	for (i = 0; i < 256; i++) {
		c = (unsigned char)i;
		if (!add_key(r, (struct slice){ &c, 1 }, r->values.len) ||
		    !bp_alphabet_append(&r->values, (struct slice){ &c, 1 }) ||
		    !bp_buf_byte(&r->values, '\0'))
			return false;
	}
	return true;
}

static struct slice put_utf8(const uint32_t *code, size_t n, unsigned char *room)
{
	size_t len = 0, i;

	for (i = 0; i < n; i++)
		len += bp_utf8_encode(code[i], room + len);
	return (struct slice){ room, len };
}

/* Add a rule for a sequence of characters if 'form' is its normal form, and the sequence is not
 * normal. */
static bool add_sequence(struct rules *r, const uint32_t *code, size_t n, struct slice form,
			 size_t value)
{
	unsigned char room[4 * MAX_PARTS];
	struct slice s = put_utf8(code, n, room), normal;

	if (!bp_nfc(s, &r->scratch, &normal))
		return false;
	if (bp_slice_compare(normal, form) != 0 || bp_slice_compare(s, form) == 0)
		return true;
	return add_key(r, s, value);
}

/* Add the sequence of the parts in this order, and the sequences in which the first 2, 3, ...
 * parts are composed to one character. */
static bool add_composed(struct rules *r, const uint32_t *part, size_t n, struct slice form,
			 size_t value)
{
	uint32_t code[MAX_PARTS];
	size_t i;

	memcpy(code, part, n * sizeof(*code));
	for (i = 0; i < n; i++) {
		if (i > 0 && (code[i] = bp_unicode_compose(code[i - 1], part[i])) == 0)
			break;
		if (!add_sequence(r, code + i, n - i, form, value))
			return false;
	}
	return true;
}

/* Call add_composed() for each order of the parts from 'from' on. */
static bool add_orders(struct rules *r, uint32_t *part, size_t n, size_t from, struct slice form,
		       size_t value)
{
	uint32_t moved;
	size_t i;

	if (from + 1 >= n)
		return add_composed(r, part, n, form, value);
	for (i = from; i < n; i++) {
		moved = part[i];
		part[i] = part[from];
		part[from] = moved;
		if (!add_orders(r, part, n, from + 1, form, value))
			return false;
		part[from] = part[i];
		part[i] = moved;
	}
	return true;
}

/* Rules for all sequences with the normal form of the character c. */
static bool add_character(struct rules *r, uint32_t c)
{
	unsigned char room[4 * MAX_PARTS], copy[4 * MAX_PARTS];
	uint32_t part[MAX_PARTS];
	size_t n = bp_unicode_decompose(c, part), value = r->values.len;
	struct slice form;

	if (n == 1 && part[0] == c)
		return true;
	if (!bp_nfc(put_utf8(&c, 1, room), &r->scratch, &form))
		return false;
	memcpy(copy, form.p, form.n);
	form.p = copy;
	return bp_alphabet_append(&r->values, form) && bp_buf_byte(&r->values, '\0') &&
	       add_sequence(r, &c, 1, form, value) && add_orders(r, part, n, 1, form, value);
}

/* All code points but ASCII, which normal form C leaves alone, and surrogates, which UTF-8 cannot
 * hold. */
static bool add_nfc(struct rules *r)
{
	uint32_t c;

	for (c = 0x80; c <= 0x10FFFF; c++)
		if ((c < 0xD800 || c > 0xDFFF) && !add_character(r, c))
			return false;
	return true;
}

/* A rule for each character of the alphabet, in the other direction. */
static bool add_alphabet(struct rules *r)
{
	unsigned char room[4], value[4];
	uint32_t code;
	unsigned i;
	size_t n;

	for (i = 0; i < 256; i++) {
		code = bp_alphabet((unsigned char)i);
		value[0] = (unsigned char)i;
		n = i == 0 ? bp_utf8_encode(SYMBOL_FOR_NULL, value) : 1;
		if (!add_key(r, put_utf8(&code, 1, room), r->values.len) ||
		    !bp_buf_append(&r->values, value, n) || !bp_buf_byte(&r->values, '\0'))
			return false;
	}
	return true;
}

/* The length of the array precedes it, and is known only afterwards. */
static bp_status write_rules(struct rules *r, struct buf *out, bp_error *err)
{
	unsigned char length[4] = { 0 };
	const unsigned char *p = r->keys.data;
	size_t start = out->len, i;
	bp_status st;

	for (i = 0; i < r->n; p += r->key[i++].key.n)
		r->key[i].key.p = p;
	if (!bp_buf_append(out, length, sizeof(length)))
		return bp_fail_memory(err);
	if ((st = bp_darts_build(r->key, r->n, out, err)) != BP_OK)
		return st;
	bp_store32(out->data + start, (uint32_t)(out->len - start - sizeof(length)));
	return bp_buf_append(out, r->values.data, r->values.len) ? BP_OK : bp_fail_memory(err);
}

bp_status bp_charsmap_bytes(bool nfc, struct buf *out, bp_error *err)
{
	struct rules r = { .n = 0 };
	bool ok = add_byte_rules(&r) && (!nfc || add_nfc(&r));
	bp_status st = ok ? write_rules(&r, out, err) : bp_fail_memory(err);

	release_rules(&r);
	return st;
}

bp_status bp_charsmap_text(struct buf *out, bp_error *err)
{
	struct rules r = { .n = 0 };
	bp_status st = add_alphabet(&r) ? write_rules(&r, out, err) : bp_fail_memory(err);

	release_rules(&r);
	return st;
}
