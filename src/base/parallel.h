/*
 * parallel.h - work on chunks with several threads, in and out in order.
 *
 * The only part of the library with threads.  Without them, or with one worker, it is a loop.
 */
#ifndef BP_PARALLEL_H
#define BP_PARALLEL_H

#include "base/base.h"

/*
 * One job.  'fill' puts the next piece of work into a chunk and clears *more when there was none
 * left; it and 'drain' run on the caller's thread.  'work' runs on any worker, with that worker's
 * number below n_workers.  'drain' sees the chunks in the order in which they were filled; it may
 * be NULL.  The first error in that order ends the job and is what bp_parallel() returns.
 */
struct parallel {
	bp_status (*fill)(void *ctx, void *chunk, bool *more, bp_error *err);
	bp_status (*work)(void *ctx, unsigned worker, void *chunk, bp_error *err);
	bp_status (*drain)(void *ctx, void *chunk, bp_error *err);
	void *ctx;
	unsigned n_workers;
};

/* How many chunks a job with that many workers uses. */
unsigned bp_parallel_chunks(unsigned n_workers);

/*
 * Run a job on 'chunks', an array of bp_parallel_chunks(p->n_workers) chunks of chunk_size bytes
 * each, which the caller owns and has initialised.  A caught signal (host.h) ends the job with
 * BP_EINTR.
 */
bp_status bp_parallel(const struct parallel *p, void *chunks, size_t chunk_size, bp_error *err);

/*
 * Call work(ctx, worker, i) for each i in [0, n), in any order, blocks of i to a worker; and, if it
 * is not NULL, step(ctx, i) on the caller's thread now and then, where all below i are under way.
 */
typedef bp_status bp_parallel_work(void *ctx, unsigned worker, size_t i, bp_error *err);
typedef void bp_parallel_step(void *ctx, size_t i);
bp_status bp_parallel_for(unsigned n_workers, size_t n, bp_parallel_work *work,
			  bp_parallel_step *step, void *ctx, bp_error *err);

/*
 * A lock for what workers share and seldom touch.  NULL if memory is out; freeing NULL is allowed.
 */
struct bp_lock;
struct bp_lock *bp_lock_new(void);
void bp_lock(struct bp_lock *l);
void bp_unlock(struct bp_lock *l);
void bp_lock_free(struct bp_lock *l);

#endif
