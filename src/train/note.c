#include "train/note.h"

#include <stdarg.h>
#include <stdio.h>

void bp_train_note(const bp_train_options *o, const char *fmt, ...)
{
	char line[256];
	va_list args;

	if (o->note == NULL)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	o->note(o->note_ctx, line);
}
