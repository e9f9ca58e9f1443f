/*
 * The commands train, count, merge and build: they share most of their options, so the rows of the
 * tables are macros.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

/* Values of options in the types of the table; set_options() copies them to bp_train_options. */
struct train_args {
	const char *out, *plan, *next_plan;
	struct opt_list sizes;
	/* 0: not given. */
	uint64_t order, count_size, sample_size;
	uint64_t min_count, max_piece_length;
	unsigned ensure_unicode, across_spaces, digits, punctuation, normalize, newlines;
	unsigned format, form;
	struct opt_words pieces, specials;
	const char *piece_file, *special_file, *extend;
	bool isolate_digits, force, allow_empty, reserve_bytes;
	/* Made from the options above. */
	struct byte_list piece, special;
	bp_model *model;
};
enum { NOT_GIVEN = 99 };		/* no choice of --normalize or --digits */

/* The options that the counts depend on. */
#define COUNTING_OPTIONS(a, o) \
	OPT_TO_NUMBER(0, "order", "N", &(a).order, 1, BP_ORDER_MAX, \
		      "with --reference: length of the longest n-gram, in bytes (default 6)"), \
	OPT_TO_NUMBER(0, "min-count", "N", &(a).min_count, 1, INT64_MAX, \
		      "minimum number of occurrences of a candidate piece (default 2)"), \
	OPT_TO_NUMBER(0, "max-piece-length", "N", &(a).max_piece_length, 1, BP_PIECE_MAX, \
		      "length of the longest piece, in bytes (default 36)"), \
	OPT_TO_CHOICE(0, "digits", "any|single|upto3", &(a).digits, \
		      "pieces with decimal digits: any, of one digit alone, or of one to three " \
		      "digits alone; no count from an end of the number, but the best path " \
		      "divides longer ones (default any)"), \
	OPT_TO_FLAG(0, "isolate-digits", &(a).isolate_digits, "as --digits single"), \
	OPT_TO_CHOICE(0, "punctuation", "any|apart", &(a).punctuation, \
		      "apart: no piece has a letter, mark or number together with punctuation " \
		      "or a symbol (default any)"), \
	OPT_TO_CHOICE(0, "ensure-unicode", "no|yes|begin|begin-all", &(a).ensure_unicode, \
		      "yes: no piece begins or ends inside a character; begin: but two or three " \
		      "first bytes of a character may be one; begin-all: and the first two of " \
		      "all of Unicode's are (default begin; with --reference yes)"), \
	OPT_TO_CHOICE(0, "across-spaces", "any|inside|words|no", &(a).across_spaces, \
		      "pieces with a space after another character: any, any but with spaces " \
		      "at the end behind a letter, mark or number, only of whole words, or none " \
		      "(default inside; with --reference any)"), \
	OPT_TO_CHOICE(0, "normalize", "nfc|none", &(a).normalize, \
		      "Unicode normal form of texts, in training and encoding (default nfc)"), \
	OPT_TO_CHOICE(0, "newlines", "end|begin|text", &(a).newlines, \
		      "newlines in texts, in training and encoding: only at the end of pieces, " \
		      "only at their beginning, or as any other byte (default: as in --extend " \
		      "MODEL, else text; for lines and with --reference end)"), \
	OPT_TO_NUMBER(0, "count-size", "SIZE", &(a).count_size, 1, INT64_MAX, \
		      "size of the text, drawn evenly, whose strings are counted (default 256M)"), \
	OPT_TO_NUMBER(0, "sample-size", "SIZE", &(a).sample_size, 1, INT64_MAX, \
		      "size of the part of it that the vocabulary is fitted to (default 64M)"), \
	OPT_TO_FLAG(0, "reference", &(o).reference, \
		    "train with the published algorithm: the model of BytePiece 0.6.3"), \
	OPT_TO_WORDS(0, "piece", "STR", &(a).pieces, \
		     "a required piece; \\xNN, \\t, \\n and \\\\ are bytes; can be repeated"), \
	OPT_TO_WORDS(0, "special", "STR", &(a).specials, \
		     "a special token, with an id after the pieces; can be repeated"), \
	OPT_TO_STRING(0, "piece-file", "FILE", &(a).piece_file, \
		      "a file of required pieces, each a line, escaped as in --piece"), \
	OPT_TO_STRING(0, "special-file", "FILE", &(a).special_file, \
		      "a file of special tokens, each a line, escaped as in --piece"), \
	CMD_RESERVE_BYTES(&(a).reserve_bytes), \
	OPT_TO_FLAG(0, "specials", &(o).specials, \
		    "names of special tokens in the text divide it and are never learned, as " \
		    "encode --specials reads them"), \
	OPT_TO_STRING(0, "extend", "MODEL", &(a).extend, \
		      "keep ids, normalization and newlines of MODEL, and learn further pieces")

