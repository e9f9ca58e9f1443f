/*
 * The logarithm in twice the precision of a double, rounded once at the end.
 *
 * x = 2^k m with 1 <= m < 2.  A table gives for the top 7 bits of m a factor r of 8 bits that is
 * close to 1 / m, so that z = m r - 1 is small and computed without an error; then ln(x) = k ln 2
 * - ln(r) + ln(1 + z).  The first two terms come from tables, each as the sum of two doubles; the
 * last term is the Taylor series, its first two terms as sums of two doubles.  The error before
 * the final rounding is about 2^-74.
 *
 * The exact sums and products are from T. J. Dekker, "A Floating-Point Technique for Extending the
 * Available Precision", Numerische Mathematik 18 (1971).
 */
#include "base/log.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 1
#error "Doubles have to be rounded as they are written; x86 of 32 bits needs -msse2 -mfpmath=sse."
#endif
_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "double has to be that of IEEE 754");

enum { PARTS_BITS = 7, PARTS = 1 << PARTS_BITS, MANTISSA = 52, BIAS = 1023 };

/*
 * For all m with equal top bits: r; as the sum of two doubles -ln(r), or -ln(2 r) if 'up' is 1;
 * and the number 'up' that is added to k in exchange.  So the logarithms in the table are small on
 * both ends of the range of m, and ln(x) has full precision for x close to 1.
 */
struct part {
	double r, high, low;
	int up;
};

#include "base/log_table.inc"

static const double ln2[] = { LN2 };

/* x with the lower 27 bits of its fraction cleared: products of two such numbers are exact. */
static double upper(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	bits &= ~(uint64_t)0 << 27;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* a + b rounded, and in *lost the rounding error (Knuth's TwoSum, for any order of magnitudes). */
static double sum(double a, double b, double *lost)
{
	double s = a + b, of_b = s - a;

	*lost = (a - (s - of_b)) + (b - of_b);
	return s;
}

/* x * x rounded, and in *lost the rounding error. */
static double square(double x, double *lost)
{
	double s = x * x, a = upper(x), b = x - a;

	*lost = ((a * a - s) + 2 * a * b) + b * b;
	return s;
}

double bp_log(double x)
{
	double m, a, z, z_low, zz, zz_low, rest, total, lost, lost_too;
	const struct part *p;
	uint64_t bits;
	int k = 0;

	if (!(x > 0) || x > DBL_MAX)
		return log(x);
	/* Bring a subnormal number into the normal range, where its exponent field is valid. */
	if (x < DBL_MIN) {
		x *= 0x1p54;
		k = -54;
	}
	memcpy(&bits, &x, sizeof(bits));
	p = &part[bits >> (MANTISSA - PARTS_BITS) & (PARTS - 1)];
	k += (int)(bits >> MANTISSA) - BIAS + p->up;
	bits = (bits & (((uint64_t)1 << MANTISSA) - 1)) | (uint64_t)BIAS << MANTISSA;
	memcpy(&m, &bits, sizeof(m));

	/* 'a' has at most 26 bits and r 8: both products fit in 53 bits and are exact. */
	a = upper(m);
	z = sum(a * p->r - 1, (m - a) * p->r, &z_low);
	zz = square(z, &zz_low);
	rest = 1.0 / 9 - z * (1.0 / 10);
	rest = 1.0 / 7 - z * (1.0 / 8 - z * rest);
	rest = 1.0 / 5 - z * (1.0 / 6 - z * rest);
	rest = z * zz * (1.0 / 3 - z * (1.0 / 4 - z * rest));
	rest += (z_low - z * z_low - 0.5 * zz_low) + (k * ln2[1] + p->low);

	/* The high parts have 41 bits after the point and few before it: the first sum is exact. */
	total = sum(k * ln2[0] + p->high, z, &lost);
	total = sum(total, -0.5 * zz, &lost_too);
	return total + (lost_too + (lost + rest));
}
