#include "model/model_file.h"

#include "io/outfile.h"
#include "io/reader.h"
#include "model/model_json.h"

bp_status bp_model_read(struct model *m, const char *path, bp_error *err)
{
	bp_status st;
	FILE *f;

	*m = (struct model){ 0 };
	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	st = bp_model_from_json(m, f, (struct slice){ 0 }, bp_input_name(path), err);
	bp_input_close(f);
	return st;
}

bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err)
{
	return bp_model_from_json(m, NULL, text, name, err);
}

bp_status bp_model_write(const struct model *m, const char *path, bp_error *err)
{
	struct outfile out = { 0 };
	struct buf text = { 0 };
	bp_status st;

	if ((st = bp_model_to_json(m, &text, err)) == BP_OK &&
	    (st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, text.data, text.len, err)) == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	bp_buf_release(&text);
	return st;
}
