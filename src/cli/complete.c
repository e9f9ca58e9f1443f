/*
 * Completions for bash, zsh and fish: commands, options, and the values of options.
 *
 * All is generated from the tables, so a new command or option needs no change here.  The kind of a
 * value (file, folder, word of a list) comes from opt_value().
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/help.h"

/* Print s, with 'before' in front of each byte that occurs in 'special'. */
static void print_escaped(const char *s, const char *special, const char *before)
{
	for (; *s != '\0'; s++) {
		if (strchr(special, *s) != NULL)
			fputs(before, stdout);
		putchar(*s);
	}
}

static void print_spaced(const char *choices)
{
	for (; *choices != '\0'; choices++)
		putchar(*choices == '|' ? ' ' : *choices);
}

static void print_names(void)
{
	const struct command *c;

	for (c = cmd_table; c->name != NULL; c++)
		printf("%s%s", c == cmd_table ? "" : " ", c->name);
}

/*
 * bash: readline itself completes files when the function gives nothing ("-o default"), because it
 * handles spaces in names correctly.  It splits words at "=": --name=value arrives as three words.
 */
static void bash_begin(void)
{
	puts("# Completions of bytepiece for bash, written by \"bytepiece help --bash\".\n"
	     "_bytepiece()\n"
	     "{\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	     "\tlocal options= values= word i\n"
	     "\tCOMPREPLY=()\n"
	     "\tif ((COMP_CWORD == 1)); then");
	printf("\t\tCOMPREPLY=($(compgen -W '");
	print_names();
	puts(" --help --version' -- \"$cur\"))\n"
	     "\t\tcompopt +o default 2>/dev/null\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	     "\t\t[[ ${COMP_WORDS[i]} == -- ]] && return\n"
	     "\tdone\n"
	     "\tif [[ $cur == = ]]; then\n"
	     "\t\tcur=\n"
	     "\telif [[ $prev == = ]]; then\n"
	     "\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	     "\tfi\n"
	     "\tcase ${COMP_WORDS[1]} in");
}

/* A case of the value of one option: the words to offer, or the kind that bash_end() handles. */
static void bash_value(const struct opt *o)
{
	/* By enum opt_value. */
	static const char *const value[] = {
		NULL, "return", "word=folder", "word=any", "word=any"
	};
	enum opt_value kind = opt_value(o);

	if (kind == OPT_NO_VALUE)
		return;
	printf("\t\t");
	if (o->letter != 0)
		printf("-%c | ", o->letter);
	printf("--%s) ", o->name);
	if (kind == OPT_WORD_OF) {
		printf("values='");
		print_spaced(o->choices);
		printf("' ");
	}
	printf("%s ;;\n", value[kind]);
}

/* A case of one command: its options, and the values of the option before the cursor. */
static void bash_command(const struct command *cmd, const struct opt *own, size_t n)
{
	size_t i;

	printf("\t%s)\n\t\toptions='", cmd->name);
	for (i = 0; opt_at(own, n, i) != NULL; i++) {
		if (opt_at(own, n, i)->letter != 0)
			printf("-%c ", opt_at(own, n, i)->letter);
		printf("--%s ", opt_at(own, n, i)->name);
	}
	puts("-h --help'\n\t\tcase $prev in");
	for (i = 0; opt_at(own, n, i) != NULL; i++)
		bash_value(opt_at(own, n, i));
	printf("\t\t*) word=file ;;\n\t\tesac ;;\n");
}

static void bash_end(void)
{
	printf("\tesac\n"
	       "\tcase $word in\n"
	       "\tany) compopt +o default 2>/dev/null ;;\n"
	       "\tfolder) compopt +o default -o dirnames 2>/dev/null ;;\n"
	       "\tfile)\n"
	       "\t\tif [[ $cur == -* ]]; then\n"
	       "\t\t\tvalues=$options\n"
	       "\t\telif [[ ${COMP_WORDS[1]} == help ]]; then\n"
	       "\t\t\tvalues='");
	print_names();
	puts("'\n"
	     "\t\tfi ;;\n"
	     "\tesac\n"
	     "\t[[ -z $values ]] || COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n"
	     "}\n"
	     "complete -o default -F _bytepiece bytepiece");
}

const struct help_form help_bash = { bash_begin, bash_command, bash_end };

