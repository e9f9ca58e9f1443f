/*
 * For programs: the rules of files that an output must not replace, inputs and files of another
 * kind; and outputs of their own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/outputs.h"
#include "base/host.h"
#include "io/content_kind.h"
#include "io/outfile.h"

/* For bp_host_same_file(): NULL for a standard stream. */
static const char *path_or_null(const char *path)
{
	return bp_is_standard_stream(path) ? NULL : path;
}

/* Call check() for both files of an export's folder. */
static bp_status check_folder(const char *folder,
			      bp_status check(const char *out, void *ctx, bp_error *err), void *ctx,
			      bp_error *err)
{
	bp_status st = BP_OK;
	char *path;
	int i;

	for (i = 0; i < N_FOLDER_FILES && st == BP_OK; i++) {
		path = bp_folder_file(folder, (enum folder_file)i);
		st = path != NULL ? check(path, ctx, err) : bp_fail_memory(err);
		free(path);
	}
	return st;
}

struct inputs {
	const char *const *path;
	size_t n;
};

static bp_status check_is_no_input(const char *out, void *ctx, bp_error *err)
{
	const struct inputs *in = ctx;
	size_t i;

	/* With "x >> x" the shell makes standard output an input, which would grow without end. */
	for (i = 0; i < in->n; i++)
		if (in->path[i] != NULL &&
		    bp_host_same_file(path_or_null(out), path_or_null(in->path[i])))
			return bp_fail(err, BP_ERANGE, "%s: is an input and cannot be the output "
				       "too", bp_is_standard_stream(out) ? "standard output" : out);
	return BP_OK;
}

bp_status bp_output_check(const char *out, const char *const *input, size_t n, bp_error *err)
{
	struct inputs in = { input, n };

	return bp_is_folder(out) ? check_folder(out, check_is_no_input, &in, err)
				 : check_is_no_input(out, &in, err);
}

/* The first bytes of a file, with a NUL behind them. */
struct file_head {
	char text[BP_CONTENT_START + 1];
	size_t n;
};

static bool begins_with(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* As bp_export() writes them: the first lines of an export say no more. */
static bool is_export(const struct file_head *h)
{
	struct slice start = { (const unsigned char *)h->text, h->n };
	const char *s = h->text;

	return bp_json_begins_with(start, "{\"version\":\"1.0\",\"truncation\":") ||
	       bp_json_begins_with(start, "{\"tokenizer_class\":\"PreTrainedTokenizerFast\",") ||
	       begins_with(s, "3\t") || begins_with(s, "GGUF\003") ||
	       (h->n > 5 && s[0] == '\n' && s[2] == '\n' && s[3] < s[1] && s[4] == '<');
}

static bool is_of_kind(const struct file_head *h, bp_contents kind)
{
	struct slice start = { (const unsigned char *)h->text, h->n };

	if (kind == BP_CONTENTS_COUNTS)
		return bp_is_counts(start);
	return bp_is_model(start) || (kind == BP_CONTENTS_EXPORT && is_export(h));
}

static bp_status read_head(const char *path, struct file_head *h, bp_error *err)
{
	bp_status st = BP_OK;
	FILE *f;

	errno = 0;
	if ((f = bp_open_file(path, "rb")) == NULL)
		return bp_fail_errno(err, path);
	h->n = fread(h->text, 1, sizeof(h->text) - 1, f);
	h->text[h->n] = '\0';
	if (ferror(f))
		st = bp_fail_errno(err, path);
	fclose(f);
	return st;
}

/* The file would be replaced by way of its folder, whatever its own permissions say; but its owner
 * expects that they protect it.  Opening it in this mode neither changes nor makes it. */
static bool is_protected(const char *path)
{
	FILE *f = bp_open_file(path, "r+b");

	if (f != NULL)
		fclose(f);
	return f == NULL && errno == EACCES;
}

static bp_status check_kind(const char *out, void *ctx, bp_error *err)
{
	static const char *const name[] = {
		[BP_CONTENTS_MODEL] = "model", [BP_CONTENTS_EXPORT] = "model or export",
		[BP_CONTENTS_COUNTS] = "file of counts or of a plan"
	};
	bp_contents kind = *(bp_contents *)ctx;
	struct file_head h;
	bp_status st;

	if (bp_is_standard_stream(out) || bp_host_kind(out) != BP_HOST_FILE)
		return BP_OK;
	if (is_protected(out))
		return bp_fail(err, BP_ERANGE, "%s: is write-protected: give another name for the "
			       "output, or%s make the file writable", out,
			       kind == BP_CONTENTS_ANY ? "" : " --force to replace it, or");
	if (kind == BP_CONTENTS_ANY || bp_host_file_size(out) == 0)
		return BP_OK;
	if ((st = read_head(out, &h, err)) != BP_OK || is_of_kind(&h, kind))
		return st;
	return bp_fail(err, BP_ERANGE, "%s: exists and is no %s: give another name for the "
		       "output, or --force to replace it", out, name[kind]);
}

bp_status bp_replace_check(const char *out, bp_contents kind, bp_error *err)
{
	return kind == BP_CONTENTS_EXPORT && bp_is_folder(out)
	       ? check_folder(out, check_kind, &kind, err) : check_kind(out, &kind, err);
}

struct bp_output {
	struct outfile file;
};

bp_output *bp_output_new(const char *path, bp_error *err)
{
	bp_output *o = calloc(1, sizeof(*o));

	if (o == NULL) {
		bp_fail_memory(err);
		return NULL;
	}
	if (bp_out_open(&o->file, path, err) == BP_OK)
		return o;
	bp_output_free(o);
	return NULL;
}

FILE *bp_output_stream(bp_output *o)
{
	return o->file.f;
}

/* If a write of the program failed, errno has its reason still, unless something has reset it. */
bp_status bp_output_commit(bp_output *o, bp_error *err)
{
	if (ferror(o->file.f)) {
		errno = errno != 0 ? errno : EIO;
		return bp_fail_errno(err, o->file.name);
	}
	return bp_out_commit(&o->file, err);
}

void bp_output_free(bp_output *o)
{
	if (o != NULL)
		bp_out_abort(&o->file);
	free(o);
}
