#include "cli/cmd.h"
int cmd_train(const struct command *self, int argc, char **argv){(void)self;(void)argc;(void)argv;return 1;}
