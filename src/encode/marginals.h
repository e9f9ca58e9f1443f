/*
 * marginals.h - probabilities over all segmentations of a segment.
 *
 * Each place's probability of lying between two pieces flows from the segment's end backwards,
 * through the pieces that end there, by their parts in the sum (lattice.h): what flows through a
 * piece is its probability (the posterior of the forward-backward algorithm, Rabiner 1989), and
 * the entropies of the choices at all places, each times the place's probability, add up to that
 * of the segmentation. All terms are positive, so nothing cancels.
 */
#ifndef BP_MARGINALS_H
#define BP_MARGINALS_H

#include "encode/lattice.h"

/* One segment after another, on one thread.  Memory: up to 90 bytes for each byte of a segment. */
struct marginals {
	struct lattice lattice;
	double *reach;		/* by place: its probability */
	uint32_t *state;
	size_t cap_reach, cap_state;
};

bool bp_marginals_init(struct marginals *m, const struct weights *w);
void bp_marginals_release(struct marginals *m);

/* Add up the ways through a segment; needed before the calls below.  False if memory is out. */
bool bp_marginals_segment(struct marginals *m, struct slice s);
/* Let the probabilities flow; *entropy is in nats.  False if memory is out. */
bool bp_marginals_flow(struct marginals *m, double *entropy);

/*
 * After the flow: visit all pieces in the segment that have at least this probability, by the
 * place where they end, the longest first.  A result other than 0 ends the visit and is returned.
 */
typedef int bp_marginals_visit(void *ctx, size_t start, size_t len, uint32_t piece,
			       double probability);
int bp_marginals_pieces(const struct marginals *m, double least, bp_marginals_visit *visit,
			void *ctx);

#endif
