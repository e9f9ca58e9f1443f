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
	uint64_t order, min_count, max_piece_length;
	unsigned ensure_unicode, across_spaces, normalize, format, form;
	struct opt_words pieces, specials;
	const char *extend;
	bool force, allow_empty;
	/* The required pieces and special tokens, made from the last three. */
	bp_bytes *required;
	char *bytes;
	bp_model *model;
};
enum { NOT_GIVEN = 2 };		/* after the choices of --normalize */

/* The options that the counts depend on. */
#define COUNTING_OPTIONS(a, o) \
	OPT_TO_NUMBER(0, "order", "N", &(a).order, 1, BP_ORDER_MAX, \
		      "with --reference: length of the longest n-gram, in bytes (default 6)"), \
	OPT_TO_NUMBER(0, "min-count", "N", &(a).min_count, 1, INT64_MAX, \
		      "minimum number of occurrences of a candidate piece (default 2)"), \
	OPT_TO_NUMBER(0, "max-piece-length", "N", &(a).max_piece_length, 1, BP_PIECE_MAX, \
		      "length of the longest piece, in bytes (default 36)"), \
	OPT_TO_FLAG(0, "isolate-digits", &(o).isolate_digits, \
		    "make each decimal digit a piece of its own"), \
	OPT_TO_CHOICE(0, "ensure-unicode", "yes|no", &(a).ensure_unicode, \
		      "no piece begins inside a character (default yes)"), \
	OPT_TO_CHOICE(0, "across-spaces", "any|words|no", &(a).across_spaces, \
		      "pieces with a space after another character: any, only of whole " \
		      "words, or none (default any)"), \
	OPT_TO_CHOICE(0, "normalize", "nfc|none", &(a).normalize, \
		      "Unicode normal form of texts, in training and encoding (default nfc)"), \
	OPT_TO_NUMBER(0, "sample-size", "SIZE", &(o).sample_size, 1, INT64_MAX, \
		      "size of the sample that the vocabulary is fitted to (default 32M)"), \
	OPT_TO_FLAG(0, "reference", &(o).reference, \
		    "train with the published algorithm: the model of BytePiece 0.6.3"), \
	OPT_TO_WORDS(0, "piece", "STR", &(a).pieces, \
		     "a required piece; \\xNN, \\t, \\n and \\\\ are bytes; can be repeated"), \
	OPT_TO_WORDS(0, "special", "STR", &(a).specials, \
		     "a special token, with an id after the pieces; can be repeated"), \
	OPT_TO_STRING(0, "extend", "MODEL", &(a).extend, \
		      "keep ids and normalization of MODEL, and learn further pieces")

/* The options for memory and disk, which change no result. */
#define WORK_OPTIONS(o) \
	OPT_TO_NUMBER(0, "memory", "SIZE", &(o).memory, 1, INT64_MAX, \
		      "limit for the memory of the process; counts that do not fit go to " \
		      "files"), \
	OPT_TO_STRING(0, "tmpdir", "DIR", &(o).tmpdir, \
		      "folder for temporary files (default $TMPDIR, or /tmp)")

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
	return (struct train_args){ .order = o->order, .min_count = o->min_count,
				    .max_piece_length = o->max_piece_length,
				    .normalize = NOT_GIVEN };
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
static void set_options(bp_train_options *o, const struct train_args *a)
{
	if (a->sizes.n > 0) {
		o->vocab_size = a->sizes.value;
		o->n_sizes = a->sizes.n;
	}
	o->order = (unsigned)a->order;
	o->min_count = a->min_count;
	o->max_piece_length = (uint32_t)a->max_piece_length;
	o->ensure_unicode = a->ensure_unicode == 0;
	o->across_spaces = (bp_across_spaces)a->across_spaces;
	o->normalize = a->normalize == 1 ? BP_NORMALIZE_NONE : BP_NORMALIZE_NFC;
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
	free(a->required);
	free(a->bytes);
	bp_free(a->model);
}

