/*
 * The command "eval": figures of an encoding, as lines, as one JSON object or, of several models,
 * as columns or an array; and plots of them.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* An evaluation: the library's counts, and figures derived from them. */
struct figures {
	bp_eval_report r;
	bp_eval_spread spread;		/* count: an array of the evaluation's own */
	uint64_t part_tokens;		/* of a single byte that is part of a character */
	uint32_t rare;			/* pieces that are used, but fewer than 5 times */
	double renyi;
};

/* A model, and its figures of the input. */
struct evaluation {
	const char *name;
	bp_model *m;
	struct figures all;
	struct figures *each;		/* of each file, if wanted; they have no spread.count */
	double rate;			/* of encoding, in MB/s */
	bool has_newlines;		/* texts may have some inside */
	struct quality *quality;	/* if wanted */
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
	double sum = 0;
	uint32_t id;

	for (id = 0; id < bp_vocab_size(m); id++)
		if (f->spread.count[id] > 0)
			sum += pow(ratio(f->spread.count[id], f->r.tokens), order);
	/* A single piece has no entropy: not -0. */
	return sum > 0 && sum < 1 ? log(sum) / (1 - order) / log((double)cmd_n_pieces(m)) : 0;
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

enum { MAX_LINES = 17 + QUALITY_LINES };

static struct figure_line *add_line(struct figure_line *l, const char *name)
{
	*l = (struct figure_line){ .name = name };
	return l;
}

static void add_count(struct figure_line *l, const char *name, uint64_t n)
{
	snprintf(add_line(l, name)->number, sizeof(l->number), "%" PRIu64, n);
}

static void add_number(struct figure_line *l, const char *name, int digits, double x)
{
	snprintf(add_line(l, name)->number, sizeof(l->number), "%.*f", digits, x);
}

/*
 * The lines of an evaluation; returns their number.  The names of the figures are equal in both
 * formats, so that a reader of one finds them in the other.
 */
static size_t list_figures(const struct evaluation *e, struct figure_line l[MAX_LINES])
{
	const struct figures *f = &e->all;
	const bp_eval_report *r = &f->r;
	size_t n = 0;

	if (e->has_newlines)
		snprintf(add_line(&l[n++], "newlines")->number, sizeof(l->number), "%s",
			 bp_newlines_name(bp_model_newlines(e->m)));
	add_count(&l[n++], "bytes", r->bytes);
	add_count(&l[n++], "characters", r->characters);
	add_count(&l[n++], "words", r->words);
	add_count(&l[n++], "texts", r->texts);
	add_count(&l[n++], "tokens", r->tokens);
	add_count(&l[n++], "special tokens", r->specials);
	add_number(&l[n++], "bytes per token", 4, ratio(r->bytes, r->tokens));
	add_number(&l[n++], "tokens per text", 2, ratio(r->tokens, r->texts));
	add_number(&l[n++], "tokens per word", 4, ratio(r->tokens, r->words));
	add_number(&l[n++], "tokens per character", 4, ratio(r->tokens, r->characters));
	add_count(&l[n], "byte tokens", r->byte_tokens);
	snprintf(l[n].note, sizeof(l[n].note), "(%.2f %% of tokens)",
		 100 * ratio(r->byte_tokens, r->tokens));
	add_count(&l[++n], "parts of characters", f->part_tokens);
	snprintf(l[n].note, sizeof(l[n].note), "of the byte tokens (%.2f %% of tokens)",
		 100 * ratio(f->part_tokens, r->tokens));
	add_count(&l[++n], "vocabulary used", r->vocab_used);
	snprintf(l[n].note, sizeof(l[n].note), "of %" PRIu32 " pieces", cmd_n_pieces(e->m));
	add_count(&l[++n], "used under 5 times", f->rare);
	snprintf(l[n].note, sizeof(l[n].note), "pieces");
	add_number(&l[++n], "Renyi efficiency", 4, f->renyi);
	add_number(&l[++n], "encoding rate", 1, e->rate);
	snprintf(l[n].note, sizeof(l[n].note), "MB/s");
	n++;
	return e->quality != NULL ? n + quality_lines(e->quality, l + n) : n;
}

/* The width of a model's column: its name, or a number. */
static int column_width(const struct evaluation *e)
{
	size_t n = bp_printable(e->name, strlen(e->name), NULL, 0);

	return n < 12 ? 12 : n < 1000 ? (int)n : 1000;
}

/* A column of numbers for each model, with its name above it; one line for each figure. */
static bool print_columns(const struct evaluation *e, size_t n_models)
{
	struct figure_line l[MAX_LINES];
	size_t n = 1, i, k;

	printf("%-20s", "");
	for (k = 0; k < n_models; k++) {
		printf("  %*s", column_width(&e[k]) -
		       (int)bp_printable(e[k].name, strlen(e[k].name), NULL, 0), "");
		if (!cmd_print_text(e[k].name, strlen(e[k].name)))
			return false;
	}
	printf("\n%-20s", "pieces");
	for (k = 0; k < n_models; k++)
		printf("  %*" PRIu32, column_width(&e[k]), cmd_n_pieces(e[k].m));
	for (i = 0; i < n; i++)
		for (k = 0; k < n_models; k++) {
			n = list_figures(&e[k], l);
			if (k == 0)
				printf("\n%-20s", l[i].name);
			printf("  %*s", column_width(&e[k]), l[i].number);
		}
	printf("\n");
	return true;
}

static void print_json(const struct evaluation *e)
{
	const struct figures *f = &e->all;
	const bp_eval_report *r = &f->r;

	if (e->has_newlines)
		printf("\"newlines\": \"%s\", ", bp_newlines_name(bp_model_newlines(e->m)));
	printf("\"bytes\": %" PRIu64 ", \"characters\": %" PRIu64 ", \"texts\": %" PRIu64
	       ", \"tokens\": %" PRIu64, r->bytes, r->characters, r->texts, r->tokens);
	printf(", \"bytes_per_token\": %.6f, \"tokens_per_text\": %.6f",
	       ratio(r->bytes, r->tokens), ratio(r->tokens, r->texts));
	printf(", \"byte_tokens\": %" PRIu64 ", \"vocabulary_used\": %" PRIu32
	       ", \"vocabulary\": %" PRIu32 ", \"encoding_rate\": %.1f", r->byte_tokens,
	       r->vocab_used, cmd_n_pieces(e->m), e->rate * 1e6);
	printf(", \"tokens_per_character\": %.6f, \"parts_of_characters\": %" PRIu64
	       ", \"used_under_5_times\": %" PRIu32 ", \"renyi_efficiency\": %.6f",
	       ratio(r->tokens, r->characters), f->part_tokens, f->rare, f->renyi);
	printf(", \"words\": %" PRIu64 ", \"tokens_per_word\": %.6f, \"specials\": %" PRIu64,
	       r->words, ratio(r->tokens, r->words), r->specials);
}

/* A line of --per-file for each file, with the name of the model in the last column; a model alone
 * (NULL) has no such column. */
static bool print_files(const struct evaluation *e, const bp_input *in, const char *model)
{
	const bp_eval_report *r;
	size_t i;

	for (i = 0; i < in->n_paths; i++) {
		r = &e->each[i].r;
		printf("%" PRIu64 "\t%" PRIu64 "\t%.4f\t%.4f\t%.4f\t%.4f\t%.4f\t", r->bytes,
		       r->tokens, ratio(r->bytes, r->tokens), ratio(r->tokens, r->characters),
		       ratio(r->tokens, r->words), e->each[i].renyi,
		       ratio(r->tokens, e->each[0].r.tokens));
		if (!cmd_print_text(in->path[i], strlen(in->path[i])))
			return false;
		if (model != NULL) {
			putchar('\t');
			if (!cmd_print_text(model, strlen(model)))
				return false;
		}
		putchar('\n');
	}
	return true;
}

/* "files", an array of objects. */
static void print_json_files(const struct evaluation *e, const bp_input *in)
{
	const bp_eval_report *r;
	size_t i;

	for (i = 0; i < in->n_paths; i++) {
		r = &e->each[i].r;
		printf("%s{\"file\": ", i == 0 ? ", \"files\": [" : ", ");
		cmd_print_json_string(in->path[i], strlen(in->path[i]));
		printf(", \"bytes\": %" PRIu64 ", \"tokens\": %" PRIu64 ", \"bytes_per_token\": "
		       "%.6f, \"tokens_per_character\": %.6f, \"tokens_per_word\": %.6f, "
		       "\"parity\": %.6f, \"renyi_efficiency\": %.6f}", r->bytes, r->tokens,
		       ratio(r->bytes, r->tokens), ratio(r->tokens, r->characters),
		       ratio(r->tokens, r->words), ratio(r->tokens, e->each[0].r.tokens),
		       e->each[i].renyi);
	}
	printf("]");
}

/* Add the counts of a file.  derive() does the rest. */
static void add_figures(struct figures *sum, const struct figures *f, uint32_t n_ids)
{
	size_t i;

	sum->r.bytes += f->r.bytes;
	sum->r.characters += f->r.characters;
	sum->r.words += f->r.words;
	sum->r.texts += f->r.texts;
	sum->r.tokens += f->r.tokens;
	sum->r.specials += f->r.specials;
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
	struct opt_words models;
	bool json, plot, per_file, specials, quality;
};

/* Encode file by file and add up.  JSON has the total first, so 'each' keeps the files' figures. */
static int evaluate_files(struct evaluation *e, const bp_input *in, bool specials)
{
	uint64_t *count = calloc(bp_vocab_size(e->m), sizeof(*count));
	int status = count != NULL ? EXIT_OK : msg_fail("out of memory");
	struct figures *f;
	bp_input one = *in;
	bp_error err;
	size_t i;

	one.n_paths = 1;
	for (i = 0; i < in->n_paths && status == EXIT_OK; i++) {
		f = &e->each[i];
		one.path = in->path + i;
		f->spread = e->all.spread;	/* parts of the text are added to, */
		f->spread.count = count;	/* counts are set */
		if (bp_eval_files(e->m, &one, specials, &f->r, &f->spread, &err) != BP_OK) {
			status = cmd_failed(&err);
		} else {
			derive(e->m, f);
			add_figures(&e->all, f, bp_vocab_size(e->m));
			e->all.spread.blocks = f->spread.blocks;
		}
		f->spread.count = NULL;
	}
	free(count);
	return status;
}

/* False if memory is out. */
static bool init_evaluation(struct evaluation *e, size_t n_files, const struct eval_args *a)
{
	size_t n_ids = bp_vocab_size(e->m);

	e->all.spread.count = calloc(n_ids, sizeof(*e->all.spread.count));
	if (a->per_file)
		e->each = calloc(n_files, sizeof(*e->each));
	if (a->quality) {
		e->all.spread.parts = calloc(n_ids, sizeof(*e->all.spread.parts));
		e->quality = calloc(1, sizeof(*e->quality));
	}
	return e->all.spread.count != NULL && (!a->per_file || e->each != NULL) &&
	       (!a->quality || (e->all.spread.parts != NULL && e->quality != NULL));
}

/*
 * Encode and count.  The encoding rate includes the reading of the files, but not the loading of
 * the model.
 */
static int evaluate(struct evaluation *e, const bp_input *in, const struct eval_args *a)
{
	double start = msg_seconds(), seconds;
	int status = EXIT_OK;
	bp_error err;

	e->has_newlines = in->records != BP_LINES;
	if (!init_evaluation(e, in->n_paths, a))
		return msg_fail("out of memory");
	if (a->per_file)
		status = evaluate_files(e, in, a->specials);
	else if (bp_eval_files(e->m, in, a->specials, &e->all.r, &e->all.spread, &err) != BP_OK)
		status = cmd_failed(&err);
	if (status != EXIT_OK)
		return status;
	derive(e->m, &e->all);
	if (a->quality)
		quality_find(e->quality, e->m, &e->all.spread, e->all.r.tokens);
	/* A clock of low resolution can show no time at all. */
	seconds = msg_seconds() - start;
	e->rate = seconds > 0 ? (double)e->all.r.bytes / seconds / 1e6 : 0;
	msg_progress_end();
	cmd_explain_cost(start);
	return EXIT_OK;
}

static bool print_text_results(struct evaluation *e, const bp_input *in, const struct eval_args *a)
{
	struct figure_line l[MAX_LINES];
	size_t n = a->models.n, i;

	if (a->per_file)
		printf("bytes\ttokens\tbytes/token\ttokens/character\ttokens/word\tRenyi\tparity\t"
		       "file%s\n", n > 1 ? "\tmodel" : "");
	for (i = 0; a->per_file && i < n; i++)
		if (!print_files(&e[i], in, n > 1 ? e[i].name : NULL))
			return false;
	if (n > 1)
		return print_columns(e, n);
	cmd_print_lines(l, list_figures(e, l));
	if (a->quality && !quality_print_lists(e->quality, e->m))
		return false;
	return !a->plot || plot_text(e->m, &e->all.spread);
}

static bool print_json_results(struct evaluation *e, const bp_input *in, const struct eval_args *a)
{
	size_t n = a->models.n, i;

	for (i = 0; i < n; i++) {
		printf("%s{", i > 0 ? ", " : n > 1 ? "[" : "");
		if (n > 1) {
			printf("\"model\": ");
			cmd_print_json_string(e[i].name, strlen(e[i].name));
			printf(", ");
		}
		print_json(&e[i]);
		if (a->quality && !quality_json(e[i].quality, e[i].m))
			return false;
		if (a->per_file)
			print_json_files(&e[i], in);
		if (a->plot && !plot_json(e[i].m, &e[i].all.spread))
			return false;
		printf("}");
	}
	printf("%s\n", n > 1 ? "]" : "");
	return true;
}

/* Load all models before the first one encodes, so that a wrong name is found at once. */
static int compare(struct evaluation *e, bp_input *in, const struct eval_args *a)
{
	int status = EXIT_OK;
	size_t i;

	for (i = 0; i < a->models.n; i++) {
		e[i].name = a->models.word[i];
		if ((e[i].m = cmd_load(e[i].name, &status)) == NULL)
			return status;
	}
	for (i = 0; i < a->models.n && status == EXIT_OK; i++) {
		status = evaluate(&e[i], in, a);
		/* Warnings and skipped lines are reported once. */
		in->note = NULL;
		if (i == 0)
			cmd_report_skipped(in);
		in->json.skipped = NULL;
	}
	if (status == EXIT_OK && !(a->json ? print_json_results : print_text_results)(e, in, a))
		status = msg_fail("out of memory");
	return status;
}

static int evaluate_models(bp_input *in, const struct eval_args *a)
{
	bp_input_copies *copies = NULL;
	struct evaluation *e;
	bp_error err;
	int status;
	size_t i;

	if (a->models.n == 0)
		return msg_usage("-m MODEL is required");
	if (a->models.n > 1 && a->plot)
		return msg_usage("--plot takes one model");
	if (a->models.n > 1 && (copies = bp_input_copy(in, &err)) == NULL)
		return cmd_failed(&err);
	in->copies = copies;
	e = calloc(a->models.n, sizeof(*e));
	status = e != NULL ? compare(e, in, a) : msg_fail("out of memory");
	for (i = 0; i < a->models.n && e != NULL; i++) {
		free(e[i].each);
		free(e[i].all.spread.count);
		free(e[i].all.spread.parts);
		free(e[i].quality);
		bp_free(e[i].m);
	}
	/* lint: leak: the loop has freed what each of them owns */
	free(e);
	bp_input_copies_free(copies);
	return status;
}

int cmd_eval(const struct command *self, int argc, char **argv)
{
	struct cmd_records records = { 0 };
	unsigned format = 0;
	struct eval_args a = { .json = false };
	const struct opt opts[] = {
		OPT_TO_WORDS('m', "model", "MODEL", &a.models,
			     "the model to encode with (required); repeat to compare several, a "
			     "column each"),
		OPT_TO_CHOICE('f', "format", "text|json", &format,
			      "lines to read (default), or one JSON object (rate in bytes per "
			      "second), for several models an array"),
		OPT_TO_FLAG(0, "per-file", &a.per_file,
			    "a line for each file before the figures of all; parity: its tokens "
			    "by those of the first file, of equal content"),
		OPT_TO_FLAG(0, "specials", &a.specials,
			    "names of special tokens in the text are these tokens, as with encode "
			    "--specials; they are counted apart, and all other figures are of the "
			    "text between them"),
		OPT_TO_FLAG(0, "quality", &a.quality,
			    "count and list pieces by quality too: used less than a tenth as often "
			    "as the model's counts predict (of pieces with 10 uses predicted); of "
			    "a single source, with 10 uses or more in at most two of up to 64 "
			    "equal parts of the text; begun inside a word and run over a space "
			    "(a letter, mark or number first); with 8 equal bytes in a row; "
			    "longest"),
		OPT_TO_FLAG(0, "plot", &a.plot,
			    "plot histograms too: tokens by length, uses by rank, texts by bytes "
			    "per token; in JSON as numbers"),
		CMD_TEXT_RECORDS(records),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		a.json = format == 1;
		status = evaluate_models(&in, &a);
	}
	free(a.models.word);
	return status;
}
