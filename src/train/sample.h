/*
 * sample.h - a bounded part of the corpus in memory, drawn evenly and the same every time.
 *
 * The corpus is divided into blocks of neighbouring segments.  Each block has a rank, the hash of
 * its bytes; kept are the blocks of lowest rank that fit.  So what is drawn depends neither on the
 * order in which blocks are seen nor on who has seen them.
 */
#ifndef BP_SAMPLE_H
#define BP_SAMPLE_H

#include "train/corpus.h"

struct sample_block {
	uint64_t rank;
	unsigned char *bytes;
	uint32_t *length;	/* of its n segments */
	size_t n_bytes, n;
};

struct sample {
	struct sample_block *block;	/* by rank */
	size_t n, cap;
	uint64_t bytes;			/* of all blocks */
};

/* Draw about 'most' bytes, or all there are. */
bp_status bp_sample_draw(struct sample *s, struct corpus *c, uint64_t most, bp_error *err);
void bp_sample_release(struct sample *s);

#endif
