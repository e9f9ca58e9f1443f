/* parallel.h: chunks in order over any number of workers, the first error in order, no hang. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/host.h"
#include "base/parallel.h"
#include "support.h"

enum { MAX_WORKERS = 16, NEVER = -1 };
static const unsigned teams[] = { 1, 2, 7 };
#define N_TEAMS (sizeof(teams) / sizeof(teams[0]))

struct chunk {
	int number;
	uint64_t result;
};

/* A job of 'n' chunks that fails where it is told to; it keeps account of all calls. */
struct job {
	int n, fill_fails, work_fails[2], drain_fails;
	int slow;			/* takes much longer than the others; NEVER: none */
	unsigned n_workers;
	int filled, most_held;		/* most_held: filled and not drained when more is read */
	int drained, drained_wrong;	/* how many; the first one out of order or wrong */
	atomic_int worked, bad_worker;
	atomic_flag busy[MAX_WORKERS];
};

static struct job new_job(int n, unsigned n_workers)
{
	struct job j = { .n = n, .n_workers = n_workers, .fill_fails = NEVER, .slow = NEVER,
			 .work_fails = { NEVER, NEVER }, .drain_fails = NEVER,
			 .drained_wrong = NEVER };

	return j;
}

static bp_status fill(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct job *j = ctx;
	struct chunk *c = chunk;

	if (j->filled == j->fill_fails)
		return bp_fail(err, BP_EIO, "fill %d", j->filled);
	*more = j->filled < j->n;
	if (*more)
		*c = (struct chunk){ .number = j->filled++ };
	return BP_OK;
}

/* Busy for a while; what comes out depends on the number only. */
static uint64_t toil(int number, int rounds)
{
	uint64_t x = (uint64_t)number;

	while (rounds-- > 0)
		x = bp_mix(x + 1);
	return x;
}

static int rounds_of(const struct job *j, int number)
{
	return number == j->slow ? 3000000 : (int)(bp_mix((uint64_t)number) % 3000);
}

static bp_status work(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct job *j = ctx;
	struct chunk *c = chunk;

	if (worker >= BP_MAX(j->n_workers, 1) || atomic_flag_test_and_set(&j->busy[worker])) {
		atomic_store(&j->bad_worker, 1);
		return BP_OK;
	}
	c->result = toil(c->number, rounds_of(j, c->number));
	atomic_fetch_add(&j->worked, 1);
	atomic_flag_clear(&j->busy[worker]);
	if (c->number == j->work_fails[0] || c->number == j->work_fails[1])
		return bp_fail_at(err, "work", (uint64_t)c->number, "reason");
	return BP_OK;
}

static bp_status drain(void *ctx, void *chunk, bp_error *err)
{
	struct job *j = ctx;
	const struct chunk *c = chunk;

	if (c->number == j->drain_fails)
		return bp_fail(err, BP_ENOMEM, "drain %d", c->number);
	if (j->drained_wrong == NEVER &&
	    (c->number != j->drained || c->result != toil(c->number, rounds_of(j, c->number))))
		j->drained_wrong = j->drained;
	j->drained++;
	return BP_OK;
}

static bp_status run(struct job *j, bool with_drain, bp_error *err)
{
	struct parallel p = { .fill = fill, .work = work, .drain = with_drain ? drain : NULL,
			      .ctx = j, .n_workers = j->n_workers };
	unsigned n = bp_parallel_chunks(j->n_workers), i;
	struct chunk *chunk = calloc(n, sizeof(*chunk));
	bp_status st;

	assert_non_null(chunk);
	for (i = 0; i < MAX_WORKERS; i++)
		atomic_flag_clear(&j->busy[i]);
	st = bp_parallel(&p, chunk, sizeof(*chunk), err);
	free(chunk);
	assert_int_equal(atomic_load(&j->bad_worker), 0);
	return st;
}

static void chunks_are_drained_in_input_order(void **state)
{
	static const int many[] = { 0, 1, 2, 3, 8, 9, 10, 100, 1000 };
	struct job j;
	size_t i, k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < sizeof(many) / sizeof(many[0]); k++) {
			j = new_job(many[k], teams[i]);
			j.slow = many[k] / 3;
			assert_int_equal(run(&j, true, NULL), BP_OK);
			assert_int_equal(j.drained_wrong, NEVER);
			assert_int_equal(j.drained, many[k]);
			assert_int_equal(atomic_load(&j.worked), many[k]);
		}
}

/* Return after 30 ms, and not before all chunks are worked. */
static bp_status fill_slowly(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct job *j = ctx;
	struct timespec start, now;

	j->most_held = BP_MAX(j->most_held, j->filled - j->drained);
	(void)timespec_get(&start, TIME_UTC);
	do
		(void)timespec_get(&now, TIME_UTC);
	while (atomic_load(&j->worked) < j->filled ||
	       difftime(now.tv_sec, start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec) < .03);
	return fill(ctx, chunk, more, err);
}

