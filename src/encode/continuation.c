/*
 * All segments but the last are encoded as in a whole text.  The last one is searched exactly, with
 * all of its back-pointers kept.  Positions are counted as in viterbi.h, from the first byte that
 * is not settled.
 *
 * Normalisation adds a case.  The text's last character may be one that stays as it is or joins
 * with the next one to a character of non-ASCII bytes.  Then there are two kinds of continuations,
 * and a piece is settled only if both kinds keep it.
 */
#include "encode/continuation.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/cut.h"
#include "text/nfc.h"
#include "text/utf8.h"

enum {
	NOT_ASCII = 0x80,
	NO_BYTE = -1	/* before the first byte of a segment */
};

/* One byte of a continuation that is tried. */
struct continuation_level {
	uint32_t node;		/* in the trie: the bytes from the start of the piece */
	uint32_t state;		/* of the search after the byte */
	unsigned next;		/* byte to try next; above 255 all are tried */
	int last;		/* the byte before the next one, or NO_BYTE */
	unsigned least;		/* of the next bytes; in find_starts() alone, as 'byte' */
	unsigned byte;		/* the next byte that is tried */
};

bool bp_continuation_init(struct continuation *c, const bp_model *m)
{
	size_t most = m->vocabulary.max_len;

	*c = (struct continuation){ .model = m };
	if (!bp_encoder_init(&c->encoder, m))
		return false;
	c->encoder.search.exact.keeps_back = true;
	c->score = bp_array(2 * most + 1, sizeof(*c->score));
	c->level = bp_array(most, sizeof(*c->level));
	c->possible = bp_array(most, sizeof(*c->possible));
	return c->score != NULL && c->level != NULL && c->possible != NULL;
}

void bp_continuation_release(struct continuation *c)
{
	bp_encoder_release(&c->encoder);
	bp_buf_release(&c->text);
	bp_buf_release(&c->rest);
	free(c->score);
	free(c->level);
	free(c->depth);
	free(c->possible);
	free(c->live);
}

/* The last position that the best paths to the positions a and b have in common. */
static size_t common_position(struct continuation *c, size_t a, size_t b)
{
	const struct viterbi *v = &c->encoder.search.exact;
	const struct vocabulary_piece *piece = v->u->piece;

	for (; a != b; c->steps++) {
		if (a > b)
			a -= piece[v->back[a - 1]].len;
		else
			b -= piece[v->back[b - 1]].len;
	}
	return a;
}

/* The trie's node for a byte string, or 0 if no piece begins with it. */
static uint32_t find_node(struct continuation *c, struct slice s)
{
	const struct automaton *a = &c->encoder.search.exact.u->a;
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < s.n; i++, c->steps++)
		if ((node = bp_automaton_child(a, node, s.p[i])) == 0)
			break;
	return node;
}

/* May byte b follow in one segment? */
static bool may_follow(const struct vocabulary *u, int last, unsigned b)
{
	return last == NO_BYTE ||
	       !bp_segment_ends(u->newlines, (unsigned char)last, (unsigned char)b);
}

/* The node for the next byte that continues a piece, or 0 if there is none; the byte is
 * l->next - 1. */
static uint32_t next_child(const struct vocabulary *u, struct continuation_level *l)
{
	const struct automaton *a = &u->a;
	uint32_t node = 0;

	if ((a->slot[l->node] & BP_SLOT_LEAF) != 0)
		return 0;
	for (; node == 0 && l->next < 256; l->next++)
		if (may_follow(u, l->last, l->next))
			node = bp_automaton_child(a, l->node, (unsigned char)l->next);
	return node;
}

/*
 * Does the best path of at least one continuation have a piece that starts 'before' bytes before
 * the segment's end and ends behind it?  Tries all pieces below level[0] in the trie, depth first,
 * with one step of the search for each node.  'end' is the score at the segment's end; the scores
 * behind it are overwritten.  If the steps do not suffice, the result means nothing.
 */
static bool is_start(struct continuation *c, double *end, size_t before)
{
	const struct vocabulary *u = c->encoder.search.exact.u;
	struct continuation_level *l = c->level;
	uint32_t node, state, piece;
	size_t depth = 0;	/* bytes of the continuation */

	for (; c->steps <= c->limit; c->steps++) {
		if ((node = next_child(u, l)) == 0) {
			if (depth-- == 0)
				return false;
			l--;
			continue;
		}
		state = bp_automaton_next(&u->a, l->state, (unsigned char)(l->next - 1));
		depth++;
		piece = bp_viterbi_step(u->piece, u->a.longest[state], &end[depth]);
		if (u->piece[piece].len == before + depth)
			return true;
		l[1] = (struct continuation_level){ .node = node, .state = state,
						    .last = (int)(l->next - 1) };
		l++;
	}
	return false;
}

/*
 * Try the positions one by one, as settled_position() needs it.  The longest suffixes come first:
 * few pieces begin with them, and the best paths to their starts shorten the prefix most; both save
 * trials.  False if the steps do not suffice.
 */
