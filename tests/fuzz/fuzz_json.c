/* A model file in JSON: it is refused, or texts come back, and so does the model in both forms. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "bytepiece_files.h"

static const char probe[] = "the other \xC3\xA9" "e\xCC\x81\xFF\n\nA\0BaaaaaAA";

/* The model written and read again is the same. */
static void check_saved(const bp_model *m, bp_model_form form)
{
	struct buf first = { 0 }, second = { 0 };
	const char *path = fuzz_path("model");
	bp_error err;
	bp_model *again;

	FUZZ_CHECK(bp_save(m, path, form, &err) == BP_OK);
	fuzz_read(path, &first);
	again = bp_load_memory(first.data, first.len, "again", &err);
	FUZZ_CHECK(again != NULL);
	FUZZ_CHECK(bp_vocab_size(again) == bp_vocab_size(m));
	FUZZ_CHECK(bp_save(again, path, form, &err) == BP_OK);
	fuzz_read(path, &second);
	FUZZ_CHECK(fuzz_same(fuzz_slice(&first), fuzz_slice(&second)));
	bp_free(again);
	bp_buf_release(&first);
	bp_buf_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice s = { (const unsigned char *)probe, sizeof(probe) - 1 };
	bp_error err = { .code = BP_OK };
	bp_model *m = bp_load_memory(data, size, "fuzz", &err);
	size_t n;

	if (m == NULL) {
		FUZZ_CHECK(err.code == BP_EFORMAT && err.pos <= size);
		FUZZ_CHECK(strncmp(err.msg, "fuzz: ", 6) == 0);
		return 0;
	}
	free(fuzz_encode(m, s, &n));
	check_saved(m, BP_MODEL_JSON);
	check_saved(m, BP_MODEL_BINARY);
	bp_free(m);
	return 0;
}
