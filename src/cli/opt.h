/*
 * opt.h - parser of command-line options, with tables that also give the help.
 *
 * A command has one table of its options.  A row has the option's names, its help, and a pointer to
 * the variable to set; it is enough for parsing, --help, the manual page and the completions.
 *
 * Options may come before and after files, "--" ends them, a lone "-" is a file.  A short option
 * has its value attached or as the next word, a long one after "=" or as the next word, but an
 * optional value after "=" only.  If an option is given twice, the last value counts, except for
 * OPT_WORDS, which collects all.
 */
#ifndef BP_CLI_OPT_H
#define BP_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind { OPT_FLAG, OPT_STRING, OPT_OPTIONAL, OPT_NUMBER, OPT_CHOICE, OPT_LIST, OPT_WORDS };

struct opt_list {
	uint32_t *value;	/* the caller frees it */
	size_t n;
};

/* The values of an option that can be repeated. */
struct opt_words {
	const char **word;	/* borrowed words of argv; the caller frees the array */
	size_t n;
};

/* The kind of value that completions offer follows from value_name: see opt_value(). */
struct opt {
	char letter;		/* of the short option, or 0 */
	const char *name, *value_name, *help;
	enum opt_kind kind;
	union {
		bool *flag;
		const char **string;
		uint64_t *number;
		unsigned *choice;	/* index in 'choices' */
		struct opt_list *list;
		struct opt_words *words;
	} to;
	uint64_t min, max;		/* of a number, or of each number in a list */
	const char *choices;		/* words separated by "|"; of OPT_OPTIONAL, the value if the
					 * option is given without one */
};

#define OPT_TO_FLAG(c, name, p, help) { c, name, NULL, help, OPT_FLAG, { .flag = p }, 0, 0, NULL }
#define OPT_TO_STRING(c, name, v, p, help) \
	{ c, name, v, help, OPT_STRING, { .string = p }, 0, 0, NULL }
#define OPT_TO_OPTIONAL(name, v, p, without, help) \
	{ 0, name, v, help, OPT_OPTIONAL, { .string = p }, 0, 0, without }
#define OPT_TO_NUMBER(c, name, v, p, lo, hi, help) \
	{ c, name, v, help, OPT_NUMBER, { .number = p }, lo, hi, NULL }
#define OPT_TO_CHOICE(c, name, list, p, help) \
	{ c, name, list, help, OPT_CHOICE, { .choice = p }, 0, 0, list }
#define OPT_TO_LIST(c, name, v, p, lo, hi, help) \
	{ c, name, v, help, OPT_LIST, { .list = p }, lo, hi, NULL }
#define OPT_TO_WORDS(c, name, v, p, help) \
	{ c, name, v, help, OPT_WORDS, { .words = p }, 0, 0, NULL }

struct command {
	const char *name, *usage, *summary;
	int (*run)(const struct command *self, int argc, char **argv);
	const char *examples;		/* shell commands, one a line */
};

enum opt_result { OPT_GO_ON, OPT_DONE, OPT_WRONG, OPT_FAILED };

/*
 * Parse argv[0..argc): set the variables of the table's n options and of the common options, move
 * the names of files to the front of argv and set *n_files to their number.  Returns OPT_GO_ON on
 * success, OPT_DONE after --help, OPT_WRONG for wrong usage and OPT_FAILED without memory; the help
 * or a message is printed.
 */
enum opt_result opt_parse(const struct command *cmd, const struct opt *table, size_t n, int argc,
			  char **argv, int *n_files);

/*
 * Called for --help with the command and its own n options.  It is opt_print_help; the command
 * help replaces it to pass the tables of all commands to the manual page and the completions.
 */
typedef void opt_help_fn(const struct command *cmd, const struct opt *own, size_t n);
opt_help_fn opt_print_help;
extern opt_help_fn *opt_help;

/* Option i of the options that all commands have; NULL after the last one. */
const struct opt *opt_common(size_t i);
/* Option i of a command with n own options, which come first; NULL after the last one. */
const struct opt *opt_at(const struct opt *own, size_t n, size_t i);
extern const struct opt opt_help_option;	/* -h, --help: in no table, but in all help */

enum opt_value { OPT_NO_VALUE, OPT_FILE, OPT_FOLDER, OPT_WORD_OF, OPT_ANY };
enum opt_value opt_value(const struct opt *o);

extern uint64_t opt_threads;	/* the value of --threads; 0: not given */

/* Parse a decimal number.  False if it is none or too big. */
bool opt_number(const char *s, uint64_t *value);

/* An OPT_NUMBER whose value_name is SIZE takes K, M, G or T (powers of 1024), in either case; the
 * note tells users so. */
bool opt_is_size(const struct opt *o);
extern const char opt_size_note[];

#endif
