/*
 * A ring of slots, one for each chunk, connects the caller's thread with the workers.  The caller
 * fills slots in the order of the input, workers take filled slots in that order, and the caller
 * drains the oldest slot as soon as the ring is full, or earlier if the input comes slowly.  Since
 * slots are drained in order, results and errors do not depend on the speed of workers.
 */
#include "base/parallel.h"

#include <stdlib.h>
#include <time.h>

#include "base/host.h"

/* Systems without <threads.h> (clang tells for macOS alone), sanitizers that do not know it. */
#if defined(__APPLE__) || defined(_WIN32) || defined(BP_POSIX_THREADS)
#include "base/threads_posix.h"
#define HAS_THREADS 1
#elif !defined(__STDC_NO_THREADS__)
#include <threads.h>
#define HAS_THREADS 1
#endif

/* Spare chunks beside one for each worker: work for the workers while the caller's thread waits for
 * a processor.  More would only take memory. */
enum { SPARE_CHUNKS = 4 };

unsigned bp_parallel_chunks(unsigned n_workers)
{
	return n_workers <= 1 ? 1 : n_workers + SPARE_CHUNKS;
}

/* A job on the caller's thread alone, with one chunk. */
static bp_status run_loop(const struct parallel *p, void *chunk, bp_error *err)
{
	bp_status st;
	bool more;

	for (;;) {
		more = true;
		if ((st = bp_interrupted(err)) != BP_OK ||
		    (st = p->fill(p->ctx, chunk, &more, err)) != BP_OK || !more)
			return st;
		if ((st = p->work(p->ctx, 0, chunk, err)) != BP_OK)
			return st;
		if (p->drain != NULL && (st = p->drain(p->ctx, chunk, err)) != BP_OK)
			return st;
	}
}

#ifndef HAS_THREADS

struct bp_lock {
	char unused;
};

struct bp_lock *bp_lock_new(void) { return malloc(sizeof(struct bp_lock)); }
void bp_lock(struct bp_lock *l) { (void)l; }
void bp_unlock(struct bp_lock *l) { (void)l; }
void bp_lock_free(struct bp_lock *l) { free(l); }

bp_status bp_parallel(const struct parallel *p, void *chunks, size_t chunk_size, bp_error *err)
{
	(void)chunk_size;
	return run_loop(p, chunks, err);
}

#else

struct bp_lock {
	mtx_t mutex;
};

struct bp_lock *bp_lock_new(void)
{
	struct bp_lock *l = malloc(sizeof(*l));

	if (l != NULL && mtx_init(&l->mutex, mtx_plain) == thrd_success)
		return l;
	free(l);
	return NULL;
}

void bp_lock(struct bp_lock *l)
{
	mtx_lock(&l->mutex);
}

void bp_unlock(struct bp_lock *l)
{
	mtx_unlock(&l->mutex);
}

void bp_lock_free(struct bp_lock *l)
{
	if (l != NULL)
		mtx_destroy(&l->mutex);
	free(l);
}

enum slot_state { EMPTY, FILLED, WORKED };

/* All fields but 'chunk' are guarded by the team's lock. */
struct chunk_slot {
	void *chunk;
	enum slot_state state;
	bp_status status;
	bp_error err;
};

/*
 * Slots form a ring in input order: [drained, filled) are in use, [taken, filled) wait for a
 * worker.  The three numbers only grow; a slot is number % n_slots.
 */
struct team {
	const struct parallel *job;
	struct chunk_slot *slot;
	unsigned n_slots;
	mtx_t lock;
	cnd_t work_ready, work_done;
	uint64_t drained, taken, filled;
	bool closing;
};

struct member {
	struct team *team;
	unsigned number;
	thrd_t thread;
};

