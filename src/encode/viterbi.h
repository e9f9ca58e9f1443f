/*
 * viterbi.h - exact search for the segmentation of highest score under a Unigram model.
 *
 * The algorithm is dynamic programming from left to right (Viterbi 1967).  For each byte position
 * of a segment the search keeps the score of the best path to the position and a back-pointer: the
 * last piece of that path.  Three rules make the result equal to the reference implementation's,
 * ties included:
 * - scores are numbers of double precision;
 * - the score of a path is added up piece by piece from the segment's start;
 * - of the pieces that end at a position the longest is tried first, and a later piece replaces an
 *   earlier one only if its score is strictly higher.
 *
 * A segment may be fed in parts and may have any length.  Invariant: pieces are appended to 'path'
 * as soon as they are settled, that is, common to all paths that can still win; 'back' and the
 * backlog (viterbi_backlog.h) hold the back-pointers of all bytes that are not settled.
 */
#ifndef BP_VITERBI_H
#define BP_VITERBI_H

#include "encode/viterbi_backlog.h"
#include "encode/vocabulary.h"

/*
 * The pieces that a search has chosen, in the order of the text.  Each kind of search appends its
 * result to a path, and the caller empties the path by setting n to 0.  The array belongs to the
 * path and is freed with free(), except where a search borrows an array that is large enough for
 * its texts (bp_viterbi_borrow(), bp_fast_search_borrow()): that path never grows and is never
 * freed.
 */
struct path {
	uint32_t *piece;
	size_t n, cap;
};

/* Make room for 'more' pieces.  False if memory is out; then the path is unchanged. */
static inline bool bp_path_reserve(struct path *p, size_t more)
{
	return more <= SIZE_MAX - p->n && BP_GROW(p->piece, p->cap, p->n + more);
}

/* Append n pieces.  False if memory is out; then the path is unchanged. */
static inline bool bp_path_append(struct path *p, const uint32_t *piece, size_t n)
{
	if (!bp_path_reserve(p, n))
		return false;
	if (n > 0)	/* the array of an empty path is NULL, and memcpy() requires a pointer */
		memcpy(p->piece + p->n, piece, n * sizeof(*piece));
	p->n += n;
	return true;
}

/* Append all pieces of 'from' and empty it.  False if memory is out; then both are unchanged. */
static inline bool bp_path_move(struct path *to, struct path *from)
{
	if (!bp_path_append(to, from->piece, from->n))
		return false;
	from->n = 0;
	return true;
}

/* One search, for one thread; it takes one segment after another. */
struct viterbi {
	const struct vocabulary *u;	/* borrowed */
	struct path path;	/* result; the caller empties it */
	/* Private, but continuation.c uses the fields down to keeps_back. */
	uint32_t state, *states;
	double *score;		/* score[at]: of the path to here; score[at - k]: k bytes before */
	size_t at;
	uint32_t *back;		/* back[i]: back-pointer of position i + 1 after the backlog */
	size_t n_back, cap_back;
	size_t settle_at;	/* value of n_back that starts a search for settled pieces */
	bool keeps_back;	/* never move back-pointers into the backlog */
	struct backlog backlog;	/* back-pointers before 'back' */
	size_t settle_backlog_at;	/* as settle_at, for the number of blocks in the backlog */
	/*
	 * Optional.  Called while a long path is appended, so that the caller can write the pieces
	 * of 'path' and empty it; false makes the running call fail.
	 */
	bool (*drain)(void *ctx);
	void *drain_ctx;
};

/* False if memory is out; then *v must still be released. */
bool bp_viterbi_init(struct viterbi *v, const struct vocabulary *u);
void bp_viterbi_release(struct viterbi *v);

/*
 * Initialise a search that allocates nothing, for segments of BP_VITERBI_SMALL bytes in total at
 * most.  'scratch' and 'path', an array of BP_VITERBI_SMALL pieces, belong to the caller and must
 * outlive the search.  The search must not be released.
 */
enum { BP_VITERBI_SMALL = 256 };
struct viterbi_scratch {
	double score[BP_VITERBI_SMALL + 1];
	uint32_t states[BP_VITERBI_SMALL], back[BP_VITERBI_SMALL];
};
void bp_viterbi_borrow(struct viterbi *v, const struct vocabulary *u,
		       struct viterbi_scratch *scratch, uint32_t *path);

/* The functions below that return bool return false if memory is out; then only
 * bp_viterbi_release() may follow. */

/* Begin in the middle of a segment, at a cut point, with the score of the best path to it. */
void bp_viterbi_start(struct viterbi *v, double score);
/* Search the next bytes of the segment, and append settled pieces to the path. */
bool bp_viterbi_feed(struct viterbi *v, struct slice s);
/* Append n back-pointers that the caller chose (the sampler does): back[i] is the piece that ends
 * after byte i. */
bool bp_viterbi_follow(struct viterbi *v, const uint32_t *back, size_t n);
/* The score of the best path to the last byte that was fed. */
double bp_viterbi_score(const struct viterbi *v);
/* End the segment: append the rest of its best path, and get ready for the next segment. */
bool bp_viterbi_end(struct viterbi *v);
/* As bp_viterbi_end(), but end the path at position n of those in 'back': the bytes after it are
 * dropped. */
bool bp_viterbi_end_at(struct viterbi *v, size_t n);

/*
 * One step of the search: return the last piece of the best path to a position, and set end[0] to
 * the score of that path.  'longest' is the longest piece that ends at the position, end[-k] the
 * score of the position k bytes before.
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
		if (score > best) {	/* not >=: the longer piece wins a tie */
			best = score;
			p = q;
		}
	}
	*end = best;
	return p;
}

#endif
