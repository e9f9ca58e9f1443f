#include "encode/viterbi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	STEP = 4096,		/* bytes searched between moves of the window of scores */
	AHEAD = 16,		/* bytes between the request for a piece of memory and its use */
	SETTLE = 64 * 1024,	/* bytes not settled that are worth a look for a common path */
	FAR = 16		/* as many times that are */
};

/* A mark in 'last' while common paths are looked for; pieces are fewer (automaton.h, viterbi_backlog.h). */
#define LIVE 0x80000000u

/* All places at which a later piece may start have to lie in what is not settled. */
static size_t settle_size(const struct viterbi *v)
{
	return BP_MAX(SETTLE, 2 * (size_t)v->u->max_len);
}

static void restart(struct viterbi *v)
{
	v->state = 0;
	v->at = 0;
	v->score[0] = 0;
	v->n_last = 0;
	v->settle_at = settle_size(v);
	bp_backlog_drop(&v->far, v->far.n);
	v->far_at = FAR;
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

void bp_viterbi_borrow(struct viterbi *v, const struct vocabulary *u, struct viterbi_scratch *scratch,
		       uint32_t *path)
{
	*v = (struct viterbi){
		.u = u, .score = scratch->score, .states = scratch->states, .last = scratch->last,
		.cap_last = BP_VITERBI_SMALL, .path = { path, 0, BP_VITERBI_SMALL }
	};
	restart(v);
}

void bp_viterbi_release(struct viterbi *v)
{
	free(v->path.piece);
	free(v->score);
	free(v->states);
	free(v->last);
	bp_backlog_release(&v->far);
	*v = (struct viterbi){ 0 };
}

/* Search on over n bytes by their states; there is room for n scores and as many last pieces. */
static void advance(struct viterbi *v, const uint32_t *state, size_t n)
{
	const uint32_t *longest = v->u->a.longest;
	const struct vocabulary_piece *piece = v->u->piece;
	uint32_t *last = v->last + v->n_last;
	double *end = v->score + v->at;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD < n) {
			BP_PREFETCH(&longest[state[i + AHEAD]]);
			BP_PREFETCH(&piece[longest[state[i + AHEAD / 2]]]);
		}
		last[i] = bp_viterbi_step(piece, longest[state[i]], ++end);
	}
	v->at += n;
	v->n_last += n;
}

/* Follow the path back from a place; returns how far before the first of 'last' it leads, and adds
 * its pieces to *n. */
static size_t follow_back(const struct viterbi *v, const uint32_t *last, size_t place, size_t *n)
{
	size_t len;

	for (; place > 0; place -= len, ++*n)
		if ((len = v->u->piece[last[place - 1]].len) > place) {
			++*n;
			return len - place;
		}
	return 0;
}

/* Append the n pieces of the path back from a place. */
static bool append_back(struct viterbi *v, const uint32_t *last, size_t place, size_t n)
{
	uint32_t *out;

	if (n == 0)	/* there may be no path yet to add to */
		return true;
	if (!bp_path_reserve(&v->path, n))
		return false;
	v->path.n += n;
	for (out = v->path.piece + v->path.n; n > 0; n--) {
		*--out = last[place - 1];
		place -= n > 1 ? v->u->piece[*out].len : 0;
	}
	return true;
}

/*
 * Append the best path through the first n blocks that are far back, to so many places before
 * their end: back through all of them to see where it leaves each, then forward.
 */
static bool append_far(struct viterbi *v, size_t n, size_t before)
{
	struct backlog *f = &v->far;
	const uint32_t *last;
	size_t i, k, pieces;

	for (i = n; i-- > 0; ) {
		if ((last = bp_backlog_unpack(f, i)) == NULL)
			return false;
		f->block[i].leave = f->block[i].n - before;
		k = 0;
		before = follow_back(v, last, f->block[i].leave, &k);
	}
	for (i = 0; i < n; i++) {
		if ((last = bp_backlog_unpack(f, i)) == NULL)
			return false;
		pieces = 0;
		follow_back(v, last, f->block[i].leave, &pieces);
		if (!append_back(v, last, f->block[i].leave, pieces) ||
		    (v->drain != NULL && !v->drain(v->drain_ctx)))
			return false;
	}
	bp_backlog_drop(f, n);
	return true;
}

/* Append the best path to the first 'n' of the bytes not settled, or to where they begin. */
static bool append_path(struct viterbi *v, size_t n)
{
	size_t pieces = 0, before = follow_back(v, v->last, n, &pieces);

	return (v->far.n == 0 || append_far(v, v->far.n, before)) &&
	       append_back(v, v->last, n, pieces);
}

/*
 * The last place that lies on the best paths to all places at which a later piece may start.
 * From the end backwards, each marked place hands its mark on to where its last piece begins; when
 * one mark is left, all paths have met there.
 */
