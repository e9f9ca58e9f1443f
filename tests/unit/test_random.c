/* random.h: streams look random, each by itself and beside each other. */
#include <math.h>

#include "base/random.h"
#include "support.h"

enum { BINS = 256, DRAWS = 256 * 1000 };

/* How far the counts are from even, in standard deviations of chi-square. */
static double unevenness(const uint32_t *count)
{
	double mean = (double)DRAWS / BINS, x = 0;
	int i;

	for (i = 0; i < BINS; i++)
		x += (count[i] - mean) * (count[i] - mean) / mean;
	return (x - (BINS - 1)) / sqrt(2.0 * (BINS - 1));
}

/* Bits 'shift' to shift + 7 of numbers that follow each other in one of three ways. */
enum way { WITHIN, OVER_PLACES, OVER_FILES, OVER_SEEDS, DIFFERENCES, WAYS };

static uint64_t draw(enum way way, uint64_t i)
{
	struct random_stream r = bp_random_stream(way == OVER_SEEDS ? i : 7,
						  way == OVER_FILES ? i : 0,
						  way >= OVER_PLACES ? i : 3);

	if (way == DIFFERENCES) {
		struct random_stream next = bp_random_stream(7, 0, i + 1);

		return bp_random_at(&r, 1) - bp_random_at(&next, 1);
	}
	return bp_random_at(&r, way == WITHIN ? i : 1);
}

static void all_bytes_of_numbers_are_even(void **state)
{
	uint32_t count[BINS];
	int way, shift;
	uint64_t i;
	double x;

	(void)state;
	for (way = 0; way < WAYS; way++)
		for (shift = 0; shift < 64; shift += 8) {
			for (i = 0; i < BINS; i++)
				count[i] = 0;
			for (i = 0; i < DRAWS; i++)
				count[draw((enum way)way, i) >> shift & 0xFF]++;
			x = unevenness(count);
			T_OK(fabs(x) < 5, "way %d, bit %d: %.1f", way, shift, x);
		}
	for (i = 0; i < BINS; i++)
		count[i] = DRAWS / BINS + (i % 2 ? 80 : 0) - 40;
	assert_true(unevenness(count) > 5);
}

static void streams_differ_and_can_be_read_anywhere(void **state)
{
	struct random_stream a = bp_random_stream(1, 2, 3), b;

	(void)state;
	b = bp_random_stream(1, 2, 3);
	assert_true(a.start == b.start && a.step == b.step && (a.step & 1));
	assert_true(bp_random_at(&a, 1000) == bp_random_at(&b, 1000));
	assert_true(bp_random_at(&a, 1000) != bp_random_at(&a, 1001));
	b = bp_random_stream(2, 1, 3);
	assert_true(a.start != b.start && a.step != b.step);
	b = bp_random_stream(1, 3, 2);
	assert_true(a.start != b.start && a.step != b.step);
	b = bp_random_stream(UINT64_MAX, UINT64_MAX, UINT64_MAX);
	assert_true(a.start != b.start && a.step != b.step);
}

static void units_are_from_0_to_below_1(void **state)
{
	(void)state;
	assert_true(bp_random_unit(0) == 0);
	assert_true(bp_random_unit(0x7FF) == 0);
	assert_true(bp_random_unit(0x800) == ldexp(1, -53));
	assert_true(bp_random_unit((uint64_t)1 << 63) == 0.5);
	assert_true(bp_random_unit(UINT64_MAX) == 1 - ldexp(1, -53));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_bytes_of_numbers_are_even),
		cmocka_unit_test(streams_differ_and_can_be_read_anywhere),
		cmocka_unit_test(units_are_from_0_to_below_1)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
