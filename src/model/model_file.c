/* The first byte of a model file tells its form: no JSON begins with BP_BINARY_FIRST. */
#include "model/model_file.h"

#include <errno.h>

#include "io/outfile.h"
#include "io/reader.h"

static bp_status read_stream(struct model *m, FILE *f, const char *name, bp_error *err)
{
	struct slice none = { 0 };
	int c;

	errno = 0;
	c = getc(f);
	/* C guarantees that one byte can be put back, on a pipe too; the end of the file stays. */
	if (ferror(f) || (c != EOF && ungetc(c, f) == EOF))
		return bp_fail_errno(err, name);
	if (c == BP_BINARY_FIRST)
		return bp_model_from_binary(m, f, none, name, err);
	return bp_model_from_json(m, f, none, name, err);
}

bp_status bp_model_read(struct model *m, const char *path, bp_error *err)
{
	bp_status st;
	FILE *f;

	*m = (struct model){ 0 };
	if ((st = bp_input_open(path, &f, err)) != BP_OK)
		return st;
	st = read_stream(m, f, bp_input_name(path), err);
	bp_input_close(f);
	return st;
}

bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err)
{
	if (text.n > 0 && text.p[0] == BP_BINARY_FIRST)
		return bp_model_from_binary(m, NULL, text, name, err);
	return bp_model_from_json(m, NULL, text, name, err);
}

bp_status bp_model_write(struct slice bytes, const char *path, bp_error *err)
{
	struct outfile out = { 0 };
	bp_status st;

	if ((st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, bytes.p, bytes.n, err)) == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	return st;
}