/* The life of a worker: take filled slots until the team closes and none is left. */
static int member_main(void *arg)
{
	struct member *me = arg;
	struct team *t = me->team;
	struct chunk_slot *s;
	bp_error err;
	bp_status st;

	mtx_lock(&t->lock);
	for (;;) {
		while (t->taken == t->filled && !t->closing)
			cnd_wait(&t->work_ready, &t->lock);
		if (t->taken == t->filled)
			break;
		s = &t->slot[t->taken++ % t->n_slots];
		mtx_unlock(&t->lock);
		st = t->job->work(t->job->ctx, me->number, s->chunk, &err);
		mtx_lock(&t->lock);
		s->status = st;
		if (st != BP_OK)
			s->err = err;
		s->state = WORKED;
		/* Only the caller's thread waits for this: a signal suffices. */
		cnd_signal(&t->work_done);
	}
	mtx_unlock(&t->lock);
	return 0;
}

/* Wait for the oldest chunk and drain it. */
static bp_status drain_oldest(struct team *t, bp_error *err)
{
	struct chunk_slot *s = &t->slot[t->drained % t->n_slots];
	bp_status st;

	mtx_lock(&t->lock);
	while (s->state != WORKED)
		cnd_wait(&t->work_done, &t->lock);
	s->state = EMPTY;
	st = s->status;
	mtx_unlock(&t->lock);
	if (st != BP_OK) {
		if (err != NULL)
			*err = s->err;
		return st;
	}
	if (t->job->drain != NULL)
		st = t->job->drain(t->job->ctx, s->chunk, err);
	t->drained++;
	return st;
}

/* True if filling a slot from 'start' on took 10 ms or more: the input comes slowly. */
static bool is_slow(const struct timespec *start)
{
	struct timespec now = *start;

	(void)timespec_get(&now, TIME_UTC);
	return (double)(now.tv_sec - start->tv_sec) * 1e9 + (double)(now.tv_nsec - start->tv_nsec)
	       >= 1e7;
}

/*
 * If the input comes slowly, results do not wait until the ring is full.  Otherwise slots are
 * filled first: the workers go on while a result is written.
 */
static bool must_drain(struct team *t, bool slow)
{
	bool ready;

	if (t->filled - t->drained == t->n_slots)
		return true;
	if (!slow || t->filled == t->drained)
		return false;
	mtx_lock(&t->lock);
	ready = t->slot[t->drained % t->n_slots].state == WORKED;
	mtx_unlock(&t->lock);
	return ready;
}

/* The caller's part: fill slots, drain the oldest ones. */
static bp_status lead_team(struct team *t, bp_error *err)
{
	const struct parallel *p = t->job;
	struct chunk_slot *s;
	bool more = true, slow = false;
	struct timespec start = { 0 };
	bp_error fill_err;
	bp_status st, filled;

	for (;;) {
		while (must_drain(t, slow))
			if ((st = drain_oldest(t, err)) != BP_OK)
				return st;
		s = &t->slot[t->filled % t->n_slots];
		if ((st = bp_interrupted(err)) != BP_OK)
			return st;
		(void)timespec_get(&start, TIME_UTC);
		filled = p->fill(p->ctx, s->chunk, &more, &fill_err);
		slow = is_slow(&start);
		if (filled != BP_OK || !more)
			break;
		mtx_lock(&t->lock);
		s->state = FILLED;
		t->filled++;
		cnd_signal(&t->work_ready);
		mtx_unlock(&t->lock);
	}
	/* Chunks that were filled before an error of 'fill' precede it, and so do their errors. */
	while (t->drained < t->filled)
		if ((st = drain_oldest(t, err)) != BP_OK)
			return st;
	if (filled != BP_OK && err != NULL)
		*err = fill_err;
	return filled;
}

