/* base.h: errors, growing memory, byte strings, hash; checksum.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "base/checksum.h"
#include "base/endian.h"

static void growth_gives_room_and_at_least_doubles(void **state)
{
	uint32_t *p = NULL, i;
	size_t cap = 0, before, times = 0;

	(void)state;
	for (i = 0; i < 100000; i++) {
		before = cap;
		assert_true(BP_GROW(p, cap, i + 1u));
		assert_true(cap > i);
		assert_true(cap == before || cap >= 2 * before);
		times += cap != before;
		p[i] = i;
	}
	assert_true(times <= 18);
	for (i = 0; i < 100000; i++)
		T_OK(p[i] == i, "element %u is lost", (unsigned)i);
	free(p);
}

static void growth_to_what_is_there_changes_nothing(void **state)
{
	char *p = NULL, *before;
	size_t cap = 0, had;

	(void)state;
	assert_true(BP_GROW(p, cap, 100));
	before = p;
	had = cap;
	assert_true(BP_GROW(p, cap, had));
	assert_true(BP_GROW(p, cap, 0));
	assert_ptr_equal(p, before);
	assert_int_equal(cap, had);
	free(p);
}

static void growth_over_the_address_space_fails_and_changes_nothing(void **state)
{
	static const size_t need[] = { SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 2 };
	uint64_t *p = NULL, *before;
	size_t cap = 0, had, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_false(BP_GROW(p, cap, need[i]));
		assert_null(p);
		assert_int_equal(cap, 0);
	}
	assert_true(BP_GROW(p, cap, 20));
	p[19] = 19;
	before = p;
	had = cap;
	for (i = 0; i < 3; i++)
		assert_false(BP_GROW(p, cap, need[i]));
	assert_ptr_equal(p, before);
	assert_int_equal(cap, had);
	assert_int_equal(p[19], 19);
	free(p);
}

static void an_array_whose_size_overflows_is_refused(void **state)
{
	void *p;

	(void)state;
	assert_null(bp_array(SIZE_MAX, 2));
	assert_null(bp_array(SIZE_MAX / 8 + 1, 8));
	p = bp_array(0, 8);
	assert_non_null(p);
	free(p);
	p = bp_array(10, 8);
	assert_non_null(p);
	memset(p, 1, 80);
	free(p);
}

static void a_buf_holds_what_was_appended(void **state)
{
	struct buf b = { 0 };
	size_t i;

	(void)state;
	assert_true(bp_buf_append(&b, NULL, 0));
	assert_int_equal(b.len, 0);
	assert_true(bp_buf_append(&b, "a\0b", 3));
	assert_true(bp_buf_byte(&b, 0xFF));
	T_SAME(t_slice(&b), S("a\0b\xFF"));
	for (i = 0; i < 10000; i++)
		assert_true(bp_buf_byte(&b, (unsigned char)i));
	assert_int_equal(b.len, 10004);
	assert_true(b.cap >= b.len);
	for (i = 0; i < 10000; i++)
		T_OK(b.data[4 + i] == (unsigned char)i, "byte %zu is lost", i);
	bp_buf_release(&b);
}

static void a_reserve_adds_room_but_no_bytes(void **state)
{
	struct buf b = { 0 };
	unsigned char *before;

	(void)state;
	assert_true(bp_buf_append(&b, "abc", 3));
	assert_true(bp_buf_reserve(&b, 5000));
	assert_int_equal(b.len, 3);
	assert_true(b.cap >= 5003);
	before = b.data;
	assert_false(bp_buf_reserve(&b, SIZE_MAX));
	assert_false(bp_buf_reserve(&b, SIZE_MAX - 2));
	assert_ptr_equal(b.data, before);
	T_SAME(t_slice(&b), S("abc"));
	bp_buf_release(&b);
}

static void release_leaves_an_empty_buf_and_may_be_repeated(void **state)
{
	struct buf b = { 0 };

	(void)state;
	bp_buf_release(&b);
	assert_true(bp_buf_append(&b, "abc", 3));
	bp_buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.cap, 0);
	bp_buf_release(&b);
	assert_true(bp_buf_append(&b, "x", 1));
	bp_buf_release(&b);
}

static int sign(int d)
{
	return (d > 0) - (d < 0);
}

static void slices_are_in_order_of_bytes_with_prefixes_first(void **state)
{
	static const struct slice order[] = {
		{ NULL, 0 },
		S_INIT("\0"),
		S_INIT("\0\0"),
		S_INIT("a"),
		S_INIT("a\0"),
		S_INIT("aa"),
		S_INIT("ab"),
		S_INIT("b"),
		S_INIT("\x7F\xFF"),
		S_INIT("\x80"),
		S_INIT("\xFF"),
		S_INIT("\xFF\x00")
	};
	int i, j;

	(void)state;
	for (i = 0; i < 12; i++)
		for (j = 0; j < 12; j++)
			T_OK(sign(bp_slice_compare(order[i], order[j])) == sign(i - j),
			     "slices %d and %d are in the wrong order", i, j);
}

static void a_failure_is_described_and_returned(void **state)
{
	bp_error err = { .pos = 99 };

	(void)state;
	assert_int_equal(bp_fail(&err, BP_ERANGE, "%s has %d", "x", 7), BP_ERANGE);
	assert_int_equal(err.code, BP_ERANGE);
	assert_int_equal(err.pos, 0);
	assert_string_equal(err.msg, "x has 7");
	assert_int_equal(bp_fail_memory(&err), BP_ENOMEM);
	assert_int_equal(err.code, BP_ENOMEM);
	assert_true(err.msg[0] != '\0');
}

static void a_failure_at_an_offset_names_file_offset_and_reason(void **state)
{
	bp_error err = { 0 };

	(void)state;
	assert_int_equal(bp_fail_at(&err, "m.json", UINT64_MAX, "no %s", "sense"), BP_EFORMAT);
	assert_int_equal(err.code, BP_EFORMAT);
	assert_true(err.pos == UINT64_MAX);
	assert_string_equal(err.msg, "m.json: byte 18446744073709551615: no sense");
}

static void a_system_error_gives_name_and_reason(void **state)
{
	bp_error err = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(bp_fail_errno(&err, "file"), BP_EIO);
	assert_int_equal(err.code, BP_EIO);
	assert_true(strncmp(err.msg, "file: ", 6) == 0);
	assert_string_equal(err.msg + 6, strerror(ENOENT));
	errno = EINTR;
	assert_int_equal(bp_fail_errno(&err, "file"), BP_EINTR);
	assert_int_equal(err.code, BP_EINTR);
}

static void no_error_struct_is_needed(void **state)
{
	(void)state;
	assert_int_equal(bp_fail(NULL, BP_ERANGE, "x"), BP_ERANGE);
	assert_int_equal(bp_fail_at(NULL, "x", 1, "y"), BP_EFORMAT);
	assert_int_equal(bp_fail_memory(NULL), BP_ENOMEM);
	errno = ENOENT;
	assert_int_equal(bp_fail_errno(NULL, "x"), BP_EIO);
}

/* Guards on both sides of the struct would be overwritten by a message that is too long. */
static void a_wrong_argument_from_a_file_is_a_fault_of_the_file(void **state)
{
	bp_error err;

	(void)state;
	assert_int_equal(bp_check_line(bp_fail(&err, BP_ERANGE, "too long"), "list", 7, &err),
			 BP_EFORMAT);
	assert_string_equal(err.msg, "list: line 7: too long");
	assert_int_equal(err.code, BP_EFORMAT);
	assert_int_equal(bp_check_line(BP_ERANGE, "list", 7, NULL), BP_EFORMAT);
	assert_int_equal(bp_check_line(BP_ERANGE, NULL, 0, &err), BP_ERANGE);
	assert_int_equal(bp_check_line(BP_EIO, "list", 7, &err), BP_EIO);
}

