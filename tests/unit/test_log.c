/* The logarithm: the nearest double, on every machine the same. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "support.h"

static void known_logarithms_are_the_nearest_doubles(void **state)
{
	/* From a calculation with 60 decimals. */
	static const struct {
		double x, ln;
	} known[] = {
		{ 0x1.0000000000000p+1, 0x1.62e42fefa39efp-1 },
		{ 0x1.8000000000000p+1, 0x1.193ea7aad030bp+0 },
		{ 0x1.4000000000000p+3, 0x1.26bb1bbb55516p+1 },
		{ 0x1.8400000000000p+6, 0x1.24c8108e54bf8p+2 },
		{ 0x1.f400000000000p+9, 0x1.ba18a998fffa0p+2 },
		{ 0x1.0000000000000p+16, 0x1.62e42fefa39efp+3 },
		{ 0x1.e845e00000000p+19, 0x1.ba1885f21de85p+3 },
		{ 0x1.0000000100000p+32, 0x1.62e42fefb39efp+4 },
		{ 0x1.0000000000000p+63, 0x1.5d589f2fe5107p+5 },
		{ 0x1.0000000000000p-1, -0x1.62e42fefa39efp-1 },
		{ 0x1.999999999999ap-4, -0x1.26bb1bbb55515p+1 },
		{ 0x1.6a09e667f3bccp-1, -0x1.62e42fefa39f1p-2 },
		{ 0x1.6a09e667f3bcdp-1, -0x1.62e42fefa39eep-2 },
		{ 0x1.6a09e667f3bcdp+0, 0x1.62e42fefa39f0p-2 },
		{ 0x1.fffffffffffffp+0, 0x1.62e42fefa39eep-1 },
		{ 0x1.fffffffffffffp-1, -0x1.0000000000000p-53 },
		{ 0x1.0000000000001p+0, 0x1.fffffffffffffp-53 },
		{ 0x1.0200000000000p+0, 0x1.fe02a6b106789p-8 },
		{ 0x1.fe00000000000p-1, -0x1.0080559588b35p-8 },
		{ 0x1.fae147ae147aep-1, -0x1.495453e6fd4bcp-7 },
		{ 0x1.028f5c28f5c29p+0, 0x1.460d6ccca367cp-7 },
		{ 0x0.0000000000001p-1022, -0x1.74385446d71c3p+9 },
		{ 0x1.0000000000000p-1022, -0x1.6232bdd7abcd2p+9 },
		{ 0x1.fffffffffffffp+1023, 0x1.62e42fefa39efp+9 },
		{ 0x1.79ca10c924223p-67, -0x1.7069e2aa2aa5bp+5 }
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		T_OK(bp_log(known[i].x) == known[i].ln, "ln(%a) = %a", known[i].x,
		     bp_log(known[i].x));
	assert_true(bp_log(1) == 0 && !signbit(bp_log(1)));
}

static void what_has_no_logarithm_gives_what_the_c_library_says(void **state)
{
	(void)state;
	assert_true(bp_log(0) == -INFINITY);
	assert_true(bp_log(-0.0) == -INFINITY);
	assert_true(bp_log(INFINITY) == INFINITY);
	assert_true(isnan(bp_log(-1)));
	assert_true(isnan(bp_log(-INFINITY)));
	assert_true(isnan(bp_log(NAN)));
}

/* The C library's are at most one place away. */
static void assert_close(double x)
{
	double a = bp_log(x), b = log(x);

	T_OK(a == b || nextafter(a, b) == b, "ln(%a) = %a, and not near %a", x, a, b);
}

static void it_is_close_to_that_of_the_c_library(void **state)
{
	uint64_t rng = 5, bits;
	double x;
	int i;

	(void)state;
	for (i = 1; i < 100000; i++)
		assert_close(i);
	for (i = 0; i < 100000; i++) {
		x = (double)(t_next(&rng) >> 11) * 0x1p-53;
		assert_close(x + DBL_MIN);
		assert_close(1 + (x - 0.5) * 0x1p-6);
		assert_close(1 + (x - 0.5) * 0x1p-30);
		bits = t_next(&rng) % 0x7ff0000000000000u;
		memcpy(&x, &bits, sizeof(x));
		assert_close(x);
	}
}

static void it_grows_from_part_to_part(void **state)
{
	double edge, below, above;
	int i;

	(void)state;
	for (i = 64; i <= 512; i++) {
		edge = i / 128.0;
		below = bp_log(nextafter(edge, 0));
		above = bp_log(nextafter(edge, 9));
		T_OK(below <= bp_log(edge) && bp_log(edge) <= above, "at %d / 128", i);
	}
}

static void all_machines_have_the_same(void **state)
{
	uint64_t hash = 14695981039346656037u, bits;
	double x;
	int i, k;

	(void)state;
	for (i = 1; i <= 200000; i++) {
		for (k = 0; k < 2; k++) {
			x = bp_log(k == 0 ? i : i / 2000003.0);
			memcpy(&bits, &x, sizeof(bits));
			hash = (hash ^ bits) * 1099511628211u;
		}
	}
	/* That of the nearest doubles, calculated with 40 decimals. */
	assert_true(hash == 0x364bbb545ae58aa4u);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_logarithms_are_the_nearest_doubles),
		cmocka_unit_test(what_has_no_logarithm_gives_what_the_c_library_says),
		cmocka_unit_test(it_is_close_to_that_of_the_c_library),
		cmocka_unit_test(it_grows_from_part_to_part),
		cmocka_unit_test(all_machines_have_the_same)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
