/* The command "eval": figures of an encoding, as lines or as one JSON object, and plots of them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* An evaluation: the library's counts, and what follows from them. */
struct figures {
	bp_eval_report r;
	bp_eval_spread spread;		/* count: an array of the evaluation's own */
	uint64_t part_tokens;		/* of a single byte that is part of a character */
	uint32_t rare;			/* pieces that are used, but fewer than 5 times */
	double renyi;
};

static double ratio(uint64_t a, uint64_t b)
{
	return b > 0 ? (double)a / (double)b : 0;
}

/*
 * Renyi efficiency: the entropy of order 2.5 of the tokens' distribution, divided by the logarithm
 * of the number of pieces (Zouhar et al. 2023).
 */
static double renyi_efficiency(const bp_model *m, const struct figures *f)
{
	const double order = 2.5;
	uint32_t n_pieces = bp_vocab_size(m) - cmd_n_specials(m), id;
	double sum = 0;

	for (id = 0; id < bp_vocab_size(m); id++)
		if (f->spread.count[id] > 0)
			sum += pow(ratio(f->spread.count[id], f->r.tokens), order);
	/* A single piece has no entropy: not -0. */
	return sum > 0 && sum < 1 ? log(sum) / (1 - order) / log((double)n_pieces) : 0;
}

static void derive(const bp_model *m, struct figures *f)
{
	const char *piece;
	uint64_t count;
	uint32_t id;
	size_t n;

	f->part_tokens = f->rare = 0;
	for (id = 0; id < bp_vocab_size(m); id++) {
		count = f->spread.count[id];
		piece = bp_piece(m, id, &n);
		if (piece != NULL && n == 1 && (unsigned char)piece[0] >= 0x80)
			f->part_tokens += count;
		f->rare += count > 0 && count < 5;
	}
	f->renyi = renyi_efficiency(m, f);
}

/*
 * The names of the figures are equal in both formats, so that a reader of one finds them in the
 * other.
 */
static void print_figures(const struct figures *f, const bp_model *m, double rate)
{
	const bp_eval_report *r = &f->r;

	printf("bytes             %" PRIu64 "\n", r->bytes);
	printf("characters        %" PRIu64 "\n", r->characters);
	printf("texts             %" PRIu64 "\n", r->texts);
	printf("tokens            %" PRIu64 "\n", r->tokens);
	printf("bytes per token   %.4f\n", ratio(r->bytes, r->tokens));
	printf("tokens per text   %.2f\n", ratio(r->tokens, r->texts));
	printf("tokens per character  %.4f\n", ratio(r->tokens, r->characters));
	printf("byte tokens       %" PRIu64 " (%.2f %% of tokens)\n", r->byte_tokens,
	       100 * ratio(r->byte_tokens, r->tokens));
	printf("parts of characters  %" PRIu64 " of the byte tokens (%.2f %% of tokens)\n",
	       f->part_tokens, 100 * ratio(f->part_tokens, r->tokens));
	printf("vocabulary used   %" PRIu32 " of %" PRIu32 " pieces\n", r->vocab_used,
	       bp_vocab_size(m) - cmd_n_specials(m));
	printf("used under 5 times  %" PRIu32 " pieces\n", f->rare);
	printf("Renyi efficiency  %.4f\n", f->renyi);
	printf("encoding rate     %.1f MB/s\n", rate);
}

static void print_json(const struct figures *f, const bp_model *m, double rate)
{
	const bp_eval_report *r = &f->r;

	printf("{\"bytes\": %" PRIu64 ", \"characters\": %" PRIu64 ", \"texts\": %" PRIu64
	       ", \"tokens\": %" PRIu64, r->bytes, r->characters, r->texts, r->tokens);
	printf(", \"bytes_per_token\": %.6f, \"tokens_per_text\": %.6f",
	       ratio(r->bytes, r->tokens), ratio(r->tokens, r->texts));
	printf(", \"byte_tokens\": %" PRIu64 ", \"vocabulary_used\": %" PRIu32
	       ", \"vocabulary\": %" PRIu32 ", \"encoding_rate\": %.1f", r->byte_tokens,
	       r->vocab_used, bp_vocab_size(m) - cmd_n_specials(m), rate * 1e6);
	printf(", \"tokens_per_character\": %.6f, \"parts_of_characters\": %" PRIu64
	       ", \"used_under_5_times\": %" PRIu32 ", \"renyi_efficiency\": %.6f",
	       ratio(r->tokens, r->characters), f->part_tokens, f->rare, f->renyi);
}

