/* progress.h: the share of a call of several steps. */
#include "support.h"
#include "io/progress.h"

struct seen {
	bp_progress last;
	unsigned n;
};

static void see(void *ctx, const bp_progress *p)
{
	struct seen *s = ctx;

	T_OK(p->share >= s->last.share && p->share <= 1, "a share of %g after %g", p->share,
	     s->last.share);
	s->last = *p;
	s->n++;
}

/* One phase of 100 units. */
static void report(const bp_input *in)
{
	struct progress p;
	uint64_t i;

	bp_progress_start(&p, in, "phase", "units", 100);
	for (i = 0; i <= 100; i += 10)
		bp_progress_step(&p, i);
}

static bool is_close(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

static void shares_follow_the_costs_of_steps(void **state)
{
	struct seen seen = { .n = 0 };
	const bp_input to = { .progress = see, .progress_ctx = &seen };
	bp_input in = to;
	struct progress_steps s;

	bp_progress_steps_init(&s, &in, &to);
	s.n = 3;
	s.step[0] = (struct progress_cost){ "read", 1 };
	s.step[1] = (struct progress_cost){ "count", 2 };
	s.step[2] = (struct progress_cost){ "fit", 1 };
	report(&in);
	assert_string_equal(seen.last.phase, "read");
	assert_int_equal(seen.last.step, 1);
	assert_int_equal(seen.last.n_steps, 3);
	assert_true(is_close(seen.last.share, 0.25));
	bp_progress_steps_begin(&s, 1);
	report(&in);
	assert_string_equal(seen.last.phase, "count");
	assert_true(is_close(seen.last.share, 0.75));
	/* Parts of one step; an estimate of too few parts takes nothing back. */
	bp_progress_steps_begin(&s, 2);
	bp_progress_steps_part(&s, 2);
	report(&in);
	assert_true(is_close(seen.last.share, 0.875));
	bp_progress_steps_part(&s, 2);
	report(&in);
	assert_true(is_close(seen.last.share, 0.9375));
	bp_progress_steps_part(&s, 1);
	report(&in);
	assert_true(is_close(seen.last.share, 1));
	bp_progress_steps_part(&s, 1);
	assert_true(is_close(seen.last.share, 1));
	(void)state;
}

static void no_share_is_told_while_a_total_is_unknown(void **state)
{
	struct seen seen = { .n = 0 };
	const bp_input to = { .progress = see, .progress_ctx = &seen };
	bp_input in = to;
	struct progress_steps s;
	struct progress p;

	bp_progress_steps_init(&s, &in, &to);
	s.n = 1;
	s.step[0] = (struct progress_cost){ "read", 1 };
	bp_progress_start(&p, &in, "phase", "bytes", 0);
	bp_progress_step(&p, 1000);
	assert_int_equal(seen.n, 2);
	assert_true(seen.last.share <= 0);
	assert_int_equal(seen.last.done, 1000);
	(void)state;
}

static void without_a_receiver_nothing_is_reported(void **state)
{
	const bp_input to = { .progress = NULL };
	bp_input in = to;
	struct progress_steps s;

	bp_progress_steps_init(&s, &in, &to);
	assert_null(in.progress);
	bp_progress_steps_part(NULL, 1);
	(void)state;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_follow_the_costs_of_steps),
		cmocka_unit_test(no_share_is_told_while_a_total_is_unknown),
		cmocka_unit_test(without_a_receiver_nothing_is_reported)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
