/*
 * Other libraries keep pieces and special tokens in one table of strings, so that a special token
 * must not have the text of a piece, as it may here.
 */
#include "export/alphabet.h"

#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "text/utf8.h"

static bool is_printable(unsigned c)
{
	/* Latin-1 without blanks, controls and the soft hyphen. */
	return (c > 0x20 && c < 0x7F) || (c > 0xA0 && c != 0xAD);
}

/* Not a table: exports are rare, and the loop states the definition. */
uint32_t bp_alphabet(unsigned char c)
{
	uint32_t n = 0, i;

	if (is_printable(c))
		return c;
	for (i = 0; i < c; i++)
		n += !is_printable(i);
	return 0x100 + n;
}

bool bp_alphabet_append(struct buf *out, struct slice s)
{
	size_t i;

	if (s.n > SIZE_MAX / 2 || !bp_buf_reserve(out, 2 * s.n))
		return false;
	for (i = 0; i < s.n; i++)
		out->len += bp_utf8_encode(bp_alphabet(s.p[i]), out->data + out->len);
	return true;
}

bool bp_alphabet_changes(struct slice s)
{
	bool changes = false;
	unsigned c;
	size_t i;

	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (c >= 0x80) {
			/* Letters beyond ASCII have two bytes. */
			if (c >= 0xE0 || ++i == s.n)
				return false;
			c = (c & 0x1F) << 6 | (s.p[i] & 0x3F);
			changes = true;
		}
		if (c < 0x100 ? !is_printable(c) : c > bp_alphabet(0xAD))
			return false;
	}
	return changes;
}

/*
 * The strings that no further name may be, with the reason and a way past each: in the count of its
 * entry, the lowest bits tell who has the string, and the others how many underscores lead from it
 * to a string that may be free.
 */
struct names {
	struct table taken;
	struct buf *name;	/* the names so far */
	size_t n;
};
enum { HAS_PIECE = 1, HAS_SPECIAL = 2, HAS_NAME = 4, SKIP_BITS = 3 };

/* Note that a string is taken; the next one to try has one underscore more. */
static bool take(struct names *x, struct slice s, unsigned by)
{
	struct table_entry *e = bp_table_find(&x->taken, s);

	if (e == NULL)
		return bp_table_add(&x->taken, s, (uint64_t)1 << SKIP_BITS | by);
	e->count |= by;
	return true;
}

void bp_byte_text(unsigned char c, char text[BYTE_TEXT + 1])
{
	snprintf(text, BYTE_TEXT + 1, "<0x%02X>", c);
}

/* The texts of the bytes that are no text by themselves. */
static bool take_byte_texts(struct names *x)
{
	char text[BYTE_TEXT + 1];
	bool ok = true;
	unsigned c;

	for (c = 0; c < 256 && ok; c = c == 0 ? 0x80 : c + 1) {
		bp_byte_text((unsigned char)c, text);
		ok = take(x, bp_slice(text, BYTE_TEXT), HAS_PIECE);
	}
	return ok;
}

/* The strings of all entries: texts of pieces, special tokens by name. */
static bool take_entries(struct names *x, const struct model *m, enum piece_texts texts)
{
	struct buf text = { 0 };
	bool ok = texts == TEXTS_IN_ALPHABET || take_byte_texts(x);
	size_t i;

	for (i = 0; i < m->n_pieces && (ok = ok && !bp_must_stop_at(i)); i++) {
		if (bp_model_is_special(m, i) || texts == TEXTS_IN_BYTES) {
			ok = take(x, m->piece[i],
				  bp_model_is_special(m, i) ? HAS_SPECIAL : HAS_PIECE);
			continue;
		}
		text.len = 0;
		ok = bp_alphabet_append(&text, m->piece[i]) &&
		     take(x, bp_buf_slice(&text), HAS_PIECE);
	}
	bp_buf_release(&text);
	return ok;
}

/* Underscores to be put behind 's', or 0 if it is free; 'own' may be had by a special token. */
static size_t underscores_behind(const struct names *x, struct slice s, bool own)
{
	const struct table_entry *e = bp_table_find(&x->taken, s);

	if (e == NULL || (own && (e->count & (HAS_PIECE | HAS_NAME)) == 0))
		return 0;
	return (size_t)(e->count >> SKIP_BITS);
}

static bool put_underscores(struct buf *b, size_t n)
{
	if (!bp_buf_reserve(b, n))
		return false;
	memset(b->data + b->len, '_', n);
	b->len += n;
	return true;
}

/*
 * From each string on the way to the name, lead to the name at once: without that, each of many
 * tokens with one beginning would go all the way that the others have gone.
 */
static void shorten_way(const struct names *x, const struct buf *name, size_t len)
{
	struct table_entry *e;
	size_t skip;

	while (len < name->len) {
		e = bp_table_find(&x->taken, bp_buf_part(name, 0, len));
		skip = (size_t)(e->count >> SKIP_BITS);
		e->count = (uint64_t)(name->len - len) << SKIP_BITS |
			   (e->count & ((1 << SKIP_BITS) - 1));
		len += skip;
	}
}

/* Set the next name to 'plain' with underscores at its end until no other token has it.
 * is_entry: 'plain' is the name of the entry itself. */
static bool add_name(struct names *x, struct slice plain, bool is_entry)
{
	struct buf *name = &x->name[x->n++];
	size_t n;

	if (!bp_buf_append(name, plain.p, plain.n))
		return false;
	while ((n = underscores_behind(x, bp_buf_slice(name),
				       is_entry && name->len == plain.n)) > 0)
		if (!put_underscores(name, n))
			return false;
	shorten_way(x, name, plain.n);
	return take(x, bp_buf_slice(name), HAS_NAME);
}

/* Names are made unique one after the other, each against all that come before it. */
static bool add_names(struct names *x, const struct model *m)
{
	static const char plain[N_COMMON_SPECIALS][6] = { "<pad>", "<bos>", "<eos>", "<unk>" };
	size_t i;

	for (i = 0; i < N_COMMON_SPECIALS; i++)
		if (!add_name(x, bp_string(plain[i]), false))
			return false;
	for (i = 0; i < m->n_specials; i++)
		if (bp_must_stop_at(i) || !add_name(x, m->piece[m->special[i]], true))
			return false;
	return true;
}

bool bp_export_names(const struct model *m, enum piece_texts texts, struct buf *name)
{
	struct names x = { .name = name };
	bool ok = take_entries(&x, m, texts) && add_names(&x, m);

	bp_table_release(&x.taken);
	return ok;
}
