/* The program: finds the command, and makes sure that standard output has arrived. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

static const struct command commands[] = {
	{ "train", "-o MODEL [options] [FILE...]",
	  "Train a vocabulary from texts and write it as a model.", cmd_train },
	{ "encode", "-m MODEL [options] [FILE...]",
	  "Turn texts into ids, a line per text.", cmd_encode },
	{ "decode", "-m MODEL [options] [FILE...]",
	  "Turn lines of ids back into texts, byte for byte.", cmd_decode },
	{ "count", "[options] [FILE...]",
	  "Training in parts: count what a step needs in a part of the text.", cmd_count },
	{ "merge", "[options] [COUNTS...]",
	  "Training in parts: add up counts.", cmd_merge },
	{ "build", "-o MODEL --next PLAN [options] [COUNTS...]",
	  "Training in parts: make of all counts the plan of the next step, or the model.",
	  cmd_build },
	{ "eval", "-m MODEL [options] [FILE...]",
	  "Say what a model makes of texts: tokens, bytes per token, rate.", cmd_eval },
	{ "inspect", "[options] MODEL",
	  "Say what a model is and holds.", cmd_inspect },
	{ "view", "-m MODEL [options] [FILE...]",
	  "Show how texts are cut into pieces, in colour or as a page.", cmd_view },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *f)
{
	size_t i;

	fprintf(f, "Usage: bytepiece COMMAND [options] [FILE...]\n\n"
		"Byte-level Unigram tokenizer: trains vocabularies, encodes and decodes text.\n\n"
		"Commands:\n");
	for (i = 0; i < N_COMMANDS; i++)
		fprintf(f, "  %-9s  %s\n", commands[i].name, commands[i].summary);
	fprintf(f, "\n'bytepiece COMMAND --help' tells the options of a command.\n"
		"Without FILE, or where FILE is -, standard input is read.\n");
}

static int run(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("bytepiece %s\n", BP_VERSION);
		return EXIT_OK;
	}
	for (i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			msg.command = commands[i].name;
			return commands[i].run(&commands[i], argc - 2, argv + 2);
		}
	return msg_usage("no command '%s'", argv[1]);
}

int main(int argc, char **argv)
{
	int status;

	bp_catch_signals();
	status = run(argc, argv);
	msg_progress_end();
	errno = 0;
	if (status == EXIT_OK && (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0))
		status = msg_fail("standard output: %s",
				  errno != 0 ? strerror(errno) : "cannot be written");
	return status;
}