static void results_do_not_wait_for_slow_input(void **state)
{
	struct job j = new_job(12, 7);
	struct parallel p = { .fill = fill_slowly, .work = work, .drain = drain, .ctx = &j,
			      .n_workers = j.n_workers };
	struct chunk chunk[MAX_WORKERS];
	unsigned i;

	(void)state;
	assert_true(bp_parallel_chunks(j.n_workers) <= MAX_WORKERS);
	for (i = 0; i < MAX_WORKERS; i++)
		atomic_flag_clear(&j.busy[i]);
	assert_int_equal(bp_parallel(&p, chunk, sizeof(*chunk), NULL), BP_OK);
	assert_int_equal(j.drained, 12);
	assert_in_range(j.most_held, 0, 3);
}

static void no_worker_is_as_good_as_one(void **state)
{
	struct job j = new_job(20, 0);

	(void)state;
	assert_int_equal(run(&j, true, NULL), BP_OK);
	assert_int_equal(j.drained, 20);
}

static void a_job_needs_no_drain(void **state)
{
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(50, teams[i]);
		assert_int_equal(run(&j, false, NULL), BP_OK);
		assert_int_equal(atomic_load(&j.worked), 50);
	}
}

static void a_failure_of_work_comes_after_all_chunks_before_it(void **state)
{
	struct job j;
	bp_error err;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 40; k++) {
			j = new_job(40, teams[i]);
			j.work_fails[0] = k;
			err = (bp_error){ 0 };
			assert_int_equal(run(&j, true, &err), BP_EFORMAT);
			assert_int_equal(err.code, BP_EFORMAT);
			assert_int_equal(err.pos, k);
			assert_int_equal(j.drained_wrong, NEVER);
			assert_int_equal(j.drained, k);
		}
}

/* The slow chunk fails after the one behind it has failed. */
static void of_two_failures_the_first_in_order_wins(void **state)
{
	struct job j;
	bp_error err = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(40, teams[i]);
		j.slow = j.work_fails[0] = 5;
		j.work_fails[1] = 6;
		assert_int_equal(run(&j, true, &err), BP_EFORMAT);
		assert_int_equal(err.pos, 5);
		assert_int_equal(j.drained, 5);
	}
}

static void after_a_failure_no_more_is_read(void **state)
{
	struct job j;
	size_t i;

	(void)state;
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(100000, teams[i]);
		j.work_fails[0] = 10;
		assert_int_equal(run(&j, true, NULL), BP_EFORMAT);
		assert_true(j.filled <= 11 + (int)bp_parallel_chunks(teams[i]));
		assert_true(atomic_load(&j.worked) <= j.filled);
	}
}

static void a_failure_of_drain_ends_the_job(void **state)
{
	struct job j;
	bp_error err = { 0 };
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 20; k += 19) {
			j = new_job(1000, teams[i]);
			j.drain_fails = k;
			j.work_fails[0] = k + 1;	/* later in order, if not in time */
			assert_int_equal(run(&j, true, &err), BP_ENOMEM);
			assert_int_equal(err.code, BP_ENOMEM);
			assert_string_equal(err.msg, k == 0 ? "drain 0" : "drain 19");
			assert_int_equal(j.drained, k);
			assert_true(j.filled <= k + 1 + (int)bp_parallel_chunks(teams[i]));
		}
}

static void a_failure_of_fill_ends_the_job(void **state)
{
	struct job j;
	bp_error err;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 30; k++) {
			j = new_job(1000, teams[i]);
			j.fill_fails = k;
			err = (bp_error){ 0 };
			assert_int_equal(run(&j, true, &err), BP_EIO);
			assert_int_equal(err.code, BP_EIO);
			assert_true(strncmp(err.msg, "fill ", 5) == 0);
			assert_int_equal(j.drained_wrong, NEVER);
			assert_true(j.drained <= k);
		}
}

/* What comes out before an error must not depend on the number of workers. */
static void all_chunks_before_a_failing_fill_are_drained(void **state)
{
	struct job j;
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 30; k++) {
			j = new_job(1000, teams[i]);
			j.fill_fails = k;
			assert_int_equal(run(&j, true, NULL), BP_EIO);
			T_OK(j.drained == k, "%u workers drained %d of %d chunks before it failed",
			     teams[i], j.drained, k);
		}
}