/* A line of --per-file, or an element of "files". */
static void print_file(const char *name, const struct figures *f, bool json, bool first)
{
	const bp_eval_report *r = &f->r;

	if (!json) {
		if (first)
			printf("bytes\ttokens\tbytes/token\ttokens/character\tRenyi\tfile\n");
		printf("%" PRIu64 "\t%" PRIu64 "\t%.4f\t%.4f\t%.4f\t%s\n", r->bytes, r->tokens,
		       ratio(r->bytes, r->tokens), ratio(r->tokens, r->characters), f->renyi, name);
		return;
	}
	printf("%s{\"file\": ", first ? ", \"files\": [" : ", ");
	cmd_print_json_string(name, strlen(name));
	printf(", \"bytes\": %" PRIu64 ", \"tokens\": %" PRIu64 ", \"bytes_per_token\": %.6f, "
	       "\"tokens_per_character\": %.6f, \"renyi_efficiency\": %.6f}", r->bytes, r->tokens,
	       ratio(r->bytes, r->tokens), ratio(r->tokens, r->characters), f->renyi);
}

/* Add the counts of a file.  What follows from counts is left to derive(). */
static void add_figures(struct figures *sum, const struct figures *f, uint32_t n_ids)
{
	size_t i;

	sum->r.bytes += f->r.bytes;
	sum->r.characters += f->r.characters;
	sum->r.texts += f->r.texts;
	sum->r.tokens += f->r.tokens;
	sum->r.byte_tokens += f->r.byte_tokens;
	sum->r.vocab_used = 0;
	for (i = 0; i < n_ids; i++) {
		sum->spread.count[i] += f->spread.count[i];
		sum->r.vocab_used += sum->spread.count[i] > 0;
	}
	for (i = 0; i < BP_RATIOS; i++)
		sum->spread.texts[i] += f->spread.texts[i];
}

struct eval_args {
	bool json, plot, per_file;
};

/* Encode file by file and add up.  JSON has the total first, so 'each' keeps the files' figures. */
static int evaluate_files(const bp_model *m, const bp_input *in, struct figures *sum,
			  struct figures *each)
{
	bp_input one = *in;
	bp_error err;
	size_t i;

	one.n_paths = 1;
	for (i = 0; i < in->n_paths; i++) {
		one.path = in->path + i;
		each[i].spread.count = calloc(bp_vocab_size(m), sizeof(uint64_t));
		if (each[i].spread.count == NULL)
			return msg_fail("out of memory");
		if (bp_eval_files_spread(m, &one, &each[i].r, &each[i].spread, &err) != BP_OK) {
			free(each[i].spread.count);
			return cmd_failed(&err);
		}
		derive(m, &each[i]);
		add_figures(sum, &each[i], bp_vocab_size(m));
		free(each[i].spread.count);
	}
	return EXIT_OK;
}

/* Print all results. */
static int print_results(const bp_model *m, const bp_input *in, const struct eval_args *a,
			 struct figures *f, const struct figures *each, double rate)
{
	bool drawn = true;
	size_t i;

	for (i = 0; a->per_file && !a->json && i < in->n_paths; i++)
		print_file(in->path[i], &each[i], false, i == 0);
	(a->json ? print_json : print_figures)(f, m, rate);
	for (i = 0; a->per_file && a->json && i < in->n_paths; i++)
		print_file(in->path[i], &each[i], true, i == 0);
	if (a->per_file && a->json)
		printf("]");
	if (a->plot)
		drawn = (a->json ? plot_json : plot_text)(m, &f->spread);
	if (a->json)
		printf("}\n");
	return drawn ? EXIT_OK : msg_fail("out of memory");
}

/*
 * Encode, count, and print.  The encoding rate includes the reading of the files, but not the
 * loading of the model.
 */
static int evaluate(const bp_model *m, const bp_input *in, const struct eval_args *a)
{
	struct figures all = { .spread = { 0 } }, *each = calloc(in->n_paths, sizeof(*each));
	double start = msg_seconds(), seconds;
	int status = EXIT_OK;
	bp_error err;

	all.spread.count = calloc(bp_vocab_size(m), sizeof(*all.spread.count));
	if (each == NULL || all.spread.count == NULL)
		status = msg_fail("out of memory");
	else if (a->per_file)
		status = evaluate_files(m, in, &all, each);
	else if (bp_eval_files_spread(m, in, &all.r, &all.spread, &err) != BP_OK)
		status = cmd_failed(&err);
	if (status == EXIT_OK) {
		derive(m, &all);
		/* A clock of low resolution can show no time at all. */
		seconds = msg_seconds() - start;
		msg_progress_end();
		status = print_results(m, in, a, &all, each,
				       seconds > 0 ? (double)all.r.bytes / seconds / 1e6 : 0);
		cmd_explain_cost(start);
	}
	cmd_report_skipped(in);
	free(each);
	free(all.spread.count);
	return status;
}

int cmd_eval(const struct command *self, int argc, char **argv)
{
	const char *model = NULL;
	struct cmd_records records = { 0 };
	unsigned format = 0;
	struct eval_args a = { .json = false };
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_CHOICE('f', "format", "text|json", &format,
			      "lines to read (default), or one JSON object (rate in bytes per "
			      "second)"),
		OPT_TO_FLAG(0, "per-file", &a.per_file,
			    "a line for each file before the figures of all"),
		OPT_TO_FLAG(0, "plot", &a.plot,
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
	a.json = format == 1;
	status = evaluate(m, &in, &a);
	bp_free(m);
	return status;
}