static bp_status run_team(struct team *t, struct member *m, bp_error *err)
{
	const struct parallel *p = t->job;
	unsigned i, started = 0;
	bp_status st;

	/* Threads inherit the mask: signals interrupt the caller's thread, in a read of a pipe,
	 * say. */
	bp_host_block_signals(true);
	while (started < p->n_workers) {
		m[started] = (struct member){ .team = t, .number = started };
		if (thrd_create(&m[started].thread, member_main, &m[started]) != thrd_success)
			break;
		started++;
	}
	bp_host_block_signals(false);
	/* The job works with fewer threads than requested, even with none. */
	st = started > 0 ? lead_team(t, err) : run_loop(p, t->slot[0].chunk, err);

	mtx_lock(&t->lock);
	if (st != BP_OK)
		t->taken = t->filled;	/* no worker starts on a chunk after a failure */
	t->closing = true;
	cnd_broadcast(&t->work_ready);
	mtx_unlock(&t->lock);
	for (i = 0; i < started; i++)
		thrd_join(m[i].thread, NULL);
	return st;
}

bp_status bp_parallel(const struct parallel *p, void *chunks, size_t chunk_size, bp_error *err)
{
	struct team t = { .job = p, .n_slots = bp_parallel_chunks(p->n_workers) };
	bp_status st = BP_OK;
	bool ran = false;
	struct member *m;
	unsigned i;

	/* No slot can wait for a second worker: spare the threads and locks. */
	if (p->n_workers <= 1)
		return run_loop(p, chunks, err);
	t.slot = calloc(t.n_slots, sizeof(*t.slot));
	m = calloc(p->n_workers, sizeof(*m));
	if (t.slot == NULL || m == NULL || mtx_init(&t.lock, mtx_plain) != thrd_success)
		goto no_lock;
	if (cnd_init(&t.work_ready) != thrd_success)
		goto no_ready;
	if (cnd_init(&t.work_done) != thrd_success)
		goto no_done;
	for (i = 0; i < t.n_slots; i++)
		t.slot[i].chunk = (unsigned char *)chunks + i * chunk_size;
	st = run_team(&t, m, err);
	ran = true;
	cnd_destroy(&t.work_done);
no_done:
	cnd_destroy(&t.work_ready);
no_ready:
	mtx_destroy(&t.lock);
no_lock:
	free(m);
	free(t.slot);
	return ran ? st : bp_fail_memory(err);
}

#endif

/* bp_parallel_for() is a job with ranges of indices [from, to) as chunks. */
struct range {
	size_t from, to;
};

struct range_job {
	bp_parallel_work *work;
	bp_parallel_step *step;
	void *ctx;
	size_t next, n, block;
};

static bp_status range_fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct range_job *j = ctx;
	struct range *r = chunk;

	(void)err;
	if (j->step != NULL)
		j->step(j->ctx, j->next);
	r->from = j->next;
	j->next = r->to = r->from + BP_MIN(j->block, j->n - r->from);
	*more = r->from < r->to;
	return BP_OK;
}

static bp_status range_work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	const struct range_job *j = ctx;
	const struct range *r = chunk;
	bp_status st = BP_OK;
	size_t i;

	for (i = r->from; i < r->to && st == BP_OK; i++)
		st = j->work(j->ctx, worker, i, err);
	return st;
}

bp_status bp_parallel_for(unsigned n_workers, size_t n, bp_parallel_work *work,
			  bp_parallel_step *step, void *ctx, bp_error *err)
{
	unsigned n_chunks = bp_parallel_chunks(n_workers);
	struct range_job j = { .work = work, .step = step, .ctx = ctx, .n = n };
	struct parallel p = { .fill = range_fill, .work = range_work, .ctx = &j,
			      .n_workers = n_workers };
	struct range *r = bp_array(n_chunks, sizeof(*r));
	bp_status st;

	/* Eight blocks a chunk: small enough to balance the load between workers, large enough that
	 * locking the ring costs nothing. */
	j.block = BP_MAX(n / ((size_t)n_chunks * 8), 1);
	st = r != NULL ? bp_parallel(&p, r, sizeof(*r), err) : bp_fail_memory(err);
	free(r);
	return st;
}
