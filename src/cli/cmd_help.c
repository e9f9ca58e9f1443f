/*
 * The command help.  The tables of options are local variables of the commands, so that their rows
 * can point at the variables to set.  To reach a table, the command itself is called with --help,
 * and the function behind opt_help is replaced for that call.
 */
#include "cli/cmd.h"
#include "cli/help.h"

void cmd_print_overview(int print(const char *fmt, ...))
{
	const struct command *c;

	print("Usage: bytepiece COMMAND [options] [FILE...]\n\n"
		"Byte-level Unigram tokenizer: trains vocabularies, encodes and decodes text.\n\n"
		"Commands:\n");
	for (c = cmd_table; c->name != NULL; c++)
		print("  %-9s  %s\n", c->name, c->summary);
	print("\n'bytepiece COMMAND --help' lists the options of a command.\n"
		"Without FILE, or if FILE is -, standard input is read.\n");
}

/* Let a command pass its table of options to 'how'; returns an exit status. */
static int print_help_of(const struct command *c, opt_help_fn *how)
{
	char word[] = "--help", *argv[] = { word, NULL };
	int status;

	opt_help = how;
	status = c->run(c, 1, argv);
	opt_help = opt_print_help;
	return status;
}

/* Print the tables of all commands in one form. */
static int print_form(const struct help_form *form)
{
	const struct command *c;
	int status = EXIT_OK;

	form->begin();
	for (c = cmd_table; c->name != NULL && status == EXIT_OK; c++)
		status = print_help_of(c, form->command);
	form->end();
	return status;
}

int cmd_help(const struct command *self, int argc, char **argv)
{
	static const struct help_form *const forms[] = { &help_man, &help_bash, &help_zsh,
							 &help_fish };
	enum { N_FORMS = sizeof(forms) / sizeof(forms[0]) };
	bool wanted[N_FORMS] = { false };
	const struct opt opts[] = {
		OPT_TO_FLAG(0, "man", &wanted[0], "print the manual page"),
		OPT_TO_FLAG(0, "bash", &wanted[1], "print completions for bash"),
		OPT_TO_FLAG(0, "zsh", &wanted[2], "print completions for zsh"),
		OPT_TO_FLAG(0, "fish", &wanted[3], "print completions for fish"),
	};
	const struct help_form *form = NULL;
	const struct command *c;
	size_t n_wanted = 0, i;
	int n;
	enum opt_result parsed = opt_parse(self, opts, N_FORMS, argc, argv, &n);

	if (parsed != OPT_GO_ON)
		return parsed == OPT_DONE ? EXIT_OK : EXIT_USAGE;
	for (i = 0; i < N_FORMS; i++)
		if (wanted[i]) {
			form = forms[i];
			n_wanted++;
		}
	if (n_wanted > 1 || n > 1 || (n_wanted == 1 && n == 1))
		return msg_usage("give one command or one option");
	if (form != NULL)
		return print_form(form);
	if (n == 0) {
		cmd_print_overview(printf);
		return EXIT_OK;
	}
	c = cmd_find(argv[0]);
	return c != NULL ? print_help_of(c, opt_print_help) : EXIT_USAGE;
}
