#include "cli/cmd.h"

int cmd_convert(const struct command *self, int argc, char **argv)
{
	const char *out = NULL;
	unsigned form = BP_MODEL_JSON;
	struct cmd_records records = { 0 };
	const struct opt opts[] = {
		OPT_TO_STRING('o', "output", "OUT", &out, "the model to write (required)"),
		OPT_TO_CHOICE('f', "format", "json|binary", &form,
			      "of the model that is written (default json); binary loads at once"),
	};
	double start = msg_seconds();
	bp_input in;
	bp_error err;
	bp_model *m;
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (out == NULL)
		return msg_usage("a model to write is needed: -o OUT");
	if (in.n_paths != 1)
		return msg_usage("one model is needed");
	if ((m = cmd_load(in.path[0], &status)) == NULL)
		return status;
	if (bp_save(m, out, (bp_model_form)form, &err) != BP_OK)
		status = cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
