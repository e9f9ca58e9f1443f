/*
 * A model file in the binary form, its checksums made right: it is refused, or no text is lost.
 *
 * An input that begins with the form's first byte is such a file.  Any other one is a vocabulary,
 * changes to the file that is made of it, and a text.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "bytepiece_files.h"
#include "model/model_file.h"

enum { HEAD = 48, SUM = 8 };	/* bytes; model_file.h */

/* Where the parts begin behind the head; see model_file.h.  Version 2 has one more. */
static size_t part_of(const struct buf *file, unsigned part)
{
	size_t pieces = (size_t)bp_load64(file->data + 16);
	size_t slots = (size_t)bp_load64(file->data + 32);
	size_t more = file->data[8] == 2 ? 4 * pieces : 0;
	const size_t at[] = { 0, HEAD, HEAD + 8 * slots, HEAD + 8 * (slots + pieces),
			      HEAD + 12 * slots + 8 * pieces, HEAD + 12 * (slots + pieces),
			      HEAD + 12 * (slots + pieces) + more,
			      HEAD + 12 * slots + 14 * pieces + more };

	return at[part % (sizeof(at) / sizeof(at[0]))];
}

/*
 * A change: a byte for the part, with how to change it; two bytes for where; one of what.  A
 * byte is set or moved by one, or a word is copied from elsewhere in the file.
 */
static void change(struct buf *file, struct slice *in)
{
	unsigned how = fuzz_byte(in), where = fuzz_byte(in);
	size_t at, from;

	where |= fuzz_byte(in) << 8;
	at = part_of(file, how & 7) + where;
	if (at >= file->len - SUM)
		return;
	switch (how >> 3 & 3) {
	case 0:
		file->data[at] = (unsigned char)fuzz_byte(in);
		break;
	case 1:
		file->data[at]++;
		break;
	case 2:
		file->data[at] ^= (unsigned char)(1u << (fuzz_byte(in) & 7));
		break;
	default:
		from = part_of(file, how & 7);
		from += 4 * (fuzz_byte(in) | (size_t)fuzz_byte(in) << 8);
		at -= (at - HEAD) % 4;
		if (at >= HEAD && from >= HEAD && BP_MAX(at, from) + 4 + SUM <= file->len)
			memmove(file->data + at, file->data + from, 4);
	}
}

static bool make_file(struct slice *in, struct buf *file)
{
	unsigned how = fuzz_byte(in), changes = fuzz_byte(in), i;
	struct slice words = fuzz_block(in);
	struct fuzz_vocab v;
	bp_error err;
	bp_model *m;

	fuzz_vocab_init(&v, &words);
	m = fuzz_vocab_model(&v, how & 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC,
			     how & 2 ? FUZZ_MIXED : FUZZ_ORDERED);
	FUZZ_CHECK(bp_save(m, fuzz_path("model"), BP_MODEL_BINARY, &err) == BP_OK);
	fuzz_read(fuzz_path("model"), file);
	bp_free(m);
	fuzz_vocab_release(&v);
	for (i = 0; i < changes % 16; i++)
		change(file, in);
	return changes % 16 > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { data, size };
	bp_error err = { .code = BP_OK };
	struct buf file = { 0 }, text = { 0 };
	bool changed = true;
	bp_model *m;
	size_t n;

	if (size > 0 && data[0] == BP_BINARY_FIRST)
		fuzz_append(&file, in);
	else
		changed = make_file(&in, &file);
	fuzz_seal(&file);
	m = bp_load_memory(file.data, file.len, "fuzz", &err);
	FUZZ_CHECK(m != NULL || (changed && err.code == BP_EFORMAT && err.pos <= file.len));
	if (m != NULL) {
		fuzz_text(in, m, 3000, &text);
		free(fuzz_encode(m, fuzz_slice(&text), &n));
		bp_free(m);
	}
	bp_buf_release(&file);
	bp_buf_release(&text);
	return 0;
}