/* The chunk was filled before, so its failure is the first in order. */
static void a_failure_of_work_wins_over_one_of_a_later_fill(void **state)
{
	struct job j;
	bp_error err = { 0 };
	bp_status st;
	size_t i;

	(void)state;
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(40, teams[i]);
		j.work_fails[0] = j.slow = 5;
		j.fill_fails = 6;
		st = run(&j, true, &err);
		T_OK(st == BP_EFORMAT && err.code == BP_EFORMAT && err.pos == 5,
		     "%u workers: \"%s\", though chunk 5 failed first", teams[i], err.msg);
		assert_int_equal(j.drained, 5);
	}
}

static bp_status no_memory(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	(void)ctx;
	(void)worker;
	(void)chunk;
	return bp_fail_memory(err);
}

static void lack_of_memory_in_work_is_reported_as_such(void **state)
{
	struct job j = new_job(10, 0);
	struct parallel p = { .fill = fill, .work = no_memory, .drain = drain, .ctx = &j };
	struct chunk chunk[16];
	bp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(10, teams[i]);
		p.n_workers = teams[i];
		err = (bp_error){ 0 };
		assert_int_equal(bp_parallel(&p, chunk, sizeof(chunk[0]), &err), BP_ENOMEM);
		assert_int_equal(err.code, BP_ENOMEM);
		assert_int_equal(j.drained, 0);
	}
}

#ifndef __STDC_NO_THREADS__
static double now(void)
{
	struct timespec t;

	timespec_get(&t, TIME_UTC);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { MANY_CHUNKS = 16 };	/* more than two workers use */

/* Each of two chunks waits for the other to have begun. */
static bp_status meet(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct job *j = ctx;
	double deadline = now() + 20;

	(void)worker;
	(void)chunk;
	atomic_fetch_add(&j->worked, 1);
	while (atomic_load(&j->worked) < 2)
		if (now() > deadline)
			return bp_fail(err, BP_EIO, "nobody else is at work");
	return BP_OK;
}

static void two_workers_work_at_the_same_time(void **state)
{
	struct job j = new_job(2, 2);
	struct parallel p = { .fill = fill, .work = meet, .ctx = &j, .n_workers = 2 };
	struct chunk chunk[MANY_CHUNKS];

	(void)state;
	assert_true(bp_parallel_chunks(2) <= MANY_CHUNKS);
	assert_int_equal(bp_parallel(&p, chunk, sizeof(chunk[0]), NULL), BP_OK);
}

/* Chunk 0 fails as soon as chunk 1 is at work; all others take long. */
static bp_status fail_beside_slow_ones(void *ctx, unsigned worker, void *chunk, bp_error *err)
{
	struct job *j = ctx;
	double start = now();

	(void)worker;
	atomic_fetch_add(&j->worked, 1);
	if (((const struct chunk *)chunk)->number == 0) {
		while (atomic_load(&j->worked) < 2 && now() < start + 20)
			;
		return bp_fail(err, BP_EIO, "chunk 0");
	}
	while (now() < start + 0.4)
		;
	return BP_OK;
}

/* Chunks 1 and 2 may be at work when chunk 0 fails; chunk 3 is waiting then. */
static void what_waits_when_a_chunk_fails_is_not_worked_on(void **state)
{
	struct job j = new_job(100, 2);
	struct parallel p = { .fill = fill, .work = fail_beside_slow_ones, .ctx = &j,
			      .n_workers = 2 };
	struct chunk chunk[MANY_CHUNKS];

	(void)state;
	assert_true(bp_parallel_chunks(2) <= MANY_CHUNKS);
	assert_int_equal(bp_parallel(&p, chunk, sizeof(chunk[0]), NULL), BP_EIO);
	assert_true(atomic_load(&j.worked) <= 3);
}
#endif

/* For bp_parallel_for: how often each index was visited, and where to fail. */
struct visits {
	unsigned char *times;
	unsigned n_workers;
	size_t fails_from;
	atomic_int bad;
};

static bp_status visit(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	struct visits *v = ctx;

	if (worker >= v->n_workers || v->times[i]++ != 0)
		atomic_store(&v->bad, 1);
	return i >= v->fails_from ? bp_fail_at(err, "index", i, "reason") : BP_OK;
}

static void each_index_is_visited_once(void **state)
{
	static const size_t many[] = { 0, 1, 2, 3, 71, 72, 73, 1000, 100003 };
	struct visits v;
	size_t i, k, at;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < sizeof(many) / sizeof(many[0]); k++) {
			v = (struct visits){ .n_workers = teams[i], .fails_from = SIZE_MAX };
			v.times = calloc(many[k] + 1, 1);
			assert_non_null(v.times);
			assert_int_equal(bp_parallel_for(teams[i], many[k], visit, NULL, &v, NULL),
					 BP_OK);
			for (at = 0; at < many[k]; at++)
				T_OK(v.times[at] == 1, "index %zu is visited %d times", at,
				     v.times[at]);
			assert_int_equal(v.times[many[k]], 0);
			assert_int_equal(atomic_load(&v.bad), 0);
			free(v.times);
		}
}

