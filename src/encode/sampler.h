/*
 * sampler.h - random segmentations instead of the best one, for subword regularisation.
 *
 * Two ways to draw them, both by Su Jianlin (see README.md):
 * - perfect: the probability of a segmentation is proportional to its probability under the model
 *   to the power of alpha (lattice.h);
 * - Viterbi: from left to right, as in the search for the best path.  Of the pieces that end at a
 *   position the longest is tried first, and the next one replaces the one kept with probability
 *   1 / (1 + exp(-alpha * (its score - score of the one kept))).  A score is that of the whole path
 *   as it was drawn.  This prefers pieces that are tried late, the short ones.
 *
 * The path drawn for a segment depends only on its bytes, the seed of the random generator, and the
 * numbers of the file and of the line where the segment begins (behind its first newline, if it
 * begins with newlines): they select a stream of random numbers (random.h).  So the path depends
 * neither on threads nor on chunks.
 */
#ifndef BP_SAMPLER_H
#define BP_SAMPLER_H

#include "encode/lattice.h"

/* Kind of sampling and its tables; read-only once made, for all threads. */
struct sampling {
	const struct vocabulary *u;	/* borrowed */
	bp_sampler kind;
	double alpha;
	struct weights weights;	/* perfect */
	double *logit;		/* Viterbi: bounds of the decision, by the first bits drawn */
};

/* alpha satisfies bp_is_alpha(); all scores are finite.  False if memory is out. */
bool bp_sampling_init(struct sampling *how, const struct vocabulary *u, bp_sampler kind,
		      double alpha);
void bp_sampling_release(struct sampling *how);

/* For one segment after another, on one thread. */
struct sampler {
	const struct sampling *how;	/* borrowed */
	/* Of the next segment to begin; set by the user, who counts the lines as well. */
	uint64_t seed, file, line;
	/* Private. */
	bool in_segment;
	uint32_t state, *states, *back;	/* back: as in viterbi.h, but drawn */
	uint64_t at;		/* bytes of the segment so far */
	uint64_t drawn;		/* random numbers used for the segment so far */
	struct random_stream random;
	struct lattice lattice;
	struct sampler_segment {
		const uint32_t *state;	/* borrowed: the automaton's, after each byte */
		size_t n, to;	/* bytes; end of the path in 'back' */
		uint64_t line;
	} *segment;		/* of a batch; paths of the first n_drawn are drawn */
	struct lattice_draw *draw;	/* of each */
	size_t n_segments, n_drawn, cap_segment, cap_draw;
	double *score;		/* score[n_score - k]: of the path drawn to k bytes before here */
	size_t n_score, cap_states, cap_back;
};

/* False if memory is out; then *s must still be released. */
bool bp_sampler_init(struct sampler *s, const struct sampling *how);
void bp_sampler_release(struct sampler *s);

/* As bp_viterbi_feed() and bp_viterbi_end(); the pieces are appended to v->path. */
bool bp_sampler_feed(struct sampler *s, struct viterbi *v, struct slice text);
bool bp_sampler_end(struct sampler *s, struct viterbi *v);

/*
 * Whole segments, many at a time: faster, with equal results.  First the automaton's state after
 * each byte of n_segments adjacent segments, borrowed until the next call; NULL if memory is out.
 */
const uint32_t *bp_sampler_walk(struct sampler *s, const unsigned char *text,
				const uint32_t *length, size_t n_segments);
/* Then a batch of segments: begin it, and add each segment with its states, which stay borrowed,
 * and with the line of *s.  False if memory is out. */
void bp_sampler_batch(struct sampler *s);
bool bp_sampler_add(struct sampler *s, const uint32_t *state, size_t n);
/* At the end append the path of each segment to v->path, in order from i = 0 on. */
bool bp_sampler_segment(struct sampler *s, struct viterbi *v, size_t i);

#endif
