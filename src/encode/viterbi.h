/*
 * viterbi.h - the segmentation of highest score under a Unigram model.
 *
 * Dynamic programming from left to right (Viterbi 1967) in double precision, in the reference's
 * order: scores are added up from the segment's start, and of pieces that end at the same byte
 * the longest is tried first and a later one wins only when strictly better.  So the result is
 * the reference's to the last tie.
 *
 * A segment may come in parts and be of any length.  What all paths that can still win have in
 * common is settled and handed out.  What is not settled for long is packed (viterbi_backlog.h).
 */
#ifndef BP_VITERBI_H
#define BP_VITERBI_H

#include "encode/path.h"
#include "encode/viterbi_backlog.h"
#include "encode/vocabulary.h"

/* One search: for one thread, of one segment after another. */
struct viterbi {
	const struct vocabulary *u;
	struct path path;	/* result; the caller empties it */
	/* Private; continuation.c reads it. */
	uint32_t state, *states;
	double *score;		/* score[at]: of the best path to here; before it, to earlier places */
	size_t at;
	uint32_t *last;		/* last[i]: piece that ends the best path to i + 1; not settled */
	size_t n_last, cap_last, settle_at;
	bool keeps_last;	/* all that is not settled is to be there, for continuation.c */
	struct backlog far;		/* what is not settled before that */
	size_t far_at;		/* so many blocks of it are worth a look for a common path */
	/* Set by who wants pieces of a long path a part at a time: emptied of them now and then. */
	bool (*drain)(void *ctx);
	void *drain_ctx;
};

bool bp_viterbi_init(struct viterbi *v, const struct vocabulary *u);
void bp_viterbi_release(struct viterbi *v);

/*
 * A search that allocates nothing, for segments that together have at most BP_VITERBI_SMALL bytes: its
 * scratch and its path, of at least as many pieces, are the caller's.  It is not to be released.
 */
enum { BP_VITERBI_SMALL = 256 };
struct viterbi_scratch {
	double score[BP_VITERBI_SMALL + 1];
	uint32_t states[BP_VITERBI_SMALL], last[BP_VITERBI_SMALL];
};
void bp_viterbi_borrow(struct viterbi *v, const struct vocabulary *u, struct viterbi_scratch *scratch,
		       uint32_t *path);

/* Begin in a segment at a place that its best path passes, with the score up to there. */
void bp_viterbi_start(struct viterbi *v, double score);
/* Go on with the segment; append to 'path' what is settled.  False if memory is out: then the
 * search is of no more use. */
bool bp_viterbi_feed(struct viterbi *v, struct slice s);
/* The same with the automaton's states after each of n bytes, where the segment begins from the
 * root; for a segment that is fed in no other way. */
bool bp_viterbi_feed_states(struct viterbi *v, const uint32_t *state, size_t n);
/* The score of the best path to the place reached. */
double bp_viterbi_score(const struct viterbi *v);
/* The same where someone else has chosen the pieces that end at each of n bytes. */
bool bp_viterbi_follow(struct viterbi *v, const uint32_t *last, size_t n);
/* End the segment: append the rest, and be ready for the next one. */
bool bp_viterbi_end(struct viterbi *v);
/* The same, but of what is not settled append the best path to the first 'n' bytes only. */
bool bp_viterbi_end_at(struct viterbi *v, size_t n);

/*
 * One step of the search: the last piece of the best path to a byte, given the longest piece that
 * ends there.  end[-k] is the score k bytes before, end[0] is set.
 */
static inline uint32_t bp_viterbi_step(const struct vocabulary_piece *piece, uint32_t longest,
				       double *end)
{
	const struct vocabulary_piece *row = &piece[longest];
	double best = end[-(ptrdiff_t)row->len] + row->score, score;
	uint32_t p = longest, q;

	while ((q = row->shorter) != BP_NO_PIECE) {
		row = &piece[q];
		score = end[-(ptrdiff_t)row->len] + row->score;
		if (score > best) {
			best = score;
			p = q;
		}
	}
	*end = best;
	return p;
}

#endif
