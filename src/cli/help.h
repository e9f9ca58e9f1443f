/* help.h - help of all commands as a manual page and as completions for shells. */
#ifndef BP_CLI_HELP_H
#define BP_CLI_HELP_H

#include "cli/opt.h"

/* Writers to standard output: begin(), command() for each row of cmd_table in its order, end(). */
struct help_form {
	void (*begin)(void);
	opt_help_fn *command;
	void (*end)(void);
};
extern const struct help_form help_man;		/* bytepiece(1), for man: man.c */
extern const struct help_form help_bash, help_zsh, help_fish;	/* complete.c */

#endif
