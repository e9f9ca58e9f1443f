/*
 * Other libraries keep pieces and special tokens in one table of strings, so that a special token
 * must not have the text of a piece, as it may here.
 */
#include "export/alphabet.h"

#include <string.h>

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

/* Set 'out' to the bytes of these characters; *all is false if a character is not in the
 * alphabet. */
static bool from_alphabet(struct slice s, struct buf *out, bool *all)
{
	uint32_t code;
	size_t i, k;
	unsigned c;

	out->len = 0;
	for (i = 0, *all = true; i < s.n && *all; i += k) {
		k = bp_utf8_unit(s.p + i, s.n - i);
		code = bp_utf8_decode(s.p + i, k);
		for (c = 0; c < 256 && bp_alphabet((unsigned char)c) != code; c++)
			;
		*all = c < 256;
		if (*all && !bp_buf_byte(out, (unsigned char)c))
			return false;
	}
	return true;
}

static bool is_same(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* True if an entry other than 'self' has this name in the export: a piece with these bytes, or a
 * special token. */
static bool is_entry(const struct model *m, struct slice name, struct slice bytes, size_t self)
{
	size_t i;

	for (i = 0; i < m->n_pieces; i++)
		if (i != self && is_same(m->piece[i], bp_model_is_special(m, i) ? name : bytes))
			return true;
	return false;
}

/* Set name[at] to 'plain' with underscores at its end until no other token has the name. */
static bool set_name(const struct model *m, struct slice plain, size_t self, struct buf *name,
		     size_t at)
{
	struct buf bytes = { 0 };
	bool ok = bp_buf_append(&name[at], plain.p, plain.n), taken = true, all;
	struct slice s;
	size_t i;

	while (ok && taken) {
		s = bp_buf_slice(&name[at]);
		if (!(ok = from_alphabet(s, &bytes, &all)))
			break;
		taken = is_entry(m, s, (struct slice){ bytes.data, all ? bytes.len : 0 }, self);
		for (i = 0; i < at && !taken; i++)
			taken = is_same(s, bp_buf_slice(&name[i]));
		if (taken)
			ok = bp_buf_byte(&name[at], '_');
	}
	bp_buf_release(&bytes);
	return ok;
}

/* Names are made unique one after the other, each against all that come before it. */
bool bp_export_names(const struct model *m, struct buf *name)
{
	static const char plain[N_COMMON_SPECIALS][6] = { "<pad>", "<bos>", "<eos>", "<unk>" };
	struct slice s;
	size_t i;

	for (i = 0; i < N_COMMON_SPECIALS; i++) {
		s = (struct slice){ (const unsigned char *)plain[i], strlen(plain[i]) };
		if (!set_name(m, s, SIZE_MAX, name, i))
			return false;
	}
	for (i = 0; i < m->n_specials; i++)
		if (!set_name(m, m->piece[m->special[i]], m->special[i], name,
			      N_COMMON_SPECIALS + i))
			return false;
	return true;
}
