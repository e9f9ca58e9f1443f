/*
 * model.h - what a model file holds: pieces in the order of their ids, their counts, special
 * tokens, settings.
 */
#ifndef BP_MODEL_H
#define BP_MODEL_H

#include "base/base.h"

/*
 * What a binary model file holds beyond the model: an automaton of its pieces (encode/automaton.h),
 * to be checked before it is used, which changes it (encode/automaton_verify.h).  All zero where there is none.
 */
struct stored_automaton {
	uint64_t *slot;
	uint32_t *longest, *shorter;	/* by slot, by piece */
	size_t n_slots;
	uint16_t *length;		/* of the pieces, in their order in 'bytes' */
	uint32_t *place;		/* of the same: which piece each is; NULL: they go by length */
	uint64_t pos, shorter_pos, bytes_pos;	/* where these things stand in the file */
};

/*
 * Entry i has id i + BP_FIRST_PIECE.  It is a piece with a count of at least 1, or, with count 0, a
 * special token, which no text gives.  The pieces are distinct, and so are the names of special
 * tokens, but what is one may be the other too.
 */
struct model {
	struct slice *piece;	/* n_pieces entries, in 'bytes'; of a special token the name, as UTF-8 */
	uint64_t *count;
	double *log_probability;	/* minus infinity for a special token */
	size_t n_pieces;
	uint32_t *special;	/* the n_specials entries that are special tokens, in order; or NULL */
	size_t n_specials;
	bool by_length;		/* the pieces go up by (length, bytes), with special tokens behind them */
	uint64_t total;		/* sum of all counts */
	unsigned char *bytes;
	bp_normalize normalize;
	struct stored_automaton ready;
	void *block;		/* if not NULL, all arrays lie in it */
};

void bp_model_release(struct model *m);

/* An entry as an id, and an id as an entry.  The ids below BP_FIRST_PIECE have no entry: they give
 * numbers (modulo 2^32) above every entry. */
static inline uint32_t bp_id_of_entry(size_t entry)
{
	return (uint32_t)entry + BP_FIRST_PIECE;
}

static inline uint32_t bp_entry_of_id(uint32_t id)
{
	return id - BP_FIRST_PIECE;
}

/* Write the ids of entry[0..n) to ids[0..n), which may be the same array. */
static inline void bp_ids_of_entries(uint32_t *ids, const uint32_t *entry, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ids[i] = bp_id_of_entry(entry[i]);
}

/* True if the entry is a special token. */
static inline bool bp_model_is_special(const struct model *m, size_t entry)
{
	return m->count[entry] == 0;
}

/* True if the id is that of a piece; any number is allowed. */
static inline bool bp_model_is_piece(const struct model *m, uint32_t id)
{
	return bp_entry_of_id(id) < m->n_pieces && !bp_model_is_special(m, bp_entry_of_id(id));
}

/* Number of ids: every id is below it. */
static inline uint32_t bp_model_n_ids(const struct model *m)
{
	return bp_id_of_entry(m->n_pieces);
}

/*
 * Special tokens in the order of their ids, counted from 0, the first BP_FIRST_PIECE included: the
 * number of them, the id of number i, and its name.
 */
size_t bp_model_n_specials(const struct model *m);
uint32_t bp_model_special_id(const struct model *m, size_t i);
struct slice bp_model_special_name(const struct model *m, size_t i);

/*
 * Make a model of n entries, which are copied, in the order of their ids; a count of 0 makes an
 * entry a special token.  The caller guarantees that the counts' sum is below 2^63.  Fails only for
 * lack of memory, and then *m is empty.
 */
bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err);

/*
 * For who fills in a model otherwise: the list of special tokens and by_length, from piece[] and
 * count[].  False if memory is out.
 */
bool bp_model_list_specials(struct model *m);
/* The same: log_probability[] from the counts and their total, once special tokens are listed. */
void bp_model_set_probabilities(struct model *m);

/*
 * What a text may hold of it: piece[] with the names of special tokens empty.  It is that itself, or
 * an array that is put into *own, for free(); NULL if memory is out.
 */
const struct slice *bp_model_texts(const struct model *m, struct slice **own);

/* The special tokens that every model has, with ids 0 to BP_FIRST_PIECE - 1. */
extern const char *const bp_first_specials[BP_FIRST_PIECE];
/* May this be the name of another one?  If not, *why is the reason. */
bool bp_special_name_ok(struct slice name, const char **why);

#endif