/* The options for memory and disk, which change no result. */
#define WORK_OPTIONS(o) \
	OPT_TO_NUMBER(0, "memory", "SIZE", &(o).memory, 1, INT64_MAX, \
		      "limit for the memory of the process; counts that do not fit go to " \
		      "files"), \
	OPT_TO_STRING(0, "tmpdir", "DIR", &(o).tmpdir, \
		      "folder for temporary files (default $TMPDIR, or /tmp)")

#define COUNTS_OUTPUT(a) \
	OPT_TO_STRING('o', "output", "COUNTS", &(a).out, \
		      "the file of counts to write (default standard output)"), \
	OPT_TO_CHOICE('f', "format", "binary|text", &(a).format, \
		      "form of the counts (default binary); text: lines, sorted by bytes")

#define ALLOW_EMPTY(a) \
	OPT_TO_FLAG(0, "allow-empty", &(a).allow_empty, \
		    "work without any text as well (without it: an error)")

#define VOCAB_SIZE(a) \
	OPT_TO_LIST(0, "vocab-size", "N[,N...]", &(a).sizes, BP_VOCAB_MIN, BP_VOCAB_MAX, \
		    "number of ids, special tokens included (default 32000)")

#define EXACT_SIZE(o) \
	OPT_TO_FLAG(0, "exact-size", &(o).exact_size, \
		    "fail, without a model, if there are too few candidates for its size")

#define MODEL_FORM(a) \
	OPT_TO_CHOICE('f', "format", "json|binary", &(a).form, \
		      "form of the model (default json); binary loads faster")

static struct train_args default_args(const bp_train_options *o)
{
	return (struct train_args){ .min_count = o->min_count,
				    .max_piece_length = o->max_piece_length,
				    .ensure_unicode = BP_UNICODE_DEFAULT,
				    .across_spaces = BP_SPACES_DEFAULT,
				    .normalize = NOT_GIVEN, .digits = NOT_GIVEN,
				    .newlines = BP_NEWLINES_DEFAULT };
}

static void print_train_note(void *ctx, const char *line)
{
	(void)ctx;
	msg_explain("%s", line);
}

static void print_resumed(void *ctx, const char *line)
{
	(void)ctx;
	msg_info("%s", line);
}

static void tell_kept(void)
{
	msg_info("the work so far is kept; the same command continues it");
}

/* Copy the values of options.  Ranges were checked by the table, so the casts lose nothing. */
static void set_options(bp_train_options *o, const struct train_args *a,
			const struct cmd_records *r)
{
	o->weighted = r->weighted;
	o->weight = r->weight;
	if (a->sizes.n > 0) {
		o->vocab_size = a->sizes.value;
		o->n_sizes = a->sizes.n;
	}
	if (a->order > 0)
		o->order = (unsigned)a->order;
	if (a->count_size > 0)
		o->count_size = a->count_size;
	if (a->sample_size > 0)
		o->sample_size = a->sample_size;
	o->min_count = a->min_count;
	o->max_piece_length = (uint32_t)a->max_piece_length;
	o->ensure_unicode = (bp_ensure_unicode)a->ensure_unicode;
	o->across_spaces = (bp_across_spaces)a->across_spaces;
	o->digits = a->digits != NOT_GIVEN ? (bp_digits)a->digits :
		    a->isolate_digits ? BP_DIGITS_SINGLE : BP_DIGITS_ANY;
	o->punctuation_apart = a->punctuation == 1;
	o->normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
	o->newlines = (bp_newlines)a->newlines;
	o->form = (bp_model_form)a->form;
	o->measure = !msg.quiet;
	o->need_text = !a->allow_empty;
	o->note = print_train_note;
	o->resumed = print_resumed;
	if (o->resume != NULL)
		msg.before_signal = tell_kept;
}

static void release_args(struct train_args *a)
{
	free(a->sizes.value);
	free(a->pieces.word);
	free(a->specials.word);
	byte_list_release(&a->piece);
	byte_list_release(&a->special);
	bp_free(a->model);
}