static bool try_one_by_one(struct continuation *c, struct slice segment, unsigned least,
			   double *score, size_t *settled)
{
	const struct viterbi *v = &c->encoder.search.exact;
	size_t n = v->n_back, before, at;
	struct slice end;

	c->steps = 0;
	c->limit = (uint64_t)n + v->u->a.n_slots;
	*settled = n;
	for (before = BP_MIN(n, v->u->max_len - 1); before > 0 && *settled > 0; before--) {
		end = (struct slice){ segment.p + segment.n - before, before };
		c->level[0] = (struct continuation_level){
			.node = find_node(c, end), .state = v->state, .next = least,
			.last = end.p[before - 1]
		};
		if (c->level[0].node != 0) {
			at = common_position(c, *settled, n - before);
			if (at < *settled && is_start(c, score, before))
				*settled = at;
		}
		if (c->steps > c->limit)
			return false;
	}
	return true;
}

/* Set depth[] of all states and inner[], by the paths of all pieces. */
static bool make_depths(struct continuation *c)
{
	const struct vocabulary *u = c->encoder.search.exact.u;
	const bp_model *m = c->model;
	bool is_inner[256] = { false };
	uint32_t state, depth;
	struct slice s;
	size_t i;

	if (c->depth != NULL)
		return true;
	if ((c->depth = calloc(u->a.n_slots, sizeof(*c->depth))) == NULL)
		return false;
	for (i = 0; i < u->a.n_pieces; i++) {
		s = m->model.piece[m->entry != NULL ? m->entry[i] : i];
		for (state = depth = 0; depth < u->piece[i].len; ) {
			state = bp_automaton_child(&u->a, state, s.p[depth]);
			is_inner[s.p[depth]] |= depth > 0;
			c->depth[state] = ++depth;
		}
	}
	for (i = 0; i < 256; i++)
		if (is_inner[i])
			c->inner[c->n_inner++] = (unsigned char)i;
	return true;
}

/*
 * The state after byte b, if its bytes begin before the segment's end; else 0.  'behind' is the
 * number of bytes between the end and b.
 */
static uint32_t crossing_state(struct continuation *c, uint32_t state, unsigned b, size_t behind)
{
	const struct automaton *a = &c->encoder.search.exact.u->a;
	uint64_t w = a->slot[state];
	uint32_t t, fail;

	for (;;) {
		c->steps++;
		t = (uint32_t)(w >> BP_SLOT_BASE) ^ b;
		if ((a->slot[t] & BP_SLOT_LABEL_MASK) == b)
			return c->depth[t] > behind + 1 ? t : 0;
		fail = (uint32_t)(w >> BP_SLOT_FAIL) & BP_SLOT_FAIL_MASK;
		if (c->depth[fail] <= behind)
			return 0;
		w = a->slot[fail];
	}
}

/* As next_child(), for the states of any piece that begins before the segment's end; l->next is an
 * index in inner[], and the byte is l->byte. */
static uint32_t next_crossing(struct continuation *c, struct continuation_level *l, size_t behind)
{
	const struct vocabulary *u = c->encoder.search.exact.u;
	uint32_t state = 0;

	while (state == 0 && l->next < c->n_inner) {
		l->byte = c->inner[l->next++];
		if (l->byte >= l->least && may_follow(u, l->last, l->byte))
			state = crossing_state(c, l->state, l->byte, behind);
	}
	return state;
}

/*
 * Set possible[k] if the best path of at least one continuation has a piece that starts k bytes
 * before the segment's end and ends behind it.  All bytes that continue a piece, wherever before
 * the end it starts, are tried depth first: as is_start() does, but once for all starts, because
 * the scores behind the end do not depend on the start.  False if the steps do not suffice.
 */
static bool find_starts(struct continuation *c, int last, unsigned least, double *end)
{
	const struct viterbi *v = &c->encoder.search.exact;
	struct continuation_level *l = c->level;
	size_t behind = 0, len;
	uint32_t state;

	*l = (struct continuation_level){ .state = v->state, .least = least, .last = last };
	for (; c->steps <= c->limit; c->steps++) {
		if ((state = next_crossing(c, l, behind)) == 0) {
			if (behind-- == 0)
				return true;
			l--;
			continue;
		}
		behind++;
		len = v->u->piece[bp_viterbi_step(v->u->piece, v->u->a.longest[state],
						  &end[behind])].len;
		if (len > behind)
			c->possible[len - behind] = true;
		l[1] = (struct continuation_level){ .state = state, .last = (int)l->byte };
		l++;
	}
	return false;
}

/* The last position that the best paths to the end and to all possible starts have in common.  From
 * the end backwards, each path that is live passes on to the start of its last piece. */
