/*
 * Calls a fuzz target with the empty input and the content of each file named, and says how many
 * inputs that were.  If the first argument is a number, each file is followed by so many copies with
 * some bytes changed, always the same ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "base/random.h"

/* In memory of just its size, so that checkers see a read beyond it. */
static void call(struct slice s)
{
	uint8_t *copy = malloc(BP_MAX(s.n, 1));

	FUZZ_CHECK(copy != NULL);
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	LLVMFuzzerTestOneInput(copy, s.n);
	free(copy);
}

/* One to four bytes are set to something, or moved by one, or taken from elsewhere; or it is cut. */
static void change(struct buf *b, uint64_t seed, uint64_t number)
{
	struct random_stream r = bp_random_stream(seed, number, 0);
	uint64_t x = bp_random_at(&r, 0);
	size_t changes = 1 + x % 4, i, at;

	if (x >> 60 == 0)
		b->len /= 2;
	for (i = 1; i <= changes && b->len > 0; i++) {
		x = bp_random_at(&r, i);
		at = (size_t)((x >> 16) % b->len);
		switch (x & 3) {
		case 0:
			b->data[at] = (unsigned char)(x >> 8);
			break;
		case 1:
			b->data[at] = (unsigned char)(b->data[at] + (x & 4 ? 1 : 255));
			break;
		case 2:
			b->data[at] ^= (unsigned char)(1u << (x >> 8 & 7));
			break;
		default:
			b->data[at] = b->data[(x >> 40) % b->len];
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long copies = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, k;
	struct buf b = { 0 };
	size_t n = 1;
	int i;

	call((struct slice){ NULL, 0 });
	for (i = 1 + (copies > 0); i < argc; i++) {
		for (k = 0; k <= copies; k++, n++) {
			b.len = 0;
			fuzz_read(argv[i], &b);
			if (k > 0)
				change(&b, (uint64_t)i, k);
			fprintf(stderr, "%s, copy %lu\n", argv[i], k);	/* the last one is at fault */
			call(fuzz_slice(&b));
		}
	}
	bp_buf_release(&b);
	printf("%zu\n", n);
	return 0;
}
