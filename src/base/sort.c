/*
 * qsort() cannot be ended, and takes seconds for millions of strings.  So it sorts runs of some
 * thousand elements, and the runs are merged, level by level, from one array to another.  Between
 * runs, and at every thousandth element of a merge, there is a question for signals.
 */
#include "base/sort.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 4096 };

struct sorting {
	size_t n, size;
	int (*compare)(const void *, const void *);
};

static bool sort_runs(const struct sorting *s, unsigned char *array)
{
	size_t i;

	for (i = 0; i < s->n; i += BP_MIN(RUN, s->n - i)) {
		if (bp_must_stop())
			return false;
		qsort(array + i * s->size, BP_MIN(RUN, s->n - i), s->size, s->compare);
	}
	return true;
}

/* Merge the elements from 'a' and from 'b' on, two runs that end at 'b' and 'end'. */
static bool merge_pair(const struct sorting *s, const unsigned char *a, const unsigned char *b,
		       const unsigned char *end, unsigned char *to)
{
	const unsigned char *end_a = b;
	size_t i;

	for (i = 1; a < end_a && b < end; i++, to += s->size) {
		if (bp_must_stop_at(i))
			return false;
		if (s->compare(a, b) <= 0) {
			memcpy(to, a, s->size);
			a += s->size;
		} else {
			memcpy(to, b, s->size);
			b += s->size;
		}
	}
	memcpy(to, a, (size_t)(end_a - a));
	memcpy(to + (end_a - a), b, (size_t)(end - b));
	return true;
}

/* Merge neighbouring runs of 'run' elements, so that runs of twice the length stand in 'to'. */
static bool merge_level(const struct sorting *s, const unsigned char *from, unsigned char *to,
			size_t run)
{
	size_t i, a, b;

	for (i = 0; i < s->n; i += a + b) {
		a = BP_MIN(run, s->n - i);
		b = BP_MIN(run, s->n - i - a);
		if (!merge_pair(s, from + i * s->size, from + (i + a) * s->size,
				from + (i + a + b) * s->size, to + i * s->size))
			return false;
	}
	return true;
}

bool bp_sort(void *array, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	const struct sorting s = { n, size, compare };
	unsigned char *room, *from = array, *to, *other;
	size_t run = RUN;
	bool ok = sort_runs(&s, array);

	if (!ok || n <= RUN)
		return ok;
	if ((room = bp_array(n, size)) == NULL)
		return false;
	for (to = room; run < n && ok; run = run > n / 2 ? n : 2 * run) {
		ok = merge_level(&s, from, to, run);
		other = from;
		from = to;
		to = other;
	}
	if (ok && from == room)
		memcpy(array, room, n * size);
	free(room);
	return ok;
}
