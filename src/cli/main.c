/* The program: the table of commands, dispatch, and the check of standard output. */
#include <errno.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/suggest.h"

const struct command cmd_table[] = {
	{ "train", "-o MODEL [options] [FILE...]",
	  "Train a vocabulary on texts and write it as a model.", cmd_train,
	  "bytepiece train --vocab-size 8000 -o my.model *.txt\n"
	  "bytepiece train --vocab-size 1000,4000 --resume work -o small.model *.txt\n"
	  "bytepiece train --extend my.model --vocab-size 9000 -o new.model *.txt" },
	{ "encode", "-m MODEL [options] [FILE...]",
	  "Encode texts as ids, one line for each text.", cmd_encode,
	  "echo 'The keeper lit the lamp.' | bytepiece encode -m my.model\n"
	  "bytepiece encode -m my.model -o text.ids text.txt\n"
	  "bytepiece encode -m my.model -f pieces text.txt | head" },
	{ "decode", "-m MODEL [options] [FILE...]",
	  "Decode lines of ids to texts, byte for byte.", cmd_decode,
	  "bytepiece decode -m my.model text.ids\n"
	  "bytepiece encode -m my.model text.txt | bytepiece decode -m my.model | cmp - text.txt" },
	{ "count", "[options] [FILE...]",
	  "Training in parts: draw and count from one part of the texts.", cmd_count,
	  "bytepiece count -o part.counts part.txt\n"
	  "bytepiece count --whole-size 100T -o first.counts part.txt" },
	{ "merge", "[options] [COUNTS...]",
	  "Training in parts: add up files of counts.", cmd_merge,
	  "bytepiece merge -o all.counts part.counts other.counts" },
	{ "build", "-o MODEL|--next PLAN [options] [COUNTS...]",
	  "Training in parts: turn all counts into the next plan, or the model.",
	  cmd_build,
	  "bytepiece build -o my.model all.counts" },
	{ "eval", "-m MODEL [options] [FILE...]",
	  "Measure a model on texts: tokens, bytes per token, encoding rate.", cmd_eval,
	  "bytepiece eval -m my.model text.txt\n"
	  "bytepiece eval -m my.model -f json text.txt\n"
	  "bytepiece eval -m my.model -m my.bin --per-file text.txt" },
	{ "convert", "-o OUT [options] MODEL",
	  "Write a model in another form, or for another library.", cmd_convert,
	  "bytepiece convert -f binary -o my.binary my.model\n"
	  "bytepiece convert -f huggingface -o tokenizer.json my.model\n"
	  "bytepiece convert -f gguf -o my.gguf my.model" },
	{ "edit", "-o OUT [options] [LIST...]",
	  "Add pieces and special tokens, shrink a vocabulary, make one from a word list.",
	  cmd_edit,
	  "bytepiece edit -m my.model -o chat.model --special '<user>' --special '<bot>'\n"
	  "bytepiece edit -m my.model -o more.model --piece Leuchtturm words.tsv\n"
	  "bytepiece edit -m my.model -o less.model --vocab-size 1000" },
	{ "inspect", "[options] MODEL",
	  "Describe a model, its vocabulary, or single pieces.", cmd_inspect,
	  "bytepiece inspect my.model\n"
	  "bytepiece inspect --vocab my.model | sort -t \"$(printf '\\t')\" -k3 -n -r | head" },
	{ "view", "-m MODEL [options] [FILE...]",
	  "Show the pieces of texts, in colour or as an HTML page.", cmd_view,
	  "bytepiece view -m my.model text.txt\n"
	  "bytepiece view -m my.model --nbest 3 text.txt\n"
	  "bytepiece view -m my.model -f html --sample 0.5 -o pieces.html text.txt" },
	{ "help", "[options] [COMMAND]",
	  "Describe a command; print the manual page, or completions for a shell.", cmd_help,
	  "bytepiece help encode\n"
	  "bytepiece help --man | man -l -\n"
	  "eval \"$(bytepiece help --bash)\"" },
	{ NULL, NULL, NULL, NULL, NULL }
};

/* Options before the command are a common mistake, so they get a message of their own. */
const struct command *cmd_find(const char *name)
{
	struct suggestion near = { .word = name, .len = strlen(name) };
	const struct command *c;
	char hint[80];

	for (c = cmd_table; c->name != NULL; c++) {
		if (strcmp(name, c->name) == 0)
			return c;
		suggest_try(&near, c->name, strlen(c->name));
	}
	if (name[0] == '-')
		msg_usage("'%s': the command comes first, options follow it", name);
	else
		msg_usage("unknown command '%s'%s", name, suggest_hint(&near, "", hint));
	return NULL;
}

static int run_command(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		cmd_print_overview(msg_print);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		cmd_print_overview(printf);
		return EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("bytepiece %s\n", bp_version());
		return EXIT_OK;
	}
	if ((c = cmd_find(argv[1])) == NULL)
		return EXIT_USAGE;
	msg.command = c->name;
	return c->run(c, argc - 2, argv + 2);
}

int main(int argc, char **argv)
{
	int status;

	/* Before anything is opened: a file must not take the descriptor of a standard stream. */
	if (!bp_open_standard_streams())
		return EXIT_FAILED;
	bp_catch_signals();
	if ((argv = bp_utf8_arguments(&argc, argv)) == NULL)
		return msg_fail("out of memory");
	status = run_command(argc, argv);
	msg_progress_end();
	/*
	 * If a write failed earlier, errno has the reason and is kept; fflush() may succeed then.
	 * (musl writes the first line at once and drops the bytes that it could not write.)
	 */
	if (!ferror(stdout))
		errno = 0;
	if (status == EXIT_OK && (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0))
		status = msg_fail("standard output: %s",
				  errno != 0 ? strerror(bp_stream_error()) : "cannot be written");
	return status;
}
