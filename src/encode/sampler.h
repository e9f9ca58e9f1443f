/*
 * sampler.h - a random segmentation instead of the best one.
 *
 * Two ways to draw it (both of Su Jianlin, see the README).  Perfect: each segmentation with a
 * probability proportional to its own under the model, to the power of alpha (lattice.h).
 * Viterbi: from left to right as in the search for the best path, candidates from the longest to
 * the shortest, but a later one takes the place of the one kept with probability 1 / (1 +
 * exp(-alpha * (its score - score of the one kept))), where a score is that of the whole way, as
 * it was drawn; this prefers pieces that are tried late.
 *
 * What is drawn for a segment depends on the seed, the file and the line where it begins, and on
 * nothing else: random numbers belong to places (random.h).
 */
#ifndef BP_SAMPLER_H
#define BP_SAMPLER_H

#include "encode/lattice.h"

/* How to draw; read-only once made, for all threads. */
struct sampling {
	const struct vocabulary *u;
	bp_sampler kind;
	double alpha;
	struct weights weights;	/* perfect */
	double *logit;		/* Viterbi: where the decision lies for some random numbers */
};

/* alpha: at least 0 and finite; all scores have to be finite.  False if memory is out. */
bool bp_sampling_init(struct sampling *how, const struct vocabulary *u, bp_sampler kind, double alpha);
void bp_sampling_release(struct sampling *how);

/* One segment after another, on one thread. */
struct sampler {
	const struct sampling *how;
	/* Of the next segment to begin; set by the caller, who counts the lines as well. */
	uint64_t seed, file, line;
	/* Private. */
	bool in_segment;
	uint32_t state, *states, *last;
	uint64_t at;		/* bytes of the segment so far */
	uint64_t drawn;
	struct random_stream random;
	struct lattice lattice;
	double *score;		/* of the way drawn to here and to places before it */
	size_t n_score, cap_states, cap_last;
};

bool bp_sampler_init(struct sampler *s, const struct sampling *how);
void bp_sampler_release(struct sampler *s);

/*
 * As bp_viterbi_feed(), _feed_states() and _end(), whose result goes the same way.  A whole
 * segment may be fed by its states in one call of bp_sampler_segment(), which is faster and gives
 * the same.
 */
bool bp_sampler_feed(struct sampler *s, struct viterbi *v, struct slice text);
bool bp_sampler_feed_states(struct sampler *s, struct viterbi *v, const uint32_t *state, size_t n);
bool bp_sampler_end(struct sampler *s, struct viterbi *v);
/* The states after each byte of segments that stand one behind the other; NULL if memory is out. */
const uint32_t *bp_sampler_walk(struct sampler *s, const unsigned char *text,
				const uint32_t *length, size_t n_segments);
bool bp_sampler_segment(struct sampler *s, struct viterbi *v, const uint32_t *state, size_t n);

#endif
