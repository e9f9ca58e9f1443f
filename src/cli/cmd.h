/* cmd.h - the commands, and what they have in common. */
#ifndef BP_CLI_CMD_H
#define BP_CLI_CMD_H

#include <stdio.h>

#include "bytepiece_files.h"
#include "cli/msg.h"
#include "cli/opt.h"

/* All of them, in the order of the help; the name of the one after the last is NULL. */
extern const struct command cmd_table[];

/* By its name; NULL, and said so, if there is none. */
const struct command *cmd_find(const char *name);

/* What the program is and which commands it has. */
void cmd_print_overview(FILE *f);

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

/* Options that say what a text is. */
struct cmd_records {
	bool null, whole;
};
#define CMD_RECORDS(r) \
	OPT_TO_FLAG('z', "null", &(r).null, "texts end with NUL instead of newline"), \
	OPT_TO_FLAG(0, "whole", &(r).whole, "each file is one text, newlines included")

/*
 * What commands on files begin with: parse the options, and fill in *in from them and the files;
 * no file is standard input.  False if the command is over, with its exit status in *status.
 */
#define CMD_START(self, opts, argc, argv, records, in, status) \
	cmd_start(self, opts, sizeof(opts) / sizeof((opts)[0]), argc, argv, records, in, status)
bool cmd_start(const struct command *self, const struct opt *opts, size_t n, int argc, char **argv,
	       const struct cmd_records *r, bp_input *in, int *status);

/* Load the model that -m names; NULL if that fails, with the exit status in *status. */
bp_model *cmd_load(const char *path, int *status);

/* How many ids are no pieces. */
uint32_t cmd_n_specials(const bp_model *m);

/* The alpha of a distribution: a decimal number, at least 0 and finite. */
bool cmd_alpha(const char *s, double *alpha);

/* With -v: how long it took since 'start', and the peak memory. */
void cmd_explain_cost(double start);

/* Say what went wrong and return the exit status; after a signal, end as that would have. */
int cmd_failed(const bp_error *err);

#endif
