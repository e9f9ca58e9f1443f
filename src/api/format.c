#include "api/format.h"

#include <string.h>

#include "base/endian.h"
#include "encode/encoder.h"
#include "text/escape.h"

enum {
	TOKEN_ROOM = 11,	/* a blank and ten digits, the longest token in decimal */
	SMALL = 100000000,	/* numbers below it have at most eight digits */
	SPARE_ROOM = 8		/* digits are written eight at a time, a blank behind them */
};

void bp_format_reset(struct format *f, bool has_tokens)
{
	f->text.len = 0;
	f->sums = (struct text_sums){ 0 };
	f->has_tokens = has_tokens;
}

/*
 * The eight decimal digits of v < 10^8 as numbers, the highest in the lowest byte: halves, of each
 * both halves, and again.  Products stay within their lanes, and division by multiplication is
 * exact for numbers this small.
 */
static inline uint64_t digits_of(uint32_t v)
{
	uint64_t x = v / 10000 | (uint64_t)(v % 10000) << 32, tens;

	tens = (x * 5243 >> 19) & 0x0000007F0000007Fu;			/* x / 100 */
	x = tens | (x - tens * 100) << 16;
	tens = (x * 103 >> 10) & 0x000F000F000F000Fu;			/* x / 10 */
	return tens | (x - tens * 10) << 8;
}

/*
 * Write v < SMALL in decimal and return the place after it; eight bytes may be written.  Lengths of
 * ids are as good as random, so that nothing branches on them.
 */
static inline unsigned char *put_small(unsigned char *out, uint32_t v)
{
	uint64_t x = digits_of(v);
	/* Bytes that are not zero get their top bit; the last digit stands in any case. */
	unsigned zeros = bp_first_byte(((x | (uint64_t)1 << 56) + 0x7F7F7F7F7F7F7F7Fu) &
				       0x8080808080808080u);

	bp_store64(out, (x | 0x3030303030303030u) >> 8 * zeros);
	return out + 8 - zeros;
}

/* The same of other numbers. */
static unsigned char *put_large(unsigned char *out, uint32_t v)
{
	out = put_small(out, v / SMALL);
	bp_store64(out, digits_of(v % SMALL) | 0x3030303030303030u);
	return out + 8;
}

static bool put_ids(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned char *out;
	uint32_t id;
	size_t i;

	if (n > (SIZE_MAX - SPARE_ROOM) / TOKEN_ROOM ||
	    !bp_buf_reserve(&f->text, n * TOKEN_ROOM + SPARE_ROOM))
		return false;
	out = f->text.data + f->text.len;
	if (f->has_tokens && n > 0)
		*out++ = ' ';
	for (i = 0; i < n; i++) {
		id = bp_id_of_entry(piece[i]);
		out = id < SMALL ? put_small(out, id) : put_large(out, id);
		*out++ = ' ';
	}
	/* Without the last blank. */
	f->text.len = (size_t)(out - f->text.data) - (n > 0);
	f->has_tokens = f->has_tokens || n > 0;
	return true;
}

struct slice bp_token_bytes(const bp_model *m, uint32_t id)
{
	const char *name;

	if (id >= BP_FIRST_PIECE)
		return m->model.piece[bp_entry_of_id(id)];
	name = bp_first_specials[id];
	return (struct slice){ (const unsigned char *)name, strlen(name) };
}

static bool put_pieces(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned char *out;
	struct slice s;
	size_t i;

	for (i = 0; i < n; i++) {
		s = bp_token_bytes(f->model, bp_id_of_entry(piece[i]));
		if (!bp_buf_reserve(&f->text, 4 * s.n + 1))
			return false;
		out = f->text.data + f->text.len;
		if (f->has_tokens)
			*out++ = ' ';
		f->has_tokens = true;
		f->text.len = (size_t)(bp_escape(out, s) - f->text.data);
	}
	return true;
}

bool bp_format_bytes(struct format *f, struct slice s)
{
	return bp_escape_append(&f->text, s);
}

static bool put_raw(struct format *f, const uint32_t *piece, size_t n, unsigned width)
{
	unsigned char *out;
	size_t i;

	if (n > SIZE_MAX / width || !bp_buf_reserve(&f->text, n * width))
		return false;
	out = f->text.data + f->text.len;
	if (width == 2)
		for (i = 0; i < n; i++)
			bp_store16(out + 2 * i, bp_id_of_entry(piece[i]));
	else
		for (i = 0; i < n; i++)
			bp_store32(out + 4 * i, bp_id_of_entry(piece[i]));
	f->text.len += n * width;
	return true;
}

bool bp_format_tokens(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned width = bp_format_width(f->format);

	if (f->tally != NULL) {
		bp_eval_counts_tokens(f->tally, piece, n, &f->sums);
		return true;
	}
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
		bp_eval_counts_text(f->tally, &f->sums);
		return true;
	}
	return bp_format_width(f->format) > 0 || bp_buf_byte(&f->text, '\n');
}

bool bp_format_begin(struct format *f)
{
	static const uint32_t bos = BP_TOKEN(BP_ID_BOS);

	if (f->in_text)
		return true;
	f->in_text = true;
	return !f->bos || bp_format_tokens(f, &bos, 1);
}

bool bp_format_end(struct format *f)
{
	static const uint32_t eos = BP_TOKEN(BP_ID_EOS);

	f->in_text = false;
	return !f->eos || bp_format_tokens(f, &eos, 1);
}

bool bp_format_part(struct format *f, const uint32_t *piece, size_t n, bool ends)
{
	return bp_format_begin(f) && bp_format_tokens(f, piece, n) &&
	       (!ends || (bp_format_end(f) && bp_format_newline(f)));
}
