/*
 * vocabulary.h - searchable vocabulary: automaton, lengths and scores of pieces.
 *
 * It is built from an array of pieces, from a model, or from the subset of a model's pieces that
 * occur in a short text.
 */
#ifndef BP_VOCABULARY_H
#define BP_VOCABULARY_H

#include "encode/automaton.h"
#include "model/model.h"

/* Read-only while threads search with it.  Variables of this type are called u (Unigram). */
struct vocabulary {
	struct automaton a;
	struct vocabulary_piece {
		/* Log-probability.  -INFINITY, never of a single byte: not to be used. */
		double score;
		uint32_t len;	/* in bytes; 0: there is no piece with this number */
		/* Copy of a.shorter[]: a search step needs it together with the rest. */
		uint32_t shorter;
	} *piece;		/* by number, a.n_pieces of them; owned */
	uint32_t max_len;	/* length of the longest piece, in bytes */
	bp_newlines newlines;	/* of the texts that are searched: the model's setting, or set by
				 * the caller of bp_vocabulary_init() */
};

/*
 * Build *u from n pieces, which are not kept; bp_automaton_init() states their requirements.
 * 'score' may be NULL: the caller sets piece[].score before it searches.  Errors as of
 * bp_automaton_init(); then *u is empty.
 */
bp_status bp_vocabulary_init(struct vocabulary *u, const struct slice *piece, const double *score,
			     size_t n, bp_error *err);
void bp_vocabulary_release(struct vocabulary *u);

/* Build the automaton of a model's pieces; their numbers are the model's entries.  On failure *a is
 * empty. */
bp_status bp_vocabulary_automaton(struct automaton *a, const struct model *m, bp_error *err);

/*
 * Build *u from all pieces of a model, numbered as its entries, with their log-probabilities.  If
 * the model has a stored automaton, that is verified and used (encode/automaton_verify.h): then
 * release *u before the model.  'name' is the name of the model's file, for messages.  BP_EFORMAT
 * if the model is damaged, BP_ENOMEM; then *u is empty.
 */
bp_status bp_vocabulary_from_model(struct vocabulary *u, const struct model *m, const char *name,
				   bp_error *err);

/*
 * Build *u from the single bytes and the pieces of a model that occur in 'text', which is
 * normalised; a few pieces that do not occur may be in it too.  The best path of the text is that
 * of the whole vocabulary.  Pieces get numbers of their own: (*entry)[i] is the model's entry of
 * piece i, for free().  If the model's pieces are not in the order of (length, bytes), nothing is
 * built and *entry is NULL.  A stored automaton is neither used nor verified.  Errors as of
 * bp_automaton_init(); then both are empty.
 */
bp_status bp_vocabulary_subset(struct vocabulary *u, uint32_t **entry, const struct model *m,
			       struct slice text, bp_error *err);

#endif
