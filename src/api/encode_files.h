/*
 * encode_files.h - the ways to encode files: in chunks, or text by text.
 *
 * bp_encode_files() checks its options, loads the model if necessary, and calls one of the
 * functions below.
 */
#ifndef BP_ENCODE_FILES_H
#define BP_ENCODE_FILES_H

#include "api/format.h"
#include "encode/loaded_model.h"
#include "io/reader.h"

/* Arguments of bp_encode_files() after the checks, all borrowed. */
struct encode_call {
	const bp_model *model;
	const struct unprepared_model *unprepared;	/* 'model', to be prepared with the first
							 * chunk; NULL if it is prepared */
	const bp_input *in;
	const char *out;
	const bp_encode_options *options;
	const struct format_row *row;	/* of options->format; with 'npy', that of its raw ids */
	bool npy;			/* write the header of an array before the ids */
};

/* A reader of the inputs of a call, as each way to encode needs it. */
static inline struct reader bp_encode_reader(const bp_input *in)
{
	return (struct reader){ .path = in->path, .n_paths = in->n_paths, .records = in->records,
				.json = in->json, .prompt = in->flush, .note = in->note,
				.note_ctx = in->note_ctx, .copies = in->copies };
}

/* Tokens, best or drawn at random, of texts that need not fit in memory. */
bp_encode_way bp_encode_chunks;

/* The same as one array of all ids in a file that NumPy opens (npy.c). */
bp_encode_way bp_encode_npy;
enum { BP_NPY_HEADER = 128 };	/* bytes; a multiple of 64, so that ids in memory are aligned */
/* The header of an array of n ids of 'width' bytes each. */
void bp_npy_header(unsigned char out[BP_NPY_HEADER], unsigned width, uint64_t n);

/* The ways below hold each text in memory.  call->unprepared has to be NULL for n best and for
 * open texts. */
bp_encode_way bp_encode_json, bp_encode_nbest, bp_encode_open_texts;

/*
 * Prepare call->unprepared, of whose texts 'first' is the first chunk that 'r' has filled; 'more'
 * false: there was none.
 */
bp_status bp_encode_prepare_model(const struct encode_call *call, const struct reader *r,
				  const struct chunk *first, bool more, bp_error *err);

#endif
