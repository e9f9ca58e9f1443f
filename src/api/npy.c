/*
 * The format "npy": version 1.0 of NumPy's format (numpy.lib.format), a header of fixed length that
 * tells the type and the number of the ids, and then the ids as in the formats of raw ids.  The
 * number is known last, so the header is written again at the end.
 */
#include <inttypes.h>
#include <stdio.h>

#include "api/encode_files.h"

void bp_npy_header(unsigned char out[BP_NPY_HEADER], unsigned width, uint64_t n)
{
	/* Magic, version 1.0, and the length of the rest: 118 bytes. */
	static const unsigned char magic[10] = { 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0,
						 BP_NPY_HEADER - 10, 0 };
	char text[BP_NPY_HEADER - 10];
	int k = snprintf(text, sizeof(text),
			 "{'descr': '<u%u', 'fortran_order': False, 'shape': (%" PRIu64 ",), }",
			 width, n);

	memset(out, ' ', BP_NPY_HEADER);
	memcpy(out, magic, sizeof(magic));
	memcpy(out + sizeof(magic), text, (size_t)k);
	out[BP_NPY_HEADER - 1] = '\n';
}

bp_status bp_encode_npy(const struct encode_call *call, bp_error *err)
{
	struct encode_call raw = *call;

	raw.row = bp_format_row(bp_vocab_size(call->model) > 0x10000 ? BP_FORMAT_U32
								     : BP_FORMAT_U16);
	raw.npy = true;
	return bp_encode_chunks(&raw, err);
}
