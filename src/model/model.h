/*
 * model.h - contents of a model in memory: pieces, their counts, special tokens, settings.
 *
 * Terms: an entry is an index in the arrays of a model; the id of entry i is i + BP_FIRST_PIECE.
 */
#ifndef BP_MODEL_H
#define BP_MODEL_H

#include "base/base.h"

/*
 * The automaton of the pieces that a binary model file holds (encode/automaton.h).  It must be
 * verified before use; verification converts it in place (encode/automaton_verify.h).  All zero
 * for other models.
 */
struct stored_automaton {
	uint64_t *slot;
	uint32_t *longest;		/* by slot: the longest piece that ends in its state */
	uint32_t *shorter;		/* by piece: the next shorter piece that is its suffix */
	size_t n_slots;
	uint16_t *length;		/* of the pieces, in the order of model.bytes */
	uint32_t *entry;		/* of them, in that order; NULL: ids go by length */
	uint64_t pos, shorter_pos, bytes_pos;	/* offsets in the file, for messages: of slots,
						 * 'shorter', and pieces */
};

/*
 * An entry with a count of at least 1 is a piece.  An entry with count 0 is a special token; no
 * text gives it.  No two pieces have equal bytes, and no two special tokens have equal names; but
 * the name of a special token may equal the bytes of a piece.
 */
struct model {
	struct slice *piece;	/* bytes of the piece, or name of the special token in UTF-8 */
	uint64_t *count;
	double *log_probability;	/* minus infinity for a special token */
	size_t n_pieces;	/* number of entries, with special tokens */
	uint32_t *special;	/* the entries that are special tokens, ascending; or NULL */
	size_t n_specials;
	bool by_length;		/* ids ascend by length and bytes, special tokens come last */
	uint64_t total;		/* sum of all counts */
	unsigned char *bytes;	/* of all entries */
	bp_normalize normalize;
	bp_newlines newlines;	/* BP_NEWLINES_END unless the maker sets it */
	struct stored_automaton stored;
	void *block;		/* owns all arrays but 'special'; NULL: the model owns each */
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

/* Copy n entries of a model as ids. */
static inline void bp_copy_ids(uint32_t *ids, const uint32_t *entry, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		ids[i] = bp_id_of_entry(entry[i]);
}

/* Put ids in the place of n entries.  Eight at a time: so compilers use vectors. */
static inline void bp_ids_of_entries(uint32_t *p, size_t n)
{
	size_t i;

	for (; n >= 8; p += 8, n -= 8)
		for (i = 0; i < 8; i++)
			p[i] = bp_id_of_entry(p[i]);
	for (i = 0; i < n; i++)
		p[i] = bp_id_of_entry(p[i]);
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
 * Make a model of n entries (copied) in the order of their ids; a count of 0 makes an
 * entry a special token.  The caller guarantees that the counts' sum is below 2^63.  Fails only for
 * lack of memory, and then *m is empty.
 */
bp_status bp_model_init(struct model *m, const struct slice *piece, const uint64_t *count,
			size_t n, bp_normalize normalize, bp_error *err);

/*
 * For loaders that fill in arrays themselves: set 'special', n_specials and by_length from
 * piece[] and count[].  False if memory is out.
 */
bool bp_model_list_specials(struct model *m);
/* For loaders, after bp_model_list_specials(): set log_probability[] from the counts and their
 * total. */
void bp_model_set_probabilities(struct model *m);

/*
 * The byte strings that a text can give: piece[] with the names of special tokens replaced by
 * empty strings.  The result is piece[] itself, or an array that is also put into *own, for
 * free(); NULL if memory is out.
 */
const struct slice *bp_model_texts(const struct model *m, struct slice **own);

/* The names of the special tokens with ids 0 to BP_FIRST_PIECE - 1 of every model. */
extern const char *const bp_first_specials[BP_FIRST_PIECE];
/* True if a further special token may have this name.  If not, *why is the reason, as a constant
 * string that continues "a special token that ...". */
bool bp_special_name_ok(struct slice name, const char **why);

#endif
