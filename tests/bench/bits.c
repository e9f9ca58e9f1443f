/*
 * Bits per byte of unseen text under an n-gram model over token ids: how well a small language
 * model predicts the text through a tokenizer.  Interpolated Kneser-Ney of order 3 with three
 * discounts for each order (Chen and Goodman 1998).
 *
 *	bits [-n NGRAMS] IDS EOS TRAIN TEST BYTES
 *
 * IDS: number of ids; EOS: the id behind each text, where the history begins anew; TRAIN, TEST:
 * files of ids, little-endian, two bytes each if the name ends in .u16, arrays of NumPy (.npy), or
 * four bytes each; BYTES: length of the test text, with a byte for the end of each text.  Prints
 * tokens, bits per byte, and the number of bigrams and trigrams.  -n: keep all bigrams and the most
 * frequent trigrams, NGRAMS together, of equal counts by a hash; the rest of the probability goes
 * to the lower order.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 21, DISCOUNTS = 3, CHECKS = 5 };
#define MASK (((uint64_t)1 << BITS) - 1)

/* Sorted n-grams, BITS for each id, the last id in the lowest bits. */
struct grams {
	uint64_t *key;
	uint32_t *count;	/* 0: dropped */
	size_t n;
	double discount[DISCOUNTS + 1];
};
/* Histories of n-grams: sum of counts, and the part of it that goes to the lower order. */
struct histories {
	uint64_t *key;
	double *total, *rest;
	size_t n;
};
struct lm {
	uint32_t n_ids;		/* also the id of the beginning of a text in histories */
	uint32_t eos;
	struct grams tri, bi, uni;
	struct histories after_two, after_one, none;
};

static void fail(const char *message, const char *name)
{
	fprintf(stderr, "bits: %s%s%s\n", name, name[0] != '\0' ? ": " : "", message);
	exit(1);
}

static void *allocate(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		fail("out of memory", "");
	return p;
}

static int ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

static unsigned char *read_file(const char *name, size_t *len)
{
	FILE *f = fopen(name, "rb");
	unsigned char *p = NULL;
	size_t cap = 0, n = 1;

	for (*len = 0; f != NULL && n > 0; *len += n) {
		if (*len == cap && (p = realloc(p, cap = 2 * cap + 65536)) == NULL)
			fail("out of memory", name);
		n = fread(p + *len, 1, cap - *len, f);
	}
	if (f == NULL || ferror(f))
		fail("cannot be read", name);
	fclose(f);
	return p;
}

/* The length of the header of a NumPy array, and the width of its numbers. */
static size_t skip_npy(const char *name, const unsigned char *p, size_t len, size_t *width)
{
	size_t header = len > 12 ? 10 + (size_t)p[8] + 256 * (size_t)p[9] : len + 1;

	if (header > len || memcmp(p, "\x93NUMPY\x01", 7) != 0)
		fail("no NumPy array of version 1", name);
	for (p += 10; *p != '<' && *p != '|' && *p != '\n'; p++)
		;
	if (*p != '<' || p[1] != 'u' || (p[2] != '2' && p[2] != '4'))
		fail("no array of little-endian u2 or u4", name);
	*width = (size_t)(p[2] - '0');
	return header;
}