static void long_names_are_cut_within_the_message(void **state)
{
	struct {
		unsigned char before[64];
		bp_error err;
		unsigned char after[64];
	} g;
	char name[2000];
	size_t n, i;

	(void)state;
	for (n = 400; n < sizeof(name); n += n < 600 ? 1 : 100) {
		memset(name, 'n', n);
		name[n] = '\0';
		memset(&g, 0xA5, sizeof(g));
		assert_int_equal(bp_fail_at(&g.err, name, 12, "the reason"), BP_EFORMAT);
		assert_non_null(memchr(g.err.msg, '\0', sizeof(g.err.msg)));
		assert_true(g.err.pos == 12);
		assert_true(strncmp(g.err.msg, name, 400) == 0);
		errno = ENOENT;
		assert_int_equal(bp_fail_errno(&g.err, name), BP_EIO);
		assert_int_equal(bp_fail(&g.err, BP_EIO, "%s", name), BP_EIO);
		assert_non_null(memchr(g.err.msg, '\0', sizeof(g.err.msg)));
		assert_true(strlen(g.err.msg) == BP_MIN(n, sizeof(g.err.msg) - 1));
		for (i = 0; i < 64; i++)
			assert_true(g.before[i] == 0xA5 && g.after[i] == 0xA5);
	}
}

