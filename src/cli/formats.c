/* A format that is added to the library's table appears here without a change. */
#include "cli/formats.h"

#include <stdio.h>
#include <string.h>

/* Append to a string that has room for 'cap' bytes; the end is cut off if it does not fit. */
static void append_string(char *s, size_t cap, const char *a, const char *b, const char *c)
{
	size_t n = strlen(s);

	snprintf(s + n, cap - n, "%s%s%s", a, b, c);
}

void formats_list(struct formats *f, bool decodable)
{
	const char *name;
	unsigned i;

	*f = (struct formats){ 0 };
	for (i = 0; (name = bp_format_name((bp_format)i)) != NULL && f->n < FORMATS_MAX; i++) {
		if (decodable && !bp_format_is_decodable((bp_format)i))
			continue;
		append_string(f->choices, sizeof(f->choices), f->n > 0 ? "|" : "", name, "");
		append_string(f->help, sizeof(f->help), f->n > 0 ? "; " : "", name, ": ");
		append_string(f->help, sizeof(f->help), bp_format_help((bp_format)i),
			      f->n == 0 ? " (default)" : "", "");
		f->format[f->n++] = (bp_format)i;
	}
}