/* The bytes of pieces and the names of special tokens, to a->required. */
static bool read_required(struct train_args *a, int *status)
{
	size_t n = a->pieces.n + a->specials.n, room = 1, i;
	char *to;

	for (i = 0; i < a->pieces.n; i++)
		room += strlen(a->pieces.word[i]);
	a->required = calloc(n, sizeof(*a->required));
	a->bytes = to = malloc(room);
	if (a->required == NULL || a->bytes == NULL) {
		*status = msg_fail("out of memory");
		return false;
	}
	for (i = 0; i < a->pieces.n; i++, to += a->required[i - 1].len) {
		a->required[i].bytes = to;
		if (bp_piece_bytes(a->pieces.word[i], to, &a->required[i].len) != BP_OK) {
			*status = msg_usage("--piece: '%s' has a backslash that is not followed by "
					    "xNN, t, n or \\", a->pieces.word[i]);
			return false;
		}
	}
	for (; i < n; i++)
		a->required[i] = (bp_bytes){ a->specials.word[i - a->pieces.n],
					     strlen(a->specials.word[i - a->pieces.n]) };
	return true;
}

/*
 * Set the required pieces and special tokens and the model to extend.  Returns false if that fails,
 * with a message printed and the exit status in *status.
 */
static bool set_required(bp_train_options *o, struct train_args *a, int *status)
{
	static const char *const word[] = { "nfc", "none" };

	if (a->pieces.n + a->specials.n > 0) {
		if (!read_required(a, status))
			return false;
		o->piece = a->required;
		o->n_pieces = a->pieces.n;
		o->special = a->required + a->pieces.n;
		o->n_specials = a->specials.n;
	}
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
static void print_model(const bp_train_options *o, const bp_train_report *r, size_t i)
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
		print_model(o, r, i);
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
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a);
		if (a.out == NULL)
			status = msg_usage("-o MODEL is required");
		else if (o.restart && o.resume == NULL)
			status = msg_usage("--restart needs --resume DIR");
		else if (set_required(&o, &a, &status))
			status = train(&in, &a, &o);
	}
	release_args(&a);
	return status;
}

int cmd_count(const struct command *self, int argc, char **argv)
{
	bp_train_options o = bp_train_defaults();
	struct train_args a = default_args(&o);
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "COUNTS", &a.out,
			      "the file of counts to write (default standard output)"),
		OPT_TO_CHOICE('f', "format", "binary|text", &a.format,
			      "form of the counts (default binary); text: lines, sorted by bytes"),
		OPT_TO_STRING(0, "plan", "PLAN", &a.plan,
			      "the plan of this step, written by build; it holds the options "
			      "below (default: the first step, with these options)"),
		COUNTING_OPTIONS(a, o),
		WORK_OPTIONS(o),
		ALLOW_EMPTY(a),
		CMD_TEXT_RECORDS(records),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a);
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
	return status;
}

int cmd_merge(const struct command *self, int argc, char **argv)
{
	struct train_args a = { 0 };
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "COUNTS", &a.out,
			      "the file of counts to write (default standard output)"),
		OPT_TO_CHOICE('f', "format", "binary|text", &a.format,
			      "form of the counts to write (default binary)"),
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
		msg_info("%s: plan of the next step, to be counted", a->next_plan);
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
			      "the model to write after the last step (required); with several "
			      "sizes, one MODEL.SIZE each"),
		MODEL_FORM(a),
		OPT_TO_STRING(0, "next", "PLAN", &a.next_plan,
			      "the plan to write if there is a next step (required)"),
		OPT_TO_STRING(0, "plan", "PLAN", &a.plan,
			      "the plan of the counts (default: the first step, which has none)"),
		VOCAB_SIZE(a),
		EXACT_SIZE(o),
		WORK_OPTIONS(o),
		CMD_FORCE(&a.force),
	};
	bp_input in;
	int status;

	if (CMD_START(self, opts, argc, argv, &records, &in, &status)) {
		set_options(&o, &a);
		if (a.out == NULL || a.next_plan == NULL)
			status = msg_usage("-o MODEL and --next PLAN are required: one of them is "
					   "written");
		else
			status = build_next(&in, &a, &o);
	}
	release_args(&a);
	return status;
}
