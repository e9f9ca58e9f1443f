/*
 * The search runs over STEP bytes at a time: first the automaton's states, then scores and
 * back-pointers.  Scores stay in a window of max_len + STEP positions, since no piece is longer.
 *
 * Back-pointers wait in 'back' until the paths that can still win agree.  A path can win only
 * through a position where a later piece may start: one of the last max_len positions.  When 'back'
 * is long, settle_path() follows the paths from all of these positions backwards:
 * - if they meet, the path up to the meeting position is settled and appended to the result;
 * - if they do not meet, 'back' moves into the backlog (viterbi_backlog.h), where a common
 *   position is looked for block by block, but more rarely.
 * Thresholds double, so that the time of all passes stays linear in the length of the text.
 */
#include "encode/viterbi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	STEP = 4096,		/* bytes searched between moves of the window of scores */
	AHEAD = 16,		/* bytes between a prefetch and the use of its data */
	SETTLE = 64 * 1024,	/* least number of back-pointers to look for a common path in */
	SETTLE_BACKLOG = 16	/* least number of blocks to do so in the backlog */
};

/* Marks a position in its back-pointer while paths are followed.  The bit is free: the number of
 * pieces is below BP_BACKLOG_DEAD. */
#define LIVE 0x80000000u

/* At least 2 max_len, so that all positions where a later piece may start lie in 'back'. */
static size_t settle_size(const struct viterbi *v)
{
	return BP_MAX(SETTLE, 2 * (size_t)v->u->max_len);
}

static void restart(struct viterbi *v)
{
	v->state = 0;
	v->at = 0;
	v->score[0] = 0;
	v->n_back = 0;
	v->settle_at = settle_size(v);
	bp_backlog_drop(&v->backlog, v->backlog.n);
	v->settle_backlog_at = SETTLE_BACKLOG;
}

void bp_viterbi_start(struct viterbi *v, double score)
{
	restart(v);
	v->score[0] = score;
}

bool bp_viterbi_init(struct viterbi *v, const struct vocabulary *u)
{
	*v = (struct viterbi){ .u = u };
	v->score = bp_array((size_t)u->max_len + STEP + 1, sizeof(*v->score));
	v->states = bp_array(STEP, sizeof(*v->states));
	if (v->score == NULL || v->states == NULL)
		return false;
	restart(v);
	return true;
}

void bp_viterbi_borrow(struct viterbi *v, const struct vocabulary *u,
		       struct viterbi_scratch *scratch, uint32_t *path)
{
	*v = (struct viterbi){
		.u = u, .score = scratch->score, .states = scratch->states,
		.back = scratch->back, .cap_back = BP_VITERBI_SMALL,
		.path = { path, 0, BP_VITERBI_SMALL }
	};
	restart(v);
}

void bp_viterbi_release(struct viterbi *v)
{
	free(v->path.piece);
	free(v->score);
	free(v->states);
	free(v->back);
	bp_backlog_release(&v->backlog);
	*v = (struct viterbi){ 0 };
}

/* Search the next n bytes, given their states; the window and 'back' have room for them. */
static void advance(struct viterbi *v, const uint32_t *state, size_t n)
{
	const uint32_t *longest = v->u->a.longest;
	const struct vocabulary_piece *piece = v->u->piece;
	uint32_t *back = BP_AT(v->back, v->n_back);
	double *end = v->score + v->at;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n) {
			BP_PREFETCH(&longest[state[i + AHEAD]]);
			BP_PREFETCH(&piece[longest[state[i + AHEAD / 2]]]);
		}
		back[i] = bp_viterbi_step(piece, longest[state[i]], ++end);
	}
	v->at += n;
	v->n_back += n;
}

/*
 * Follow the path from a position of back[] backwards, and add the number of its pieces to *n.
 * Returns how many bytes before back[0] the first of them starts.
 */
static size_t follow_back(const struct viterbi *v, const uint32_t *back, size_t position, size_t *n)
{
	size_t len;

	for (; position > 0; position -= len, ++*n)
		if ((len = v->u->piece[back[position - 1]].len) > position) {
			++*n;
			return len - position;
		}
	return 0;
}

