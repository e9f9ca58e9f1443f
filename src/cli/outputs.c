/*
 * The rules of files for all commands.  The table of a command's options names its files: -o and
 * --next are written; -m, --extend, --plan, files of strings and the arguments are read.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"

static const struct opt *option(const struct opt *opts, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(opts[i].name, name) == 0)
			return &opts[i];
	return NULL;
}

/* The value of an option with a string; NULL if it was not given or the command has none. */
static const char *value(const struct opt *opts, size_t n, const char *name)
{
	const struct opt *o = option(opts, n, name);

	return o != NULL && o->kind == OPT_STRING ? *o->to.string : NULL;
}

bool outputs_go_to_stdout(const struct opt *opts, size_t n)
{
	const struct opt *o = option(opts, n, "output");

	return o != NULL && (*o->to.string == NULL || strcmp(*o->to.string, "-") == 0);
}

/* The name of the chosen format, of *len bytes; NULL if the command has no formats. */
static const char *chosen_format(const struct opt *opts, size_t n, size_t *len)
{
	const struct opt *o = option(opts, n, "format");
	const char *s;
	size_t i;

	if (o == NULL)
		return NULL;
	for (s = o->choices, i = 0; i < *o->to.choice; i++)
		s = strchr(s, '|') + 1;
	*len = strcspn(s, "|");
	return s;
}

static bool is_name(const char *name, const char *s, size_t len)
{
	return strlen(name) == len && memcmp(name, s, len) == 0;
}

/* The form of a model with the name of the chosen format; NULL if there is none. */
static const bp_form_info *chosen_model_form(const struct opt *opts, size_t n)
{
	const bp_form_info *form;
	size_t len, i;
	const char *s = chosen_format(opts, n, &len);

	for (i = 0; s != NULL && (form = bp_model_form_info(i)) != NULL; i++)
		if (is_name(form->name, s, len))
			return form;
	return NULL;
}

static bool writes_model(const struct opt *opts, size_t n)
{
	return chosen_model_form(opts, n) != NULL;
}

/* Is the chosen format one of bytes that a terminal cannot show? */
static bool is_binary(const struct opt *opts, size_t n)
{
	const bp_form_info *form = chosen_model_form(opts, n);
	size_t len, i;
	const char *s = chosen_format(opts, n, &len), *name;

	/* Counts have two forms, of the names that the two forms of a model have or do not have. */
	for (i = 0; s != NULL && (name = bp_format_name((bp_format)i)) != NULL; i++)
		if (is_name(name, s, len))
			return bp_format_is_binary((bp_format)i);
	if (form != NULL)
		return form->binary;
	for (i = 0; s != NULL && (form = bp_export_form_info(i)) != NULL; i++)
		if (is_name(form->name, s, len))
			return form->binary;
	return false;
}

/* The files that a command reads, and whether it replaces files of any kind. */
struct files {
	const char *option[6];		/* NULL: not given */
	const bp_input *in;
	bool can_force, is_forced;	/* --force is an option; it was given */
};
enum { N_OPTIONS = sizeof(((struct files *)0)->option) / sizeof(const char *) };

/* Check a path to be written (NULL: none), and print the reason against it; an exit status. */
static int check_path(const struct files *f, const char *out, bp_contents kind)
{
	bp_error err;

	if (!f->can_force)
		kind = BP_CONTENTS_ANY;
	if (out == NULL ||
	    (bp_output_check(out, f->option, N_OPTIONS, &err) == BP_OK &&
	     bp_output_check(out, f->in->path, f->in->n_paths, &err) == BP_OK &&
	     (f->is_forced || bp_replace_check(out, kind, &err) == BP_OK)))
		return EXIT_OK;
	return cmd_call_failed(&err);
}

/* Check the paths of -o: itself, or with several sizes one for each. */
static int check_output_path(const struct files *f, const struct opt *opts, size_t n,
			     bp_contents kind)
{
	const char *out = value(opts, n, "output");
	const struct opt *sizes = option(opts, n, "vocab-size");
	size_t room = out != NULL ? strlen(out) + 32 : 0, i;
	int status = EXIT_OK;
	char *path;

	if (out == NULL || sizes == NULL || sizes->kind != OPT_LIST || sizes->to.list->n < 2)
		return check_path(f, out, kind);
	if ((path = malloc(room)) == NULL)
		return msg_fail("out of memory");
	for (i = 0; i < sizes->to.list->n && status == EXIT_OK; i++) {
		snprintf(path, room, "%s.%" PRIu32, out, sizes->to.list->value[i]);
		status = check_path(f, path, kind);
	}
	free(path);
	return status;
}