/* Values worked out apart from this code, with integers of any size. */
static void hashes_are_the_same_on_every_machine(void **state)
{
	static const char unaligned[] = "xyabcdefghi";
	unsigned char all[256];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	assert_true(bp_hash(NULL, 0) == 0);
	assert_true(bp_hash("a", 1) == 0xfb761138e1e0a78cu);
	assert_true(bp_hash("ab", 2) == 0x94061cdd698e67a0u);
	assert_true(bp_hash("\0", 1) == 0xe220a8397b1dcdafu);
	assert_true(bp_hash("\0\0", 2) == 0x6e789e6aa1b965f4u);
	assert_true(bp_hash("abcdefg", 7) == 0x80acbc6e56da0fe5u);
	assert_true(bp_hash("abcdefgh", 8) == 0x1fc5473ea6fe03fcu);
	assert_true(bp_hash("abcdefghi", 9) == 0xd4045ddab25902b8u);
	assert_true(bp_hash(all, 256) == 0x15794c735d6c7aa9u);
	assert_true(bp_hash(unaligned + 2, 9) == 0xd4045ddab25902b8u);
	assert_true(bp_mix(0) == 0);
	assert_true(bp_mix(1) == 0x5692161d100b05e5u);
	assert_true(bp_mix(0x123456789abcdefu) == 0xb2c058e4ebb5112cu);
	assert_true(bp_mix(UINT64_MAX) == 0xb4d055fcf2cbbd7bu);
}

static uint64_t checksum_of(const void *data, size_t n)
{
	struct checksum c = { 0 };

	bp_checksum_add(&c, data, n);
	return bp_checksum(&c);
}

/* Worked out apart from this code, as above. */
static void checksums_are_the_same_on_every_machine(void **state)
{
	unsigned char all[256];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	assert_true(checksum_of(NULL, 0) == 0);
	assert_true(checksum_of("a", 1) == 0x4cd3b69d188e71bdu);
	assert_true(checksum_of("\0", 1) == 0x5692161d100b05e5u);
	assert_true(checksum_of("\0\0", 2) == 0xdbd238973a2b148au);
	assert_true(checksum_of("abcdefg", 7) == 0x06b38dfc905ec8a5u);
	assert_true(checksum_of("abcdefgh", 8) == 0x84080ac4823f0b01u);
	assert_true(checksum_of("abcdefghi", 9) == 0x9f098fb113e4ffedu);
	assert_true(checksum_of(all, 256) == 0xd02ef8777ce42536u);
}

/* The same; lengths with and without whole rounds, words and rests. */
static void checksums_of_blocks_are_the_same_on_every_machine(void **state)
{
	unsigned char all[256];
	size_t i;

	(void)state;
	for (i = 0; i < 256; i++)
		all[i] = (unsigned char)i;
	assert_true(bp_checksum_block(0, all, 0) == 0xe8aa7d23ccd20448u);
	assert_true(bp_checksum_block(0, "a", 1) == 0x2f8fef1a2c75edc2u);
	assert_true(bp_checksum_block(0, "\0", 1) == 0xf38bccadb5a477f9u);
	assert_true(bp_checksum_block(5, "abcdefgh", 8) == 0xc0f16945f5a2bf65u);
	assert_true(bp_checksum_block(0, all, 63) == 0xd905f03638f3c072u);
	assert_true(bp_checksum_block(0, all, 64) == 0x899f07a6a38d703fu);
	assert_true(bp_checksum_block(0, all, 250) == 0x9004458d90f7b989u);
	assert_true(bp_checksum_block(1, all, 256) == 0x6e15cc3dbc6581acu);
}

static void big_memory_can_be_used_to_its_end(void **state)
{
	static const size_t size[] = { 0, 1, 100, 2097151, 2097152, 2097153, 3145728, 5000000 };
	unsigned char *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		p = bp_array_large(size[i]);
		assert_non_null(p);
		memset(p, 0xAB, size[i]);
		assert_true(size[i] == 0 || (p[0] == 0xAB && p[size[i] - 1] == 0xAB));
		free(p);
	}
	assert_null(bp_array_large(SIZE_MAX));
	assert_null(bp_array_large(SIZE_MAX / 2));
}

