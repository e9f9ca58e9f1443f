/* The first byte of a model file tells its form: no JSON begins with BP_BINARY_FIRST. */
#include "model/model_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/host.h"
#include "io/content_kind.h"
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

/*
 * Add the kind of a file that is no model to the message.  The file is opened once more, so that
 * this works for files only, and not for pipes.
 */
static void explain_kind(const char *path, bp_error *err)
{
	unsigned char start[BP_CONTENT_START];
	FILE *f = bp_host_kind(path) == BP_HOST_FILE ? bp_open_file(path, "rb") : NULL;
	size_t n = f != NULL ? fread(start, 1, sizeof(start), f) : 0, len = strlen(err->msg);
	struct slice s = { start, n };
	const char *kind = bp_is_model(s) ? NULL : bp_file_kind(s);

	if (f != NULL)
		fclose(f);
	if (kind != NULL)
		snprintf(err->msg + len, sizeof(err->msg) - len, " (the file looks like %s%s)",
			 kind, bp_is_counts(s) ? ": build makes a model of counts" : "; models "
			 "of other libraries and other files cannot be read");
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
	if (st == BP_EFORMAT && err != NULL && strcmp(path, "-") != 0)
		explain_kind(path, err);
	return st;
}

bp_status bp_model_parse(struct model *m, struct slice text, const char *name, bp_error *err)
{
	if (text.n > 0 && text.p[0] == BP_BINARY_FIRST)
		return bp_model_from_binary(m, NULL, text, name, err);
	return bp_model_from_json(m, NULL, text, name, err);
}
