/* spill.h: a kept spill in whose place another file lies; the rest is in test_merge.c. */
#define _XOPEN_SOURCE 700	/* mkdtemp() */

#include <stdlib.h>
#include <unistd.h>

#include "support.h"
#include "counts/spill.h"

static void write_spill(struct spill *s, struct workspace *ws, unsigned char byte)
{
	unsigned char key[2] = { ROW_COUNT, byte };
	struct row row = { { key, sizeof(key) }, 1 };
	struct row_writer w;
	bp_status st;

	assert_int_equal(bp_spill_begin(s, ws, &w, NULL), BP_OK);
	st = bp_rows_write(&w, &row, NULL);
	assert_int_equal(bp_spill_end(s, &w, st, NULL), BP_OK);
}

static bp_status read_all(const struct spill *s, bp_error *err)
{
	struct row_reader r;
	struct row row;
	bool more = true;
	bp_status st;

	assert_int_equal(bp_spill_read(s, &r, err), BP_OK);
	do
		st = r.source.next(&r.source, &row, &more, err);
	while (st == BP_OK && more);
	bp_row_reader_release(&r);
	return st;
}

static void another_file_is_told_by_its_checksum(void **state)
{
	char folder[] = "/tmp/bytepiece-test-XXXXXX";
	struct workspace ws = { .folder = folder, .keep = true };
	struct spill a, b;
	bp_error err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	write_spill(&a, &ws, 1);
	write_spill(&b, &ws, 2);
	assert_int_equal(read_all(&a, &err), BP_OK);
	a.checksum = b.checksum;
	assert_int_equal(read_all(&a, &err), BP_EFORMAT);
	bp_spill_drop(&a);
	bp_spill_drop(&b);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_file_is_told_by_its_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
