#include "cli/cmd.h"

int cmd_encode(const struct command *self, int argc, char **argv)
{
	const char *model = NULL, *out = NULL;
	struct cmd_records records = { 0 };
	unsigned format = BP_FORMAT_IDS;
	bool open = false;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model to encode with (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out, "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", "ids|pieces|u16|u32", &format,
			      "ids in decimal (default), the pieces as text, or raw ids of two or "
			      "four bytes, lowest first"),
		OPT_TO_FLAG(0, "open", &open,
			    "for text that will be continued: only the ids that every "
			    "continuation keeps, then a tab and the bytes left"),
		CMD_RECORDS(records),
	};
	bp_input in;
	bp_error err;
	bp_model *m;
	bp_status st;
	double start = msg_seconds();
	int status;

	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (open && (format == BP_FORMAT_U16 || format == BP_FORMAT_U32))
		return msg_usage("--open writes lines of text: -f ids or pieces");
	if ((m = cmd_load(model, &status)) == NULL)
		return status;
	if (open)
		st = bp_encode_open_files(m, &in, out, (bp_format)format, &err);
	else
		st = bp_encode_files(m, &in, out, (bp_format)format, &err);
	if (st != BP_OK)
		status = err.code == BP_ERANGE ? msg_usage("%s", err.msg) : cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