static uint32_t *read_ids(const char *name, uint32_t n_ids, size_t *n)
{
	size_t len, width = ends_with(name, ".u16") ? 2 : 4, skip = 0, i, k;
	unsigned char *p = read_file(name, &len);
	uint32_t *ids;

	if (ends_with(name, ".npy"))
		skip = skip_npy(name, p, len, &width);
	*n = (len - skip) / width;
	ids = allocate(*n, sizeof(*ids));
	for (i = 0; i < *n; i++) {
		for (k = width; k > 0; k--)
			ids[i] = ids[i] << 8 | p[skip + i * width + k - 1];
		if (ids[i] >= n_ids)
			fail("an id that is not below the number of ids", name);
	}
	free(p);
	return ids;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sort n keys, and count equal ones; takes the array over. */
static void count_keys(struct grams *g, uint64_t *key, size_t n)
{
	size_t i;

	qsort(key, n, sizeof(*key), ascending);
	g->key = key;
	g->count = allocate(n, sizeof(*g->count));
	for (g->n = i = 0; i < n; i++) {
		if (g->n == 0 || key[g->n - 1] != key[i])
			g->key[g->n++] = key[i];
		g->count[g->n - 1]++;
	}
}

static size_t find(const uint64_t *key, size_t n, uint64_t x)
{
	size_t from = 0, to = n, mid;

	while (from < to) {
		mid = from + (to - from) / 2;
		if (key[mid] < x)
			from = mid + 1;
		else
			to = mid;
	}
	return from < n && key[from] == x ? from : n;
}

static uint64_t next_history(const struct lm *m, uint64_t history, uint32_t id)
{
	const uint64_t start = m->n_ids;

	return id == m->eos ? start << BITS | start : (history & MASK) << BITS | id;
}

static void count_trigrams(struct lm *m, const uint32_t *ids, size_t n)
{
	uint64_t *key = allocate(n, sizeof(*key)), h = next_history(m, 0, m->eos);
	size_t i;

	for (i = 0; i < n; h = next_history(m, h, ids[i++]))
		key[i] = h << BITS | ids[i];
	count_keys(&m->tri, key, n);
}

/*
 * Lower orders count the different ids before an n-gram; before the beginning of a text there is no
 * other id, so that n-grams that begin there keep their own counts.
 */
static void count_lower(struct lm *m, struct grams *lower, const struct grams *upper, uint64_t mask)
{
	uint64_t *key = allocate(upper->n, sizeof(*key));
	size_t i;

	for (i = 0; i < upper->n; i++)
		key[i] = upper->key[i] & mask;
	count_keys(lower, key, upper->n);
	if (mask == MASK)
		return;
	for (i = 0; i < upper->n; i++)
		if ((upper->key[i] & mask) >> BITS == m->n_ids)
			lower->count[find(lower->key, lower->n, upper->key[i] & mask)] =
				upper->count[i];
}

static double discount_of(const struct grams *g, uint32_t count)
{
	return g->discount[count < DISCOUNTS ? count : DISCOUNTS];
}

static void set_discounts(struct grams *g)
{
	double n[DISCOUNTS + 2] = { 0 }, y;
	size_t i;

	for (i = 0; i < g->n; i++)
		if (g->count[i] <= DISCOUNTS + 1)
			n[g->count[i]]++;
	y = n[1] + 2 * n[2] > 0 ? n[1] / (n[1] + 2 * n[2]) : 0.5;
	for (i = 1; i <= DISCOUNTS; i++) {
		g->discount[i] = n[i] > 0 ? (double)i - (double)(i + 1) * y * n[i + 1] / n[i] : y;
		if (!(g->discount[i] > 0 && g->discount[i] < (double)i))
			g->discount[i] = 0.5;
	}
}

struct ranked {
	uint32_t count;
	uint64_t hash;
	size_t at;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Mark all but the 'keep' most frequent n-grams as dropped; their counts stay in 'dropped'. */
static uint32_t *drop_rare(struct grams *g, size_t keep)
{
	uint32_t *dropped = allocate(g->n, sizeof(*dropped));
	struct ranked *r;
	size_t i;

	if (keep >= g->n)
		return dropped;
	r = allocate(g->n, sizeof(*r));
	for (i = 0; i < g->n; i++)
		r[i] = (struct ranked){ g->count[i], (g->key[i] + 1) * 0x9E3779B97F4A7C15u, i };
	for (i = 0; i < g->n; i++)
		r[i].hash = (r[i].hash ^ r[i].hash >> 29) * 0xBF58476D1CE4E5B9u;
	qsort(r, g->n, sizeof(*r), by_rank);
	for (i = keep; i < g->n; i++) {
		dropped[r[i].at] = r[i].count;
		g->count[r[i].at] = 0;
	}
	free(r);
	return dropped;
}

/* Collect the histories of n-grams: the discounts and what is dropped go to the lower order. */
static void collect_histories(struct histories *h, const struct grams *g, const uint32_t *dropped)
{
	uint64_t key;
	size_t i;

	h->key = allocate(g->n, sizeof(*h->key));
	h->total = allocate(g->n, sizeof(*h->total));
	h->rest = allocate(g->n, sizeof(*h->rest));
	for (i = 0; i < g->n; i++) {
		key = g->key[i] >> BITS;
		if (h->n == 0 || h->key[h->n - 1] != key)
			h->key[h->n++] = key;
		h->total[h->n - 1] += g->count[i] + dropped[i];
		h->rest[h->n - 1] += dropped[i] + discount_of(g, g->count[i]);
	}
}

static size_t n_kept(const struct grams *g)
{
	size_t n = 0, i;

	for (i = 0; i < g->n; i++)
		n += g->count[i] > 0;
	return n;
}

static void train(struct lm *m, const uint32_t *ids, size_t n, size_t limit)
{
	struct grams *g[] = { &m->tri, &m->bi, &m->uni };
	struct histories *h[] = { &m->after_two, &m->after_one, &m->none };
	size_t keep[3], i;
	uint32_t *dropped;

	count_trigrams(m, ids, n);
	count_lower(m, &m->bi, &m->tri, MASK << BITS | MASK);
	count_lower(m, &m->uni, &m->bi, MASK);
	keep[1] = m->bi.n < limit ? m->bi.n : limit;
	keep[0] = limit - keep[1];
	keep[2] = m->uni.n;
	for (i = 0; i < 3; i++) {
		set_discounts(g[i]);
		dropped = drop_rare(g[i], keep[i]);
		collect_histories(h[i], g[i], dropped);
		free(dropped);
	}
}

/* Interpolate the probability 'lower' with the n-gram (history, id). */
static double interpolate(const struct grams *g, const struct histories *h, uint64_t history,
			  uint32_t id, double lower)
{
	size_t at = find(h->key, h->n, history), i;
	double own = 0;

	if (at == h->n)
		return lower;
	i = find(g->key, g->n, history << BITS | id);
	if (i < g->n && g->count[i] > 0)
		own = g->count[i] - discount_of(g, g->count[i]);
	return (own + h->rest[at] * lower) / h->total[at];
}

static double probability(const struct lm *m, uint64_t history, uint32_t id)
{
	double p = 1.0 / m->n_ids;

	p = interpolate(&m->uni, &m->none, 0, id, p);
	p = interpolate(&m->bi, &m->after_one, history & MASK, id, p);
	return interpolate(&m->tri, &m->after_two, history, id, p);
}

static void check_sum(const struct lm *m, uint64_t history)
{
	double sum = 0;
	uint32_t id;

	for (id = 0; id < m->n_ids; id++)
		sum += probability(m, history, id);
	if (!(fabs(sum - 1) < 1e-6))
		fail("the probabilities of a history do not add up to 1", "");
}

static double bits_of(const struct lm *m, const uint32_t *ids, size_t n)
{
	uint64_t h = next_history(m, 0, m->eos);
	double bits = 0;
	size_t i;

	for (i = 0; i < n; h = next_history(m, h, ids[i++])) {
		if (i < CHECKS)
			check_sum(m, h);
		bits -= log2(probability(m, h, ids[i]));
	}
	return bits;
}

static size_t number(const char *s)
{
	char *end;
	unsigned long long n = strtoull(s, &end, 10);

	if (end == s || *end != '\0' || n > SIZE_MAX)
		fail("no number", s);
	return (size_t)n;
}

int main(int argc, char **argv)
{
	size_t limit = SIZE_MAX, n, n_test, n_ids;
	struct lm m = { 0 };
	uint32_t *ids, *test;
	double bits;

	if (argc > 2 && strcmp(argv[1], "-n") == 0) {
		limit = number(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (argc != 6)
		fail("usage: bits [-n NGRAMS] IDS EOS TRAIN TEST BYTES", "");
	n_ids = number(argv[1]);
	if (n_ids == 0 || n_ids >= MASK || number(argv[2]) >= n_ids)
		fail("IDS has to be below 2^21, and EOS below IDS", "");
	m.n_ids = (uint32_t)n_ids;
	m.eos = (uint32_t)number(argv[2]);
	ids = read_ids(argv[3], m.n_ids, &n);
	test = read_ids(argv[4], m.n_ids, &n_test);
	train(&m, ids, n, limit);
	bits = bits_of(&m, test, n_test);
	printf("%zu\t%.4f\t%zu\n", n_test, bits / (double)number(argv[5]),
	       n_kept(&m.bi) + n_kept(&m.tri));
	return 0;
}
