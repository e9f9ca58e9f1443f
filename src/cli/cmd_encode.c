/*
 * The command "encode".  All rules between its options are the library's
 * (bp_encode_options_check()), but for the two that depend on whether an option was given.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/formats.h"

/*
 * Options of a random segmentation, as they were given.  Only here it is known whether they were.
 */
struct draw {
	const char *alpha, *seed;
	unsigned sampler;	/* UINT_MAX: not given */
};

/* Set the library's options from them; false, with a message, if they are wrong. */
static bool read_draw(const struct draw *d, bp_encode_options *o)
{
	if (d->alpha == NULL && (d->seed != NULL || d->sampler != UINT_MAX))
		return msg_usage("--seed and --sampler need --sample ALPHA"), false;
	if (d->alpha != NULL && !cmd_alpha(d->alpha, &o->alpha))
		return msg_usage("--sample: '%s' is no finite number from 0 on", d->alpha), false;
	if (d->seed != NULL && !opt_number(d->seed, &o->seed))
		return msg_usage("--seed: '%s' is not a number from 0 to %" PRIu64, d->seed,
				 UINT64_MAX), false;
	o->sample = d->alpha != NULL;
	if (d->sampler != UINT_MAX)
		o->sampler = (bp_sampler)d->sampler;
	return true;
}

/* Raw ids hold nothing of the newlines between lines, unless each text ends in <eos>. */
static void note_lost_newlines(const bp_input *in, const bp_encode_options *o)
{
	bool is_raw = o->format == BP_FORMAT_U16 || o->format == BP_FORMAT_U32 ||
		      o->format == BP_FORMAT_NPY;

	if (is_raw && in->records == BP_LINES && !o->eos && o->report->end_marks > 0)
		msg_info("note: the ids do not hold the ends of %" PRIu64 " lines: with --eos "
			 "each line ends in id 2 (decode --eos gives the lines back), with --whole "
			 "newlines are text", o->report->end_marks);
}

static void explain_report(const bp_encode_report *r)
{
	msg_explain("%" PRIu64 " bytes, %" PRIu64 " texts, %" PRIu64 " tokens, %.4f bytes per "
		    "token", r->bytes, r->texts, r->tokens,
		    r->tokens > 0 ? (double)r->bytes / (double)r->tokens : 0);
}

/*
 * Encode with the model file.  The library loads it, since it can do with a part of the vocabulary;
 * with -v the model is loaded first, to tell how long that takes.
 */
static int encode(const bp_input *in, const char *out, const bp_encode_options *o)
{
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_model *m;
	bp_error err;

	if (bp_encode_options_check(o, &err) != BP_OK)
		return cmd_call_failed(&err);
	if (!cmd_load_to_tell(o->model_path, &m, &status))
		return status;
	if (bp_encode_files(m, in, out, o, &err) != BP_OK) {
		status = cmd_call_failed(&err);
	} else {
		note_lost_newlines(in, o);
		explain_report(o->report);
	}
	cmd_report_skipped(in);
	if (m != NULL)
		cmd_explain_cost(start);
	bp_free(m);
	return status;
}

int cmd_encode(const struct command *self, int argc, char **argv)
{
	const char *out = NULL;
	struct cmd_records records = { 0 };
	struct draw draw = { .sampler = UINT_MAX };
	bp_encode_report report;
	bp_encode_options o = { .format = BP_FORMAT_IDS, .report = &report };
	bool flush = false;
	unsigned format = 0;
	uint64_t nbest = 0;
	struct formats formats;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &o.model_path,
			      "the model to encode with (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out,
			      "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", formats.choices, &format, formats.help),
		OPT_TO_STRING(0, "index", "FILE", &o.index,
			      "with -f u16, u32 or npy: write to FILE where each text begins, in "
			      "ids, and their number: numbers of eight bytes, lowest byte first"),
		OPT_TO_FLAG(0, "bos", &o.bos, "put <bos>, id 1, before each text"),
		OPT_TO_FLAG(0, "eos", &o.eos, "put <eos>, id 2, after each text"),
		OPT_TO_FLAG(0, "specials", &o.specials,
			    "encode names of special tokens in the text as these tokens (without "
			    "it they are text like any other); the text between them is encoded by "
			    "itself"),
		OPT_TO_STRING(0, "sample", "ALPHA", &draw.alpha,
			      "draw the segmentation at random, each with a probability "
			      "proportional to its own to the power of ALPHA (0: all alike)"),
		OPT_TO_STRING(0, "seed", "N", &draw.seed,
			      "seed of the random generator (default 0)"),
		OPT_TO_CHOICE(0, "sampler", "perfect|viterbi", &draw.sampler,
			      "how to draw: perfect (default), or by BytePiece's first method"),
		OPT_TO_NUMBER(0, "nbest", "N", &nbest, 1, BP_NBEST_MAX,
			      "the N best segmentations of each text, best first, a line each: "
			      "log-probability, tab, tokens; and an empty line after each text"),
		OPT_TO_FLAG(0, "open", &o.open,
			    "for text that will be continued: only the ids that every "
			    "continuation keeps, then a tab and the bytes left"),
		CMD_TEXT_RECORDS(records),
		OPT_TO_FLAG(0, "flush", &flush,
			    "write the result of each text before the next one is read"),
	};
	bp_input in;
	int status;

	formats_list(&formats, false);
	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	in.flush = flush;
	o.format = formats.format[format];
	o.nbest = (size_t)nbest;
	return read_draw(&draw, &o) ? encode(&in, out, &o) : EXIT_USAGE;
}
