#include "lib/format.h"

#include <string.h>

#include "text/utf8.h"

/* A blank and ten digits, the longest token in decimal. */
enum { TOKEN_ROOM = 11 };

void bp_format_reset(struct format *f, bool has_tokens)
{
	f->text.len = 0;
	f->has_tokens = has_tokens;
}

/* Write v in decimal and return the place after it. */
static unsigned char *put_decimal(unsigned char *out, uint32_t v)
{
	unsigned char digits[10];
	size_t n = 0;

	do
		digits[n++] = (unsigned char)('0' + v % 10);
	while ((v /= 10) > 0);
	while (n > 0)
		*out++ = digits[--n];
	return out;
}

static bool put_ids(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned char *out;
	size_t i;

	if (n > SIZE_MAX / TOKEN_ROOM || !bp_buf_reserve(&f->text, n * TOKEN_ROOM))
		return false;
	out = f->text.data + f->text.len;
	for (i = 0; i < n; i++) {
		if (f->has_tokens)
			*out++ = ' ';
		f->has_tokens = true;
		out = put_decimal(out, piece[i] + BP_FIRST_PIECE);
	}
	f->text.len = (size_t)(out - f->text.data);
	return true;
}

/* Write a piece as printable text, at most four bytes for one, and return the place after it. */
static unsigned char *put_piece(unsigned char *out, struct slice s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t i, k;

	for (i = 0; i < s.n; i += k) {
		k = bp_utf8_length(s.p + i, s.n - i);
		if (k > 1 || (k == 1 && s.p[i] > ' ' && s.p[i] != '\\' && s.p[i] != 0x7F)) {
			memcpy(out, s.p + i, k);
			out += k;
			continue;
		}
		k = 1;
		*out++ = '\\';
		*out++ = 'x';
		*out++ = (unsigned char)hex[s.p[i] >> 4];
		*out++ = (unsigned char)hex[s.p[i] & 15];
	}
	return out;
}

static struct slice piece_bytes(const bp_model *m, uint32_t id)
{
	struct slice s;

	s.p = (const unsigned char *)bp_piece(m, id, &s.n);
	return s;
}

size_t bp_piece_text(const bp_model *m, uint32_t id, char *text, size_t cap)
{
	unsigned char all[4 * BP_PIECE_MAX];
	size_t n = (size_t)(put_piece(all, piece_bytes(m, id)) - all);

	if (cap > 0) {
		memcpy(text, all, BP_MIN(n, cap - 1));
		text[BP_MIN(n, cap - 1)] = '\0';
	}
	return n;
}

static bool put_pieces(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned char *out;
	struct slice s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = piece_bytes(f->model, piece[i] + BP_FIRST_PIECE);
		if (!bp_buf_reserve(&f->text, 4 * s.n + 1))
			return false;
		out = f->text.data + f->text.len;
		if (f->has_tokens)
			*out++ = ' ';
		f->has_tokens = true;
		f->text.len = (size_t)(put_piece(out, s) - f->text.data);
	}
	return true;
}

static bool put_raw(struct format *f, const uint32_t *piece, size_t n, unsigned width)
{
	unsigned char *out;
	uint32_t id;
	unsigned k;
	size_t i;

	if (n > SIZE_MAX / width || !bp_buf_reserve(&f->text, n * width))
		return false;
	out = f->text.data + f->text.len;
	for (i = 0; i < n; i++)
		for (k = 0, id = piece[i] + BP_FIRST_PIECE; k < width; k++, id >>= 8)
			*out++ = (unsigned char)id;
	f->text.len += n * width;
	return true;
}

static bool count_tokens(struct format *f, const uint32_t *piece, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		f->tally->count[piece[i]]++;
	f->has_tokens = f->has_tokens || n > 0;
	return true;
}

bool bp_format_tokens(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned width = bp_format_width(f->format);

	if (f->tally != NULL)
		return count_tokens(f, piece, n);
	if (width > 0)
		return put_raw(f, piece, n, width);
	return f->format == BP_FORMAT_IDS ? put_ids(f, piece, n) : put_pieces(f, piece, n);
}

bool bp_format_append(struct format *f, struct slice tokens)
{
	/* They begin with the blank that stands between tokens. */
	size_t skip = !f->has_tokens && bp_format_width(f->format) == 0;

	f->has_tokens = true;
	return bp_buf_append(&f->text, tokens.p + skip, tokens.n - skip);
}

bool bp_format_newline(struct format *f)
{
	f->has_tokens = false;
	if (f->tally != NULL) {
		f->tally->texts++;
		return true;
	}
	return bp_format_width(f->format) > 0 || bp_buf_byte(&f->text, '\n');
}
