/*
 * encoder.h - text to pieces with a loaded model: normalise, cut into segments, search.
 */
#ifndef BP_ENCODER_H
#define BP_ENCODER_H

#include "encode/fast_search.h"
#include "encode/loaded_model.h"
#include "encode/sampler.h"

typedef bool bp_encoded(void *ctx, const uint32_t *piece, size_t n, bool ended);

/* One text after another, on one thread.  The result is bp_encoder_path(). */
struct encoder {
	struct fast_search search;
	struct sampler *sampler;	/* NULL, or the caller's: draw, do not search */
	/* If not NULL, gets the path so far, which is then empty, while a long one comes to be in
	 * bp_encoder_feed() or _end(); false from it ends the work. */
	bp_encoded *part;
	void *part_ctx;
	/* Private. */
	const struct score_rows *rows;
	struct late_rows *late;	/* NULL if there are none, or they are in 'rows' already */
	const uint32_t *entry;	/* the model's */
	bool normalize, in_segment;
	uint64_t n_newlines;	/* that the segment ends with so far */
	struct buf scratch;
	struct buf waiting;	/* bytes of the text that what follows may still change */
	size_t looked_at;	/* how much of it has no border */
	struct buf segment;	/* bytes of the segment that are not searched yet */
	size_t try_at;		/* how many of them are worth a look for a border */
	double score;		/* exact score of the segment up to there */
	bool plain;		/* the rest of the segment is searched in double precision */
	uint32_t *length;	/* of the segments in a batch, with the text's end mark */
	bool *ends_text;	/* has an end mark */
	size_t cap_length, cap_ends;
};

/* The result, for the caller to empty. */
static inline struct path *bp_encoder_path(struct encoder *e)
{
	return &e->search.path;
}

enum { BP_NO_MARK = -1 };

bool bp_encoder_init(struct encoder *e, const bp_model *m);
void bp_encoder_release(struct encoder *e);

/* The functions below are false if memory is out; then the encoder is of no more use. */

/* A whole text, or whole segments of one, appended to the path. */
bool bp_encoder_text(struct encoder *e, struct slice s);
/* The same where it is in the model's normal form already. */
bool bp_encoder_normal_text(struct encoder *e, struct slice s);

/*
 * All texts in 's', each but perhaps the last one with the byte 'mark' behind it (BP_NO_MARK: 's'
 * is one text, or whole segments of one).  Calls done(ctx, pieces, n, ended) for each, ended being
 * false where the mark is missing; false from it ends the work.  Faster than one by one.  Normalised,
 * they have less than 2^31 bytes.
 */
bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx);

/* A text in parts of any size; what is certain is appended to the path, the rest at its end. */
bool bp_encoder_feed(struct encoder *e, struct slice s);
bool bp_encoder_end(struct encoder *e);

/*
 * A segment of which stretches are encoded apart, from one border (cut_point.h) to the next: each gives
 * a path with gaps (fast_search.h), to be filled in order.  Only where e->rows are not empty.
 *
 * A stretch, which has at most 'before' bytes of the segment before it.
 */
bool bp_encoder_long_segment(struct encoder *e, struct slice s, uint64_t before);
/* Append the pieces of a gap to the path, 'sum' being the score of all before it. */
bool bp_encoder_gap(struct encoder *e, struct slice s, double sum);
/* 'sum' and the scores of pieces, in the order in which the search adds them up.  As the others above,
 * not with an excerpt of a model, which has no rows. */
double bp_encoder_add(const struct encoder *e, double sum, const uint32_t *piece, size_t n);

/* The same segment fed in parts, from a border or to one, with the score from the segment's start. */
void bp_encoder_resume(struct encoder *e, double sum);
bool bp_encoder_pause(struct encoder *e, double *sum);

#endif