/* How far a job of 'n' was said to be; told on one thread, so that it needs no lock. */
struct steps {
	size_t n, at, calls;
	bool wrong;
};

static bp_status no_work(void *ctx, unsigned worker, size_t i, bp_error *err)
{
	(void)ctx;
	(void)worker;
	(void)i;
	(void)err;
	return BP_OK;
}

static void note_step(void *ctx, size_t i)
{
	struct steps *s = ctx;

	s->wrong = s->wrong || i < s->at || i > s->n;
	s->at = i;
	s->calls++;
}

static void steps_tell_how_far_the_work_is(void **state)
{
	static const size_t many[] = { 0, 1, 10, 100000 };
	struct steps s;
	size_t i, k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 4; k++) {
			s = (struct steps){ .n = many[k] };
			assert_int_equal(bp_parallel_for(teams[i], many[k], no_work, note_step, &s,
							 NULL), BP_OK);
			assert_false(s.wrong);
			assert_true(s.calls >= 1 || many[k] < 100000);	/* "now and then" */
		}
}

static void the_first_failing_index_is_reported(void **state)
{
	static const size_t from[] = { 0, 1, 500, 998, 999 };
	struct visits v;
	bp_error err;
	size_t i, k;

	(void)state;
	for (i = 0; i < N_TEAMS; i++)
		for (k = 0; k < 5; k++) {
			v = (struct visits){ .n_workers = teams[i], .fails_from = from[k] };
			v.times = calloc(1000, 1);
			assert_non_null(v.times);
			err = (bp_error){ 0 };
			assert_int_equal(bp_parallel_for(teams[i], 1000, visit, NULL, &v, &err),
					 BP_EFORMAT);
			assert_int_equal(err.pos, from[k]);
			assert_int_equal(atomic_load(&v.bad), 0);
			free(v.times);
		}
}

static bp_status fill_and_raise(void *ctx, void *chunk, bool *more, bp_error *err)
{
	struct job *j = ctx;

	if (j->filled == 20)
		raise(SIGTERM);
	return fill(ctx, chunk, more, err);
}

/* The last test: a signal, once caught, stays caught. */
static void a_caught_signal_ends_the_job(void **state)
{
	struct job j;
	struct parallel p = { .fill = fill_and_raise, .work = work, .drain = drain, .ctx = &j };
	struct chunk chunk[16];
	bp_error err;
	size_t i, k;

	(void)state;
#ifdef BP_C11
	printf("# skipped: C11 alone has no way to catch a signal in one thread\n");
	skip();
#endif
	signal(SIGTERM, SIG_DFL);	/* in case it was ignored, which would be respected */
	bp_catch_signals();
	for (i = 0; i < N_TEAMS; i++) {
		j = new_job(1000, teams[i]);
		for (k = 0; k < MAX_WORKERS; k++)
			atomic_flag_clear(&j.busy[k]);
		p.n_workers = teams[i];
		err = (bp_error){ 0 };
		assert_int_equal(bp_parallel(&p, chunk, sizeof(chunk[0]), &err), BP_EINTR);
		assert_int_equal(err.code, BP_EINTR);
		assert_true(j.filled <= 21);
		assert_true(j.drained_wrong == NEVER);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_are_drained_in_input_order),
		cmocka_unit_test(results_do_not_wait_for_slow_input),
		cmocka_unit_test(no_worker_is_as_good_as_one),
		cmocka_unit_test(a_job_needs_no_drain),
		cmocka_unit_test(a_failure_of_work_comes_after_all_chunks_before_it),
		cmocka_unit_test(of_two_failures_the_first_in_order_wins),
		cmocka_unit_test(after_a_failure_no_more_is_read),
		cmocka_unit_test(a_failure_of_drain_ends_the_job),
		cmocka_unit_test(a_failure_of_fill_ends_the_job),
		cmocka_unit_test(all_chunks_before_a_failing_fill_are_drained),
		cmocka_unit_test(a_failure_of_work_wins_over_one_of_a_later_fill),
		cmocka_unit_test(lack_of_memory_in_work_is_reported_as_such),
#ifndef __STDC_NO_THREADS__
		cmocka_unit_test(two_workers_work_at_the_same_time),
		cmocka_unit_test(what_waits_when_a_chunk_fails_is_not_worked_on),
#endif
		cmocka_unit_test(each_index_is_visited_once),
		cmocka_unit_test(steps_tell_how_far_the_work_is),
		cmocka_unit_test(the_first_failing_index_is_reported),
		cmocka_unit_test(a_caught_signal_ends_the_job)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
