/*
 * Write log_table.inc: what log.c adds up its logarithms from.
 *
 * Numbers are fractions of 128 bits, from sums of ln(n / (n - 1)) = 2 atanh(1 / (2 n - 1)), whose
 * series needs nothing but divisions by small numbers.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { LIMBS = 4, PARTS = 128, ONE = 256, HIGH = 41 };

struct fraction {
	uint32_t limb[LIMBS];	/* the highest one first */
};

static void divide(struct fraction *f, uint32_t by)
{
	uint64_t x = 0;
	int i;

	for (i = 0; i < LIMBS; i++) {
		x = x << 32 | f->limb[i];
		f->limb[i] = (uint32_t)(x / by);
		x %= by;
	}
}

static void add(struct fraction *to, const struct fraction *f)
{
	uint64_t x = 0;
	int i;

	for (i = LIMBS; i-- > 0; x >>= 32) {
		x += (uint64_t)to->limb[i] + f->limb[i];
		to->limb[i] = (uint32_t)x;
	}
}

static int is_zero(const struct fraction *f)
{
	return (f->limb[0] | f->limb[1] | f->limb[2] | f->limb[3]) == 0;
}

/* Add ln(n / (n - 1)). */
static void add_step(struct fraction *sum, uint32_t n)
{
	struct fraction power = { { 1u << 25 } }, term;	/* 2 ^ -7, for 256 times 2 / 256 */
	uint32_t odd = 1, by = 2 * n - 1;

	divide(&power, by);
	for (; !is_zero(&power); odd += 2) {
		term = power;
		divide(&term, odd);
		add(sum, &term);
		divide(&power, by * by);
	}
}

/* ln(to / from) * 2 ^ -8, from <= to: below 1 also for ln 2 and more. */
static struct fraction ln(uint32_t from, uint32_t to)
{
	struct fraction sum = { { 0 } };

	while (from++ < to)
		add_step(&sum, from);
	return sum;
}

/* The value is high + low; high has HIGH bits after the point. */
static void print(const struct fraction *f, double sign)
{
	uint64_t top = (uint64_t)f->limb[0] << 32 | f->limb[1];
	uint64_t bottom = (uint64_t)f->limb[2] << 32 | f->limb[3];
	uint64_t rest = top << (HIGH + 8) | bottom >> (64 - HIGH - 8);

	printf("%a, %a", sign * ldexp((double)(top >> (64 - HIGH - 8)), -HIGH),
	       sign * ldexp((double)rest, -HIGH - 64));
}

int main(void)
{
	struct fraction f = ln(ONE, 2 * ONE);
	double middle, scale;
	uint32_t i, n;

	printf("/* Made by gen/log_table.c. */\n#define LN2 ");
	print(&f, 1);
	printf("\nstatic const struct part part[PARTS] = {\n");
	for (i = 0; i < PARTS; i++) {
		middle = 1 + (i + 0.5) / PARTS;
		scale = middle < 1.4142 ? 1 : 2;
		/* Close to 1 on both sides nothing may be added, so that small results are exact. */
		n = i == PARTS - 1 ? ONE : (uint32_t)(scale * ONE / middle + 0.5);
		if (i == 0)
			n = ONE;
		f = n < ONE ? ln(n, ONE) : ln(ONE, n);
		printf("\t{ %a, ", (double)n / ONE / scale);
		print(&f, n <= ONE ? 1 : -1);
		printf(", %d },\n", scale > 1);
	}
	printf("};\n");
	return 0;
}
