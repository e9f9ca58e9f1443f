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

#include "text/nfc.h"
#include "text/utf8.h"

enum { NOT_ASCII = 0x80 };

/* One byte of a continuation that is tried. */
struct continuation_level {
	uint32_t node;		/* in the trie: the bytes from the start of the piece */
	uint32_t state;		/* of the search after the byte */
	unsigned next;		/* byte to try next; above 255 all are tried */
	bool newline;		/* the byte is a newline: only newlines may follow */
};

bool bp_continuation_init(struct continuation *c, const bp_model *m)
{
	size_t most = m->vocabulary.max_len;

	*c = (struct continuation){ 0 };
	if (!bp_encoder_init(&c->encoder, m))
		return false;
	c->encoder.search.exact.keeps_back = true;
	c->score = bp_array(2 * most + 1, sizeof(*c->score));
	c->level = bp_array(most, sizeof(*c->level));
	return c->score != NULL && c->level != NULL;
}

void bp_continuation_release(struct continuation *c)
{
	bp_encoder_release(&c->encoder);
	bp_buf_release(&c->text);
	bp_buf_release(&c->rest);
	free(c->score);
	free(c->level);
}

/* The last position that the best paths to the positions a and b have in common. */
static size_t common_position(const struct viterbi *v, size_t a, size_t b)
{
	const struct vocabulary_piece *piece = v->u->piece;

	while (a != b) {
		if (a > b)
			a -= piece[v->back[a - 1]].len;
		else
			b -= piece[v->back[b - 1]].len;
	}
	return a;
}

/* The trie's node for a byte string, or 0 if no piece begins with it. */
static uint32_t find_node(const struct automaton *a, struct slice s)
{
	uint32_t node = 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		if ((node = bp_automaton_child(a, node, s.p[i])) == 0)
			break;
	return node;
}

/* The node for the next byte that continues a piece, or 0 if there is none; the byte is
 * l->next - 1. */
static uint32_t next_child(const struct automaton *a, struct continuation_level *l)
{
	uint32_t node = 0;

	if (l->newline && l->next <= '\n') {
		node = bp_automaton_child(a, l->node, '\n');
		l->next = '\n' + 1;
	}
	while (!l->newline && node == 0 && l->next < 256)
		node = bp_automaton_child(a, l->node, (unsigned char)l->next++);
	return node;
}

/*
 * Does the best path of at least one continuation have a piece that starts 'before' bytes before
 * the segment's end and ends behind it?  Tries all pieces below level[0] in the trie, depth first,
 * with one step of the search for each node.  'end' is the score at the segment's end; the scores
 * behind it are overwritten.
 */
static bool is_start(struct continuation *c, double *end, size_t before)
{
	const struct vocabulary *u = c->encoder.search.exact.u;
	struct continuation_level *l = c->level;
	uint32_t node, state, piece;
	size_t depth = 0;	/* bytes of the continuation */

	for (;;) {
		if ((node = next_child(&u->a, l)) == 0) {
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
					    .newline = l->next - 1 == '\n' };
		l++;
	}
}

/*
 * The position up to which every continuation keeps the best path.  'segment' is all that the
 * search was fed with.  A continuation is empty, or begins with a byte of at least 'least'.  It has
 * no newline before another byte, and nothing but newlines after the segment's newlines: all else
 * belongs to the next segment.
 */
static size_t settled_position(struct continuation *c, struct slice segment, unsigned least)
{
	const struct viterbi *v = &c->encoder.search.exact;
	size_t n = v->n_back, settled = n, known = BP_MIN(v->at, v->u->max_len), before, at;
	struct slice end;

	memcpy(c->score, v->score + v->at - known, (known + 1) * sizeof(*c->score));
	/* The longest suffixes first: few pieces begin with them, and the best paths to their
	 * starts shorten the prefix most; both save trials. */
	for (before = BP_MIN(n, v->u->max_len - 1); before > 0 && settled > 0; before--) {
		end = (struct slice){ segment.p + segment.n - before, before };
		c->level[0] = (struct continuation_level){
			.node = find_node(&v->u->a, end), .state = v->state, .next = least,
			.newline = end.p[before - 1] == '\n'
		};
		if (c->level[0].node == 0)
			continue;
		at = common_position(v, settled, n - before);
		if (at < settled && is_start(c, c->score + known, before))
			settled = at;
	}
	return settled;
}

/* The start of the last segment.  Newlines at the text's end belong to it: more may follow. */
static size_t last_segment(struct slice s)
{
	size_t i = s.n;

	while (i > 0 && s.p[i - 1] == '\n')
		i--;
	while (i > 0 && s.p[i - 1] != '\n')
		i--;
	return i;
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
	size_t settled;

	v->path.n = 0;
	if (!bp_viterbi_feed(v, segment))
		return false;
	settled = settled_position(c, segment, joins ? NOT_ASCII : 0);
	if (joins) {
		/* From here on the search must not settle anything, so that positions keep their
		 * numbers. */
		v->settle_at = SIZE_MAX;
		segment.n = t.n - start;
		if (!bp_viterbi_feed(v, (struct slice){ t.p + sure, t.n - sure }))
			return false;
		settled = common_position(v, settled, settled_position(c, segment, 0));
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
	start = last_segment(kept);
	if (!bp_encoder_normal_text(&c->encoder, (struct slice){ t.p, start }) ||
	    !encode_last(c, kept, start, sure, rest == BP_REST_MAY_JOIN, &n_left))
		return false;
	*left = (struct slice){ t.p + kept.n - n_left, t.n - kept.n + n_left };
	return true;
}