/* False, with a message, if an option would have no effect with this recipe. */
static bool check_recipe(const struct train_args *a, bool reference)
{
	if (a->order > 0 && !reference)
		return msg_usage("--order needs --reference"), false;
	if (reference && (a->count_size > 0 || a->sample_size > 0))
		return msg_usage("--%s-size and --reference exclude each other: the published "
				 "algorithm counts the whole text and draws no sample",
				 a->count_size > 0 ? "count" : "sample"), false;
	return true;
}

/*
 * Set the required pieces and special tokens and the model to extend.  Returns false if that fails,
 * with a message printed and the exit status in *status.
 */
static bool set_required(bp_train_options *o, struct train_args *a, int *status)
{
	static const char *const word[] = { "nfc", "none" };

	*status = EXIT_USAGE;
	if (!check_recipe(a, o->reference))
		return false;
	if (a->reserve_bytes && !cmd_reserve_bytes(&a->specials)) {
		*status = msg_fail("out of memory");
		return false;
	}
	*status = byte_list_read(&a->piece, &a->pieces, "--piece", a->piece_file);
	if (*status == EXIT_OK)
		*status = byte_list_read(&a->special, &a->specials, NULL, a->special_file);
	if (*status == EXIT_OK && a->isolate_digits && o->digits != BP_DIGITS_SINGLE)
		*status = msg_usage("--isolate-digits is a name of --digits single");
	if (*status != EXIT_OK)
		return false;
	o->piece = a->piece.item;
	o->n_pieces = a->piece.n;
	o->special = a->special.item;
	o->n_specials = a->special.n;
	if (a->extend == NULL)
		return true;
	if ((a->model = cmd_load(a->extend, status)) == NULL)
		return false;
	o->extend = a->model;
	o->normalize = bp_model_normalize(a->model);
	if (a->normalize == NOT_GIVEN || a->normalize == (unsigned)o->normalize)
		return true;
	*status = msg_usage("--normalize %s: %s has %s, which --extend keeps", word[a->normalize],
			    a->extend, word[o->normalize]);
	return false;
}

/* The size of a model, and its compression as far as it was measured. */
static void print_size(const bp_train_options *o, const bp_train_report *r, size_t i)
{
	char text[32];

	msg_info("vocabulary of %" PRIu32 " ids (%" PRIu32 " requested)", r->model[i].vocab_size,
		 o->vocab_size[i]);
	if (r->model[i].vocab_size < o->vocab_size[i])
		msg_info("no more candidates were found: strings that occur at least %" PRIu64
			 " times and satisfy the options", o->min_count > 2 ? o->min_count : 2);
	if (r->model[i].tokens == 0)
		return;
	msg_info("%.3f bytes per token on %s%s", (double)r->measured / (double)r->model[i].tokens,
		 r->measured < r->bytes ? "a sample of " : "the whole text, ",
		 msg_bytes(r->measured, text));
}

static void print_train_report(const bp_train_options *o, const bp_train_report *r, double seconds)
{
	char bytes[32], peak[32];
	size_t i;

	msg_info("%s in %" PRIu64 " segments", msg_bytes(r->bytes, bytes), r->segments);
	for (i = 0; i < o->n_sizes; i++)
		print_size(o, r, i);
	if (bp_peak_memory() > 0)
		msg_info("%.1f s, peak memory %s", seconds, msg_bytes(bp_peak_memory(), peak));
	else
		msg_info("%.1f s, peak memory not known", seconds);
}

static const char *records_name(bp_records r)
{
	return r == BP_WHOLE ? "files" : r == BP_NULS ? "ended by NUL" :
	       r == BP_JSONL ? "strings in lines of JSON" : "lines";
}

/* Train on the input and print the report; returns an exit status. */
static int train(const bp_input *in, const struct train_args *a, bp_train_options *o)
{
	bp_train_report report = { 0 };
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_error err;

	msg_explain("%s, texts are %s, normalization %s", o->reference ?
		    "published algorithm" : "repeats as seeds, EM and pruning by loss in context",
		    records_name(in->records), o->normalize == BP_NORMALIZE_NFC ? "nfc" : "none");
	if ((report.model = calloc(o->n_sizes, sizeof(*report.model))) == NULL)
		return msg_fail("out of memory");
	if (bp_train_files(in, a->out, o, &report, &err) == BP_OK)
		print_train_report(o, &report, msg_seconds() - start);
	else
		status = cmd_call_failed(&err);
	cmd_report_skipped(in);
	free(report.model);
	return status;
}

