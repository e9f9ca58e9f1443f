#include <stddef.h>
#include "cli/view.h"
const char *const view_style[] = { NULL };
const char *const view_script[] = { NULL };
