/*
 * open.h - text that will be continued: the pieces that every continuation keeps, and the rest.
 */
#ifndef BP_OPEN_H
#define BP_OPEN_H

#include "encode/encoder.h"
#include "encode/continuation.h"

/* One text after another, on one thread. */
struct opener {
	struct encoder encoder;
	struct continuation keep;
	struct buf text, rest;	/* normalised */
};

bool bp_opener_init(struct opener *o, const bp_model *m);
void bp_opener_release(struct opener *o);

/*
 * Append to bp_encoder_path(&o->encoder)->piece the pieces with which the best path of every continuation of
 * 's' begins; without normalisation, as many as possible.  *left is the rest of the normalised
 * text, borrowed from 's' or from 'o' until the next call.  False if memory is out; then 'o' is of
 * no more use.
 */
bool bp_opener_text(struct opener *o, struct slice s, struct slice *left);

#endif
