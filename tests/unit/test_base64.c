/* base64.h: RFC 4648 in its one canonical form. */
#include <string.h>

#include "model/base64.h"
#include "support.h"

/* Section 10 of the RFC, and bytes that need the last two digits of the alphabet. */
static const struct {
	struct slice plain;
	const char *text;
} vector[] = {
	{ S_INIT(""), "" },
	{ S_INIT("f"), "Zg==" },
	{ S_INIT("fo"), "Zm8=" },
	{ S_INIT("foo"), "Zm9v" },
	{ S_INIT("foob"), "Zm9vYg==" },
	{ S_INIT("fooba"), "Zm9vYmE=" },
	{ S_INIT("foobar"), "Zm9vYmFy" },
	{ S_INIT("\0"), "AA==" },
	{ S_INIT("\0\0\0"), "AAAA" },
	{ S_INIT("\xFF"), "/w==" },
	{ S_INIT("\xFB\xEF\xBE"), "++++" },
	{ S_INIT("\xFF\xFF\xFF"), "////" }
};
enum { N_VECTORS = sizeof(vector) / sizeof(vector[0]) };

static size_t decode(struct slice s, unsigned char out[64])
{
	assert_true(s.n <= 64);
	if (s.n > 0)
		memcpy(out, s.p, s.n);
	return bp_base64_decode(out, s.n);
}

static void the_vectors_of_the_rfc_are_encoded(void **state)
{
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		b.len = 0;
		assert_true(bp_base64_encode(vector[i].plain, &b));
		assert_int_equal(b.len, strlen(vector[i].text));
		assert_memory_equal(b.len > 0 ? (const void *)b.data : "", vector[i].text, b.len);
	}
	bp_buf_release(&b);
}

static void the_vectors_of_the_rfc_are_decoded(void **state)
{
	unsigned char out[64];
	size_t i, n;

	(void)state;
	for (i = 0; i < N_VECTORS; i++) {
		n = strlen(vector[i].text);
		n = decode((struct slice){ (const unsigned char *)vector[i].text, n }, out);
		T_SAME(((struct slice){ out, n }), vector[i].plain);
	}
}

static void encoding_appends(void **state)
{
	struct buf b = { 0 };

	(void)state;
	t_append(&b, S("x:"));
	assert_true(bp_base64_encode(S("foob"), &b));
	T_SAME(t_slice(&b), S("x:Zm9vYg=="));
	bp_buf_release(&b);
}

static void what_is_not_canonical_is_refused(void **state)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zm9", "Zm9vY", "=", "==", "===", "====", "Z===", "=Zg=",
		"Zg==Zg==", "Zg=v", "Zm=v", "Zm9v====", "Zm8=Zm9v", "Zh==", "Z/==", "Zm9=", "Zm+=",
		"Zm-v", "Zm_v", "Zm9v\n", "Zm 9v", " Zm9", "Zm9 ", "Z\n==", "Zm\xC3\xA9", "Zg=\n",
		"\xFF\xFF\xFF\xFF", "Zm.v", "Zm9v*===", "A\x80==", "@AAA", "[AAA", "`AAA", "{AAA",
		"ZgA=Zg==", "AA=A"
	};
	unsigned char out[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		T_OK(decode(t_string(bad[i]), out) ==
		     SIZE_MAX, "\"%s\" is taken for base64", bad[i]);
	assert_true(decode(S("AA\0A"), out) == SIZE_MAX);
	assert_true(decode(S("A\0=="), out) == SIZE_MAX);
	assert_true(decode(S("AAA\0"), out) == SIZE_MAX);
	assert_true(decode(S("\0\0\0\0"), out) == SIZE_MAX);
}

/* Of each length there are as many texts as byte strings, and no more. */
static void every_short_text_stands_for_at_most_one_byte_string(void **state)
{
	unsigned char s[4];
	struct buf b = { 0 };
	size_t i, n, kept, accepted[3] = { 0 };
	unsigned char before[4];

	(void)state;
	for (i = 0; i < 65536; i++) {
		for (kept = 1; kept <= 2; kept++) {
			memset(before, '=', 4);
			before[0] = (unsigned char)(i >> 8);
			before[1] = (unsigned char)i;
			before[2] = kept == 1 ? '=' : 'g';	/* "g" ends in four zero bits */
			memcpy(s, before, 4);
			if ((n = bp_base64_decode(s, 4)) == SIZE_MAX)
				continue;
			accepted[kept]++;
			assert_int_equal(n, kept);
			b.len = 0;
			assert_true(bp_base64_encode((struct slice){ s, n }, &b));
			T_SAME(t_slice(&b), ((struct slice){ before, 4 }));
		}
	}
	assert_int_equal(accepted[1], 256);
	assert_int_equal(accepted[2], 64 * 64);
	bp_buf_release(&b);
}

static void all_lengths_make_the_round_trip(void **state)
{
	uint64_t rng = 1;
	struct buf plain = { 0 }, text = { 0 };
	size_t n;

	(void)state;
	for (n = 0; n < 2000; n += n < 300 ? 1 : 97) {
		plain.len = text.len = 0;
		while (plain.len < n)
			assert_true(bp_buf_byte(&plain, (unsigned char)t_next(&rng)));
		assert_true(bp_base64_encode(t_slice(&plain), &text));
		assert_int_equal(text.len, (n + 2) / 3 * 4);
		assert_int_equal(bp_base64_decode(text.data, text.len), n);
		T_SAME(((struct slice){ text.data, n }), t_slice(&plain));
	}
	bp_buf_release(&plain);
	bp_buf_release(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc_are_encoded),
		cmocka_unit_test(the_vectors_of_the_rfc_are_decoded),
		cmocka_unit_test(encoding_appends),
		cmocka_unit_test(what_is_not_canonical_is_refused),
		cmocka_unit_test(every_short_text_stands_for_at_most_one_byte_string),
		cmocka_unit_test(all_lengths_make_the_round_trip)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
