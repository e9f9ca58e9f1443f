/*
 * From left to right, each position gets a random back-pointer, and bp_viterbi_follow() finds the
 * settled part of the path, as in the search for the best path.  Perfect sampling of a whole
 * segment of moderate length is faster: the path is drawn from the segment's end backwards, and
 * only the positions on it cost a choice.  Both ways use random number i for the choice at
 * position i, so that they draw equal paths.
 */
#include "encode/sampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum {
	STEP = 4096,		/* bytes drawn between moves of the windows */
	GROUP = 4 * 1024,	/* bytes of segments that are in a lattice together */
	LOGIT_BITS = 10, LOGITS = 1 << LOGIT_BITS
};

/* logit[k]: the inverse of the logistic function at k / LOGITS. */
static bool init_logits(struct sampling *how)
{
	int k;

	if ((how->logit = bp_array(LOGITS + 1, sizeof(*how->logit))) == NULL)
		return false;
	how->logit[0] = -INFINITY;
	how->logit[LOGITS] = INFINITY;
	for (k = 1; k < LOGITS; k++)
		how->logit[k] = bp_log((double)k / (LOGITS - k));
	return true;
}

bool bp_sampling_init(struct sampling *how, const struct vocabulary *u, bp_sampler kind,
		      double alpha)
{
	*how = (struct sampling){ .u = u, .kind = kind, .alpha = alpha };
	return kind == BP_SAMPLER_PERFECT ? bp_weights_init(&how->weights, u, alpha)
					  : init_logits(how);
}

void bp_sampling_release(struct sampling *how)
{
	bp_weights_release(&how->weights);
	free(how->logit);
	*how = (struct sampling){ 0 };
}

bool bp_sampler_init(struct sampler *s, const struct sampling *how)
{
	*s = (struct sampler){ .how = how };
	if (!BP_GROW(s->states, s->cap_states, STEP) ||
	    !BP_GROW(s->back, s->cap_back, STEP))
		return false;
	if (how->kind == BP_SAMPLER_PERFECT)
		return bp_lattice_init(&s->lattice, &how->weights);
	s->score = bp_array((size_t)how->u->max_len + STEP + 1, sizeof(*s->score));
	return s->score != NULL;
}

void bp_sampler_release(struct sampler *s)
{
	bp_lattice_release(&s->lattice);
	free(s->states);
	free(s->back);
	free(s->segment);
	free(s->draw);
	free(s->score);
	*s = (struct sampler){ 0 };
}

static void begin_segment(struct sampler *s, uint64_t line)
{
	s->in_segment = true;
	s->state = 0;
	s->at = s->drawn = 0;
	s->random = bp_random_stream(s->seed, s->file, line);
	if (s->how->kind == BP_SAMPLER_PERFECT) {
		bp_lattice_begin(&s->lattice);
	} else {
		s->n_score = 0;
		s->score[0] = 0;
	}
}

/*
 * Draw a back-pointer for each position, although the path drawn will use few of them: so the part
 * that all paths have in common is settled long before the segment's end.
 */
static bool draw_perfect(struct sampler *s, const uint32_t *state, size_t n)
{
	struct lattice *l = &s->lattice;
	uint64_t bits;
	size_t i;

	if (l->at >= 2 * (size_t)s->how->u->max_len + STEP)
		bp_lattice_forget(l);
	if (!bp_lattice_advance(l, state, n))
		return false;
	for (i = 0; i < n; i++) {
		bits = bp_random_at(&s->random, s->at + i + 1);
		s->back[i] = bp_lattice_choose(l, l->at - n + i + 1, bp_random_unit(bits));
	}
	return true;
}

/*
 * True if the candidate wins: if a random number is below 1 / (1 + exp(-x)), where x is alpha
 * times (score of the candidate - score of the piece kept).  Nearly always the first LOGIT_BITS
 * bits decide, by comparing x with the logits of the interval that they select.  Returns a number
 * for the caller to index with, since no processor can predict a branch on it.
 */
static inline unsigned candidate_wins(const struct sampling *how, uint64_t bits, double x)
{
	const double *bound = how->logit + (bits >> (64 - LOGIT_BITS));
	unsigned win = x >= bound[1];

	if ((x >= bound[0]) != win)
		win = bp_random_unit(bits) < 1 / (1 + exp(-x));
	return win;
}

/*
 * Random numbers are used in the order of the candidates, one each.  score and p have two elements,
 * the piece kept and the candidate, to be selected by an index in place of a branch.
 */
