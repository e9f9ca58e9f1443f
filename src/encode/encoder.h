/*
 * encoder.h - a loaded model, and text to pieces with it: normalise, cut into segments, search.
 */
#ifndef BP_ENCODER_H
#define BP_ENCODER_H

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
	/* Private. */
	bool normalize, in_segment, in_newlines;
	struct buf scratch;
	struct buf waiting;	/* bytes of the text that what follows may still change */
	size_t looked_at;	/* how much of it has no border */
};

bool bp_encoder_init(struct encoder *e, const bp_model *m);
void bp_encoder_release(struct encoder *e);

/* The functions below are false if memory is out; then the encoder is of no more use. */

/* A whole text, or whole segments of one, appended to the path. */
bool bp_encoder_text(struct encoder *e, struct slice s);

/* A text in parts of any size; what is certain is appended to the path, the rest at its end. */
bool bp_encoder_feed(struct encoder *e, struct slice s);
bool bp_encoder_end(struct encoder *e);

#endif