/* Append the n pieces that follow_back() counted. */
static bool append_back(struct viterbi *v, const uint32_t *back, size_t position, size_t n)
{
	uint32_t *out;

	if (n == 0)	/* the path may have no array yet */
		return true;
	if (!bp_path_reserve(&v->path, n))
		return false;
	v->path.n += n;
	for (out = v->path.piece + v->path.n; n > 0; n--) {
		*--out = back[position - 1];
		/* The first piece may start before back[0]. */
		position -= n > 1 ? v->u->piece[*out].len : 0;
	}
	return true;
}

/*
 * Append the best path through the first n blocks of the backlog, up to 'before' bytes before their
 * end.  Back-pointers lead backwards and the result is written forwards, with one block unpacked at
 * a time: the first pass notes where the path leaves each block, the second one appends.
 */
static bool append_backlog(struct viterbi *v, size_t n, size_t before)
{
	struct backlog *b = &v->backlog;
	const uint32_t *back;
	size_t i, k, pieces;

	for (i = n; i-- > 0; ) {
		if (bp_must_stop() || (back = bp_backlog_unpack(b, i)) == NULL)
			return false;
		b->block[i].leave = b->block[i].n - before;
		k = 0;
		before = follow_back(v, back, b->block[i].leave, &k);
	}
	for (i = 0; i < n; i++) {
		if (bp_must_stop() || (back = bp_backlog_unpack(b, i)) == NULL)
			return false;
		pieces = 0;
		follow_back(v, back, b->block[i].leave, &pieces);
		if (!append_back(v, back, b->block[i].leave, pieces) ||
		    (v->drain != NULL && !v->drain(v->drain_ctx)))
			return false;
	}
	bp_backlog_drop(b, n);
	return true;
}

/* Append the best path to position n of 'back', with all of the backlog before it. */
static bool append_best(struct viterbi *v, size_t n)
{
	size_t pieces = 0, before = follow_back(v, v->back, n, &pieces);

	return (v->backlog.n == 0 || append_backlog(v, v->backlog.n, before)) &&
	       append_back(v, v->back, n, pieces);
}

/*
 * The last position that the best paths to all positions where a later piece may start have in
 * common; 0 if they do not meet in 'back'.  From the end backwards, each marked position passes its
 * mark on to the start of its last piece; when one mark is left, all paths have met there.
 */
static size_t find_meeting(const struct viterbi *v)
{
	size_t n = v->n_back, i, from, marks, met = 0;
	uint32_t *back = v->back;

	marks = BP_MIN(n, v->u->max_len);
	for (i = n; i > n - marks; i--)
		back[i - 1] |= LIVE;
	for (i = n; i > 0; i--) {
		if (!(back[i - 1] & LIVE))
			continue;
		back[i - 1] &= ~LIVE;
		if (marks == 1) {
			met = i;
			break;
		}
		if (v->u->piece[back[i - 1]].len >= i)
			break;	/* a path leaves 'back' before the others have joined it */
		from = i - v->u->piece[back[i - 1]].len;
		if (back[from - 1] & LIVE)
			marks--;
		back[from - 1] |= LIVE;
	}
	for (; i > 0; i--)
		back[i - 1] &= ~LIVE;
	return met;
}

/*
 * Pass marks through a whole block of n back-pointers.  On entry live[k] tells if the position k
 * bytes before the block's end is marked, on return the position k bytes before its start.
 * Back-pointers that no mark reached become BP_BACKLOG_DEAD, since equal ones pack well.  n is at
 * least max_len, by settle_size().  Returns the number of marks that are left.
 */
static size_t pass_marks(const struct viterbi *v, uint32_t *back, size_t n, bool *live)
{
	size_t most = v->u->max_len, i, len, left = 0;

	for (i = 0; i < most; i++) {
		back[n - i - 1] |= live[i] ? LIVE : 0;
		live[i] = false;
	}
	for (i = n; i > 0; i--) {
		if (!(back[i - 1] & LIVE)) {
			back[i - 1] = BP_BACKLOG_DEAD;
			continue;
		}
		back[i - 1] &= ~LIVE;
		len = v->u->piece[back[i - 1]].len;
		if (len < i) {
			back[i - len - 1] |= LIVE;
		} else {
			left += !live[len - i];
			live[len - i] = true;
		}
	}
	return left;
}

