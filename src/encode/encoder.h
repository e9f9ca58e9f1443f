/*
 * encoder.h - encoding of text to pieces with a loaded model.
 *
 * An encoder normalises text, divides it into segments, and searches their best paths, or draws
 * random ones with a sampler.  Segments are independent of each other.  Three ways of search give
 * equal results:
 * - many short segments at a time, by the kernel (fast_search.h);
 * - a long segment in parts that end at cut points, also by the kernel, with the exact score of the
 *   segment so far carried over from part to part;
 * - exact search in double precision (viterbi.h), for a vocabulary that the kernel cannot take, for
 *   score rows that are not made yet, and for the rest of a segment without cut points.
 */
#ifndef BP_ENCODER_H
#define BP_ENCODER_H

#include "encode/fast_search.h"
#include "encode/loaded_model.h"
#include "encode/sampler.h"
#include "text/nfc.h"

/* Receives n pieces of a text; 'ended' is true if they complete the text.  If it returns false, the
 * running call fails. */
typedef bool bp_encoded(void *ctx, const uint32_t *piece, size_t n, bool ended);

/* For one text after another, on one thread. */
struct encoder {
	/* Set by the user, after bp_encoder_init(). */
	struct sampler *sampler;	/* NULL, or borrowed: draws random paths */
	/*
	 * If not NULL, called by bp_encoder_feed() and _end() while the path of a long segment
	 * grows: gets the path so far, with 'ended' false; the path is emptied after that.
	 */
	bp_encoded *part;
	void *part_ctx;
	/* Result: bp_encoder_path(); after bp_encoder_long_segment(), with gaps (fast_search.h). */
	struct fast_search search;
	/* Private, but continuation.c reads 'normalize'. */
	const struct score_rows *rows;
	struct rows_on_demand *on_demand;	/* NULL: none, or in use already */
	const uint32_t *entry;	/* the model's */
	bp_newlines newlines;	/* the model's */
	bool normalize, in_segment;
	unsigned char last;	/* last byte of the segment so far */
	uint64_t n_newlines;	/* of the segment so far, for a sampler: lines to be counted */
	struct buf scratch;	/* normalised text */
	struct nfc_changes changes;	/* of a batch */
	struct buf waiting;	/* bytes of the text that the next bytes may still change */
	size_t looked_at;	/* length of the part of it without a normalisation boundary */
	struct buf segment;	/* bytes of the segment that are not searched yet */
	size_t try_at;		/* length of it that starts the next search for a cut point */
	double score;		/* exact score of the segment before these bytes */
	bool exact_only;	/* the rest of the segment is searched in double precision */
	struct encoder_segment {
		const unsigned char *p;
		uint32_t n;
		uint8_t ends;	/* enum segment_end in encoder.c */
	} *segments;		/* of a batch */
	uint32_t *length;	/* of each, in the bytes that are searched, end marks included */
	size_t cap_segments, cap_length;
};

/* False if memory is out; then *e must still be released.  The model is borrowed. */
bool bp_encoder_init(struct encoder *e, const bp_model *m);
void bp_encoder_release(struct encoder *e);

/* The pieces found so far, numbered as entries of the model; the caller empties the path. */
static inline struct path *bp_encoder_path(struct encoder *e)
{
	return &e->search.path;
}

/* The functions below that return bool return false if memory is out or a callback returned false;
 * then only bp_encoder_release() may follow. */

/* Append the pieces of a whole text, or of whole segments of one, to the path. */
bool bp_encoder_text(struct encoder *e, struct slice s);
/* As bp_encoder_text(), for text that is in the model's normal form already. */
bool bp_encoder_normal_text(struct encoder *e, struct slice s);

/*
 * Encode all texts in 's'.  The byte 'mark' ends each of them; the last one may lack it.  With
 * BP_NO_MARK 's' is one text, or whole segments of one.  Calls done() for each text, with 'ended'
 * false if the text lacks its end mark.  Faster than text by text.  The normalised texts have less
 * than 2^31 bytes in total.
 */
bool bp_encoder_texts(struct encoder *e, struct slice s, int mark, bp_encoded *done, void *ctx);

/* n texts, anywhere in memory: at(ctx, i) is text i, and p is not NULL. */
struct text_list {
	struct slice (*at)(const void *ctx, size_t i);
	const void *ctx;
	size_t n;
};
/*
 * Append all texts of a list to the path, as ids, not as entries.  After each text calls done(),
 * unless it is NULL, with all of the path so far; done() may append tokens (format.h) to it.
 */
bool bp_encoder_list(struct encoder *e, const struct text_list *list, bp_encoded *done, void *ctx);

/* A text in parts of any size: bp_encoder_feed() appends settled pieces to the path, and
 * bp_encoder_end() the rest. */
bool bp_encoder_feed(struct encoder *e, struct slice s);
bool bp_encoder_end(struct encoder *e);

/*
 * Encoding of one long segment by several workers: it is divided at cut points (cut_point.h), each
 * part is encoded by itself, and the gaps of the paths are filled in order.  Not for the subset of
 * a model (vocabulary.h): a subset has no score rows.
 *
 * Append the pieces of one part, with gaps (fast_search.h); at most 'before' bytes of the segment
 * come before the part.  e->rows must not be empty.
 */
bool bp_encoder_long_segment(struct encoder *e, struct slice s, uint64_t before);
/* Append the pieces of a gap, of the bytes 's'; 'sum' is the exact score of the segment before. */
bool bp_encoder_gap(struct encoder *e, struct slice s, double sum);
/* 'sum' plus the scores of n pieces, added in the order of the search and therefore exact. */
double bp_encoder_add(const struct encoder *e, double sum, const uint32_t *piece, size_t n);

/*
 * One part of a segment by bp_encoder_feed(): start at a cut point, with the exact score of the
 * segment before it; and end at a cut point, with *sum set to the exact score up to there.
 */
void bp_encoder_resume(struct encoder *e, double sum);
bool bp_encoder_pause(struct encoder *e, double *sum);

#endif