int cmd_train(const struct command *self, int argc, char **argv)
{
	bp_train_options o = bp_train_defaults();
	struct train_args a = default_args(&o);
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "MODEL", &a.out,
			      "the model to write (required); with several sizes, one MODEL.SIZE "
			      "each"),
		MODEL_FORM(a),
		VOCAB_SIZE(a),
		EXACT_SIZE(o),
		COUNTING_OPTIONS(a, o),
		WORK_OPTIONS(o),
		OPT_TO_STRING(0, "resume", "DIR", &o.resume,
			      "keep finished work in DIR, and continue from the work in it"),
		OPT_TO_FLAG(0, "restart", &o.restart,
			    "with --resume: discard the work in DIR and start again"),
		ALLOW_EMPTY(a),
		CMD_FORCE(&a.force),
		CMD_TEXT_RECORDS(records),
		CMD_WEIGHTS(records),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a, &records);
		if (a.out == NULL)
			status = msg_usage("-o MODEL is required");
		else if (o.restart && o.resume == NULL)
			status = msg_usage("--restart needs --resume DIR");
		else if (set_required(&o, &a, &status))
			status = train(&in, &a, &o);
	}
	release_args(&a);
	cmd_records_release(&records);
	return status;
}

int cmd_count(const struct command *self, int argc, char **argv)
{
	bp_train_options o = bp_train_defaults();
	struct train_args a = default_args(&o);
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		COUNTS_OUTPUT(a),
		OPT_TO_STRING(0, "plan", "PLAN", &a.plan,
			      "in the second step of the published algorithm: the plan that "
			      "build wrote; it holds the options below"),
		COUNTING_OPTIONS(a, o),
		OPT_TO_NUMBER(0, "whole-size", "SIZE", &o.whole_size, 1, INT64_MAX,
			      "size of the whole text of which this is a part: leaves out what the "
			      "whole cannot need"),
		WORK_OPTIONS(o),
		ALLOW_EMPTY(a),
		CMD_TEXT_RECORDS(records),
		CMD_WEIGHTS(records),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a, &records);
		/* A plan has the required pieces of the first step in it. */
		if (a.plan != NULL || set_required(&o, &a, &status)) {
			if (bp_count_files(&in, a.out, (bp_rows)a.format, a.plan, &o,
					   &err) != BP_OK)
				status = cmd_call_failed(&err);
			else
				cmd_explain_cost(start);
			cmd_report_skipped(&in);
		}
	}
	release_args(&a);
	cmd_records_release(&records);
	return status;
}

int cmd_merge(const struct command *self, int argc, char **argv)
{
	struct train_args a = { 0 };
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		COUNTS_OUTPUT(a),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (bp_merge_files(&in, a.out, (bp_rows)a.format, &err) != BP_OK)
		return cmd_call_failed(&err);
	cmd_explain_cost(start);
	return EXIT_OK;
}

/* Write the next plan or, after the last step, the model; returns an exit status. */
static int build_next(const bp_input *in, const struct train_args *a, bp_train_options *o)
{
	bp_train_report report = { 0 };
	double start = msg_seconds();
	int status = EXIT_OK;
	bp_error err;
	bool next;

	if ((report.model = calloc(o->n_sizes, sizeof(*report.model))) == NULL)
		return msg_fail("out of memory");
	if (bp_build_files(in, a->out, a->next_plan, a->plan, o, &next, &report, &err) != BP_OK)
		status = cmd_call_failed(&err);
	else if (next)
		msg_info("%s: plan of the second step, to be counted", a->next_plan);
	else
		print_train_report(o, &report, msg_seconds() - start);
	free(report.model);
	return status;
}

int cmd_build(const struct command *self, int argc, char **argv)
{
	bp_train_options o = bp_train_defaults();
	struct train_args a = default_args(&o);
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "MODEL", &a.out,
			      "the model to write (required without --next); with several sizes, "
			      "one MODEL.SIZE each"),
		MODEL_FORM(a),
		OPT_TO_STRING(0, "next", "PLAN", &a.next_plan,
			      "after the first step of the published algorithm: the plan to "
			      "write in place of a model (with -o, whichever the counts give)"),
		OPT_TO_STRING(0, "plan", "PLAN", &a.plan,
			      "in the second step of the published algorithm: the plan of the "
			      "counts"),
		VOCAB_SIZE(a),
		EXACT_SIZE(o),
		WORK_OPTIONS(o),
		CMD_FORCE(&a.force),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a, &records);
		if (a.out == NULL && a.next_plan == NULL)
			status = msg_usage("-o MODEL is required");
		else
			status = build_next(&in, &a, &o);
	}
	release_args(&a);
	cmd_records_release(&records);
	return status;
}
