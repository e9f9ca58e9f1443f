/* Calls a fuzz target with the empty input and the content of each file named, and says how many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
	struct buf b = { 0 };
	uint8_t *copy;
	int i;

	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (i = 1; i < argc; i++) {
		fprintf(stderr, "%s\n", argv[i]);	/* the last one is at fault */
		b.len = 0;
		fuzz_read(argv[i], &b);
		/* In memory of just its size, so that checkers see a read beyond it. */
		copy = malloc(BP_MAX(b.len, 1));
		FUZZ_CHECK(copy != NULL);
		if (b.len > 0)
			memcpy(copy, b.data, b.len);
		LLVMFuzzerTestOneInput(copy, b.len);
		free(copy);
	}
	bp_buf_release(&b);
	printf("%d\n", argc);
	return 0;
}