static void draw_viterbi(struct sampler *s, const uint32_t *state, size_t n)
{
	const struct sampling *how = s->how;
	const uint32_t *longest = how->u->a.longest;
	const struct vocabulary_piece *piece = how->u->piece, *row;
	struct random_stream random = s->random;
	double *end = s->score + s->n_score, score[2];	/* of the piece kept, of a candidate */
	uint64_t drawn = s->drawn;
	uint32_t p[2];
	unsigned win;
	size_t i;

	for (i = 0; i < n; i++) {
		s->back[i] = longest[state[i]];
		BP_PREFETCH(&piece[s->back[i]]);
	}
	for (i = 0; i < n; i++) {
		end++;
		p[0] = s->back[i];
		row = &piece[p[0]];
		score[0] = end[-(ptrdiff_t)row->len] + row->score;
		while ((p[1] = row->shorter) != BP_NO_PIECE) {
			row = &piece[p[1]];
			score[1] = end[-(ptrdiff_t)row->len] + row->score;
			win = candidate_wins(how, bp_random_at(&random, drawn++),
				   how->alpha * (score[1] - score[0]));
			score[0] = score[win];
			p[0] = p[win];
		}
		*end = score[0];
		s->back[i] = p[0];
	}
	s->n_score += n;
	s->drawn = drawn;
}

/* Draw for the next n <= STEP bytes. */
static bool draw_step(struct sampler *s, struct viterbi *v, const uint32_t *state, size_t n)
{
	size_t keep = s->how->u->max_len;

	if (!s->in_segment)
		begin_segment(s, s->line);
	if (s->how->kind == BP_SAMPLER_PERFECT) {
		if (!draw_perfect(s, state, n))
			return false;
	} else {
		if (n > keep + STEP - s->n_score) {
			memmove(s->score, s->score + s->n_score - keep,
				(keep + 1) * sizeof(*s->score));
			s->n_score = keep;
		}
		draw_viterbi(s, state, n);
	}
	s->at += n;
	return bp_viterbi_follow(v, s->back, n);
}

bool bp_sampler_feed(struct sampler *s, struct viterbi *v, struct slice text)
{
	const struct automaton *a = &s->how->u->a;
	size_t i, n;

	for (; text.n > 0; text.p += n, text.n -= n) {
		n = BP_MIN(text.n, STEP);
		if (!s->in_segment)
			begin_segment(s, s->line);
		for (i = 0; i < n; i++)
			s->states[i] = s->state = bp_automaton_next(a, s->state, text.p[i]);
		if (!draw_step(s, v, s->states, n))
			return false;
	}
	return true;
}

bool bp_sampler_end(struct sampler *s, struct viterbi *v)
{
	s->in_segment = false;
	return bp_viterbi_end(v);
}

const uint32_t *bp_sampler_walk(struct sampler *s, const unsigned char *text,
				const uint32_t *length, size_t n_segments)
{
	size_t i, n = 0;

	for (i = 0; i < n_segments; i++)
		n += length[i];
	if (!BP_GROW(s->states, s->cap_states, n))
		return NULL;
	bp_automaton_walk(&s->how->u->a, text, length, n_segments, s->states);
	return s->states;
}

void bp_sampler_batch(struct sampler *s)
{
	s->n_segments = s->n_drawn = 0;
}

bool bp_sampler_add(struct sampler *s, const uint32_t *state, size_t n)
{
	if (!BP_GROW(s->segment, s->cap_segment, s->n_segments + 1))
		return false;
	s->segment[s->n_segments++] = (struct sampler_segment){ state, n, 0, s->line };
	return true;
}

/* Draw the paths of the next segments, of about GROUP bytes. */
static bool draw_group(struct sampler *s)
{
	struct lattice *l = &s->lattice;
	struct sampler_segment *g = s->segment + s->n_drawn;
	size_t i, start, most = s->n_segments - s->n_drawn, bytes = 0;

	if (!BP_GROW(s->draw, s->cap_draw, s->n_segments))
		return false;
	bp_lattice_begin(l);
	for (i = 0; i < most && bytes < GROUP; bytes += g[i++].n) {
		if (i > 0 && !bp_lattice_add(l))
			return false;
		start = l->at;
		if (!bp_lattice_advance(l, g[i].state, g[i].n))
			return false;
		g[i].to = l->at;
		s->draw[s->n_drawn + i] = (struct lattice_draw){
			start, l->at, l->at, bp_random_stream(s->seed, s->file, g[i].line)
		};
	}
	if (!BP_GROW(s->back, s->cap_back, l->at))
		return false;
	bp_lattice_draw(l, s->draw + s->n_drawn, i, s->back);
	s->n_drawn += i;
	return true;
}

bool bp_sampler_segment(struct sampler *s, struct viterbi *v, size_t i)
{
	const struct sampler_segment *g = &s->segment[i];
	const uint32_t *state = g->state;
	size_t n, k, from;

	if (s->how->kind == BP_SAMPLER_PERFECT) {
		if (i == s->n_drawn && !draw_group(s))
			return false;
		from = s->draw[i].from;
		return bp_path_append(&v->path, s->back + from, g->to - from);
	}
	if (g->n == 0)
		return true;
	begin_segment(s, g->line);
	for (n = g->n; n > 0; state += k, n -= k) {
		k = BP_MIN(n, STEP);
		if (!draw_step(s, v, state, k))
			return false;
	}
	return bp_sampler_end(s, v);
}
