/*
 * cmd.h - the commands of the program, and the code that they share.
 *
 * To add a command, write cmd_NAME() in a file of its own, with a table of its options (opt.h),
 * declare it here, and add a row to cmd_table in main.c.  Dispatch, help, the manual page, the
 * completions and their tests iterate over the table.  An option is one row in the
 * table of its command.
 */
#ifndef BP_CLI_CMD_H
#define BP_CLI_CMD_H

#include <stdio.h>

#include "bytepiece_files.h"
#include "cli/msg.h"
#include "cli/opt.h"

/* All commands, in the order of the help; after the last one comes a row without a name. */
extern const struct command cmd_table[];

/* The command with this name; if there is none, prints a message and returns NULL. */
const struct command *cmd_find(const char *name);

/* The help of the program: its purpose and its commands. */
void cmd_print_overview(int print(const char *fmt, ...));

/* Print "FIELD TEXT" and a newline to standard output, the text by bp_printable(); FIELD brings its
 * own blanks.  False if memory is out. */
bool cmd_print_field(const char *field, const char *text);
/* Print n bytes so, without a newline. */
bool cmd_print_text(const char *text, size_t n);

int cmd_train(const struct command *self, int argc, char **argv);
int cmd_encode(const struct command *self, int argc, char **argv);
int cmd_decode(const struct command *self, int argc, char **argv);
int cmd_count(const struct command *self, int argc, char **argv);
int cmd_merge(const struct command *self, int argc, char **argv);
int cmd_build(const struct command *self, int argc, char **argv);
int cmd_eval(const struct command *self, int argc, char **argv);
int cmd_convert(const struct command *self, int argc, char **argv);
int cmd_edit(const struct command *self, int argc, char **argv);
int cmd_inspect(const struct command *self, int argc, char **argv);
int cmd_view(const struct command *self, int argc, char **argv);
int cmd_help(const struct command *self, int argc, char **argv);

/* Options that choose the record mode; without them each line is a text. */
struct cmd_records {
	bool null, whole;
	const char *field;	/* of JSON lines; NULL: the texts are not in JSON */
	bool skip_bad;
	bool weighted;
	struct opt_words weights;	/* "N:FILE" */
	/* Made from the weights: all inputs, and the weight of each.  NULL if there are none. */
	const char **path;
	uint64_t *weight;
};
void cmd_records_release(struct cmd_records *r);
#define CMD_RECORDS(r) \
	OPT_TO_FLAG('z', "null", &(r).null, "texts end with NUL instead of newline"), \
	OPT_TO_FLAG(0, "whole", &(r).whole, "each file is one text, newlines included")

/* For commands that write models; outputs_check() asks. */
#define CMD_FORCE(p) \
	OPT_TO_FLAG(0, "force", p, \
		    "replace an output file whatever it holds (without it: only an empty file or " \
		    "one of the kind that is written)")

/* For commands that add special tokens; then cmd_reserve_bytes() appends the names. */
#define CMD_RESERVE_BYTES(p) \
	OPT_TO_FLAG(0, "reserve-bytes", p, \
		    "127 special tokens <0x01> to <0x7F>, after those of --special: ids that " \
		    "llama.cpp requires (convert -f gguf)")
/* False if memory is out. */
bool cmd_reserve_bytes(struct opt_words *specials);

/* For commands that read texts. */
#define CMD_TEXT_RECORDS(r) \
	CMD_RECORDS(r), \
	OPT_TO_OPTIONAL("jsonl", "FIELD", &(r).field, "text", \
			"each line is a JSON object, and its string FIELD (default text) is " \
			"one text"), \
	OPT_TO_FLAG(0, "skip-bad", &(r).skip_bad, \
		    "with --jsonl: skip lines without a text, and report their number at the end")

/* For commands that count texts. */
#define CMD_WEIGHTS(r) \
	OPT_TO_FLAG(0, "weighted", &(r).weighted, \
		    "each line is a text, a tab and the number of times that the text counts"), \
	OPT_TO_WORDS(0, "weight", "N:FILE", &(r).weights, \
		     "read FILE too, and count its texts N times each; can be repeated")

/*
 * The start of every command that reads files: parse the options, and fill in *in from them and
 * the names of files; without a file, from standard input.  *in borrows argv.  Returns false if the
 * command is finished (help, wrong usage), with its exit status in *status.
 */
#define CMD_START(self, opts, argc, argv, records, in, status) \
	cmd_start(self, opts, sizeof(opts) / sizeof((opts)[0]), argc, argv, records, in, status)
bool cmd_start(const struct command *self, const struct opt *opts, size_t n, int argc, char **argv,
	       struct cmd_records *r, bp_input *in, int *status);

/*
 * Load the model from 'path', the value of -m (NULL: not given).  The caller frees it.  On failure
 * prints a message, sets *status to the exit status and returns NULL.
 */
bp_model *cmd_load(const char *path, int *status);

/*
 * For a call that reads the model by itself from a path: set *m to NULL, or load it, with -v to
 * tell of it, and without a path for the message.  False if cmd_load() fails.
 */
bool cmd_load_to_tell(const char *path, bp_model **m, int *status);

/*
 * The path of the model of a command that takes it by -m or as its only operand (neither: standard
 * input).  NULL if there are several; then a message is printed and *status is set.
 */
const char *cmd_model_path(const char *by_option, const bp_input *in, char **argv, int *status);

/* The number of special tokens, and of pieces. */
uint32_t cmd_n_specials(const bp_model *m);
uint32_t cmd_n_pieces(const bp_model *m);

/* The bytes of a piece, or the name of a special token that names in texts give. */
const char *cmd_token(const bp_model *m, uint32_t id, size_t *len, bool *special);

