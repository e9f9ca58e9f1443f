/*
 * vocabulary.h - searchable vocabulary: automaton, lengths and scores of pieces.
 *
 * Made of an array of pieces, of a model, or of the pieces of a model that occur in a short text.
 */
#ifndef BP_VOCABULARY_H
#define BP_VOCABULARY_H

#include "encode/automaton.h"
#include "model/model.h"

/* A vocabulary made ready to search with; read-only while it is searched with. */
struct vocabulary {
	struct automaton a;
	struct vocabulary_piece {
		double score;		/* -INFINITY: not to be used; never so for a single byte */
		uint32_t len, shorter;	/* 0 where there is no piece; as in the automaton */
	} *piece;
	uint32_t max_len;
};

/* 'score' may be NULL, to be set later.  On failure *u stays empty. */
bp_status bp_vocabulary_init(struct vocabulary *u, const struct slice *piece, const double *score,
			  size_t n, bp_error *err);
/* The same where u->a is there already and all else is zero. */
bp_status bp_vocabulary_complete(struct vocabulary *u, const struct slice *piece, const double *score,
			      bp_error *err);
void bp_vocabulary_release(struct vocabulary *u);

/* Their automaton; entries are numbered as in the model.  On failure *a stays empty. */
bp_status bp_vocabulary_automaton(struct automaton *a, const struct model *m, bp_error *err);

/*
 * The same with lengths and log-probabilities; from m->stored (encode/automaton_verify.h) if there is that.
 * 'name' is that of the model's file, for messages.  On failure *u stays empty.
 */
bp_status bp_vocabulary_from_model(struct vocabulary *u, const struct model *m, const char *name,
			     bp_error *err);

/*
 * Make *u of those pieces of m that occur in a text, which is in the model's normal form, and of the
 * single bytes, with numbers of its own; *entry, for free(), has that of each in the model.  Of a
 * model whose pieces do not go by (length, bytes) nothing is made: *entry is NULL.  m->stored is neither
 * used nor checked.  On failure both stay empty: as bp_automaton_init().
 */
bp_status bp_vocabulary_subset(struct vocabulary *u, uint32_t **entry, const struct model *m,
			  struct slice text, bp_error *err);

#endif
