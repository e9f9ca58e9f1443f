/*
 * lattice.h - sum over all segmentations of a segment, and random segmentations drawn from it.
 *
 * The weight of a segmentation is the product of exp(alpha * score) over its pieces.  From left to
 * right, the lattice adds up the weights of all paths to each position (forward algorithm, Rabiner
 * 1989).  A piece's share of the sum at its end is the probability that a path to this position
 * ends with the piece.  So a random segmentation is drawn from the end backwards, piece by piece
 * (forward filtering, backward sampling), and marginals.h gets all probabilities from the shares.
 *
 * Sums are kept with an exponent of their own, so that they neither vanish nor overflow, for any
 * alpha and length.  They are added in one fixed order, so that results are equal on all machines.
 *
 * There are two ways to add up.  By rows: the sums of the last eight positions are kept at one
 * scale, and the pieces of up to eight bytes that end at a position are one product of two vectors.
 * By pieces: for a large alpha, where the weight of a byte may be too low for one scale.
 */
#ifndef BP_LATTICE_H
#define BP_LATTICE_H

#include <math.h>

#include "base/random.h"
#include "encode/viterbi.h"

enum { BP_LATTICE_ROW = 8, BP_LATTICE_NEAR = 256 };

/* Weights of pieces for one alpha; read-only once made, for all threads. */
struct weights {
	const struct vocabulary *u;	/* borrowed */
	struct weight {
		double w;		/* times 2^shift */
		uint32_t len, shorter;	/* as in struct vocabulary_piece */
	} *piece;
	double *shift;		/* by rows NULL, which stands for 0 */
	/* By rows: each of the first n_rows pieces, which are short, has a row: the pieces of 8, 7,
	 * ... 1 bytes that end with it, and their weights, 0 for a length without a piece. */
	struct weight_row {
		double w[BP_LATTICE_ROW];
		uint32_t piece[BP_LATTICE_ROW];
	} *row;
	double lowest, highest;	/* by rows: limits of the last sum at its scale */
	size_t n_rows, n_single;	/* n_single: of them, of one byte */
};

static inline bool bp_is_alpha(double x)
{
	return x >= 0 && x < INFINITY;
}

/* alpha satisfies bp_is_alpha(); all single bytes have finite scores.  False if memory is out. */
bool bp_weights_init(struct weights *w, const struct vocabulary *u, double alpha);
void bp_weights_release(struct weights *w);

/* For one segment after another, on one thread. */
struct lattice {
	const struct weights *w;	/* borrowed */
	double *f, *e;	/* the sum at position i is f[i] * 2^e[i], */
	double *growth;	/* with w->shift times 2^growth[i], small beside a large e */
	uint32_t *top;	/* the longest piece that ends at position i */
	size_t at;	/* the last position that has them */
	/* Private. */
	double *padded_f;	/* 'f' with zeros before it, one for each weight of a row */
	uint32_t *changes, *padded_changes;	/* by position: number of changes of scale so far */
	uint32_t n_changes;
	size_t cap_f, cap_changes, cap_e, cap_growth, cap_top;
	double near[BP_LATTICE_ROW + BP_LATTICE_NEAR];	/* last sums times 2^-scale, and room */
	double scale;
};

/* False if memory is out; then *l must still be released. */
bool bp_lattice_init(struct lattice *l, const struct weights *w);
void bp_lattice_release(struct lattice *l);

/* Begin a segment: at position 0, with the sum 1. */
void bp_lattice_begin(struct lattice *l);
/* Begin a further segment behind the ones so far, which are kept: at the new position 'at'.  False
 * if memory is out. */
bool bp_lattice_add(struct lattice *l);
/* Add up over the next n bytes, given the automaton's state after each.  False if memory is out. */
bool bp_lattice_advance(struct lattice *l, const uint32_t *state, size_t n);
/* Forget all positions at which no later piece can start, and renumber the others from 0. */
void bp_lattice_forget(struct lattice *l);

/* The logarithm of the sum at the last position. */
double bp_lattice_log_sum(const struct lattice *l);

/* The part of paths that end with this piece in the sum at 'position': their share times
 * f[position]. */
static inline double bp_lattice_part(const struct lattice *l, size_t position, uint32_t piece);

/* Draw a piece that ends at 'position', by a random number in [0, 1). */
uint32_t bp_lattice_choose(const struct lattice *l, size_t position, double random);

/*
 * A path to be drawn, through the segment from 'start' to 'position'.  The choice i bytes behind
 * 'start' uses random number i.  The pieces are written to the end of the segment's part of an
 * array, that of its positions; 'from' is moved from the end of this part to the first piece.
 */
struct lattice_draw {
	size_t start, position, from;
	struct random_stream random;
};

/* Draw n paths, several of them side by side: each choice has to wait for the one before. */
void bp_lattice_draw(const struct lattice *l, struct lattice_draw *d, size_t n, uint32_t *piece);

/* x * 2^d for any d. */
double bp_scaled(double x, double d);

static inline double bp_lattice_part(const struct lattice *l, size_t position, uint32_t piece)
{
	const struct weight *w = &l->w->piece[piece];
	size_t start = position - w->len;
	double part = l->f[start] * w->w, from_e = l->e[start], d;

	/* The operations of the forward pass in its order, so that the parts add up to the sum. */
	if (l->w->shift == NULL) {
		d = from_e - l->e[position];
	} else {
		from_e += l->w->shift[piece];
		d = (from_e - l->e[position]) + (l->growth[start] - l->growth[position]);
	}
	return d == 0 ? part : bp_scaled(part, d);
}

#endif
