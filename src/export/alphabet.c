#include "export/alphabet.h"

#include <string.h>

#include "text/utf8.h"

static bool is_printable(unsigned c)
{
	/* Latin-1 without blanks, controls and the soft hyphen. */
	return (c > 0x20 && c < 0x7F) || (c > 0xA0 && c != 0xAD);
}

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

static bool has_piece(const struct model *m, struct slice s)
{
	size_t lo = 0, hi = m->n_pieces, mid;
	int d;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		d = m->piece[mid].n != s.n ? (m->piece[mid].n < s.n ? -1 : 1)
					   : memcmp(m->piece[mid].p, s.p, s.n);
		if (d == 0)
			return true;
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool bp_control_names(const struct model *m, struct buf name[N_CONTROLS])
{
	static const char plain[N_CONTROLS][6] = { "<pad>", "<bos>", "<eos>", "<unk>" };
	unsigned i;

	for (i = 0; i < N_CONTROLS; i++) {
		if (!bp_buf_append(&name[i], plain[i], strlen(plain[i])))
			return false;
		while (has_piece(m, (struct slice){ name[i].data, name[i].len }))
			if (!bp_buf_byte(&name[i], '_'))
				return false;
	}
	return true;
}
