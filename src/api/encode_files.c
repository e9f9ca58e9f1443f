/*
 * bp_encode_files(): the rules of its options, the model, and the choice of the way to encode.
 *
 * The rules stand here alone.  Their messages name options as users of the program type them, and
 * the program prints them unchanged; the members of bp_encode_options have equal names.
 */
#include "api/outputs.h"
#include "api/encode_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "encode/sampler.h"
#include "io/progress.h"
#include "io/reader.h"
#include "model/model_file.h"

static const bp_encode_options no_options = { .format = BP_FORMAT_IDS };

/* Write the names of the formats with lines of tokens, for a message.  Long lists are cut. */
static void name_line_formats(char *names, size_t cap)
{
	const struct format_row *row;
	unsigned i;
	size_t n = 0;
	int wrote;

	names[0] = '\0';
	for (i = 0; (row = bp_format_row(i)) != NULL; i++) {
		if (!bp_format_is_lines(row) || n >= cap)
			continue;
		wrote = snprintf(names + n, cap - n, "%s%s", n > 0 ? ", " : "", row->name);
		n += wrote > 0 ? (size_t)wrote : 0;
	}
}

/* Check pairs of options that exclude each other. */
static bp_status check_pairs(const bp_encode_options *o, bp_error *err)
{
	const struct {
		bool first, second;
		const char *names;
	} pair[] = {
		{ o->nbest > 0, o->sample, "--nbest and --sample" },
		{ o->open, o->nbest > 0, "--open and --nbest" },
		{ o->open, o->sample, "--open and --sample" },
		/* The text is continued, so that its end is not known. */
		{ o->open, o->eos, "--open and --eos" },
		/* Between special tokens each part is a text by itself: n best of the whole, or the
		 * part that a continuation keeps, are not defined for them. */
		{ o->specials, o->nbest > 0, "--specials and --nbest" },
		{ o->specials, o->open, "--specials and --open" },
	};
	size_t i;

	for (i = 0; i < sizeof(pair) / sizeof(pair[0]); i++)
		if (pair[i].first && pair[i].second)
			return bp_fail(err, BP_ERANGE, "%s exclude each other", pair[i].names);
	return BP_OK;
}

/*
 * Requirements of options on the format.  n best and open texts add columns and lines, for which
 * raw ids have no marks; a format of whole texts has a layout of its own.
 */
static bp_status check_format(const bp_encode_options *o, const struct format_row *row,
			      bp_error *err)
{
	char names[200];

	if ((o->nbest > 0 || o->open) && !bp_format_is_lines(row)) {
		name_line_formats(names, sizeof(names));
		return bp_fail(err, BP_ERANGE, "--%s needs a format with lines of tokens (-f %s), "
			       "not -f %s", o->open ? "open" : "nbest", names, row->name);
	}
	if (o->index != NULL && !bp_format_is_raw(row))
		return bp_fail(err, BP_ERANGE, "--index needs a format of raw ids (-f u16, u32, "
			       "npy), not -f %s", row->name);
	if (o->sample && row->put_texts != NULL && !row->array)
		return bp_fail(err, BP_ERANGE, "--sample and -f %s exclude each other",
			       row->name);
	return BP_OK;
}

static bp_status check_values(const bp_encode_options *o, bp_error *err)
{
	if (o->nbest > BP_NBEST_MAX)
		return bp_fail(err, BP_ERANGE, "--nbest is at most %d", BP_NBEST_MAX);
	if (o->sample && o->sampler != BP_SAMPLER_PERFECT && o->sampler != BP_SAMPLER_VITERBI)
		return bp_fail(err, BP_ERANGE, "--sampler is not the number of a sampler");
	if (o->sample && !bp_is_alpha(o->alpha))
		return bp_fail(err, BP_ERANGE, "--sample: alpha is no finite number from 0 on");
	return BP_OK;
}

bp_status bp_encode_options_check(const bp_encode_options *options, bp_error *err)
{
	const bp_encode_options *o = options != NULL ? options : &no_options;
	const struct format_row *row = bp_format_row((unsigned)o->format);
	bp_status st;

	if (row == NULL)
		return bp_fail(err, BP_ERANGE, "-f is not the number of a format");
	if ((st = check_pairs(o, err)) == BP_OK && (st = check_format(o, row, err)) == BP_OK)
		st = check_values(o, err);
	return st;
}

