/*
 * The manual page, for the man macros of groff and mandoc: the fixed texts below, and between them
 * the options and examples from the tables.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/help.h"

/* The fixed text before the commands, in between, and at the end. */
static const char *const before[] = {
	".SH NAME",
	"bytepiece \\- train byte-level Unigram tokenizers, turn text into ids and back",
	".SH SYNOPSIS",
	"\\fBbytepiece\\fR \\fICOMMAND\\fR [options] [\\fIFILE\\fR...]",
	".br",
	"\\fBbytepiece\\fR \\fICOMMAND\\fR \\fB\\-\\-help\\fR",
	".br",
	"\\fBbytepiece \\-\\-help\\fR | \\fB\\-\\-version\\fR",
	".SH DESCRIPTION",
	".B bytepiece",
	"trains a tokenizer: it finds a vocabulary of pieces, strings of bytes, in",
	"texts, and writes it",
	"as a model.",
	"With a model it divides texts into the most probable sequence of pieces under the Unigram",
	"language model, and writes the ids of these pieces.",
	"Any bytes can be encoded; spaces and newlines are ordinary text.",
	"Decoding restores the text in Unicode normal form C, or, with a model trained with",
	".BR \"\\-\\-normalize none\" ,",
	"byte for byte.",
	".PP",
	"Without",
	".IR FILE ,",
	"or if it is",
	".BR \\- ,",
	"standard input is read.",
	"Options may follow files;",
	".B \\-\\-",
	"ends them.",
	"A long option takes its value as the next word or after",
	".BR = ,",
	"a short option as the next word or in the same word.",
	"Numbers may end with K, M or G (powers of 1024).",
	"The output never depends on the number of threads.",
	".PP",
	"Each line of input is one text.",
	"With",
	".B \\-z",
	"texts end with NUL instead and may contain newlines; with",
	".B \\-\\-whole",
	"each file is one text.",
	"Each text is encoded as one line of ids.",
	"If the last text has no end mark, its line has no newline, so that decoding",
	"restores the input.",
	".PP",
	"Results go to standard output or to the file that",
	".B \\-o",
	"names.",
	"That file is complete or does not appear at all.",
	"Messages go to standard error.",
	"Work that takes longer than a second reports its progress there: on a",
	"terminal in one line,",
	"which is erased at the end, otherwise in one line every ten seconds.",
	".SH COMMANDS",
	NULL
};

static const char *const after[] = {
	".SH FILES",
	".TP",
	"Model",
	"JSON: an object with one member for each piece. Its name is the piece in",
	"base64, its value an",
	"array of id, piece as text, and count.",
	"Ids 0, 1 and 2 are the special tokens <pad>, <bos> and <eos>; the pieces have",
	"the ids from 3.",
	"A model may have further special tokens, with any ids from 3.",
	"The Python package",
	".I bytepiece",
	"reads and writes this form.",
	"A model with further special tokens, or with settings that the package does",
	"not have, is an",
	"object of two members: \"bytepiece\" has the settings, \"pieces\" the pieces.",
	"The binary form, written by \"convert \\-f binary\", has equal contents and",
	"loads many times",
	"faster.",
	".TP",
	"Ids",
	"Decimal, separated by spaces, one line for each text; or raw ids of two or",
	"four bytes, lowest",
	"byte first, one text after another.",
	".TP",
	"Counts and plans",
	"Rows of a key and a count, sorted by key, with a checksum.",
	"As text: lines of hexadecimal key, tab, and count, sorted by bytes.",
	"Only the version that wrote such a file reads it.",
	".TP",
	"Temporary files",
	"Until an output file is complete, it has a temporary name in the folder of its own name,",
	"and the owner, group and permissions of the file that it replaces.",
	"If the process is killed, a file bytepiece.tmp.* stays; the next command that writes",
	"to this folder removes it.",
	"Counts that do not fit into",
	".B \\-\\-memory",
	"are written to files in",
	".BR \\-\\-tmpdir ,",
	"without a name where the system allows that.",
	".SH ENVIRONMENT",
	".TP",
	".B TMPDIR",
	"Folder for temporary files, unless",
	".B \\-\\-tmpdir",
	"names one (default /tmp).",
	".TP",
	".B BP_KERNEL",
	"Name of the inner loop of the search",
	".RB ( avx512 ,",
	".BR avx2 ,",
	".BR neon ,",
	".BR c11 ),",
	"for tests and reports of errors (default: the fastest that the processor can run).",
	"All kernels give equal results.",
	".SH EXIT STATUS",
	".TP",
	".B 0",
	"Success.",
	".TP",
	".B 1",
	"Failure: a file cannot be read or is damaged, the disk is full, or memory is exhausted.",
	".TP",
	".B 2",
	"Wrong usage.",
	".PP",
	"After SIGINT, SIGTERM or SIGHUP the program removes its temporary files and",
	"ends by that signal.",
	"If the reader of its output ends first, it ends by SIGPIPE.",
	".SH EXAMPLES",
	NULL
};

