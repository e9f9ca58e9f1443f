/* The command "eval": figures of an encoding, as lines or as one JSON object, and plots of them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cmd.h"

/*
 * The names of the figures are equal in both formats, so that a reader of one finds them in the
 * other.
 */
static void print_figures(const bp_eval_report *r, const bp_model *m, double rate)
{
	printf("bytes             %" PRIu64 "\n", r->bytes);
	printf("characters        %" PRIu64 "\n", r->characters);
	printf("texts             %" PRIu64 "\n", r->texts);
	printf("tokens            %" PRIu64 "\n", r->tokens);
	printf("bytes per token   %.4f\n",
	       r->tokens > 0 ? (double)r->bytes / (double)r->tokens : 0);
	printf("tokens per text   %.2f\n", r->texts > 0 ? (double)r->tokens / (double)r->texts : 0);
	printf("byte tokens       %" PRIu64 " (%.2f %% of tokens)\n", r->byte_tokens,
	       r->tokens > 0 ? 100 * (double)r->byte_tokens / (double)r->tokens : 0);
	printf("vocabulary used   %" PRIu32 " of %" PRIu32 " pieces\n", r->vocab_used,
	       bp_vocab_size(m) - cmd_n_specials(m));
	printf("encoding rate     %.1f MB/s\n", rate);
}

static void print_json(const bp_eval_report *r, const bp_model *m, double rate)
{
	printf("{\"bytes\": %" PRIu64 ", \"characters\": %" PRIu64 ", \"texts\": %" PRIu64
	       ", \"tokens\": %" PRIu64, r->bytes, r->characters, r->texts, r->tokens);
	printf(", \"bytes_per_token\": %.6f, \"tokens_per_text\": %.6f",
	       r->tokens > 0 ? (double)r->bytes / (double)r->tokens : 0,
	       r->texts > 0 ? (double)r->tokens / (double)r->texts : 0);
	printf(", \"byte_tokens\": %" PRIu64 ", \"vocabulary_used\": %" PRIu32
	       ", \"vocabulary\": %" PRIu32 ", \"encoding_rate\": %.1f", r->byte_tokens,
	       r->vocab_used, bp_vocab_size(m) - cmd_n_specials(m), rate * 1e6);
}

/*
 * Encode, count, and print.  The encoding rate includes the reading of the files, but not the
 * loading of the model.
 */
static int evaluate(const bp_model *m, const bp_input *in, bool json, bool plot)
{
	bp_eval_spread spread = { 0 };
	bp_eval_report report;
	double start = msg_seconds(), seconds, rate;
	bool drawn = true;
	bp_error err;

	if (plot && (spread.count = calloc(bp_vocab_size(m), sizeof(*spread.count))) == NULL)
		return msg_fail("out of memory");
	if (bp_eval_files_spread(m, in, &report, plot ? &spread : NULL, &err) != BP_OK) {
		free(spread.count);
		return cmd_failed(&err);
	}
	/* A clock of low resolution can show no time at all. */
	seconds = msg_seconds() - start;
	rate = seconds > 0 ? (double)report.bytes / seconds / 1e6 : 0;
	msg_progress_end();
	(json ? print_json : print_figures)(&report, m, rate);
	if (plot)
		drawn = (json ? plot_json : plot_text)(m, &spread);
	if (json)
		printf("}\n");
	cmd_report_skipped(in);
	free(spread.count);
	cmd_explain_cost(start);
	return drawn ? EXIT_OK : msg_fail("out of memory");
}

int cmd_eval(const struct command *self, int argc, char **argv)
{
	const char *model = NULL;
	struct cmd_records records = { 0 };
	unsigned format = 0;
	bool plot = false;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_CHOICE('f', "format", "text|json", &format,
			      "lines to read (default), or one JSON object (rate in bytes per "
			      "second)"),
		OPT_TO_FLAG(0, "plot", &plot,
			    "plot histograms too: tokens by length, uses by rank, texts by bytes "
			    "per token; in JSON as numbers"),
		CMD_TEXT_RECORDS(records),
	};
	bp_input in;
	bp_model *m;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status) ||
	    (m = cmd_load(model, &status)) == NULL)
		return status;
	status = evaluate(m, &in, format == 1, plot);
	bp_free(m);
	return status;
}