static size_t meeting_place(const struct viterbi *v)
{
	size_t n = v->n_last, i, from, marks, met = 0;
	uint32_t *last = v->last;

	marks = BP_MIN(n, v->u->max_len);
	for (i = n; i > n - marks; i--)
		last[i - 1] |= LIVE;
	for (i = n; i > 0; i--) {
		if (!(last[i - 1] & LIVE))
			continue;
		last[i - 1] &= ~LIVE;
		if (marks == 1) {
			met = i;
			break;
		}
		if (v->u->piece[last[i - 1]].len >= i)
			break;
		from = i - v->u->piece[last[i - 1]].len;
		if (last[from - 1] & LIVE)
			marks--;
		last[from - 1] |= LIVE;
	}
	for (; i > 0; i--)
		last[i - 1] &= ~LIVE;
	return met;
}

/*
 * Marks are handed on through choices, from so many as stand in live[0..max_len), which is by
 * distance before the end, to their distances before the first.  All without a mark become dead.
 * Returns how many places are left.
 */
static size_t pass_marks(const struct viterbi *v, uint32_t *last, size_t n, bool *live)
{
	size_t most = v->u->max_len, i, len, left = 0;

	for (i = 0; i < most; i++) {
		last[n - i - 1] |= live[i] ? LIVE : 0;
		live[i] = false;
	}
	for (i = n; i > 0; i--) {
		if (!(last[i - 1] & LIVE)) {
			last[i - 1] = BP_BACKLOG_DEAD;
			continue;
		}
		last[i - 1] &= ~LIVE;
		len = v->u->piece[last[i - 1]].len;
		if (len < i) {
			last[i - len - 1] |= LIVE;
		} else {
			left += !live[len - i];
			live[len - i] = true;
		}
	}
	return left;
}

/* Pack what is not settled. */
static bool pack(struct viterbi *v, bool *live)
{
	memset(live, true, v->u->max_len * sizeof(*live));
	pass_marks(v, v->last, v->n_last, live);
	if (!bp_backlog_push(&v->far, v->last, v->n_last))
		return false;
	v->n_last = 0;
	v->settle_at = settle_size(v);
	return true;
}

/* Settle those blocks before which all paths from their end on meet. */
static bool settle_far(struct viterbi *v, bool *live)
{
	uint32_t *last;
	size_t i, before;

	memset(live, true, v->u->max_len * sizeof(*live));
	for (i = v->far.n; i-- > 1; ) {
		if ((last = bp_backlog_unpack(&v->far, i)) == NULL)
			return false;
		if (pass_marks(v, last, v->far.block[i].n, live) > 1)
			continue;
		for (before = 0; !live[before]; )
			before++;
		if (!append_far(v, i, before))
			return false;
		break;
	}
	v->far_at = BP_MAX(FAR, 2 * v->far.n);
	return true;
}

static bool settle(struct viterbi *v)
{
	size_t met = meeting_place(v);
	bool *live, ok;

	if (met == 0 && !v->keeps_last) {
		if ((live = bp_array(v->u->max_len, sizeof(*live))) == NULL)
			return false;
		ok = pack(v, live) && (v->far.n < v->far_at || settle_far(v, live));
		free(live);
		return ok;
	}
	if (!append_path(v, met))
		return false;
	memmove(v->last, v->last + met, (v->n_last - met) * sizeof(*v->last));
	v->n_last -= met;
	v->settle_at = BP_MAX(settle_size(v), 2 * v->n_last);
	return true;
}

bool bp_viterbi_feed_states(struct viterbi *v, const uint32_t *state, size_t n)
{
	size_t step, keep = v->u->max_len, room = keep + STEP;

	for (; n > 0; state += step, n -= step) {
		if (v->at == room) {
			memmove(v->score, v->score + v->at - keep, (keep + 1) * sizeof(*v->score));
			v->at = keep;
		}
		step = BP_MIN(n, room - v->at);
		if (step > SIZE_MAX - v->n_last ||
		    !BP_GROW(v->last, v->cap_last, v->n_last + step))
			return false;
		advance(v, state, step);
		if (v->n_last >= v->settle_at && !settle(v))
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
		if (!bp_viterbi_feed_states(v, v->states, n))
			return false;
	}
	return true;
}

double bp_viterbi_score(const struct viterbi *v)
{
	return v->score[v->at];
}

bool bp_viterbi_follow(struct viterbi *v, const uint32_t *last, size_t n)
{
	if (n > SIZE_MAX - v->n_last ||
	    !BP_GROW(v->last, v->cap_last, v->n_last + n))
		return false;
	memcpy(v->last + v->n_last, last, n * sizeof(*last));
	v->n_last += n;
	return v->n_last < v->settle_at || settle(v);
}

bool bp_viterbi_end_at(struct viterbi *v, size_t n)
{
	bool ok = append_path(v, n);

	restart(v);
	return ok;
}

bool bp_viterbi_end(struct viterbi *v)
{
	return bp_viterbi_end_at(v, v->n_last);
}
