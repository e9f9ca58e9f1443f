/*
 * required.h - what a vocabulary has to hold, whatever its size: the model that it extends, and
 * pieces and special tokens that are asked for by name.
 */
#ifndef BP_REQUIRED_H
#define BP_REQUIRED_H

#include "bytepiece_files.h"
#include "counts/rowfile.h"
#include "counts/table.h"
#include "model/model.h"

struct required_item {
	size_t at, n;		/* its bytes, or its name, in 'bytes' */
	uint64_t count;		/* in the model that is extended; 0 for what is new */
	bool is_special;
};

/* Zero where nothing is asked for.  Does not change after it is made. */
struct required {
	struct required_item *item;	/* those of the extended model first, in the order of their ids */
	size_t n, cap, n_old;
	uint64_t old_total;		/* of all counts of that model */
	struct buf bytes;
	size_t *piece;			/* the n_pieces items that are pieces of two bytes or more */
	size_t n_pieces, cap_piece, n_specials;
	/* All of either.  The count of a piece of two bytes or more is its place in piece[] + 1. */
	struct table pieces, specials;
};

static inline struct slice bp_required_at(const struct required *r, size_t i)
{
	return (struct slice){ r->bytes.data + r->item[i].at, r->item[i].n };
}

/* The k-th of the pieces of two bytes or more. */
static inline struct slice bp_required_piece(const struct required *r, size_t k)
{
	return bp_required_at(r, r->piece[k]);
}

/* Where a piece of two bytes or more is in piece[]; SIZE_MAX if it does not have to be there. */
static inline size_t bp_required_place(const struct required *r, struct slice s)
{
	return s.n > 1 ? (size_t)bp_table_count(&r->pieces, s) - 1 : SIZE_MAX;
}

/* Is this a piece that has to be there?  Single bytes have to be in any case, and are not asked for. */
static inline bool bp_is_required(const struct required *r, struct slice s)
{
	return bp_table_has(&r->pieces, s);
}

/*
 * What options ask for.  Pieces are normalised if the options say that texts are; what is asked for
 * twice, or is in the model that is extended, is there once.  BP_ERANGE for what no vocabulary can
 * hold, or where the normalisation is not that of the extended model.
 */
bp_status bp_required_init(struct required *r, const bp_train_options *o, bp_error *err);
void bp_required_release(struct required *r);

/* BP_ERANGE if one of the sizes has no room for all of it. */
bp_status bp_required_check_sizes(const struct required *r, const bp_train_options *o,
				  bp_error *err);

uint64_t bp_required_memory(const struct required *r);

/* A checksum of all of it; 0 where nothing is asked for. */
uint64_t bp_required_sum(const struct required *r);

/* As rows that counts and plans carry; to be read in their order, of so many parts added up. */
bp_status bp_required_write(const struct required *r, struct row_writer *w, bp_error *err);
bp_status bp_required_read_row(struct required *r, const struct row *row, uint64_t parts,
			       const char *from, bp_error *err);

/* What it is as lines for people to read, "piece New\x20York". */
bool bp_required_lines(const struct required *r, struct buf *out);

/*
 * The model of n pieces found, each once, with their counts: all required ones are among them.  What
 * is of the extended model keeps its id; then come the others by (length, bytes), then special tokens.
 * Counts are at least 1.
 *
 * The counts of the extended model and the new ones are added up, the side with the smaller total
 * scaled to that of the other: so the new vocabulary serves texts of both kinds alike, and between
 * two ways to cut a text that only old pieces make, the odds of the old model hardly change.
 */
bp_status bp_required_model(const struct required *r, const struct row *found, size_t n,
			    bp_normalize normalize, struct model *m, bp_error *err);

#endif
