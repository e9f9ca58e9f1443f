/*
 * The decimal separator of printf() and strtod() is that of the process's locale, and the locale
 * belongs to the program that calls the library.  So the separator is looked for in the result.
 */
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

/* Replace the decimal separator, one or more bytes that no other part of a number has, by a dot. */
static size_t put_dot(char *text)
{
	static const char others[] = "0123456789+-einfa";	/* inf and nan have none */
	size_t at = strspn(text, others), n;

	if (text[at] == '\0')
		return at;
	n = strcspn(text + at, others);
	text[at] = '.';
	memmove(text + at + 1, text + at + n, strlen(text + at + n) + 1);
	return strlen(text);
}

size_t bp_number_digits(char text[BP_NUMBER_TEXT], double x, int digits)
{
	snprintf(text, BP_NUMBER_TEXT, "%.*g", BP_MIN(digits, BP_DIGITS_MAX), x);
	return put_dot(text);
}

size_t bp_number_decimals(char text[BP_NUMBER_TEXT], double x, int decimals)
{
	snprintf(text, BP_NUMBER_TEXT, "%.*f", BP_MIN(decimals, BP_DIGITS_MAX), x);
	return put_dot(text);
}

/*
 * Most numbers need neither printf() nor strtod(): from FIXED_LEAST up to FIXED_END, multiplied by
 * 10^k to have 17 digits before the point, they are whole << shift | rest over 2^shift exactly.
 */
struct scaled {
	unsigned k, shift;
	uint64_t whole, rest;
	uint64_t ulp;		/* distance to the next double above, as 'rest' is */
	bool is_odd, is_power;	/* the significand: its last bit; it is a power of 2 */
};

static const double FIXED_LEAST = 1e-4, FIXED_END = 9e14;
static const uint64_t SEVENTEEN_DIGITS = 10000000000000000u;

static struct scaled scale_up(double x)
{
	uint64_t bits, m, high, low;
	struct scaled s;
	int exponent;

	memcpy(&bits, &x, sizeof(bits));
	exponent = (int)(bits >> 52) - 1023;	/* -14 to 49 */
	m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
	s.is_odd = m & 1;
	s.is_power = m == (uint64_t)1 << 52;
	/* At most two less than needed: 1233 / 4096 is a little less than log10(2). */
	s.k = 19 - ((unsigned)(exponent + 14) * 1233 >> 12);
	for (s.ulp = 1, high = 0; high < s.k; high++)
		s.ulp *= 5;
	for (;; s.k++, s.ulp *= 5) {
		s.shift = (unsigned)(52 - exponent) - s.k;	/* 1 to 46 */
		low = bp_multiply(m, s.ulp, &high);
		s.whole = high << (64 - s.shift) | low >> s.shift;
		s.rest = low & (((uint64_t)1 << s.shift) - 1);
		if (s.whole >= SEVENTEEN_DIGITS)
			return s;
	}
}

/*
 * Round to a multiple of 'unit', 1, 10 or 100, as printf() does: to the nearest one, or to an even
 * one.  True if strtod() would read *rounded as the number itself, because no other double is
 * nearer; between two it takes the even one.
 */
static bool round_to_unit(const struct scaled *s, uint64_t unit, uint64_t *rounded)
{
	uint64_t over = (s->whole % unit << s->shift) + s->rest, half = unit << (s->shift - 1);
	bool up = over > half || (over == half && s->whole / unit % 2 == 1);
	uint64_t off = up ? (unit << s->shift) - over : over, limit = s->ulp;

	*rounded = s->whole - s->whole % unit + (up ? unit : 0);
	off *= s->is_power && !up ? 4 : 2;	/* below a power of 2 doubles are closer */
	return off < limit || (off == limit && !s->is_odd);
}

/* Write digits * 10^-k without zeros at the end; returns the length. */
static size_t put_fixed(char *text, uint64_t digits, unsigned k)
{
	char reversed[32];
	size_t n = 0, i;

	for (; k > 0 && digits % 10 == 0; k--)
		digits /= 10;
	for (i = 0; digits > 0 || i <= k; i++, digits /= 10) {
		if (i == k && k > 0)
			reversed[n++] = '.';
		reversed[n++] = (char)('0' + digits % 10);
	}
	for (i = 0; i < n; i++)
		text[i] = reversed[n - 1 - i];
	text[n] = '\0';
	return n;
}

static size_t put_usual(char *text, double x)
{
	struct scaled s = scale_up(x);
	uint64_t digits;

	if (!round_to_unit(&s, 100, &digits) && !round_to_unit(&s, 10, &digits))
		(void)round_to_unit(&s, 1, &digits);
	return put_fixed(text, digits, s.k);
}

/* strtod() reads the text before its separator is replaced, in the locale that printf() had. */
size_t bp_number_shortest(char text[BP_NUMBER_TEXT], double x)
{
	int digits;

	if (x >= FIXED_LEAST && x < FIXED_END)
		return put_usual(text, x);
	if (-x >= FIXED_LEAST && -x < FIXED_END) {
		text[0] = '-';
		return 1 + put_usual(text + 1, -x);
	}
	for (digits = 15; digits < BP_DIGITS_MAX; digits++) {
		snprintf(text, BP_NUMBER_TEXT, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			return put_dot(text);
	}
	return bp_number_digits(text, x, BP_DIGITS_MAX);
}

const char *bp_count_fault(struct slice s, uint64_t *count)
{
	size_t i;

	*count = 0;
	for (i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return "a count that is not an integer";
		if (*count > (INT64_MAX - (uint64_t)(s.p[i] - '0')) / 10)
			return "the count is too large";
		*count = *count * 10 + (uint64_t)(s.p[i] - '0');
	}
	return s.n == 0 ? "a count is missing" : *count == 0 ? "a count of zero" : NULL;
}