static void checksums_do_not_depend_on_the_division_into_calls(void **state)
{
	unsigned char text[300];
	struct checksum c;
	uint64_t rng = 1;
	size_t i, at, n;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)t_next(&rng);
	for (i = 0; i < 2000; i++) {
		c = (struct checksum){ 0 };
		for (at = 0; at < sizeof(text); at += n) {
			n = t_below(&rng, i % 2 == 0 ? 12 : 100);
			n = BP_MIN(n, sizeof(text) - at);
			bp_checksum_add(&c, text + at, n);
			/* To ask on the way changes nothing. */
			T_OK(bp_checksum(&c) == checksum_of(text, at + n), "after %zu bytes",
			     at + n);
		}
	}
}

static void little_numbers_have_their_lowest_byte_first(void **state)
{
	unsigned char p[10] = { 0xEE, 0, 0, 0, 0, 0, 0, 0, 0, 0xEE };
	static const unsigned char one_up[] = { 1, 2, 3, 4, 5, 6, 7, 0xF8 };

	(void)state;
	assert_int_equal(bp_load16(one_up), 0x0201);
	assert_int_equal(bp_load32(one_up), 0x04030201);
	assert_true(bp_load32(one_up + 4) == 0xF8070605);
	assert_true(bp_load64(one_up) == 0xF807060504030201u);
	bp_store64(p + 1, 0xF807060504030201u);
	assert_memory_equal(p + 1, one_up, 8);
	memset(p + 1, 0, 8);
	bp_store32(p + 1, 0xFF04030201u & UINT32_MAX);
	bp_store16(p + 5, 0xFFFF0605u);
	assert_memory_equal(p + 1, one_up, 6);
	assert_int_equal(p[7] | p[8], 0);
	assert_int_equal(p[0] & p[9], 0xEE);
}

static void lowest_bits_and_first_bytes_are_found(void **state)
{
	uint64_t rng = 7, above;
	unsigned i;

	(void)state;
	for (i = 0; i < 64; i++) {
		above = i < 63 ? t_next(&rng) << (i + 1) : 0;
		assert_int_equal(bp_lowest_bit(above | (uint64_t)1 << i), i);
		assert_int_equal(bp_lowest_bit((uint64_t)1 << i), i);
	}
	for (i = 0; i < 8; i++) {
		above = i < 7 ? (t_next(&rng) & 0x8080808080808080u) << (8 * i + 8) : 0;
		assert_int_equal(bp_first_byte(above | (uint64_t)0x80 << 8 * i), i);
		assert_int_equal(bp_first_byte((uint64_t)0x80 << 8 * i), i);
	}
	assert_int_equal(bp_first_byte(0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_gives_room_and_at_least_doubles),
		cmocka_unit_test(growth_to_what_is_there_changes_nothing),
		cmocka_unit_test(growth_over_the_address_space_fails_and_changes_nothing),
		cmocka_unit_test(an_array_whose_size_overflows_is_refused),
		cmocka_unit_test(a_buf_holds_what_was_appended),
		cmocka_unit_test(a_reserve_adds_room_but_no_bytes),
		cmocka_unit_test(release_leaves_an_empty_buf_and_may_be_repeated),
		cmocka_unit_test(slices_are_in_order_of_bytes_with_prefixes_first),
		cmocka_unit_test(a_failure_is_described_and_returned),
		cmocka_unit_test(a_failure_at_an_offset_names_file_offset_and_reason),
		cmocka_unit_test(a_system_error_gives_name_and_reason),
		cmocka_unit_test(no_error_struct_is_needed),
		cmocka_unit_test(a_wrong_argument_from_a_file_is_a_fault_of_the_file),
		cmocka_unit_test(long_names_are_cut_within_the_message),
		cmocka_unit_test(hashes_are_the_same_on_every_machine),
		cmocka_unit_test(checksums_are_the_same_on_every_machine),
		cmocka_unit_test(checksums_of_blocks_are_the_same_on_every_machine),
		cmocka_unit_test(big_memory_can_be_used_to_its_end),
		cmocka_unit_test(checksums_do_not_depend_on_the_division_into_calls),
		cmocka_unit_test(little_numbers_have_their_lowest_byte_first),
		cmocka_unit_test(lowest_bits_and_first_bytes_are_found)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