/* A piece as text, by bp_piece_text(), for free(); NULL if memory is out. */
char *cmd_piece_text(const bp_model *m, uint32_t id);

/* Parse the alpha of a distribution, a finite decimal number from 0 on.  False if it is none. */
bool cmd_alpha(const char *s, double *alpha);

/* With -v: print the time since 'start' (of msg_seconds()) and the peak memory. */
void cmd_explain_cost(double start);

/* Print the number of lines that --skip-bad has skipped, if any, and why the first one was. */
void cmd_report_skipped(const bp_input *in);

/*
 * Print the message of *err and return the exit status.  If a signal interrupted the work, ends the
 * process by that signal, as callers such as shells expect.
 */
int cmd_failed(const bp_error *err);
/* As cmd_failed(), for a call whose arguments are those of the user: BP_ERANGE is wrong usage. */
int cmd_call_failed(const bp_error *err);

/*
 * Print the description of the piece or special token 'text', which has the escapes of
 * bp_piece_text(); as JSON if 'json'.  Returns an exit status; a message is printed on failure.
 */
int inspect_piece(const bp_model *m, const char *text, bool json);
/* The description of an id of the vocabulary. */
int inspect_id(const bp_model *m, uint32_t id, bool json);

/*
 * The output of inspect -f json (inspect_json.c): facts about a model; or an id, a piece or a
 * special token, as an object on a line.  False without memory.
 */
/* The length of the longest piece; and the sums of all counts, and of the bytes that they stand
 * for. */
size_t inspect_sums(const bp_model *m, uint64_t *total, uint64_t *bytes);
struct quality;
/* With the quality, if 'q' is not NULL. */
bool inspect_json_facts(const char *name, const bp_model *m, const struct quality *q);
/* A string in quotation marks, with JSON's escapes. */
void cmd_print_json_string(const char *s, size_t n);
bool inspect_json_id(const bp_model *m, uint32_t id);

/* Byte strings of options (byte_list.c): words of the command line, then the lines of a file. */
struct byte_list {
	bp_bytes *item;
	size_t n;
	char *bytes, *text;	/* of words with escapes, and of the file */
};

/*
 * Read the words of an option, and a file ("-": standard input; NULL: none) with a string in each
 * line, up to a tab, escaped as in word lists; empty lines are skipped.  'escaped' is the name of
 * the option if the words have escapes, too, else NULL.  Returns an exit status, and prints a
 * message if that is not EXIT_OK; the list is to be released in any case.
 */
int byte_list_read(struct byte_list *l, const struct opt_words *words, const char *escaped,
		   const char *path);
void byte_list_release(struct byte_list *l);

/*
 * The distribution of token lengths, ranks and compression, as bars or as JSON (plot.c).
 */

/* Both print to standard output and sort spread->count.  False without memory. */
bool plot_text(const bp_model *m, bp_eval_spread *spread);
/* Members of an object, each after a comma; the caller prints its braces. */
bool plot_json(const bp_model *m, bp_eval_spread *spread);

/*
 * The quality of a vocabulary (quality.c): numbers of pieces by trait, and the pieces themselves.
 */

/* A figure as text: of several models the numbers alone are shown. */
struct figure_line {
	const char *name;
	char number[32], note[64];
};
enum { QUALITY_LINES = 10, QUALITY_LISTS = 5, QUALITY_LISTED = 10 };

struct quality {
	bool has_text;			/* else uses are the model's counts */
	uint64_t tokens;
	uint64_t pieces[BP_N_TRAITS], uses[BP_N_TRAITS];	/* by trait */
	size_t longest_piece, longest_run;
	unsigned parts;			/* of the text */
	struct quality_list {
		size_t n;
		struct quality_piece {
			uint32_t id;
			uint64_t rank, uses;
			double expected;	/* uses */
			unsigned parts;		/* in which it is used */
		} piece[QUALITY_LISTED];	/* by rank, descending */
	} list[QUALITY_LISTS];
};

/* By 'spread' and number of tokens of a text, or without a text (NULL). */
void quality_find(struct quality *q, const bp_model *m, const bp_eval_spread *spread,
		  uint64_t tokens);
/* The figures as lines; returns their number.  Without a text the longest piece is not among them:
 * inspect has it among its facts. */
size_t quality_lines(const struct quality *q, struct figure_line l[QUALITY_LINES]);
void cmd_print_lines(const struct figure_line *l, size_t n);
/* Print the lists of pieces; false if memory is out. */
bool quality_print_lists(const struct quality *q, const bp_model *m);
/* Print figures and lists as members of an object, each after a comma; false if memory is out. */
bool quality_json(const struct quality *q, const bp_model *m);

/* Checks of a command's files before anything is read or written (outputs.c). */

/* EXIT_OK; or a message and EXIT_USAGE if standard input would be read as two of the files that
 * options and operands name. */
int stdin_check(const struct command *self, const struct opt *opts, size_t n, const bp_input *in,
		bool has_operands);

/* Do the results of a command with these options go to standard output?  A live progress line on a
 * terminal would then mix with them. */
bool outputs_go_to_stdout(const struct opt *opts, size_t n);

/*
 * EXIT_OK; or a message and another exit status: if an output is one of the inputs, if it would
 * replace a file of another kind and --force is an option that was not given, or if bytes would go
 * to a terminal.
 */
int outputs_check(const struct command *self, const struct opt *opts, size_t n,
		  const bp_input *in);

/*
 * The stream of the file of -o, which appears whole with cmd_output_end() or not at all; standard
 * output if the path is NULL or "-".  A process has one.  NULL, with a message and *status, if it
 * cannot be opened.
 */
FILE *cmd_output_begin(const char *path, int *status);
/* End it, with the exit status of the work: if that failed, there is no file.  Returns the exit
 * status of both. */
int cmd_output_end(int status);

#endif
