/*
 * lattice.h - all segmentations of a segment at once: their sum, and what it is made of.
 *
 * Each segmentation weighs the product of exp(alpha * score) over its pieces.  For each place in
 * the segment, going forward, the weights of all ways to it are added up (the forward algorithm,
 * Rabiner 1989).  The share of a piece in the sum at its end is the probability that a way to
 * there ends with it, given that it gets there; so a random segmentation is drawn from the end
 * backwards, piece by piece (forward filtering, backward sampling), and all probabilities follow
 * in the same way.
 *
 * Sums are kept as numbers with an exponent of their own, so that they neither vanish nor
 * overflow, for any alpha and length.  They are added in one fixed order.
 */
#ifndef BP_LATTICE_H
#define BP_LATTICE_H

#include <math.h>

#include "base/random.h"
#include "encode/viterbi.h"

enum { BP_LATTICE_ROW = 8, BP_LATTICE_NEAR = 256 };

/* What pieces weigh at some alpha; read-only once made. */
struct weights {
	const struct vocabulary *u;
	struct weight {
		double w;		/* times 2^shift */
		uint32_t len, shorter;	/* as in struct vocabulary_piece */
	} *piece;
	/*
	 * Where no byte weighs too little (alpha is not large), shift is NULL and stands for 0,
	 * and each of the first n_rows pieces, which are short, has a row: the weights of the
	 * pieces of 8 to 1 bytes that end as it does, 0 where there is none.
	 */
	double *shift, *row;
	uint32_t *id;		/* of the pieces in each row */
	void *row_memory;
	size_t n_rows;
};

static inline bool bp_is_alpha(double x)
{
	return x >= 0 && x < INFINITY;
}

/* alpha: at least 0 and finite; all single bytes have finite scores.  False if memory is out. */
bool bp_weights_init(struct weights *w, const struct vocabulary *u, double alpha);
void bp_weights_release(struct weights *w);

/* One segment after another, on one thread. */
struct lattice {
	const struct weights *w;
	double *f, *e;	/* the sum at place i is f[i] * 2^e[i], */
	double *growth;	/* with w->shift times 2^growth[i]: it would be lost in a large e */
	uint32_t *top;	/* the longest piece that ends at place i */
	size_t at;	/* the last place that has them */
	/* Private. */
	double *padded_f;	/* f, and before it zeros, as many as a row has */
	uint32_t *changes, *padded_changes;	/* by place: changes of scale so far */
	uint32_t n_changes;
	size_t cap_f, cap_changes, cap_e, cap_growth, cap_top;
	double near[BP_LATTICE_ROW + BP_LATTICE_NEAR];	/* the last sums, times 2^-scale; and room */
	double scale;
};

bool bp_lattice_init(struct lattice *l, const struct weights *w);
void bp_lattice_release(struct lattice *l);

/* Begin a segment: at place 0, with the sum 1. */
void bp_lattice_begin(struct lattice *l);
/* Go on over n bytes, by the automaton's states after each.  False if memory is out. */
bool bp_lattice_go(struct lattice *l, const uint32_t *state, size_t n);
/* Forget all places but those at which a piece may start that ends later; these are renumbered. */
void bp_lattice_forget(struct lattice *l);

/* The logarithm of the sum at the last place. */
double bp_lattice_log_sum(const struct lattice *l);

/* What ways that end with this piece are of the sum at 'place', times f[place]. */
static inline double bp_lattice_part(const struct lattice *l, size_t place, uint32_t piece);

/* A piece that ends at 'place', by a random number in [0, 1). */
uint32_t bp_lattice_choose(const struct lattice *l, size_t place, double random);

/*
 * The pieces of a whole way to the last place, by the numbers of 'r' that belong to the places
 * where they end.  They are the last ones in piece[0..at); returns the index of the first.
 */
size_t bp_lattice_draw(const struct lattice *l, const struct random_stream *r, uint32_t *piece);

/* x * 2^d for any d. */
double bp_scaled(double x, double d);

static inline double bp_lattice_part(const struct lattice *l, size_t place, uint32_t piece)
{
	const struct weight *w = &l->w->piece[piece];
	size_t start = place - w->len;
	double part = l->f[start] * w->w, from_e = l->e[start], d;

	/* In the order in which the sum was made, so that it is made of these parts. */
	if (l->w->shift == NULL) {
		d = from_e - l->e[place];
	} else {
		from_e += l->w->shift[piece];
		d = (from_e - l->e[place]) + (l->growth[start] - l->growth[place]);
	}
	return d == 0 ? part : bp_scaled(part, d);
}

#endif
