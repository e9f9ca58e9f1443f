#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* How segmentations are drawn; as given, for checking. */
struct draw {
	const char *alpha, *seed;
	unsigned sampler;	/* UINT_MAX: not given */
};

/* False, and said why, if the options do not go together. */
static bool read_draw(const struct draw *d, bp_sampling *how)
{
	*how = (bp_sampling){ .sampler = BP_SAMPLER_PERFECT };
	if (d->alpha == NULL && (d->seed != NULL || d->sampler != UINT_MAX))
		return msg_usage("--seed and --sampler need --sample ALPHA"), false;
	if (d->alpha != NULL && !cmd_alpha(d->alpha, &how->alpha))
		return msg_usage("--sample: '%s' is no finite number from 0 on", d->alpha), false;
	if (d->seed != NULL && !opt_number(d->seed, &how->seed))
		return msg_usage("--seed: '%s' is not a number", d->seed), false;
	if (d->sampler != UINT_MAX)
		how->sampler = (bp_sampler)d->sampler;
	return true;
}

/* False, and said why, if these ways to encode exclude each other or the format. */
static bool goes_together(bool sample, bool nbest, bool open, bp_format format)
{
	if (nbest && sample)
		return msg_usage("--nbest and --sample exclude each other"), false;
	if (open && (nbest || sample))
		return msg_usage("--open excludes --nbest and --sample"), false;
	if (nbest && format != BP_FORMAT_IDS && format != BP_FORMAT_PIECES)
		return msg_usage("--nbest writes lines of text: -f ids or pieces"), false;
	if (open && format != BP_FORMAT_IDS && format != BP_FORMAT_PIECES)
		return msg_usage("--open writes lines of text: -f ids or pieces"), false;
	if (sample && format == BP_FORMAT_JSON)
		return msg_usage("--sample does not go with -f json"), false;
	return true;
}

static int failed(const bp_error *err)
{
	return err->code == BP_ERANGE ? msg_usage("%s", err->msg) : cmd_failed(err);
}

int cmd_encode(const struct command *self, int argc, char **argv)
{
	const char *model = NULL, *out = NULL;
	struct cmd_records records = { 0 };
	struct draw draw = { .sampler = UINT_MAX };
	bool flush = false, bos = false, eos = false, specials = false;
	unsigned format = BP_FORMAT_IDS;
	bool open = false;
	uint64_t nbest = 0;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out, "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", "ids|pieces|u16|u32|json", &format,
			      "ids in decimal (default), the pieces as text, raw ids of two or "
			      "four bytes, lowest first, or an object of JSON for each text"),
		OPT_TO_FLAG(0, "bos", &bos, "put <bos>, id 1, before each text"),
		OPT_TO_FLAG(0, "eos", &eos, "put <eos>, id 2, after each text"),
		OPT_TO_FLAG(0, "specials", &specials,
			    "take the names of special tokens in the text for these tokens (else they "
			    "are text like any other); what is between is encoded by itself"),
		OPT_TO_STRING(0, "sample", "ALPHA", &draw.alpha,
			      "draw the segmentation at random, each with a probability "
			      "proportional to its own to the power of ALPHA (0: all alike)"),
		OPT_TO_STRING(0, "seed", "N", &draw.seed,
			      "draw others (default 0); the same number gives the same"),
		OPT_TO_CHOICE(0, "sampler", "perfect|viterbi", &draw.sampler,
			      "how to draw: perfect (default), or by BytePiece's first method"),
		OPT_TO_NUMBER(0, "nbest", "N", &nbest, 1, BP_NBEST_MAX,
			      "the N best segmentations of each text, best first, a line each: "
			      "log-probability, tab, tokens; and an empty line after each text"),
		OPT_TO_FLAG(0, "open", &open,
			    "for text that will be continued: only the ids that every "
			    "continuation keeps, then a tab and the bytes left"),
		CMD_RECORDS(records),
		OPT_TO_FLAG(0, "flush", &flush, "answer each text before the next one is read"),
	};
	bp_sampling how;
	bp_input in;
	bp_error err;
	bp_model *m;
	bp_status st;
	double start = msg_seconds();
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	in.flush = flush;
	in.bos = bos;
	in.eos = eos;
	in.specials = specials;
	if (specials && (open || nbest > 0))
		return msg_usage("--specials excludes --open and --nbest");
	if (open && eos)
		return msg_usage("--open and --eos exclude each other: the text goes on");
	if (!read_draw(&draw, &how))
		return EXIT_USAGE;
	if (!goes_together(draw.alpha != NULL, nbest > 0, open, (bp_format)format))
		return EXIT_USAGE;
	/* With -v the model is loaded first, and it is said how long that took. */
	if (model != NULL && draw.alpha == NULL && nbest == 0 && !open && !msg.verbose) {
		st = bp_encode_files_with(model, &in, out, (bp_format)format, &err);
		return st == BP_OK ? status : failed(&err);
	}
	if ((m = cmd_load(model, &status)) == NULL)
		return status;
	if (draw.alpha != NULL)
		st = bp_sample_files(m, &in, out, (bp_format)format, &how, &err);
	else if (nbest > 0)
		st = bp_nbest_files(m, &in, out, (bp_format)format, (size_t)nbest, &err);
	else if (open)
		st = bp_encode_open_files(m, &in, out, (bp_format)format, &err);
	else
		st = bp_encode_files(m, &in, out, (bp_format)format, &err);
	if (st != BP_OK)
		status = failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
