/*
 * parallel.h - thread pool for a sequence of chunks: workers process chunks, results keep their
 * order.
 *
 * parallel.c is the only file of the library with threads.  On hosts without threads, or with one
 * worker, a job is a loop on the caller's thread.
 */
#ifndef BP_PARALLEL_H
#define BP_PARALLEL_H

#include "base/base.h"

/*
 * A job, as three functions of the caller.  'fill' puts the next part of the input into a chunk,
 * or clears *more at the end of the input.  'work' processes the chunk on the thread of any
 * worker; its number is below n_workers (below 1 if that is 0), and only one thread at a time has
 * it, so that it selects the worker's private state.  'drain', which may be NULL, receives the
 * chunks in the order in which they were filled.  'fill' and 'drain' run on the caller's thread.
 *
 * The first error in the order of the chunks ends the job: bp_parallel() returns it, as if one
 * thread had done all of the work.
 */
struct parallel {
	bp_status (*fill)(void *ctx, void *chunk, bool *more, bp_error *err);
	bp_status (*work)(void *ctx, unsigned worker, void *chunk, bp_error *err);
	bp_status (*drain)(void *ctx, void *chunk, bp_error *err);
	void *ctx;
	unsigned n_workers;
};

/* Number of chunks that a job with n_workers workers needs. */
unsigned bp_parallel_chunks(unsigned n_workers);

/*
 * Run a job on 'chunks', an array of bp_parallel_chunks(p->n_workers) chunks of chunk_size bytes
 * each, which the caller owns and has initialised.  A caught signal (host.h) ends the job with
 * BP_EINTR.
 */
bp_status bp_parallel(const struct parallel *p, void *chunks, size_t chunk_size, bp_error *err);

/*
 * Call work(ctx, worker, i) once for each i in [0, n), in any order; a worker takes blocks of
 * consecutive i.  If 'step' is not NULL, it is called from time to time on the caller's thread,
 * with the first i that no worker has received yet.
 */
typedef bp_status bp_parallel_work(void *ctx, unsigned worker, size_t i, bp_error *err);
typedef void bp_parallel_step(void *ctx, size_t i);
bp_status bp_parallel_for(unsigned n_workers, size_t n, bp_parallel_work *work,
			  bp_parallel_step *step, void *ctx, bp_error *err);

/* A lock for state that workers share and rarely use.  bp_lock_new() returns NULL if memory is out;
 * bp_lock_free() accepts NULL. */
struct bp_lock;
struct bp_lock *bp_lock_new(void);
void bp_lock(struct bp_lock *l);
void bp_unlock(struct bp_lock *l);
void bp_lock_free(struct bp_lock *l);

#endif
