#include "cli/cmd.h"

/* Forms of a model first, then those of other libraries, each in the order of its enumeration. */
#define FORMATS "json|binary|sentencepiece|huggingface|tsv"
enum { FIRST_EXPORT = BP_MODEL_BINARY + 1 };

static void print_note(void *ctx, const char *line)
{
	(void)ctx;
	msg_info("note: %s", line);
}

int cmd_convert(const struct command *self, int argc, char **argv)
{
	const char *out = NULL;
	unsigned form = BP_MODEL_JSON;
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "OUT", &out, "the file to write (required)"),
		OPT_TO_CHOICE('f', "format", FORMATS, &form,
			      "what is written: a model (default json; binary loads at once), or a "
			      "file for another library or program"),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	bp_model *m;
	bp_status st;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (out == NULL)
		return msg_usage("-o OUT is required");
	if (in.n_paths != 1)
		return msg_usage("exactly one MODEL is required");
	if ((m = cmd_load(in.path[0], &status)) == NULL)
		return status;
	if (form < FIRST_EXPORT)
		st = bp_save(m, out, (bp_model_form)form, &err);
	else
		st = bp_export(m, out, (bp_export_form)(form - FIRST_EXPORT), print_note, NULL, &err);
	if (st != BP_OK)
		status = cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
