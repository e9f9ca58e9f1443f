/*
 * required.h - required pieces and special tokens: of the options, and of an extended model.
 *
 * Every vocabulary of the training holds them, whatever its size.  They are exempt from the
 * constraints of rules.h, and need only be possible pieces (model/piece_rule.h).  Counts and
 * plans carry them as rows, so that the parts of a training agree on them.
 */
#ifndef BP_REQUIRED_H
#define BP_REQUIRED_H

#include "bytepiece_files.h"
#include "counts/rowfile.h"
#include "encode/special_matcher.h"
#include "base/table.h"
#include "model/model.h"

struct required_item {
	size_t at, n;		/* offset and length in 'bytes', of the piece or the token's name */
	uint64_t count;		/* in the extended model; 0 for a special token or a new item */
	bool is_special;
};

/*
 * Zero if nothing is required.  After bp_required_init(), or after the last row is read, it is
 * read-only; any number of threads may then use it.
 */
struct required {
	struct required_item *item;	/* the n_old items of the extended model first, by id */
	size_t n, cap, n_old;
	uint64_t old_total;		/* sum of the counts in the extended model, below 2^63 */
	struct buf bytes;
	size_t *piece;			/* indices of the pieces of two bytes or more */
	size_t n_pieces, cap_piece, n_specials;
	bp_newlines newlines;		/* the rule that they have to obey */
	/*
	 * By bytes, all pieces and all special tokens.  The count of a piece of two bytes or more
	 * is its index in piece[], plus 1.
	 */
	struct table pieces, specials;
};

static inline struct slice bp_required_at(const struct required *r, size_t i)
{
	return (struct slice){ r->bytes.data + r->item[i].at, r->item[i].n };
}

/* The k-th of the required pieces of two bytes or more. */
static inline struct slice bp_required_piece(const struct required *r, size_t k)
{
	return bp_required_at(r, r->piece[k]);
}

/* Index in piece[]; SIZE_MAX if 's' is a single byte or not required. */
static inline size_t bp_required_index(const struct required *r, struct slice s)
{
	return s.n > 1 ? (size_t)bp_table_count(&r->pieces, s) - 1 : SIZE_MAX;
}

/*
 * True if 's' is a required piece.  A single byte may be one, though every vocabulary has it
 * anyway.
 */
static inline bool bp_is_required(const struct required *r, struct slice s)
{
	return bp_table_has(&r->pieces, s);
}

/*
 * The required items of the options.  Pieces are normalised if the options say that texts are; an
 * item that is given twice, or is in the extended model, is there once.  BP_ERANGE for a piece or a
 * name that no vocabulary can hold, or if the extended model has other settings of texts.  On
 * failure *r is empty.
 */
bp_status bp_required_init(struct required *r, const bp_train_options *o, bp_error *err);
void bp_required_release(struct required *r);

/* BP_ERANGE if one of the requested sizes has no room for all items. */
bp_status bp_required_check_sizes(const struct required *r, const bp_train_options *o,
				  bp_error *err);

uint64_t bp_required_memory(const struct required *r);

/* A matcher for the names of all special tokens, with those that every model has. */
bp_status bp_required_names(const struct required *r, struct special_matcher *t, bp_error *err);

/* A checksum of all items; 0 if nothing is required. */
uint64_t bp_required_sum(const struct required *r);

/*
 * The items as rows of counts and plans.  They are read in their order; 'parts' is the number of
 * files of counts that were added up, and each row has it as its count.  BP_EFORMAT if a
 * row is missing, or cannot be an item; 'from' is the name of the file in messages.
 */
bp_status bp_required_write(const struct required *r, struct row_writer *w, bp_error *err);
bp_status bp_required_read_row(struct required *r, const struct row *row, uint64_t parts,
			       const char *from, bp_error *err);
/* The check of a row alone, and of its bytes against those of earlier rows, for rows that are only
 * copied: not all have to be there.  Adds the item to *seen, which is empty for the first row. */
bp_status bp_required_check_row(struct required *seen, const struct row *row, const char *from,
				bp_error *err);

/* Append lines for people to read, "piece New\x20York".  False if memory is out. */
bool bp_required_lines(const struct required *r, struct buf *out);

/*
 * The model of the n pieces found, each once, with their counts; all required pieces are among
 * them.  The items of the extended model keep their ids; then come the other pieces by (length,
 * bytes), then the new special tokens.  Counts are at least 1.
 *
 * The counts of the extended model and the new counts are added up, after the side with the
 * smaller total is scaled to the total of the other side.  So the vocabulary serves texts of both
 * kinds alike, and where a text can be cut into old pieces in two ways, the odds of the old model
 * hardly change.
 */
bp_status bp_required_model(const struct required *r, const struct row *found, size_t n,
			    bp_normalize normalize, struct model *m, bp_error *err);

#endif
