/* help.h - the options of all commands in other forms. */
#ifndef BP_CLI_HELP_H
#define BP_CLI_HELP_H

#include "cli/opt.h"

/* To standard output; 'command' is called for each, in the order of the table. */
struct help_form {
	void (*begin)(void);
	opt_help_fn *command;
	void (*end)(void);
};
extern const struct help_form help_man;		/* bytepiece(1), for man */
extern const struct help_form help_bash, help_zsh, help_fish;	/* completions */

#endif