static int check_files(const struct command *self, const struct opt *opts, size_t n,
		       const bp_input *in)
{
	const struct opt *force = option(opts, n, "force");
	/* A model that is read as a whole before a model is written may be replaced. */
	bool converts = strcmp(self->name, "convert") == 0;
	bool in_place = converts && writes_model(opts, n);
	bool edits = strcmp(self->name, "edit") == 0;
	bool counts = strcmp(self->name, "count") == 0 || strcmp(self->name, "merge") == 0;
	const bp_input none = { .n_paths = 0 };
	struct files f = {
		.option = { edits ? NULL : value(opts, n, "model"), value(opts, n, "extend"),
			    value(opts, n, "plan"), value(opts, n, "piece-file"),
			    value(opts, n, "special-file"), value(opts, n, "remove-file") },
		.in = in_place ? &none : in, .can_force = force != NULL,
		.is_forced = force != NULL && *force->to.flag
	};
	int status = check_output_path(&f, opts, n,
				       converts ? BP_CONTENTS_EXPORT :
				       counts ? BP_CONTENTS_COUNTS : BP_CONTENTS_MODEL);

	if (status == EXIT_OK)
		status = check_path(&f, value(opts, n, "index"), BP_CONTENTS_MODEL);
	return status != EXIT_OK ? status :
	       check_path(&f, value(opts, n, "next"), BP_CONTENTS_COUNTS);
}

/* The number of values of an option that name standard input. */
static size_t n_stdin(const struct opt *o)
{
	size_t i, n = 0;

	if (o == NULL)
		return 0;
	if (o->kind != OPT_WORDS)
		return *o->to.string != NULL && strcmp(*o->to.string, "-") == 0;
	for (i = 0; i < o->to.words->n; i++)
		n += strcmp(o->to.words->word[i], "-") == 0;
	return n;
}

/* The number of inputs that are standard input.  Without names, "edit" does not read it, and
 * "convert" and "inspect" only if their model is not given by an option. */
static size_t n_stdin_inputs(const struct command *self, const bp_input *in, bool has_operands,
			     bool has_model)
{
	bool takes_model = strcmp(self->name, "convert") == 0 || strcmp(self->name, "inspect") == 0;
	size_t i, n = 0;

	if (!has_operands && (strcmp(self->name, "edit") == 0 || (takes_model && has_model)))
		return 0;
	for (i = 0; i < in->n_paths; i++)
		n += strcmp(in->path[i], "-") == 0;
	return n;
}

int stdin_check(const struct command *self, const struct opt *opts, size_t n, const bp_input *in,
		bool has_operands)
{
	static const char *const reading[] = { "model", "extend", "plan", "piece-file",
					       "special-file", "remove-file",
					       "chat-template" };
	const char *first = NULL;
	size_t n_inputs = n_stdin_inputs(self, in, has_operands, value(opts, n, "model") != NULL);
	size_t i, k;

	for (i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
		if ((k = n_stdin(option(opts, n, reading[i]))) == 0)
			continue;
		if (first != NULL || k > 1)
			return msg_usage("--%s - and --%s -: standard input can be read only once",
					 first != NULL ? first : reading[i], reading[i]);
		first = reading[i];
	}
	if (n_inputs > 1)
		return msg_usage("- and -: standard input can be read only once");
	if (first != NULL && n_inputs > 0)
		return msg_usage("--%s - and input from standard input, too: it can be read only "
				 "once", first);
	return EXIT_OK;
}

int outputs_check(const struct command *self, const struct opt *opts, size_t n,
		  const bp_input *in)
{
	/* "convert" always has -o, so that "-" there does not tell what its user knows. */
	bool asked = value(opts, n, "output") != NULL && strcmp(self->name, "convert") != 0;

	if (outputs_go_to_stdout(opts, n) && !asked && is_binary(opts, n) &&
	    bp_stdout_is_terminal())
		return msg_fail("bytes of this format are not written to a terminal: give %s, or "
				"pass them on with '|'",
				strcmp(self->name, "convert") == 0 ? "-o FILE"
				: "-o FILE (or -o - for the terminal)");
	return check_files(self, opts, n, in);
}

static bp_output *unfinished;	/* NULL: standard output, or nothing is written */

static void drop_unfinished(void)
{
	bp_output_free(unfinished);
	unfinished = NULL;
}

FILE *cmd_output_begin(const char *path, int *status)
{
	bp_error err;

	/* Errors of standard output are main()'s. */
	if (path == NULL || strcmp(path, "-") == 0)
		return stdout;
	if ((unfinished = bp_output_new(path, &err)) == NULL) {
		*status = cmd_failed(&err);
		return NULL;
	}
	msg.before_signal = drop_unfinished;
	return bp_output_stream(unfinished);
}

int cmd_output_end(int status)
{
	bp_error err;

	if (unfinished != NULL && status == EXIT_OK && bp_output_commit(unfinished, &err) != BP_OK)
		status = cmd_failed(&err);
	drop_unfinished();
	return status;
}
