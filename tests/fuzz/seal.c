/* Makes the checksums of the binary models and files of counts named right, so that what is wrong in
 * them otherwise comes to light. */
#include "fuzz.h"

int main(int argc, char **argv)
{
	struct buf b = { 0 };
	int i;

	for (i = 1; i < argc; i++) {
		b.len = 0;
		fuzz_read(argv[i], &b);
		fuzz_seal(&b);
		fuzz_write(argv[i], fuzz_slice(&b));
	}
	bp_buf_release(&b);
	return 0;
}
