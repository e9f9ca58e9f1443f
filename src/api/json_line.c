/* bp_json_line(): the decoder of BP_JSONL for one line. */
#include "io/text_lines.h"

#include "bytepiece_files.h"

bp_status bp_json_line(const char *line, size_t len, const char *field, const char *name,
		       uint64_t number, char *text, size_t *n, bool *blank, bp_error *err)
{
	const char *wanted = field != NULL ? field : "text";
	struct slice s = bp_slice(line, len);
	struct json_line_fault fault = { 0, NULL };
	struct buf out = { 0 };
	enum json_line got = bp_json_line_text(s, bp_string(wanted), &out, &fault);

	*n = got == BP_JSON_LINE_TEXT ? out.len : 0;
	*blank = got == BP_JSON_LINE_BLANK;
	bp_copy(text, out.data, *n);
	bp_buf_release(&out);
	return got <= BP_JSON_LINE_BLANK ? BP_OK :
	       bp_json_line_fail(err, name, number, got, wanted, &fault);
}