/* Move 'back' into the backlog.  'live' is scratch for max_len marks, here and below. */
static bool move_to_backlog(struct viterbi *v, bool *live)
{
	memset(live, true, v->u->max_len * sizeof(*live));
	pass_marks(v, v->back, v->n_back, live);
	if (!bp_backlog_push(&v->backlog, v->back, v->n_back))
		return false;
	v->n_back = 0;
	v->settle_at = settle_size(v);
	return true;
}

/* Settle all blocks of the backlog before the last block boundary where all paths have met. */
static bool settle_backlog(struct viterbi *v, bool *live)
{
	uint32_t *back;
	size_t i, before;

	memset(live, true, v->u->max_len * sizeof(*live));
	for (i = v->backlog.n; i-- > 1; ) {
		if (bp_must_stop() || (back = bp_backlog_unpack(&v->backlog, i)) == NULL)
			return false;
		if (pass_marks(v, back, v->backlog.block[i].n, live) > 1)
			continue;
		for (before = 0; !live[before]; )
			before++;
		if (!append_backlog(v, i, before))
			return false;
		break;
	}
	v->settle_backlog_at = BP_MAX(SETTLE_BACKLOG, 2 * v->backlog.n);
	return true;
}

static bool settle_path(struct viterbi *v)
{
	size_t met = find_meeting(v);
	bool *live, ok;

	if (met == 0 && !v->keeps_back) {
		if ((live = bp_array(v->u->max_len, sizeof(*live))) == NULL)
			return false;
		ok = move_to_backlog(v, live) &&
		     (v->backlog.n < v->settle_backlog_at || settle_backlog(v, live));
		free(live);
		return ok;
	}
	if (!append_best(v, met))
		return false;
	bp_move(v->back, BP_AT(v->back, met), (v->n_back - met) * sizeof(*v->back));
	v->n_back -= met;
	v->settle_at = BP_MAX(settle_size(v), 2 * v->n_back);
	return true;
}

/* Search the next n bytes, given the automaton's states after each of them. */
static bool feed_states(struct viterbi *v, const uint32_t *state, size_t n)
{
	size_t step, keep = v->u->max_len, room = keep + STEP;

	for (; n > 0; state += step, n -= step) {
		if (v->at == room) {
			memmove(v->score, v->score + v->at - keep, (keep + 1) * sizeof(*v->score));
			v->at = keep;
		}
		step = BP_MIN(n, room - v->at);
		if (bp_must_stop() || step > SIZE_MAX - v->n_back ||
		    !BP_GROW(v->back, v->cap_back, v->n_back + step))
			return false;
		advance(v, state, step);
		if (v->n_back >= v->settle_at && !settle_path(v))
			return false;
	}
	return true;
}

bool bp_viterbi_feed(struct viterbi *v, struct slice s)
{
	size_t i, n;

	for (; s.n > 0; s.p += n, s.n -= n) {
		n = BP_MIN(s.n, STEP);
		for (i = 0; i < n; i++)
			v->states[i] = v->state = bp_automaton_next(&v->u->a, v->state, s.p[i]);
		if (!feed_states(v, v->states, n))
			return false;
	}
	return true;
}

double bp_viterbi_score(const struct viterbi *v)
{
	return v->score[v->at];
}

bool bp_viterbi_follow(struct viterbi *v, const uint32_t *back, size_t n)
{
	if (bp_must_stop() || n > SIZE_MAX - v->n_back ||
	    !BP_GROW(v->back, v->cap_back, v->n_back + n))
		return false;
	bp_copy(v->back + v->n_back, back, n * sizeof(*back));
	v->n_back += n;
	return v->n_back < v->settle_at || settle_path(v);
}

bool bp_viterbi_end_at(struct viterbi *v, size_t n)
{
	bool ok = append_best(v, n);

	restart(v);
	return ok;
}

bool bp_viterbi_end(struct viterbi *v)
{
	return bp_viterbi_end_at(v, v->n_back);
}
