#include "cli/cmd.h"

int cmd_encode(const struct command *self, int argc, char **argv)
{
	const char *model = NULL, *out = NULL;
	struct cmd_records records = { 0 };
	bool flush = false;
	unsigned format = BP_FORMAT_IDS;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out, "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", "ids|pieces|u16|u32", &format,
			      "ids in decimal (default), the pieces as text, or raw ids of two or "
			      "four bytes, lowest first"),
		CMD_RECORDS(records),
		OPT_TO_FLAG(0, "flush", &flush, "answer each text before the next one is read"),
	};
	bp_input in;
	bp_error err;
	bp_model *m;
	double start = msg_seconds();
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status) ||
	    (m = cmd_load(model, &status)) == NULL)
		return status;
	in.flush = flush;
	if (bp_encode_files(m, &in, out, (bp_format)format, &err) != BP_OK)
		status = err.code == BP_ERANGE ? msg_usage("%s", err.msg) : cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
