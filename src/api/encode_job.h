/*
 * encode_job.h - encoding of files in chunks: shared state, workers, and the writer.
 *
 * The way of a chunk:
 *
 *	caller's thread	encode_chunks.c: the reader fills the chunk, special tokens in it are found,
 *			and its lines are numbered for random draws.
 *	any worker	encode_worker.c: the text of the chunk becomes chunk->out.  If the chunk
 *			begins with bytes of a segment that is longer than a chunk, they become
 *			chunk->head; its gaps depend on the chunks before.
 *	caller's thread	encode_writer.c, chunks in order: gaps are filled, separators are put
 *			between the results of chunks, and all is written to the output file; or, if
 *			tokens are counted, the sums are added up.
 *
 * A sequential chunk (reader.h) passes the worker untouched, and the writer encodes it.
 */
#ifndef BP_ENCODE_JOB_H
#define BP_ENCODE_JOB_H

#include "api/encode_files.h"
#include "api/long_segment.h"
#include "encode/cut_point.h"
#include "encode/special_matcher.h"
#include "io/outfile.h"
#include "io/progress.h"
#include "io/reader.h"

struct encode_chunk {
	struct chunk in;
	struct special_hits hits;	/* special tokens in it */
	uint64_t line;		/* index of its first line in the file; only for random draws */
	uint64_t block;		/* its index among the chunks with bytes */
	unsigned char before;	/* the byte before it in its segment; a blank if there is none */
	struct long_segment head;	/* see bp_chunk_has_head() */
	struct format out;	/* the tokens behind the head */
};

/* State of the output before the next chunk. */
struct encode_output {
	struct outfile file, index;	/* the index: only if options->index is set */
	uint64_t bytes;		/* of tokens written */
	bool has_tokens;	/* the text that has not ended has tokens */
	bool owes_terminator;	/* the last text of a file had no end mark; its terminator is
				 * written only if another text follows */
	double score;		/* exact score of the current segment up to the last cut point */
	struct text_sum sum;	/* counts of the text that has not ended, if tokens are counted */
	struct format scratch;	/* for a head with its gaps filled, or the end of a text */
	struct format *current;	/* result of the sequential chunk that is being encoded */
	bp_status status;	/* of writing a part of that result, and where its error goes: */
	bp_error *err;
};

struct encode_job {
	struct encode_call call;
	struct eval_counts *counts;	/* one for each encoder: count tokens; NULL: write them */
	const struct sampling *sampling;	/* NULL: find the best segmentation */
	/* Private. */
	unsigned n_workers;
	struct reader reader;
	struct cut_point_finder finder;
	struct special_matcher names;	/* of special tokens, if they are recognised */
	struct special_hits hits;	/* found in the bytes of the next chunk */
	struct encoder *encoder;	/* one for each worker, and the last one for the writer */
	struct sampler *sampler;	/* one for each encoder, for random draws */
	unsigned char last_byte;	/* of the chunk before the next one */
	uint64_t block;			/* of the next chunk; beginning set by the caller */
	size_t file;			/* of the next chunk, and its first line there */
	uint64_t line;
	struct encode_output out;
	struct progress progress;
	bp_encode_report report;	/* bytes, and texts without an end mark; then the rest */
};

/* encode_chunks.c.  The job has to be released even if a function fails. */

/* Set the job up for a call.  'chunk_size' in bytes; 0: that of the reader. */
bp_status bp_encode_job_init(struct encode_job *j, const struct encode_call *call,
			     size_t chunk_size, bp_error *err);
/* Read, encode, and write to the open file j->out.file; or count. */
bp_status bp_encode_job_run(struct encode_job *j, bp_error *err);
void bp_encode_job_release(struct encode_job *j);

/* encode_worker.c and encode_writer.c: steps of bp_parallel(); 'ctx' is the job. */
bp_status bp_encode_work(void *ctx, unsigned worker, void *chunk, bp_error *err);
bp_status bp_encode_write(void *ctx, void *chunk, bp_error *err);

/* Write the number of ids so far, and in 'more' bytes, to the index if there is one. */
bp_status bp_encode_index(struct encode_job *j, size_t more, bp_error *err);

/* Helpers of both, defined in encode_worker.c. */

/* Bytes between the special tokens i - 1 and i of a chunk, or its beginning or end. */
struct slice bp_encode_bytes_before(const struct encode_chunk *c, size_t i);
/* Append special token i.  The text before it has been appended already. */
bool bp_encode_put_special(struct encoder *e, const struct encode_chunk *c, size_t i,
			   struct format *f);
/* Let random draws continue at the chunk's first line. */
void bp_encode_start_sampler(const struct encoder *e, const struct encode_chunk *c);

/*
 * True if a chunk begins with bytes of a segment that is longer than a chunk, and a worker can
 * encode them, because the segment was divided at cut points.  They are encoded as the head of the
 * chunk.
 */
static inline bool bp_chunk_has_head(const struct chunk *c)
{
	return (bp_edge_in_segment(c->start) || bp_edge_in_segment(c->end)) &&
	       !bp_chunk_is_sequential(c);
}

#endif
