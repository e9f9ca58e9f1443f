/*
 * format.h - output formats: the table of formats, and tokens appended in one of them.
 *
 * All properties of a format stand in its row of the table.  Writers take the separator from
 * there, and so do the joins between chunks, the decoder, the command line, and the tests.  To add
 * a format, add a row (end of format.c) and its constant in bytepiece_files.h.
 */
#ifndef BP_FORMAT_H
#define BP_FORMAT_H

#include "base/base.h"
#include "bytepiece_files.h"
#include "api/eval_counts.h"

struct format;
struct encode_call;

/*
 * Append tokens to f->text, with f->row->separator before each of them, except before the first
 * one if f->has_tokens is false; set f->has_tokens if there is a separator and n > 0.  False if
 * memory is out.
 */
typedef bool bp_format_put(struct format *f, const uint32_t *piece, size_t n);

/* Encode the files of a call in the format's own way (encode_files.h). */
typedef bp_status bp_encode_way(const struct encode_call *call, bp_error *err);

struct format_row {
	const char *name;	/* value of the option -f; lower-case letters and digits */
	const char *help;	/* completes "The output is ..." */
	/*
	 * A format with a separator needs a terminator, or nothing would stand between the tokens
	 * of two texts.  A token begins with neither of them: the writer of files tells by the
	 * first byte of a result whether it begins with a token.
	 */
	char separator;		/* byte between the tokens of a text; 0: none */
	char terminator;	/* byte behind each text; 0: none */
	unsigned width;		/* decoder: bytes of each id, lowest byte first; 0: text */
	unsigned base;		/* decoder, if width is 0: base of the ids as numbers, 2 to 16;
				 * 0: not text that is decoded as numbers */
	bool has_objects;	/* decoder: JSON objects with "ids" (json_ids.h) */
	/* The writer, one of two. */
	bp_format_put *put;	/* tokens, any number at a time */
	bp_encode_way *put_texts;	/* whole texts, each in memory; writes the output file */
	bool array;		/* put_texts() writes tokens as a raw format does, after a header */
};

/* Row of the table, numbered like bp_format; NULL behind the last one. */
const struct format_row *bp_format_row(unsigned format);

/* True if the output is ids of fixed width, so that texts can have an index. */
bool bp_format_is_raw(const struct format_row *row);

/* True if texts are lines of tokens, as n best and open texts need it for their own columns. */
bool bp_format_is_lines(const struct format_row *row);

/* Where texts end in a result, as lengths of the text before, in bytes; kept if 'wanted'. */
struct text_ends {
	bool wanted;
	size_t *at;		/* for free() */
	size_t n, cap;
};

struct format {
	const bp_model *model;
	const struct format_row *row;
	struct eval_counts *counts;	/* NULL: tokens are written; else they are counted */
	struct text_sums sums;	/* counted since the last reset */
	struct buf text;	/* the result */
	struct text_ends ends;	/* in it */
	bool has_tokens;	/* the text that has not ended has tokens already */
	bool bos, eos;		/* put BP_ID_BOS before each text, BP_ID_EOS behind it */
	bool in_text;		/* a text has begun and not ended; valid only with bos or eos */
	uint64_t n_tokens, n_ends;	/* tokens, and ends of texts, since the format was set up: a
					 * reset keeps them */
};

/* Index that stands for a special token among entries of the model, modulo 2^32. */
#define BP_TOKEN(id) ((uint32_t)(id) - BP_FIRST_PIECE)

/* Empty the result.  'has_tokens': it will be appended to a text that has tokens already. */
void bp_format_reset(struct format *f, bool has_tokens);

/* The functions below are false if memory is out. */

/* Append tokens, given as entries of the model (id less BP_FIRST_PIECE). */
bool bp_format_tokens(struct format *f, const uint32_t *piece, size_t n);
/* Append the result of another struct format.  It is not empty, and was reset with has_tokens. */
bool bp_format_append(struct format *f, struct slice tokens);
/* Append the terminator of a text, without BP_ID_EOS. */
bool bp_format_terminate(struct format *f);
/* Append BP_ID_BOS unless the text has begun already; append BP_ID_EOS.  Each if requested. */
bool bp_format_begin(struct format *f);
bool bp_format_end(struct format *f);
/* Append tokens of a text: begin, tokens, and, if the text 'ends' with them, end and terminator. */
bool bp_format_part(struct format *f, const uint32_t *piece, size_t n, bool ends);
/* Append bytes as bp_piece_text() writes them, in each format. */
bool bp_format_bytes(struct format *f, struct slice s);

/* Write a number in decimal and return its end; up to BP_DECIMAL_ROOM bytes may be written. */
enum { BP_DECIMAL_ROOM = 24 };
unsigned char *bp_format_decimal(unsigned char *out, uint64_t v);

/* The bytes of a piece, or the name of a special token; 'id' is in the vocabulary. */
struct slice bp_token_bytes(const bp_model *m, uint32_t id);

#endif
