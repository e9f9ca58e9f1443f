/* outputs.h - checks of a command's outputs before anything is read or written. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cmd.h"

/* Do the results of a command with these options go to standard output?  A live progress line on a
 * terminal would then mix with them. */
bool outputs_go_to_stdout(const struct opt *opts, size_t n);

/*
 * EXIT_OK; or a message and another exit status: if an output is one of the inputs, if it would
 * replace a file of another kind and --force is an option that was not given, or if bytes would go
 * to a terminal.
 */
int outputs_check(const struct command *self, const struct opt *opts, size_t n,
		  const bp_input *in);

#endif
