/*
 * encoder.h - a loaded model, and text to pieces with it: normalise, cut into segments, search.
 */
#ifndef BP_ENCODER_H
#define BP_ENCODER_H

#include "encode/sampler.h"
#include "encode/viterbi.h"
#include "model/model.h"

/* What the public header calls bp_model. */
struct bp_model {
	struct model model;
	struct unigram unigram;
};

/* Build the search for m->model, which has to be filled in. */
bp_status bp_model_prepare(bp_model *m, bp_error *err);

/* One text after another, on one thread.  The result is search.path, for the caller to empty. */
struct encoder {
	struct viterbi search;
	struct sampler *sampler;	/* NULL, or the caller's: draw, do not search */
	/* Private. */
	bool normalize, in_segment;
	uint64_t n_newlines;	/* at the end of the segment so far */
	struct buf scratch;
	struct buf waiting;	/* bytes of the text that what follows may still change */
	size_t looked_at;	/* how much of it has no border */
	uint32_t *length;	/* of the segments in a batch, with the text's end mark */
	bool *ends_text;	/* has an end mark */
	uint32_t *state;	/* of the automaton, by byte of a batch */
	size_t cap_length, cap_ends, cap_state;
};

enum { BP_NO_MARK = -1 };

bool bp_encoder_init(struct encoder *e, const bp_model *m);
void bp_encoder_release(struct encoder *e);

/* The functions below are false if memory is out; then the encoder is of no more use. */

/* A whole text, or whole segments of one, appended to the path. */
bool bp_encoder_text(struct encoder *e, struct slice s);

/*
 * All texts in 's', each but perhaps the last one with the byte 'mark' behind it (BP_NO_MARK: 's'
 * is one text, or whole segments of one).  Calls done(ctx, pieces, n, ended) for each, ended being
 * false where the mark is missing; false from it ends the work.  Faster than one by one.
 */
typedef bool bp_encoded(void *ctx, const uint32_t *piece, size_t n, bool ended);
bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx);

/* A text in parts of any size; what is certain is appended to the path, the rest at its end. */
bool bp_encoder_feed(struct encoder *e, struct slice s);
bool bp_encoder_end(struct encoder *e);

#endif
