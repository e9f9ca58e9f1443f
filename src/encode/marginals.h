/*
 * marginals.h - probabilities of pieces, and entropy, over all segmentations of a segment.
 *
 * The probability of a position is that it lies between two pieces of a random segmentation.  It is
 * 1 at the segment's end, and flows backwards: through each piece that ends at a position flows the
 * piece's share of the sum there (lattice.h).  The flow through a piece is its probability, the
 * posterior of the forward-backward algorithm (Rabiner 1989).  The entropy of the segmentation is
 * the sum over positions of the entropy of the choice there, times the position's probability.
 * All terms are positive, so that nothing cancels.
 */
#ifndef BP_MARGINALS_H
#define BP_MARGINALS_H

#include "encode/lattice.h"

/* For one segment after another, on one thread.  Memory: up to 90 bytes per byte of a segment. */
struct marginals {
	struct lattice lattice;
	double *reach;		/* probability by position */
	uint32_t *state;
	size_t cap_reach, cap_state;
};

/* False if memory is out; then *m must still be released.  'w' is borrowed. */
bool bp_marginals_init(struct marginals *m, const struct weights *w);
void bp_marginals_release(struct marginals *m);

/* Add up all paths through a segment; call it before the functions below.  False if memory is
 * out. */
bool bp_marginals_segment(struct marginals *m, struct slice s);
/* Compute all probabilities; *entropy is in nats.  False if memory is out. */
bool bp_marginals_flow(struct marginals *m, double *entropy);

/*
 * After bp_marginals_flow(): visit all pieces in the segment with a probability of at least
 * 'least', by the position of their end, the longest first.  A visit that does not return 0 is the
 * last one, and its result is returned.
 */
typedef int bp_marginals_visit(void *ctx, size_t start, size_t len, uint32_t piece,
			       double probability);
int bp_marginals_pieces(const struct marginals *m, double least, bp_marginals_visit *visit,
			void *ctx);

#endif
