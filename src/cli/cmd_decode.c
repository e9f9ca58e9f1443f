/* The command "decode".  Choices of -f are the library's formats that can be decoded. */
#include "cli/cmd.h"
#include "cli/formats.h"

int cmd_decode(const struct command *self, int argc, char **argv)
{
	const char *out = NULL;
	struct cmd_records records = { 0 };
	bp_decode_options o = { .format = BP_FORMAT_IDS };
	bool flush = false;
	unsigned format = 0;
	struct formats formats;
	const struct opt opts[] = {
		OPT_TO_STRING('m', "model", "MODEL", &o.model_path,
			      "the model of the ids (required)"),
		OPT_TO_STRING('o', "output", "FILE", &out,
			      "write to FILE instead of standard output"),
		OPT_TO_CHOICE('f', "format", formats.choices, &format, formats.help),
		OPT_TO_FLAG(0, "specials", &o.specials,
			    "write the names of special tokens (without it they give nothing)"),
		OPT_TO_FLAG(0, "eos", &o.eos,
			    "id 2, <eos>, ends a text, as encode --eos writes it: so raw ids "
			    "give lines back"),
		CMD_RECORDS(records),
		OPT_TO_FLAG(0, "flush", &flush,
			    "write the bytes of each id as soon as it is read"),
		OPT_TO_FLAG(0, "characters", &o.characters,
			    "with --flush: hold back the first bytes of a character until it is "
			    "complete"),
	};
	bp_input in;
	bp_error err;
	bp_model *m;
	double start = msg_seconds();
	int status;

	formats_list(&formats, true);
	if (!CMD_START(self, opts, argc, argv, &records, &in, &status))
		return status;
	if (o.characters && !flush)
		return msg_usage("--characters needs --flush");
	if (!cmd_load_to_tell(o.model_path, &m, &status))
		return status;
	in.flush = flush;
	o.format = formats.format[format];
	if (bp_decode_files(m, &in, out, &o, &err) != BP_OK)
		status = cmd_call_failed(&err);
	cmd_explain_cost(start);
	bp_free(m);
	return status;
}
