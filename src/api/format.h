/*
 * format.h - pieces as lines of text: decimal ids, or the pieces themselves; or as raw ids.
 */
#ifndef BP_FORMAT_H
#define BP_FORMAT_H

#include "base/base.h"
#include "bytepiece_files.h"
#include "api/eval_counts.h"

struct format {
	const bp_model *model;
	bp_format format;
	struct eval_counts *tally;	/* NULL: tokens are written */
	struct text_sums sums;	/* for it, since the last reset */
	struct buf text;	/* the result */
	bool has_tokens;	/* in the line that is not at its end */
	bool bos, eos;		/* tokens are put before and after each text */
	bool in_text;		/* not at a text's beginning; of interest with these only */
};

/* A control token among pieces, which are ids less BP_FIRST_PIECE, modulo 2^32. */
#define BP_TOKEN(id) ((uint32_t)(id) - BP_FIRST_PIECE)

/* Bytes of an id, or 0 if the format is text, which has lines and blanks. */
static inline unsigned bp_format_width(bp_format f)
{
	return f == BP_FORMAT_U16 ? 2 : f == BP_FORMAT_U32 ? 4 : 0;
}

/* Tokens as text, a line for each text? */
static inline bool bp_format_is_lines(bp_format f)
{
	return f == BP_FORMAT_IDS || f == BP_FORMAT_PIECES;
}

/* Empty the result; the next token goes on with a line that has tokens already, or has none. */
void bp_format_reset(struct format *f, bool has_tokens);
/* Append pieces by index (id less BP_FIRST_PIECE).  False if memory is out, as below. */
bool bp_format_tokens(struct format *f, const uint32_t *piece, size_t n);
/* Append one token or more that were formatted to go on with a line that has some. */
bool bp_format_append(struct format *f, struct slice tokens);
bool bp_format_newline(struct format *f);
/* Before the tokens of a text that begins here, unless it has begun; and after its last one. */
bool bp_format_begin(struct format *f);
bool bp_format_end(struct format *f);
/* Tokens of a text, which may begin and end with them; at its end a newline. */
bool bp_format_part(struct format *f, const uint32_t *piece, size_t n, bool ends);
/* Append bytes as BP_FORMAT_PIECES has them, whatever the format. */
bool bp_format_bytes(struct format *f, struct slice s);

/* The bytes of a piece, or the name of a control token. */
struct slice bp_token_bytes(const bp_model *m, uint32_t id);

#endif
