/* The manual page, for groff's and mandoc's man macros: what is said here, and the tables. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/help.h"

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
	"finds a vocabulary of pieces, strings of bytes, in texts, and writes it as a model.",
	"With a model it cuts texts into the sequence of pieces that is most probable under the",
	"Unigram language model, and writes their ids.",
	"Any bytes can be encoded, spaces and newlines are ordinary text, and decoding gives the",
	"input back: its Unicode normal form C, or with a model trained",
	".B \\-\\-normalize none",
	"just the bytes.",
	".PP",
	"Without",
	".IR FILE ,",
	"or where it is",
	".BR \\- ,",
	"standard input is read.",
	"Options may follow files;",
	".B \\-\\-",
	"ends them.",
	"A long option takes its value as the next word or after",
	".BR = ,",
	"a short one as the next word or in the same.",
	"Sizes may end in K, M or G (powers of 1024).",
	"The output never depends on the number of threads.",
	".PP",
	"Each line of input is one text.",
	"With",
	".B \\-z",
	"texts end in NUL instead and may hold newlines; with",
	".B \\-\\-whole",
	"each file is one text.",
	"Each text gives one line of ids.",
	"A last text without its end mark gives a line without a newline, so that it comes back as",
	"it was.",
	".PP",
	"Results go to standard output or to the file that",
	".B \\-o",
	"names, which appears whole or not at all.",
	"Everything else goes to standard error.",
	"Work that takes longer than a second shows its progress there: on a terminal in one line",
	"that is gone at the end, else in a line every ten seconds.",
	"There are no colours.",
	".SH COMMANDS",
	NULL
};

static const char *const after[] = {
	".SH FILES",
	".TP",
	"Model",
	"JSON: an object with a member for each piece, its name the piece in base64, its value an",
	"array of id, piece as text, and count.",
	"Ids 0, 1 and 2 are the control tokens <pad>, <bos> and <eos>, pieces are numbered from 3 on.",
	"A model may have more control tokens, with any ids after these; no text gives them.",
	"The Python package",
	".I bytepiece",
	"reads and writes the same.",
	"A model with other settings than it has, or more control tokens, is an object of two members,",
	"\"bytepiece\" for these and \"pieces\".",
	"The binary form, which \"convert \\-f binary\" writes, holds the same and loads many times faster.",
	".TP",
	"Ids",
	"Decimal, one space apart, a line for each text; or raw ones of two or four bytes, lowest",
	"first, one text after another.",
	".TP",
	"Counts and plans",
	"Rows of a key and a count, sorted by key, with a checksum.",
	"As text: lines of hexadecimal key, tab, and count, sorted by bytes.",
	"They belong to the version that wrote them.",
	".TP",
	"Temporary files",
	"A file that is being written has a temporary name beside its own until it is complete.",
	"Counts that do not fit under",
	".B \\-\\-memory",
	"lie in",
	".BR \\-\\-tmpdir ,",
	"without a name where the system allows that.",
	".SH ENVIRONMENT",
	".TP",
	".B TMPDIR",
	"Folder for temporary files, unless",
	".B \\-\\-tmpdir",
	"names one; else /tmp.",
	".TP",
	".B BP_KERNEL",
	"Name of the inner loop of the search",
	".RB ( avx2 ,",
	".BR neon ,",
	".BR c11 ),",
	"for tests and reports of errors; else the fastest that can run.  Results are equal.",
	".SH EXIT STATUS",
	".TP",
	".B 0",
	"Done.",
	".TP",
	".B 1",
	"Failed: a file that cannot be read or is damaged, a full disk, no memory.",
	".TP",
	".B 2",
	"Wrong usage.",
	".PP",
	"SIGINT, SIGTERM and SIGHUP end it by that signal, after what was temporary is removed;",
	"a reader of the output that goes away, by SIGPIPE.",
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
	"tells how to use it.",
	NULL
};

static void print_lines(const char *const *line)
{
	for (; *line != NULL; line++)
		puts(*line);
}

/* 'n' bytes of text as they stand. */
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

static void print_text(const char *s)
{
	print_plain(s, strlen(s));
	putchar('\n');
}

static void print_option(const struct opt *o)
{
	puts(".TP");
	if (o->letter != 0)
		printf("\\fB\\-%c\\fR, ", o->letter);
	printf("\\fB\\-\\-");
	print_plain(o->name, strlen(o->name));
	printf("\\fR");
	if (o->kind != OPT_FLAG) {
		printf(o->kind == OPT_CHOICE ? " \\fB" : " \\fI");
		print_plain(o->value_name, strlen(o->value_name));
		printf("\\fR");
	}
	putchar('\n');
	print_text(o->help);
}

static void begin(void)
{
	puts(".\\\" Written by \"bytepiece help --man\".");
	printf(".TH BYTEPIECE 1 \"\" \"bytepiece %s\" \"User Commands\"\n", BP_VERSION);
	print_lines(before);
}

static void command(const struct command *cmd, const struct opt *own, size_t n)
{
	size_t i;

	printf(".SS %s\n.B bytepiece %s\n", cmd->name, cmd->name);
	print_text(cmd->usage);
	puts(".PP");
	print_text(cmd->summary);
	for (i = 0; i < n; i++)
		print_option(&own[i]);
}

static void end(void)
{
	const struct command *c;
	const char *p;
	size_t i;

	puts(".SS All commands");
	for (i = 0; opt_common(i) != NULL; i++)
		print_option(opt_common(i));
	print_option(&opt_help_option);
	print_lines(after);
	for (c = cmd_table; c->name != NULL; c++) {
		if (c != cmd_table)
			puts(".PP");
		print_text(c->summary);
		puts(".PP\n.RS 4\n.nf");
		for (p = c->examples; *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n') {
			print_plain(p, strcspn(p, "\n"));
			putchar('\n');
		}
		puts(".fi\n.RE");
	}
	print_lines(last);
}

const struct help_form help_man = { begin, command, end };