/* Random segmentations are encoded in chunks like the best ones. */
static bp_encode_way *choose_way(const struct encode_call *call)
{
	if (call->options->nbest > 0)
		return bp_encode_nbest;
	if (call->options->open)
		return bp_encode_open_texts;
	return call->row->put_texts != NULL ? call->row->put_texts : bp_encode_chunks;
}

/* Encode with a model that is prepared, or will be by the way that is chosen. */
static bp_status encode_with_model(const struct encode_call *call, bp_error *err)
{
	uint32_t n_ids = bp_vocab_size(call->model);
	unsigned width = call->row->width;

	if (width > 0 && width < sizeof(n_ids) && (n_ids - 1) >> 8 * width != 0)
		return bp_fail(err, BP_ERANGE, "the model has %" PRIu32 " ids, too many for the %u "
			       "bytes of an id of -f %s; -f %s has room", n_ids, width,
			       call->row->name, bp_format_row(BP_FORMAT_U32)->name);
	return choose_way(call)(call, err);
}

/*
 * True if the model is to be prepared later, with the first chunk, so that for a short input only
 * the pieces that occur in it are prepared.  With 'flush' texts arrive one by one, and the first
 * chunk says nothing about the rest.  Samplers, n best and open texts need the whole vocabulary.
 */
static bool prepares_with_first_chunk(const struct encode_call *call)
{
	const bp_encode_options *o = call->options;

	return !call->in->flush && !o->sample && !o->open && o->nbest == 0 &&
	       bp_input_size(call->in) <= BP_SUBSET_TEXT_MAX;
}

bp_status bp_encode_prepare_model(const struct encode_call *call, const struct reader *r,
				  const struct chunk *first, bool more, bp_error *err)
{
	struct slice text = { first->data.data, more ? first->data.len : 0 };
	bool is_all = !more || bp_reader_is_done(r);

	return bp_model_prepare_for(call->unprepared, text, is_all && !call->options->specials,
				    err);
}

/* Load the model file of the options, and encode with it. */
static bp_status encode_with_path(const struct encode_call *given, bp_error *err)
{
	const char *path = given->options->model_path;
	struct unprepared_model read = { calloc(1, sizeof(*read.model)), bp_input_name(path) };
	struct encode_call call = *given;
	bp_status st;

	if ((call.model = read.model) == NULL)
		return bp_fail_memory(err);
	st = bp_model_read(&read.model->model, path, err);
	if (st == BP_OK && prepares_with_first_chunk(&call))
		call.unprepared = &read;
	else if (st == BP_OK)
		st = bp_model_prepare(read.model, read.name, err);
	if (st == BP_OK)
		st = encode_with_model(&call, err);
	bp_free(read.model);
	return st;
}

/* An output must not be one of the files that are read. */
static bp_status check_output(const char *out, const bp_input *in, const bp_encode_options *o,
			      bp_error *err)
{
	bp_status st = bp_output_check_input(out, in, err);

	return st == BP_OK ? bp_output_check(out, &o->model_path, 1, err) : st;
}

bp_status bp_encode_files(const bp_model *m, const bp_input *in, const char *out,
			  const bp_encode_options *options, bp_error *err)
{
	struct encode_call call = { .model = m, .in = in, .out = out,
				    .options = options != NULL ? options : &no_options };
	bp_status st = bp_encode_options_check(options, err);

	if (st != BP_OK || (st = check_output(out, in, call.options, err)) != BP_OK ||
	    (call.options->index != NULL &&
	     (st = check_output(call.options->index, in, call.options, err)) != BP_OK))
		return st;
	call.row = bp_format_row((unsigned)call.options->format);
	if (m != NULL)
		return encode_with_model(&call, err);
	if (call.options->model_path == NULL)
		return bp_fail(err, BP_ERANGE, "a model or 'model_path' is needed");
	return encode_with_path(&call, err);
}
