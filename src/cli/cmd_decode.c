#include "cli/cmd.h"

int cmd_decode(const struct command *self, int argc, char **argv)
{
	const char *model = NULL, *out = NULL;
	static const bp_format formats[] = { BP_FORMAT_IDS, BP_FORMAT_U16, BP_FORMAT_U32 };
	struct cmd_records records = { 0 };
	bool flush = false, specials = false;
	unsigned format = 0;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &model, "the model of the ids (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out, "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", "ids|u16|u32", &format,
			      "of the ids: decimal (default), or raw, of two or four bytes"),
		OPT_TO_FLAG(0, "specials", &specials,
			    "write the names of special tokens, which else give nothing"),
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
	in.specials = specials;
	if (bp_decode_files(m, &in, out, formats[format], &err) != BP_OK)
		status = cmd_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
