/*
 * Writers of the formats, and at the end of the file the table of formats.  A result can be any
 * part of the output.  f->has_tokens says whether the text has tokens already, so that its next
 * token needs a separator; bp_format_append() and encode_writer.c put the separator between two
 * results.
 */
#include "api/format.h"

#include <string.h>

#include "api/encode_files.h"
#include "base/endian.h"
#include "encode/encoder.h"
#include "text/escape.h"

enum {
	TOKEN_ROOM = 11,	/* ten digits, the longest id in decimal, and a separator */
	SMALL = 100000000,	/* numbers below it have at most eight digits */
	SPARE_ROOM = 8		/* digits are stored eight at a time, also where fewer are needed */
};

void bp_format_reset(struct format *f, bool has_tokens)
{
	f->text.len = 0;
	f->ends.n = 0;
	f->sums = (struct text_sums){ 0 };
	f->has_tokens = has_tokens;
}

/*
 * The eight decimal digits of v < 10^8, one in each byte, the highest digit in the lowest byte.
 * The number is halved into two lanes of four digits, each lane into two of two digits, and each
 * of them into single digits.  No product overflows its lane, and division by multiplication is
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
 * Write v < SMALL in decimal and return the end of it; up to eight bytes may be written.  Without
 * branches on the number of digits, because it varies at random and branches would be mispredicted.
 */
static inline unsigned char *put_small(unsigned char *out, uint32_t v)
{
	uint64_t x = digits_of(v);
	/* Bytes that are not zero get their top bit; the last digit is kept even if it is 0. */
	unsigned zeros = bp_first_byte(((x | (uint64_t)1 << 56) + 0x7F7F7F7F7F7F7F7Fu) &
				       0x8080808080808080u);

	bp_store64(out, (x | 0x3030303030303030u) >> 8 * zeros);
	return out + 8 - zeros;
}

unsigned char *bp_format_decimal(unsigned char *out, uint64_t v)
{
	if (v < SMALL)
		return put_small(out, (uint32_t)v);
	out = bp_format_decimal(out, v / SMALL);
	bp_store64(out, digits_of((uint32_t)(v % SMALL)) | 0x3030303030303030u);
	return out + 8;
}

/*
 * The most used format, so its loop is tuned: room for all tokens is reserved at once, and each
 * token is written with a separator behind it, so that the first one needs no branch.
 */
static bool put_ids(struct format *f, const uint32_t *piece, size_t n)
{
	const unsigned char separator = (unsigned char)f->row->separator;
	unsigned char *out;
	uint32_t id;
	size_t i;

	if (n > (SIZE_MAX - SPARE_ROOM) / TOKEN_ROOM ||
	    !bp_buf_reserve(&f->text, n * TOKEN_ROOM + SPARE_ROOM))
		return false;
	out = f->text.data + f->text.len;
	if (f->has_tokens && n > 0)
		*out++ = separator;
	for (i = 0; i < n; i++) {
		id = bp_id_of_entry(piece[i]);
		out = id < SMALL ? put_small(out, id) :
				   bp_format_decimal(out, id);
		*out++ = separator;
	}
	/* Without the last separator: it belongs to the next token, if one follows. */
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
	return bp_string(name);
}

static bool put_piece_list(struct format *f, const uint32_t *piece, size_t n)
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
			*out++ = (unsigned char)f->row->separator;
		f->has_tokens = true;
		f->text.len = (size_t)(bp_escape(out, s) - f->text.data);
	}
	return true;
}

bool bp_format_bytes(struct format *f, struct slice s)
{
	return bp_escape_append(&f->text, s);
}

