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

/* Write the text of a model unless making it failed with 'st'; release the text. */
static bp_status write_file(struct buf *text, bp_status st, const char *path, bp_error *err)
{
	struct outfile out = { 0 };

	if (st == BP_OK && (st = bp_out_open(&out, path, err)) == BP_OK &&
	    (st = bp_out_write(&out, text->data, text->len, err)) == BP_OK)
		st = bp_out_commit(&out, err);
	bp_out_abort(&out);
	bp_buf_release(text);
	return st;
}

bp_status bp_model_write(const struct model *m, const char *path, bp_error *err)
{
	struct buf text = { 0 };
	bp_status st = bp_model_to_json(m, &text, err);

	return write_file(&text, st, path, err);
}

bp_status bp_model_write_binary(const struct model *m, const struct stored_automaton *r,
				const char *path, bp_error *err)
{
	struct buf bytes = { 0 };
	bp_status st = bp_model_to_binary(m, r, &bytes, err);

	return write_file(&bytes, st, path, err);
}
