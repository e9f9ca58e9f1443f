/*
 * sample.h - an evenly drawn, reproducible part of the corpus, of bounded size, in memory.
 *
 * The corpus is divided into blocks of neighbouring segments; a block never spans two chunks of
 * the input, so its bounds do not depend on threads.  The rank of a block is the hash of its
 * bytes, divided by its mean weight.  The sample is the set of distinct blocks with the lowest
 * ranks that fit into its size (bottom-k sampling; with weights, priority sampling).  One read
 * draws a sample of --count-size, whose strings are counted; cut to --sample-size, it is the sample
 * that the vocabulary is fitted to.
 *
 * Invariant: the blocks of a sample depend only on the set of blocks offered to it, not on
 * their order or on the threads.  So samples of parts of a corpus, merged, equal the sample of
 * the whole.
 *
 * A part of a corpus of known size need not keep as many blocks as the whole: ranks are uniform, so
 * the blocks of the whole are below about count size / whole size of all ranks
 * (bp_sample_limit()).
 *
 * A segment of weight w stands for w occurrences.  In the sample of all blocks it counts w times.
 * If blocks are left out, a block of weight w has been drawn up to w times as likely as one of
 * weight 1, and its segments count the fewer times, so that their expected share stays w.
 *
 * Source of priority sampling: N. Duffield, C. Lund, M. Thorup, "Priority sampling for estimation
 * of arbitrary subset sums", J. ACM 54 (2007).
 */
#ifndef BP_SAMPLE_H
#define BP_SAMPLE_H

#include "counts/rowfile.h"
#include "train/corpus.h"
#include "train/required.h"

struct sample_block {
	uint64_t rank;
	unsigned char *bytes;	/* of all its segments, without gaps */
	uint32_t *length;	/* of its n segments, in bytes */
	uint64_t *weight;	/* of its segments; NULL: 1 each */
	uint64_t *times;	/* that each segment counts; NULL: once.  Set by bp_sample_cut() */
	size_t n_bytes, n;
	uint64_t count;		/* times it occurs in the corpus; training uses it once */
};

struct sample {
	struct sample_block *block;	/* n of them, by rank, then as their rows sort */
	size_t n, cap;
	uint64_t bytes;			/* of all blocks */
	uint64_t text;			/* of all segments, each as often as it counts: set by
					 * bp_sample_cut() */
	uint64_t most;			/* size in bytes; the last block may exceed it */
	uint64_t limit;			/* blocks of higher ranks are not taken */
};

/* Make an empty sample of 'most' bytes. */
void bp_sample_init(struct sample *s, uint64_t most);
void bp_sample_release(struct sample *s);
/*
 * Take only blocks that can be in the sample of a whole of that many bytes, and some more, because
 * ranks are random and the whole may have blocks that repeat.
 */
void bp_sample_limit(struct sample *s, uint64_t whole);
/*
 * Can it be the sample of a corpus of that many bytes, each as often as its weight says?  False if
 * it has room for missing blocks.
 */
bool bp_sample_is_whole(const struct sample *s, uint64_t bytes);
/*
 * Reduce the size, drop the blocks above it, and set how often each segment counts.  To be called
 * after the last block was offered, and again for a smaller size.
 */
bp_status bp_sample_cut(struct sample *s, uint64_t most, bp_error *err);

/* The number of times that segment k of a block counts; it may be 0. */
static inline uint64_t bp_sample_times(const struct sample_block *b, size_t k)
{
	return b->times != NULL ? b->times[k] : 1;
}

/* Memory in use, in bytes. */
uint64_t bp_sample_memory(const struct sample *s);

/* Write all blocks as rows of kind ROW_BLOCK. */
bp_status bp_sample_write(const struct sample *s, struct row_writer *w, bp_error *err);
/* Offer the block of a row to a sample.  BP_EFORMAT if the row is damaged; 'from' is its source. */
bp_status bp_sample_read_row(struct sample *s, const struct row *r, const char *from,
			     bp_error *err);
/* Bytes of text in the block of a row. */
uint64_t bp_sample_row_bytes(const struct row *r);

/*
 * Join neighbouring segments if an occurrence of a required piece lies across their boundary.
 * Training cuts where encoding does not (around isolated digits, and inside very long lines),
 * and a piece cut there would never be used.  Boundaries where 'cuts' do not cut, those of texts,
 * segments of encoding, and segments that count different numbers of times stay.  Two texts
 * whose ends 'cuts' would divide cannot be told from one.  After bp_sample_cut().
 */
bp_status bp_sample_join(struct sample *s, const struct required *r, const struct cut_rules *cuts,
			 bp_error *err);

/* Worker state of a draw: the block that the worker is filling. */
struct sample_worker {
	struct buf bytes;
	uint32_t *length;
	uint64_t *weight;
	size_t n, cap, cap_weight;
};

/*
 * A draw by n_workers workers at once.  Each calls bp_sample_segment() for its segments, in the
 * order of the corpus, and bp_sample_end_block() at the end of each chunk.
 */
struct sample_draw {
	struct sample *sample;	/* borrowed; workers change it under 'lock' */
	uint64_t room;		/* bytes of blocks beyond which memory is out */
	struct bp_lock *lock;
	struct sample_worker *workers;
	unsigned n_workers;
};
bp_status bp_sample_begin(struct sample_draw *d, struct sample *s, unsigned n_workers,
			  uint64_t room, bp_error *err);
/* BP_ENOMEM with a message that names the options, for a sample that needs 'need' bytes. */
bp_status bp_sample_fail_room(const struct sample *s, uint64_t need, bp_error *err);
/* A segment with its weight, 1 or more. */
bp_status bp_sample_segment(struct sample_draw *d, unsigned worker, struct slice segment,
			    uint64_t weight, bp_error *err);
bp_status bp_sample_end_block(struct sample_draw *d, unsigned worker, bp_error *err);
void bp_sample_end(struct sample_draw *d);

#endif
