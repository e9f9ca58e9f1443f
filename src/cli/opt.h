/*
 * opt.h - options from a table that also prints the help.
 *
 * Options may stand before and after files, "--" ends them, a lone "-" is a file.  A short option
 * takes its value attached or as the next word, a long one after "=" or as the next word.
 */
#ifndef BP_CLI_OPT_H
#define BP_CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum opt_kind { OPT_FLAG, OPT_STRING, OPT_NUMBER, OPT_CHOICE, OPT_LIST, OPT_WORDS };

struct opt_list {
	uint32_t *value;	/* for free() */
	size_t n;
};

/* The values of an option that may be given many times. */
struct opt_words {
	const char **word;	/* for free() */
	size_t n;
};

/* What a value is, for completion, is told by its name: see opt_value(). */
struct opt {
	char letter;		/* or 0 */
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
	uint64_t min, max;		/* of numbers, and of each in a list */
	const char *choices;		/* separated by "|" */
};

#define OPT_TO_FLAG(c, name, p, help) { c, name, NULL, help, OPT_FLAG, { .flag = p }, 0, 0, NULL }
#define OPT_TO_STRING(c, name, v, p, help) \
	{ c, name, v, help, OPT_STRING, { .string = p }, 0, 0, NULL }
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
	const char *examples;		/* for a shell, a line each */
};

enum opt_result { OPT_GO_ON, OPT_DONE, OPT_WRONG, OPT_FAILED };

/*
 * Parse argv[0..argc): set what the n options of the table and the common ones say, and move the
 * files to the front of argv, their number into *n_files.  OPT_DONE: the help was asked for and
 * printed; OPT_WRONG: something was wrong, OPT_FAILED: memory is out, which has been said.
 */
enum opt_result opt_parse(const struct command *cmd, const struct opt *table, size_t n, int argc,
			  char **argv, int *n_files);

/*
 * Answers --help for a command with these n options of its own; opt_print_help unless the help
 * command puts another in its place, which is how manual page and completions get at the tables.
 */
typedef void opt_help_fn(const struct command *cmd, const struct opt *own, size_t n);
opt_help_fn opt_print_help;
extern opt_help_fn *opt_help;

/* The options that all commands have, i from 0 on; NULL after the last. */
const struct opt *opt_common(size_t i);
extern const struct opt opt_help_option;	/* which they all have, too */

enum opt_value { OPT_NO_VALUE, OPT_FILE, OPT_FOLDER, OPT_WORD_OF, OPT_ANY };
enum opt_value opt_value(const struct opt *o);

/* Set by the common options. */
extern uint64_t opt_threads;	/* 0: not given */

/* A number with an optional K, M or G (powers of 1024). */
bool opt_number(const char *s, uint64_t *value);

#endif
