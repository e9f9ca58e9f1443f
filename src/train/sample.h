/*
 * sample.h - a bounded part of the corpus in memory, drawn evenly and the same every time.
 *
 * The corpus is divided into blocks of neighbouring segments, which start anew with each file.
 * Each block has a rank, the hash of its bytes; kept are the blocks of lowest rank that fit, each
 * only once.  So what is drawn depends neither on the order in which blocks are seen nor on who
 * has seen them, and samples of parts of a corpus merge to that of the whole.
 */
#ifndef BP_SAMPLE_H
#define BP_SAMPLE_H

#include "counts/rowfile.h"
#include "train/corpus.h"

struct sample_block {
	uint64_t rank;
	unsigned char *bytes;
	uint32_t *length;	/* of its n segments */
	size_t n_bytes, n;
	uint64_t count;		/* how often it was seen; it is used once */
};

struct sample {
	struct sample_block *block;	/* by rank */
	size_t n, cap;
	uint64_t bytes;			/* of all blocks */
	uint64_t most;			/* no more than these, and what is left of one block */
};

void bp_sample_init(struct sample *s, uint64_t most);
void bp_sample_release(struct sample *s);
/* Can it be the sample of so many bytes?  Not if blocks are missing that there was room for. */
bool bp_sample_is_whole(const struct sample *s, uint64_t bytes);
uint64_t bp_sample_memory(const struct sample *s);

/* The blocks of lowest rank, as rows; and back. */
bp_status bp_sample_write(const struct sample *s, struct row_writer *w, bp_error *err);
bp_status bp_sample_read_row(struct sample *s, const struct row *r, const char *from,
			     bp_error *err);
/* How many bytes of text the block of a row has. */
uint64_t bp_sample_row_bytes(const struct row *r);
/* The same rows, one at a time. */
struct sample_source {
	struct source source;
	const struct sample *sample;
	size_t at;
	struct buf key;
};
void bp_sample_source_init(struct sample_source *source, const struct sample *s);
void bp_sample_source_release(struct sample_source *source);

/* Drawing, by several workers: what each has of the block that it is filling. */
struct sample_worker {
	struct buf bytes;
	uint32_t *length;
	size_t n, cap;
};
struct sample_draw {
	struct sample *sample;
	struct bp_lock *lock;
	struct sample_worker *hand;
	unsigned n_workers;
};
bp_status bp_sample_begin(struct sample_draw *d, struct sample *s, unsigned n_workers,
			  bp_error *err);
bp_status bp_sample_segment(struct sample_draw *d, unsigned worker, struct slice segment,
			    bp_error *err);
/* The block that is being filled is at its end. */
bp_status bp_sample_end_block(struct sample_draw *d, unsigned worker, bp_error *err);
void bp_sample_end(struct sample_draw *d);

#endif
