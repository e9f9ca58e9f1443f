/*
 * Text in parts, cut anywhere, taken in parts: the ids of the text at once.  Its beginning as a
 * text to be continued: ids that stay, and the bytes left.  And texts cut anywhere, in one call:
 * the ids of each.
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

/* The texts between offsets up to 'most' bytes apart, neighbours in memory, or one copy of each. */
static void check_texts(const bp_model *m, struct slice text, uint64_t seed, size_t most,
			bool copied)
{
	struct random_stream r = bp_random_stream(seed, 1, 0);
	bp_texts_options o = { .threads = 1 + seed % 2 };
	uint64_t *offset = bp_array(2 * text.n + 2, sizeof(*offset));
	const char **list = bp_array(2 * text.n + 2, sizeof(*list));
	size_t *len = bp_array(2 * text.n + 2, sizeof(*len)), n, n_ids, i, at, k;
	const uint64_t *got;
	const uint32_t *all;
	uint32_t *ids;
	bp_ids *x;
	char *copy;

	FUZZ_CHECK(offset != NULL && list != NULL && len != NULL);
	for (n = 0, at = 0; at < text.n; at += len[n++]) {
		offset[n] = at;
		k = (size_t)(bp_random_at(&r, n) % (most + 1));
		len[n] = n % 3 == 2 ? 0 : BP_MIN(BP_MAX(k, 1), text.n - at);
		list[n] = (const char *)text.p + at;
		if (copied) {
			copy = malloc(len[n] + 1);
			FUZZ_CHECK(copy != NULL);
			list[n] = memcpy(copy, list[n], len[n]);
		}
	}
	offset[n] = at;
	x = copied ? bp_encode_text_list(m, list, len, n, &o, NULL) :
	    bp_encode_texts(m, (const char *)text.p, text.n, offset, n, &o, NULL);
	FUZZ_CHECK(x != NULL);
	all = bp_ids_all(x, &n_ids);
	got = bp_ids_offsets(x, &i);
	FUZZ_CHECK(i == n && got[n] == n_ids);
	for (i = 0; i < n; i++) {
		ids = fuzz_encode(m, (struct slice){ text.p + offset[i], len[i] }, &k);
		FUZZ_CHECK(k == got[i + 1] - got[i] &&
			   (k == 0 || memcmp(ids, all + got[i], k * sizeof(*ids)) == 0));
		free(ids);
		if (copied)
			free((char *)(uintptr_t)list[i]);
	}
	bp_ids_free(x);
	free(offset);
	free(list);
	free(len);
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
	check_texts(m, text, cuts, 1 + most[cuts % 6], size % 2 == 0);
	text.n = text.n * end / 256;
	check_open(m, text, ids, n);
	free(ids);
	bp_buf_release(&b);
	return 0;
}
