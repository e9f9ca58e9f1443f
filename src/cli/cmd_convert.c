#include "cli/cmd.h"

#include <string.h>

static unsigned n_model_forms(void)
{
	unsigned n = 0;

	while (bp_model_form_info(n) != NULL)
		n++;
	return n;
}

/* Format number i: the forms of a model first, then the exports; NULL after the last. */
static const bp_form_info *format_at(unsigned i)
{
	unsigned n = n_model_forms();

	return i < n ? bp_model_form_info(i) : bp_export_form_info(i - n);
}

/*
 * Set 'names' to the choices of --format and 'help' to its help.  Both come from the library's
 * tables, so that a new export needs no change here.
 */
static void describe_formats(char *names, size_t names_room, char *help, size_t help_room)
{
	const bp_form_info *f;
	unsigned i;

	names[0] = '\0';
	snprintf(help, help_room, "format of the output (default %s).",
		 format_at(BP_MODEL_JSON)->name);
	for (i = 0; (f = format_at(i)) != NULL; i++) {
		snprintf(names + strlen(names), names_room - strlen(names), "%s%s",
			 i > 0 ? "|" : "", f->name);
		snprintf(help + strlen(help), help_room - strlen(help), "%s %s: %s",
			 i > 0 ? ";" : "", f->name, f->use);
	}
}

static void print_note(void *ctx, const char *line)
{
	(void)ctx;
	msg_info("note: %s", line);
}

/* Options of exports belong to no form of a model.  Returns an exit status. */
static int check_export_options(const char *out, unsigned form, const bp_export_options *o)
{
	bp_error err;

	if (form < n_model_forms() && (o->bos || o->eos || o->chat_template != NULL))
		return msg_usage("--bos, --eos and --chat-template belong to exports: -f "
				 "huggingface or gguf");
	if (form >= n_model_forms() &&
	    bp_export_check(out, (bp_export_form)(form - n_model_forms()), o, &err) != BP_OK)
		return cmd_call_failed(&err);
	return EXIT_OK;
}

int cmd_convert(const struct command *self, int argc, char **argv)
{
	char names[256], help[1024];
	bp_export_options o = { .note = print_note };
	const char *out = NULL, *model = NULL;
	unsigned form = BP_MODEL_JSON;
	bool force = false;
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model,
			      "the model, in place of the operand"),
		OPT_TO_STRING('o', "output", "OUT", &out, "the file to write (required)"),
		OPT_TO_CHOICE('f', "format", names, &form, help),
		OPT_TO_FLAG(0, "bos", &o.bos,
			    "the other library puts <bos> before each text (huggingface, gguf)"),
		OPT_TO_FLAG(0, "eos", &o.eos,
			    "the other library puts <eos> after each text (huggingface, gguf)"),
		OPT_TO_STRING(0, "chat-template", "FILE", &o.chat_template,
			      "template of conversations (a folder of huggingface, or gguf)"),
		CMD_FORCE(&force),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	bp_model *m;
	bp_status st;
	int status;

	describe_formats(names, sizeof(names), help, sizeof(help));
	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (out == NULL)
		return msg_usage("-o OUT is required");
	if ((status = check_export_options(out, form, &o)) != EXIT_OK)
		return status;
	if ((model = cmd_model_path(model, &in, argv, &status)) == NULL ||
	    (m = cmd_load(model, &status)) == NULL)
		return status;
	if (form < n_model_forms())
		st = bp_save(m, out, (bp_model_form)form, &err);
	else
		st = bp_export(m, out, (bp_export_form)(form - n_model_forms()), &o, &err);
	if (st != BP_OK)
		status = cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
