/*
 * The program's arguments: each command's table of options against any words.  The commands are
 * asked for their help, which hands out the table, and so do not run.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "cli/cmd.h"

/* In place of cli/msg.c, so that nothing is printed; what would be is formatted all the same. */
struct msg_settings msg;
static unsigned said;

static void say(const char *fmt, va_list args)
{
	char line[1000];

	FUZZ_CHECK(vsnprintf(line, sizeof(line), fmt, args) > 0);
	said++;
}

#define SAY(fmt) do { va_list args_; va_start(args_, fmt); say(fmt, args_); va_end(args_); } while (0)
int msg_fail(const char *fmt, ...) { SAY(fmt); return EXIT_FAILED; }
int msg_usage(const char *fmt, ...) { SAY(fmt); return EXIT_USAGE; }
int msg_print(const char *fmt, ...) { SAY(fmt); return 0; }
void msg_explain(const char *fmt, ...) { SAY(fmt); }
void msg_info(const char *fmt, ...) { SAY(fmt); }
void msg_progress(void *ctx, const bp_progress *p) { (void)ctx; (void)p; }
void msg_progress_end(void) { }
unsigned msg_columns(void) { return 80; }
double msg_seconds(void) { return 0; }
const char *msg_bytes(uint64_t n, char text[32]) { (void)n; text[0] = '\0'; return text; }

/* The words of the input, and a copy that the parser may sort. */
enum { WORDS = 64 };
static struct {
	char *word[WORDS + 1], *sorted[WORDS + 1];
	int n;
} argv;

static void no_help(const struct command *cmd, const struct opt *own, size_t n)
{
	(void)cmd;
	(void)own;
	(void)n;
}

static size_t count_choices(const char *choices)
{
	size_t n = 1;

	for (; *choices != '\0'; choices++)
		n += *choices == '|';
	return n;
}

/* A choice may begin as no word of its list. */
static void check_option(const struct opt *o, unsigned before)
{
	size_t i;

	if (o->kind == OPT_CHOICE)
		FUZZ_CHECK(*o->to.choice == before || *o->to.choice < count_choices(o->choices));
	if (o->kind == OPT_LIST)
		for (i = 0; i < o->to.list->n; i++)
			FUZZ_CHECK(o->to.list->value[i] >= o->min && o->to.list->value[i] <= o->max);
}

/* Files are words, in their order. */
static void check_files(int n)
{
	int i, k = 0;

	FUZZ_CHECK(n >= 0 && n <= argv.n);
	for (i = 0; i < n; i++, k++)
		while (k < argv.n && argv.sorted[i] != argv.word[k])
			FUZZ_CHECK(++k < argv.n);
}

/* Stands where the help is printed: the command's table, while its variables are there. */
static void parse(const struct command *cmd, const struct opt *own, size_t n)
{
	unsigned choice[WORDS] = { 0 };
	enum opt_result got;
	int n_files;
	size_t i;

	FUZZ_CHECK(n <= WORDS);
	for (i = 0; i < n; i++)
		if (own[i].kind == OPT_CHOICE)
			choice[i] = *own[i].to.choice;
	opt_help = no_help;
	said = 0;
	memcpy(argv.sorted, argv.word, sizeof(argv.word));
	got = opt_parse(cmd, own, n, argv.n, argv.sorted, &n_files);
	FUZZ_CHECK((got == OPT_WRONG) == (said > 0));
	if (got == OPT_GO_ON) {
		check_files(n_files);
		for (i = 0; i < n; i++)
			check_option(&own[i], choice[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char help[] = "--help", *ask[] = { help, NULL };
	char *text = fuzz_string((struct slice){ data, size }), *end = text + size;
	const struct command *c;
	uint64_t value;
	double alpha;
	char *p;

	argv.n = 0;
	for (p = text; p < end && argv.n < WORDS; p += strlen(p) + 1) {
		p[strcspn(p, "\n")] = '\0';
		argv.word[argv.n++] = p;
	}
	argv.word[argv.n] = NULL;
	for (c = cmd_table; c->name != NULL; c++) {
		opt_help = parse;
		FUZZ_CHECK(c->run(c, 1, ask) == EXIT_OK);
	}
	if (argv.n > 0) {
		opt_number(argv.word[0], &value);
		FUZZ_CHECK(!cmd_alpha(argv.word[0], &alpha) || alpha >= 0);
		cmd_find(argv.word[0]);
	}
	opt_threads = 0;
	free(text);
	return 0;
}