static bool meet_starts(struct continuation *c, size_t *met)
{
	const struct viterbi *v = &c->encoder.search.exact;
	size_t n = v->n_back, most = BP_MIN(n, v->u->max_len - 1), marks = 1, i, from;

	if (!BP_GROW(c->live, c->cap_live, n + 1))
		return false;
	memset(c->live, 0, (n + 1) * sizeof(*c->live));
	c->live[n] = true;
	for (i = 1; i <= most; i++)
		if (c->possible[i]) {
			c->live[n - i] = true;
			marks++;
		}
	for (i = n; i > 0 && marks > 1; i--) {
		if (!c->live[i])
			continue;
		from = i - v->u->piece[v->back[i - 1]].len;
		marks -= c->live[from];
		c->live[from] = true;
	}
	while (i > 0 && !c->live[i])
		i--;
	*met = i;
	return true;
}

/* As try_one_by_one(), all positions together. */
static bool try_together(struct continuation *c, struct slice segment, unsigned least,
			 double *score, size_t *settled)
{
	const struct viterbi *v = &c->encoder.search.exact;
	int last = segment.n > 0 ? segment.p[segment.n - 1] : NO_BYTE;
	size_t most = v->u->max_len;

	if (!make_depths(c))
		return false;
	c->steps = 0;
	c->limit = 64 * (uint64_t)v->u->a.n_slots;
	memset(c->possible, 0, most * sizeof(*c->possible));
	if (!find_starts(c, last, least, score))
		memset(c->possible, 1, most * sizeof(*c->possible));
	return meet_starts(c, settled);
}

/*
 * Set *settled to the position up to which every continuation keeps the best path.  'segment' is
 * all that the search was fed with.  A continuation is empty, or begins with a byte of at least
 * 'least'.  It has no end of a segment in it or before it: all behind one belongs to the next
 * segment.
 */
static bool settled_position(struct continuation *c, struct slice segment, unsigned least,
			     size_t *settled)
{
	const struct viterbi *v = &c->encoder.search.exact;
	size_t known = BP_MIN(v->at, v->u->max_len);

	memcpy(c->score, v->score + v->at - known, (known + 1) * sizeof(*c->score));
	return (!c->together && try_one_by_one(c, segment, least, c->score + known, settled)) ||
	       try_together(c, segment, least, c->score + known, settled);
}

/*
 * Set *t to the normal form of 's', and *sure to the number of its bytes that no continuation can
 * change.  *rest tells how a continuation can change the bytes behind them.
 */
static bool normalize_open(struct continuation *c, struct slice s, struct slice *t, size_t *sure,
			   enum bp_rest *rest)
{
	size_t boundary = bp_nfc_boundary(s, 0, true), k;
	struct slice tail = { s.p + boundary, s.n - boundary };

	*rest = bp_nfc_rest(tail);
	k = bp_utf8_unit(tail.p, tail.n);
	if (k < tail.n && bp_nfc_rest((struct slice){ tail.p, k }) == BP_REST_STANDS) {
		tail.p += k;
		tail.n -= k;
	}
	if (!bp_nfc(tail, &c->rest, &tail) || !bp_nfc(s, &c->text, t))
		return false;
	*sure = t->n - tail.n;
	return true;
}

/*
 * Search t[start..end), the last segment, and append its settled pieces; *left is the number of
 * bytes behind them.  If t[sure..end) may join with the continuation, both cases are looked at: it
 * is replaced by bytes that are not ASCII, or it stays and anything may follow.
 */
static bool encode_last(struct continuation *c, struct slice t, size_t start, size_t sure,
			bool joins, size_t *left)
{
	struct viterbi *v = &c->encoder.search.exact;
	struct slice segment = { t.p + start, (joins ? sure : t.n) - start };
	size_t settled, open;

	v->path.n = 0;
	if (!bp_viterbi_feed(v, segment) ||
	    !settled_position(c, segment, joins ? NOT_ASCII : 0, &settled))
		return false;
	if (joins) {
		/* From here on the search must not settle anything, so that positions keep their
		 * numbers. */
		v->settle_at = SIZE_MAX;
		segment.n = t.n - start;
		if (!bp_viterbi_feed(v, (struct slice){ t.p + sure, t.n - sure }) ||
		    !settled_position(c, segment, 0, &open))
			return false;
		settled = common_position(c, settled, open);
	}
	*left = v->n_back - settled;
	return bp_viterbi_end_at(v, settled) &&
	       bp_path_move(bp_encoder_path(&c->encoder), &v->path);
}

bool bp_continuation_encode(struct continuation *c, struct slice s, struct slice *left)
{
	enum bp_rest rest = BP_REST_STANDS;
	struct slice t = s, kept;	/* kept: without bytes that may become any others */
	size_t sure = s.n, start, n_left;

	*left = s;
	if (s.n == 0)
		return true;
	if (c->encoder.normalize && !normalize_open(c, s, &t, &sure, &rest))
		return false;
	kept = (struct slice){ t.p, rest == BP_REST_MAY_CHANGE ? sure : t.n };
	start = bp_last_segment_end(c->model->model.newlines, kept);
	if (!bp_encoder_normal_text(&c->encoder, (struct slice){ t.p, start }) ||
	    !encode_last(c, kept, start, sure, rest == BP_REST_MAY_JOIN, &n_left))
		return false;
	*left = (struct slice){ t.p + kept.n - n_left, t.n - kept.n + n_left };
	return true;
}