/* Ids of fixed width, lowest byte first.  There is a loop for each common width, for speed. */
static bool put_raw(struct format *f, const uint32_t *piece, size_t n)
{
	unsigned width = f->row->width;
	unsigned char *out;
	size_t i;

	if (n > SIZE_MAX / width || !bp_buf_reserve(&f->text, n * width))
		return false;
	out = f->text.data + f->text.len;
	if (width == 2)
		for (i = 0; i < n; i++)
			bp_store16(out + 2 * i, bp_id_of_entry(piece[i]));
	else if (width == 4)
		for (i = 0; i < n; i++)
			bp_store32(out + 4 * i, bp_id_of_entry(piece[i]));
	else
		for (i = 0; i < n * width; i++)
			out[i] = (unsigned char)(bp_id_of_entry(piece[i / width]) >>
						 8 * (i % width));
	f->text.len += n * width;
	return true;
}

bool bp_format_tokens(struct format *f, const uint32_t *piece, size_t n)
{
	f->n_tokens += n;
	if (f->counts != NULL) {
		bp_eval_counts_tokens(f->counts, piece, n, &f->sums);
		return true;
	}
	return f->row->put(f, piece, n);
}

bool bp_format_append(struct format *f, struct slice tokens)
{
	/* They begin with a separator, because the other result was reset with has_tokens. */
	size_t skip = !f->has_tokens && f->row->separator != 0;

	f->has_tokens = true;
	return bp_buf_append(&f->text, tokens.p + skip, tokens.n - skip);
}

bool bp_format_terminate(struct format *f)
{
	f->has_tokens = false;
	f->n_ends++;
	if (f->counts != NULL) {
		bp_eval_counts_text(f->counts, &f->sums);
		return true;
	}
	if (f->row->terminator != 0)
		return bp_buf_byte(&f->text, (unsigned char)f->row->terminator);
	if (!f->ends.wanted)
		return true;
	if (!BP_GROW(f->ends.at, f->ends.cap, f->ends.n + 1))
		return false;
	f->ends.at[f->ends.n++] = f->text.len;
	return true;
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
	       (!ends || (bp_format_end(f) && bp_format_terminate(f)));
}

/*
 * The table of formats, numbered like bp_format.  A row is all that a new format needs, beside its
 * writer: command line, decoder and tests read the table.
 */
static const struct format_row formats[] = {
	[BP_FORMAT_IDS] = { .name = "ids", .help = "decimal ids", .separator = ' ',
			    .terminator = '\n', .base = 10, .put = put_ids },
	[BP_FORMAT_PIECES] = { .name = "pieces", .help = "the pieces as text", .separator = ' ',
			       .terminator = '\n', .put = put_piece_list },
	[BP_FORMAT_U16] = { .name = "u16", .help = "ids of two bytes, lowest byte first",
			    .width = 2, .put = put_raw },
	[BP_FORMAT_U32] = { .name = "u32", .help = "ids of four bytes, lowest byte first",
			    .width = 4, .put = put_raw },
	[BP_FORMAT_JSON] = { .name = "json", .help = "a JSON object for each text",
			     .terminator = '\n', .has_objects = true,
			     .put_texts = bp_encode_json },
	[BP_FORMAT_NPY] = { .name = "npy", .help = "an array of NumPy in a file: ids of two bytes, "
			    "or of four if the vocabulary needs them", .array = true,
			    .put_texts = bp_encode_npy },
};

const struct format_row *bp_format_row(unsigned format)
{
	return format < sizeof(formats) / sizeof(formats[0]) ? &formats[format] : NULL;
}

bool bp_format_is_raw(const struct format_row *row)
{
	return row->width > 0 || row->array;
}

bool bp_format_is_lines(const struct format_row *row)
{
	return row->put != NULL && row->terminator == '\n';
}

const char *bp_format_name(bp_format format)
{
	const struct format_row *row = bp_format_row(format);

	return row != NULL ? row->name : NULL;
}

const char *bp_format_help(bp_format format)
{
	const struct format_row *row = bp_format_row(format);

	return row != NULL ? row->help : NULL;
}

bool bp_format_is_binary(bp_format format)
{
	const struct format_row *row = bp_format_row(format);

	return row != NULL && (row->width > 0 || row->array);
}

bool bp_format_is_decodable(bp_format format)
{
	const struct format_row *row = bp_format_row(format);

	return row != NULL && (row->width > 0 || row->base > 0 || row->has_objects);
}
