/* Models that no program could load are not written, and old files stay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/save.h"
#include "model/model_file.h"
#include "support.h"

enum { N = 258 };

/* All single bytes, "ab", and a piece or special token of the test's choice. */
struct entries {
	unsigned char byte[256];
	struct slice piece[N];
	uint64_t count[N];
};

static void set_entries(struct entries *e, struct slice last, uint64_t count)
{
	size_t i;

	for (i = 0; i < 256; i++) {
		e->byte[i] = (unsigned char)i;
		e->piece[i] = (struct slice){ &e->byte[i], 1 };
		e->count[i] = 1;
	}
	e->piece[256] = S("ab");
	e->count[256] = 2;
	e->piece[257] = last;
	e->count[257] = count;
}

/* Write the first n entries in both forms over an old file. */
static void try_both(const struct entries *e, size_t n, bool loads)
{
	static const bp_model_form form[] = { BP_MODEL_JSON, BP_MODEL_BINARY };
	struct model m, back;
	struct t_file f;
	bp_error err;
	size_t i;

	assert_int_equal(bp_model_init(&m, e->piece, e->count, n, BP_NORMALIZE_NFC, NULL), BP_OK);
	for (i = 0; i < 2; i++) {
		t_file_make(&f, S("old"));
		err = (bp_error){ 0 };
		assert_int_equal(bp_write_model(&m, NULL, f.path, form[i], &err) == BP_OK, loads);
		assert_int_equal(bp_model_read(&back, f.path, NULL) == BP_OK, loads);
		bp_model_release(&back);
		if (!loads) {
			assert_int_equal(bp_write_model(&m, NULL, f.path, form[i], NULL), err.code);
			assert_non_null(strstr(err.msg, f.path));
		}
		t_file_remove(&f);
	}
	bp_model_release(&m);
}

static void models_that_load_are_written(void **state)
{
	struct entries e;

	(void)state;
	set_entries(&e, S("abc"), 3);
	try_both(&e, N, true);
	set_entries(&e, S("<name>"), 0);
	try_both(&e, N, true);
}

static void models_that_do_not_load_are_not_written(void **state)
{
	unsigned char *longest = malloc(70000);
	struct entries e;

	(void)state;
	assert_non_null(longest);
	memset(longest, 'x', 70000);
	set_entries(&e, (struct slice){ longest, 65535 }, 3);
	try_both(&e, N, true);
	set_entries(&e, (struct slice){ longest, 65536 }, 3);
	try_both(&e, N, false);
	set_entries(&e, (struct slice){ longest, 70000 }, 3);
	try_both(&e, N, false);
	set_entries(&e, S("ab"), 3);
	try_both(&e, N, false);
	set_entries(&e, S(""), 3);
	try_both(&e, N, false);
	set_entries(&e, S("<pad>"), 0);
	try_both(&e, N, false);
	set_entries(&e, S("\xFF"), 0);
	try_both(&e, N, false);
	set_entries(&e, S("abc"), (uint64_t)INT64_MAX);
	try_both(&e, N, false);
	set_entries(&e, S("abc"), 3);
	try_both(&e, 255, false);
	try_both(&e, 0, false);
	free(longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_that_load_are_written),
		cmocka_unit_test(models_that_do_not_load_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
