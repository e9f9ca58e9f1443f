/* export/darts.h: against a search through all keys, read as Darts-clone reads it. */
#include <stdlib.h>
#include <string.h>

#include "darts_read.h"
#include "export/darts.h"

enum { MAX_KEYS = 3000, MAX_LEN = 9 };

static size_t longest_of(const struct darts_key *key, size_t n, struct slice s, uint32_t *value)
{
	size_t longest = 0, i;

	for (i = 0; i < n; i++)
		if (key[i].key.n > longest && key[i].key.n <= s.n &&
		    memcmp(key[i].key.p, s.p, key[i].key.n) == 0) {
			longest = key[i].key.n;
			*value = key[i].value;
		}
	return longest;
}

/* Keys in 'bytes', of few letters so that many begin alike; and text to look up. */
static size_t random_keys(uint64_t *rng, unsigned char *bytes, struct darts_key *key, size_t n)
{
	static const unsigned char letter[] = { 1, 2, 'a', 'b', 0x7F, 0x80, 0xFE, 0xFF };
	size_t i, k, len;

	for (i = 0; i < n; i++) {
		len = 1 + t_below(rng, MAX_LEN);
		for (k = 0; k < len; k++)
			bytes[i * MAX_LEN + k] = t_below(rng, 3) > 0
							 ? letter[t_below(rng, sizeof(letter))]
							 : (unsigned char)(1 + t_below(rng, 255));
		/* A NUL can be a first byte. */
		if (t_below(rng, 20) == 0)
			bytes[i * MAX_LEN] = 0;
		/* Equal keys have equal values. */
		key[i].key = (struct slice){ bytes + i * MAX_LEN, len };
		key[i].value = (uint32_t)(bp_hash(key[i].key.p, len) & 0x7FFFFFFF);
	}
	return n;
}

static void check(uint64_t *rng, const struct darts_key *key, size_t n, struct slice array)
{
	unsigned char text[2 * MAX_LEN];
	uint32_t got = 0, want = 0;
	struct slice s = { text, 0 };
	size_t i, k;

	for (i = 0; i < 2000; i++) {
		s.n = t_below(rng, sizeof(text) + 1);
		for (k = 0; k < s.n; k++)
			text[k] = (unsigned char)(t_below(rng, 4) == 0 ? 0 : t_next(rng));
		if (i % 4 != 0 && s.n > 0) {	/* begins like a key */
			k = t_below(rng, n);
			memcpy(text, key[k].key.p, BP_MIN(s.n, key[k].key.n));
		}
		k = longest_of(key, n, s, &want);
		assert_int_equal(darts_longest(array, s, &got), k);
		if (k > 0)
			assert_int_equal(got, want);
	}
}

static void lookups_find_the_longest_key(void **state)
{
	static unsigned char bytes[MAX_KEYS * MAX_LEN];
	static struct darts_key key[MAX_KEYS];
	static const size_t sizes[] = { 1, 2, 3, 10, 256, 300, MAX_KEYS };
	struct buf b = { 0 };
	uint64_t rng = 7;
	size_t i, n;

	(void)state;
	for (i = 0; i < 5 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		n = random_keys(&rng, bytes, key, sizes[i / 5]);
		b.len = 0;
		t_append(&b, S("four"));
		assert_int_equal(bp_darts_build(key, n, &b, NULL), BP_OK);
		assert_memory_equal(b.data, "four", 4);
		assert_int_equal((b.len - 4) % 1024, 0);
		check(&rng, key, n, (struct slice){ b.data + 4, b.len - 4 });
	}
	bp_buf_release(&b);
}

static void all_single_bytes_are_found(void **state)
{
	static unsigned char bytes[256];
	static struct darts_key key[256];
	uint32_t value = 0;
	struct buf b = { 0 };
	unsigned c;

	(void)state;
	for (c = 0; c < 256; c++) {
		bytes[c] = (unsigned char)c;
		key[c] = (struct darts_key){ { bytes + c, 1 }, c };
	}
	assert_int_equal(bp_darts_build(key, 256, &b, NULL), BP_OK);
	for (c = 0; c < 256; c++) {
		unsigned char text[2] = { (unsigned char)c, 0 };

		assert_int_equal(darts_longest(t_slice(&b), (struct slice){ text, 2 }, &value), 1);
		assert_int_equal(value, c);
	}
	bp_buf_release(&b);
}

static void too_many_keys_are_refused(void **state)
{
	enum { N = 1 << 21, LEN = 4 };
	unsigned char *bytes = malloc((size_t)N * LEN);
	struct darts_key *key = malloc((size_t)N * sizeof(*key));
	struct buf b = { 0 };
	bp_error err;
	size_t i;

	(void)state;
	assert_non_null(bytes);
	assert_non_null(key);
	for (i = 0; i < N; i++) {
		bytes[LEN * i] = (unsigned char)(1 + i / (128 * 128));
		bytes[LEN * i + 1] = (unsigned char)(1 + i / 128 % 128);
		bytes[LEN * i + 2] = (unsigned char)(1 + i % 128);
		bytes[LEN * i + 3] = 'x';
		key[i] = (struct darts_key){ { bytes + LEN * i, LEN }, 1 };
	}
	assert_int_equal(bp_darts_build(key, N, &b, &err), BP_ERANGE);
	assert_int_equal(b.len, 0);
	free(bytes);
	free(key);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_find_the_longest_key),
		cmocka_unit_test(all_single_bytes_are_found),
		cmocka_unit_test(too_many_keys_are_refused)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