static void zsh_begin(void)
{
	const struct command *c;

	puts("#compdef bytepiece\n"
	     "# Completions of bytepiece for zsh, written by \"bytepiece help --zsh\".\n"
	     "_bytepiece()\n"
	     "{\n"
	     "\tlocal -a commands\n"
	     "\tcommands=(");
	for (c = cmd_table; c->name != NULL; c++) {
		printf("\t\t'%s:", c->name);
		print_escaped(c->summary, "'", "'\\'");
		puts("'");
	}
	puts("\t)\n"
	     "\tif ((CURRENT == 2)); then\n"
	     "\t\tif [[ $words[2] == -* ]]; then\n"
	     "\t\t\tcompadd -- --help --version\n"
	     "\t\telse\n"
	     "\t\t\t_describe -t commands command commands\n"
	     "\t\tfi\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tlocal name=$words[2]\n"
	     "\tshift words\n"
	     "\t((CURRENT--))\n"
	     "\tcase $name in");
}

/* Text inside single quotes, inside the brackets of an _arguments specification. */
static void zsh_text(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]\\:", *s) != NULL)
			putchar('\\');
		putchar(*s);
	}
}

/* A specification for _arguments: '(-x --long)'{-x,--long}'[help]:name:action'. */
static void zsh_option(const struct opt *o)
{
	enum opt_value kind = opt_value(o);
	bool value = kind != OPT_NO_VALUE;

	printf("\t\t\t");
	if (o->letter != 0)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
		       value ? "+" : "", o->name, value ? "=" : "");
	else
		printf("'--%s%s[", o->name, value ? "=" : "");
	zsh_text(o->help);
	putchar(']');
	if (value) {
		putchar(':');
		zsh_text(kind == OPT_WORD_OF ? o->name : o->value_name);
		putchar(':');
	}
	if (kind == OPT_FILE)
		printf("_files");
	else if (kind == OPT_FOLDER)
		printf("_files -/");
	else if (kind == OPT_WORD_OF) {
		putchar('(');
		print_spaced(o->choices);
		putchar(')');
	} else if (value) {
		putchar(' ');
	}
	puts("' \\");
}

/* A case of one command; the arguments of help are commands, of all others files. */
static void zsh_command(const struct command *cmd, const struct opt *own, size_t n)
{
	size_t i;

	printf("\t%s)\n\t\t_arguments -s -S \\\n", cmd->name);
	for (i = 0; opt_at(own, n, i) != NULL; i++)
		zsh_option(opt_at(own, n, i));
	zsh_option(&opt_help_option);
	if (strcmp(cmd->name, "help") != 0) {
		puts("\t\t\t'*:file:_files' ;;");
		return;
	}
	printf("\t\t\t'1:command:(");
	print_names();
	puts(")' ;;");
}

/* The script can be autoloaded as _bytepiece or sourced; the last lines tell the cases apart. */
static void zsh_end(void)
{
	puts("\tesac\n"
	     "}\n"
	     "if [[ $funcstack[1] == _bytepiece ]]; then\n"
	     "\t_bytepiece \"$@\"\n"
	     "else\n"
	     "\tcompdef _bytepiece bytepiece\n"
	     "fi");
}

const struct help_form help_zsh = { zsh_begin, zsh_command, zsh_end };

static void fish_text(const char *s)
{
	printf(" -d '");
	print_escaped(s, "'\\", "\\");
	puts("'");
}

/* fish: one line for each command and option, with the condition under which it is offered. */
static void fish_begin(void)
{
	const struct command *c;

	puts("# Completions of bytepiece for fish, written by \"bytepiece help --fish\".");
	for (c = cmd_table; c->name != NULL; c++) {
		printf("complete -c bytepiece -f -n __fish_use_subcommand -a %s", c->name);
		fish_text(c->summary);
	}
	printf("complete -c bytepiece -n __fish_use_subcommand -l version");
	fish_text("print name and version");
	printf("complete -c bytepiece -s h -l help");
	fish_text(opt_help_option.help);
	printf("complete -c bytepiece -f -n '__fish_seen_subcommand_from help' -a '");
	print_names();
	puts("'");
}

static void fish_command(const struct command *cmd, const struct opt *own, size_t n)
{
	const struct opt *o;
	size_t i;

	for (i = 0; (o = opt_at(own, n, i)) != NULL; i++) {
		printf("complete -c bytepiece -n '__fish_seen_subcommand_from %s'", cmd->name);
		if (o->letter != 0)
			printf(" -s %c", o->letter);
		printf(" -l %s", o->name);
		switch (opt_value(o)) {
		case OPT_NO_VALUE: break;
		case OPT_FILE: printf(" -r -F"); break;
		case OPT_FOLDER: printf(" -x -a '(__fish_complete_directories)'"); break;
		case OPT_ANY: printf(" -x"); break;
		case OPT_WORD_OF:
			printf(" -x -a '");
			print_spaced(o->choices);
			putchar('\'');
		}
		fish_text(o->help);
	}
}

static void fish_end(void)
{
}

const struct help_form help_fish = { fish_begin, fish_command, fish_end };
