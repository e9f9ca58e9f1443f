/*
 * Files of counts and plans, their checksums made right, for everything that reads them: merging,
 * building, counting what a plan says.  Each is refused with a message, or done.
 *
 * The input: a byte of flags, a block for the plan, the counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "bytepiece_files.h"

static const char words[] = "the cat and the dog and the cat\nthe dog \xE4\xB8\xAD\xE6\x96\x87\n";

static void write_rows(const char *path, struct slice content)
{
	struct buf file = { 0 };

	fuzz_append(&file, content);
	fuzz_seal(&file);
	fuzz_write(path, fuzz_slice(&file));
	bp_buf_release(&file);
}

/* It may be refused for what is in the files, or for sizes that they ask for. */
static void check_refused(bp_status st, const bp_error *err)
{
	if (st != BP_OK)
		FUZZ_CHECK((st == BP_EFORMAT || st == BP_ERANGE || st == BP_ENOMEM) &&
			   err->msg[0] != '\0');
}

static void build(const bp_input *in, const char *plan)
{
	const uint32_t size = 300;
	struct bp_trained trained;
	bp_train_report report = { .model = &trained };
	bp_train_options o = bp_train_defaults();
	bp_error err = { .code = BP_OK };
	bool next;

	o.vocab_size = &size;
	o.n_sizes = 1;
	o.measure = true;
	check_refused(bp_build_files(in, fuzz_path("model"), fuzz_path("next"), plan, &o, &next,
				     &report, &err), &err);
}

static void count(const char *plan)
{
	const char *path = fuzz_path("a");
	bp_input in = { .path = &path, .n_paths = 1, .threads = 1 };
	bp_train_options o = bp_train_defaults();
	bp_error err = { .code = BP_OK };

	fuzz_write(path, (struct slice){ (const unsigned char *)words, sizeof(words) - 1 });
	check_refused(bp_count_files(&in, fuzz_path("b"), BP_ROWS_BINARY, plan, &o, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	unsigned how = fuzz_byte(&in);
	struct slice plan = fuzz_block(&in);
	const char *path[2] = { fuzz_path("in"), fuzz_path("in") };
	bp_input counts = { .path = path, .n_paths = 1 + (how & 1), .threads = 1 };
	bp_error err = { .code = BP_OK };

	write_rows(path[0], in);
	write_rows(fuzz_path("plan"), plan);
	check_refused(bp_merge_files(&counts, fuzz_path("out"), how & 2 ? BP_ROWS_TEXT :
				     BP_ROWS_BINARY, &err), &err);
	build(&counts, plan.n > 0 ? fuzz_path("plan") : NULL);
	if (plan.n > 0)
		count(fuzz_path("plan"));
	return 0;
}
