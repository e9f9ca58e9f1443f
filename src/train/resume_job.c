/*
 * A line of the job is a word and its value, or several; the settings are one line.  Numbers of an
 * input are for comparison: messages name its path and its size.
 */
#include "train/resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/host.h"

/* The members of JSON lines that are the texts. */
static bool write_job_json(const bp_json_lines *json, struct buf *b)
{
	const char *field = json->field != NULL ? json->field : "text";

	return bp_buf_string(b, "\nfield ") && bp_buf_string(b, field) &&
	       (!json->skip_bad || bp_buf_string(b, "\nskip bad lines"));
}

/* What a folder knows of an input: its line in "job" is "input size=N time=N weight=N PATH". */
struct input_line {
	uint64_t size, time, weight;
	struct slice path;
};

static bool write_input_line(const bp_train_options *o, const bp_input *in, size_t i,
			     struct buf *b)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "input size=%" PRIu64 " time=%" PRIu64 " weight=%"
			 PRIu64 " ", bp_host_file_size(in->path[i]), bp_host_file_time(in->path[i]),
			 o->weight != NULL ? o->weight[i] : 1);

	return bp_buf_append(b, line, (size_t)n) &&
	       bp_buf_string(b, in->path[i]) && bp_buf_byte(b, '\n');
}

static bool read_input_line(struct slice line, struct input_line *in)
{
	static const char first[] = "input";
	size_t n = sizeof(first) - 1;

	if (line.n < n || memcmp(line.p, first, n) != 0)
		return false;
	line = (struct slice){ line.p + n, line.n - n };
	if (!bp_word_read(&line, "size", &in->size) || !bp_word_read(&line, "time", &in->time) ||
	    !bp_word_read(&line, "weight", &in->weight) || line.n < 1)
		return false;
	in->path = (struct slice){ line.p + 1, line.n - 1 };
	return true;
}

/*
 * Size and time of an input stand for its content, because to compare that would take a pass; a
 * change of the content alone is noticed by the checksum of the next pass (corpus.h).
 */
bool bp_job_write(const bp_train_options *o, const struct required *required, const bp_input *in,
		  const char *out, struct buf *b)
{
	bool ok = bp_settings_write(o, in->records, b);
	size_t i;

	for (i = 0; i < o->n_sizes && ok; i++)
		ok = bp_word_write(b, "vocab-size", o->vocab_size[i]);
	if (in->records == BP_JSONL)
		ok = ok && write_job_json(&in->json, b);
	ok = ok && bp_buf_string(b, "\noutput ") && bp_buf_string(b, out) &&
	     bp_buf_byte(b, '\n') && bp_required_lines(required, b);
	if (o->form == BP_MODEL_BINARY)
		ok = ok && bp_buf_string(b, "format binary\n");
	if (o->weighted)
		ok = ok && bp_buf_string(b, "weighted lines\n");
	for (i = 0; i < in->n_paths && ok; i++)
		ok = write_input_line(o, in, i, b);
	return ok;
}

/* The line around an offset of a text. */
static struct slice line_at(const struct buf *b, size_t at)
{
	size_t from = at, end = at;

	while (from > 0 && b->data[from - 1] != '\n')
		from--;
	while (end < b->len && b->data[end] != '\n')
		end++;
	return bp_buf_part(b, from, end);
}

/* The path of an input; of other long lines, the part from some words before byte 'at' on. */
static struct slice line_to_quote(struct slice line, size_t at)
{
	size_t from = at < 60 ? 0 : at - 60;
	struct input_line in;

	if (read_input_line(line, &in))
		return in.path;
	while (from > 0 && line.p[from - 1] != ' ')
		from--;
	return (struct slice){ BP_AT(line.p, from), line.n - from };
}

/* If the lines are of one input, tell how it differs.  BP_OK if they are not. */
static bp_status compare_inputs(const char *folder, struct slice now, struct slice then,
				bp_error *err)
{
	struct input_line a, b;
	int n;

	if (!read_input_line(now, &a) || !read_input_line(then, &b) ||
	    bp_slice_compare(a.path, b.path) != 0)
		return BP_OK;
	n = (int)BP_MIN(a.path.n, 180);
	if (a.weight != b.weight)
		return bp_fail(err, BP_EFORMAT, "%s: holds work with the weight %" PRIu64 " for "
			       "%.*s, not %" PRIu64 "; --restart discards it", folder, b.weight, n,
			       (const char *)a.path.p, a.weight);
	if (a.size != b.size)
		return bp_fail(err, BP_EFORMAT, "%s: %.*s has changed since this training began: "
			       "%" PRIu64 " bytes now, %" PRIu64 " then; --restart begins anew",
			       folder, n, (const char *)a.path.p, a.size, b.size);
	return bp_fail(err, BP_EFORMAT, "%s: %.*s was written again since this training began, "
		       "though with the number of bytes that it had; --restart begins anew", folder,
		       n, (const char *)a.path.p);
}

/* The message quotes the first line that differs, because it names the option or the input. */
bp_status bp_job_compare(const char *folder, const struct buf *now, const struct buf *then,
			 bp_error *err)
{
	size_t n = BP_MIN(now->len, then->len), i, at;
	struct slice a, b;

	for (i = 0; i < n && now->data[i] == then->data[i]; i++)
		;
	if (i == n && now->len == then->len)
		return BP_OK;
	a = line_at(now, i);
	b = line_at(then, i);
	if (compare_inputs(folder, a, b, err) != BP_OK)
		return BP_EFORMAT;
	/* Both lines agree up to there, and begin at one offset. */
	at = i - (size_t)(a.p - now->data);
	a = line_to_quote(a, at);
	b = line_to_quote(b, at);
	return bp_fail(err, BP_EFORMAT, "%s: holds work of another training, or of other input; "
		       "--restart discards it (now '%.*s', then '%.*s')", folder,
		       (int)BP_MIN(a.n, 180), (const char *)a.p, (int)BP_MIN(b.n, 180),
		       (const char *)b.p);
}
