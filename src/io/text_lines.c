/* A line is decoded when its newline is in the buffer, and its text is handed out in parts. */
#include "io/text_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { BLOCK = 256 * 1024 };	/* bytes per read of the file */

void bp_text_lines_start(struct text_lines *j)
{
	j->raw.len = j->used = j->n_start = j->text.len = j->given = j->n_weights = 0;
	j->at_end = false;
	j->here = j->next = (struct line_place){ 0 };
}

void bp_text_lines_release(struct text_lines *j)
{
	bp_buf_release(&j->raw);
	bp_buf_release(&j->text);
	free(j->weight);
	j->weight = NULL;
	j->n_weights = j->cap_weight = 0;
}

/* Up to the end of a line and no further. */
static size_t read_to_newline(FILE *f, unsigned char *to, size_t room)
{
	size_t n = 0;
	int c = EOF;

	while (n < room && c != '\n' && (c = getc(f)) != EOF)
		to[n++] = (unsigned char)c;
	return n;
}

/* Read more bytes of the file; those that have been used make room. */
static bp_status read_raw(struct text_lines *j, bp_error *err)
{
	struct buf *b = &j->raw;
	size_t n;

	if (j->used > 0) {
		memmove(b->data, b->data + j->used, b->len - j->used);
		b->len -= j->used;
		j->used = 0;
	}
	if (!bp_buf_reserve(b, BLOCK))
		return bp_fail_memory(err);
	errno = 0;
	n = j->prompt ? read_to_newline(j->f, b->data + b->len, BLOCK)
		      : fread(b->data + b->len, 1, BLOCK, j->f);
	b->len += n;
	if (j->next.offset == 0 && b->len == n) {
		j->n_start = BP_MIN(n, sizeof(j->start));
		memcpy(j->start, b->data, j->n_start);
	}
	if (ferror(j->f))
		return bp_fail_errno(err, j->name);
	j->at_end = n == 0 && feof(j->f);
	return BP_OK;
}

/* Take the next line, without its newline.  *more is false if there is none. */
static bp_status take_line(struct text_lines *j, struct slice *line, bool *more, bp_error *err)
{
	const unsigned char *newline = NULL;
	size_t looked_at = 0, left;
	bp_status st;

	for (;;) {
		left = j->raw.len - j->used;
		if (left > looked_at)
			newline = memchr(j->raw.data + j->used + looked_at, '\n',
					 left - looked_at);
		if (newline != NULL || j->at_end)
			break;
		looked_at = left;
		if ((st = read_raw(j, err)) != BP_OK)
			return st;
	}
	*more = left > 0;
	if (!*more)
		return BP_OK;
	*line = (struct slice){ j->raw.data + j->used, left };
	if (newline != NULL)
		line->n = (size_t)(newline - line->p);
	j->used += line->n + (newline != NULL);
	j->here = j->next;
	j->next.offset += line->n + (newline != NULL);
	j->next.line++;
	return BP_OK;
}

/* Count a line that is skipped, unless it was counted in an earlier pass over the files. */
static void count_skipped(const struct text_lines *j, const bp_error *why)
{
	bp_skipped_lines *s = j->options.skipped;

	if (s == NULL)
		return;
	if (s->lines > 0 && (j->file < s->last_file ||
			     (j->file == s->last_file && j->next.line <= s->last_line)))
		return;
	if (s->lines == 0)
		s->first = *why;
	s->lines++;
	s->last_file = j->file;
	s->last_line = j->next.line;
}

/* The text of a line, if it has one; else j->text stays empty. */
static bp_status decode_json(struct text_lines *j, struct slice line, bp_error *err)
{
	const char *field = j->options.field != NULL ? j->options.field : "text";
	struct slice name = bp_string(field);
	struct json_line_fault fault = { 0, NULL };
	bp_error why = { .code = BP_OK };
	enum json_line got;
	bp_status st;

	if (j->here.offset == 0 && line.n >= 3 && memcmp(line.p, "\xEF\xBB\xBF", 3) == 0)
		line = (struct slice){ line.p + 3, line.n - 3 };
	got = bp_json_line_text(line, name, &j->text, &fault);
	if (got == BP_JSON_LINE_TEXT)
		return bp_buf_byte(&j->text, BP_JSON_LINES_MARK) ? BP_OK : bp_fail_memory(err);
	if (got == BP_JSON_LINE_BLANK)
		return BP_OK;
	st = bp_json_line_fail(&why, j->name, j->next.line, got, field, &fault);
	if (j->options.skip_bad && got != BP_JSON_LINE_MEMORY) {
		count_skipped(j, &why);
		return BP_OK;
	}
	if (err != NULL)
		*err = why;
	return st;
}

/* The text and the weight of a line. */
static bp_status decode_weighted(struct text_lines *j, struct slice line, bp_error *err)
{
	const char *fault = "a tab and a count are missing";
	size_t tab;
	uint64_t weight = 1;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	for (tab = line.n; tab > 0 && line.p[tab - 1] != '\t'; tab--)
		;
	if (tab > 0)
		fault = bp_count_fault((struct slice){ line.p + tab, line.n - tab }, &weight);
	if (fault != NULL)
		return bp_fail(err, BP_EFORMAT, "%s: line %" PRIu64 ": %s", j->name, j->next.line,
			       fault);
	if (!BP_GROW(j->weight, j->cap_weight, j->n_weights + 1) ||
	    !bp_buf_append(&j->text, line.p, tab - 1) || !bp_buf_byte(&j->text, '\n'))
		return bp_fail_memory(err);
	j->weight[j->n_weights++] = weight;
	return BP_OK;
}

/* Go to the next line with a text.  *more is false if there is none. */
static bp_status go_to_text(struct text_lines *j, bool *more, bp_error *err)
{
	struct slice line = { NULL, 0 };
	bp_status st;

	j->text.len = j->given = 0;
	do {
		if ((st = take_line(j, &line, more, err)) != BP_OK || !*more ||
		    (st = (j->weighted ? decode_weighted : decode_json)(j, line, err)) != BP_OK)
			return st;
	} while (j->text.len == 0);
	return BP_OK;
}

bp_status bp_text_lines_read(struct text_lines *j, unsigned char *to, size_t room, size_t *n,
			     bool *ended, bp_error *err)
{
	bool more;
	bp_status st;
	size_t k;

	*n = 0;
	*ended = false;
	while (*n < room) {
		if (j->given == j->text.len) {
			if ((st = go_to_text(j, &more, err)) != BP_OK)
				return st;
			if (!more) {
				*ended = true;
				break;
			}
		}
		k = BP_MIN(room - *n, j->text.len - j->given);
		memcpy(to + *n, j->text.data + j->given, k);
		*n += k;
		j->given += k;
		if (j->prompt && j->given == j->text.len)
			break;
	}
	return BP_OK;
}