static const char *const last[] = {
	".SH SEE ALSO",
	".BR man (1),",
	".BR sort (1),",
	".BR split (1)",
	".PP",
	"The library is described in its headers,",
	".I bytepiece.h",
	"and",
	".IR bytepiece_files.h ;",
	".B pkg\\-config \\-\\-cflags \\-\\-libs bytepiece",
	"prints the flags to compile and link with it.",
	NULL
};

static void print_lines(const char *const *line)
{
	for (; *line != NULL; line++)
		puts(*line);
}

/*
 * Print 'n' bytes so that they appear unchanged on the page.  groff replaces some ASCII characters
 * by typographic ones unless they are escaped, and commands that a reader copies would then fail.
 * A line that begins with a dot or an apostrophe would be a request.
 */
static void print_plain(const char *s, size_t n)
{
	if (n > 0 && (*s == '.' || *s == '\''))
		fputs("\\&", stdout);
	for (; n > 0; s++, n--)
		switch (*s) {
		case '\\': fputs("\\e", stdout); break;
		case '-': fputs("\\-", stdout); break;
		case '\'': fputs("\\(aq", stdout); break;
		case '`': fputs("\\(ga", stdout); break;
		case '^': fputs("\\(ha", stdout); break;
		case '~': fputs("\\(ti", stdout); break;
		default: putchar(*s);
		}
}

static void print_man_text(const char *s)
{
	print_plain(s, strlen(s));
	putchar('\n');
}

/* A tagged paragraph: bold names, value in italics or a choice in bold, then the help. */
static void print_man_option(const struct opt *o)
{
	puts(".TP");
	if (o->letter != 0)
		printf("\\fB\\-%c\\fR, ", o->letter);
	printf("\\fB\\-\\-");
	print_plain(o->name, strlen(o->name));
	printf("\\fR");
	if (o->kind != OPT_FLAG) {
		fputs(o->kind == OPT_OPTIONAL ? "[=" : " ", stdout);
		printf(o->kind == OPT_CHOICE ? "\\fB" : "\\fI");
		print_plain(o->value_name, strlen(o->value_name));
		printf("\\fR%s", o->kind == OPT_OPTIONAL ? "]" : "");
	}
	putchar('\n');
	print_man_text(o->help);
}

static void man_begin(void)
{
	puts(".\\\" Written by \"bytepiece help --man\".");
	printf(".TH BYTEPIECE 1 \"\" \"bytepiece %s\" \"User Commands\"\n", bp_version());
	print_lines(before);
}

static void man_command(const struct command *cmd, const struct opt *own, size_t n)
{
	size_t i;

	printf(".SS %s\n.B bytepiece %s\n", cmd->name, cmd->name);
	print_man_text(cmd->usage);
	puts(".PP");
	print_man_text(cmd->summary);
	for (i = 0; i < n; i++)
		print_man_option(&own[i]);
}

/* The options of all commands, the fixed sections, and the examples of each command. */
static void man_end(void)
{
	const struct command *c;
	const char *p;
	size_t i;

	puts(".SS All commands");
	for (i = 0; opt_common(i) != NULL; i++)
		print_man_option(opt_common(i));
	print_man_option(&opt_help_option);
	puts(".PP");
	print_man_text(opt_size_note);
	print_lines(after);
	for (c = cmd_table; c->name != NULL; c++) {
		if (c != cmd_table)
			puts(".PP");
		print_man_text(c->summary);
		puts(".PP\n.RS 4\n.nf");
		for (p = c->examples; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
			print_plain(p, strcspn(p, "\n"));
			putchar('\n');
		}
		puts(".fi\n.RE");
	}
	print_lines(last);
}

const struct help_form help_man = { man_begin, man_command, man_end };
