/*
 * Text in parts, cut anywhere, taken in parts: the ids of the text at once.  And its beginning as a
 * text to be continued: ids that stay, and the bytes left.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "base/random.h"

/* Bytes of text, which may be far more than those of the input: few of them are long. */
enum { LONG = 200000, SHORT = 5000 };

static size_t take(bp_stream *s, uint32_t *got, size_t part)
{
	size_t n, all = 0;

	do {
		n = bp_stream_take(s, got + all, part);
		FUZZ_CHECK(n <= part);
		all += n;
	} while (n == part);
	return all;
}

static void check_stream(const bp_model *m, struct slice text, uint64_t seed, size_t most,
			 const uint32_t *ids, size_t n)
{
	uint32_t *got = bp_array(n + most + 1, sizeof(*got));
	struct random_stream r = bp_random_stream(seed, 0, 0);
	bp_stream *s = bp_stream_new(m);
	size_t all = 0, k, i;
	uint64_t x;

	FUZZ_CHECK(got != NULL && s != NULL);
	for (i = 0; text.n > 0; i++) {
		x = bp_random_at(&r, i);
		k = BP_MIN(text.n, (size_t)(x % (most + 1)));
		FUZZ_CHECK(bp_stream_feed(s, (const char *)text.p, k) == BP_OK);
		text.p += k;
		text.n -= k;
		if (x >> 62 == 0)
			all += take(s, got + all, 1 + (size_t)(x >> 32) % most);
		FUZZ_CHECK(all <= n);
	}
	FUZZ_CHECK(bp_stream_end(s) == BP_OK);
	all += take(s, got + all, most);
	FUZZ_CHECK(all == n && (n == 0 || memcmp(got, ids, n * sizeof(*ids)) == 0));
	bp_stream_free(s);
	free(got);
}

/* The first bytes of a text. */
static void check_open(const bp_model *m, struct slice text, const uint32_t *ids, size_t n)
{
	uint32_t *got = bp_array(bp_encode_bound(text.n) + 1, sizeof(*got));
	char *left = malloc(bp_encode_bound(text.n) + 1);
	struct buf scratch = { 0 };
	struct slice normal = fuzz_normal(m, text, &scratch);
	size_t k, n_left;

	FUZZ_CHECK(got != NULL && left != NULL);
	FUZZ_CHECK(bp_encode_open(m, (const char *)text.p, text.n, got, &k, left, &n_left) == BP_OK);
	FUZZ_CHECK(k <= n && (k == 0 || memcmp(got, ids, k * sizeof(*ids)) == 0));
	FUZZ_CHECK(n_left <= normal.n);
	normal.n -= n_left;
	FUZZ_CHECK(n_left == 0 || memcmp(normal.p + normal.n, left, n_left) == 0);
	fuzz_check_ids(m, got, k, normal);
	bp_buf_release(&scratch);
	free(got);
	free(left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t most[] = { 1, 5, 70, 3000, 30000, 100000 };
	struct slice in = { data, size }, text;
	const bp_model *m = fuzz_model(fuzz_byte(&in));
	unsigned cuts = fuzz_byte(&in), end = fuzz_byte(&in);
	struct buf b = { 0 };
	uint32_t *ids;
	size_t n;

	FUZZ_CHECK(bp_buf_reserve(&b, 0));
	fuzz_text(in, m, size % 8 == 0 ? LONG : SHORT, &b);
	text = fuzz_slice(&b);
	ids = fuzz_encode(m, text, &n);
	check_stream(m, text, cuts, most[cuts % 6], ids, n);
	text.n = text.n * end / 256;
	check_open(m, text, ids, n);
	free(ids);
	bp_buf_release(&b);
	return 0;
}
